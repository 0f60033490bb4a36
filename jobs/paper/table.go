package paper

import (
	"math"
	"slices"
	"strings"
)

// grid is how a table is laid out over a width.
type grid struct {
	columns []Column
	widths  []float64 // in points
	edges   []float64 // where each column begins, and where the last ends
	pad     float64   // left and right of a cell's text
	text    style
	head    []headCell
	rows    int        // of the head: 1, or 2 with groups
	heights [2]float64 // of the head's rows
}

// headCell is a cell of a table's head.
type headCell struct {
	title        string
	column, span int
	row, rows    int
}

// cell is a text in its column.
type cell struct{ lines []line }

// cellSizes are those that a table's text may have. The last two are for tables
// in which an amount would break otherwise.
var cellSizes = [...]float64{13, 12, 11, 10, 9, 8}

const (
	cellPad    = 5.4
	cellMargin = 2.0 // above and below a cell's text
	// rowMargin is what a row is higher than its text: Word and LibreOffice count the
	// line between rows, too.
	rowMargin = 2*cellMargin + frameWeight
)

// newGrid lays a table out; nil if it has no columns.
func newGrid(t *Table, width float64) *grid {
	n := len(t.Columns)
	if n == 0 {
		return nil
	}
	g := &grid{columns: t.Columns, rows: 1}
	average := width / float64(n)
	g.pad = min(cellPad, average*.08)
	most := cellSize(average)
	if t.Size > 0 {
		most = max(min(most, t.Size), cellSizes[len(cellSizes)-1])
	}
	g.fit(columnWidths(t.Columns, width), longestWords(t), most)
	g.edges = make([]float64, n+1)
	for i, w := range g.widths {
		g.edges[i+1] = g.edges[i] + w
	}
	g.layHead(t.Groups)
	return g
}

// cellSize is the size of a table's text: smaller where columns are narrow.
func cellSize(average float64) float64 {
	for i, least := range [...]float64{22 * mm, 16 * mm, 12 * mm} {
		if average >= least {
			return cellSizes[i]
		}
	}
	return cellSizes[3]
}

// columnWidths shares a width out. A column counts as one that asks for a third
// of the average at least.
func columnWidths(columns []Column, width float64) []float64 {
	shares := make([]float64, len(columns))
	largest := 0.0
	for i, c := range columns {
		if c.Width > 0 && !math.IsInf(c.Width, 0) {
			shares[i] = c.Width
			largest = max(largest, c.Width)
		}
	}
	if largest == 0 {
		largest = 1
		for i := range shares {
			shares[i] = 1
		}
	}
	var sum float64
	for i := range shares {
		shares[i] /= largest // so that the sum cannot overflow
		sum += shares[i]
	}
	least := sum / float64(len(shares)) / 3
	sum = 0
	for i := range shares {
		shares[i] = max(shares[i], least)
		sum += shares[i]
	}
	for i := range shares {
		shares[i] *= width / sum
	}
	return shares
}

// spareWidth is what a word may be wider in the font that stands for Times New
// Roman where there is none: Word and LibreOffice then choose another.
const spareWidth = 1.15

// leastNames are shares of its width of which the widest column keeps the first that
// a smaller text can spare: it has names, which amounts beside them would squeeze to
// a word a line. leastReadable is the smallest size that is taken for that.
var leastNames = [...]float64{.7, .5}

const leastReadable = 11

// fit chooses the largest text, of a size at most, at which no word breaks and names
// have room, and the widths of the columns for it; with room for a wider font if it
// can.
func (g *grid) fit(widths, words []float64, most float64) {
	names := slices.Index(widths, slices.Max(widths))
	for _, least := range leastNames {
		for _, size := range cellSizes {
			if size > most || size < leastReadable {
				continue
			}
			g.text = style{size: size}
			if g.widths = fitted(slices.Clone(widths), words, g.pad, size*spareWidth); g.widths != nil && g.widths[names] >= least*widths[names] {
				return
			}
		}
	}
	for _, spare := range [...]float64{spareWidth, 1} {
		for _, size := range cellSizes {
			if size > most || spare > 1 && size < 10 {
				continue
			}
			g.text = style{size: size}
			if g.widths = fitted(slices.Clone(widths), words, g.pad, size*spare); g.widths != nil {
				return
			}
		}
	}
	var width float64
	for _, w := range widths {
		width += w
	}
	g.widths = shared(words, g.pad, g.text.size, width)
}

// longestWords is, at size 1, how wide each column must be for none of its
// words to break: above all for no amount of money to.
func longestWords(t *Table) []float64 {
	words := make([]float64, len(t.Columns))
	measure := func(i int, text string, f face) {
		for word := range strings.SplitSeq(clean(text), " ") {
			words[i] = max(words[i], f.width(word, 1))
		}
	}
	for i, c := range t.Columns {
		measure(i, c.Title, bold)
	}
	for r := range t.Rows {
		row := &t.Rows[r]
		for i, text := range row.Cells[:min(len(row.Cells), len(words))] {
			measure(i, text, regular.with(row.Bold, false))
		}
	}
	return words
}

// fitted widens the columns that are too narrow for their longest word, at the
// cost of those that have width to spare; nil where there is not enough. A word
// that would take more than a third of the table is cut instead.
func fitted(widths, words []float64, pad, size float64) []float64 {
	var sum, missing, spare float64
	for _, w := range widths {
		sum += w
	}
	needs := make([]float64, len(widths))
	for i, w := range widths {
		needs[i] = min(words[i]*size+2*pad+roundOff, max(w, sum/3))
		missing += max(0, needs[i]-w)
		spare += max(0, w-needs[i])
	}
	if missing > spare {
		return nil
	}
	for i, w := range widths {
		if w < needs[i] {
			widths[i] = needs[i]
		} else if spare > 0 {
			widths[i] -= (w - needs[i]) * missing / spare
		}
	}
	return widths
}

// shared gives each column its share by what it needs, where no size of text
// lets all words stay whole.
func shared(words []float64, pad, size, width float64) []float64 {
	widths := make([]float64, len(words))
	var sum float64
	for i, w := range words {
		widths[i] = min(w*size+2*pad, width/3)
		sum += widths[i]
	}
	for i := range widths {
		widths[i] *= width / sum
	}
	return widths
}

// layHead finds the head's cells: a column that no group spans is as high as the head.
func (g *grid) layHead(groups []Group) {
	n := len(g.columns)
	if slices.ContainsFunc(groups, func(group Group) bool { return clean(group.Title) != "" }) {
		g.rows = 2
	}
	column := 0
	single := func() {
		g.head = append(g.head, headCell{clean(g.columns[column].Title), column, 1, 0, g.rows})
		column++
	}
	for _, group := range groups {
		title, span := clean(group.Title), min(max(group.Span, 1), n-column)
		if span == 0 {
			break
		}
		if title == "" {
			for range span {
				single()
			}
			continue
		}
		g.head = append(g.head, headCell{title, column, span, 0, 1})
		for range span {
			g.head = append(g.head, headCell{clean(g.columns[column].Title), column, 1, 1, 1})
			column++
		}
	}
	for column < n {
		single()
	}
	g.measureHead()
}

func (g *grid) headStyle() *style {
	return &style{face: bold, size: g.text.size, align: centred}
}

func (g *grid) headLines(h *headCell) []line {
	st := g.headStyle()
	var set setter
	return st.lines(set.pieces(st, Run{Text: h.title}), g.edges[h.column+h.span]-g.edges[h.column]-2*g.pad)
}

// measureHead gives each row of the head the height that its cells need, and
// the last one what a cell over both needs beyond that.
func (g *grid) measureHead() {
	for _, both := range []bool{false, true} {
		for i := range g.head {
			h := &g.head[i]
			if (h.rows == 2) != both {
				continue
			}
			high := height(g.headLines(h)) + rowMargin
			if both {
				g.heights[1] = max(g.heights[1], high-g.heights[0])
			} else {
				g.heights[h.row] = max(g.heights[h.row], high)
			}
		}
	}
}

func (g *grid) headHeight() float64 { return g.heights[0] + g.heights[1] }

// mostWhole is how many rows a table has at most that no page's end parts.
const mostWhole = 12

// whole returns the height of a table that is to stand on one page: a short
// one, no higher than most. It is 0 for another.
func (g *grid) whole(rows []Row, most float64) float64 {
	if len(rows) > mostWhole {
		return 0
	}
	sum := g.headHeight()
	for i := range rows {
		_, high := g.cells(nil, &rows[i])
		sum += high
	}
	if sum > most {
		return 0
	}
	return sum
}

// cells breaks a row's texts into lines, and returns the height they need.
// into is used again if it can be.
func (g *grid) cells(into []cell, row *Row) ([]cell, float64) {
	into = into[:0]
	most := 1
	for i := range g.columns {
		var c cell
		if i < len(row.Cells) && row.Cells[i] != "" {
			st := g.text
			st.face, st.align = regular.with(row.Bold, false), g.columns[i].Align.text()
			var set setter
			c.lines = st.lines(set.pieces(&st, Run{Text: row.Cells[i]}), g.widths[i]-2*g.pad)
		}
		most = max(most, len(c.lines))
		into = append(into, c)
	}
	return into, float64(most)*g.text.lineHeight() + rowMargin
}
