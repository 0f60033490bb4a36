package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// projector writes a unit's backlog into the lists.
type projector struct {
	host    *host
	unit    ledger.UnitID
	fold    *fold
	backlog *backlog

	mu       sync.Mutex // one projection at a time
	failures int        // guarded by mu: projections that failed one after another
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
		err = p.project(ctx)
		release() // nobody waits for a unit that pauses
		if err == nil {
			return
		}
		ctx, wait := ctx, time.Duration(min(attempt, 20))*50*time.Millisecond
		if errors.Is(err, errRefused) { // each row was reported, and keeps no store open
			ctx, wait = p.host.background.closing, time.Minute
		} else {
			opts.Failed(p.unit, err)
		}
		if opts.Pause(ctx, wait) != nil {
			return
		}
	}
}

// project carries out erasures and writes what changed, until the projection
// is at the head.
func (p *projector) project(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		chunk, done := p.next()
		if chunk == nil {
			return nil
		}
		for _, e := range chunk.erasures {
			if err := p.redact(ctx, e); err != nil {
				return fmt.Errorf("erase from %s: %w", p.unit, err)
			}
		}
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
			return fmt.Errorf("project %s: %w", p.unit, errRefused)
		}
	}
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
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fold.mu.Lock()
	p.backlog.noteAll(p.fold.state)
	p.fold.mu.Unlock()
	return p.host.backend.Unproject(ctx, p.unit)
}

// redact carries out one erasure on every commit up to it, again where another
// server changed one of them meanwhile for its own erasure.
func (p *projector) redact(ctx context.Context, e ledger.Erasure) error {
	for {
		if err := p.redactOnce(ctx, e); !errors.Is(err, ErrVersion) {
			return err
		}
	}
}

// redactOnce stores the commits newest first: see [ledger.Redact].
func (p *projector) redactOnce(ctx context.Context, e ledger.Erasure) error {
	var holders []*ledger.Commit
	for after := ledger.Seq(0); after < e.Before.Seq; {
		commits, err := commitsUpTo(ctx, p.host.backend, p.unit, after, e.Before.Seq, 256)
		if err != nil {
			return err
		}
		for _, c := range commits {
			if c.Seq <= e.Before.Seq && reaches(&e, c) {
				holders = append(holders, c)
			}
			after = c.Seq
		}
	}
	if err := p.host.opts.Erasing(ctx, p.unit, e, holders); err != nil {
		return err
	}
	stored := make([][]byte, len(holders))
	for i, c := range holders {
		stored[i] = c.AppendJSON(nil)
	}
	for _, i := range ledger.Redact(holders, e) {
		if err := p.host.backend.Redact(ctx, stored[i], holders[i]); err != nil {
			return err
		}
	}
	return nil
}

func reaches(e *ledger.Erasure, c *ledger.Commit) bool {
	for at, stored := range c.Stored() {
		if len(stored.Op.Personal) > 0 && e.Reaches(at, stored.Op, stored.Verdict) {
			return true
		}
	}
	return false
}
