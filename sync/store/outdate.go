package store

import (
	"context"
	"errors"

	"github.com/sothon/sothon/sync/ledger"
)

// rowsVersion grows when the same record gives another row: when forms search,
// sort or compare by something else, or the tables of golang.org/x/text change;
// and when lines are stored otherwise.
const rowsVersion = 6

// projectedBy tells what made the projections in a database.
type projectedBy struct {
	Rows  int          `json:"rows"`
	Rules ledger.Rules `json:"rules"`
}

const versionsID = "projections"

// outdated reports whether the rows in the database were made by another
// version of the program. An empty database is not.
func (s *Store) outdated(ctx context.Context) (bool, error) {
	was, err := NewTable[projectedBy](s.backend, "versions").Get(ctx, versionsID)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return err == nil && was.Value != projectedBy{rowsVersion, ledger.RulesCurrent}, err
}

// noteVersion notes that this version of the program made the rows. Cut off
// before that, they are made again at the next start.
func (s *Store) noteVersion(ctx context.Context) error {
	table := NewTable[projectedBy](s.backend, "versions")
	now := projectedBy{rowsVersion, ledger.RulesCurrent}
	was, err := table.Get(ctx, versionsID)
	switch {
	case errors.Is(err, ErrNotFound):
		_, err = table.Add(ctx, versionsID, now)
	case err == nil && was.Value != now:
		was.Value = now
		_, err = table.Replace(ctx, was)
	}
	if errors.Is(err, ErrTaken) || errors.Is(err, ErrVersion) {
		return nil // another server was first
	}
	return err
}

// reproject writes all of a unit's rows and lines again. A server of the other
// version may be projecting too; so it does not rely on what is there.
func (s *Store) reproject(ctx context.Context, id ledger.UnitID) error {
	u, err := s.unit(ctx, id)
	if err != nil {
		return err
	}
	if err := u.unproject(ctx); err != nil {
		return err
	}
	return u.project(ctx)
}

// unproject removes a unit's rows and lines, all of which are to be written
// again. No projection is under way meanwhile: one that began before would note
// that all is written.
func (u *unit) unproject(ctx context.Context) error {
	u.projecting.Lock()
	defer u.projecting.Unlock()
	u.fold.Lock()
	u.setProjected(ledger.Head{})
	u.parts = map[lineName]int{}
	for r := range u.state.Records() {
		u.dirty[r.ID] = r.Seq
	}
	for l := range u.state.Lines() {
		u.moved[lineName{l.Device, l.Epoch}] = struct{}{}
	}
	u.fold.Unlock()
	return u.store.backend.Unproject(ctx, u.id)
}
