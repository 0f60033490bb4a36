package pdf

import (
	"bytes"
	"fmt"
	"strconv"
)

// Kind is a standard type of structure (ISO 32000-1, 14.8.4).
type Kind string

// The kinds in use.
const (
	Section   Kind = "Sect"
	Paragraph Kind = "P"
	List      Kind = "L"
	ListItem  Kind = "LI"
	ListBody  Kind = "LBody"
	Table     Kind = "Table"
	Caption   Kind = "Caption"
	TableHead Kind = "THead"
	TableBody Kind = "TBody"
	TableRow  Kind = "TR"
	HeadCell  Kind = "TH" // of a column
	Cell      Kind = "TD"
	Reference Kind = "Reference" // the number of a note in the text
	Note      Kind = "Note"
	Label     Kind = "Lbl"
)

// Heading is the kind of a heading; 1 is the highest, 6 the lowest.
func Heading(level int) Kind { return Kind("H" + strconv.Itoa(min(max(level, 1), 6))) }

// Element is a part of a document's structure: what it holds is the elements
// and the marked content below it, in the order of reading.
type Element struct {
	kind   Kind
	spans  *spans
	kids   []kid
	object int
}

// spans are how many columns and rows a head's cell stands over.
type spans struct{ columns, rows int }

// kid is an element, or marked content of a page.
type kid struct {
	element    *Element
	page, mark int32
}

// Add returns a new last part of e.
func (e *Element) Add(kind Kind) *Element {
	below := &Element{kind: kind}
	e.kids = append(e.kids, kid{element: below})
	return below
}

// AddHead adds the head of as many columns, over as many rows of the head.
func (e *Element) AddHead(columns, rows int) *Element {
	below := e.Add(HeadCell)
	below.spans = &spans{columns, rows}
	return below
}

// number gives the elements from e down their objects.
func (e *Element) number(o *objects) {
	e.object = o.reserve()
	for _, k := range e.kids {
		if k.element != nil {
			k.element.number(o)
		}
	}
}

// structure writes the tree of elements, and returns its root.
func (w *Writer) structure() int {
	root := w.objects.reserve()
	w.root.number(w.objects)
	s := treeWriter{w: w}
	s.write(w.root, root)
	parents := w.objects.reserve()
	s.b.Reset()
	s.b.WriteString("<</Nums[")
	for i, marks := range w.marks {
		fmt.Fprintf(&s.b, "%d[", i)
		for _, e := range marks {
			s.reference("", e.object)
			s.b.WriteByte(' ')
		}
		s.b.WriteString("]\n")
	}
	s.b.WriteString("]>>")
	w.objects.pack(parents, s.b.Bytes())
	ids := ""
	if s.notes > 0 {
		ids = fmt.Sprintf("/IDTree<</Names[%s]>>", s.ids.Bytes())
	}
	w.objects.put(root, "<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d%s>>", w.root.object, parents, len(w.marks), ids)
	return root
}

// treeWriter writes elements.
type treeWriter struct {
	w     *Writer
	b     bytes.Buffer
	notes int
	ids   bytes.Buffer // of the notes
}

func (s *treeWriter) reference(key string, object int) {
	s.b.WriteString(key)
	s.b.WriteString(strconv.Itoa(object))
	s.b.WriteString(" 0 R")
}

func (s *treeWriter) write(e *Element, parent int) {
	s.b.Reset()
	s.b.WriteString("<</S/")
	s.b.WriteString(string(e.kind))
	s.reference("/P ", parent)
	switch {
	case e.kind == Note:
		// Readers find a note by its name. They are sorted as they are written.
		s.notes++
		fmt.Fprintf(&s.b, "/ID(note%08d)", s.notes)
		fmt.Fprintf(&s.ids, "(note%08d)%d 0 R ", s.notes, e.object)
	case e.spans != nil:
		s.b.WriteString("/A<</O/Table/Scope/Column")
		if e.spans.columns > 1 {
			fmt.Fprintf(&s.b, "/ColSpan %d", e.spans.columns)
		}
		if e.spans.rows > 1 {
			fmt.Fprintf(&s.b, "/RowSpan %d", e.spans.rows)
		}
		s.b.WriteString(">>")
	}
	s.kids(e)
	s.b.WriteString(">>")
	s.w.objects.pack(e.object, s.b.Bytes())
	for _, k := range e.kids {
		if k.element != nil {
			s.write(k.element, e.object)
		}
	}
}

// kids writes what an element holds. Marked content is of the page of the
// element's first, unless it says otherwise.
func (s *treeWriter) kids(e *Element) {
	if len(e.kids) == 0 {
		return
	}
	page := int32(-1)
	for _, k := range e.kids {
		if k.element == nil {
			page = k.page
			s.reference("/Pg ", s.w.pages[page])
			break
		}
	}
	s.b.WriteString("/K[")
	for i, k := range e.kids {
		if i > 0 {
			s.b.WriteByte(' ')
		}
		switch {
		case k.element != nil:
			s.reference("", k.element.object)
		case k.page == page:
			s.b.WriteString(strconv.Itoa(int(k.mark)))
		default:
			s.reference("<</Type/MCR/Pg ", s.w.pages[k.page])
			fmt.Fprintf(&s.b, "/MCID %d>>", k.mark)
		}
	}
	s.b.WriteByte(']')
}
