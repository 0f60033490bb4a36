package reports

import (
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/calendar"
)

// CountFigures implements the operation countFigures.
func (s *Reports) CountFigures(ctx context.Context, request contract.CountFiguresRequestObject) (contract.CountFiguresResponseObject, error) {
	p := request.Params
	if !gate.CallerOf(ctx).Reaches(p.Unit) {
		return nil, problem.ErrNotFound
	}
	watch, err := s.Office.Reminders.Watch(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := s.Office.Archive.Count(ctx, p.Unit, calendar.Day(p.From), calendar.Day(p.To), watch.Late)
	if err != nil {
		return nil, err
	}
	return contract.CountFigures200JSONResponse(*counts), nil
}
