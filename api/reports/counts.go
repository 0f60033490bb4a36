package reports

import (
	"bytes"
	"context"
	"fmt"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
)

// counts are numbers and lists of any days, without a report.
type counts struct {
	archive *archive.Archive
	late    func(context.Context) (archive.Late, error) // which petitions are late today
	access  *gate.AccessLog
}

// CountFigures implements the operation countFigures.
func (s *counts) CountFigures(ctx context.Context, request contract.CountFiguresRequestObject) (contract.CountFiguresResponseObject, error) {
	counts, err := s.count(ctx, request.Params.Unit, calendar.Day(request.Params.From), calendar.Day(request.Params.To))
	if err != nil {
		return nil, err
	}
	return contract.CountFigures200JSONResponse(*counts), nil
}

// ExportFigures implements the operation exportFigures.
func (s *counts) ExportFigures(ctx context.Context, request contract.ExportFiguresRequestObject) (contract.ExportFiguresResponseObject, error) {
	p := request.Params
	counts, err := s.count(ctx, p.Unit, calendar.Day(p.From), calendar.Day(p.To))
	if err != nil {
		return nil, err
	}
	book, name := counts.Workbook(), fmt.Sprintf("so-lieu-%s-%s-%s", codeOf(p.Unit), p.From, p.To)
	if p.Chart != "" {
		book, name = counts.ChartWorkbook(string(p.Chart)), name+"-"+string(p.Chart)
	}
	var body bytes.Buffer
	if err := paper.WriteXLSX(&body, book); err != nil {
		return nil, fmt.Errorf("write the figures of %s: %w", p.Unit, err)
	}
	return fileAnswer{gate.Download{Name: name + ".xlsx", Raw: gate.Raw{Body: body.Bytes(), Media: archive.XLSX.MediaType()}}}, nil
}

func (s *counts) count(ctx context.Context, unit ledger.UnitID, from, to calendar.Day) (*report.Counts, error) {
	if !gate.CallerOf(ctx).Reaches(unit) {
		return nil, problem.ErrNotFound
	}
	late, err := s.late(ctx)
	if err != nil {
		return nil, err
	}
	return s.archive.Count(ctx, unit, from, to, late)
}
