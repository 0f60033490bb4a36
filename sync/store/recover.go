package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
)

// recovery brings the lists up to the ledgers after a start: where a projection
// was cut off, or was made by a version of the program that made others. It
// goes on in the background while the store serves. A unit whose lists somebody
// reads comes first.
type recovery struct {
	mu       sync.Mutex
	begun    bool                       // guarded by mu
	pending  map[ledger.UnitID]struct{} // guarded by mu: not looked at yet
	failed   map[ledger.UnitID]error    // guarded by mu: what the last look met
	total    int                        // guarded by mu
	outdated bool                       // guarded by mu: all rows are of another version
}

// maxRecovering bounds the units that are looked at at once. Each waits for a
// sure read, which costs MongoDB a round of its nodes, and nobody else anything.
const maxRecovering = 16

// BeginRecovery lists the ledgers that are to be looked at. It is called once at
// start, before anything is served, and asks the database a few questions,
// however many ledgers there are.
func (s *Store) BeginRecovery(ctx context.Context) error {
	ids, err := s.backend.Ledgers(ctx)
	if err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	outdated, err := s.outdated(ctx)
	if err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	r := &s.recovery
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun, r.total, r.outdated = true, len(ids), outdated
	r.pending, r.failed = map[ledger.UnitID]struct{}{}, map[ledger.UnitID]error{}
	for _, id := range ids {
		r.pending[id] = struct{}{}
	}
	return nil
}

// Recover looks at every ledger that is left to be looked at. A unit that fails
// holds up no other; the error joins what is left, and a further call tries
// those again.
func (s *Store) Recover(ctx context.Context) error {
	s.recovery.mu.Lock()
	begun := s.recovery.begun
	s.recovery.mu.Unlock()
	if !begun {
		if err := s.BeginRecovery(ctx); err != nil {
			return err
		}
	}
	ids := s.recovery.left()
	if s.loads == nil { // a simulation does everything in one goroutine
		for _, id := range ids {
			s.recoverUnit(ctx, id)
		}
	} else {
		queue := make(chan ledger.UnitID)
		var workers sync.WaitGroup
		for range maxRecovering {
			workers.Go(func() {
				for id := range queue {
					s.recoverUnit(ctx, id)
				}
			})
		}
		for _, id := range ids {
			queue <- id
		}
		close(queue)
		workers.Wait()
	}
	if err := s.recovery.err(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	return s.noteVersion(ctx)
}

// recoverUnit looks at one ledger, unless that was done meanwhile.
func (s *Store) recoverUnit(ctx context.Context, id ledger.UnitID) {
	r := &s.recovery
	r.mu.Lock()
	_, pending := r.pending[id]
	outdated := r.outdated
	r.mu.Unlock()
	if !pending || ctx.Err() != nil {
		return
	}
	err := s.bringUp(ctx, id, outdated)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed[id] = err
		return
	}
	delete(r.pending, id)
	delete(r.failed, id)
}

// bringUp makes a unit's lists what its ledger says.
func (s *Store) bringUp(ctx context.Context, id ledger.UnitID, outdated bool) error {
	if outdated {
		return s.reproject(ctx, id)
	}
	projected, err := s.backend.Projected(ctx, id)
	if err != nil {
		return err
	}
	// A plain read may be older than the ledger's last commits, which nobody
	// might ask for again.
	head, err := s.backend.Head(ctx, id)
	if err != nil || head == projected {
		return err
	}
	u, err := s.unit(ctx, id)
	if err != nil {
		return err
	}
	u.fold.Lock()
	if u.state != nil && u.state.Head().Seq < head.Seq { // loaded by plain reads
		err = u.catchUpSurely(ctx)
	}
	u.fold.Unlock()
	if err != nil {
		return err
	}
	if err := u.project(ctx); !errors.Is(err, errRefused) {
		return err
	}
	return nil
}

// left are the units that are still to be looked at, in order.
func (r *recovery) left() []ledger.UnitID {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]ledger.UnitID, 0, len(r.pending))
	for id := range r.pending {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b ledger.UnitID) int { return cmp.Compare(a, b) })
	return ids
}

// err joins what stands in the way of the units that are left.
func (r *recovery) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []error
	for id, err := range r.failed {
		all = append(all, fmt.Errorf("%s: %w", id, err))
	}
	return errors.Join(all...)
}

// isLeft reports whether a unit is still to be looked at.
func (r *recovery) isLeft(id ledger.UnitID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, pending := r.pending[id]
	return pending
}

// distrusts reports whether another version of the program made a unit's rows,
// as far as is known: they may lack what this one stores.
func (r *recovery) distrusts(id ledger.UnitID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, pending := r.pending[id]
	return r.outdated && pending
}

// Condition is the state of the store, for its operators.
type Condition struct {
	Left, Ledgers int                                 // ledgers whose lists are still to be looked at after the start, of all
	Aside         map[ledger.UnitID][]ledger.RecordID // records that lists show as they were before: see [ErrSetAside]
	Full          bool                                // the database has just refused a write for want of room: see [WatchRoom]
}

// Condition tells how far the recovery is, and what is set aside.
func (s *Store) Condition() Condition {
	s.recovery.mu.Lock()
	c := Condition{Left: len(s.recovery.pending), Ledgers: s.recovery.total, Aside: map[ledger.UnitID][]ledger.RecordID{}}
	s.recovery.mu.Unlock()
	if room, watched := s.backend.(*Room); watched {
		c.Full = room.Full()
	}
	for _, u := range s.open() {
		if list := u.setAside(); len(list) > 0 {
			c.Aside[u.id] = list
		}
	}
	return c
}
