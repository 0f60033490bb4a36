package calendar

import (
	"fmt"
	"time"
)

// Day is a day of the calendar, as "2026-11-20"; days compare as text. Only
// years 1 to 9999 have days: what is counted beyond stops at the last of them.
type Day string

const (
	firstDay Day = "0001-01-01"
	lastDay  Day = "9999-12-31"
)

const secondsPerDay = 24 * 60 * 60

// ParseDay reads a day that was written in full: year, month and day.
func ParseDay(text string) (Day, error) {
	if d := Day(text); d.Valid() {
		return d, nil
	}
	return "", fmt.Errorf("%q is not a day as 2026-11-20", text)
}

// DayOf returns the day of a moment, in the moment's own location.
func DayOf(t time.Time) Day { return dayOf(t.Year(), t.Month(), t.Day()) }

// Valid reports whether there is such a day.
func (d Day) Valid() bool {
	_, ok := d.date()
	return ok
}

// AddDays returns the day that is n days later, or earlier where n is negative.
func (d Day) AddDays(n int) Day {
	t, ok := d.date()
	if !ok {
		return ""
	}
	const most = 10_000 * 366 // more days than there are
	t = t.AddDate(0, 0, max(-most, min(n, most)))
	return dayOf(t.Year(), t.Month(), t.Day())
}

// Until returns how many days later another day is: 0 on the same day, and
// negative when it is earlier or when one of them is no day.
func (d Day) Until(other Day) int {
	from, ok := d.date()
	to, okToo := other.date()
	if !ok || !okToo {
		return -1
	}
	return int((to.Unix() - from.Unix()) / secondsPerDay)
}

// Year returns the year, and 0 of no day.
func (d Day) Year() int {
	t, ok := d.date()
	if !ok {
		return 0
	}
	return t.Year()
}

// Weekend reports whether it is a Saturday or a Sunday.
func (d Day) Weekend() bool {
	t, ok := d.date()
	return ok && (t.Weekday() == time.Saturday || t.Weekday() == time.Sunday)
}

// date is the day at midnight UTC, where each day has the same length.
func (d Day) date() (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	return t, err == nil && t.Year() > 0
}

func dayOf(year int, month time.Month, day int) Day {
	switch {
	case year < 1:
		return firstDay
	case year > 9999:
		return lastDay
	}
	return Day(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}
