package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// catalogue lists reports and shows what they are.
type catalogue struct {
	finder  *finder
	archive *archive.Archive
}

// ListReports implements the operation listReports.
func (s *catalogue) ListReports(ctx context.Context, request contract.ListReportsRequestObject) (contract.ListReportsResponseObject, error) {
	c, p := gate.CallerOf(ctx), request.Params
	var list []storedReport
	var ways map[string][]store.Stored[outbox.Delivery] // to a superior
	var err error
	if c.User.Role == form.RoleSuperior {
		list, ways, err = s.finder.received(ctx, c, p.Unit)
	} else {
		var units []ledger.UnitID
		if units, err = c.Within(p.Unit); err == nil {
			list, err = s.archive.List(ctx, units)
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
		row := summaryOf(&page[i])
		row.Arrived = arrived(ways[row.ID])
		answer.Items = append(answer.Items, row)
	}
	return answer, err
}

// GetReport implements the operation getReport.
func (s *catalogue) GetReport(ctx context.Context, request contract.GetReportRequestObject) (contract.GetReportResponseObject, error) {
	r, err := s.finder.find(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, gate.CallerOf(ctx), &r)
	return contract.GetReport200JSONResponse(view), err
}

// VerifyReport implements the operation verifyReport.
func (s *catalogue) VerifyReport(ctx context.Context, request contract.VerifyReportRequestObject) (contract.VerifyReportResponseObject, error) {
	r, err := s.finder.find(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	v, err := s.archive.Verify(ctx, &r.Value)
	answer := contract.VerifyReport200JSONResponse{
		Ok: v.Same(), Differences: []contract.FileDifference{}, Files: v.Files, Rewritten: v.Rewritten, Writer: v.Writer, Current: archive.Writer,
		Figures: v.Figures, Changed: v.Changed,
	}
	for _, d := range v.Differ {
		answer.Differences = append(answer.Differences, contract.FileDifference{Format: d.Format, Stored: d.Stored, Compiled: d.Written})
	}
	return answer, err
}

// ListLaterChanges implements the operation listLaterChanges.
func (s *catalogue) ListLaterChanges(ctx context.Context, request contract.ListLaterChangesRequestObject) (contract.ListLaterChangesResponseObject, error) {
	r, err := s.finder.find(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	changes, err := s.archive.Drafts.Later(ctx, &r.Value)
	if err != nil {
		return nil, err
	}
	return contract.ListLaterChanges200JSONResponse{Changes: changes}, nil
}

// GetReportFile implements the operation getReportFile.
func (s *catalogue) GetReportFile(ctx context.Context, request contract.GetReportFileRequestObject) (contract.GetReportFileResponseObject, error) {
	r, err := s.finder.find(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	answer := gate.Download{Name: r.Value.FileName(request.Format), Inline: request.Params.Inline, Raw: gate.Raw{
		Media: request.Format.MediaType(), Cache: "private, no-cache", IfNoneMatch: request.Params.IfNoneMatch,
	}}
	if stored, frozen := r.Value.Stored(request.Format); frozen {
		if answer.Etag = `"` + stored.SHA256 + `"`; gate.Matches(answer.IfNoneMatch, answer.Etag) {
			return fileAnswer{answer}, nil // it need not even be read
		}
	}
	if answer.Body, err = s.archive.File(ctx, &r.Value, request.Format); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(answer.Body)
	answer.Etag = `"` + hex.EncodeToString(sum[:]) + `"`
	return fileAnswer{answer}, nil
}
