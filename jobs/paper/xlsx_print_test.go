package paper_test

import (
	"bytes"
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
