package jobs_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
)

// The office sees which reports are due, and which of them nobody has begun.
func TestReportsThatAreDue(t *testing.T) {
	w := newHost(t)
	w.at(2024, 12, 16, 9, 0)
	rule := calendar.DefaultRule()
	half := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: rule.FirstHalf(2024), By: clerk})
	w.withdraw(w.approve(w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: rule.Annual(2024), By: clerk})))
	due := func(want ...string) {
		t.Helper()
		list, err := w.office.Archive.Due(t.Context(), commune, report.UBND)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range list {
			got = append(got, fmt.Sprintf("%s %d due %s %s", d.Period.Type, d.Period.To.Year(), d.Due, d.State))
			if (d.Report != "") != (d.State != "") {
				t.Errorf("%+v", d)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("due:\n%q\nwant\n%q", got, want)
		}
	}
	running := []string{"annual 2025 due 2025-12-16 ", "firstHalf 2025 due 2025-06-17 "}
	ended := []string{"secondHalf 2023 due 2023-12-18 ", "annual 2023 due 2023-12-18 "}
	due(slices.Concat(running, []string{"secondHalf 2024 due 2024-12-17 ", "annual 2024 due 2024-12-17 ", "firstHalf 2024 due 2024-06-18 draft"}, ended)...)
	w.approve(half)
	due(slices.Concat(running, []string{"secondHalf 2024 due 2024-12-17 ", "annual 2024 due 2024-12-17 ", "firstHalf 2024 due 2024-06-18 approved"}, ended)...)

	// A commune that ends owes nothing for a period that it does not see out.
	if _, err := accounts.New(w.db).Units.Update(t.Context(), string(commune), func(u *accounts.Unit) error {
		u.ValidTo = "2024-10-31"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	due(slices.Concat([]string{"firstHalf 2024 due 2024-06-18 approved"}, ended)...)
}
