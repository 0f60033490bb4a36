package calendar_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/calendar"
)

func TestPeriodsOfTheDecree(t *testing.T) {
	r, h := calendar.DefaultRule(), holidays(t)
	for _, c := range []struct {
		got  calendar.Period
		want calendar.Period
		due  calendar.Day
	}{
		{
			r.FirstHalf(2024),
			calendar.Period{Type: calendar.FirstHalf, From: "2023-12-15", To: "2024-06-14", AsOf: "2024-06-14", Label: "6 tháng đầu năm 2024"},
			"2024-06-18", // the 14th was a Friday
		},
		{
			r.SecondHalf(2024),
			calendar.Period{Type: calendar.SecondHalf, From: "2024-06-15", To: "2024-12-14", AsOf: "2024-12-14", Label: "6 tháng cuối năm 2024"},
			"2024-12-17",
		},
		{
			r.Annual(2024),
			calendar.Period{Type: calendar.Annual, From: "2023-12-15", To: "2024-12-14", AsOf: "2024-12-14", Label: "năm 2024"},
			"2024-12-17",
		},
		{
			calendar.Term(2019, 2024, "2024-04-11"),
			calendar.Period{Type: calendar.TermYears, From: "2019-01-01", To: "2024-12-31", AsOf: "2024-04-11", Label: "nhiệm kỳ 2019-2024"},
			"2024-04-15",
		},
		{
			calendar.Term(2024, 2029, ""),
			calendar.Period{Type: calendar.TermYears, From: "2024-01-01", To: "2029-12-31", AsOf: "2029-12-31", Label: "nhiệm kỳ 2024-2029"},
			"2030-01-03",
		},
	} {
		if c.got != c.want {
			t.Errorf("%+v\nwant %+v", c.got, c.want)
		}
		if due := r.Due(c.got, h); due != c.due {
			t.Errorf("%s is due on %s, want %s", c.got.Label, due, c.due)
		}
	}
	// Tết 2024 was from the 8th to the 14th of February.
	tet := calendar.Rule{HalfEnds: "02-07", YearEnds: "12-31", Within: 2}
	if due := tet.Due(tet.FirstHalf(2024), holidays(t, decided...)); due != "2024-02-16" {
		t.Errorf("due on %s", due)
	}
}

func TestCutOffOnALeapDay(t *testing.T) {
	r := calendar.Rule{HalfEnds: "02-29", YearEnds: "12-31"}
	for year, days := range map[int][2]calendar.Day{
		2023: {"2023-02-28", "2023-03-01"},
		2024: {"2024-02-29", "2024-03-01"},
		2100: {"2100-02-28", "2100-03-01"},
	} {
		if first, second := r.FirstHalf(year), r.SecondHalf(year); first.To != days[0] || second.From != days[1] {
			t.Errorf("%d: %s, %s", year, first.To, second.From)
		}
	}
	if got := calendar.MonthDay("02-28").In(2024); got != "2024-02-28" {
		t.Errorf("the 28th is %s", got)
	}
}

func TestPeriodThatEnded(t *testing.T) {
	r := calendar.DefaultRule()
	for _, c := range []struct {
		of     calendar.Type
		before calendar.Day
		want   calendar.Period
	}{
		{calendar.FirstHalf, "2024-06-15", r.FirstHalf(2024)},
		{calendar.FirstHalf, "2024-06-14", r.FirstHalf(2023)},
		{calendar.FirstHalf, "2024-12-31", r.FirstHalf(2024)},
		{calendar.SecondHalf, "2024-12-15", r.SecondHalf(2024)},
		{calendar.SecondHalf, "2024-12-14", r.SecondHalf(2023)},
		{calendar.Annual, "2025-01-01", r.Annual(2024)},
	} {
		if got, ok := r.Ended(c.of, c.before); !ok || got != c.want {
			t.Errorf("%s before %s: %+v, want %+v", c.of, c.before, got, c.want)
		}
	}
	for _, c := range []struct {
		of     calendar.Type
		before calendar.Day
	}{{calendar.TermYears, "2024-06-15"}, {"", "2024-06-15"}, {calendar.Annual, ""}, {calendar.Annual, "0001-06-15"}} {
		if got, ok := r.Ended(c.of, c.before); ok {
			t.Errorf("%q before %q: %+v", c.of, c.before, got)
		}
	}
}

func TestRuleCheck(t *testing.T) {
	for _, c := range []struct {
		rule  calendar.Rule
		field string
	}{
		{calendar.DefaultRule(), ""},
		{calendar.Rule{HalfEnds: "06-30", YearEnds: "12-31"}, ""},
		{calendar.Rule{HalfEnds: "02-29", YearEnds: "12-31"}, ""},
		{calendar.Rule{}, "halfEnds"},
		{calendar.Rule{HalfEnds: "02-30", YearEnds: "12-31"}, "halfEnds"},
		{calendar.Rule{HalfEnds: "6-14", YearEnds: "12-31"}, "halfEnds"},
		{calendar.Rule{HalfEnds: "06-14", YearEnds: "13-01"}, "yearEnds"},
		{calendar.Rule{HalfEnds: "06-14", YearEnds: "06-14"}, "yearEnds"},
		{calendar.Rule{HalfEnds: "02-28", YearEnds: "02-29"}, "yearEnds"}, // the same day in most years
		{calendar.Rule{HalfEnds: "06-14", YearEnds: "12-14", Within: -1}, "within"},
		{calendar.Rule{HalfEnds: "06-14", YearEnds: "12-14", Within: 251}, "within"},
	} {
		if field, err := c.rule.Check(); field != c.field || (err == nil) != (field == "") {
			t.Errorf("%+v: %q, %v; want %q", c.rule, field, err, c.field)
		}
	}
}

// Whatever the days, halves follow each other without a gap and make a year,
// and the period that ended before a day is the last one that did.
func TestPeriodsLeaveNoDayOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		monthDay := rapid.Custom(func(t *rapid.T) calendar.MonthDay {
			return calendar.MonthDay(calendar.Day("2000-01-01").AddDays(rapid.IntRange(0, 365).Draw(t, "day"))[5:])
		})
		r := calendar.Rule{HalfEnds: monthDay.Draw(t, "half"), YearEnds: monthDay.Draw(t, "year")}
		if _, err := r.Check(); err != nil {
			t.Skip("these two days are no rule that Check lets through; rapid draws others")
		}
		day := days().Draw(t, "day")
		year := day.Year()
		first, second, whole := r.FirstHalf(year), r.SecondHalf(year), r.Annual(year)
		if first.To.AddDays(1) != second.From || whole.From != first.From || whole.To != second.To || second.To < second.From || r.FirstHalf(year+1).From != second.To.AddDays(1) {
			t.Fatalf("%+v: %+v, %+v, %+v", r, first, second, whole)
		}
		for _, of := range []calendar.Type{calendar.FirstHalf, calendar.SecondHalf, calendar.Annual} {
			last, ok := r.Ended(of, day)
			if !ok || last.To >= day {
				t.Fatalf("%s before %s: %+v", of, day, last)
			}
			for y := year - 1; y <= year+1; y++ {
				other := map[calendar.Type]calendar.Period{calendar.FirstHalf: r.FirstHalf(y), calendar.SecondHalf: r.SecondHalf(y), calendar.Annual: r.Annual(y)}[of]
				if last.To < other.To && other.To < day {
					t.Fatalf("%s before %s ended on %s, and another on %s", of, day, last.To, other.To)
				}
			}
		}
	})
}
