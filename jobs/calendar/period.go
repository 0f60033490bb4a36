package calendar

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Type is what a period is a period of.
type Type string

// Types of period.
const (
	FirstHalf  Type = "firstHalf"
	SecondHalf Type = "secondHalf"
	Annual     Type = "annual"
	TermYears  Type = "term" // nhiệm kỳ
)

// Period is what a report covers.
type Period struct {
	Type  Type   `json:"type"`
	From  Day    `json:"from"`
	To    Day    `json:"to"` // included
	AsOf  Day    `json:"asOf"`
	Label string `json:"label"` // Vietnamese: "6 tháng đầu năm 2024"
}

// MonthDay is a day of every year, as "06-14".
type MonthDay string

// leapYear has every day that a year can have, and shortYear those that all have.
const leapYear, shortYear = 2000, 2001

// Valid reports whether there is such a day in some year.
func (m MonthDay) Valid() bool { return Day(fmt.Sprintf("%d-%s", leapYear, m)).Valid() }

// In returns the day in a year. The 29th of February is the last day of
// February where the year has no such day.
func (m MonthDay) In(year int) Day {
	if year < 1 || year > 9999 || !m.Valid() {
		return ""
	}
	if d := Day(fmt.Sprintf("%04d-%s", year, m)); d.Valid() {
		return d
	}
	return dayOf(year, time.February, 28)
}

// Rule says on which days the books of a report are closed, and by when it is
// to be delivered. A period begins on the day after the one before it was
// closed; so the periods of a type leave no day out, and share none.
type Rule struct {
	HalfEnds MonthDay `json:"halfEnds"` // the last day of a first half
	YearEnds MonthDay `json:"yearEnds"` // the last day of a second half, and of a year; after HalfEnds
	Within   int      `json:"within"`   // working days after the last day, for delivery
}

// DefaultRule is that of Nghị định 09/2019/NĐ-CP, Điều 12: a year from 15/12 to
// 14/12, its halves parted after 14/6.
func DefaultRule() Rule { return Rule{HalfEnds: "06-14", YearEnds: "12-14", Within: 2} }

// maxWithin is a year of working days, about; more is a slip of the finger.
const maxWithin = 250

// Check reports a rule that cannot be followed, by the name of its member.
func (r Rule) Check() (field string, err error) {
	switch {
	case !r.HalfEnds.Valid():
		return "halfEnds", fmt.Errorf("%q is not a day of the year as 06-14", r.HalfEnds)
	case !r.YearEnds.Valid():
		return "yearEnds", fmt.Errorf("%q is not a day of the year as 12-14", r.YearEnds)
	case r.YearEnds.In(shortYear) <= r.HalfEnds.In(shortYear):
		return "yearEnds", errors.New("the year does not end after its first half")
	case r.Within < 0 || r.Within > maxWithin:
		return "within", fmt.Errorf("not within 0 to %d working days", maxWithin)
	}
	return "", nil
}

// FirstHalf is the first half of a reporting year (6 tháng đầu năm).
func (r Rule) FirstHalf(year int) Period {
	return period(FirstHalf, r.YearEnds.In(year-1).AddDays(1), r.HalfEnds.In(year), "6 tháng đầu năm "+strconv.Itoa(year))
}

// SecondHalf is the second half of a reporting year (6 tháng cuối năm).
func (r Rule) SecondHalf(year int) Period {
	return period(SecondHalf, r.HalfEnds.In(year).AddDays(1), r.YearEnds.In(year), "6 tháng cuối năm "+strconv.Itoa(year))
}

// Annual is a whole reporting year. Under the default rule 2024 is from
// 15/12/2023 to 14/12/2024.
func (r Rule) Annual(year int) Period {
	return period(Annual, r.YearEnds.In(year-1).AddDays(1), r.YearEnds.In(year), "năm "+strconv.Itoa(year))
}

func period(t Type, from, to Day, label string) Period {
	return Period{Type: t, From: from, To: to, AsOf: to, Label: label}
}

// Term is a term of calendar years, both included, as it stands on a day: the
// report of a term is due before its last year is over. Without such a day it
// is reported as of its end.
func Term(fromYear, toYear int, asOf Day) Period {
	p := period(TermYears, MonthDay("01-01").In(fromYear), MonthDay("12-31").In(toYear), fmt.Sprintf("nhiệm kỳ %d-%d", fromYear, toYear))
	if asOf != "" {
		p.AsOf = asOf
	}
	return p
}

// Ended returns the latest period of a type that was over before a day: what a
// report that is made on that day covers. A term ends when it is said to, so
// there is none.
func (r Rule) Ended(t Type, before Day) (Period, bool) {
	for year := before.Year(); year > before.Year()-2; year-- {
		if p, ok := r.Of(t, year); ok && p.From.Valid() && p.To < before {
			return p, true
		}
	}
	return Period{}, false
}

// Closes returns the day of the year with which the periods of a type end; "" of
// terms, which end when they are said to.
func (r Rule) Closes(t Type) MonthDay {
	switch t {
	case FirstHalf:
		return r.HalfEnds
	case SecondHalf, Annual:
		return r.YearEnds
	case TermYears:
	}
	return ""
}

// Of returns the period of a type in a reporting year; none for terms, which have
// several.
func (r Rule) Of(t Type, year int) (Period, bool) {
	switch t {
	case FirstHalf:
		return r.FirstHalf(year), true
	case SecondHalf:
		return r.SecondHalf(year), true
	case Annual:
		return r.Annual(year), true
	case TermYears:
	}
	return Period{}, false
}

// Due is the day by which the report of a period is to be delivered.
func (r Rule) Due(p Period, h Holidays) Day { return h.AddWorkingDays(p.AsOf, r.Within) }
