package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// SpaceWatch is a database whose writes are watched for a full disk.
type SpaceWatch struct {
	Backend
	now  func() time.Time
	tell func(error)

	mu       sync.Mutex
	refused  time.Time // when a write was last refused for that; zero: never
	reported time.Time
}

// fullFor is how long a database counts as full after it refused a write. Small
// writes may fit meanwhile.
const fullFor = time.Minute

// WatchSpace watches the writes of a database. tell is called with an error that
// wraps [ErrFull] when it has no room, once a minute, however many writes fail.
func WatchSpace(db Backend, now func() time.Time, tell func(error)) *SpaceWatch {
	return &SpaceWatch{Backend: db, now: now, tell: tell}
}

// full reports whether the database has just refused a write because it is full.
func (r *SpaceWatch) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.within(r.refused)
}

// within reports whether a moment lies less than a minute back. One that lies
// ahead is of a clock that went back.
func (r *SpaceWatch) within(at time.Time) bool {
	age := r.now().Sub(at)
	return !at.IsZero() && 0 <= age && age < fullFor
}

// note looks at the outcome of a write.
func (r *SpaceWatch) note(err error) error {
	if !errors.Is(err, ErrFull) {
		return err
	}
	r.mu.Lock()
	silent := r.within(r.reported)
	r.refused = r.now()
	if !silent {
		r.reported = r.refused
	}
	r.mu.Unlock()
	if !silent {
		r.tell(err)
	}
	return err
}

// Insert implements [Log].
func (r *SpaceWatch) Insert(ctx context.Context, c *ledger.Commit) error {
	return r.note(r.Backend.Insert(ctx, c))
}

// Redact implements [Log].
func (r *SpaceWatch) Redact(ctx context.Context, stored []byte, c *ledger.Commit) error {
	return r.note(r.Backend.Redact(ctx, stored, c))
}

// Project implements [Projections].
func (r *SpaceWatch) Project(ctx context.Context, unit ledger.UnitID, p Projection) error {
	return r.note(r.Backend.Project(ctx, unit, p))
}

// Unproject implements [Projections].
func (r *SpaceWatch) Unproject(ctx context.Context, unit ledger.UnitID) error {
	return r.note(r.Backend.Unproject(ctx, unit))
}

// Add implements [Documents].
func (r *SpaceWatch) Add(ctx context.Context, collection string, d Document) error {
	return r.note(r.Backend.Add(ctx, collection, d))
}

// Replace implements [Documents].
func (r *SpaceWatch) Replace(ctx context.Context, collection string, d Document) error {
	return r.note(r.Backend.Replace(ctx, collection, d))
}

// Delete implements [Documents].
func (r *SpaceWatch) Delete(ctx context.Context, collection, id string) error {
	return r.note(r.Backend.Delete(ctx, collection, id))
}

// AddPiece implements [Pieces].
func (r *SpaceWatch) AddPiece(ctx context.Context, file string, offset int64, body []byte) error {
	return r.note(r.Backend.AddPiece(ctx, file, offset, body))
}

// DropPieces implements [Pieces].
func (r *SpaceWatch) DropPieces(ctx context.Context, file string) error {
	return r.note(r.Backend.DropPieces(ctx, file))
}
