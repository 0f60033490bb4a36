// Package holidays keeps the days off and the days worked instead, which the
// government decides year by year. Package calendar counts with them.
package holidays

import (
	"context"
	"errors"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// Book holds the holidays of all units of a database.
type Book struct {
	days store.Table[calendar.Holiday]
}

// New opens the book of a database.
func New(d store.Documents) *Book {
	return &Book{days: store.NewTable[calendar.Holiday](d, "holidays")}
}

// Set enters a day off, or a day worked instead of one. It replaces an earlier
// entry of the same day.
func (b *Book) Set(ctx context.Context, h calendar.Holiday) error {
	h.Name = form.OneLine(h.Name)
	if n := len([]rune(h.Name)); n < 1 || n > 200 {
		return &entry.Invalid{Field: "name", Message: "Tên ngày nghỉ cần từ 1 đến 200 ký tự."}
	}
	if !h.Day.Valid() {
		return &entry.Invalid{Field: "day", Message: "Ngày không đúng, cần dạng năm-tháng-ngày."}
	}
	_, err := b.days.Add(ctx, string(h.Day), h)
	if errors.Is(err, store.ErrTaken) {
		_, err = b.days.Update(ctx, string(h.Day), func(old *calendar.Holiday) error {
			*old = h
			return nil
		})
	}
	return err
}

// Remove deletes a day's entry.
func (b *Book) Remove(ctx context.Context, d calendar.Day) error {
	return b.days.Delete(ctx, string(d))
}

// List returns the entries by day.
func (b *Book) List(ctx context.Context) ([]calendar.Holiday, error) {
	all, err := b.days.All(ctx)
	list := make([]calendar.Holiday, len(all))
	for i := range all {
		list[i] = all[i].Value
	}
	return list, err
}

// WorkingDays returns the entries as the calendar counts with them.
func (b *Book) WorkingDays(ctx context.Context) (calendar.Holidays, error) {
	list, err := b.List(ctx)
	if err != nil {
		return calendar.Holidays{}, err
	}
	return calendar.NewHolidays(list)
}
