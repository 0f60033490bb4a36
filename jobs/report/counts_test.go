package report_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func during(from, to calendar.Day) calendar.Period {
	return calendar.Period{Type: calendar.Annual, From: from, To: to, AsOf: to}
}

func (w *world) counts(p calendar.Period) *report.Counts {
	w.t.Helper()
	w.state(village1)
	late := func(r *ledger.Record) bool { return r.Bool("complex") } // what is late, the caller says
	counts, err := report.Count(village1, p, w.members(), late)
	if err != nil {
		w.t.Fatal(err)
	}
	return counts
}

// points writes a chart as key=value, or key=value/value.
func points(c *report.Counts, id string) (list []string) {
	for _, chart := range c.Charts {
		if chart.ID != id {
			continue
		}
		for _, p := range chart.Points {
			text := p.Key + "="
			for i, v := range p.Values {
				if i > 0 {
					text += "/"
				}
				text += fmt.Sprint(v)
			}
			list = append(list, text)
		}
	}
	return list
}

func TestCharts(t *testing.T) {
	w := newWorld(t)
	w.gift(village1, 1, "2022-05-01", 3)
	w.edit(village1, form.KindGift, 2, `"date":"2024-05-01","quantity":4,"valueVnd":1200000,"recipientName":"Người nhận mẫu"`)
	w.gift(village2, 3, "2024-02-01", 5)
	w.gift(village2, 4, "2024-02-01", 50)
	w.giveBack(village2, form.KindGift, 4)    // does not count
	w.gift(village2, 5, "2021-12-31", 7)      // before
	w.entry(6, "2021-12-01", "in", 1_000, 0)  // held when the period begins
	w.entry(7, "2022-01-15", "in", 500, 0)    // reversed in the month after
	w.entry(8, "2022-02-15", "out", 500, 7)   //
	w.entry(9, "2022-02-20", "out", 300, 0)   //
	w.entry(10, "2025-01-01", "in", 9_000, 0) // after
	petition := func(id byte, received, rest string) {
		w.edit(village1, form.KindPetition, id, fmt.Sprintf(`"receivedOn":%q,"class":"complaint","content":"Nội dung mẫu"%s`, received, rest))
	}
	petition(11, "2022-03-01", `,"status":"resolved","resolvedOn":"2022-04-01"`)
	petition(12, "2022-03-01", `,"status":"received"`)
	petition(13, "2023-03-01", `,"status":"received","complex":true`)
	petition(14, "2021-03-01", `,"status":"received"`)
	c := w.counts(during("2022-01-01", "2024-12-31"))
	for id, want := range map[string][]string{
		report.ChartGiftsByYear:       {"2022=3/0", "2023=0/0", "2024=9/1200000"},
		report.ChartGiftsByUnit:       {string(village1) + "=7/1200000", string(village2) + "=5/0"},
		report.ChartPetitionsByStatus: {"received=1/1", "resolved=1/0"},
	} {
		if got := points(c, id); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	fund := points(c, report.ChartFundByMonth)
	if want := []string{"2022-01=1500/500", "2022-02=700/-800", "2022-03=700/0"}; len(fund) != 36 || !slices.Equal(fund[:3], want) || fund[35] != "2024-12=700/0" {
		t.Errorf("the fund: %q", fund)
	}
	if len(c.Tables) == 0 || c.Tables[0].ID != "units" || c.UnitName != "Thôn mẫu 01" || len(c.Heads) != 2 {
		t.Errorf("beside the charts: %+v", c)
	}

	empty := newWorld(t).counts(during("2024-03-10", "2024-03-20"))
	if got := points(empty, report.ChartFundByMonth); !slices.Equal(got, []string{"2024-03=0/0"}) {
		t.Errorf("of no records: %q", got)
	}
	if _, err := report.Count("none", during("2024-01-01", "2024-12-31"), w.members(), nil); err == nil {
		t.Error("a unit without a ledger is counted")
	}
	if _, err := report.Count(village1, during("1990-01-01", "2024-12-31"), w.members(), nil); err == nil {
		t.Error("a period of 34 years is counted")
	}
}

// Bars are named with days only where two of them have one name.
func TestUnitsOfChartsAreToldApart(t *testing.T) {
	w := newWorld(t)
	w.gift(village1, 1, "2023-05-01", 3)
	w.gift(village2, 2, "2023-05-01", 5)
	labels := func(second string) (list []string) {
		members := w.members()
		for i := range members {
			if m := &members[i]; m.Unit == village1 {
				m.To = "2023-06-30"
			} else {
				m.From, m.Name = "2023-07-01", second
			}
		}
		counts, err := report.Count(village2, during("2022-01-01", "2024-12-31"), members, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, chart := range counts.Charts {
			for _, p := range chart.Points {
				if chart.ID == report.ChartGiftsByUnit {
					list = append(list, p.Label)
				}
			}
		}
		return list
	}
	if got := labels("Thôn mẫu 02"); !slices.Equal(got, []string{"Thôn mẫu 02", "Thôn mẫu 01"}) {
		t.Errorf("of two names: %q", got)
	}
	if got := labels("Thôn mẫu 01"); len(got) != 2 || !slices.Contains(got, "Thôn mẫu 01 (đến 30/6/2023)") || !slices.Contains(got, "Thôn mẫu 01 (từ 01/7/2023)") {
		t.Errorf("of one name: %q", got)
	}
}

// TestFundOfEachMonth holds every step to the figure that a report as of the
// last day of that month would tell, whatever was reversed, and in which order.
func TestFundOfEachMonth(t *testing.T) {
	w := newWorld(t)
	w.entry(1, "2023-11-20", "in", 1_000, 0)
	w.entry(2, "2024-03-05", "out", 1_000, 1) // dated after the entry
	w.entry(3, "2024-05-10", "in", 250, 0)
	w.entry(4, "2024-02-10", "out", 250, 3) // dated before the entry that it cancels
	w.entry(5, "2024-04-30", "in", 70, 0)
	w.entry(6, "2024-06-01", "out", 70, 5)
	w.giveBack(village1, form.KindFund, 6) // cancels nothing
	w.entry(7, "2024-07-31", "out", 20, 0)
	w.remove(village1, form.KindFund, 7)
	c := w.counts(during("2024-01-15", "2024-08-20"))
	steps := points(c, report.ChartFundByMonth)
	if len(steps) != 8 {
		t.Fatalf("the months: %q", steps)
	}
	for i, step := range steps {
		end := calendar.Day(fmt.Sprintf("2024-%02d-01", i+2)).AddDays(-1)
		var left int64
		if _, err := fmt.Sscanf(step[len("2024-01="):], "%d/", &left); err != nil {
			t.Fatal(err)
		}
		if want := find(t, report.Figures(w.members(), during("2024-01-01", min(end, "2024-08-20"))), "fund.balance").Value; left != want {
			t.Errorf("%s, the figure is %d", step, want)
		}
	}
}
