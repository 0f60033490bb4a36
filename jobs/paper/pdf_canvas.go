package paper

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// canvas is a pdf on which text and lines are placed, in points from the upper
// left corner of the page.
type canvas struct {
	pdf  *fpdf.Fpdf
	face face
	size float64
	line strings.Builder
	deep int // how deep the outline's last entry lies, from 1
}

const family = "liberationserif"

var faceStyles = [faces]string{"", "B", "I", "BI"}

func newCanvas(d *Document) *canvas {
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	for f, s := range faceStyles {
		pdf.AddUTF8FontFromBytes(family, s, face(f).font())
	}
	pdf.SetTitle(regular.show(clean(d.Title)), true)
	pdf.SetAuthor(regular.show(clean(d.Author)), true)
	pdf.SetLang("vi-VN")
	pdf.SetXmpMetadata(metadata(d))
	// The same document gives the same bytes: nothing of a clock, nothing in
	// the order of a map.
	pdf.SetCatalogSort(true)
	written, ok := d.Date.time()
	if !ok {
		written = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	pdf.SetCreationDate(written)
	pdf.SetModificationDate(written)
	return &canvas{pdf: pdf}
}

func (c *canvas) page(landscape bool) {
	orientation := "P"
	if landscape {
		orientation = "L"
	}
	c.pdf.AddPageFormat(orientation, fpdf.SizeType{Wd: pageShort, Ht: pageLong})
	c.size = 0
}

// text places a text with its baseline at y.
func (c *canvas) text(f face, size, x, y float64, s string) {
	if f != c.face || size != c.size {
		c.pdf.SetFont(family, faceStyles[f], size)
		c.face, c.size = f, size
	}
	c.pdf.Text(x, y, s)
}

func (c *canvas) rule(x1, y1, x2, y2, weight float64) {
	if c.pdf.GetLineWidth() != weight {
		c.pdf.SetLineWidth(weight)
	}
	c.pdf.Line(x1, y1, x2, y2)
}

// draw places a line with the upper left corner of its paragraph at x, y.
func (c *canvas) draw(l *line, x, y float64) {
	x += l.left
	if l.rule > 0 {
		x += (l.box - l.rule) / 2
		c.rule(x, y+l.base, x+l.rule, y+l.base, ruleWeight)
		return
	}
	space, free := l.space, l.box-l.width
	switch l.align {
	case centred:
		x += free / 2
	case toRight:
		x += free
	case justified:
		if !l.last && l.spaces > 0 {
			space += free / float64(l.spaces)
		}
	case toLeft:
	}
	for i := 0; i < len(l.pieces); {
		p := &l.pieces[i]
		if i > 0 && p.space {
			x += space
		}
		n, width := c.span(l, i, space == l.space)
		c.text(p.face, p.size, x, y+l.base-p.rise, c.line.String())
		x += width
		i += n
	}
}

// span gathers the pieces from i on that can be placed as one text, and their
// width: those of one face, over spaces only if they are ordinary ones. A space
// that nobody sees stands behind a word, so that copying and searching
// the text find its spaces.
func (c *canvas) span(l *line, i int, overSpaces bool) (n int, width float64) {
	c.line.Reset()
	first := &l.pieces[i]
	for j := i; j < len(l.pieces); j++ {
		p := &l.pieces[j]
		if j > i {
			if p.face != first.face || p.size != first.size || p.rise != first.rise || p.space && !overSpaces {
				break
			}
			if p.space {
				c.line.WriteByte(' ')
				width += l.space
			}
		}
		c.line.WriteString(p.text)
		width += p.width
		n++
	}
	if next := i + n; next == len(l.pieces) || l.pieces[next].space {
		c.line.WriteByte(' ')
	}
	return n, width
}

// outline adds an entry to the outline. It lies at most one level below the one
// before it.
func (c *canvas) outline(e *outlineEntry, y float64) {
	level := min(e.level, c.deep)
	c.deep = level + 1
	c.pdf.Bookmark(e.title, level, y)
}

// writeTo writes the pdf. What it has is in PDF 1.7 (ISO 32000-1) too, and the
// number of the version is of the same length as the library's own.
func (c *canvas) writeTo(w io.Writer) error {
	var b bytes.Buffer
	if err := c.pdf.Output(&b); err != nil {
		return err
	}
	const header = "%PDF-1."
	file := b.Bytes()
	if len(file) > len(header) && bytes.HasPrefix(file, []byte(header)) {
		file[len(header)] = '7'
	}
	_, err := w.Write(identified(file))
	return err
}

// identified gives a pdf its identity (ISO 32000-1, 14.4): a digest of its
// content. The trailer stands behind all that others point to, so that nothing
// moves.
func identified(file []byte) []byte {
	const trailer = "trailer\n<<\n"
	at := bytes.LastIndex(file, []byte(trailer))
	if at < 0 {
		return file
	}
	at += len(trailer)
	sum := sha256.Sum256(file)
	id := fmt.Appendf(nil, "/ID [<%[1]x> <%[1]x>]\n", sum[:16])
	return slices.Concat(file[:at], id, file[at:])
}
