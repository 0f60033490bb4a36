package paper

import "github.com/sothon/sothon/jobs/paper/pdf"

// tableFlow puts a table's rows onto pages.
type tableFlow struct {
	*flow
	grid    *grid
	top     float64 // where the columns' lines begin on this page
	repeats bool    // every page begins with the head
	bare    bool    // no row stands on this page yet
	rest    float64 // kept free below the row
	row     []cell
	parts   []*pdf.Element

	whole *pdf.Element   // of the structure: the table
	body  *pdf.Element   // its rows; nil before the first
	heads []*pdf.Element // by the head's cells; nil once they stand on a page
}

// headShare is what a head may take of a page if it is to be on each.
const headShare = 0.4

// table places a table; rest is kept free below its last row.
func (f *flow) table(t *Table, rest float64) {
	g := newGrid(t, f.width)
	if g == nil {
		f.caption(t, 0, f.part)
		return
	}
	tf := &tableFlow{flow: f, grid: g, bare: true, whole: f.part.Add(pdf.Table)}
	tf.repeats = g.headHeight() <= (f.bottom-marginTop)*headShare
	half := (f.bottom - marginTop) / 2
	first := g.headHeight()
	if len(t.Rows) > 0 {
		var high float64
		tf.row, high = g.cells(tf.row, &t.Rows[0])
		first += high
	}
	first = min(first, half)
	if whole := g.whole(t.Rows, half); whole > 0 {
		first = whole + rest
	}
	f.caption(t, first, tf.whole)
	tf.headParts()
	if first > f.room() && !f.fresh {
		f.newPage(owedShare)
	}
	tf.open()
	if !tf.repeats {
		tf.headRows()
	}
	for i := range t.Rows {
		switch i {
		case len(t.Rows) - 1:
			tf.rest = rest
		case len(t.Rows) - 2: // a sum does not stand on its own page
			if last := &t.Rows[i+1]; last.Bold {
				_, high := g.cells(nil, last)
				tf.rest = high + rest
			}
		}
		tf.place(&t.Rows[i], tf.rowParts())
	}
	tf.close()
	f.y += paragraphGap
}

// headParts adds the head to the structure.
func (t *tableFlow) headParts() {
	head := t.whole.Add(pdf.TableHead)
	var rows [2]*pdf.Element
	for r := range t.grid.rows {
		rows[r] = head.Add(pdf.TableRow)
	}
	t.heads = make([]*pdf.Element, len(t.grid.head))
	for i, h := range t.grid.head {
		t.heads[i] = rows[h.row].AddHead(h.span, h.rows)
	}
}

// caption stands above a table; rest is kept free below it.
func (f *flow) caption(t *Table, rest float64, part *pdf.Element) {
	pieces := f.set.pieces(&captionStyle, Run{Text: t.Caption})
	if len(pieces) == 0 {
		f.y += paragraphGap
		return
	}
	lines := partOf(part.Add(pdf.Caption).Add(pdf.Paragraph), captionStyle.balanced(pieces, f.width))
	f.paragraph(&captionStyle, lines, rest+captionStyle.after)
}

// open begins the table on a page: with its head, or a line where it goes on
// without. On all pages but the first the head only adorns the page.
func (t *tableFlow) open() {
	g := t.grid
	if t.repeats {
		for i := range g.head {
			var part *pdf.Element
			if t.heads != nil {
				part = t.heads[i]
			}
			t.headCell(&g.head[i], part)
		}
		t.heads = nil
		t.y += g.headHeight()
	} else {
		t.across(t.y)
	}
	t.top, t.bare, t.fresh = t.y, true, false
}

// close draws the lines between the columns, as far down as the page got.
func (t *tableFlow) close() {
	if t.y == t.top {
		return
	}
	for _, x := range t.grid.edges {
		t.canvas.rule(marginLeft+x, t.top, marginLeft+x, t.y, frameWeight)
	}
}

func (t *tableFlow) across(y float64) {
	t.canvas.rule(marginLeft, y, marginLeft+t.grid.edges[len(t.grid.columns)], y, frameWeight)
}

func (t *tableFlow) nextPage() {
	t.close()
	t.newPage(owedShare)
	t.open()
}

func (t *tableFlow) headCell(h *headCell, part *pdf.Element) {
	g := t.grid
	x, width := marginLeft+g.edges[h.column], g.edges[h.column+h.span]-g.edges[h.column]
	y, high := t.y, g.heights[0]
	if h.row == 1 {
		y, high = y+g.heights[0], g.heights[1]
	}
	if h.rows == 2 {
		high = g.headHeight()
	}
	t.canvas.rule(x, y, x+width, y, frameWeight)
	t.canvas.rule(x, y+high, x+width, y+high, frameWeight)
	t.canvas.rule(x, y, x, y+high, frameWeight)
	t.canvas.rule(x+width, y, x+width, y+high, frameWeight)
	lines := partOf(part, g.headLines(h))
	y += (high - height(lines)) / 2
	for i := range lines {
		t.canvas.draw(&lines[i], x+g.pad, y)
		y += lines[i].height
	}
}

// headRows places a head that is too high to be on every page: its rows are
// like any other.
func (t *tableFlow) headRows() {
	for r := range t.grid.rows {
		row := Row{Cells: make([]string, len(t.grid.columns)), Bold: true}
		parts := make([]*pdf.Element, len(t.grid.columns))
		for i, h := range t.grid.head {
			if h.row == r {
				row.Cells[h.column], parts[h.column] = h.title, t.heads[i]
			}
		}
		t.place(&row, parts)
	}
}

// rowParts adds a row to the structure.
func (t *tableFlow) rowParts() []*pdf.Element {
	if t.body == nil {
		t.body = t.whole.Add(pdf.TableBody)
	}
	row := t.body.Add(pdf.TableRow)
	t.parts = t.parts[:0]
	for range t.grid.columns {
		t.parts = append(t.parts, row.Add(pdf.Cell))
	}
	return t.parts
}

// place puts a row on the page, or on the next one if it does not fit. What no
// page can hold goes over as many as it needs.
func (t *tableFlow) place(row *Row, parts []*pdf.Element) {
	var high float64
	t.row, high = t.grid.cells(t.row, row)
	for i, part := range parts {
		partOf(part, t.row[i].lines)
	}
	if high+t.rest > t.room() && !t.bare && high <= t.bottom-marginTop-t.top0() {
		t.nextPage()
	}
	if high > t.room() {
		t.split()
		return
	}
	t.part(t.row, high, true)
}

// top0 is what the head takes of each page.
func (t *tableFlow) top0() float64 {
	if t.repeats {
		return t.grid.headHeight()
	}
	return 0
}

// leastPart is how many lines of a row are worth beginning on a page.
const leastPart = 3

// split places a row in parts.
func (t *tableFlow) split() {
	part := make([]cell, len(t.row))
	for first := true; ; first = false {
		fit := int((t.room() - rowMargin) / t.grid.text.lineHeight())
		if !t.bare && (fit < 1 || first && fit < leastPart) {
			t.nextPage()
			continue
		}
		fit = max(fit, 1)
		longest, left := 0, false
		for i := range t.row {
			lines := t.row[i].lines
			n := min(fit, len(lines))
			part[i].lines, t.row[i].lines = lines[:n], lines[n:]
			longest = max(longest, n)
			left = left || n < len(lines)
		}
		t.part(part, float64(longest)*t.grid.text.lineHeight()+rowMargin, false)
		if !left {
			return
		}
		t.nextPage()
	}
}

// part draws cells beside each other and the line below them.
func (t *tableFlow) part(cells []cell, high float64, middle bool) {
	for i := range cells {
		lines := cells[i].lines
		y := t.y + cellMargin
		if middle {
			y = t.y + (high-height(lines))/2
		}
		for j := range lines {
			t.canvas.draw(&lines[j], marginLeft+t.grid.edges[i]+t.grid.pad, y)
			y += lines[j].height
		}
	}
	t.y += high
	t.across(t.y)
	t.bare = false
}
