// Package store is the host of the ledgers: it appends what phones push, folds
// it, projects the folds for lists, and answers what has changed.
//
// # A push
//
// [Store.Append] puts a batch into its unit's queue. One goroutine per unit
// drains the queue (group commit): it answers ops that are already in the ledger
// from their stored verdicts, decides the verdicts of the rest, and inserts one
// commit. The insert is the commit point: from there on nothing is lost, whatever
// crashes. If the id was taken, or the outcome is unknown, it reads what was
// committed there, of other servers too, and tries again. It does not read first:
// that the id was free proves that the fold was the whole ledger.
//
// # A pull
//
// [Store.Changes] answers from the unit's fold in memory, after reading what
// other servers wrote. A fold is always the whole of a prefix of its ledger, so
// a phone never misses a record.
//
// # The projection
//
// Behind the commits each unit's changed records are written as rows, and its
// head last. Rows serve the desk's lists and are the snapshot from which a
// server starts; they lose nothing when lost. A commit whose projection was cut
// off is projected at the next start ([Store.Recover]).
//
// Several servers on one database are correct. They meet at one place only,
// the insert of a commit's id, and one of them wins.
package store

import (
	"context"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Store serves ledgers from a backend. Its parts know nothing of one another
// but what New gives them.
type Store struct {
	*appender // takes what phones push
	*reader   // answers from the folds
	*history  // reads the ledgers themselves
	*lists    // brings the lists up to the ledgers

	host *host
	pool *pool
}

// New makes a store on a backend, which stays the caller's to close.
func New(backend Backend, opts Options) *Store {
	if opts.MaxRecords == 0 {
		opts.MaxRecords = 120_000
	}
	if opts.MaxRow == 0 {
		opts.MaxRow = 12 << 20
	}
	if opts.Deadline == 0 {
		opts.Deadline = 10 * time.Second
	}
	if opts.Pause == nil {
		opts.Pause = pause
	}
	h := &host{backend: backend, projected: projected{last: map[ledger.UnitID]uint64{}}}
	if opts.Go == nil {
		h.projectors, h.loads = newTurns(maxProjectors, maxSlowProjectors, opts.Pause), newTurns(maxLoads, maxSlowLoads, opts.Pause)
		opts.Go = func(work func()) { go work() }
	}
	if opts.Erasing == nil {
		opts.Erasing = func(context.Context, ledger.UnitID, ledger.Erasure, []*ledger.Commit) error { return nil }
	}
	if opts.Erased == nil {
		opts.Erased = func(context.Context, ledger.UnitID) {}
	}
	if opts.Committed == nil {
		opts.Committed = func(Committed) {}
	}
	if opts.Failed == nil {
		opts.Failed = func(ledger.UnitID, error) {}
	}
	h.opts, h.background = opts, newBackground(opts.Go)
	left := &unrecovered{}
	p := newPool(h, left)
	return &Store{
		appender: &appender{h, p}, reader: &reader{h, p}, history: &history{backend}, lists: &lists{h, p, left},
		host: h, pool: p,
	}
}

// Backend returns the database, for documents and health.
func (s *Store) Backend() Backend { return s.host.backend }

// Ready reports why the store cannot serve, or nil.
func (s *Store) Ready(ctx context.Context) error {
	if s.host.background.isClosed() {
		return ErrClosed
	}
	return s.host.backend.Ping(ctx)
}

// BeginClose announces Close: pulls that wait for changes are
// answered, and lists are no longer kept waiting for a calm moment.
func (s *Store) BeginClose() { s.host.background.beginClose() }

// Closing is closed by BeginClose and Close: answers that wait end then.
func (s *Store) Closing() <-chan struct{} { return s.host.background.closing.Done() }

// Close takes no more batches, commits and projects those it took, and
// returns when that is done or ctx ends.
func (s *Store) Close(ctx context.Context) error { return s.host.background.close(ctx) }

// QueueDepth counts the batches that wait for their commit.
func (s *Store) QueueDepth() int {
	n := 0
	for _, u := range s.pool.open() {
		n += u.committer.queue.len()
	}
	return n
}

// ProjectionLag counts the commits that are not projected yet.
func (s *Store) ProjectionLag() int {
	n := 0
	for _, u := range s.pool.open() {
		n += max(u.lag(), 0)
	}
	return n
}

// Condition is the state of the store, for its operators.
type Condition struct {
	Left, Ledgers int                                 // ledgers whose lists are still to be looked at after the start, of all
	Aside         map[ledger.UnitID][]ledger.RecordID // records that lists show as they were before: see [ErrSetAside]
	NotErased     map[ledger.UnitID]int               // orders of erasure that failed when they were last tried: see [ErrNotErased]
	Full          bool                                // the database has just refused a write because it is full: see [WatchSpace]
}

// Condition reports how far the recovery is, and what could not be done.
func (s *Store) Condition() Condition {
	c := Condition{Aside: map[ledger.UnitID][]ledger.RecordID{}, NotErased: map[ledger.UnitID]int{}}
	c.Left, c.Ledgers = s.lists.left.counts()
	if room, watched := s.host.backend.(*SpaceWatch); watched {
		c.Full = room.full()
	}
	for _, u := range s.pool.open() {
		if list := u.backlog.setAside(); len(list) > 0 {
			c.Aside[u.id] = list
		}
		if n := u.backlog.notErased(); n > 0 {
			c.NotErased[u.id] = n
		}
	}
	return c
}
