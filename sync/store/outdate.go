package store

import (
	"context"
	"errors"

	"github.com/sothon/sothon/sync/ledger"
)

// rowsVersion grows when the same record gives another row: when forms search,
// sort or compare by something else, or the tables of golang.org/x/text change.
const rowsVersion = 3

// projectedBy tells what made the projections in a database.
type projectedBy struct {
	Rows  int          `json:"rows"`
	Rules ledger.Rules `json:"rules"`
}

// outdate makes anew what another version of the program has projected, and
// notes that this one did. Cut off, it begins again.
func (s *Store) outdate(ctx context.Context, ids []ledger.UnitID) error {
	const id = "projections"
	table := NewTable[projectedBy](s.backend, "versions")
	now := projectedBy{rowsVersion, ledger.RulesCurrent}
	was, err := table.Get(ctx, id)
	missing := errors.Is(err, ErrNotFound)
	if err != nil && !missing || err == nil && was.Value == now {
		return err
	}
	for _, unit := range ids {
		if err := s.reproject(ctx, unit); err != nil {
			return err
		}
	}
	if missing {
		_, err = table.Add(ctx, id, now)
	} else {
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
	if err := s.backend.Unproject(ctx, id); err != nil {
		return err
	}
	u, err := s.unit(ctx, id)
	if err != nil {
		return err
	}
	u.fold.Lock()
	u.projected = ledger.Head{}
	for r := range u.state.Records() {
		u.dirty[r.ID] = r.Seq
	}
	for l := range u.state.Lines() {
		u.moved[lineName{l.Device, l.Epoch}] = struct{}{}
	}
	u.fold.Unlock()
	return u.project(ctx)
}
