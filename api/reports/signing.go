package reports

import (
	"context"
	"io"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
)

// signing is what happens to a report from its signature on.
type signing struct {
	finder  *finder
	archive *archive.Archive
}

// AttachScan implements the operation attachScan.
func (s *signing) AttachScan(ctx context.Context, request contract.AttachScanRequestObject) (contract.AttachScanResponseObject, error) {
	c := gate.CallerOf(ctx)
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	file, err := io.ReadAll(request.Body) // it was bounded and read before
	if err != nil {
		return nil, problem.Malformed("the body is cut off", err)
	}
	r, err := s.archive.AttachSigned(ctx, request.Report, request.Params.Version, file, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.AttachScan200JSONResponse(view), err
}

// ApproveReport implements the operation approveReport.
func (s *signing) ApproveReport(ctx context.Context, request contract.ApproveReportRequestObject) (contract.ApproveReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.archive.Approvals.Approve(ctx, request.Report, in.Version, archive.Signature{
		Date: calendar.Day(in.Date), Position: in.Position, Name: in.Name, By: c.Actor(),
		Number: in.Number, Reason: in.Reason, Confirms: in.Confirms,
	})
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.ApproveReport200JSONResponse(view), err
}

// WithdrawReport implements the operation withdrawReport.
func (s *signing) WithdrawReport(ctx context.Context, request contract.WithdrawReportRequestObject) (contract.WithdrawReportResponseObject, error) {
	c := gate.CallerOf(ctx)
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.archive.Withdraw(ctx, request.Report, request.Body.Version, request.Body.Reason, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.WithdrawReport200JSONResponse(view), err
}
