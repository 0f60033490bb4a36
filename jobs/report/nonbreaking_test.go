package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
)

// No line's end parts an amount from its unit, or a date; all else may be parted.
func TestTies(t *testing.T) {
	o := newMerged(t).spec(report.MTTQ, mergedPeriods()[1])
	o.Edits = map[string]report.Edit{
		"strengths": {Text: "Trao 285 suất quà, trị giá 2.514.000.000 đồng (từ 1/7/2025).\n- Đến ngày 05 tháng 02 năm 2026, xã Mẫu có 12 thôn, 3 Bản; năm 2025 đạt 98 %."},
	}
	m := newMerged(t)
	d := compile(t, o, m.units).Document()
	var lines []string
	for _, b := range d.Body {
		if p, ok := b.(paper.Paragraph); ok {
			lines = append(lines, strings.ReplaceAll(p.Runs[0].Text, "\u00a0", "~"))
		}
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{
		"Trao 285~suất quà, trị giá 2.514.000.000~đồng (từ~1/7/2025).",
		"Đến ngày~05 tháng~02 năm~2026, xã Mẫu có 12~thôn, 3 Bản; năm~2025 đạt 98 %.",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("there is no %q in\n%s", want, all)
		}
	}
}

// The day of the report that an annex belongs to stands on one line, as units and the
// days of a period do in tables.
func TestWhatStandsOnOneLineInAnnexes(t *testing.T) {
	m := newMerged(t)
	o := m.spec(report.UBND, mergedPeriods()[1])
	o.Issue = &report.Issue{Number: 3, Symbol: "BC-UBND", Place: "Mẫu Sơn", Date: "2026-07-05", Position: "CHỦ TỊCH", Name: "Nguyễn Văn Mẫu"}
	var texts, heads []string
	for _, a := range compile(t, o, m.units).Document().Annexes {
		texts = append(texts, a.Source)
		for _, b := range a.Body {
			table, ok := b.(paper.Table)
			if !ok {
				continue
			}
			for _, c := range table.Columns {
				heads = append(heads, c.Title)
			}
			if unit := slices.IndexFunc(table.Columns, func(c paper.Column) bool { return c.Title == "Đơn vị tính" }); unit >= 0 {
				for _, r := range table.Rows {
					texts = append(texts, r.Cells[unit])
					if strings.Contains(r.Cells[unit], " ") {
						t.Errorf("the unit %q may be parted", r.Cells[unit])
					}
				}
			}
			if strings.HasPrefix(a.Subject, "So sánh") && !a.Landscape {
				t.Error("the comparison stands on a narrow page, where its names break")
			}
		}
	}
	all := strings.ReplaceAll(strings.Join(append(texts, heads...), "\n"), "\u00a0", "~")
	for _, want := range []string{
		"số~03/BC-UBND ngày~05~tháng~7~năm~2026 của Ủy~ban", "\nlượt~cử~tri\n", "Kỳ này (15/12/2024~–~14/12/2025)", "Cùng kỳ năm trước (15/12/2023~–~14/12/2024)",
		"Lượt người tham~gia", "Số nhà (căn)",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("there is no %q in\n%s", want, all)
		}
	}
}

// A line's end parts neither the words of a name, nor a unit from its number, nor
// "số" from the number of a document. It may part a unit's kind from its name.
func TestNamesStayOnOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"nhà của ông Nguyễn Văn Mẫu, bà (Hồ Thị Mẫu)":                        "nhà của ông~Nguyễn~Văn~Mẫu, bà~(Hồ~Thị~Mẫu)",
		"từ xã Trà Lâm, Tỉnh Quảng Mẫu và Phường Mẫu Sơn":                    "từ xã Trà~Lâm, Tỉnh~Quảng~Mẫu và Phường~Mẫu~Sơn",
		"Thôn Mẫu; tổ dân phố 9, khu phố 10; Điều 27; Phụ lục IV kèm theo.":  "Thôn~Mẫu; tổ dân phố~9, khu phố~10; Điều~27; Phụ lục~IV kèm theo.",
		"Báo cáo số 56/BC-UBND của Ủy ban nhân dân xã":                       "Báo~cáo số~56/BC-UBND của Ủy~ban nhân dân xã",
		"Nguồn hỗ trợ: Trần Mẫu, Công Ty Trách Nhiệm Hữu Hạn Một Thành Viên": "Nguồn hỗ trợ: Trần~Mẫu, Công Ty Trách Nhiệm Hữu Hạn Một Thành Viên",
		"phường cùng Ban Thường trực, Hội Nông dân Việt Nam":                 "phường cùng Ban~Thường trực, Hội~Nông dân Việt~Nam",
		"Ông Công Tằng Tôn Thất Văn Mẫu và đồng chí Hồ Mẫu":                  "Ông~Công~Tằng~Tôn~Thất~Văn~Mẫu và đồng chí~Hồ~Mẫu",
		"chăm lo an sinh xã hội, trên địa bàn xã Mẫu":                        "chăm lo an sinh xã~hội, trên địa bàn xã Mẫu",
		"Mẫu": "Mẫu", "": "",
	} {
		if got := strings.ReplaceAll(report.NonBreaking(text), "\u00a0", "~"); got != want {
			t.Errorf("%q is tied as %q, want %q", text, got, want)
		}
	}
}

// Every part of a document is tied: the letter's lists, the signature, headings,
// footnotes and tables.
func TestEveryPartIsTied(t *testing.T) {
	o := newMerged(t).spec(report.UBND, mergedPeriods()[1])
	o.Letter.Recipients, o.Letter.Addressees = []string{"Ông Nguyễn Văn Mẫu"}, []string{"Bà Hồ Thị Mẫu"}
	o.Headings = map[string]string{"strengths": "Ý kiến của Trần Văn Mẫu"}
	o.Edits = map[string]report.Edit{"strengths": {Text: "Đã làm."}}
	o.Issue = &report.Issue{Number: 3, Symbol: "BC-UBND", Place: "Mẫu Sơn", Date: "2026-07-05", Position: "CHỦ TỊCH", Name: "Nguyễn Văn Mẫu"}
	c := compile(t, o, newMerged(t).units)
	d := c.Document()
	texts := slices.Concat(d.Recipients, d.Addressees, []string{d.Signature.Name, d.Place})
	for _, b := range d.Body {
		if h, ok := b.(paper.Heading); ok {
			texts = append(texts, h.Text)
		}
	}
	all := strings.ReplaceAll(strings.Join(texts, "\n"), "\u00a0", "~")
	for _, want := range []string{"Ông~Nguyễn~Văn~Mẫu", "Bà~Hồ~Thị~Mẫu", "\nNguyễn~Văn~Mẫu", "Mẫu~Sơn", "của Trần~Văn~Mẫu"} {
		if !strings.Contains(all, want) {
			t.Errorf("there is no %q in\n%s", want, all)
		}
	}
	if slices.ContainsFunc(c.Letter.Recipients, func(s string) bool { return strings.Contains(s, "\u00a0") }) {
		t.Error("what is kept of the report was changed")
	}
}
