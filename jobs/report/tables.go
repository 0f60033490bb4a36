package report

import (
	"slices"
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
	{"activities", "", "Hoạt động"},
}

func (c *Compiled) tables(p period, measures []measure) {
	c.Tables = []Table{c.byUnit(p, measures)}
	if p.Type == calendar.TermYears {
		c.Tables = append(c.Tables, c.byYear(p, measures))
	}
	for _, by := range choices {
		if t := c.byChoice(by, measures); len(t.Rows) > 1 { // else there is nothing to tell but the sum
			c.Tables = append(c.Tables, t)
		}
	}
	if t := c.byCampaign(find(measures, "gifts"), find(measures, "gifts.value")); len(t.Rows) > 1 {
		c.Tables = append(c.Tables, t)
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
	if c.counted[id] == nil { // the gifts of a year are a figure already
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

// byUnit tells each ledger's part. Units that were none in the period are left
// out, unless they still have something to tell; one that came to an end or
// began in it is named with that day.
func (c *Compiled) byUnit(p period, measures []measure) Table {
	t := Table{ID: "units", Heading: "Đơn vị"}
	listed := make([]*Member, len(c.members))
	for i := range c.members {
		listed[i] = &c.members[i]
	}
	inOrderOfNames(listed, p.last())
	rows := make([]Row, len(listed))
	var ids []string
	for _, b := range broken {
		m := find(measures, b.id)
		ids = append(ids, b.id)
		t.Columns = append(t.Columns, Column{Group: b.group, Title: b.title, Unit: m.Unit})
		parts := m.split(c.tally, partition{of: func(e entry, _ values) string { return "@" + string(e.ref.Unit) }})
		for i, unit := range listed {
			id := b.id + "@" + string(unit.Unit)
			rows[i].Cells = append(rows[i].Cells, c.cell(parts["@"+string(unit.Unit)], id))
		}
	}
	var told []*Member
	for i, unit := range listed {
		if !p.lived(unit) && rows[i].silent() {
			continue
		}
		rows[i].Label = p.labelled(unit)
		t.Rows, told = append(t.Rows, rows[i]), append(told, unit)
	}
	t.Title = "Kết quả thực hiện theo " + villagesCalled(told)
	t.Rows = append(t.Rows, c.sums(ids...))
	return t
}

// silent reports whether a row has nothing to tell.
func (r *Row) silent() bool {
	return !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Figure != "" })
}

// labelled names a unit in a table.
func (p period) labelled(m *Member) string {
	label := m.Name
	if !m.Village {
		label = upperFirst(m.called()) + " (cấp " + m.kind() + ")"
	}
	switch {
	case p.ended(m):
		label += " (đến " + shortDate(m.To) + ")"
	case m.From > p.From:
		label += " (từ " + shortDate(m.From) + ")"
	}
	return label
}

// byYear tells each calendar year's part, of those that have something to tell. The sums are the figures, so that of
// a figure that leaves the last year out its cell is empty.
func (c *Compiled) byYear(p period, measures []measure) Table {
	t := Table{ID: "years", Title: "Kết quả thực hiện theo năm", Heading: "Năm"}
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
	t.Rows = append(slices.DeleteFunc(rows, func(r Row) bool { return r.silent() }), c.sums(ids...))
	return t
}
