package reports

import (
	"context"
	"errors"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// periods are what a unit reports about, and whether their ledgers are closed.
type periods struct {
	archive   *archive.Archive
	store     *store.Store
	directory *accounts.Directory
	reminders *reminders.Reminders
}

// ListPeriods implements the operation listPeriods.
func (s *periods) ListPeriods(ctx context.Context, request contract.ListPeriodsRequestObject) (contract.ListPeriodsResponseObject, error) {
	unit := request.Params.Unit
	if !gate.CallerOf(ctx).Reaches(unit) {
		return nil, problem.ErrNotFound
	}
	answer := contract.ListPeriods200JSONResponse{Periods: []contract.ReportPeriod{}}
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return nil, err
	}
	for _, template := range report.Templates {
		list, err := s.archive.Periods(ctx, unit, template)
		if err != nil {
			return nil, err
		}
		for i := range list {
			view, err := s.periodView(ctx, unit, &list[i])
			if err != nil {
				return nil, err
			}
			view.WorkingDays = watch.Left(list[i].Due)
			answer.Periods = append(answer.Periods, view)
		}
	}
	return answer, nil
}

// periodView shows a period, and in which ledgers it is closed.
func (s *periods) periodView(ctx context.Context, unit ledger.UnitID, d *archive.DueReport) (contract.ReportPeriod, error) {
	p := d.Period
	view := contract.ReportPeriod{
		Template: d.Template, Type: p.Type, From: string(p.From), To: string(p.To), Name: p.Label, Due: string(d.Due),
		State: d.State, Report: d.Report, Number: d.Number, Symbol: d.Symbol,
		ClosedIn: []contract.PeriodUnit{}, OpenIn: []contract.PeriodUnit{},
	}
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return view, err
	}
	days := ledger.Period{From: string(p.From), To: string(p.To)}
	for _, id := range tree.Subtree([]ledger.UnitID{unit}) {
		u, exists := tree.Unit(id)
		if !exists || !u.Value.ExistsWithin(days.From, days.To) {
			continue
		}
		r, err := s.store.Record(ctx, id, ledger.PeriodID(id, days))
		switch {
		case errors.Is(err, store.ErrNotFound):
			view.OpenIn = append(view.OpenIn, contract.PeriodUnit{Unit: id})
		case err != nil:
			return view, err
		case r.Bool(ledger.Closed):
			view.ClosedIn = append(view.ClosedIn, periodUnit(id, r))
		default:
			view.OpenIn = append(view.OpenIn, periodUnit(id, r))
		}
	}
	return view, nil
}

// periodUnit tells who turned a period in a ledger last.
func periodUnit(unit ledger.UnitID, r *ledger.Record) contract.PeriodUnit {
	view := contract.PeriodUnit{Unit: unit, Seq: r.Seq, Disputed: r.InConflict(ledger.Closed)}
	if last, ok := r.Shown(ledger.Closed); ok {
		view.By, view.At = last.User, last.At.Time()
	}
	return view
}
