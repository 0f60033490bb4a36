package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/calendar"
)

// days draws a day that the project may meet.
func days() *rapid.Generator[calendar.Day] {
	return rapid.Custom(func(t *rapid.T) calendar.Day {
		return calendar.Day("2019-01-01").AddDays(rapid.IntRange(0, 20*366).Draw(t, "days"))
	})
}

func TestParseDay(t *testing.T) {
	for text, ok := range map[string]bool{
		"2024-02-29": true, "0001-01-01": true, "9999-12-31": true,
		"2023-02-29": false, "2100-02-29": false, "2024-2-9": false, "2024-13-01": false, "2024-04-31": false, "2024-04-11 ": false,
		"": false, "0000-01-01": false, "24-04-11": false, "11/4/2024": false,
	} {
		d, err := calendar.ParseDay(text)
		if ok != (err == nil) || ok != (string(d) == text && text != "") || ok != calendar.Day(text).Valid() {
			t.Errorf("ParseDay(%q) = %q, %v", text, d, err)
		}
	}
}

func TestAddDays(t *testing.T) {
	for _, c := range []struct {
		day  calendar.Day
		n    int
		want calendar.Day
	}{
		{"2024-02-28", 1, "2024-02-29"},
		{"2023-02-28", 1, "2023-03-01"},
		{"2024-12-31", 1, "2025-01-01"},
		{"2024-01-01", -1, "2023-12-31"},
		{"2024-04-11", 0, "2024-04-11"},
		{"2023-02-28", 366, "2024-02-29"},
		{"9999-12-31", 1, "9999-12-31"},
		{"0001-01-01", -1, "0001-01-01"},
		{"2024-04-11", 1 << 62, "9999-12-31"},
		{"2024-04-11", -1 << 62, "0001-01-01"},
		{"", 1, ""},
		{"2023-02-29", 1, ""},
	} {
		if got := c.day.AddDays(c.n); got != c.want {
			t.Errorf("%q + %d = %q, want %q", c.day, c.n, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, n := days().Draw(t, "day"), rapid.IntRange(-5000, 5000).Draw(t, "n")
		if later := d.AddDays(n); d.Until(later) != n || later.AddDays(-n) != d || later.Until(d) != -n {
			t.Fatalf("%s + %d = %s, which is %d later", d, n, later, d.Until(later))
		}
	})
	if calendar.Day("").Until("2024-04-11") != -1 || calendar.Day("2024-04-11").Until("") != -1 {
		t.Error("no day is not some days from another")
	}
}

// A day begins at another moment in each place, and a moment falls on the day
// of its place.
func TestDayOfAMoment(t *testing.T) {
	vietnam := time.FixedZone("+07", 7*60*60)
	midnight := time.Date(2025, 1, 1, 0, 0, 0, 0, vietnam)
	if want := time.Date(2024, 12, 31, 17, 0, 0, 0, time.UTC); !midnight.Equal(want) {
		t.Errorf("the year begins at %s, want %s", midnight, want)
	}
	before := midnight.Add(-time.Nanosecond)
	for _, c := range []struct {
		at   time.Time
		want calendar.Day
	}{{midnight, "2025-01-01"}, {before, "2024-12-31"}, {midnight.UTC(), "2024-12-31"}} {
		if got := calendar.DayOf(c.at); got != c.want {
			t.Errorf("the day of %s is %s, want %s", c.at, got, c.want)
		}
	}
	none := calendar.Day("2023-02-29")
	if none.Year() != 0 || none.Weekend() {
		t.Error("no day has no year and no place in the week")
	}
	if calendar.Day("2024-04-13").Year() != 2024 || !calendar.Day("2024-04-13").Weekend() || calendar.Day("2024-04-12").Weekend() {
		t.Error("the 13th of April 2024 was a Saturday")
	}
}

func TestDatesInText(t *testing.T) {
	for _, c := range []struct {
		day   calendar.Day
		short string
	}{
		{"2024-04-11", "11/4/2024"},
		{"2024-04-05", "5/4/2024"},
		{"2024-02-29", "29/2/2024"},
		{"2025-01-09", "9/1/2025"},
		{"2025-03-10", "10/3/2025"},
		{"2025-12-31", "31/12/2025"},
		{"", ""},
		{"2023-02-29", ""},
	} {
		if got := calendar.ShortDate(c.day); got != c.short {
			t.Errorf("ShortDate(%q) = %q", c.day, got)
		}
	}
}

// On paper a zero stands before days below 10 and before the months 1 and 2 only.
func TestPaperDate(t *testing.T) {
	for day, want := range map[calendar.Day]string{"2026-02-05": "05/02/2026", "2024-04-11": "11/4/2024", "2025-07-01": "01/7/2025", "2025-12-31": "31/12/2025", "": "", "x": ""} {
		if got := calendar.PaperDate(day); got != want {
			t.Errorf("PaperDate(%q) = %q, want %q", day, got, want)
		}
	}
}
