package pdf

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf16"
)

// Info is what a file says of itself.
type Info struct {
	Title, Author string
	Language      string // "vi-VN"
	Written       time.Time
}

// Writer makes a file. Places are in points from the upper left corner of the
// page.
type Writer struct {
	info    Info
	objects *objects
	root    *Element
	fonts   []*shown // in the order of their first use
	outline []bookmark

	pages    []int        // their objects
	marks    [][]*Element // by page and number, to which the marked content belongs
	contents bytes.Buffer // of the page
	content  int          // its object
	width    float64
	height   float64
	to       *Element // what follows belongs to it; nil is an artifact
	open     bool     // marked content is open, of
	openTo   *Element
	font     *shown
	size     float64
	weight   float64
}

// Objects that every file has.
const (
	catalogObject = 1 + iota
	pagesObject
	resourcesObject
	infoObject
	firstFree
)

// New returns a file without pages.
func New(info Info) *Writer {
	w := &Writer{info: info, objects: newObjects(), root: &Element{kind: "Document"}}
	for range firstFree - 1 {
		w.objects.reserve()
	}
	return w
}

// Document is the element that holds all others.
func (w *Writer) Document() *Element { return w.root }

// Page begins a page.
func (w *Writer) Page(width, height float64) {
	w.endPage()
	n := w.objects.reserve()
	w.content = w.objects.reserve()
	w.width, w.height = width, height
	w.font, w.size, w.weight = nil, 0, 0
	w.objects.put(n, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Resources %d 0 R/Contents %d 0 R/StructParents %d/Tabs/S>>",
		pagesObject, width, height, resourcesObject, w.content, len(w.pages))
	w.pages = append(w.pages, n)
	w.marks = append(w.marks, nil)
}

func (w *Writer) endPage() {
	if len(w.pages) == 0 {
		return
	}
	w.unmark()
	w.objects.stream(w.content, "", w.contents.Bytes())
	w.contents.Reset()
}

// Mark says to which element the texts that follow belong; nil is for what
// only adorns the page, as its number does. Lines adorn it always.
func (w *Writer) Mark(e *Element) { w.to = e }

// mark opens marked content of e, unless it is open.
func (w *Writer) mark(e *Element) {
	if w.open && w.openTo == e {
		return
	}
	w.unmark()
	w.open, w.openTo = true, e
	if e == nil {
		w.contents.WriteString("/Artifact BMC\n")
		return
	}
	page := len(w.pages) - 1
	number := len(w.marks[page])
	w.marks[page] = append(w.marks[page], e)
	e.kids = append(e.kids, kid{page: int32(page), mark: int32(number)})
	fmt.Fprintf(&w.contents, "/%s <</MCID %d>> BDC\n", e.kind, number)
}

func (w *Writer) unmark() {
	if w.open {
		w.contents.WriteString("EMC\n")
		w.open = false
	}
}

// Text shows a text with its baseline at y. It takes characters of the basic
// plane that the font has, and shows no others.
func (w *Writer) Text(f *Font, size, x, y float64, s string) {
	w.mark(w.to)
	font := w.shown(f)
	w.contents.WriteString("BT ")
	if font != w.font || size != w.size {
		w.font, w.size = font, size
		w.contents.WriteString(font.name)
		w.contents.WriteByte(' ')
		w.numbers(" Tf ", size)
	}
	w.numbers(" Td (", x, w.height-y)
	for _, r := range s {
		if r > 0xffff || !font.show(uint16(r)) {
			continue
		}
		w.character(byte(r >> 8))
		w.character(byte(r))
	}
	w.contents.WriteString(") Tj ET\n")
}

// character writes a byte of a string.
func (w *Writer) character(b byte) {
	switch b {
	case '(', ')', '\\':
		w.contents.WriteByte('\\')
	case '\r':
		w.contents.WriteString(`\r`)
		return
	}
	w.contents.WriteByte(b)
}

// numbers writes operands and what follows them.
func (w *Writer) numbers(operator string, values ...float64) {
	var b [24]byte
	for i, v := range values {
		if i > 0 {
			w.contents.WriteByte(' ')
		}
		w.contents.Write(strconv.AppendFloat(b[:0], v, 'f', 2, 64))
	}
	w.contents.WriteString(operator)
}

// Line draws a line.
func (w *Writer) Line(x1, y1, x2, y2, weight float64) {
	w.mark(nil)
	if weight != w.weight {
		w.weight = weight
		w.numbers(" w ", weight)
	}
	w.numbers(" m ", x1, w.height-y1)
	w.numbers(" l S\n", x2, w.height-y2)
}

// WriteTo ends the file and writes it.
func (w *Writer) WriteTo(to io.Writer) (int64, error) {
	if len(w.pages) == 0 {
		w.Page(595.28, 841.89)
	}
	w.endPage()
	tree, outline := w.structure(), w.outlines()
	metadata, profile := w.objects.reserve(), w.objects.reserve()
	w.objects.plain(metadata, "/Type/Metadata/Subtype/XML", w.info.metadata())
	w.objects.stream(profile, "/N 3", sRGB())
	var b bytes.Buffer
	for _, f := range w.fonts {
		fmt.Fprintf(&b, "%s %d 0 R", f.name, w.embed(f))
	}
	w.objects.put(resourcesObject, "<</Font<<%s>>>>", b.Bytes())
	b.Reset()
	for _, n := range w.pages {
		fmt.Fprintf(&b, "%d 0 R ", n)
	}
	w.objects.put(pagesObject, "<</Type/Pages/Count %d/Kids[%s]>>", len(w.pages), b.Bytes())
	w.objects.put(infoObject, "<</Title %s/Author %s/CreationDate %s/ModDate %[3]s>>", textString(w.info.Title), textString(w.info.Author), w.info.Written.UTC().Format("(D:20060102150405Z)"))
	w.objects.put(catalogObject, "<</Type/Catalog/Version/1.7/Pages %d 0 R/Lang (%s)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/Metadata %d 0 R%s"+
		"/ViewerPreferences<</DisplayDocTitle true>>"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>]>>",
		pagesObject, w.info.Language, tree, metadata, outline, profile)
	n, err := to.Write(w.objects.finish(catalogObject, infoObject))
	return int64(n), err
}

// textString is a text outside the pages (ISO 32000-1, 7.9.2.2).
func textString(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return fmt.Sprintf("<%x>", b)
}
