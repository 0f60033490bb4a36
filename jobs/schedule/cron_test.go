package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/schedule"
)

func TestCheckCron(t *testing.T) {
	for line, ok := range map[string]bool{
		"30 7 15 6 *": true, "* * * * *": true, " 0  7\t1,15 JAN-jun mon ": true, "*/15 8-17 ? * 1-5": true, "0 0 29 2 *": true,
		"0 0 29 2 0": true, "0 0 30 2 1": true, // the Mondays of February
		"": false, " ": false, "7": false, "0 7 * *": false, "0 7 * * * *": false, "60 * * * *": false, "0 24 * * *": false, "0 0 0 * *": false,
		"0 0 * 13 *": false, "0 0 * * 7": false, "0 0 * * L": false, "*/0 * * * *": false, "5-1 * * * *": false, "-1 * * * *": false,
		"@daily": false, "@every 1s": false, "TZ=UTC": false, "TZ=UTC 0 7 * * *": false, "CRON_TZ=Asia/Tokyo 0 7 * * *": false,
		", * * * *": false, "0 , * * *": false, "1,,2 * * * *": false, "0 0 30 2 *": false, "0 0 31 4,6,9,11 *": false,
		"0 0 1 1 * " + strings.Repeat(" ", 200): false,
	} {
		if err := schedule.CheckCron(line); (err == nil) != ok {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestNext(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ line, from, want string }{
		{"30 7 15 6 *", "2026-11-20 07:00", "2027-06-15 07:30"},
		{"0 7 * * *", "2026-12-31 07:00", "2027-01-01 07:00"},
		{"59 23 31 12 *", "2026-12-31 23:58", "2026-12-31 23:59"},
		{"0 0 1 1 *", "2026-12-31 23:59", "2027-01-01 00:00"},
		{"0 7 29 2 *", "2024-02-29 07:00", "2028-02-29 07:00"},
		{"0 7 29 2 *", "2096-02-29 07:00", "2104-02-29 07:00"},
		{"0 7 31 * *", "2027-01-31 07:00", "2027-03-31 07:00"},
		{"0 7 * * 1", "2026-11-20 07:00", "2026-11-23 07:00"},
	} {
		got, err := schedule.Next(c.line, w.at(c.from).UTC(), w.zone)
		if err != nil || got.Format("2006-01-02 15:04 -0700") != c.want+" +0700" {
			t.Errorf("%s after %s: %s, %v; want %s", c.line, c.from, got, err, c.want)
		}
	}
	if _, err := schedule.Next("never", time.Time{}, time.UTC); err == nil {
		t.Error("an invalid line has no next occurrence")
	}
}

// Whatever the line, it is refused or has an occurrence that is later, at a
// full minute, and can be found again.
func FuzzCron(f *testing.F) {
	for _, line := range []string{"30 7 15 6 *", "*/5 0-23/2 1,15 jan-mar ?", "TZ=", "@every 1h", "0 0 31 2 *", "0 0 29 2 *", "1/2/3 - , * *"} {
		f.Add(line, int64(1_795_000_000))
	}
	f.Fuzz(func(t *testing.T, line string, seconds int64) {
		from := time.Unix(seconds%(1<<33), 0)
		at, err := schedule.Next(line, from, time.UTC)
		if (err == nil) != (schedule.CheckCron(line) == nil) {
			t.Fatalf("%q is taken for a line and is not one: %v", line, err)
		}
		if err != nil {
			return
		}
		if !at.After(from) || at.Second() != 0 || at.Nanosecond() != 0 {
			t.Fatalf("%q after %s: %s", line, from, at)
		}
		if again, err := schedule.Next(line, at.Add(-time.Second), time.UTC); err != nil || !again.Equal(at) {
			t.Fatalf("%q: %s, and again %s, %v", line, at, again, err)
		}
	})
}
