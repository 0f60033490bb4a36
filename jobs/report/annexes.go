package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/sync/form"
)

const conflictsTitle = "Số liệu đang rà soát, đối chiếu"

func (r *Content) annexes() []paper.Annex {
	var list []paper.Annex
	source := "" // of a draft there is nothing yet to name
	if i := r.Issue; i != nil {
		source = fmt.Sprintf("Kèm theo Báo cáo số %02d/%s %s của %s", i.Number, i.Symbol, longDate(i.Date), r.issuer())
	}
	add := func(subject string, landscape bool, blocks ...paper.Block) {
		list = append(list, paper.Annex{Title: "Phụ lục " + roman(len(list)+1), Subject: subject, Source: source, Landscape: landscape, Body: blocks})
	}
	if r.Addendum != nil && len(r.Addendum.Differing()) > 0 {
		add("Số liệu thay đổi so với "+r.Addendum.Name, false, r.changeTable())
	}
	add("Số liệu tổng hợp", false, r.reported(), r.figureTable())
	var narrow []paper.Block
	for i := range r.Tables {
		t := &r.Tables[i]
		if t.blank() {
			continue
		}
		table := t.paper()
		if len(t.Columns) < wideColumns {
			table.Caption = t.Title
			narrow = append(narrow, table)
			continue
		}
		add(t.Title, true, table)
	}
	if r.Comparison != nil {
		add("So sánh với "+r.Comparison.Name, false, r.comparisonTable())
	}
	if len(narrow) > 0 {
		add("Số liệu phân theo loại", false, narrow...)
	}
	var conflicts []paper.Block
	if len(r.Conflicts) > 0 {
		conflicts = append(conflicts, r.conflictTable())
	}
	if said := r.hiddenConflicts(); said != "" {
		conflicts = append(conflicts, paper.Paragraph{Runs: []paper.Run{{Text: said}}})
	}
	if conflicts != nil {
		add(conflictsTitle, true, conflicts...)
	}
	return list
}

// wideColumns is how many columns of numbers want their own page, turned.
const wideColumns = 4

// issuer is who reports, in a sentence.
func (r *Content) issuer() string {
	return r.Template.issuer(FullName(r.UnitName, r.UnitKind, false))
}

func (r *Content) lastAnnex() string {
	list := r.annexes()
	return list[len(list)-1].Title
}

func (r *Content) figureTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 12, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 68},
		{Title: "Đơn vị tính", Width: 25, Align: paper.Center},
		{Title: "Số liệu", Width: 28, Align: paper.Right},
		{Title: "Kỳ, thời điểm", Width: 35, Align: paper.Center},
	}}
	shown := r.shownFigures()
	remarks := slices.ContainsFunc(shown, func(f *Figure) bool { return f.remark() != "" })
	if remarks {
		t.Columns = append(t.Columns, paper.Column{Title: "Ghi chú", Width: 15})
	}
	for i, f := range shown {
		cells := []string{strconv.Itoa(i + 1), f.Label, unitWord(f.Unit), f.cell().text(), r.when(f)}
		if remarks {
			cells = append(cells, f.remark())
		}
		t.Rows = append(t.Rows, paper.Row{Cells: cells})
	}
	return t
}

// when is a figure's time where the report's own is said once above.
func (r *Content) when(f *Figure) string {
	switch {
	case f.opens() && f.AsOf == r.From:
		return "đầu kỳ"
	case f.AsOf == "" && f.Period == r.Figures[0].Period:
		return "trong kỳ"
	}
	return f.when()
}

// reported says which days the report's own figures are of.
func (r *Content) reported() paper.Paragraph {
	text := "Kỳ báo cáo: " + r.PeriodName
	if from, to, days := strings.Cut(r.Figures[0].Period, "/"); days {
		text += " (" + between(from, to) + ")"
	}
	return paper.Paragraph{Runs: []paper.Run{{Text: text + "."}}}
}

// shownFigures are the figures, and the details that are not zero. What the fund
// held, took in and spent stands around its figures, so that it adds up.
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
	if i := slices.IndexFunc(list, isFund); i >= 0 {
		n := len(list[i:])
		if end := slices.IndexFunc(list[i:], func(f *Figure) bool { return !isFund(f) }); end >= 0 {
			n = end
		}
		slices.SortStableFunc(list[i:i+n], func(a, b *Figure) int { return slices.Index(fundRows, a.ID) - slices.Index(fundRows, b.ID) })
	}
	return list
}

// fundRows are the rows of the fund in the order in which they add up.
var fundRows = []string{"fund.opening", "fund.raised", "fund.received", "fund.spent", "fund.balance"}

func isFund(f *Figure) bool { return slices.Contains(fundRows, f.ID) }

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

// blank reports whether there is nothing to tell in the table.
func (t *Table) blank() bool {
	return !slices.ContainsFunc(t.Rows, func(r Row) bool {
		return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Value != 0 || c.Touched })
	})
}

func (t *Table) paper() paper.Table {
	out := paper.Table{Columns: []paper.Column{{Title: t.Heading, Width: 70}}, Groups: []paper.Group{{Span: 1}}}
	for _, c := range t.Columns {
		out.Groups = c.join(out.Groups)
		width := 20.0
		if c.Unit == "đ" {
			width = 34
		}
		out.Columns = append(out.Columns, paper.Column{Title: c.headed(), Width: width, Align: paper.Right})
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
		return form.Grouped(c.Value) + touchedMark
	}
	return form.Grouped(c.Value)
}

// headed is the title with its unit, which is not said twice.
func (c *Column) headed() string { return withHeadUnit(c.Title, c.Unit) }

func withHeadUnit(title, unit string) string {
	if strings.HasSuffix(strings.ToLower(title), unit) {
		return title
	}
	return title + " (" + unitWord(unit) + ")"
}

// join puts the column under the last of the heads, or under a new one.
func (c *Column) join(heads []paper.Group) []paper.Group {
	if last := &heads[len(heads)-1]; c.Group != "" && c.Group == last.Title {
		last.Span++
		return heads
	}
	return append(heads, paper.Group{Title: c.Group, Span: 1})
}

func (r *Content) conflictTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 13, Align: paper.Center},
		{Title: "Đơn vị", Width: 35},
		{Title: "Nội dung", Width: 45},
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

// hiddenConflicts says how many conflicts are only counted.
func (r *Content) hiddenConflicts() string {
	if r.HiddenConflicts == 0 {
		return ""
	}
	return fmt.Sprintf("Có %d trường hợp tố cáo đang rà soát, đối chiếu, chỉ thống kê số lượng.", r.HiddenConflicts)
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

// labels are those of figures, each once.
func (r *Content) labels(figures []string) string {
	var list []string
	for _, id := range figures {
		if label := r.label(id); !slices.Contains(list, label) {
			list = append(list, label)
		}
	}
	return strings.Join(list, "; ")
}

// label is that of a figure, or of the table in which it is a cell.
func (r *Content) label(id string) string {
	for _, list := range [][]Figure{r.Figures, r.Details} {
		for i := range list {
			if list[i].ID == id {
				return list[i].Label
			}
		}
	}
	for i := range r.Tables {
		if r.Tables[i].cell(id) != nil {
			return r.Tables[i].Title
		}
	}
	return id
}

// changeTable shows for an addendum what was signed and what it is now.
func (r *Content) changeTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 13, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 40},
		{Title: "Đơn vị tính", Width: 17, Align: paper.Center},
		{Title: "Đã báo cáo", Width: 30, Align: paper.Right},
		{Title: "Nay", Width: 30, Align: paper.Right},
		{Title: "Tăng, giảm", Width: 30, Align: paper.Right},
	}}
	for i, c := range r.Addendum.Differing() {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Label, unitWord(c.Unit), form.Grouped(c.Was), r.current(&c).text(), form.Grouped(c.Now - c.Was),
		}})
	}
	return t
}

// current is the figure of a change as it is now.
func (r *Content) current(c *Change) *Cell {
	for _, list := range [][]Figure{r.Figures, r.Details} {
		for i := range list {
			if list[i].ID == c.Figure {
				return list[i].cell()
			}
		}
	}
	return &Cell{Figure: c.Figure, Value: c.Now}
}

// comparisonTable lays the figures beside those of the year before.
func (r *Content) comparisonTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 12, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 58},
		{Title: "Đơn vị tính", Width: 22, Align: paper.Center},
		{Title: "Kỳ này (" + between(r.From, min(r.To, r.AsOf)) + ")", Width: 30, Align: paper.Right},
		{Title: "Cùng kỳ năm trước (" + between(r.Comparison.From, r.Comparison.To) + ")", Width: 30, Align: paper.Right},
		{Title: "Tăng, giảm", Width: 26, Align: paper.Right},
	}}
	for i, c := range r.Comparison.Rows {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), c.Label, unitWord(c.Unit), form.Grouped(c.Now), form.Grouped(c.Was), form.Grouped(c.Now - c.Was)}})
	}
	return t
}

func between(from, to string) string { return shortDate(from) + " – " + shortDate(to) }
