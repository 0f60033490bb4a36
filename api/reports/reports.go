// Package reports serves the reports of a unit and their delivery.
package reports

import (
	"context"
	"errors"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Reports implements the operations of the tags reports and delivery.
type Reports struct {
	Store     *store.Store
	Office    *jobs.Office // of the same store
	Directory *accounts.Directory
	Guesses   *gate.Throttle
	Access    *gate.AccessLog
	Log       *gate.AdminLog
	Clock     calendar.Clock
}

// storedReport is a report with the version that it was read at.
type storedReport = store.Stored[archive.Report]

// report returns a report within the caller's reach; to a superior one that was
// delivered to them. An approval that was cut off is finished first.
func (s *Reports) report(ctx context.Context, id string) (storedReport, error) {
	c := gate.CallerOf(ctx)
	r, err := s.Office.Archive.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if !c.Reaches(r.Value.Unit) {
		received, err := s.hasReceived(ctx, c, id)
		if err == nil && !received {
			err = problem.ErrNotFound
		}
		return r, err
	}
	if r.Value.State != archive.Signing {
		return r, nil
	}
	settled, err := s.Office.Archive.Approvals.Settle(ctx, r)
	switch {
	case errors.Is(err, archive.ErrPending):
		return r, nil // it is shown as it is
	case errors.Is(err, store.ErrVersion):
		return s.Office.Archive.Get(ctx, id) // somebody else was faster
	}
	return settled, err
}

// hasReceived reports whether a report was delivered to a superior.
func (s *Reports) hasReceived(ctx context.Context, c *gate.Caller, id string) (bool, error) {
	if c.User.Role != form.RoleSuperior {
		return false, nil
	}
	deliveries, err := s.Office.Outbox.Of(ctx, id)
	return slices.ContainsFunc(deliveries, func(d store.Stored[outbox.Delivery]) bool {
		return c.Receives(d.Value.To.To) && delivered(&d.Value)
	}), err
}

// delivered reports whether a delivery has gone out, also if it is on its way
// once more.
func delivered(d *outbox.Delivery) bool {
	return d.State == outbox.Sent || d.State == outbox.Acknowledged ||
		slices.ContainsFunc(d.Attempts, func(a outbox.Attempt) bool { return a.Outcome == "sent" })
}

// ListReports implements the operation listReports.
func (s *Reports) ListReports(ctx context.Context, request contract.ListReportsRequestObject) (contract.ListReportsResponseObject, error) {
	c, p := gate.CallerOf(ctx), request.Params
	var list []storedReport
	var err error
	if c.User.Role == form.RoleSuperior {
		list, err = s.receivedReports(ctx, c, p.Unit)
	} else {
		var units []ledger.UnitID
		if units, err = c.Within(p.Unit); err == nil {
			list, err = s.Office.Archive.List(ctx, units)
		}
	}
	if err != nil {
		return nil, err
	}
	if len(p.State) > 0 {
		list = slices.DeleteFunc(list, func(r storedReport) bool { return !slices.Contains(p.State, r.Value.State) })
	}
	when := func(r *storedReport) paging.Moment { return paging.Moment{At: r.Value.Updated, ID: r.ID} }
	page, next, err := paging.Latest(list, p.Limit, p.Cursor, when, paging.All)
	answer := contract.ListReports200JSONResponse{Items: []contract.ReportSummary{}, Next: next}
	for i := range page {
		answer.Items = append(answer.Items, summaryOf(&page[i]))
	}
	return answer, err
}

// receivedReports are those that were delivered to a superior. A unit that none
// of them is of is answered as if it did not exist.
func (s *Reports) receivedReports(ctx context.Context, c *gate.Caller, units []ledger.UnitID) ([]storedReport, error) {
	deliveries, err := s.Office.Outbox.ToUnits(ctx, c.Home)
	if err != nil {
		return nil, err
	}
	of := map[ledger.UnitID]bool{}
	var ids []string
	for i := range deliveries {
		if d := &deliveries[i].Value; delivered(d) {
			of[d.Unit] = true
			if len(units) == 0 || slices.Contains(units, d.Unit) {
				ids = append(ids, d.Report)
			}
		}
	}
	if slices.ContainsFunc(units, func(unit ledger.UnitID) bool { return !of[unit] }) {
		return nil, problem.ErrNotFound
	}
	slices.Sort(ids)
	var list []storedReport
	for _, id := range slices.Compact(ids) {
		r, err := s.Office.Archive.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// GetReport implements the operation getReport.
func (s *Reports) GetReport(ctx context.Context, request contract.GetReportRequestObject) (contract.GetReportResponseObject, error) {
	r, err := s.report(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, gate.CallerOf(ctx), &r)
	return contract.GetReport200JSONResponse(view), err
}

// RecompileReport implements the operation recompileReport.
func (s *Reports) RecompileReport(ctx context.Context, request contract.RecompileReportRequestObject) (contract.RecompileReportResponseObject, error) {
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	asOf := calendar.Day(request.Body.AsOf)
	if asOf > s.today() {
		return nil, problem.Invalid("asOf", "Ngày chốt số liệu không được sau hôm nay.")
	}
	r, err := s.Office.Archive.Recompile(ctx, request.Report, request.Body.Version, asOf)
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, gate.CallerOf(ctx), &r)
	return contract.RecompileReport200JSONResponse(view), err
}

// ApproveReport implements the operation approveReport.
func (s *Reports) ApproveReport(ctx context.Context, request contract.ApproveReportRequestObject) (contract.ApproveReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Approvals.Approve(ctx, request.Report, in.Version, archive.Signature{
		Date: calendar.Day(in.Date), Position: in.Position, Name: in.Name, By: c.Actor(),
		Number: in.Number, Reason: in.Reason, Confirms: in.Confirms,
	})
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	return contract.ApproveReport200JSONResponse(view), err
}

// WithdrawReport implements the operation withdrawReport.
func (s *Reports) WithdrawReport(ctx context.Context, request contract.WithdrawReportRequestObject) (contract.WithdrawReportResponseObject, error) {
	c := gate.CallerOf(ctx)
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Withdraw(ctx, request.Report, request.Body.Version, request.Body.Reason, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	return contract.WithdrawReport200JSONResponse(view), err
}

// VerifyReport implements the operation verifyReport.
func (s *Reports) VerifyReport(ctx context.Context, request contract.VerifyReportRequestObject) (contract.VerifyReportResponseObject, error) {
	r, err := s.report(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	differences, err := s.Office.Archive.Verify(ctx, &r.Value)
	answer := contract.VerifyReport200JSONResponse{Ok: len(differences) == 0, Differences: []contract.FileDifference{}}
	for _, d := range differences {
		answer.Differences = append(answer.Differences, contract.FileDifference{Format: d.Format, Stored: d.Stored, Compiled: d.Written})
	}
	return answer, err
}

// today is the day in the place where the server counts days.
func (s *Reports) today() calendar.Day { return calendar.DayOf(s.Clock.Now().In(s.Clock.Location)) }

func summaryOf(r *storedReport) contract.ReportSummary {
	v := &r.Value
	view := contract.ReportSummary{
		ID: r.ID, Unit: v.Unit, UnitName: v.Content.UnitName, Template: v.Template, Type: v.Period.Type,
		From: string(v.Period.From), To: string(v.Period.To), AsOf: string(v.Period.AsOf), PeriodName: v.Period.Label, Due: string(v.Due),
		State: v.State, Subject: v.Content.Subject, Version: r.Version, UpdatedAt: v.Updated.Time(),
		AddendumOf: v.AddendumOf, Replaces: v.Replaces, ReplacedBy: v.ReplacedBy,
	}
	if v.Approval != nil {
		view.Number, view.Symbol, view.Date = v.Approval.Issue.Number, v.Approval.Issue.Symbol, v.Approval.Issue.Date
	}
	return view
}

// ListLaterChanges implements the operation listLaterChanges.
func (s *Reports) ListLaterChanges(ctx context.Context, request contract.ListLaterChangesRequestObject) (contract.ListLaterChangesResponseObject, error) {
	r, err := s.report(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	changes, err := s.Office.Archive.Later(ctx, &r.Value)
	if err != nil {
		return nil, err
	}
	return contract.ListLaterChanges200JSONResponse{Changes: changes}, nil
}
