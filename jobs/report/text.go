package report

import (
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
)

// unitWord is a figure's unit as people write it.
func unitWord(unit string) string {
	if unit == "đ" {
		return "đồng"
	}
	return unit
}

// withUnit is a number with its unit: "48.686.352 đồng".
func withUnit(n int64, unit string) string { return numeral(n, unit) + " " + unitWord(unit) }

// numeral is a number in a sentence: with a zero before it where it has one
// digit, unless it is money. A fund may have spent more than came in.
func numeral(n int64, unit string) string {
	if n < 0 {
		return "âm " + numeral(-n, unit)
	}
	if 0 < n && n < 10 && unit != "đ" {
		return "0" + form.Grouped(n)
	}
	return form.Grouped(n)
}

func shortDate(d string) string { return calendar.PaperDate(calendar.Day(d)) }

// longDate writes a day as Nghị định 30/2020/NĐ-CP, Annex I, wants it: with a
// zero before days below 10 and before the months 1 and 2.
func longDate(d string) string {
	t, err := time.Parse(time.DateOnly, d)
	if err != nil {
		return ""
	}
	month := t.Format("1")
	if t.Month() <= time.February {
		month = t.Format("01")
	}
	return "ngày " + t.Format("02") + " tháng " + month + " năm " + t.Format("2006")
}

// enumerated joins parts as a sentence does: "a, b và c".
func enumerated(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " và " + parts[n-1]
	}
	return strings.Join(parts, "")
}
