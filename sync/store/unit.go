package store

import (
	"github.com/sothon/sothon/sync/ledger"
)

// unit is one ledger being served. What is pushed goes through its parts in one
// direction:
//
//	queue → committer → fold → backlog → projector
//
// The queue holds the batches that wait, and the committer makes commits of
// them. The fold is the ledger in memory, from which pulls are answered. The
// backlog holds what changed in the fold and is not in the lists yet, and the
// projector writes that. The loader fills the fold, and with it the backlog,
// before any of this begins.
//
// # Locks
//
// A goroutine that holds one of these takes only those below it:
//
//	projector.busy  one projection at a time; held while the database writes lists
//	fold.mu         held while commits are read, never while one is written
//	backlog.mu      held for a moment, and for no call of the database
//
// The other locks of the package are held for a moment each, and while they are
// nobody waits for another: pool.mu (a queue that is locked counts as busy),
// queue.mu, unrecovered.mu, background.mu.
type unit struct {
	id   ledger.UnitID
	used uint64 // guarded by pool.mu

	loader    loader
	committer committer
	fold      fold
	backlog   backlog
	projector projector
}

func newUnit(h *host, left *unrecovered, id ledger.UnitID) *unit {
	u := &unit{id: id}
	u.fold = fold{id: id, log: h.backend, now: h.opts.Now, backlog: &u.backlog}
	u.backlog = backlog{wake: func() { h.background.run(u.projector.run) }}
	u.loader = loader{host: h, left: left, fold: &u.fold}
	u.committer = committer{host: h, fold: &u.fold}
	u.projector = projector{host: h, unit: id, fold: &u.fold, backlog: &u.backlog, busy: make(chan struct{}, 1)}
	return u
}

// idle reports whether nothing is under way, so that the fold may be dropped.
func (u *unit) idle() bool { return u.committer.queue.idle() && u.lag() == 0 }

// lag counts the commits that are folded and not projected yet. It takes no
// lock: the holder of the fold's may be waiting for the database.
func (u *unit) lag() int {
	covered := u.backlog.covered.Load()        // first: it grows no further than what is folded, or falls to zero
	return int(u.fold.folded.Load() - covered) // below zero where a load started over in between: not idle
}
