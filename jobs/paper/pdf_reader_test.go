package paper_test

import (
	"bytes"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/sothon/sothon/jobs/paper"
)

func TestMain(m *testing.M) {
	api.DisableConfigDir()
	os.Exit(m.Run())
}

const mm = 72 / 25.4

// page is what a page of a pdf shows, read from its content. Places are in
// points from the upper left corner.
type page struct {
	width, height float64
	texts         []placed
	rules         []rule
}

// placed is a text as one operator shows it, without the space behind it.
type placed struct {
	text string // with the space
	font string // "", "B", "I" or "BI"
	size float64
	x, y float64 // of the baseline
	mark int     // number of the marked content it stands in, or one of those below
}

// What stands in no marked content that belongs to the structure.
const (
	unmarked = -1
	artifact = -2
)

func (p placed) right() float64 {
	return p.x + textLength(p.font, p.size, strings.TrimRight(p.text, " "))
}

// rule is a straight line.
type rule struct {
	x1, y1, x2, y2, weight float64
	mark                   int
}

func (r rule) length() float64 { return math.Hypot(r.x2-r.x1, r.y2-r.y1) }

// text is what a page says, in the order of its content.
func (p *page) text() string {
	var sb strings.Builder
	for _, t := range p.texts {
		sb.WriteString(t.text)
	}
	return sb.String()
}

// find returns the text that begins so; it is an error if there is none.
func (p *page) find(t *testing.T, prefix string) placed {
	t.Helper()
	for _, s := range p.texts {
		if strings.HasPrefix(s.text, prefix) {
			return s
		}
	}
	t.Fatalf("%q is not on the page:\n%s", prefix, p.text())
	return placed{}
}

// ruleBelow returns the first horizontal rule within a line's height below y,
// that crosses x.
func (p *page) ruleBelow(t *testing.T, x, y float64) rule {
	t.Helper()
	for _, r := range p.rules {
		if r.y1 == r.y2 && r.y1 > y && r.y1 < y+12 && r.x1 < x && x < r.x2 {
			return r
		}
	}
	t.Fatalf("no rule below %.1f, %.1f", x, y)
	return rule{}
}

func writePDF(t *testing.T, d *paper.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := paper.WritePDF(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pages writes a document, validates the file and reads it.
func pages(t *testing.T, d *paper.Document) []page {
	t.Helper()
	all, err := readPDF(writePDF(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readPDF(file []byte) ([]page, error) {
	context, err := api.ReadAndValidate(bytes.NewReader(file), model.NewDefaultConfiguration())
	if err != nil {
		return nil, err
	}
	if err := context.EnsurePageCount(); err != nil {
		return nil, err
	}
	all := make([]page, context.PageCount)
	for i := range all {
		dict, _, attributes, err := context.PageDict(i+1, true)
		if err != nil {
			return nil, err
		}
		fonts, err := fontNames(context, attributes)
		if err != nil {
			return nil, err
		}
		all[i].width, all[i].height = attributes.MediaBox.Width(), attributes.MediaBox.Height()
		if box, err := context.DereferenceArray(dict["MediaBox"]); err == nil && len(box) == 4 {
			all[i].width, _ = context.DereferenceNumber(box[2])
			all[i].height, _ = context.DereferenceNumber(box[3])
		}
		content, err := pdfcpu.ExtractPageContent(context, i+1)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(content)
		if err != nil {
			return nil, err
		}
		all[i].read(b, fonts)
	}
	return all, nil
}

var styles = map[string]string{"Regular": "", "Bold": "B", "Italic": "I", "BoldItalic": "BI"}

// fontNames tells the style of each font by its name among a page's resources.
func fontNames(context *model.Context, attributes *model.InheritedPageAttrs) (map[string]string, error) {
	names := map[string]string{}
	fonts, err := context.DereferenceDict(attributes.Resources["Font"])
	if err != nil {
		return nil, err
	}
	for name, o := range fonts {
		font, err := context.DereferenceDict(o)
		if err != nil {
			return nil, err
		}
		base := *font.NameEntry("BaseFont")
		names[name] = styles[base[strings.LastIndex(base, "-")+1:]]
	}
	return names, nil
}

// read follows the operators of a page's content.
func (p *page) read(content []byte, fonts map[string]string) {
	var stack []string
	var font string
	var size, weight, x, y float64
	mark := unmarked
	number := func(back int) float64 {
		f, _ := strconv.ParseFloat(stack[len(stack)-back], 64)
		return f
	}
	for token := range tokens(content) {
		switch token {
		case "Tf":
			font, size = fonts[strings.TrimPrefix(stack[len(stack)-2], "/")], number(1)
		case "Td":
			x, y = number(2), p.height-number(1)
		case "Tj":
			s := utf16Text(stack[len(stack)-1])
			p.texts = append(p.texts, placed{s, font, size, x, y, mark})
		case "w":
			weight = number(1)
		case "m":
			x, y = number(2), p.height-number(1)
		case "l":
			p.rules = append(p.rules, rule{x, y, number(2), p.height - number(1), weight, mark})
		case "BMC":
			mark = artifact
		case "BDC": // "/P <</MCID 5>> BDC"
			mark, _ = strconv.Atoi(strings.TrimSuffix(stack[len(stack)-1], ">>"))
		case "EMC":
			mark = unmarked
		default:
			stack = append(stack, token)
			continue
		}
		stack = stack[:0]
	}
}

// tokens are the words and strings of a content; a string keeps its first
// parenthesis.
func tokens(content []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(content); {
			switch c := content[i]; {
			case c <= ' ':
				i++
			case c == '(':
				var s []byte
				for i++; content[i] != ')'; i++ {
					if content[i] == '\\' {
						i++
						if content[i] == 'r' {
							s = append(s, '\r')
							continue
						}
					}
					s = append(s, content[i])
				}
				i++
				if !yield("(" + string(s)) {
					return
				}
			default:
				j := i
				for j < len(content) && content[j] > ' ' && content[j] != '(' {
					j++
				}
				if !yield(string(content[i:j])) {
					return
				}
				i = j
			}
		}
	}
}

func utf16Text(s string) string {
	s = s[1:]
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = uint16(s[2*i])<<8 | uint16(s[2*i+1])
	}
	return string(utf16.Decode(units))
}

var fontFiles = map[string]func() *sfnt.Font{
	"":   fontFile("Regular"),
	"B":  fontFile("Bold"),
	"I":  fontFile("Italic"),
	"BI": fontFile("BoldItalic"),
}

func fontFile(name string) func() *sfnt.Font {
	return sync.OnceValue(func() *sfnt.Font {
		b, err := os.ReadFile("fonts/LiberationSerif-" + name + ".ttf")
		if err != nil {
			panic(err)
		}
		font, err := sfnt.Parse(b)
		if err != nil {
			panic(err)
		}
		return font
	})
}

// textLength measures a text with the font's own tables.
func textLength(font string, size float64, s string) float64 {
	f := fontFiles[font]()
	var buffer sfnt.Buffer
	var sum fixed.Int26_6
	for _, r := range s {
		glyph, _ := f.GlyphIndex(&buffer, r)
		advance, _ := f.GlyphAdvance(&buffer, glyph, fixed.I(int(f.UnitsPerEm())), 0)
		sum += advance
	}
	return float64(sum) / 64 / float64(f.UnitsPerEm()) * size
}
