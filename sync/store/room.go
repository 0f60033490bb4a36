package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Room is a database that is watched for having no room left.
type Room struct {
	Backend
	now  func() time.Time
	tell func(error)

	mu      sync.Mutex
	refused time.Time // when a write was last refused for that; zero: never
	told    time.Time
}

// roomLife is how long a database counts as full after it refused a write. Small
// writes may fit meanwhile.
const roomLife = time.Minute

// WatchRoom watches the writes of a database. tell is called with an error that
// wraps [ErrFull] when it has no room, once a minute, however many writes fail.
func WatchRoom(db Backend, now func() time.Time, tell func(error)) *Room {
	return &Room{Backend: db, now: now, tell: tell}
}

// full reports whether the database has just refused a write because it is full.
func (r *Room) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.within(r.refused)
}

// within reports whether a moment lies less than a minute back. One that lies
// ahead is of a clock that went back.
func (r *Room) within(at time.Time) bool {
	age := r.now().Sub(at)
	return !at.IsZero() && 0 <= age && age < roomLife
}

// note looks at the outcome of a write.
func (r *Room) note(err error) error {
	if !errors.Is(err, ErrFull) {
		return err
	}
	r.mu.Lock()
	silent := r.within(r.told)
	r.refused = r.now()
	if !silent {
		r.told = r.refused
	}
	r.mu.Unlock()
	if !silent {
		r.tell(err)
	}
	return err
}

// Insert implements [Log].
func (r *Room) Insert(ctx context.Context, c *ledger.Commit) error {
	return r.note(r.Backend.Insert(ctx, c))
}

// Redact implements [Log].
func (r *Room) Redact(ctx context.Context, stored []byte, c *ledger.Commit) error {
	return r.note(r.Backend.Redact(ctx, stored, c))
}

// Project implements [Projections].
func (r *Room) Project(ctx context.Context, unit ledger.UnitID, p Projection) error {
	return r.note(r.Backend.Project(ctx, unit, p))
}

// Add implements [Documents].
func (r *Room) Add(ctx context.Context, collection string, d Document) error {
	return r.note(r.Backend.Add(ctx, collection, d))
}

// Replace implements [Documents].
func (r *Room) Replace(ctx context.Context, collection string, d Document) error {
	return r.note(r.Backend.Replace(ctx, collection, d))
}

// AddPiece implements [Pieces].
func (r *Room) AddPiece(ctx context.Context, file string, offset int64, body []byte) error {
	return r.note(r.Backend.AddPiece(ctx, file, offset, body))
}
