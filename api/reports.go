package api

import (
	"context"
	"errors"
	"slices"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// storedReport is a report with the version that it was read at.
type storedReport = store.Stored[archive.Report]

// report returns a report within the caller's reach; to a superior one that was
// delivered to them. An approval that was cut off is finished first.
func (s *Server) report(ctx context.Context, id string) (storedReport, error) {
	c := callerOf(ctx)
	r, err := s.Office.Archive.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if !c.reaches(r.Value.Unit) {
		received, err := s.hasReceived(ctx, c, id)
		if err == nil && !received {
			err = errNotFound
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
func (s *Server) hasReceived(ctx context.Context, c *caller, id string) (bool, error) {
	if c.user.Role != form.RoleSuperior {
		return false, nil
	}
	deliveries, err := s.Office.Outbox.Of(ctx, id)
	return slices.ContainsFunc(deliveries, func(d store.Stored[outbox.Delivery]) bool {
		return c.receives(d.Value.To.To) && delivered(&d.Value)
	}), err
}

// delivered reports whether a delivery has gone out, also if it is on its way
// once more.
func delivered(d *outbox.Delivery) bool {
	return d.State == outbox.Sent || d.State == outbox.Acknowledged ||
		slices.ContainsFunc(d.Attempts, func(a outbox.Attempt) bool { return a.Outcome == "sent" })
}

// ListReports implements the operation listReports.
func (s *Server) ListReports(ctx context.Context, request ListReportsRequestObject) (ListReportsResponseObject, error) {
	c, p := callerOf(ctx), request.Params
	var list []storedReport
	var err error
	if c.user.Role == form.RoleSuperior {
		list, err = s.receivedReports(ctx, c, p.Unit)
	} else {
		var units []ledger.UnitID
		if units, err = c.within(p.Unit); err == nil {
			list, err = s.Office.Archive.List(ctx, units)
		}
	}
	if err != nil {
		return nil, err
	}
	if len(p.State) > 0 {
		list = slices.DeleteFunc(list, func(r storedReport) bool { return !slices.Contains(p.State, r.Value.State) })
	}
	when := func(r *storedReport) moment { return moment{r.Value.Updated, r.ID} }
	page, next, err := latest(list, p.Limit, p.Cursor, when, anything)
	answer := ListReports200JSONResponse{Items: []ReportSummary{}, Next: next}
	for i := range page {
		answer.Items = append(answer.Items, summaryOf(&page[i]))
	}
	return answer, err
}

// receivedReports are those that were delivered to a superior. A unit that none
// of them is of is answered as if it did not exist.
func (s *Server) receivedReports(ctx context.Context, c *caller, units []ledger.UnitID) ([]storedReport, error) {
	deliveries, err := s.Office.Outbox.ToUnits(ctx, c.home)
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
		return nil, errNotFound
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
func (s *Server) GetReport(ctx context.Context, request GetReportRequestObject) (GetReportResponseObject, error) {
	r, err := s.report(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	return GetReport200JSONResponse(reportView(callerOf(ctx), &r)), nil
}

// WriteReport implements the operation writeReport.
func (s *Server) WriteReport(ctx context.Context, request WriteReportRequestObject) (WriteReportResponseObject, error) {
	c := callerOf(ctx)
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Write(ctx, request.Report, request.Body.Version, request.Body.Sections, c.actor())
	return WriteReport200JSONResponse(reportView(c, &r)), err
}

// RecompileReport implements the operation recompileReport.
func (s *Server) RecompileReport(ctx context.Context, request RecompileReportRequestObject) (RecompileReportResponseObject, error) {
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	asOf := calendar.Day(request.Body.AsOf)
	if asOf > s.today() {
		return nil, invalid("asOf", "Ngày chốt số liệu không được sau hôm nay.")
	}
	r, err := s.Office.Archive.Recompile(ctx, request.Report, request.Body.Version, asOf)
	return RecompileReport200JSONResponse(reportView(callerOf(ctx), &r)), err
}

// ApproveReport implements the operation approveReport.
func (s *Server) ApproveReport(ctx context.Context, request ApproveReportRequestObject) (ApproveReportResponseObject, error) {
	c, in := callerOf(ctx), request.Body
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Approvals.Approve(ctx, request.Report, in.Version, archive.Signature{
		Date: calendar.Day(in.Date), Position: in.Position, Name: in.Name, By: c.actor(),
	})
	return ApproveReport200JSONResponse(reportView(c, &r)), err
}

// WithdrawReport implements the operation withdrawReport.
func (s *Server) WithdrawReport(ctx context.Context, request WithdrawReportRequestObject) (WithdrawReportResponseObject, error) {
	c := callerOf(ctx)
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Withdraw(ctx, request.Report, request.Body.Version, request.Body.Reason, c.actor())
	return WithdrawReport200JSONResponse(reportView(c, &r)), err
}

// VerifyReport implements the operation verifyReport.
func (s *Server) VerifyReport(ctx context.Context, request VerifyReportRequestObject) (VerifyReportResponseObject, error) {
	r, err := s.report(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	differences, err := s.Office.Archive.Verify(ctx, &r.Value)
	answer := VerifyReport200JSONResponse{Ok: len(differences) == 0, Differences: []FileDifference{}}
	for _, d := range differences {
		answer.Differences = append(answer.Differences, FileDifference{Format: d.Format, Stored: d.Stored, Compiled: d.Written})
	}
	return answer, err
}

// today is the day in the place where the server counts days.
func (s *Server) today() calendar.Day { return calendar.DayOf(s.Now().In(s.Location)) }

func actorView(a entry.Actor) Actor { return Actor{User: a.User, Name: a.Name} }

func summaryOf(r *storedReport) ReportSummary {
	v := &r.Value
	view := ReportSummary{
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

// reportView shows a report. A superior is not shown who wrote what in it
// before it was theirs.
func reportView(c *caller, r *storedReport) Report {
	v, summary := &r.Value, summaryOf(r)
	view := Report{
		ID: summary.ID, Unit: summary.Unit, UnitName: summary.UnitName, Template: summary.Template, Type: summary.Type,
		From: summary.From, To: summary.To, AsOf: summary.AsOf, PeriodName: summary.PeriodName, Due: summary.Due,
		State: summary.State, Subject: summary.Subject, Version: summary.Version, UpdatedAt: summary.UpdatedAt,
		AddendumOf: summary.AddendumOf, Replaces: summary.Replaces, ReplacedBy: summary.ReplacedBy,
		Number: summary.Number, Symbol: summary.Symbol, Date: summary.Date,
		CreatedAt: v.Created.Time(), By: actorView(v.By), Content: v.Content,
	}
	if c.user.Role != form.RoleSuperior {
		for _, section := range v.Content.Sections { // in their order
			if e, edited := v.Edits[section.ID]; edited {
				view.Edits = append(view.Edits, ReportEdit{Section: section.ID, By: actorView(e.By), At: e.At.Time()})
			}
		}
	}
	if v.Signing != nil {
		view.Signing = ReportSigning{By: actorView(v.Signing.By), Until: v.Signing.Until.Time()}
	}
	if a := v.Approval; a != nil {
		view.Approval = ReportApproval{
			By: actorView(a.By), At: a.At.Time(), Number: a.Issue.Number, Symbol: a.Issue.Symbol, Place: a.Issue.Place,
			Date: a.Issue.Date, Position: a.Issue.Position, Name: a.Issue.Name, Sha256: a.SHA256,
		}
	}
	if w := v.Withdrawn; w != nil {
		view.Withdrawal = ReportWithdrawn{By: actorView(w.By), At: w.At.Time(), Reason: w.Reason}
	}
	if len(v.Files) > 0 {
		view.Files = map[string]ReportFile{}
		for format, file := range v.Files {
			view.Files[string(format)] = ReportFile{Sha256: file.SHA256, Size: file.Size}
		}
	}
	return view
}
