package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
)

// sheetOf is what a report's workbook says in the sheet of a name.
func sheetOf(t *testing.T, c *report.Compiled, name string) (heads []string, rows [][]string) {
	t.Helper()
	sheets := c.Workbook().Sheets
	i := slices.IndexFunc(sheets, func(s paper.Sheet) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no sheet %q", name)
	}
	for _, column := range sheets[i].Columns {
		heads = append(heads, column.Title)
	}
	return heads, cells(&sheets[i])
}

// The lists tell petitions and houses as they stood on the report's last day, as its
// numbers do.
func TestListsTellOfNoLaterStep(t *testing.T) {
	w := newWorld(t)
	petition := `"receivedOn":"2026-06-01","class":"complaint","content":"Nội dung mẫu",`
	w.edit(ward, form.KindPetition, 1, petition+`"acceptedOn":"2026-06-05","status":"resolved","resolvedOn":"2026-06-14"`)
	w.edit(ward, form.KindPetition, 2, petition+`"acceptedOn":"2026-06-05","status":"resolved","resolvedOn":"2026-06-15"`)
	w.edit(ward, form.KindPetition, 3, petition+`"status":"transferred","transferredOn":"2026-06-20","transferredTo":"Thanh tra tỉnh Mẫu"`)
	w.edit(ward, form.KindPetition, 4, petition+`"acceptedOn":"2026-06-16","status":"accepted","deadline":"2026-07-30"`)
	house := `"household":"` + recordID(200).String() + `","program":"greatUnity","work":"new","acceptedOn":"2026-06-10","sources":[{"name":"A","amountVnd":1000000,"form":"cash"}],"status":"handedOver",`
	w.edit(ward, form.KindHouse, 5, house+`"handedOverOn":"2026-06-14"`)
	w.edit(ward, form.KindHouse, 6, house+`"handedOverOn":"2026-06-15"`)
	c := compile(t, newMerged(t).spec(report.UBND, calendar.DefaultRule().FirstHalf(2026)), []report.Member{{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: w.state(ward)}})
	for name, wants := range map[string][]string{
		"Sổ theo dõi đơn": {"Đã giải quyết 2026-06-05 2026-06-14", "Thụ lý 2026-06-05", "Tiếp nhận", "2026-07-30 Tiếp nhận"},
		"Danh sách nhà":   {"2026-06-10 2026-06-14 Đã bàn giao", "2026-06-10 Đã nghiệm thu"},
	} {
		heads, rows := sheetOf(t, c, name)
		if len(rows) != len(wants) {
			t.Fatalf("%s: %q", name, rows)
		}
		for i, row := range rows {
			var said []string
			for j, cell := range row {
				if later := []string{"Hạn giải quyết", "Tình trạng xử lý", "Ngày thụ lý", "Ngày giải quyết xong", "Ngày chuyển đơn", "Nơi nhận đơn chuyển", "Ngày nghiệm thu", "Ngày bàn giao", "Tình trạng"}; slices.Contains(later, heads[j]) && cell != "" {
					said = append(said, cell)
				}
			}
			if got := strings.Join(said, " "); got != wants[i] {
				t.Errorf("%s: row %d says %q, want %q", name, i+1, got, wants[i])
			}
		}
		if slices.Contains(heads, "Nơi nhận đơn chuyển") {
			t.Errorf("%q has a column of which no row says anything", heads)
		}
	}
}

// No list of a report has a day after the last that it covers, and no sheet only
// noughts.
func TestListsHaveNoLaterDay(t *testing.T) {
	m := newMerged(t)
	for _, p := range append(mergedPeriods(), morePeriods()...) {
		c := compile(t, m.spec(report.UBND, p), m.units)
		for _, s := range c.Workbook().Sheets {
			for row := range s.Rows {
				for i, cell := range row {
					if cell.Format == paper.Day && cell.Text > string(min(p.To, p.AsOf)) {
						t.Errorf("%s, %s: %s is %s", p.Label, s.Name, s.Columns[i].Title, cell.Text)
					}
				}
			}
		}
	}
	for name, c := range goldens(t) {
		if !strings.HasSuffix(name, "-nothing") {
			continue
		}
		if sheets := c.Workbook().Sheets; len(sheets) != 1 {
			t.Errorf("%s has %d sheets", name, len(sheets))
		}
	}
}
