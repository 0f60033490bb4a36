package api

import (
	"context"

	"github.com/sothon/sothon/jobs/calendar"
)

// ListHolidays implements the operation listHolidays.
func (s *Server) ListHolidays(ctx context.Context, _ ListHolidaysRequestObject) (ListHolidaysResponseObject, error) {
	list, err := s.Office.Holidays.List(ctx)
	answer := ListHolidays200JSONResponse{Holidays: []Holiday{}}
	for _, h := range list {
		answer.Holidays = append(answer.Holidays, Holiday{Day: string(h.Day), Name: h.Name, Works: h.Works})
	}
	return answer, err
}

// SetHoliday implements the operation setHoliday.
func (s *Server) SetHoliday(ctx context.Context, request SetHolidayRequestObject) (SetHolidayResponseObject, error) {
	if !callerOf(ctx).managesAll() {
		return nil, errNotFound
	}
	h := calendar.Holiday{Day: calendar.Day(request.Day), Name: tidy(request.Body.Name), Works: request.Body.Works}
	if err := checkName(h.Name); err != nil {
		return nil, err
	}
	err := s.Office.Holidays.Set(ctx, h)
	return SetHoliday200JSONResponse{Day: request.Day, Name: h.Name, Works: h.Works}, err
}

// RemoveHoliday implements the operation removeHoliday.
func (s *Server) RemoveHoliday(ctx context.Context, request RemoveHolidayRequestObject) (RemoveHolidayResponseObject, error) {
	if !callerOf(ctx).managesAll() {
		return nil, errNotFound
	}
	return RemoveHoliday204Response{}, s.Office.Holidays.Remove(ctx, calendar.Day(request.Day))
}
