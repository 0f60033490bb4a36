package reports

import (
	"context"
	"io"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
)

// WriteReport implements the operation writeReport.
func (s *Reports) WriteReport(ctx context.Context, request contract.WriteReportRequestObject) (contract.WriteReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	words := archive.Words{Texts: in.Sections, Headings: in.Headings}
	var r storedReport
	var err error
	switch {
	case len(words.Texts)+len(words.Headings) == 0:
		return nil, problem.Invalid("sections", "Không có nội dung nào để sửa.")
	case in.SectionVersions != nil || in.HeadingsVersion != nil:
		if len(words.Texts) > 0 && in.SectionVersions == nil || len(words.Headings) > 0 && in.HeadingsVersion == nil {
			return nil, versionMissing()
		}
		versions := archive.Versions{Sections: map[string]int64{}}
		for section, version := range in.SectionVersions {
			versions.Sections[section] = int64(version)
		}
		if in.HeadingsVersion != nil {
			versions.Headings = int64(*in.HeadingsVersion)
		}
		r, err = s.Office.Archive.WriteSections(ctx, request.Report, versions, words, c.Actor())
	case in.Version == 0:
		return nil, versionMissing()
	default:
		r, err = s.Office.Archive.Write(ctx, request.Report, in.Version, words, c.Actor())
	}
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	return contract.WriteReport200JSONResponse(view), err
}

func versionMissing() error {
	return problem.Invalid("version", "Còn thiếu phiên bản của báo cáo, hoặc của các mục, của trích yếu và đề mục.")
}

// SubmitReport implements the operation submitReport.
func (s *Reports) SubmitReport(ctx context.Context, request contract.SubmitReportRequestObject) (contract.SubmitReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Submit(ctx, request.Report, in.Version, in.Note, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	return contract.SubmitReport200JSONResponse(view), err
}

// ReturnReport implements the operation returnReport.
func (s *Reports) ReturnReport(ctx context.Context, request contract.ReturnReportRequestObject) (contract.ReturnReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.Office.Archive.Return(ctx, request.Report, in.Version, in.Note, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	return contract.ReturnReport200JSONResponse(view), err
}

// DropReport implements the operation dropReport.
func (s *Reports) DropReport(ctx context.Context, request contract.DropReportRequestObject) (contract.DropReportResponseObject, error) {
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	err := s.Office.Archive.Drop(ctx, request.Report, request.Params.Version, gate.CallerOf(ctx).Actor())
	return contract.DropReport204Response{}, err
}

// AttachScan implements the operation attachScan.
func (s *Reports) AttachScan(ctx context.Context, request contract.AttachScanRequestObject) (contract.AttachScanResponseObject, error) {
	c := gate.CallerOf(ctx)
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	file, err := io.ReadAll(request.Body) // it was bounded and read before
	if err != nil {
		return nil, problem.Malformed("the body is cut off", err)
	}
	r, err := s.Office.Archive.AttachSigned(ctx, request.Report, request.Params.Version, file, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	return contract.AttachScan200JSONResponse(view), err
}
