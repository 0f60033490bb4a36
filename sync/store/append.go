package store

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
)

// appender takes what phones push.
type appender struct {
	host *host
	pool *pool
}

// Append commits a batch to a unit's ledger, and returns when it is durable.
// Sending the same batch again, whole or cut differently, changes nothing and
// gets the same verdicts.
//
// To a caller that gives up, the outcome is unknown: the batch may be committed,
// or may have been skipped in the queue. It is sent again.
func (a *appender) Append(ctx context.Context, id ledger.UnitID, author Author, batch *ledger.Batch) (Answer, error) {
	if err := a.host.background.begin(); err != nil {
		return Answer{}, err
	}
	defer a.host.background.end()
	a.host.traffic.visits.Add(1)
	a.host.traffic.appending.Add(1)
	defer a.host.traffic.appending.Add(-1)
	u, err := a.pool.unit(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	p := &push{ctx: ctx, author: author, batch: batch, done: make(chan struct{})}
	for i := range batch.Ops {
		p.bytes += weightOf(&batch.Ops[i])
	}
	if p.foreign, err = readForeign(ctx, a.pool, id, author, batch); err != nil {
		return Answer{}, err
	}
	if p.refused, err = refusedOps(ctx, a.host.backend, id, ledger.Seq(u.fold.folded.Load()), author.Role, batch); err != nil {
		return Answer{}, fmt.Errorf("append to %s: %w: %w", id, ErrUnavailable, err)
	}
	if batch.Head != nil {
		if err := u.fold.learn(ctx, *batch.Head); err != nil {
			p.reads++ // the queue tries again
		}
	}
	if p.found, err = u.fold.lookUp(ctx, batch); err != nil {
		return Answer{}, fmt.Errorf("append to %s: %w: %w", id, ErrUnavailable, err)
	}
	first, err := u.committer.queue.add(p)
	if err != nil {
		return Answer{}, err
	}
	if first {
		a.host.background.run(u.committer.drain)
	}
	select {
	case <-p.done:
		return p.answer, p.err
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("append to %s: %w", id, ctx.Err())
	}
}

// weightOf is about how many bytes of a commit an op takes: its text, and what
// is stored with it and with each value that may stand apart.
func weightOf(op *ledger.Op) int {
	const beside, apart = 160, 80
	return len(op.Text) + beside + apart*len(op.Set)
}
