package calendar_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/calendar"
)

// decided are the days of 2024 as they were decided: Tết, Giỗ Tổ, a bridge
// worked off on a Saturday, and the days around Quốc khánh.
var decided = []calendar.Holiday{
	{Day: "2024-02-08", Name: "Tết Nguyên đán"},
	{Day: "2024-02-09", Name: "Tết Nguyên đán"},
	{Day: "2024-02-12", Name: "Tết Nguyên đán"},
	{Day: "2024-02-13", Name: "Tết Nguyên đán"},
	{Day: "2024-02-14", Name: "Tết Nguyên đán"},
	{Day: "2024-04-18", Name: "Giỗ Tổ Hùng Vương"},
	{Day: "2024-04-29", Name: "Nghỉ hoán đổi"},
	{Day: "2024-05-04", Name: "Làm bù", Works: true},
	{Day: "2024-09-03", Name: "Quốc khánh"},
}

func holidays(t *testing.T, list ...calendar.Holiday) calendar.Holidays {
	t.Helper()
	h, err := calendar.NewHolidays(list)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestIsWorking(t *testing.T) {
	h := holidays(t, decided...)
	for day, want := range map[calendar.Day]bool{
		"2024-02-07": true, "2024-02-08": false, "2024-02-14": false, "2024-02-15": true,
		"2024-04-13": false, "2024-04-14": false, "2024-04-18": false,
		"2024-04-29": false, "2024-04-30": false, "2024-05-01": false, "2024-05-02": true, "2024-05-04": true,
		"2024-09-02": false, "2024-09-03": false, "2024-09-04": true,
		"2025-01-01": false, "2025-04-30": false, "2025-05-01": false, "2025-09-02": false, "2025-09-03": true,
		"": false, "2023-02-29": false,
	} {
		if h.IsWorking(day) != want {
			t.Errorf("IsWorking(%s) = %t", day, !want)
		}
	}
	if !h.Knows(2024) || h.Knows(2025) || holidays(t, decided[7]).Knows(2024) {
		t.Error("a year is known when a day off was entered for it")
	}
	if worked := holidays(t, calendar.Holiday{Day: "2027-01-01", Works: true}); !worked.IsWorking("2027-01-01") {
		t.Error("what was decided overrides a fixed date")
	}
}

func TestWorkingDays(t *testing.T) {
	h := holidays(t, decided...)
	for _, c := range []struct {
		from, to calendar.Day
		want     int
	}{
		{"2024-02-07", "2024-02-07", 0},
		{"2024-02-07", "2024-02-15", 1},
		{"2024-02-15", "2024-02-07", -1},
		{"2024-04-26", "2024-05-04", 3},
		{"2024-05-04", "2024-05-06", 1},
		{"2024-05-05", "2024-05-05", 0},
		{"", "2024-05-03", 0},
		{"2024-05-03", "2023-02-29", 0},
	} {
		if got := h.WorkingDays(c.from, c.to); got != c.want {
			t.Errorf("WorkingDays(%s, %s) = %d, want %d", c.from, c.to, got, c.want)
		}
	}
	if far, bound := h.WorkingDays("2024-05-03", "9999-12-31"), h.WorkingDays("2024-05-03", calendar.Day("2024-05-03").AddDays(4000)); far != bound || far < 2500 {
		t.Errorf("until the last day there are %d, of the first 4000 days %d", far, bound)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := calendar.Day("2024-01-01").AddDays(rapid.IntRange(0, 1000).Draw(t, "from"))
		n := rapid.IntRange(1, 200).Draw(t, "n")
		if got := h.WorkingDays(from, h.AddWorkingDays(from, n)); got != n {
			t.Fatalf("the %d-th working day after %s is %d working days later", n, from, got)
		}
	})
}

func TestHolidaysThatCannotBe(t *testing.T) {
	for _, list := range [][]calendar.Holiday{
		{{Day: "2023-02-29", Name: "Tết"}},
		{{Name: "Tết"}},
		{{Day: "2024-05-04"}, {Day: "2024-05-04", Works: true}},
	} {
		if _, err := calendar.NewHolidays(list); err == nil {
			t.Errorf("no error from %v", list)
		}
	}
	if h := holidays(t, decided[0], decided[0]); h.IsWorking(decided[0].Day) {
		t.Error("a holiday that is said twice is still one")
	}
}

func TestAddWorkingDays(t *testing.T) {
	for _, c := range []struct {
		name string
		list []calendar.Holiday
		day  calendar.Day
		n    int
		want calendar.Day
	}{
		{"over two weekends", nil, "2024-03-04", 10, "2024-03-18"},
		{"from a Friday", nil, "2024-03-08", 1, "2024-03-11"},
		{"from a Sunday", nil, "2024-03-10", 1, "2024-03-11"},
		{"none", nil, "2024-03-10", 0, "2024-03-10"},
		{"backwards", nil, "2024-03-11", -1, "2024-03-08"},
		{"over the end of a year", nil, "2024-12-31", 1, "2025-01-02"},
		{"over a leap day", nil, "2024-02-28", 2, "2024-03-01"},
		{"Tết is not known", nil, "2024-02-05", 7, "2024-02-14"},
		{"Tết is data", decided, "2024-02-05", 7, "2024-02-21"},
		{"over a bridge and the Saturday for it", decided, "2024-04-26", 3, "2024-05-04"},
		{"from no day", nil, "2023-02-29", 3, ""},
		{"beyond the calendar", nil, "9999-12-30", 3, "9999-12-31"},
		{"before the calendar", nil, "0001-01-02", -3, "0001-01-01"},
	} {
		if got := holidays(t, c.list...).AddWorkingDays(c.day, c.n); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Between a day and the one that adding comes to lie as many working days, which
// looking at every day tells.
func TestAddWorkingDaysAgainstEveryDay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) calendar.Holiday {
			return calendar.Holiday{Day: days().Draw(t, "holiday"), Works: rapid.Bool().Draw(t, "works")}
		}), 0, 200, func(h calendar.Holiday) calendar.Day { return h.Day }).Draw(rt, "holidays")
		h := holidays(t, list...)
		from := days().Draw(rt, "from")
		works := func(d calendar.Day) bool {
			for _, l := range list {
				if l.Day == d {
					return l.Works
				}
			}
			weekday := calendar.Day("2024-01-01").Until(d) % 7 // from a Monday
			weekend := weekday == 5 || weekday == 6 || weekday == -1 || weekday == -2
			return !weekend && !slices.Contains([]string{"01-01", "04-30", "05-01", "09-02"}, string(d[5:]))
		}
		n := rapid.IntRange(-60, 60).Draw(rt, "n")
		end := h.AddWorkingDays(from, n)
		got := 0
		for d := min(from, end); d < max(from, end); d = d.AddDays(1) {
			switch {
			case from < end && works(d.AddDays(1)):
				got++
			case from > end && works(d):
				got--
			}
		}
		if got != n {
			rt.Fatalf("%s is %d working days from %s, want %d", end, got, from, n)
		}
		if n != 0 && !works(end) {
			rt.Fatalf("%d working days from %s is %s, a day off", n, from, end)
		}
	})
}
