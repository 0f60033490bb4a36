package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

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

// brokenDown are the figures that the tables by village and by year have.
var brokenDown = []struct{ id, group, title string }{
	{"gifts", "", "Suất quà"},
	{"houses", "Nhà đại đoàn kết, nhà tình nghĩa", "Số nhà"},
	{"houses.support", "Nhà đại đoàn kết, nhà tình nghĩa", "Kinh phí"},
	{"fund.raised", "", "Quỹ vận động"},
	{"meetings", "", "Đợt tiếp xúc cử tri"},
	{"receptions", "Tiếp công dân, giải quyết đơn", "Lượt tiếp"},
	{"petitions", "Tiếp công dân, giải quyết đơn", "Đơn đã nhận"},
	{"activities", "", "Số hoạt động"},
}

// breakdown breaks the figures of a period down into tables.
type breakdown struct {
	*evidence
	period  period
	members []Member
	own     *Member
	donors  []string // of campaigns, those that gave most first; byCampaign finds them
}

func (e *evidence) breakdown(p period, members []Member, own *Member) *breakdown {
	return &breakdown{evidence: e, period: p, members: members, own: own}
}

func (b *breakdown) tables(measures []measure) []Table {
	list := []Table{b.byUnit(measures)}
	if b.period.Type == calendar.TermYears {
		list = append(list, b.byYear(measures))
	}
	for _, by := range choices {
		if t := b.byChoice(by, measures); len(t.Rows) > 1 { // else there is nothing to tell but the sum
			list = append(list, t)
		}
	}
	if t := b.byCampaign(find(measures, "gifts"), find(measures, "gifts.value")); len(t.Rows) > 1 {
		list = append(list, t)
	}
	return list
}

// byUnit tells each ledger's part. Units that were none in the period, or came to an
// end in it, are left out where they have nothing to tell; one that ended or began in
// it is named with that day.
func (b *breakdown) byUnit(measures []measure) Table {
	p := b.period
	t := Table{ID: "units", Heading: "Đơn vị"}
	listed := make([]*Member, len(b.members))
	for i := range b.members {
		listed[i] = &b.members[i]
	}
	inOrderOfNames(listed, p.last())
	rows := make([]Row, len(listed))
	var ids []string
	for _, figure := range brokenDown {
		m := find(measures, figure.id)
		ids = append(ids, figure.id)
		t.Columns = append(t.Columns, Column{Group: figure.group, Title: figure.title, Unit: m.Unit})
		parts := m.split(b.tally, partition{of: func(e entry, _ values) string { return "@" + string(e.ref.Unit) }})
		for i, unit := range listed {
			id := figure.id + "@" + string(unit.Unit)
			rows[i].Cells = append(rows[i].Cells, b.cell(parts["@"+string(unit.Unit)], id))
		}
	}
	var shown []*Member
	for i, unit := range listed {
		if rows[i].silent() && (!p.existed(unit) || p.ended(unit)) {
			continue
		}
		rows[i].Label = p.labelled(unit)
		t.Rows, shown = append(t.Rows, rows[i]), append(shown, unit)
	}
	t.Title = "Kết quả thực hiện theo " + cmp.Or(villageKindsOf(shown), "đơn vị")
	t.Rows = append(t.Rows, b.sums(ids...))
	return t
}

// silent reports whether a row has nothing to tell.
func (r *Row) silent() bool {
	return !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Figure != "" })
}

// labelled names a unit in a table, with the day on which it ended or began
// within the period: "Thôn mẫu 1 (đến 30/6/2025)", "Xã Mẫu (cấp xã, đến 30/6/2025)".
func (p period) labelled(m *Member) string {
	switch {
	case p.ended(m):
		return m.labelled("đến " + shortDate(m.To))
	case m.From > p.From:
		return m.labelled("từ " + shortDate(m.From))
	default:
		return m.labelled()
	}
}

// labelled is the unit's name, with its tier and what else is said behind it.
func (m *Member) labelled(said ...string) string {
	name := m.Name
	if !m.Village {
		name = upperFirst(m.fullName())
		said = append([]string{"cấp " + m.kind()}, said...)
	}
	if len(said) == 0 {
		return name
	}
	return name + " (" + strings.Join(said, ", ") + ")"
}

// byYear tells each calendar year's part, of those that have something to tell. The sums are the figures, so that of
// a figure that leaves the last year out its cell is empty.
func (b *breakdown) byYear(measures []measure) Table {
	p := b.period
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
	for _, figure := range brokenDown {
		m := find(measures, figure.id)
		ids = append(ids, figure.id)
		t.Columns = append(t.Columns, Column{Group: figure.group, Title: figure.title, Unit: m.Unit})
		parts := m.split(b.tally, partition{of: func(e entry, v values) string { return "." + m.date(e.ref, v)[:4] }})
		for i := range rows {
			year := strconv.Itoa(first + i)
			if figure.id == "fund.raised" && first+i > p.lastFull() {
				rows[i].Cells = append(rows[i].Cells, Cell{Empty: true})
				continue
			}
			rows[i].Cells = append(rows[i].Cells, b.cell(parts["."+year], figure.id+"."+year))
		}
	}
	t.Rows = append(slices.DeleteFunc(rows, func(r Row) bool { return r.silent() }), b.sums(ids...))
	return t
}
