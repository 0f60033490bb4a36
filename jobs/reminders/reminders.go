// Package reminders tells reviewers which deadlines of petitions are near or
// over. Package calendar counts the days.
package reminders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Notice tells reviewers that a petition's deadline is near, or over.
type Notice struct {
	Unit   ledger.UnitID   `json:"unit"`
	Record ledger.RecordID `json:"record"`
	Step   calendar.Step   `json:"step"`
	Label  string          `json:"label"` // Vietnamese: what is to be done
	Law    string          `json:"law,omitempty"`
	Due    calendar.Day    `json:"due"`
	Late   bool            `json:"late"` // the day has passed
	// Unsure tells that the holidays of the time were not entered: the day may
	// be later.
	Unsure bool          `json:"unsure,omitempty"`
	At     ledger.Millis `json:"at"`
	Seen   []Sight       `json:"seen,omitempty"`
}

// Sight is who has seen a notice.
type Sight struct {
	By entry.Actor   `json:"by"`
	At ledger.Millis `json:"at"`
}

// soon is how many working days before its last day a step is noted.
const soon = 2

// Options are what reminders need.
type Options struct {
	Store *store.Store
	Clock calendar.Clock
	// WorkingDays tells the days on which offices work.
	WorkingDays func(context.Context) (calendar.Holidays, error)
}

// Reminders notes the deadlines of petitions.
type Reminders struct {
	options Options
	notices store.Table[Notice]
}

// New opens the reminders of a store.
func New(o Options) *Reminders {
	return &Reminders{options: o, notices: store.NewTable[Notice](o.Store.Backend(), "notices")}
}

// Remind notes the petitions whose deadlines are near or over, and says how many
// notices it made. Each step is noted once for each last day; a day that moves
// is another.
func (m *Reminders) Remind(ctx context.Context) (string, error) {
	holidays, err := m.options.WorkingDays(ctx)
	if err != nil {
		return "", err
	}
	units, err := m.options.Store.Backend().Ledgers(ctx)
	if err != nil {
		return "", err
	}
	today, noted := m.options.Clock.Today(), 0
	var errs []error
	for _, unit := range units {
		n, err := m.remindUnit(ctx, unit, today, holidays)
		noted += n
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", unit, err))
		}
	}
	return fmt.Sprintf("%d notices", noted), errors.Join(errs...)
}

func (m *Reminders) remindUnit(ctx context.Context, unit ledger.UnitID, today calendar.Day, holidays calendar.Holidays) (noted int, err error) {
	if err := m.deletePremature(ctx, unit); err != nil {
		return 0, err
	}
	if err := m.options.Store.Settle(ctx, []ledger.UnitID{unit}); err != nil {
		return 0, err
	}
	query := store.Query{Units: []ledger.UnitID{unit}, Kinds: []ledger.Kind{form.KindPetition}, Limit: 200}
	for {
		rows, err := m.options.Store.Backend().Query(ctx, query)
		if err != nil {
			return noted, err
		}
		for i := range rows {
			if rows[i].State == store.Removed || rows[i].State == store.Duplicate {
				continue
			}
			r, err := m.options.Store.Record(ctx, unit, rows[i].ID)
			if err != nil {
				return noted, err
			}
			n, err := m.remindOf(ctx, unit, r, today, holidays)
			noted += n
			if err != nil {
				return noted, err
			}
		}
		if len(rows) < query.Limit {
			return noted, nil
		}
		last := &rows[len(rows)-1]
		query.After = &store.Position{Updated: last.Updated, Unit: last.Unit, ID: last.ID}
	}
}

// deletePremature deletes the notices that a clock ahead has made. They are made
// again in their time.
func (m *Reminders) deletePremature(ctx context.Context, unit ledger.UnitID) error {
	list, err := m.notices.AllOf(ctx, string(unit)+".")
	if err != nil {
		return err
	}
	now := m.options.Clock.Now()
	for _, n := range list {
		if skew.Ahead(n.Value.At.Time(), now) {
			if err := m.notices.Delete(ctx, n.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Reminders) remindOf(ctx context.Context, unit ledger.UnitID, r *ledger.Record, today calendar.Day, holidays calendar.Holidays) (noted int, err error) {
	for _, d := range (&Watch{today, holidays}).Deadlines(r) {
		if !d.Near {
			continue
		}
		id := fmt.Sprintf("%s.%s.%s.%s.%t", unit, r.ID, d.Step, d.Due, d.Late)
		_, err := m.notices.Add(ctx, id, Notice{
			Unit: unit, Record: r.ID, Step: d.Step, Label: d.Label, Law: d.Law, Due: d.Due, Late: d.Late, Unsure: d.Unsure, At: ledger.MillisOf(m.options.Clock.Now()),
		})
		switch {
		case err == nil:
			noted++
		case !errors.Is(err, store.ErrTaken):
			return noted, err
		}
	}
	return noted, nil
}

// List returns the notices of units, the latest first. open leaves out those
// that somebody has seen.
func (m *Reminders) List(ctx context.Context, units []ledger.UnitID, open bool) ([]store.Stored[Notice], error) {
	var all []store.Stored[Notice]
	for _, unit := range units {
		list, err := m.notices.AllOf(ctx, string(unit)+".")
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			if !open || len(n.Value.Seen) == 0 {
				all = append(all, n)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b store.Stored[Notice]) int { return cmp.Compare(b.Value.At, a.Value.At) })
	return all, nil
}

// Get returns a notice.
func (m *Reminders) Get(ctx context.Context, id string) (store.Stored[Notice], error) {
	return m.notices.Get(ctx, id)
}

// See notes that somebody has seen a notice.
func (m *Reminders) See(ctx context.Context, id string, by entry.Actor) (store.Stored[Notice], error) {
	return m.notices.Update(ctx, id, func(n *Notice) error {
		if !slices.ContainsFunc(n.Seen, func(s Sight) bool { return s.By.User == by.User }) {
			n.Seen = append(n.Seen, Sight{By: by, At: ledger.MillisOf(m.options.Clock.Now())})
		}
		return nil
	})
}
