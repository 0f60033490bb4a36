package archive

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// reportTable is the table of the reports.
type reportTable struct {
	table store.Table[Report]
	clock calendar.Clock
}

// get returns a report, or store.ErrNotFound.
func (k *reportTable) get(ctx context.Context, id string) (store.Stored[Report], error) {
	r, err := k.table.Get(ctx, id)
	if err == nil && r.Value.State == Dropped {
		return store.Stored[Report]{}, fmt.Errorf("report %s: %w", id, store.ErrNotFound)
	}
	return r, err
}

// change changes a report in a state, unless it has changed since a version.
func (k *reportTable) change(ctx context.Context, id string, version int64, state State, change func(*Report) error) (store.Stored[Report], error) {
	r, err := k.get(ctx, id)
	if err != nil {
		return r, err
	}
	switch {
	case r.Version != version:
		return r, store.ErrVersion
	case r.Value.State != state:
		return r, ErrState
	}
	if err := change(&r.Value); err != nil {
		return r, err
	}
	r.Value.Updated = ledger.MillisOf(k.clock.Now())
	return k.table.Replace(ctx, r)
}
