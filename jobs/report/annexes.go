package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/sync/form"
)

// annexes lays out the tables that stand behind the text of a report.
type annexes struct{ *Content }

func (r annexes) list() []paper.Annex {
	var list []paper.Annex
	source := "" // of a draft there is nothing yet to name
	if i := r.Issue; i != nil {
		day := strings.ReplaceAll(longDate(i.Date), " ", "\u00a0") // in centred lines there is room for a whole date
		source = fmt.Sprintf("Kèm theo Báo cáo số %02d/%s %s của %s", i.Number, i.Symbol, day, r.issuer())
	}
	add := func(subject string, landscape bool, blocks ...paper.Block) {
		list = append(list, paper.Annex{Title: "Phụ lục " + roman(len(list)+1), Subject: subject, Source: source, Landscape: landscape, Body: blocks})
	}
	if r.Addendum != nil && len(r.Addendum.Differing()) > 0 {
		add("Số liệu thay đổi so với "+r.Addendum.Name, true, r.changeTable())
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
		add("So sánh với "+r.Comparison.Name, true, r.comparisonTable())
	}
	if len(narrow) > 0 {
		add("Số liệu phân theo loại", false, narrow...)
	}
	var conflicts []paper.Block
	if len(r.Conflicts) > 0 {
		conflicts = append(conflicts, r.conflictTable())
	}
	for _, said := range []string{r.moreConflicts(), r.hiddenConflicts()} {
		if said != "" {
			conflicts = append(conflicts, paper.Paragraph{Runs: []paper.Run{{Text: said}}})
		}
	}
	if conflicts != nil {
		add(conflictsTitle, true, conflicts...)
	}
	return list
}

// longLabel is from how many characters on a row's label wants its column wide.
const longLabel = 35

// wideColumns is how many columns of numbers want their own page, turned.
const wideColumns = 4

// last is the title of the last annex, which lists the conflicts where there are
// any.
func (r annexes) last() string {
	list := r.list()
	return list[len(list)-1].Title
}

// figuresSize is the size of text at which all figures of a period stand on one page,
// each with its name on one line.
const figuresSize = 11

func (r annexes) figureTable() paper.Table {
	t := paper.Table{Size: figuresSize, Columns: []paper.Column{
		{Title: "TT", Width: 9, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 76},
		{Title: "Đơn vị tính", Width: 23, Align: paper.Center},
		{Title: "Số liệu", Width: 27, Align: paper.Right},
		{Title: "Kỳ, thời điểm", Width: 30, Align: paper.Center},
	}}
	for i, f := range r.shownFigures() {
		when := r.when(f)
		if remark := f.remark(); remark != "" { // a column of its own would take the names' width
			when += "; " + remark
		}
		t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), f.Label, unitCell(f.Unit), f.cell().text(), when}})
	}
	return t
}

// unitCell is a unit in a column of them, where it has one line.
func unitCell(unit string) string { return strings.ReplaceAll(unitWord(unit), " ", "\u00a0") }

// when is a figure's time where the report's own is said once above.
func (r annexes) when(f *Figure) string {
	switch {
	case f.opens() && f.AsOf == r.From:
		return "đầu kỳ"
	case f.AsOf == "" && (f.Period == r.Figures[0].Period || f.Period == r.From+"/"+min(r.To, r.AsOf)):
		return "trong kỳ"
	}
	if _, to, days := strings.Cut(f.Period, "/"); days && to == min(r.To, r.AsOf) { // of a year that is not over
		return "đến " + shortDate(to)
	}
	return f.when()
}

// reported says which days the report's own figures are of.
func (r annexes) reported() paper.Paragraph {
	text := "Kỳ báo cáo: " + r.PeriodName + " (" + between(r.From, min(r.To, r.AsOf)) + ")."
	return paper.Paragraph{Runs: []paper.Run{{Text: text}}}
}

// blank reports whether there is nothing to tell in the table.
func (t *Table) blank() bool {
	return !slices.ContainsFunc(t.Rows, func(r Row) bool {
		return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Value != 0 || c.Touched })
	})
}

func (t *Table) paper() paper.Table {
	out := paper.Table{Columns: []paper.Column{{Title: t.Heading, Width: 70}}, Groups: []paper.Group{{Span: 1}}}
	numbers := 20.0
	if len(t.Columns) < wideColumns && !slices.ContainsFunc(t.Rows, func(r Row) bool { return utf8.RuneCountInString(r.Label) > longLabel }) {
		numbers = 30 // there is room for heads of one line
	}
	for _, c := range t.Columns {
		out.Groups = c.join(out.Groups)
		width := numbers
		if c.Unit == "đ" {
			width = 34
		}
		head := c.headed()
		if len(t.Columns) < wideColumns {
			head = pairedEnd(head)
		}
		out.Columns = append(out.Columns, paper.Column{Title: head, Width: width, Align: paper.Right})
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

// headed is the title with its unit, where it does not say that itself: "Kinh phí
// (đồng)", "Số suất", "Lượt tiếp".
func (c *Column) headed() string {
	lower := strings.ToLower(c.Title)
	if strings.HasSuffix(lower, c.Unit) || strings.HasPrefix(lower, c.Unit+" ") {
		return c.Title
	}
	return c.Title + " (" + unitWord(c.Unit) + ")"
}

// pairedEnd ties the last two words of a head: none stands alone in its last line. A
// unit may.
func pairedEnd(head string) string {
	if last := strings.LastIndex(head, " "); last >= 0 && !strings.HasSuffix(head, ")") {
		return head[:last] + "\u00a0" + head[last+1:]
	}
	return head
}

// join puts the column under the last of the heads, or under a new one.
func (c *Column) join(heads []paper.Group) []paper.Group {
	if last := &heads[len(heads)-1]; c.Group != "" && c.Group == last.Title {
		last.Span++
		return heads
	}
	return append(heads, paper.Group{Title: c.Group, Span: 1})
}

// mostConflicts is how many conflicts are listed on paper, some ten pages of them. A
// workbook lists all.
const mostConflicts = 100

// moreConflicts says how many others there are.
func (r annexes) moreConflicts() string {
	more := len(r.Conflicts) - mostConflicts
	if more <= 0 {
		return ""
	}
	return fmt.Sprintf("Ngoài ra còn %s trường hợp khác đang rà soát, đối chiếu.", numeral(int64(more), ""))
}

func (r annexes) conflictTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 13, Align: paper.Center},
		{Title: "Đơn vị", Width: 35},
		{Title: "Nội dung", Width: 45},
		{Title: "Ngày", Width: 27, Align: paper.Center},
		{Title: "Nội dung khác nhau", Width: 72},
		{Title: "Số liệu liên quan", Width: 60},
	}}
	labels := r.labels()
	for i := range r.Conflicts[:min(len(r.Conflicts), mostConflicts)] {
		c := &r.Conflicts[i]
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Village, c.Label, shortDate(c.Date), c.disputes(), labelled(labels, c.Figures),
		}})
	}
	return t
}

// changeTable shows for an addendum what was signed and what it is now.
func (r annexes) changeTable() paper.Table {
	t := paper.Table{Size: figuresSize, Columns: []paper.Column{
		{Title: "TT", Width: 10, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 92},
		{Title: "Đơn vị tính", Width: 27, Align: paper.Center},
		{Title: "Đã báo cáo", Width: 41, Align: paper.Right},
		{Title: "Nay", Width: 41, Align: paper.Right},
		{Title: "Tăng, giảm", Width: 41, Align: paper.Right},
	}}
	for i, c := range r.Addendum.Differing() {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Label, unitCell(c.Unit), form.Grouped(c.Was), r.now(c.Figure, c.Now).text(), form.Grouped(c.Now - c.Was),
		}})
	}
	return t
}

// comparisonTable lays the figures beside those of the year before.
func (r annexes) comparisonTable() paper.Table {
	t := paper.Table{Size: figuresSize, Columns: []paper.Column{
		{Title: "TT", Width: 9, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 80},
		{Title: "Đơn vị tính", Width: 24, Align: paper.Center},
		{Title: r.thisPeriod(), Width: 52, Align: paper.Right},
		{Title: r.Comparison.headed(), Width: 52, Align: paper.Right},
		{Title: "Tăng, giảm", Width: 35, Align: paper.Right},
	}}
	for i, c := range r.Comparison.Rows {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), c.Label, unitCell(c.Unit), r.now(c.Figure, c.Now).text(), form.Grouped(c.Was), form.Grouped(c.Now - c.Was)}})
	}
	return t
}
