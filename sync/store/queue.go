package store

import (
	"context"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
)

// Bounds of one commit and of a unit's queue.
const (
	maxGroupBatches = 64
	maxGroupBytes   = 4 << 20
	maxQueue        = 256
)

// push is a batch in the queue.
type push struct {
	ctx     context.Context //nolint:containedctx // A batch waits for others; its caller may give up meanwhile.
	author  Author
	batch   *ledger.Batch
	bytes   int
	foreign map[ledger.Ref]*ledger.Record // records of other units that the ops refer to
	refused map[ledger.Dot]bool           // of the dots that erasures name, those of refused ops
	found   []foundOp                     // of the first ops, those that are in the ledger already
	reads   int                           // attempts in which the database did not say what the batch depends on
	rests   int                           // rounds of its queue that it lets pass before the next of them
	done    chan struct{}
	answer  Answer
	err     error
}

func (p *push) finish(a Answer, err error) {
	p.answer, p.err = a, err
	close(p.done)
}

// queue holds the batches of a unit that wait for their commit.
type queue struct {
	mu      sync.Mutex
	waiting []*push // guarded by mu
	drained bool    // guarded by mu: a goroutine drains the queue
}

// add puts a batch into the queue, and reports whether nobody drains it
// yet.
func (q *queue) add(p *push) (first bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= maxQueue {
		return false, ErrBusy
	}
	q.waiting = append(q.waiting, p)
	first = !q.drained
	q.drained = true
	return first, nil
}

// next removes the next group, which is empty where all batches rest. Once there
// are none at all, nobody drains the queue any more.
func (q *queue) next() (group []*push, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	group = q.take()
	q.drained = len(group) > 0 || len(q.waiting) > 0
	return group, q.drained
}

// maxReads bounds the attempts to read what a batch depends on. Between them it
// rests for 1, 2, 4… rounds of the queue, all together 1<<maxReads.
const maxReads = 7

// retry puts a batch back for which the database could not be read, and reports
// whether it may be tried once more. The other batches go on meanwhile.
func (q *queue) retry(p *push) bool {
	p.rests = 1 << p.reads
	if p.reads++; p.reads > maxReads {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, p)
	return true
}

// empty removes all that waits.
func (q *queue) empty() []*push {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting = nil
	return all
}

// take removes the next group from the queue: at most one batch of a device,
// since its next one builds on it. The caller holds mu.
func (q *queue) take() []*push {
	var group, rest []*push
	devices := map[ledger.DeviceID]bool{}
	bytes := 0
	for _, p := range q.waiting {
		switch {
		case p.ctx.Err() != nil:
			p.finish(Answer{}, p.ctx.Err())
			continue // its device's next batch need not wait for it
		case p.rests > 0:
			p.rests--
			rest = append(rest, p)
		case len(group) == maxGroupBatches, devices[p.batch.Device], len(group) > 0 && bytes+p.bytes > maxGroupBytes:
			rest = append(rest, p)
		default:
			group = append(group, p)
			bytes += p.bytes
		}
		devices[p.batch.Device] = true
	}
	q.waiting = rest
	return group
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// idle reports whether nothing waits and nobody drains. It waits for nobody.
func (q *queue) idle() bool {
	if !q.mu.TryLock() {
		return false
	}
	defer q.mu.Unlock()
	return !q.drained && len(q.waiting) == 0
}
