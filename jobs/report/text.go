package report

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// bodies are names that keep their capital within a sentence.
var bodies = []string{"Ủy ban ", "Mặt trận ", "Hội đồng nhân dân "}

// LowerFirst is a text as it stands within a sentence: with a small letter first,
// unless it begins with a name or an abbreviation.
func LowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[size:])
	if s == "" || unicode.IsUpper(next) || slices.ContainsFunc(bodies, func(name string) bool { return strings.HasPrefix(s, name) }) {
		return s
	}
	return string(unicode.ToLower(r)) + s[size:]
}

func roman(n int) string {
	var text strings.Builder
	for _, digit := range []struct {
		value int
		sign  string
	}{{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= digit.value; n -= digit.value {
			text.WriteString(digit.sign)
		}
	}
	return text.String()
}

func between(from, to string) string { return shortDate(from) + " – " + shortDate(to) }
