package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// projector writes a unit's backlog into the lists.
type projector struct {
	host    *host
	unit    ledger.UnitID
	fold    *fold
	backlog *backlog

	busy      chan struct{} // holds one element during a projection: one at a time
	failures  int           // guarded by busy: projections that failed one after another
	notErased int           // guarded by busy: orders of erasure that failed when they were last tried
}

// acquire waits for its turn to project, and returns what ends it.
func (p *projector) acquire(ctx context.Context) (release func(), err error) {
	select {
	case p.busy <- struct{}{}:
		return func() { <-p.busy }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("another projection of %s is under way: %w", p.unit, ctx.Err())
	}
}

// run projects, when phones leave time for it, until nothing is left. What remains
// when the store closes is projected after the next start.
func (p *projector) run() {
	defer p.host.background.end()
	ctx, opts := p.host.background.ctx, &p.host.opts
	p.host.traffic.calm(p.host.background.closing, opts)
	for attempt := 1; ; attempt++ {
		release, err := p.host.projectors.acquire(ctx)
		if err != nil {
			return
		}
		err = p.project(ctx, true)
		release() // nobody waits for a unit that pauses
		if err == nil {
			return
		}
		ctx, wait := ctx, time.Duration(min(attempt, 20))*50*time.Millisecond
		if settles(err) { // what is left keeps no store open
			ctx = p.host.background.closing
			if errors.Is(err, errRefused) || attempt > splitAfter {
				wait = time.Minute
			}
		}
		if !errors.Is(err, errRefused) || errors.Is(err, ErrNotErased) { // refused rows were reported
			opts.Failed(p.unit, err)
		}
		if opts.Pause(ctx, wait) != nil {
			return
		}
	}
}

// project carries out erasures and writes what changed, until the projection
// is at the head. Erasures that failed before are tried again if again is set;
// others that fail hold up no row.
func (p *projector) project(ctx context.Context, again bool) error {
	release, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	for {
		chunk, done := p.next()
		if chunk == nil {
			return nil
		}
		notErased := p.erase(ctx, chunk, again)
		if notErased != nil && (!settles(notErased) || chunk.isEmpty()) {
			return notErased
		}
		again = false
		if err := p.write(ctx, chunk); err != nil {
			return fmt.Errorf("project %s: %w", p.unit, err)
		}
		for _, r := range chunk.tooLarge {
			p.host.opts.Failed(p.unit, fmt.Errorf("record %s: %w", r.ID, ErrSetAside))
		}
		if chunk.Erased {
			p.host.opts.Erased(ctx, p.unit) // before done: Settle waits for it
		}
		done()
		p.host.projected.note(p.unit)
		if len(chunk.refused) > 0 {
			return errors.Join(fmt.Errorf("project %s: %w", p.unit, errRefused), notErased)
		}
	}
}

// settles reports whether a projection that failed has written all rows but those
// that it cannot: nobody waits for more.
func settles(err error) bool {
	return errors.Is(err, errRefused) || errors.Is(err, ErrNotErased)
}

// ErrSetAside says that a record has no row, because it cannot be stored. The
// record itself is in the ledger and in the fold: phones pull it, reports count
// it, and lists show it as it was before.
var ErrSetAside = errors.New("the row cannot be stored; lists show the record as it was before")

// splitAfter is how often in a row a projection must fail before its rows are
// written one by one, so that those which fail are set aside and hold up no
// other.
const splitAfter = 8

// errRefused says that all is projected but rows that the database refuses. They
// are set aside, and tried again with the next projection.
var errRefused = errors.New("the database refuses some rows")

// write stores a chunk. Once the database has refused it again and again, its
// rows are written one by one, and those that fail are set aside.
func (p *projector) write(ctx context.Context, chunk *chunk) error {
	if len(chunk.parts) > 0 {
		if err := p.host.backend.Project(ctx, p.unit, Projection{Streams: chunk.parts}); err != nil {
			return err
		}
	}
	err := p.host.backend.Project(ctx, p.unit, chunk.Projection)
	if err == nil {
		p.failures = 0
		return nil
	}
	if p.failures++; p.failures < splitAfter || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrFull) || ctx.Err() != nil {
		return err
	}
	for _, row := range chunk.Rows {
		one := Projection{Rows: []Row{row}, Erased: chunk.Erased}
		switch err := p.host.backend.Project(ctx, p.unit, one); {
		case err == nil:
		case errors.Is(err, ErrUnreachable), errors.Is(err, ErrFull), ctx.Err() != nil:
			return err
		default:
			p.host.opts.Failed(p.unit, fmt.Errorf("record %s: %w: %w", row.ID, ErrSetAside, err))
			chunk.refused = append(chunk.refused, row)
		}
	}
	if len(chunk.refused) == 0 {
		return err // None of them is to blame.
	}
	chunk.Rows, chunk.Head = nil, ledger.Head{}
	return p.host.backend.Project(ctx, p.unit, chunk.Projection)
}

// next takes the next chunk off the backlog, and returns with it what to do once it
// is written. It is nil when nothing is left.
func (p *projector) next() (*chunk, func()) {
	p.fold.mu.Lock()
	state := p.fold.state
	chunk := p.backlog.take(state)
	p.fold.mu.Unlock()
	if chunk == nil {
		return nil, nil
	}
	chunk.makeRows(p.unit, p.host.opts.MaxRow)
	return chunk, func() {
		p.fold.mu.Lock()
		defer p.fold.mu.Unlock()
		if p.fold.state == state {
			p.backlog.written(state, chunk)
		}
	}
}

// unproject removes the unit's rows and streams, all of which are to be written
// again. No projection is under way meanwhile: one that began before would note
// that all is written.
func (p *projector) unproject(ctx context.Context) error {
	release, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	p.fold.mu.Lock()
	p.backlog.noteAll(p.fold.state)
	p.fold.mu.Unlock()
	return p.host.backend.Unproject(ctx, p.unit)
}
