package reminders

import (
	"context"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Deadline is a step of a petition as of a day.
type Deadline struct {
	calendar.Deadline
	Late bool // see [calendar.Deadline.Late]
	Near bool // its last day has passed or is within two working days, and it is open
	// Unsure tells that the holidays of the time were not entered: the day may
	// be later.
	Unsure bool
}

// Watch tells the deadlines of petitions as of one day.
type Watch struct {
	today    calendar.Day
	holidays calendar.Holidays
}

// Watch returns the watch of today.
func (m *Reminders) Watch(ctx context.Context) (*Watch, error) {
	holidays, err := m.options.WorkingDays(ctx)
	return &Watch{m.options.Clock.Today(), holidays}, err
}

// Deadlines returns the steps of a petition, and nothing of other records.
func (w *Watch) Deadlines(r *ledger.Record) []Deadline {
	if r.Kind != form.KindPetition {
		return nil
	}
	var list []Deadline
	for _, d := range petitionOf(r).Deadlines(w.holidays) {
		list = append(list, Deadline{
			Deadline: d, Late: d.Late(w.today), Unsure: !w.holidays.Knows(d.Due.Year()),
			Near: !d.Paused && d.Done == "" && w.today >= w.holidays.AddWorkingDays(d.Due, -soon),
		})
	}
	return list
}

// Left returns how many working days there are until a day, negative where it
// has passed.
func (w *Watch) Left(d calendar.Day) int { return w.holidays.WorkingDays(w.today, d) }

// Next returns the first last day of a step that is not done, or "".
func (w *Watch) Next(r *ledger.Record) calendar.Day {
	var next calendar.Day
	for _, d := range w.Deadlines(r) {
		if d.Done == "" && (next == "" || d.Due < next) {
			next = d.Due
		}
	}
	return next
}

// Late reports whether a step of a petition was done after its last day, or is
// not done though that day has passed.
func (w *Watch) Late(r *ledger.Record) bool {
	return slices.ContainsFunc(w.Deadlines(r), func(d Deadline) bool { return d.Late })
}
