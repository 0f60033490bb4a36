package store

import (
	"context"
	"sync"
	"time"
)

// Batcher writes in groups what goroutines bring one at a time: while one
// group is being written, the next one fills. So many items share the largest
// cost, a sync of the disk or an answer of a majority.
type Batcher[T any] struct {
	// Write writes a group and returns why each item was not written, in their
	// order; nil if all were. Its context ends when the most patient of those
	// who wait gives up.
	Write func(context.Context, []T) []error
	// Most bounds a group, AtOnce the groups on their way.
	Most, AtOnce int

	mu      sync.Mutex
	waiting []*batched[T] // guarded by mu
	writing int           // guarded by mu: goroutines that write
}

// batched is one item on its way.
type batched[T any] struct {
	item T
	ctx  context.Context //nolint:containedctx // The item waits for others; who brought it may give up meanwhile.
	done chan struct{}   // closed when err is known
	err  error
}

// Do returns when the item is written, or why it was not. Where ctx ends first
// the outcome is unknown.
func (g *Batcher[T]) Do(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &batched[T]{item: item, ctx: ctx, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	free := g.writing < g.AtOnce
	if free {
		g.writing++
	}
	g.mu.Unlock()
	if free {
		go g.writeWaiting()
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeWaiting writes what waits, and what comes meanwhile, until nothing
// does.
func (g *Batcher[T]) writeWaiting() {
	for {
		g.mu.Lock()
		group := g.take()
		if len(group) == 0 {
			g.writing--
		}
		g.mu.Unlock()
		if len(group) == 0 {
			return
		}
		g.writeTogether(group)
	}
}

// take removes the next group from the queue. It skips items whose callers have
// given up. The caller holds mu.
func (g *Batcher[T]) take() (group []*batched[T]) {
	for len(g.waiting) > 0 && len(group) < g.Most {
		if w := g.waiting[0]; w.ctx.Err() == nil {
			group = append(group, w)
		}
		g.waiting[0] = nil
		g.waiting = g.waiting[1:]
	}
	return group
}

func (g *Batcher[T]) writeTogether(group []*batched[T]) {
	items := make([]T, len(group))
	for i, w := range group {
		items[i] = w.item
	}
	ctx, cancel := timeouts(group)
	defer cancel()
	errs := g.Write(ctx, items)
	for i, w := range group {
		if errs != nil {
			w.err = errs[i]
		}
		close(w.done)
	}
}

// timeouts ends when the last of a group's deadlines has passed. That one gave
// up for another reason ends nothing: the others wait too.
func timeouts[T any](group []*batched[T]) (context.Context, context.CancelFunc) {
	var last time.Time
	for _, w := range group {
		deadline, ok := w.ctx.Deadline()
		if !ok {
			return context.WithCancel(context.Background())
		}
		if deadline.After(last) {
			last = deadline
		}
	}
	return context.WithDeadline(context.Background(), last)
}
