package reports

import (
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
)

// CompileReport implements the operation compileReport.
func (s *Reports) CompileReport(ctx context.Context, request contract.CompileReportRequestObject) (contract.CompileReportResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if !c.Reaches(in.Unit) {
		return nil, problem.ErrNotFound
	}
	o, err := s.order(ctx, in)
	if err != nil {
		return nil, err
	}
	o.By = c.Actor()
	r, err := s.Office.Archive.Compile(ctx, o)
	if err != nil {
		return nil, err
	}
	view, err := s.reportView(ctx, c, &r)
	if err != nil {
		return nil, err
	}
	if r.Version == 1 {
		return contract.CompileReport201JSONResponse(view), nil
	}
	return contract.CompileReport200JSONResponse(view), nil
}

// order makes of a request what the office is to compile.
func (s *Reports) order(ctx context.Context, in *contract.ReportOrder) (o archive.Request, err error) {
	o = archive.Request{Unit: in.Unit, Template: in.Template, AddendumOf: in.AddendumOf, Replaces: in.Replaces}
	if in.AddendumOf == "" && in.Replaces == "" { // else it is about what that report is about
		if o.Period, err = s.period(ctx, in); err != nil {
			return o, err
		}
	}
	if in.AsOf != "" {
		o.Period.AsOf = calendar.Day(in.AsOf)
	}
	return o, nil
}

const noYear = "Cần chọn năm của kỳ báo cáo."

// period is what a report covers, by the unit's letterhead. It is reported as of
// today while its end lies ahead.
func (s *Reports) period(ctx context.Context, in *contract.ReportOrder) (p calendar.Period, err error) {
	switch {
	case in.Template == "":
		return p, problem.Invalid("template", "Cần chọn mẫu báo cáo.")
	case in.Type == "":
		return p, problem.Invalid("type", "Cần chọn loại báo cáo.")
	}
	set, err := s.Office.Archive.Letterheads.Get(ctx, in.Unit, in.Template)
	if err != nil {
		return p, err
	}
	l, field, year := &set.Value, "year", in.Year
	switch in.Type {
	case calendar.FirstHalf:
		p = l.Rule.FirstHalf(in.Year)
	case calendar.SecondHalf:
		p = l.Rule.SecondHalf(in.Year)
	case calendar.Annual:
		p = l.Rule.Annual(in.Year)
	case calendar.TermYears:
		const longest = 30 // years
		field, year = "fromYear", in.FromYear
		if year != 0 && (in.ToYear < year || in.ToYear > year+longest) {
			return p, problem.Invalid("toYear", "Nhiệm kỳ cần năm cuối không trước năm đầu, và dài tối đa 30 năm.")
		}
		p = l.Term(in.FromYear, in.ToYear)
	}
	switch {
	case year == 0:
		return p, problem.Invalid(field, noYear)
	case p.From > s.today():
		return p, problem.Invalid(field, "Kỳ báo cáo chưa bắt đầu.")
	}
	p.AsOf = min(p.AsOf, s.today())
	return p, nil
}
