package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sothon/sothon/jobs/paper"
)

const conflictsTitle = "Mục ghi còn ý kiến khác nhau"

func (r *Report) annexes() []paper.Annex {
	var list []paper.Annex
	source := "" // of a draft there is nothing yet to name
	if i := r.Issue; i != nil {
		source = fmt.Sprintf("Kèm theo Báo cáo số %02d/%s %s của %s", i.Number, i.Symbol, longDate(i.Date), r.Template.issuer(r.UnitName))
	}
	add := func(subject string, landscape bool, blocks ...paper.Block) {
		list = append(list, paper.Annex{Title: "Phụ lục " + roman(len(list)+1), Subject: subject, Source: source, Landscape: landscape, Body: blocks})
	}
	if r.Addendum != nil && len(r.Addendum.Changes) > 0 {
		add("Số liệu thay đổi so với "+r.Addendum.Name, false, r.changeTable())
	}
	add("Số liệu tổng hợp", false, r.figureTable())
	var narrow []paper.Block
	for i := range r.Tables {
		t := &r.Tables[i]
		table := t.paper()
		if len(t.Columns) == 1 {
			table.Caption = t.Title
			narrow = append(narrow, table)
			continue
		}
		add(t.Title, true, table)
	}
	add("Số liệu theo loại", false, narrow...)
	if len(r.Conflicts) > 0 {
		add(conflictsTitle, true, r.conflictTable())
	}
	return list
}

func (r *Report) lastAnnex() string {
	list := r.annexes()
	return list[len(list)-1].Title
}

func (r *Report) figureTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 13, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 38},
		{Title: "Đơn vị tính", Width: 16, Align: paper.Center},
		{Title: "Số liệu", Width: 30, Align: paper.Right},
		{Title: "Kỳ, thời điểm", Width: 34, Align: paper.Center},
		{Title: "Số mục ghi", Width: 18, Align: paper.Right},
		{Title: "Ghi chú", Width: 16},
	}}
	for i := range r.Figures {
		f := &r.Figures[i]
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), f.Label, f.Unit, f.cell().text(), f.when(), Grouped(int64(f.Records)), f.remark(),
		}})
	}
	return t
}

// when is a figure's time, for a table.
func (f *Figure) when() string {
	if f.AsOf != "" {
		return "đến " + shortDate(f.AsOf)
	}
	if from, to, days := strings.Cut(f.Period, "/"); days {
		return shortDate(from) + " – " + shortDate(to)
	}
	return f.Period
}

func (f *Figure) remark() string {
	if f.Approx {
		return "ước chừng"
	}
	return ""
}

// cell is the figure in a table.
func (f *Figure) cell() *Cell { return &Cell{Figure: f.ID, Value: f.Value, Touched: f.Touched} }

func (t *Table) paper() paper.Table {
	out := paper.Table{Columns: []paper.Column{{Title: t.Heading, Width: 50}}, Groups: []paper.Group{{Span: 1}}}
	for _, c := range t.Columns {
		out.Groups = c.join(out.Groups)
		out.Columns = append(out.Columns, paper.Column{Title: fmt.Sprintf("%s (%s)", c.Title, c.Unit), Width: 26, Align: paper.Right})
	}
	for _, r := range t.Rows {
		cells := []string{r.Label}
		for _, c := range r.Cells {
			cells = append(cells, c.text())
		}
		out.Rows = append(out.Rows, paper.Row{Cells: cells, Bold: r.Sum})
	}
	return out
}

func (c *Cell) text() string {
	switch {
	case c.Empty:
		return "–"
	case c.Touched:
		return Grouped(c.Value) + touchedMark
	}
	return Grouped(c.Value)
}

// join puts the column under the last of the heads, or under one of its own.
func (c *Column) join(heads []paper.Group) []paper.Group {
	if last := &heads[len(heads)-1]; c.Group != "" && c.Group == last.Title {
		last.Span++
		return heads
	}
	return append(heads, paper.Group{Title: c.Group, Span: 1})
}

func (r *Report) conflictTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 13, Align: paper.Center},
		{Title: "Đơn vị", Width: 35},
		{Title: "Mục ghi", Width: 45},
		{Title: "Ngày", Width: 27, Align: paper.Center},
		{Title: "Nội dung khác nhau", Width: 72},
		{Title: "Số liệu liên quan", Width: 60},
	}}
	for i := range r.Conflicts {
		c := &r.Conflicts[i]
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Village, c.Label, shortDate(c.Date), c.disputes(), r.labels(c.Figures),
		}})
	}
	return t
}

// disputes are what people disagree about, in one line.
func (c *Conflict) disputes() string {
	var list []string
	for _, d := range c.Fields {
		text := d.Label
		if len(d.Values) > 0 {
			text += ": " + strings.Join(d.Values, " / ")
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// labels are those of figures, each once.
func (r *Report) labels(figures []string) string {
	var list []string
	for _, id := range figures {
		if label := r.label(id); !slices.Contains(list, label) {
			list = append(list, label)
		}
	}
	return strings.Join(list, "; ")
}

// label is that of a figure, or of the table in which it is a cell.
func (r *Report) label(id string) string {
	for i := range r.Figures {
		if r.Figures[i].ID == id {
			return r.Figures[i].Label
		}
	}
	for i := range r.Tables {
		if r.Tables[i].cell(id) != nil {
			return r.Tables[i].Title
		}
	}
	return id
}

// changeTable tells of an addendum what was signed, and what it is now.
func (r *Report) changeTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 13, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 40},
		{Title: "Đơn vị tính", Width: 17, Align: paper.Center},
		{Title: "Đã báo cáo", Width: 30, Align: paper.Right},
		{Title: "Nay", Width: 30, Align: paper.Right},
		{Title: "Tăng, giảm", Width: 30, Align: paper.Right},
		{Title: "Mục ghi thêm", Width: 17, Align: paper.Right},
		{Title: "Mục ghi bớt", Width: 17, Align: paper.Right},
	}}
	for i, c := range r.Addendum.Changes {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Label, c.Unit, Grouped(c.Was), r.current(&c).text(), Grouped(c.Now - c.Was), Grouped(int64(c.Entered)), Grouped(int64(c.Left)),
		}})
	}
	return t
}

// current is the figure of a change as it is now.
func (r *Report) current(c *Change) *Cell {
	for i := range r.Figures {
		if r.Figures[i].ID == c.Figure {
			return r.Figures[i].cell()
		}
	}
	return &Cell{Figure: c.Figure, Value: c.Now}
}
