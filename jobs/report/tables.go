package report

import (
	"strconv"

	"github.com/sothon/sothon/jobs/calendar"
)

// Table breaks figures down.
type Table struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Heading string   `json:"heading"` // over the first column
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Column is one of a table's figures.
type Column struct {
	Group string `json:"group,omitempty"` // a head over it and its neighbours of the same group
	Title string `json:"title"`
	Unit  string `json:"unit"`
}

// Row is one part of the figures.
type Row struct {
	Label string `json:"label"`
	Cells []Cell `json:"cells"` // one for each column
	Sum   bool   `json:"sum,omitempty"`
}

// Cell is one number. Its Figure names the records behind it, as a figure's id
// does; an empty one has none.
type Cell struct {
	Figure  string `json:"figure,omitempty"`
	Value   int64  `json:"value"`
	Empty   bool   `json:"empty,omitempty"`   // does not apply
	Touched bool   `json:"touched,omitempty"` // a conflict that nobody has settled yet may change it
}

// cell finds a cell of the table; nil where there is none.
func (t *Table) cell(figure string) *Cell {
	for i := range t.Rows {
		for j := range t.Rows[i].Cells {
			if c := &t.Rows[i].Cells[j]; c.Figure == figure {
				return c
			}
		}
	}
	return nil
}

// broken are the figures that the tables by village and by year tell.
var broken = []struct{ id, group, title string }{
	{"gifts", "", "Suất quà"},
	{"houses", "Nhà đại đoàn kết, nhà tình nghĩa", "Số nhà"},
	{"houses.support", "Nhà đại đoàn kết, nhà tình nghĩa", "Kinh phí"},
	{"fund.raised", "", "Quỹ vận động"},
	{"meetings", "", "Đợt tiếp xúc cử tri"},
	{"receptions", "Tiếp công dân, giải quyết đơn", "Lượt tiếp"},
	{"petitions", "Tiếp công dân, giải quyết đơn", "Đơn đã nhận"},
}

func (c *Compiled) tables(p period, measures []measure) {
	c.Tables = []Table{c.byUnit(measures)}
	if p.Type == calendar.TermYears {
		c.Tables = append(c.Tables, c.byYear(p, measures))
	}
	for _, by := range choices {
		c.Tables = append(c.Tables, c.byChoice(by, find(measures, by.figure)))
	}
}

func find(measures []measure, id string) *measure {
	for i := range measures {
		if measures[i].ID == id {
			return &measures[i]
		}
	}
	return nil
}

// cell remembers the records behind a number.
func (c *Compiled) cell(part *Counted, id string) Cell {
	if part == nil {
		return Cell{}
	}
	if c.counted[id] == nil { // the gifts of a year are a figure of their own
		part.ID = id
		c.counted[id] = part
	}
	return Cell{Figure: id, Value: part.Value, Touched: part.Touched}
}

// sums are the last row of a table: the figures themselves.
func (c *Compiled) sums(ids ...string) Row {
	row := Row{Label: "Tổng cộng", Sum: true}
	for _, id := range ids {
		row.Cells = append(row.Cells, Cell{Figure: id, Value: c.counted[id].Value, Touched: c.counted[id].Touched})
	}
	return row
}

// byUnit tells each ledger's part. A unit that was one for a while is named
// with its days where another took its place.
func (c *Compiled) byUnit(measures []measure) Table {
	t := Table{ID: "units", Title: "Kết quả theo thôn", Heading: "Đơn vị"}
	rows := make([]Row, len(c.members))
	for i := range c.members {
		m := &c.members[i]
		rows[i].Label = m.Name
		if !m.Village {
			rows[i].Label = upperFirst(titled("xã", m.Name)) + " (sổ của xã)"
		}
		if m.To != "" && m.To < c.To {
			rows[i].Label += " (đến " + shortDate(m.To) + ")"
		} else if m.From > c.From {
			rows[i].Label += " (từ " + shortDate(m.From) + ")"
		}
	}
	var ids []string
	for _, b := range broken {
		m := find(measures, b.id)
		ids = append(ids, b.id)
		t.Columns = append(t.Columns, Column{Group: b.group, Title: b.title, Unit: m.Unit})
		parts := m.split(c.tally, partition{of: func(e entry, _ values) string { return "@" + string(e.ref.Unit) }})
		for i := range c.members {
			id := b.id + "@" + string(c.members[i].Unit)
			rows[i].Cells = append(rows[i].Cells, c.cell(parts["@"+string(c.members[i].Unit)], id))
		}
	}
	t.Rows = append(rows, c.sums(ids...))
	return t
}

// byYear tells each calendar year's part. The sums are the figures, so that of
// a figure that leaves the last year out its cell is empty.
func (c *Compiled) byYear(p period, measures []measure) Table {
	t := Table{ID: "years", Title: "Kết quả theo năm", Heading: "Năm"}
	first, last := yearOf(p.From), yearOf(p.last())
	rows := make([]Row, last-first+1)
	for i := range rows {
		rows[i].Label = strconv.Itoa(first + i)
		if end := day(first+i, "12-31"); p.last() < end {
			rows[i].Label += " (đến " + shortDate(p.last()) + ")"
		}
	}
	var ids []string
	for _, b := range broken {
		m := find(measures, b.id)
		ids = append(ids, b.id)
		t.Columns = append(t.Columns, Column{Group: b.group, Title: b.title, Unit: m.Unit})
		parts := m.split(c.tally, partition{of: func(e entry, v values) string { return "." + m.date(e.ref, v)[:4] }})
		for i := range rows {
			year := strconv.Itoa(first + i)
			if b.id == "fund.raised" && first+i > p.lastFull() {
				rows[i].Cells = append(rows[i].Cells, Cell{Empty: true})
				continue
			}
			rows[i].Cells = append(rows[i].Cells, c.cell(parts["."+year], b.id+"."+year))
		}
	}
	t.Rows = append(rows, c.sums(ids...))
	return t
}
