package report

import (
	"fmt"
	"strconv"

	"github.com/sothon/sothon/jobs/calendar"
)

// period is what a report covers. Days are YYYY-MM-DD and compare as text.
type period struct {
	Type     calendar.Type
	From, To string // days, both included
	AsOf     string // the day as of which it is made; what is dated later is left out
	Name     string // in a Vietnamese sentence: "6 tháng đầu năm 2024"
}

func periodOf(p calendar.Period) period {
	return period{Type: p.Type, From: string(p.From), To: string(p.To), AsOf: string(p.AsOf), Name: p.Label}
}

// CheckPeriod reports a period that cannot be meant, by the name of its member.
func CheckPeriod(p calendar.Period) (field string, err error) {
	for _, d := range []struct {
		field string
		day   calendar.Day
	}{{"from", p.From}, {"to", p.To}, {"asOf", p.AsOf}} {
		if !d.day.Valid() {
			return d.field, fmt.Errorf("%q is no day", d.day)
		}
	}
	switch p.Type {
	case calendar.FirstHalf, calendar.SecondHalf, calendar.Annual, calendar.TermYears:
	default:
		return "type", fmt.Errorf("%q is no type of report", p.Type)
	}
	const longest = 30 // years
	switch {
	case p.To < p.From:
		return "to", fmt.Errorf("%s is before %s", p.To, p.From)
	case p.AsOf < p.From:
		return "asOf", fmt.Errorf("%s is before %s", p.AsOf, p.From)
	case p.To.Year()-p.From.Year() > longest:
		return "to", fmt.Errorf("a period of more than %d years", longest)
	}
	return "", nil
}

// last is the last day that is covered.
func (p period) last() string { return min(p.To, p.AsOf) }

// code names the period in figures: the years of a term, or the days that
// are covered.
func (p period) code() string {
	if p.Type == calendar.TermYears {
		return span(yearOf(p.From), yearOf(p.To))
	}
	return p.From + "/" + p.last()
}

// until ends the report on the last day of the unit whose report it is: of
// one that has come to an end nothing holds later. "" is no last day.
func (p period) until(last string) period {
	if last != "" && last >= p.From {
		p.AsOf = min(p.AsOf, last)
	}
	return p
}

// lastFull is the last year of a term that has its own figure: the last
// that was over when it was made. Terms overlap by the year in which one is
// reported and the next begins: 2019–2024 as of April 2024 has five full years. The
// first year has a figure in any case.
func (p period) lastFull() int {
	last := yearOf(p.last())
	if p.last() < day(last, "12-31") {
		last--
	}
	return max(last, yearOf(p.From))
}

func yearOf(d string) int {
	year, _ := strconv.Atoi(d[:4])
	return year
}

// within reports whether a day is given and lies between two, both included.
func within(d, from, to string) bool { return d != "" && from <= d && d <= to }

func day(year int, rest string) string { return fmt.Sprintf("%04d-%s", year, rest) }

func span(from, to int) string {
	if from == to {
		return strconv.Itoa(from)
	}
	return fmt.Sprintf("%d-%d", from, to)
}
