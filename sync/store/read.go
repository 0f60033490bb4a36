package store

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
)

// reader answers from the folds of units.
type reader struct {
	host *host
	pool *pool
}

// Head returns a unit's newest head, read from the ledger.
func (r *reader) Head(ctx context.Context, id ledger.UnitID) (ledger.Head, error) {
	f, err := r.pool.current(ctx, id)
	if err != nil {
		return ledger.Head{}, err
	}
	return f.head(), nil
}

// Epochs returns how far a unit's ledger has each epoch of a device, in order,
// of many the newest.
func (r *reader) Epochs(ctx context.Context, id ledger.UnitID, device ledger.DeviceID) ([]Through, error) {
	f, err := r.pool.current(ctx, id)
	if err != nil {
		return nil, err
	}
	return f.epochs(device), nil
}

// Record returns a record's merged state, or ErrNotFound.
func (r *reader) Record(ctx context.Context, id ledger.UnitID, record ledger.RecordID) (*ledger.Record, error) {
	f, err := r.pool.current(ctx, id)
	if err != nil {
		return nil, err
	}
	if found := f.record(record); found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("record %s of %s: %w", record, id, ErrNotFound)
}

// Records returns the merged state of records that there are. What a ledger has
// new is read once.
func (r *reader) Records(ctx context.Context, refs []ledger.Ref) (map[ledger.Ref]*ledger.Record, error) {
	found := map[ledger.Ref]*ledger.Record{}
	folds := map[ledger.UnitID]*fold{}
	for _, ref := range refs {
		f, ok := folds[ref.Unit]
		if !ok {
			var err error
			if f, err = r.pool.current(ctx, ref.Unit); err != nil {
				return nil, err
			}
			folds[ref.Unit] = f
		}
		if record := f.record(ref.Record); record != nil {
			found[ref] = record
		}
	}
	return found, nil
}
