package calendar

import "fmt"

// Holiday is a day on which the office does not follow the week: a day off, or
// a Saturday or Sunday that is worked.
type Holiday struct {
	Day   Day    `json:"day"`
	Name  string `json:"name"`            // Vietnamese: "Tết Nguyên đán"
	Works bool   `json:"works,omitempty"` // worked to make up for another day (làm bù)
}

// Holidays tells working days from days off. The zero value knows the weekends
// and the holidays of fixed date.
type Holidays struct {
	works map[Day]bool
	years map[int]bool
}

// fixed are the public holidays that have the same date every year.
var fixed = map[MonthDay]bool{"01-01": true, "04-30": true, "05-01": true, "09-02": true}

// NewHolidays takes what was decided for some years. A day that is listed
// overrides both the week and the holidays of fixed date.
func NewHolidays(list []Holiday) (Holidays, error) {
	h := Holidays{works: make(map[Day]bool, len(list)), years: map[int]bool{}}
	for _, holiday := range list {
		day, err := ParseDay(string(holiday.Day))
		if err != nil {
			return Holidays{}, fmt.Errorf("holiday %q: %w", holiday.Name, err)
		}
		if works, listed := h.works[day]; listed && works != holiday.Works {
			return Holidays{}, fmt.Errorf("%s is listed both as a day off and as a working day", day)
		}
		h.works[day] = holiday.Works
		if !holiday.Works {
			h.years[day.Year()] = true
		}
	}
	return h, nil
}

// Knows reports whether any day off was entered for a year. Where none was,
// the days of Tết are not known either.
func (h Holidays) Knows(year int) bool { return h.years[year] }

// IsWorking reports whether the office works on a day.
func (h Holidays) IsWorking(d Day) bool {
	if works, listed := h.works[d]; listed {
		return works
	}
	return d.Valid() && !d.Weekend() && !fixed[MonthDay(d[len("2006-"):])]
}

// mostWorkingDays bounds how many days [Holidays.WorkingDays] looks at.
const mostWorkingDays = 4000

// WorkingDays returns how many working days there are after a day until
// another, that one included: negative where the other is earlier. Of days more
// than ten years apart those of the first ten count, and of what is no day
// none.
func (h Holidays) WorkingDays(from, to Day) int {
	if !from.Valid() || !to.Valid() {
		return 0
	}
	if to < from {
		return -h.WorkingDays(to, from)
	}
	n := 0
	for range min(from.Until(to), mostWorkingDays) {
		if from = from.AddDays(1); h.IsWorking(from) {
			n++
		}
	}
	return n
}

// AddWorkingDays returns the n-th working day after a day, or before it where n
// is negative. With 0 it returns the day itself, worked or not.
func (h Holidays) AddWorkingDays(d Day, n int) Day {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		next := d.AddDays(step)
		if next == d {
			return d // the calendar ends here
		}
		if d = next; h.IsWorking(d) {
			n--
		}
	}
	return d
}
