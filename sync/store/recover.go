package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
)

// lists brings the lists up to the ledgers: before somebody reads them, and all
// of them after a start, where a projection was cut off, or was made by a version
// of the program that made others. That goes on in the background while the store
// serves. A unit whose lists somebody reads comes first.
type lists struct {
	host *host
	pool *pool
	left *unrecovered
}

// maxRecovering bounds the units that are looked at at once. Each waits for a
// sure read, which costs MongoDB a round of its nodes, and nobody else anything.
const maxRecovering = 16

// BeginRecovery lists the ledgers that are to be looked at. It is called once at
// start, before anything is served, and asks the database a few questions,
// however many ledgers there are.
func (l *lists) BeginRecovery(ctx context.Context) error {
	ids, err := l.host.backend.Ledgers(ctx)
	if err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	isOutdated, err := outdated(ctx, l.host.backend)
	if err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	l.left.begin(ids, isOutdated)
	return nil
}

// Recover looks at every ledger that is left to be looked at. A unit that fails
// holds up no other; the error joins what is left, and a further call tries
// those again.
func (l *lists) Recover(ctx context.Context) error {
	if !l.left.hasBegun() {
		if err := l.BeginRecovery(ctx); err != nil {
			return err
		}
	}
	ids := l.left.list()
	if l.host.loads == nil { // a simulation does everything in one goroutine
		for _, id := range ids {
			l.recoverUnit(ctx, id)
		}
	} else {
		queue := make(chan ledger.UnitID)
		var workers sync.WaitGroup
		for range maxRecovering {
			workers.Go(func() {
				for id := range queue {
					l.recoverUnit(ctx, id)
				}
			})
		}
		for _, id := range ids {
			queue <- id
		}
		close(queue)
		workers.Wait()
	}
	if err := l.left.err(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	return noteVersion(ctx, l.host.backend)
}

// recoverUnit looks at one ledger, unless that was done meanwhile. It is done
// once at a time: lists that were just made would be emptied to be made again.
func (l *lists) recoverUnit(ctx context.Context, id ledger.UnitID) {
	if l.left.start(ctx, id) {
		l.left.done(id, l.bringUp(ctx, id))
	}
}

// bringUp makes a unit's lists what its ledger says. A plain read may be older
// than the ledger's last commits, which nobody might ask for again.
func (l *lists) bringUp(ctx context.Context, id ledger.UnitID) error {
	again := l.left.isOutdated(id)
	if !again {
		projected, err := l.host.backend.Projected(ctx, id)
		if err != nil {
			return err
		}
		head, err := l.host.backend.Head(ctx, id)
		if err != nil || head == projected {
			return err
		}
	}
	u, err := l.pool.unit(ctx, id)
	if err != nil {
		return err
	}
	err = u.fold.refreshSurely(ctx)
	if err == nil && again {
		// A server of the other version may be projecting too: nothing of what is
		// there is relied on.
		err = u.projector.unproject(ctx)
	}
	if err != nil {
		return err
	}
	if err := u.projector.project(ctx, true); !settles(err) {
		return err
	}
	return nil // what is left is named
}

// ErrLagging is returned when the lists of a unit could not be brought up to
// its ledger in time.
var ErrLagging = errors.New("the lists are not up to date")

// Settle waits until the lists show what this server has committed to the
// units, so that a person sees a decision right after making it.
func (l *lists) Settle(ctx context.Context, units []ledger.UnitID) error {
	for _, id := range units {
		if l.left.has(id) { // it comes first
			l.recoverUnit(ctx, id)
		}
		u := l.pool.inUse(id)
		if u == nil || u.lag() == 0 {
			continue
		}
		if err := u.projector.project(ctx, false); err != nil && !settles(err) {
			return fmt.Errorf("%w: %w", ErrLagging, err)
		}
	}
	return nil
}
