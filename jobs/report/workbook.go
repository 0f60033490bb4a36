package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Workbook is the report as tables: the figures, their parts, and every record
// that was counted, without what is personal.
func (c *Compiled) Workbook() *paper.Workbook {
	w := &sheets{c}
	b := &paper.Workbook{Title: c.Subject, Author: c.issuer()}
	title := []string{NonBreaking(c.Subject), "Số liệu tính đến ngày " + shortDate(c.AsOf)}
	if c.Addendum != nil && len(c.Addendum.Differing()) > 0 {
		b.Sheets = append(b.Sheets, w.changeSheet())
	}
	b.Sheets = append(b.Sheets, w.figureSheet(title))
	for i := range c.Tables {
		if t := &c.Tables[i]; !t.blank() {
			b.Sheets = append(b.Sheets, t.sheet())
		}
	}
	if c.Comparison != nil {
		b.Sheets = append(b.Sheets, w.comparisonSheet())
	}
	if len(c.Conflicts)+c.HiddenConflicts > 0 {
		b.Sheets = append(b.Sheets, w.conflictSheet())
	}
	for i := range b.Sheets {
		if s := &b.Sheets[i]; hasMarks(s) {
			s.Title = append(s.Title, marksText)
		}
	}
	for _, f := range form.All() {
		if behind := w.behindKind(f.Kind); len(behind) > 0 {
			b.Sheets = append(b.Sheets, w.recordSheet(f, behind))
		}
	}
	return b
}

// hasMarks reports whether a number of the sheet has a mark, which must be explained.
func hasMarks(s *paper.Sheet) bool {
	for row := range s.Rows {
		if slices.ContainsFunc(row, func(c paper.Cell) bool { return c.Marked }) {
			return true
		}
	}
	return false
}

// sheets makes the sheets of a compiled report.
type sheets struct{ *Compiled }

// tabs are the names of sheets of records where the kind's own is too long.
var tabs = map[ledger.Kind]string{
	form.KindHouse: "Danh sách nhà",
	form.KindFund:  "Sổ thu, chi Quỹ",
}

func tab(f *form.Form) string { return cmp.Or(tabs[f.Kind], f.Plural) }

func text(s string) paper.Cell { return paper.Cell{Text: s} }

func whole(n int64) paper.Cell { return paper.Cell{Number: n, Format: paper.Integer} }

// amount is a number in its unit.
func amount(n int64, unit string, bold bool) paper.Cell {
	cell := paper.Cell{Number: n, Format: paper.Integer, Bold: bold}
	if unit == "đ" {
		cell.Format = paper.Dong
	}
	return cell
}

// sheet is the cell in a spreadsheet.
func (c *Cell) sheet(unit string, bold bool) paper.Cell {
	if c.Empty {
		return text("–")
	}
	cell := amount(c.Value, unit, bold)
	cell.Marked = c.Touched
	return cell
}

// codes is the column with the ids of figures or records: the last one, and not
// shown. It is for machines that read the file.
func codes(title string) paper.SheetColumn { return paper.SheetColumn{Title: title, Hidden: true} }

func (c *sheets) figureSheet(title []string) paper.Sheet {
	remarks := slices.ContainsFunc(c.Content.shownFigures(), func(f *Figure) bool { return f.remark() != "" })
	return paper.Sheet{
		Name: "Số liệu", Title: title,
		Columns: []paper.SheetColumn{
			{Title: "TT", Width: 5, Align: paper.Center},
			{Title: "Chỉ tiêu", Width: 40, Wrap: true},
			{Title: "Đơn vị tính", Width: 11, Align: paper.Center, Wrap: true},
			{Title: "Số liệu", Width: 18, Align: paper.Right},
			{Title: "Kỳ, thời điểm", Width: 24, Align: paper.Center, Wrap: true},
			{Title: "Ghi chú", Width: 9, Wrap: true, Hidden: !remarks},
			codes("Mã số liệu"),
		},
		Rows: func(yield func([]paper.Cell) bool) {
			for i, f := range c.Content.shownFigures() {
				if !yield([]paper.Cell{
					whole(int64(i + 1)), text(f.Label), text(unitWord(f.Unit)), f.cell().sheet(f.Unit, false), text(f.when()), text(f.remark()), text(f.ID),
				}) {
					return
				}
			}
		},
	}
}

// changeSheet shows for an addendum what was signed and what it is now.
func (c *sheets) changeSheet() paper.Sheet {
	return paper.Sheet{
		Name: "Số liệu thay đổi", Title: []string{NonBreaking("Số liệu thay đổi so với " + c.Addendum.Name)}, Landscape: true,
		Columns: []paper.SheetColumn{
			{Title: "TT", Width: 5, Align: paper.Center},
			{Title: "Chỉ tiêu", Width: 42, Wrap: true},
			{Title: "Đơn vị tính", Width: 12, Align: paper.Center, Wrap: true},
			{Title: "Đã báo cáo", Width: 20, Align: paper.Right},
			{Title: "Nay", Width: 20, Align: paper.Right},
			{Title: "Tăng, giảm", Width: 20, Align: paper.Right},
			codes("Mã số liệu"),
		},
		Rows: func(yield func([]paper.Cell) bool) {
			for i, f := range c.Addendum.Differing() {
				if !yield([]paper.Cell{
					whole(int64(i + 1)), text(f.Label), text(unitWord(f.Unit)),
					amount(f.Was, f.Unit, false), c.now(f.Figure, f.Now).sheet(f.Unit, false), amount(f.Now-f.Was, f.Unit, false), text(f.Figure),
				}) {
					return
				}
			}
		},
	}
}

// comparisonSheet is the comparison as a sheet.
func (c *sheets) comparisonSheet() paper.Sheet {
	title := "So sánh với " + c.Comparison.Name
	return paper.Sheet{
		Name: title, Title: []string{title}, Landscape: true,
		Columns: []paper.SheetColumn{
			{Title: "TT", Width: 5, Align: paper.Center},
			{Title: "Chỉ tiêu", Width: 42, Wrap: true},
			{Title: "Đơn vị tính", Width: 12, Align: paper.Center, Wrap: true},
			{Title: c.thisPeriod(), Width: 24, Align: paper.Right},
			{Title: c.Comparison.headed(), Width: 24, Align: paper.Right},
			{Title: "Tăng, giảm", Width: 20, Align: paper.Right},
			codes("Mã số liệu"),
		},
		Rows: func(yield func([]paper.Cell) bool) {
			for i, row := range c.Comparison.Rows {
				if !yield([]paper.Cell{
					whole(int64(i + 1)), text(row.Label), text(unitWord(row.Unit)),
					c.now(row.Figure, row.Now).sheet(row.Unit, false), amount(row.Was, row.Unit, false), amount(row.Now-row.Was, row.Unit, false), text(row.Figure),
				}) {
					return
				}
			}
		},
	}
}

// conflictSheet lists what nobody has settled, with the ids by which it is
// found.
func (c *sheets) conflictSheet() paper.Sheet {
	title := []string{conflictsTitle}
	if said := c.hiddenConflicts(); said != "" {
		title = append(title, said)
	}
	return paper.Sheet{
		Name: conflictsTitle, Title: title, Landscape: true,
		Columns: []paper.SheetColumn{
			{Title: "TT", Width: 5, Align: paper.Center},
			{Title: "Đơn vị", Width: 20, Wrap: true},
			{Title: "Nội dung", Width: 24, Wrap: true},
			{Title: "Ngày", Width: 12, Align: paper.Center},
			{Title: "Nội dung khác nhau", Width: 36, Wrap: true},
			{Title: "Số liệu liên quan", Width: 30, Wrap: true},
			codes("Mã số liệu"),
		},
		Rows: func(yield func([]paper.Cell) bool) {
			labels := c.labels()
			for i := range c.Conflicts {
				f := &c.Conflicts[i]
				if !yield([]paper.Cell{
					whole(int64(i + 1)), text(f.Village), text(f.Label),
					{Text: f.Date, Format: paper.Day},
					text(f.disputes()), text(labelled(labels, f.Figures)), text(f.Record),
				}) {
					return
				}
			}
		},
	}
}

// full is the head where none stands over the column and its neighbours.
func (c *Column) full() string {
	if c.Group == "" {
		return c.headed()
	}
	return c.Group + ": " + LowerFirst(c.headed())
}

// longestTab is how many characters Excel gives the name of a sheet.
const longestTab = 31

func (t *Table) sheet() paper.Sheet {
	name := t.Title
	switch {
	case utf8.RuneCountInString(name) <= longestTab:
	case t.ID == "units":
		name = "Kết quả theo đơn vị"
	default:
		name, _, _ = strings.Cut(name, " theo ")
	}
	s := paper.Sheet{Name: name, Title: []string{t.Title}, Columns: []paper.SheetColumn{{Title: t.Heading, Width: 34, Wrap: true}}, Landscape: len(t.Columns) > 3}
	wide := s.Columns[0].Width
	for i, column := range t.Columns {
		width := 11.0
		if column.Unit == "đ" {
			width = 16
		}
		for _, r := range t.Rows { // a number that is wider than its column is shown as "####"
			width = max(width, float64(len(r.Cells[i].text()))+2)
		}
		wide += width
		s.Columns = append(s.Columns, paper.SheetColumn{Title: column.full(), Width: width, Align: paper.Right})
	}
	s.A3 = s.Landscape && wide > widestA4
	s.Rows = func(yield func([]paper.Cell) bool) {
		for _, r := range t.Rows {
			cells := []paper.Cell{{Text: r.Label, Bold: r.Sum}}
			for i, cell := range r.Cells {
				cells = append(cells, cell.sheet(t.Columns[i].Unit, r.Sum))
			}
			if !yield(cells) {
				return
			}
		}
	}
	return s
}
