package jobs

import (
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
)

// The day of a schedule moves with the day on which periods end.
func TestMovedCron(t *testing.T) {
	for _, c := range [][4]string{
		{"0 1 15 6 *", "06-14", "06-30", "0 1 1 7 *"},
		{"5 1 15 12 *", "12-14", "12-31", "5 1 1 1 *"},
		{"30 7 20 6 *", "06-14", "05-31", "30 7 6 6 *"},
		{"0 1 10 1 *", "12-14", "11-30", "0 1 27 12 *"}, // 27 days after the end of the year before
		{"0 1 15 6 *", "06-14", "02-29", "0 1 1 3 *"},
	} {
		if got := moved(c[0], calendar.MonthDay(c[1]), calendar.MonthDay(c[2])); got != c[3] {
			t.Errorf("%s of %s for %s: %s, want %s", c[0], c[1], c[2], got, c[3])
		}
	}
	for cron, want := range map[string]bool{
		"0 1 15 6 *": true, "0 1 * 6 *": false, "0 1 15 6,12 *": false, "0 1 15 6 1": false, "0 1 29 2 *": false, "*/5 1 1 1 *": true, "": false,
	} {
		if yearly(cron) != want {
			t.Errorf("%q comes once a year: %t", cron, !want)
		}
	}
}
