package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// DueReport is a report that a unit owes for a period, and how far it has come.
type DueReport struct {
	Template report.Template
	Period   calendar.Period
	Due      calendar.Day // by which it is to be delivered
	State    State        // "" while nothing has been begun
	Report   string       // id; "" while nothing has been begun
	Number   int          // 0 until it is issued
	Symbol   string
}

// dueFor is for how many days after its due day a period is listed.
const dueFor = 366

// Due returns the reports of the halves and years that are running or are over
// for no longer than a year, the latest due day first. Withdrawn reports without
// another in their place count as not begun.
func (a *Archive) Due(ctx context.Context, unit ledger.UnitID, t report.Template) ([]DueReport, error) {
	set, err := a.Letterheads.Get(ctx, unit, t)
	if err != nil {
		return nil, err
	}
	u, err := a.compiler.units.Get(ctx, string(unit))
	if err != nil {
		return nil, err
	}
	days, err := a.Letterheads.workingDays(ctx)
	if err != nil {
		return nil, err
	}
	today, rule := a.reports.clock.Today(), set.Value.Rule
	var list []DueReport
	for year := today.Year() - 2; year <= today.Year()+1; year++ {
		for _, p := range []calendar.Period{rule.FirstHalf(year), rule.SecondHalf(year), rule.Annual(year)} {
			if !within(&u.Value, &p) || p.From > today {
				continue
			}
			d := DueReport{Template: t, Period: p, Due: rule.Due(p, days)}
			if d.Due < today.AddDays(-dueFor) {
				continue
			}
			if err := d.find(ctx, a.reports.table, unit); err != nil {
				return nil, err
			}
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b DueReport) int { return cmp.Compare(b.Due, a.Due) })
	return list, nil
}

// within reports whether a unit was one at some time of a period, and to its
// end: of a commune that was merged its successor reports.
func within(u *accounts.Unit, p *calendar.Period) bool {
	return u.ExistsOn(string(p.To))
}

// find notes how far the report of a period has come.
func (d *DueReport) find(ctx context.Context, reports store.Table[Report], unit ledger.UnitID) error {
	s, err := readSeries(ctx, reports, unit, d.Template, &d.Period)
	if err != nil {
		return err
	}
	for i := range s {
		v := &s[i].Value
		if v.AddendumOf == "" && v.State != Withdrawn && v.State != Dropped {
			d.take(&s[i])
		}
	}
	return nil
}

// take notes how far a report has come.
func (d *DueReport) take(r *store.Stored[Report]) {
	d.State, d.Report, d.Number, d.Symbol = r.Value.State, r.ID, 0, ""
	if a := r.Value.Approval; a != nil {
		d.Number, d.Symbol = a.Issue.Number, a.Issue.Symbol
	}
}

// Periods returns what a unit owes, as [Archive.Due] does, and the terms that it
// has a report of.
func (a *Archive) Periods(ctx context.Context, unit ledger.UnitID, t report.Template) ([]DueReport, error) {
	list, err := a.Due(ctx, unit, t)
	if err != nil {
		return nil, err
	}
	terms, err := a.reports.table.AllOf(ctx, fmt.Sprintf("%s.%s.%s.", unit, t, calendar.TermYears))
	if err != nil {
		return nil, err
	}
	for i := range terms {
		v := &terms[i].Value
		if v.AddendumOf != "" || v.State == Withdrawn || v.State == Dropped {
			continue
		}
		d := DueReport{Template: t, Period: v.Period, Due: v.Due}
		d.take(&terms[i])
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b DueReport) int { return cmp.Compare(b.Due, a.Due) })
	return list, nil
}
