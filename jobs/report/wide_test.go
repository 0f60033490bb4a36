package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Names of 60 characters.
const (
	longWard    = "Phường Mẫu Sơn Thượng Nguyễn Thị Minh Khai Đường Dài Số Mười"
	longVillage = "Tổ dân phố Nguyễn Thị Minh Khai Đường Dài Ba Mươi Hai Kéo Dài"
	longSigner  = "Nguyễn Thị Hoàng Phương Thảo Minh Anh Công Tằng Tôn Nữ Mẫu"
)

// wide are reports of amounts of twelve digits and of names of 60 characters, in the
// head, the text, each table and the signature: one of a half year, and what was
// added to it.
func wide(t *testing.T) (half, addendum *report.Compiled) {
	t.Helper()
	const village ledger.UnitID = "91100-01-20250701"
	w := newWorld(t)
	house := func(unit ledger.UnitID, id byte, date string) {
		const amount = 99_999_999_999
		w.edit(unit, form.KindHouse, id, fmt.Sprintf(
			`"household":%q,"program":"greatUnity","work":"new","status":"accepted","acceptedOn":%q,"sources":[{"name":"A","amountVnd":%d,"form":"cash"},{"name":"B","amountVnd":%d,"form":"kind"}]`,
			recordID(200), date, amount, amount))
	}
	for i := range byte(2) {
		year := 2025 + int(i)
		for j := range byte(2) {
			k := 100*i + 10*j
			w.edit(ward, form.KindCampaign, k+1, fmt.Sprintf(
				`"name":"Đợt tặng quà nhân dịp Tết Nguyên đán cho các hộ gia đình mẫu %d","organisation":"Công ty trách nhiệm hữu hạn thương mại, dịch vụ Mẫu Sơn số %d","from":"%d-01-10"`, j, j, year))
			w.edit(ward, form.KindGift, k+2, fmt.Sprintf(`"date":"%d-01-20","quantity":1000,"valueVnd":100000000000,"category":"poor","recipientName":"Người nhận mẫu","campaign":%q`, year, recordID(k+1)))
			house(ward, k+3, fmt.Sprintf("%d-02-03", year))
			w.edit(ward, form.KindFund, k+4, fmt.Sprintf(`"date":"%d-02-0%d","direction":"in","amountVnd":99999999999`, year, j+1))
		}
		house(village, i+1, fmt.Sprintf("%d-02-04", year))
	}
	o := report.Spec{
		ID: "wide", Period: calendar.DefaultRule().FirstHalf(2026), Template: report.UBND, Unit: ward,
		Letter: report.StandardLetter(report.UBND, longWard, "Tỉnh Mẫu Sơn Thượng Nguyễn Thị Minh Khai Đường Dài Số Mười Một", "tỉnh"),
	}
	o.Issue = &report.Issue{Number: 3, Symbol: o.Letter.Symbol, Place: report.PlaceName(longWard), Date: "2026-07-05", Position: o.Letter.Position, Name: longSigner}
	units := func() []report.Member {
		return []report.Member{
			{Unit: ward, Name: longWard, From: "2025-01-01", State: w.state(ward)},
			{Unit: village, Village: true, Name: longVillage, From: "2025-01-01", State: w.state(village)},
		}
	}
	half = compile(t, o, units())
	o.Addendum = &report.Issued{ID: "wide", Name: "Báo cáo số 03/BC-UBND ngày 05/7/2026", Subject: half.Subject, Period: o.Period, Figures: half.Figures, Details: half.Details, Members: units()}
	o.Issue = &report.Issue{Number: 4, Symbol: o.Letter.Symbol, Place: o.Issue.Place, Date: "2026-07-20", Position: o.Letter.Position, Name: longSigner}
	house(village, 9, "2026-02-05")
	for i := range byte(2) {
		w.edit(ward, form.KindFund, 210+i, fmt.Sprintf(`"date":"2026-03-0%d","direction":"in","amountVnd":99999999999`, i+1))
	}
	return half, compile(t, o, units())
}

// No row of a table of amounts leaves one out.
func TestWideTables(t *testing.T) {
	half, addendum := wide(t)
	for text, wants := range map[string][]string{
		written(half): {
			"| Kinh phí hỗ trợ làm nhà | đồng | 599.999.999.994 | trong kỳ", "Số tiền vận động Quỹ “Vì người nghèo” | đồng | 199.999.999.998 |",
			longVillage + " | 0 | 1 | 199.999.999.998 | 0 |", "| 1.000 | 100.000.000.000", "(Kèm theo Báo cáo số 03/BC-UBND ngày 05 tháng 7 năm 2026 của Ủy ban nhân dân phường Mẫu Sơn Thượng",
		},
		written(addendum): {"| Kinh phí hỗ trợ làm nhà | đồng | 599.999.999.994 | 799.999.999.992 | 199.999.999.998"},
	} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not said in\n%s", want, text)
			}
		}
	}
	if text := written(addendum); strings.Contains(text, "Thu Quỹ “Vì người nghèo” trong kỳ: đã báo cáo") || !strings.Contains(text, "Số tiền vận động Quỹ “Vì người nghèo”: đã báo cáo") {
		t.Errorf("a detail repeats the change of a figure:\n%s", text)
	}
}

// No number in a sheet is wider than its column, where it would be shown as "####".
func TestNumbersFitTheirSheets(t *testing.T) {
	all := goldens(t)
	w := newWorld(t)
	for i := range byte(3) {
		w.edit(ward, form.KindGift, i+1, `"date":"2026-01-20","quantity":10000,"valueVnd":1000000000000,"category":"poor","recipientName":"Người nhận mẫu"`)
		w.edit(ward, form.KindFund, i+10, `"date":"2026-01-20","direction":"in","amountVnd":1000000000000`)
	}
	o := newMerged(t).spec(report.UBND, calendar.DefaultRule().FirstHalf(2026))
	all["trillions"] = compile(t, o, []report.Member{{Unit: ward, Name: longWard, From: "2025-07-01", State: w.state(ward)}})
	for name, c := range all {
		for _, s := range c.Workbook().Sheets {
			for row := range s.Rows {
				for i, cell := range row {
					text := form.Grouped(cell.Number)
					if cell.Marked {
						text += "(*)"
					}
					if column := &s.Columns[i]; cell.Format == paper.Dong && !column.Hidden && float64(len(text)+1) > column.Width { // and its indent
						t.Errorf("%s, %s: %s is wider than the column %q", name, s.Name, text, column.Title)
					}
				}
			}
		}
	}
}
