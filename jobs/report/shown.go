package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// shownFigures are the figures, and the details that are not zero. What the fund
// held, took in and spent stands around its figures, so that it adds up, and so do
// petitions.
func (r *Content) shownFigures() []*Figure {
	details := map[string][]*Figure{}
	for i := range r.Details {
		d := &r.Details[i]
		if d.Value == 0 && !d.Touched || r.repeats(d) {
			continue
		}
		kind, _, _ := strings.Cut(d.ID, ".")
		details[kind] = append(details[kind], d)
	}
	var list []*Figure
	for i := range r.Figures {
		if f := &r.Figures[i]; f.Value != 0 || f.Touched || !strings.HasPrefix(f.ID, "gifts.") { // a year of none has no row
			list = append(list, f)
		}
		kind, _, _ := strings.Cut(r.Figures[i].ID, ".")
		if next := i + 1; next == len(r.Figures) || !strings.HasPrefix(r.Figures[next].ID+".", kind+".") {
			list = append(list, details[kind]...)
			delete(details, kind)
		}
	}
	for i := range r.Details { // of kinds without a figure
		if d := &r.Details[i]; slices.Contains(details[strings.Split(d.ID, ".")[0]], d) {
			list = append(list, d)
		}
	}
	for _, rows := range adding {
		among := func(f *Figure) bool { return slices.Contains(rows, f.ID) }
		i := max(0, slices.IndexFunc(list, among))
		n := len(list[i:])
		if end := slices.IndexFunc(list[i:], func(f *Figure) bool { return !among(f) }); end >= 0 {
			n = end
		}
		slices.SortStableFunc(list[i:i+n], func(a, b *Figure) int { return slices.Index(rows, a.ID) - slices.Index(rows, b.ID) })
	}
	return list
}

// adding are rows that stand beside each other, in the order in which they add up:
// what there was, what came, what went and what is left.
var adding = [][]string{
	{"fund.opening", "fund.raised", "fund.received", "fund.spent", "fund.balance"},
	{
		"petitions.carried", "petitions", "petitions.settled", "petitions.settled.timely", "petitions.settled.late",
		"petitions.open", "petitions.open.carried", "petitions.overdue",
	},
}

// repeated are the figures that details may say again.
var repeated = map[string]string{"fund.received": "fund.raised", "receptions.people": "receptions"}

// repeats reports whether a detail says no more than a figure does: all that came
// in was raised in the days that its figure covers, or each reception was of one person.
func (r *Content) repeats(d *Figure) bool {
	return slices.ContainsFunc(r.Figures, func(f Figure) bool {
		return f.ID == repeated[d.ID] && f.Value == d.Value && f.Touched == d.Touched
	})
}

// opens reports whether the figure is of what was there before its day.
func (f *Figure) opens() bool { return f.ID == "fund.opening" || f.ID == "petitions.carried" }

// when is a figure's time, for a table.
func (f *Figure) when() string {
	switch {
	case f.opens():
		return "đầu ngày " + shortDate(f.AsOf)
	case f.AsOf != "":
		return "đến " + shortDate(f.AsOf)
	}
	if from, to, days := strings.Cut(f.Period, "/"); days {
		return between(from, to)
	}
	return f.Period
}

func (f *Figure) remark() string {
	if f.Approx {
		return "số ước"
	}
	return ""
}

// cell is the figure in a table.
func (f *Figure) cell() *Cell { return &Cell{Figure: f.ID, Value: f.Value, Touched: f.Touched} }

const conflictsTitle = "Số liệu đang rà soát, đối chiếu"

// hiddenConflicts says how many conflicts are only counted.
func (r *Content) hiddenConflicts() string {
	if r.HiddenConflicts == 0 {
		return ""
	}
	return fmt.Sprintf("Có %s trường hợp tố cáo đang rà soát, đối chiếu, chỉ thống kê số lượng.", numeral(int64(r.HiddenConflicts), ""))
}

// disputes are what people disagree about, in one line.
func (c *Conflict) disputes() string {
	var list []string
	for _, d := range c.Fields {
		text := d.Label
		values := slices.Clone(d.Values)
		for i := range values {
			values[i] = cmp.Or(values[i], "(không ghi)")
		}
		if len(values) > 0 {
			text += ": " + strings.Join(values, " / ")
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// labels are those of figures by their ids, and of the cells of tables the tables'
// titles. There may be as many conflicts as cells, so that they are looked up in a map.
func (r *Content) labels() map[string]string {
	labels := map[string]string{}
	for i := range r.Tables {
		for _, row := range r.Tables[i].Rows {
			for _, cell := range row.Cells {
				if labels[cell.Figure] == "" {
					labels[cell.Figure] = r.Tables[i].Title
				}
			}
		}
	}
	for _, list := range [][]Figure{r.Details, r.Figures} {
		for i := range list {
			labels[list[i].ID] = list[i].Label
		}
	}
	return labels
}

// labelled joins the labels of figures, each once. One that no table shows has none.
func labelled(labels map[string]string, figures []string) string {
	var list []string
	for _, id := range figures {
		if label := labels[id]; label != "" && !slices.Contains(list, label) {
			list = append(list, label)
		}
	}
	return strings.Join(list, "; ")
}

// now is a figure as it is now, beside what it was.
func (r *Content) now(figure string, value int64) *Cell {
	for _, list := range [][]Figure{r.Figures, r.Details} {
		for i := range list {
			if list[i].ID == figure {
				return list[i].cell()
			}
		}
	}
	return &Cell{Figure: figure, Value: value}
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
