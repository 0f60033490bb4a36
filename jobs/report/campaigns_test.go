package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
)

// Gifts are listed by campaign and donor, those of the most gifts first; very many
// campaigns do not fill pages.
func TestGiftsByCampaign(t *testing.T) {
	w := newWorld(t)
	for i := range 60 {
		w.edit(village1, form.KindCampaign, byte(100+i), fmt.Sprintf(`"name":"Đợt %d","organisation":"Nguồn mẫu %d","donor":"Ông Mẫu","from":"2021-01-10"`, i, i%7))
		w.edit(village1, form.KindGift, byte(1+i), fmt.Sprintf(`"date":"2021-01-20","quantity":%d,"valueVnd":%d,"recipientName":"Người nhận mẫu","campaign":%q`, 60-i, 1000*(60-i), recordID(byte(100+i))))
	}
	w.gift(village1, 90, "2021-02-01", 3)
	c := compile(t, spec(), w.members())
	for _, table := range c.Tables {
		if table.ID != "gifts-campaign" {
			continue
		}
		if len(table.Rows) != 52 || table.Rows[0].Label != "Đợt 0 (Nguồn mẫu 0)" || table.Rows[50].Label != "Các đợt khác" {
			t.Errorf("%d rows: %q … %q", len(table.Rows), table.Rows[0].Label, table.Rows[50].Label)
		}
		var sum int64
		for _, row := range table.Rows[:51] {
			sum += row.Cells[0].Value
		}
		if sum != 60*61/2+3 || table.Rows[51].Cells[0].Value != sum {
			t.Errorf("the rows come to %d, the sum is %d", sum, table.Rows[51].Cells[0].Value)
		}
		if behind, ok := c.Behind(table.Rows[50].Cells[0].Figure); !ok || len(behind) != 11 {
			t.Errorf("%d records are behind the others", len(behind))
		}
		for _, row := range table.Rows {
			for _, cell := range row.Cells {
				mustAddUp(t, c, cell.Figure)
			}
		}
	}
	text, _, _ := printed(c.Document())
	if strings.Contains(text, "Ông Mẫu") {
		t.Error("a person who gave is named, and an erasure would not reach the report")
	}
	if !strings.Contains(text, "Nguồn hỗ trợ: Nguồn mẫu 0, Nguồn mẫu 1, Nguồn mẫu 2, Nguồn mẫu 3, Nguồn mẫu 4 và các đơn vị khác.") {
		t.Error("those who gave are not named:", text)
	}
}

// Donors are named in the order of what they gave in all campaigns together, and
// one more than the most is named too: "others" are several.
func TestDonorsInOrder(t *testing.T) {
	w := newWorld(t)
	gives := func(i byte, donor string, quantity int) {
		w.edit(village1, form.KindCampaign, 100+i, fmt.Sprintf(`"name":"Đợt %d","organisation":%q,"from":"2021-01-10"`, i, donor))
		w.edit(village1, form.KindGift, 1+i, fmt.Sprintf(`"date":"2021-01-20","quantity":%d,"recipientName":"Người nhận mẫu","campaign":%q`, quantity, recordID(100+i)))
	}
	gives(0, "Nguồn một", 50)
	for i := range byte(3) {
		gives(1+i, "Nguồn ba", 20)
	}
	for i, donor := range []string{"Nguồn ba mươi", "Nguồn hai mươi", "Nguồn mười", "Nguồn năm"} {
		gives(byte(10+i), donor, []int{30, 20, 10, 5}[i])
	}
	text, _, _ := printed(compile(t, spec(), w.members()).Document())
	if !strings.Contains(text, "Nguồn hỗ trợ: Nguồn ba, Nguồn một, Nguồn ba mươi, Nguồn hai mươi, Nguồn mười và Nguồn năm.") {
		t.Error(text)
	}
}

// mustAddUp checks that the parts of a number are those of its records, and come
// to it.
func mustAddUp(t *testing.T, c *report.Compiled, figure string) {
	t.Helper()
	f, ok := c.Figure(figure)
	behind, _ := c.Behind(figure)
	parts := c.Parts(figure)
	sum := int64(0)
	for i, part := range parts {
		sum += part
		if i < len(behind) && i > 0 && string(behind[i].Unit)+behind[i].Record.String() <= string(behind[i-1].Unit)+behind[i-1].Record.String() {
			t.Errorf("the records behind %s are not in order", figure)
		}
	}
	if !ok || len(parts) != len(behind) || sum != f.Value {
		t.Errorf("%d parts of %d records of %s come to %d, not to %d", len(parts), len(behind), figure, sum, f.Value)
	}
}
