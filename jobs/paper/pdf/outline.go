package pdf

import (
	"bytes"
	"fmt"
)

// bookmark is an entry of the outline.
type bookmark struct {
	title               string
	level               int
	page                int
	y                   float64
	parent, prev, next  int // other entries; -1 is none
	first, last, within int // below it, and how many there are
}

// Bookmark adds an entry to the outline that leads to a height of the page. It
// lies at most one level below the one before it; 0 is the highest.
func (w *Writer) Bookmark(title string, level int, y float64) {
	if n := len(w.outline); n == 0 {
		level = 0
	} else {
		level = min(level, w.outline[n-1].level+1)
	}
	w.outline = append(w.outline, bookmark{title: title, level: level, page: len(w.pages) - 1, y: w.height - y})
}

// outlines writes the outline, and returns its entry in the catalog.
func (w *Writer) outlines() string {
	if len(w.outline) == 0 {
		return ""
	}
	root := bookmark{first: -1, last: -1}
	at := func(i int) *bookmark {
		if i < 0 {
			return &root
		}
		return &w.outline[i]
	}
	var open []int // the entries that lead down to this one
	for i := range w.outline {
		e := &w.outline[i]
		open = append(open[:e.level], i)
		e.parent, e.prev, e.next, e.first, e.last = -1, -1, -1, -1, -1
		if e.level > 0 {
			e.parent = open[e.level-1]
		}
		parent := at(e.parent)
		if parent.last >= 0 {
			e.prev = parent.last
			w.outline[e.prev].next = i
		} else {
			parent.first = i
		}
		parent.last = i
		root.within++
		for _, above := range open[:e.level] {
			w.outline[above].within++
		}
	}
	number := w.objects.reserve()
	objects := make([]int, len(w.outline))
	for i := range objects {
		objects[i] = w.objects.reserve()
	}
	var b bytes.Buffer
	link := func(key string, i int) {
		if i >= 0 {
			fmt.Fprintf(&b, "/%s %d 0 R", key, objects[i])
		}
	}
	for i := range w.outline {
		e := &w.outline[i]
		b.Reset()
		link("Prev", e.prev)
		link("Next", e.next)
		link("First", e.first)
		link("Last", e.last)
		if e.within > 0 {
			fmt.Fprintf(&b, "/Count %d", e.within)
		}
		parent := number
		if e.parent >= 0 {
			parent = objects[e.parent]
		}
		w.objects.put(objects[i], "<</Title %s/Parent %d 0 R%s/Dest[%d 0 R/XYZ 0 %.2f null]>>", textString(e.title), parent, b.Bytes(), w.pages[e.page], e.y)
	}
	w.objects.put(number, "<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", objects[root.first], objects[root.last], root.within)
	return fmt.Sprintf("/Outlines %d 0 R", number)
}
