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

// unrecovered are the units whose lists are still to be looked at after a start.
type unrecovered struct {
	mu       sync.Mutex
	begun    bool                            // guarded by mu
	pending  map[ledger.UnitID]struct{}      // guarded by mu: not looked at yet
	failed   map[ledger.UnitID]error         // guarded by mu: what the last look met
	underway map[ledger.UnitID]chan struct{} // guarded by mu: looked at now; closed when that is over
	total    int                             // guarded by mu
	outdated bool                            // guarded by mu: all rows are of another version
}

// begin notes all units that a database has, and whether their rows are of
// another version of the program.
func (n *unrecovered) begin(ids []ledger.UnitID, outdated bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.begun, n.total, n.outdated = true, len(ids), outdated
	n.pending, n.failed, n.underway = map[ledger.UnitID]struct{}{}, map[ledger.UnitID]error{}, map[ledger.UnitID]chan struct{}{}
	for _, id := range ids {
		n.pending[id] = struct{}{}
	}
}

func (n *unrecovered) hasBegun() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.begun
}

// start waits until nobody looks at a unit, and reports whether it is still to be
// looked at. If so, nobody else does until done.
func (n *unrecovered) start(ctx context.Context, id ledger.UnitID) bool {
	for ctx.Err() == nil {
		n.mu.Lock()
		_, pending := n.pending[id]
		other := n.underway[id]
		if pending && other == nil {
			n.underway[id] = make(chan struct{})
		}
		n.mu.Unlock()
		if !pending || other == nil {
			return pending
		}
		select {
		case <-other:
		case <-ctx.Done():
		}
	}
	return false
}

// done notes the outcome of the look at a unit: nil ends it.
func (n *unrecovered) done(id ledger.UnitID, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.underway[id])
	delete(n.underway, id)
	if err != nil {
		n.failed[id] = err
		return
	}
	delete(n.pending, id)
	delete(n.failed, id)
}

// counts returns how many are left, of all.
func (n *unrecovered) counts() (left, all int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.pending), n.total
}

// list returns them in order.
func (n *unrecovered) list() []ledger.UnitID {
	n.mu.Lock()
	defer n.mu.Unlock()
	ids := make([]ledger.UnitID, 0, len(n.pending))
	for id := range n.pending {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b ledger.UnitID) int { return cmp.Compare(a, b) })
	return ids
}

// err joins what stands in the way of the units that are left.
func (n *unrecovered) err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []error
	for id, err := range n.failed {
		all = append(all, fmt.Errorf("%s: %w", id, err))
	}
	return errors.Join(all...)
}

// has reports whether a unit is still to be looked at.
func (n *unrecovered) has(id ledger.UnitID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, pending := n.pending[id]
	return pending
}

// isOutdated reports whether another version of the program made a unit's rows,
// as far as is known: they may lack what this one stores.
func (n *unrecovered) isOutdated(id ledger.UnitID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, pending := n.pending[id]
	return n.outdated && pending
}
