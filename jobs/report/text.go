package report

import (
	"strconv"

	"github.com/sothon/sothon/jobs/calendar"
)

// Grouped writes a number as Vietnamese does: 48.686.352.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "." + digits[i:]
	}
	return sign + digits
}

func shortDate(d string) string { return calendar.ShortDate(calendar.Day(d)) }

func longDate(d string) string { return calendar.LongDate(calendar.Day(d)) }
