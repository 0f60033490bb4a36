package api

import (
	"context"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
)

// CompileReport implements the operation compileReport.
func (s *Server) CompileReport(ctx context.Context, request CompileReportRequestObject) (CompileReportResponseObject, error) {
	c, in := callerOf(ctx), request.Body
	if !c.reaches(in.Unit) {
		return nil, errNotFound
	}
	o, err := s.order(ctx, in)
	if err != nil {
		return nil, err
	}
	o.By = c.actor()
	r, err := s.Office.Archive.Compile(ctx, o)
	if err != nil {
		return nil, err
	}
	view := reportView(c, &r)
	if r.Version == 1 {
		return CompileReport201JSONResponse(view), nil
	}
	return CompileReport200JSONResponse(view), nil
}

// order makes of a request what the office is to compile.
func (s *Server) order(ctx context.Context, in *ReportOrder) (o archive.Request, err error) {
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

// period is what a report tells of, by the unit's letterhead. It is told as of
// today while its end lies ahead.
func (s *Server) period(ctx context.Context, in *ReportOrder) (p calendar.Period, err error) {
	switch {
	case in.Template == "":
		return p, invalid("template", "Cần chọn mẫu báo cáo.")
	case in.Type == "":
		return p, invalid("type", "Cần chọn loại báo cáo.")
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
			return p, invalid("toYear", "Nhiệm kỳ cần năm cuối không trước năm đầu, và dài tối đa 30 năm.")
		}
		p = l.Term(in.FromYear, in.ToYear)
	}
	switch {
	case year == 0:
		return p, invalid(field, noYear)
	case p.From > s.today():
		return p, invalid(field, "Kỳ báo cáo chưa bắt đầu.")
	}
	p.AsOf = min(p.AsOf, s.today())
	return p, nil
}
