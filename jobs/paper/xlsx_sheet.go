package paper

import (
	"fmt"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sothon/sothon/sync/form"
)

// sheetWriter writes one sheet, row after row.
type sheetWriter struct {
	file   *excelize.File
	looks  *looks
	sheet  *Sheet
	name   string
	stream *excelize.StreamWriter
	row    int // the last one written
	cells  []excelize.Cell
	values []any     // each points at its cell, or is nil
	widths []float64 // of columns, in points
}

func (s *sheetWriter) write() error {
	if err := s.page(); err != nil {
		return err
	}
	var err error
	if s.stream, err = s.file.NewStreamWriter(s.name); err != nil {
		return err
	}
	n := len(s.sheet.Columns)
	s.cells, s.values, s.widths = make([]excelize.Cell, max(n, 1)), make([]any, max(n, 1)), make([]float64, n)
	if err := s.columns(); err != nil {
		return err
	}
	if err := s.title(); err != nil {
		return err
	}
	if n > 0 {
		if err := s.table(); err != nil {
			return err
		}
	}
	return s.stream.Flush()
}

// headRow is the row of the table's head, counted from 1.
func (s *sheetWriter) headRow() int {
	if len(s.sheet.Title) == 0 {
		return 1
	}
	return len(s.sheet.Title) + 2 // an empty row between
}

// lastHeadRow is that of the columns' numbers, if they have any.
func (s *sheetWriter) lastHeadRow() int {
	if s.sheet.Numbered {
		return s.headRow() + 1
	}
	return s.headRow()
}

func of[T any](v T) *T { return &v }

// Sizes of paper by their numbers in ECMA-376, ST_PaperSize.
const paperA3, paperA4 = 8, 9

// page says how the sheet is printed.
func (s *sheetWriter) page() error {
	const inch = 1 / 25.4 // of a millimetre
	orientation := "portrait"
	if s.sheet.Landscape {
		orientation = "landscape"
	}
	size := paperA4
	if s.sheet.A3 {
		size = paperA3
	}
	if err := s.file.SetPageLayout(s.name, &excelize.PageLayoutOptions{
		Size: &size, Orientation: &orientation, FitToWidth: of(1), FitToHeight: of(0),
	}); err != nil {
		return err
	}
	if err := s.file.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: of(true)}); err != nil {
		return err
	}
	if err := s.file.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{
		Top: of(20 * inch), Bottom: of(20 * inch), Left: of(30 * inch), Right: of(15 * inch),
		Header: of(10 * inch), Footer: of(10 * inch), Horizontally: of(true),
	}); err != nil {
		return err
	}
	if err := s.file.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{
		DifferentFirst: true, OddHeader: `&C&"` + sheetFont + `,Regular"&14&P`,
	}); err != nil {
		return err
	}
	if len(s.sheet.Columns) == 0 {
		return nil
	}
	quoted := strings.ReplaceAll(s.name, "'", "''")
	return s.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", quoted, s.headRow(), s.lastHeadRow()), Scope: s.name,
	})
}

// columns sets widths, and freezes what stands above the rows.
func (s *sheetWriter) columns() error {
	for i, c := range s.sheet.Columns {
		if c.Hidden {
			if err := s.stream.SetColVisible(i+1, i+1, false); err != nil {
				return err
			}
			continue
		}
		width := usualColumn
		if c.Width > 0 {
			width = min(c.Width, widestColumn)
		}
		s.widths[i] = width * regular.width("0", sheetSize)
		// Excel counts in digits of its default font, and adds a margin.
		const pixel, margin, digit = 72. / 96, 5, 7
		if err := s.stream.SetColWidth(i+1, i+1, min((s.widths[i]/pixel+margin)/digit, excelize.MaxColumnWidth)); err != nil {
			return err
		}
	}
	if len(s.sheet.Columns) == 0 {
		return nil
	}
	head := s.lastHeadRow()
	return s.stream.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: head, TopLeftCell: fmt.Sprintf("A%d", head+1), ActivePane: "bottomLeft",
	})
}

// title writes the lines above the table, each over all columns.
func (s *sheetWriter) title() error {
	last, err := excelize.ColumnNumberToName(max(len(s.sheet.Columns), 1))
	if err != nil {
		return err
	}
	for i, text := range s.sheet.Title {
		style, err := s.looks.id(look{align: Center, bare: true, bold: i == 0, large: i == 0, italic: i > 0, wrap: true})
		if err != nil {
			return err
		}
		text = clean(text)
		var wide float64
		for _, w := range s.widths {
			wide += w
		}
		size := sheetSize
		if i == 0 {
			size = 14
		}
		height := rowHeight(lineCount(text, wide, regular.with(i == 0, i > 0), size), size)
		if err := s.stream.SetRow(fmt.Sprintf("A%d", i+1), []any{excelize.Cell{StyleID: style, Value: text}}, excelize.RowOpts{Height: height}); err != nil {
			return err
		}
		if len(s.sheet.Columns) > 1 {
			if err := s.stream.MergeCell(fmt.Sprintf("A%d", i+1), fmt.Sprintf("%s%d", last, i+1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// table writes head and rows.
func (s *sheetWriter) table() error {
	style, err := s.looks.id(look{head: true})
	if err != nil {
		return err
	}
	lines := 1
	for i, c := range s.sheet.Columns {
		title := clean(c.Title)
		s.cells[i] = excelize.Cell{StyleID: style, Value: title}
		s.values[i] = &s.cells[i]
		if !c.Hidden {
			lines = max(lines, lineCount(title, s.widths[i], bold, sheetSize))
		}
	}
	s.row = s.headRow()
	if err := s.put(rowHeight(lines, sheetSize)); err != nil {
		return err
	}
	if s.sheet.Numbered {
		for i := range s.sheet.Columns {
			s.cells[i].Value = fmt.Sprintf("(%d)", i+1)
		}
		s.row++
		if err := s.put(0); err != nil {
			return err
		}
	}
	if s.sheet.Rows == nil {
		return nil
	}
	s.sheet.Rows(func(row []Cell) bool {
		for more := true; more && err == nil; {
			var rest []Cell
			if s.sheet.Continued {
				row, rest = s.part(row)
			}
			s.row++
			err = s.line(row)
			row, more = rest, rest != nil
		}
		return err == nil
	})
	return err
}

func (s *sheetWriter) put(height float64) error {
	return s.stream.SetRow(fmt.Sprintf("A%d", s.row), s.values, excelize.RowOpts{Height: height})
}

// line writes a row of the table; its height is given only where a text may
// take more than one line.
func (s *sheetWriter) line(row []Cell) error {
	if s.row > mostRows {
		return fmt.Errorf("more than %d rows", mostRows)
	}
	lines, wraps := 1, false
	for i := range s.sheet.Columns {
		c := &s.sheet.Columns[i]
		var cell Cell
		if i < len(row) {
			cell = row[i]
		}
		value, format := cell.value(c.Wrap)
		style, err := s.looks.id(look{align: c.Align, format: format, bold: cell.Bold, wrap: c.Wrap, marked: cell.Marked})
		if err != nil {
			return err
		}
		s.cells[i] = excelize.Cell{StyleID: style, Value: value}
		if text, ok := value.(string); ok && c.Wrap {
			wraps = true
			lines = max(lines, lineCount(text, s.widths[i], regular.with(cell.Bold, false), sheetSize))
		}
	}
	if !wraps {
		return s.put(0)
	}
	return s.put(rowHeight(lines, sheetSize))
}

// value is what Excel is to hold, and in which format. The lines of a text stay
// where a column has room for several.
func (c *Cell) value(lines bool) (any, Format) {
	switch c.Format {
	case Integer, Dong:
		if c.Number > mostDigits || c.Number < -mostDigits {
			return form.Grouped(c.Number), c.Format
		}
		return c.Number, c.Format
	case Day:
		return day(clean(c.Text)), Day
	case Text:
	}
	text := clean(c.Text)
	if lines {
		text = strings.Join(cleanAll(strings.Split(c.Text, "\n")), "\n")
	}
	if text != "" {
		return text, Text
	}
	return nil, Text
}

// lineCount tells over how many lines Excel breaks a text in a column.
func lineCount(text string, width float64, f face, size float64) (lines int) {
	for line := range strings.SplitSeq(text, "\n") {
		lines += brokenLines(line, width, f, size)
	}
	return min(lines, mostLines)
}

// brokenLines is lineCount of a text in one line.
func brokenLines(text string, width float64, f face, size float64) int {
	width *= .95 // Excel's letters stand on whole pixels
	space := f.width(" ", size)
	lines, at := 1, 0.0
	for word := range strings.SplitSeq(text, " ") {
		wide := f.width(word, size)
		if at > 0 && at+space+wide > width {
			lines, at = lines+1, 0
		}
		if at > 0 {
			at += space
		}
		// A word that is longer than a line is cut.
		for at += wide; at > width && width > 0 && lines < mostLines; at -= width {
			lines++
		}
	}
	return lines
}

// mostLines are more than a row can be high.
const mostLines = 100

func rowHeight(lines int, size float64) float64 {
	return min(float64(lines)*size*1.3, highestRow)
}

// day is the number under which Excel knows a day YYYY-MM-DD. What is no day
// is text, and so is one of before it counts right.
func day(s string) any {
	t, err := time.Parse(time.DateOnly, s)
	switch {
	case err != nil:
		return s
	case s < firstTrueDate:
		return t.Format(dayForm)
	}
	return int64(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}
