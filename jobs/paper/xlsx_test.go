package paper_test

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sothon/sothon/jobs/paper"
)

func writeXLSX(t *testing.T, b *paper.Workbook) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := paper.WriteXLSX(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openXLSX(t *testing.T, b *paper.Workbook) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(writeXLSX(t, b)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// rowsOf gives rows one after the other, as a sheet wants them.
func rowsOf(rows ...[]paper.Cell) func(func([]paper.Cell) bool) {
	return func(yield func([]paper.Cell) bool) {
		for _, r := range rows {
			if !yield(r) {
				return
			}
		}
	}
}

func words(texts ...string) []paper.Cell {
	row := make([]paper.Cell, len(texts))
	for i, s := range texts {
		row[i].Text = s
	}
	return row
}

// bookOf is a workbook of one sheet without a title, whose rows begin at 2.
func bookOf(columns int, rows ...[]paper.Cell) *paper.Workbook {
	s := paper.Sheet{Name: "Bảng", Rows: rowsOf(rows...)}
	for i := range columns {
		s.Columns = append(s.Columns, paper.SheetColumn{Title: fmt.Sprintf("Cột %d", i+1)})
	}
	return &paper.Workbook{Sheets: []paper.Sheet{s}}
}

func cellAt(t *testing.T, f *excelize.File, sheet, at string, raw bool) string {
	t.Helper()
	s, err := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: raw})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestXLSXValues(t *testing.T) {
	for i, c := range []struct {
		cell       paper.Cell
		raw, shown string
	}{
		{paper.Cell{Number: 3038, Format: paper.Integer}, "3038", "3,038"},
		{paper.Cell{Number: 0, Format: paper.Integer}, "0", "0"},
		{paper.Cell{Number: -800_000_000, Format: paper.Dong}, "-800000000", "-800,000,000"},
		{paper.Cell{Number: math.MaxInt64, Format: paper.Dong}, "9.223.372.036.854.775.807", "9.223.372.036.854.775.807"},
		{paper.Cell{Number: math.MinInt64, Format: paper.Dong}, "-9.223.372.036.854.775.808", "-9.223.372.036.854.775.808"},
		{paper.Cell{Text: "2024-02-09", Format: paper.Day}, "45331", "09/02/2024"},
		{paper.Cell{Text: "1900-03-01", Format: paper.Day}, "61", "01/03/1900"},
		{paper.Cell{Text: "1900-02-28", Format: paper.Day}, "28/02/1900", "28/02/1900"},
		{paper.Cell{Text: "2024-02-30", Format: paper.Day}, "2024-02-30", "2024-02-30"},
		{paper.Cell{Text: "năm 2023", Format: paper.Day}, "năm 2023", "năm 2023"},
		{paper.Cell{Text: "0123"}, "0123", "0123"},
		{paper.Cell{Text: "=1+1"}, "=1+1", "=1+1"},
		{paper.Cell{Text: "+84 mẫu"}, "+84 mẫu", "+84 mẫu"},
		{paper.Cell{Text: "@SUM(A1)"}, "@SUM(A1)", "@SUM(A1)"},
		{paper.Cell{Text: "-2+3|cmd"}, "-2+3|cmd", "-2+3|cmd"},
		{paper.Cell{Text: "_x0041_ & <b>"}, "_x0041_ & <b>", "_x0041_ & <b>"},
		{paper.Cell{Text: "Tra\u0302\u0300\u0007 🏠"}, "Trầ 🏠", "Trầ 🏠"},
		{paper.Cell{Text: " hai  dấu cách "}, " hai  dấu cách ", " hai  dấu cách "},
		{paper.Cell{}, "", ""},
	} {
		f := openXLSX(t, bookOf(1, []paper.Cell{c.cell}))
		if raw := cellAt(t, f, "Bảng", "A2", true); raw != c.raw {
			t.Errorf("%d: %+v holds %q, not %q", i, c.cell, raw, c.raw)
		}
		if shown := cellAt(t, f, "Bảng", "A2", false); shown != c.shown {
			t.Errorf("%d: %+v shows %q, not %q", i, c.cell, shown, c.shown)
		}
		if formula, err := f.GetCellFormula("Bảng", "A2"); formula != "" || err != nil {
			t.Errorf("%d: %+v is the formula %q (%v)", i, c.cell, formula, err)
		}
	}
}

func TestXLSXPage(t *testing.T) {
	f := openXLSX(t, longBook(20))
	layout, err := f.GetPageLayout("Quà")
	if err != nil || *layout.Size != 9 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 {
		t.Errorf("the page is %+v (%v)", layout, err)
	}
	props, err := f.GetSheetProps("Quà")
	if err != nil || !*props.FitToPage {
		t.Errorf("the sheet is not made to fit (%v)", err)
	}
	names := f.GetDefinedName()
	if len(names) != 1 || names[0].Name != "_xlnm.Print_Titles" || names[0].RefersTo != "'Quà'!$4:$4" {
		t.Errorf("what is printed on each page: %+v", names)
	}
	panes, err := f.GetPanes("Quà")
	if err != nil || !panes.Freeze || panes.YSplit != 4 || panes.TopLeftCell != "A5" {
		t.Errorf("what stays on the screen: %+v (%v)", panes, err)
	}
	header, err := f.GetHeaderFooter("Quà")
	if err != nil || !header.DifferentFirst || !strings.HasSuffix(header.OddHeader, "&P") || header.FirstHeader != "" {
		t.Errorf("the header is %+v (%v)", header, err)
	}
	merged, err := f.GetMergeCells("Quà")
	if err != nil || len(merged) != 2 || merged[0][0] != "A1:J1" {
		t.Errorf("merged: %v (%v)", merged, err)
	}
	if got := cellAt(t, f, "Quà", "A1", true) + "|" + cellAt(t, f, "Quà", "D4", true) + "|" + cellAt(t, f, "Quà", "D5", true); got != "Danh sách quà đã trao|Người nhận|Hộ mẫu 000000" {
		t.Errorf("the sheet says %s", got)
	}
	for at, bold := range map[string]bool{"A1": true, "A2": false, "A4": true, "B5": false} {
		id, err := f.GetCellStyle("Quà", at)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.Font.Bold != bold || style.Font.Family != "Times New Roman" {
			t.Errorf("%s is in %+v (%v)", at, style.Font, err)
		}
		if lines := len(style.Border) == 4; lines != (at >= "A4") {
			t.Errorf("%s has lines around it: %v", at, lines)
		}
	}
	properties, err := f.GetDocProps()
	if err != nil || properties.Title != "Sổ quà" || properties.Creator != "UBND xã Suối Mẫu" {
		t.Errorf("the file is %+v (%v)", properties, err)
	}
}

// A row is as high as its longest text needs, up to what Excel allows.
// Under the titles stand the columns' numbers, on every page.
func TestXLSXNumberedColumns(t *testing.T) {
	b := bookOf(3, words("a", "b", "c"))
	b.Sheets[0].Numbered = true
	f := openXLSX(t, b)
	for at, want := range map[string]string{"A2": "(1)", "C2": "(3)", "A3": "a"} {
		if got := cellAt(t, f, "Bảng", at, false); got != want {
			t.Errorf("%s is %q, not %q", at, got, want)
		}
	}
	if names := f.GetDefinedName(); len(names) != 1 || names[0].RefersTo != "'Bảng'!$1:$2" {
		t.Errorf("repeated is %v", names)
	}
	if panes, err := f.GetPanes("Bảng"); err != nil || panes.YSplit != 2 {
		t.Errorf("frozen is %+v, %v", panes, err)
	}
}

// A text keeps its lines where its column breaks them, and a number that is
// marked stays one.
func TestXLSXLinesAndMarks(t *testing.T) {
	b := bookOf(3, []paper.Cell{{Text: "một\r\n\n hai \nba"}, {Text: "một\nhai"}, {Number: 1234, Format: paper.Integer, Marked: true}})
	b.Sheets[0].Columns[0].Wrap = true
	f := openXLSX(t, b)
	for at, want := range map[string]string{"A2": "một\nhai\nba", "B2": "một hai"} {
		if got := cellAt(t, f, "Bảng", at, false); got != want {
			t.Errorf("%s is %q, not %q", at, got, want)
		}
	}
	id, err := f.GetCellStyle("Bảng", "C2")
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if raw := cellAt(t, f, "Bảng", "C2", true); err != nil || raw != "1234" || *style.CustomNumFmt != `[$-42A]#,##0"(*)"` {
		t.Errorf("the number is %q, shown as %q, %v", raw, *style.CustomNumFmt, err)
	}
	if high, err := f.GetRowHeight("Bảng", 2); err != nil || high < 3*12 {
		t.Errorf("three lines are %g pt high, %v", high, err)
	}
}

func TestXLSXRowHeights(t *testing.T) {
	b := bookOf(2, words("một", "ngắn"), words("hai", strings.Repeat("dài hơn một dòng ", 5)), words("ba", strings.Repeat("rất dài ", 5000)))
	b.Sheets[0].Columns[1].Wrap = true
	b.Sheets[0].Columns[1].Width = 30
	f := openXLSX(t, b)
	var heights []float64
	for row := 2; row <= 4; row++ {
		h, err := f.GetRowHeight("Bảng", row)
		if err != nil {
			t.Fatal(err)
		}
		heights = append(heights, h)
	}
	if heights[0] < 14 || heights[0] > 20 || heights[1] < 2.9*heights[0] || heights[1] > 4.1*heights[0] || heights[2] != 409 {
		t.Errorf("rows are %v points high", heights)
	}
	width, err := f.GetColWidth("Bảng", "B")
	if err != nil || width < 30 || width > 38 {
		t.Errorf("a column of 30 characters is %g wide (%v)", width, err)
	}
}

func TestXLSXSheetNames(t *testing.T) {
	b := &paper.Workbook{}
	for _, name := range []string{"Quà", "quà", "a:b\\c/d?e*f[g]h", "'nháy'", "", "History", strings.Repeat("dài ", 20), strings.Repeat("dài ", 20), "🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠", "L'Hay"} {
		b.Sheets = append(b.Sheets, paper.Sheet{Name: name, Columns: []paper.SheetColumn{{Title: "TT"}}, Rows: rowsOf(words(name))})
	}
	got := openXLSX(t, b).GetSheetList()
	want := []string{"Quà", "quà (2)", "a-b-c-d-e-f-g-h", "nháy", "Trang 5", "Trang 6", "dài dài dài dài dài dài dài dài", "dài dài dài dài dài dài dài (2)", "🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠🏠", "L'Hay"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("tabs are\n%s, not\n%s", strings.Join(got, "|"), strings.Join(want, "|"))
	}
	if empty := openXLSX(t, &paper.Workbook{}).GetSheetList(); len(empty) != 1 {
		t.Errorf("an empty book has the tabs %v", empty)
	}
}

func TestXLSXShortAndLongRows(t *testing.T) {
	f := openXLSX(t, bookOf(2, nil, words("một"), words("một", "hai", "ba")))
	rows, err := f.GetRows("Bảng")
	if err != nil || len(rows) != 4 || len(rows[3]) != 2 || rows[3][1] != "hai" || rows[2][0] != "một" {
		t.Errorf("rows are %q (%v)", rows, err)
	}
}

// Rows are asked for no longer than they can be written.
func TestXLSXTooManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what writes a million rows")
	}
	given := 0
	b := bookOf(1)
	b.Sheets[0].Rows = func(yield func([]paper.Cell) bool) {
		for given = 0; given < 2_000_000 && yield(nil); given++ {
		}
	}
	var size counter
	if err := paper.WriteXLSX(&size, b); err == nil || given > 1_048_576 || size > 0 {
		t.Errorf("%v after %d rows, %d bytes written", err, given, size)
	}
}

// A hundred thousand rows stay out of memory: most of them wait in a file.
func TestXLSXMemory(t *testing.T) {
	var most uint64
	b := longBook(100_000)
	rows := b.Sheets[0].Rows
	b.Sheets[0].Rows = func(yield func([]paper.Cell) bool) {
		n := 0
		rows(func(row []paper.Cell) bool {
			if n++; n%10_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return yield(row)
		})
	}
	var size counter
	if err := paper.WriteXLSX(&size, b); err != nil {
		t.Fatal(err)
	}
	if most > 100<<20 {
		t.Errorf("%d MB in use", most>>20)
	}
	t.Logf("%d MB in use, %d MB written", most>>20, size>>20)
}

// A number at the right of its column keeps off the text that follows it.
func TestXLSXNumbersKeepOffTheNextColumn(t *testing.T) {
	b := bookOf(2, []paper.Cell{{Number: 1234, Format: paper.Dong}, {Text: "Nội dung mẫu"}})
	b.Sheets[0].Columns[0].Align = paper.Right
	f := openXLSX(t, b)
	id, err := f.GetCellStyle("Bảng", "A2")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := f.GetStyle(id); err != nil || style.Alignment.Horizontal != "right" || style.Alignment.Indent != 1 {
		t.Errorf("%+v, %v", style.Alignment, err)
	}
	if shown := cellAt(t, f, "Bảng", "A2", false); shown != "1,234" {
		t.Errorf("the number reads %q", shown)
	}
}
