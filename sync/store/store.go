// Package store is the host of the ledgers: it appends what phones push, folds
// it, projects the folds for lists, and answers what has changed.
//
// # A push
//
// [Store.Append] puts a batch into its unit's queue. One goroutine per unit
// drains the queue (group commit): it reads commits that other servers wrote,
// answers ops that are already in the ledger from their stored verdicts,
// decides the verdicts of the rest, and inserts one commit. The insert is the
// commit point: from there on nothing is lost, whatever crashes. If the id was
// taken, or the outcome is unknown, it reads who stands there and begins again.
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
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Options are what a store needs from outside. All are required but the hooks.
type Options struct {
	Now    func() time.Time
	Random io.Reader // salts and log identities; crypto/rand outside of simulations
	// Location is where "today" is, for dates in the future.
	Location *time.Location
	// MaxRecords bounds the records kept folded in memory, over all units.
	MaxRecords int
	// MaxRow bounds a stored record, in bytes. One that is larger is set aside:
	// see [ErrSetAside]. Zero is 12 MiB; MongoDB takes 16.
	MaxRow int
	// Deadline bounds the attempts to commit one group of batches.
	Deadline time.Duration

	// A unit's lists are brought up to its ledger when ProjectAfter has passed
	// and no batch is under way, and at the latest after ProjectWithin: what
	// changes again meanwhile is written once. Who reads the lists does not
	// wait for it. Zero means at once.
	ProjectAfter, ProjectWithin time.Duration

	// Go starts background work, and Pause waits before work is tried again;
	// nil means a goroutine and a timer. A simulation gives others, and with
	// them a store does everything in its caller's goroutine.
	Go    func(func())
	Pause func(context.Context, time.Duration) error

	// Erasing is called before an erasure changes commits, with all that hold
	// something of the record, and Erased when the lists no longer show what was
	// erased from a unit: what is kept elsewhere goes with it. An error of Erasing
	// puts the erasure off. Both may be nil.
	Erasing func(context.Context, ledger.UnitID, ledger.Erasure, []*ledger.Commit) error
	Erased  func(context.Context, ledger.UnitID)

	Committed func(Committed)            // hook for metrics; may be nil
	Failed    func(ledger.UnitID, error) // hook for logs: background work that will be tried again; may be nil
}

// Committed tells the hook about one commit.
type Committed struct {
	Unit       ledger.UnitID
	Batches    int
	Ops        int
	Conflicts  int
	Duplicates int
	Rejected   int
	Took       time.Duration
}

// Store serves ledgers from a backend.
type Store struct {
	backend Backend
	opts    Options

	mu     sync.Mutex
	units  map[ledger.UnitID]*unit
	used   uint64 // a clock for the least recently used unit
	closed bool

	recovery recovery

	appending atomic.Int64  // batches under way
	stirred   atomic.Uint64 // how often phones came: pushes, and pulls that got something

	// projectors and loads bound the units that are projected and loaded at
	// once, for each has its rows in memory meanwhile. They are nil where
	// Options.Go may run one within another.
	projectors, loads chan struct{}

	background sync.WaitGroup  // drains and projections under way
	ctx        context.Context //nolint:containedctx // Of what works in the background, for no caller.
	cancel     context.CancelFunc
	closing    context.Context //nolint:containedctx // Ends when Close begins.
	close      context.CancelFunc
}

// One waits for the database, and one computes.
const maxProjectors, maxLoads = 2, 2

// ErrClosed is returned once the store is shutting down.
var ErrClosed = errors.New("the store is closed")

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
	s := &Store{backend: backend, units: map[ledger.UnitID]*unit{}}
	if opts.Go == nil {
		s.projectors, s.loads = make(chan struct{}, maxProjectors), make(chan struct{}, maxLoads)
		opts.Go = func(work func()) { go work() }
	}
	if opts.Pause == nil {
		opts.Pause = pause
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
	s.opts = opts
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.closing, s.close = context.WithCancel(s.ctx)
	return s
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Backend returns the database, for documents and health.
func (s *Store) Backend() Backend { return s.backend }

// BeginClose tells that Close will follow: pulls that wait for news are
// answered, and lists are no longer kept waiting for a calm moment.
func (s *Store) BeginClose() { s.close() }

// Closing is closed by BeginClose and Close: answers that wait end then.
func (s *Store) Closing() <-chan struct{} { return s.closing.Done() }

// Close takes no more batches, commits and projects those it took, and
// returns when that is done or ctx ends.
func (s *Store) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.close()
	done := make(chan struct{})
	go func() {
		s.background.Wait()
		close(done)
	}()
	defer s.cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the store: %w", ctx.Err())
	}
}

// QueueDepth counts the batches that wait for their commit.
func (s *Store) QueueDepth() int {
	n := 0
	for _, u := range s.open() {
		u.mu.Lock()
		n += len(u.queue)
		u.mu.Unlock()
	}
	return n
}

// ProjectionLag counts the commits that are not projected yet.
func (s *Store) ProjectionLag() int {
	n := 0
	for _, u := range s.open() {
		n += u.lag()
	}
	return n
}

func (s *Store) open() []*unit {
	s.mu.Lock()
	defer s.mu.Unlock()
	units := make([]*unit, 0, len(s.units))
	for _, u := range s.units {
		units = append(units, u)
	}
	return units
}

// unit returns a unit's fold, loaded. The caller must know that the unit
// exists: an empty ledger is no proof.
func (s *Store) unit(ctx context.Context, id ledger.UnitID) (*unit, error) {
	s.mu.Lock()
	u := s.units[id]
	if u == nil {
		u = newUnit(s, id)
		s.units[id] = u
	}
	s.used++
	u.used = s.used
	s.mu.Unlock()
	if err := u.load(ctx); err != nil {
		return nil, err
	}
	s.evict(u)
	return u, nil
}

// evict drops the folds used longest ago until the rest fits. A unit with work
// under way stays. It waits for no unit: while it holds mu, nobody is served.
func (s *Store) evict(keep *unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, u := range s.units {
		total += int(u.size.Load())
	}
	for total > s.opts.MaxRecords {
		var oldest *unit
		for _, u := range s.units {
			if u != keep && u.size.Load() > 0 && (oldest == nil || u.used < oldest.used) && u.idle() {
				oldest = u
			}
		}
		if oldest == nil {
			return
		}
		total -= int(oldest.size.Load())
		delete(s.units, oldest.id)
	}
}

// begin counts background work in, unless the store is closed.
func (s *Store) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.background.Add(1)
	return nil
}
