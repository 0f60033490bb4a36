package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// host is what the parts of a store share.
type host struct {
	backend    Backend
	opts       Options
	background *background
	traffic    traffic

	// projectors and loads bound the units that are projected and loaded at
	// once, for each has its rows in memory meanwhile. They are nil where
	// Options.Go may run one within another.
	projectors, loads *turns

	projected projected
}

// projected counts what was projected, and keeps for each unit the count at its
// last time.
type projected struct {
	mu    sync.Mutex
	count uint64                   // guarded by mu
	last  map[ledger.UnitID]uint64 // guarded by mu
}

func (p *projected) note(unit ledger.UnitID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	p.last[unit] = p.count
}

// Projections is a number that grows whenever this server has brought the lists of
// one of the units further: an answer that was made of them is as new as it.
func (s *Store) Projections(units []ledger.UnitID) uint64 {
	p := &s.host.projected
	p.mu.Lock()
	defer p.mu.Unlock()
	var newest uint64
	for _, unit := range units {
		newest = max(newest, p.last[unit])
	}
	return newest
}

const (
	// One waits for the database, and one computes.
	maxProjectors, maxLoads = 2, 2
	// maxSlowLoads leaves phones a few while the recovery has as many as it ever has.
	maxSlowProjectors, maxSlowLoads = 4, maxRecovering + 8
	// slowAfter is how long work is waited for.
	slowAfter = 5 * time.Second
)

// turns bounds how many work at once. Work that takes longer than slowAfter may be
// waiting for a database that does not answer: it goes on as slow work, and the
// next has its turn. Slow work is bounded too. Nil bounds nothing.
type turns struct {
	quick, slow chan struct{}
	pause       func(context.Context, time.Duration) error
}

func newTurns(quick, slow int, pause func(context.Context, time.Duration) error) *turns {
	return &turns{make(chan struct{}, quick), make(chan struct{}, slow), pause}
}

// acquire waits for a turn, and returns what ends it.
func (t *turns) acquire(ctx context.Context) (release func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	select {
	case t.quick <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	working, end := context.WithCancel(context.WithoutCancel(ctx)) // what ctx ends may take a while to notice
	held := make(chan chan struct{}, 1)
	go func() { held <- t.outlast(working) }()
	return func() {
		end()
		<-<-held
	}, nil
}

// outlast watches work that has a turn until it ends, and returns the channel that
// it holds a place in by then.
func (t *turns) outlast(working context.Context) chan struct{} {
	if t.pause(working, slowAfter) != nil {
		return t.quick
	}
	select {
	case t.slow <- struct{}{}:
		<-t.quick
		return t.slow
	case <-working.Done():
		return t.quick
	}
}

// background is the work that goes on behind the callers of a store: commits
// and projections.
type background struct {
	start func(func()) // Options.Go

	mu      sync.Mutex
	closed  bool          // guarded by mu
	working int           // guarded by mu: what began and has not ended
	ended   chan struct{} // closed once nothing works and nothing begins any more

	ctx     context.Context //nolint:containedctx // Of what works in the background, for no caller.
	cancel  context.CancelFunc
	closing context.Context //nolint:containedctx // Ends when a close begins.

	beginClose context.CancelFunc
}

func newBackground(start func(func())) *background {
	b := &background{start: start, ended: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.closing, b.beginClose = context.WithCancel(b.ctx)
	return b
}

// begin counts in what its caller does until it calls end, unless the store is
// closed.
func (b *background) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	b.working++
	return nil
}

func (b *background) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.working--
	if b.closed && b.working == 0 {
		close(b.ended)
	}
}

// run starts work, which calls end when it is done. What was begun before the store
// closed may start more; after it, a reader that comes upon work leaves it to the
// next start.
func (b *background) run(work func()) {
	b.mu.Lock()
	idle := b.closed && b.working == 0
	if !idle {
		b.working++
	}
	b.mu.Unlock()
	if !idle {
		b.start(work)
	}
}

func (b *background) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// close lets nothing begin, and returns when all that began has ended or ctx
// ends.
func (b *background) close(ctx context.Context) error {
	b.mu.Lock()
	if !b.closed && b.working == 0 {
		close(b.ended)
	}
	b.closed = true
	b.mu.Unlock()
	b.beginClose()
	defer b.cancel()
	select {
	case <-b.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the store: %w", ctx.Err())
	}
}

// traffic counts what phones do: they go before lists.
type traffic struct {
	appending atomic.Int64  // batches under way
	visits    atomic.Uint64 // how often phones came: pushes, and pulls that got something
}

// calm waits before a projection: for ProjectAfter, and then until no phone has
// come for a moment and no batch is under way, but no longer than ProjectWithin.
// A store that closes goes on at once.
func (t *traffic) calm(closing context.Context, o *Options) {
	const look = 50 * time.Millisecond
	visits := t.visits.Load()
	for waited := time.Duration(0); waited < o.ProjectWithin; {
		d := look
		if waited == 0 {
			d = o.ProjectAfter
		} else if now := t.visits.Load(); now == visits && t.appending.Load() == 0 {
			return
		} else {
			visits = now
		}
		if o.Pause(closing, d) != nil {
			return
		}
		waited += d
	}
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
