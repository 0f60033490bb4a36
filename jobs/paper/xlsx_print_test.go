package paper_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sothon/sothon/jobs/paper"
)

// A hidden column is in the file and not on paper; a wide register is printed
// on A3, and all columns of a sheet on one page's width.
func TestXLSXPrints(t *testing.T) {
	sheet := func(name string, a3 bool) paper.Sheet {
		return paper.Sheet{
			Name: name, Title: []string{name}, Landscape: true, A3: a3,
			Columns: []paper.SheetColumn{{Title: "TT", Width: 5}, {Title: "Nội dung", Width: 20, Wrap: true}, {Title: "Mã số liệu", Hidden: true}},
			Rows: func(yield func([]paper.Cell) bool) {
				yield([]paper.Cell{{Number: 1, Format: paper.Integer}, {Text: "Nội dung mẫu dài hơn một dòng của cột này"}, {Text: "gifts"}})
			},
		}
	}
	var b bytes.Buffer
	if err := paper.WriteXLSX(&b, &paper.Workbook{Title: "Mẫu", Sheets: []paper.Sheet{sheet("Hẹp", false), sheet("Rộng", true)}}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	for name, size := range map[string]int{"Hẹp": 9, "Rộng": 8} {
		layout, err := f.GetPageLayout(name)
		if err != nil || *layout.Size != size || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 {
			t.Errorf("%s: %+v, %v", name, layout, err)
		}
		for column, want := range map[string]bool{"A": true, "B": true, "C": false} {
			if visible, err := f.GetColVisible(name, column); err != nil || visible != want {
				t.Errorf("%s: column %s visible %v, %v", name, column, visible, err)
			}
		}
		if code, err := f.GetCellValue(name, "C4"); err != nil || code != "gifts" {
			t.Errorf("%s: the hidden cell says %q, %v", name, code, err)
		}
		if high, err := f.GetRowHeight(name, 4); err != nil || high < 30 {
			t.Errorf("%s: a text of several lines has a row of %g points, %v", name, high, err)
		}
	}
}

// A row of a register that has more text than a row can show goes on in the
// next ones: nothing of it is cut on paper.
func TestXLSXContinuesRows(t *testing.T) {
	var words []string
	for i := range 900 {
		words = append(words, fmt.Sprint("từ", i))
	}
	long := strings.Join(words, " ")
	var b bytes.Buffer
	if err := paper.WriteXLSX(&b, &paper.Workbook{Sheets: []paper.Sheet{{
		Name: "Sổ", Continued: true, Landscape: true, A3: true,
		Columns: []paper.SheetColumn{{Title: "TT", Width: 5}, {Title: "Nội dung", Width: 40, Wrap: true}, {Title: "Ghi chú", Width: 10, Wrap: true}},
		Rows: func(yield func([]paper.Cell) bool) {
			_ = yield([]paper.Cell{{Number: 1, Format: paper.Integer}, {Text: long}, {Text: "ngắn"}}) &&
				yield([]paper.Cell{{Number: 2, Format: paper.Integer}, {Text: strings.Repeat("x", 3000)}, {}})
		},
	}}}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := f.GetRows("Sổ")
	if err != nil {
		t.Fatal(err)
	}
	texts, numbers := map[string]string{}, []string{}
	last := ""
	for i, row := range rows[1:] {
		if row[0] != "" {
			last = row[0]
			numbers = append(numbers, last)
		}
		texts[last] += row[1] + "\n"
		if high, err := f.GetRowHeight("Sổ", i+2); err != nil || high > 409 || strings.Count(row[1], "\n") > 26 {
			t.Errorf("row %d is %g points high and has %d lines, %v", i+2, high, strings.Count(row[1], "\n")+1, err)
		}
	}
	if strings.Join(strings.Fields(texts["1"]), " ") != long || strings.ReplaceAll(texts["2"], "\n", "") != strings.Repeat("x", 3000) || strings.Join(numbers, " ") != "1 2" {
		t.Errorf("rows %q say other texts", numbers)
	}
	if len(rows) < 5 {
		t.Errorf("only %d rows", len(rows))
	}
}
