package admin

import (
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
)

// ListHolidays implements the operation listHolidays.
func (s *timetable) ListHolidays(ctx context.Context, _ contract.ListHolidaysRequestObject) (contract.ListHolidaysResponseObject, error) {
	list, err := s.holidays.List(ctx)
	answer := contract.ListHolidays200JSONResponse{Holidays: []contract.Holiday{}}
	for _, h := range list {
		answer.Holidays = append(answer.Holidays, contract.Holiday{Day: string(h.Day), Name: h.Name, Works: h.Works})
	}
	return answer, err
}

// SetHoliday implements the operation setHoliday.
func (s *timetable) SetHoliday(ctx context.Context, request contract.SetHolidayRequestObject) (contract.SetHolidayResponseObject, error) {
	if !gate.CallerOf(ctx).ManagesAll() {
		return nil, problem.ErrNotFound
	}
	h := calendar.Holiday{Day: calendar.Day(request.Day), Name: form.Composed(request.Body.Name), Works: request.Body.Works}
	if err := accounts.CheckName(h.Name); err != nil {
		return nil, err
	}
	before, err := s.holiday(ctx, h.Day)
	if err != nil {
		return nil, err
	}
	if err := s.holidays.Set(ctx, h); err != nil {
		return nil, err
	}
	view := contract.Holiday{Day: request.Day, Name: h.Name, Works: h.Works}
	return contract.SetHoliday200JSONResponse(view), s.log.Add(ctx, "setHoliday", request.Day, nil, before, view)
}

// RemoveHoliday implements the operation removeHoliday.
func (s *timetable) RemoveHoliday(ctx context.Context, request contract.RemoveHolidayRequestObject) (contract.RemoveHolidayResponseObject, error) {
	if !gate.CallerOf(ctx).ManagesAll() {
		return nil, problem.ErrNotFound
	}
	before, err := s.holiday(ctx, calendar.Day(request.Day))
	if err != nil {
		return nil, err
	}
	if err := s.holidays.Remove(ctx, calendar.Day(request.Day)); err != nil {
		return nil, err
	}
	return contract.RemoveHoliday204Response{}, s.log.Add(ctx, "removeHoliday", request.Day, nil, before, nil)
}

// holiday returns the holiday of a day as the API shows it, nil where there is
// none.
func (s *timetable) holiday(ctx context.Context, day calendar.Day) (any, error) {
	list, err := s.holidays.List(ctx)
	for _, h := range list {
		if h.Day == day {
			return contract.Holiday{Day: string(h.Day), Name: h.Name, Works: h.Works}, err
		}
	}
	return nil, err
}
