package admin

import (
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/accounts"
)

// ListHolidays implements the operation listHolidays.
func (s *Admin) ListHolidays(ctx context.Context, _ contract.ListHolidaysRequestObject) (contract.ListHolidaysResponseObject, error) {
	list, err := s.Office.Holidays.List(ctx)
	answer := contract.ListHolidays200JSONResponse{Holidays: []contract.Holiday{}}
	for _, h := range list {
		answer.Holidays = append(answer.Holidays, contract.Holiday{Day: string(h.Day), Name: h.Name, Works: h.Works})
	}
	return answer, err
}

// SetHoliday implements the operation setHoliday.
func (s *Admin) SetHoliday(ctx context.Context, request contract.SetHolidayRequestObject) (contract.SetHolidayResponseObject, error) {
	if !gate.CallerOf(ctx).ManagesAll() {
		return nil, problem.ErrNotFound
	}
	h := calendar.Holiday{Day: calendar.Day(request.Day), Name: accounts.TidyName(request.Body.Name), Works: request.Body.Works}
	if err := accounts.CheckName(h.Name); err != nil {
		return nil, err
	}
	err := s.Office.Holidays.Set(ctx, h)
	return contract.SetHoliday200JSONResponse{Day: request.Day, Name: h.Name, Works: h.Works}, err
}

// RemoveHoliday implements the operation removeHoliday.
func (s *Admin) RemoveHoliday(ctx context.Context, request contract.RemoveHolidayRequestObject) (contract.RemoveHolidayResponseObject, error) {
	if !gate.CallerOf(ctx).ManagesAll() {
		return nil, problem.ErrNotFound
	}
	return contract.RemoveHoliday204Response{}, s.Office.Holidays.Remove(ctx, calendar.Day(request.Day))
}
