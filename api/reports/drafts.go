package reports

import (
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
)

// drafts are reports until they are signed.
type drafts struct {
	finder  *finder
	archive *archive.Archive
	clock   calendar.Clock
}

// CompileReport implements the operation compileReport.
func (s *drafts) CompileReport(ctx context.Context, request contract.CompileReportRequestObject) (contract.CompileReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if !c.Reaches(in.Unit) {
		return nil, problem.ErrNotFound
	}
	q, err := s.request(ctx, in)
	if err != nil {
		return nil, err
	}
	q.By = c.Actor()
	r, err := s.archive.Drafts.Compile(ctx, q)
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	if err != nil {
		return nil, err
	}
	if r.Version == 1 {
		return contract.CompileReport201JSONResponse(view), nil
	}
	return contract.CompileReport200JSONResponse(view), nil
}

// request makes of a body what the office is to compile.
func (s *drafts) request(ctx context.Context, in *contract.ReportOrder) (q archive.Request, err error) {
	q = archive.Request{Unit: in.Unit, Template: in.Template, AddendumOf: in.AddendumOf, Replaces: in.Replaces}
	if in.AddendumOf == "" && in.Replaces == "" { // else it is about what that report is about
		if q.Period, err = s.period(ctx, in); err != nil {
			return q, err
		}
	}
	if in.AsOf != "" {
		q.Period.AsOf = calendar.Day(in.AsOf)
	}
	return q, nil
}

const noYear = "Cần chọn năm của kỳ báo cáo."

// period is what a report covers, by the unit's letterhead. It is reported as of
// today while its end lies ahead.
func (s *drafts) period(ctx context.Context, in *contract.ReportOrder) (p calendar.Period, err error) {
	switch {
	case in.Template == "":
		return p, problem.Invalid("template", "Cần chọn mẫu báo cáo.")
	case in.Type == "":
		return p, problem.Invalid("type", "Cần chọn loại báo cáo.")
	}
	set, err := s.archive.Letterheads.Get(ctx, in.Unit, in.Template)
	if err != nil {
		return p, err
	}
	field, from, to := "year", in.Year, in.Year
	if in.Type == calendar.TermYears {
		const longest = 30 // years
		field, from, to = "fromYear", in.FromYear, in.ToYear
		if from != 0 && (to < from || to > from+longest) {
			return p, problem.Invalid("toYear", "Nhiệm kỳ cần năm cuối không trước năm đầu, và dài tối đa 30 năm.")
		}
	}
	p, _ = set.Value.Period(in.Type, from, to)
	switch {
	case from == 0:
		return p, problem.Invalid(field, noYear)
	case p.From > s.clock.Today():
		return p, problem.Invalid(field, "Kỳ báo cáo chưa bắt đầu.")
	}
	p.AsOf = min(p.AsOf, s.clock.Today())
	return p, nil
}

// RecompileReport implements the operation recompileReport.
func (s *drafts) RecompileReport(ctx context.Context, request contract.RecompileReportRequestObject) (contract.RecompileReportResponseObject, error) {
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	asOf := calendar.Day(request.Body.AsOf)
	if asOf > s.clock.Today() {
		return nil, problem.Invalid("asOf", "Ngày chốt số liệu không được sau hôm nay.")
	}
	r, err := s.archive.Drafts.Recompile(ctx, request.Report, request.Body.Version, asOf)
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, gate.CallerOf(ctx), &r)
	return contract.RecompileReport200JSONResponse(view), err
}

// WriteReport implements the operation writeReport.
func (s *drafts) WriteReport(ctx context.Context, request contract.WriteReportRequestObject) (contract.WriteReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.finder.find(ctx, request.Report); err != nil {
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
		r, err = s.archive.Drafts.WriteSections(ctx, request.Report, versions, words, c.Actor())
	case in.Version == 0:
		return nil, versionMissing()
	default:
		r, err = s.archive.Drafts.Write(ctx, request.Report, in.Version, words, c.Actor())
	}
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.WriteReport200JSONResponse(view), err
}

func versionMissing() error {
	return problem.Invalid("version", "Còn thiếu phiên bản của báo cáo, hoặc của các mục, của trích yếu và đề mục.")
}

// SubmitReport implements the operation submitReport.
func (s *drafts) SubmitReport(ctx context.Context, request contract.SubmitReportRequestObject) (contract.SubmitReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.archive.Drafts.Submit(ctx, request.Report, in.Version, in.Note, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.SubmitReport200JSONResponse(view), err
}

// RecallReport implements the operation recallReport.
func (s *drafts) RecallReport(ctx context.Context, request contract.RecallReportRequestObject) (contract.RecallReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.archive.Drafts.Recall(ctx, request.Report, in.Version, in.Note, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.RecallReport200JSONResponse(view), err
}

// ReturnReport implements the operation returnReport.
func (s *drafts) ReturnReport(ctx context.Context, request contract.ReturnReportRequestObject) (contract.ReturnReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	r, err := s.archive.Drafts.Return(ctx, request.Report, in.Version, in.Note, c.Actor())
	if err != nil {
		return nil, err
	}
	view, err := s.finder.view(ctx, c, &r)
	return contract.ReturnReport200JSONResponse(view), err
}

// DropReport implements the operation dropReport.
func (s *drafts) DropReport(ctx context.Context, request contract.DropReportRequestObject) (contract.DropReportResponseObject, error) {
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	err := s.archive.Drafts.Drop(ctx, request.Report, request.Params.Version, gate.CallerOf(ctx).Actor())
	return contract.DropReport204Response{}, err
}
