package jobs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func (h *host) count(unit ledger.UnitID, from, to calendar.Day) (*report.Counts, error) {
	h.t.Helper()
	watch, err := h.office.Reminders.Watch(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return h.office.Archive.Count(h.t.Context(), unit, from, to, watch.Late)
}

// TestCountsAreThoseOfTheLedgers keeps what was counted only while it is true.
func TestCountsAreThoseOfTheLedgers(t *testing.T) {
	h := newHost(t)
	h.gift(village1, "2024-02-01", 3)
	count := func() *report.Counts {
		t.Helper()
		c, err := h.count(commune, "2024-01-01", "2024-12-31")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	gifts := func(c *report.Counts) int64 {
		for _, f := range c.Figures {
			if f.ID == "gifts" {
				return f.Value
			}
		}
		t.Fatal("there is no figure of gifts")
		return 0
	}
	first := count()
	if gifts(first) != 3 || first.AsOf != "2024-04-11" || len(first.Heads) != 3 {
		t.Errorf("counted: %+v", first)
	}
	if again := count(); again != first {
		t.Error("the same was counted again")
	}
	h.gift(village2, "2024-02-02", 4)
	if c := count(); gifts(c) != 7 {
		t.Errorf("after one more gift: %d", gifts(c))
	}
	last := count()
	h.pass(2 * time.Minute)
	if count() == last {
		t.Error("counts are kept forever")
	}
	// Each period has counts of its own, and only so many are kept.
	for i := range 20 {
		if _, err := h.count(commune, calendar.Day("2024-01-01").AddDays(i), "2024-12-31"); err != nil {
			t.Fatal(err)
		}
	}
	if c := count(); gifts(c) != 7 {
		t.Errorf("after other periods: %d", gifts(c))
	}
	if list, err := h.office.Archive.List(t.Context(), []ledger.UnitID{commune}); err != nil || len(list) != 0 {
		t.Errorf("counting left reports: %v %v", list, err)
	}

	for _, c := range []struct {
		from, to calendar.Day
		field    string
	}{
		{"2024-13-01", "2024-12-31", "from"},
		{"2024-01-01", "ngày", "to"},
		{"2024-04-12", "2024-12-31", "from"},
		{"2024-02-01", "2024-01-01", "to"},
		{"1993-01-01", "2024-01-01", "to"},
	} {
		var invalid *entry.Invalid
		if _, err := h.count(commune, c.from, c.to); !errors.As(err, &invalid) || invalid.Field != c.field || invalid.Message == "" {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
}

// TestLatePetitionsInCharts holds the chart to the deadlines that reviewers see.
func TestLatePetitionsInCharts(t *testing.T) {
	h := newHost(t)
	h.edit(village1, form.KindPetition, `"receivedOn":"2024-04-10","class":"proposal","content":"Nội dung mẫu","status":"received"`)
	h.edit(village1, form.KindPetition, `"receivedOn":"2024-03-01","class":"proposal","content":"Nội dung mẫu","status":"received"`)
	h.edit(village1, form.KindPetition, `"receivedOn":"2024-03-01","class":"proposal","content":"Nội dung mẫu","status":"resolved","resolvedOn":"2024-03-05"`)
	c, err := h.count(village1, "2024-01-01", "2024-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, chart := range c.Charts {
		if chart.ID != report.ChartPetitionsByStatus {
			continue
		}
		if len(chart.Points) != 2 || chart.Points[0].Key != form.PetitionReceived || chart.Points[0].Values[0] != 1 || chart.Points[0].Values[1] != 1 ||
			chart.Points[1].Key != form.PetitionResolved || chart.Points[1].Values[0] != 1 || chart.Points[1].Values[1] != 0 {
			t.Errorf("the petitions: %+v", chart.Points)
		}
	}
}
