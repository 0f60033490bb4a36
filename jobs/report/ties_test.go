package report_test

import (
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
