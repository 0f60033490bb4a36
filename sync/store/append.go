package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Bounds of one commit and of a unit's queue.
const (
	maxGroupBatches = 64
	maxGroupBytes   = 4 << 20
	maxQueue        = 256
)

// attempts to commit a group find room in the deadline, however long each.
const attempts = 3

// push is a batch in the queue.
type push struct {
	ctx     context.Context //nolint:containedctx // A batch waits for others; its caller may give up meanwhile.
	author  Author
	batch   *ledger.Batch
	bytes   int
	foreign map[ledger.Ref]*ledger.Record // records of other units that the ops refer to
	refused map[ledger.Dot]bool           // of the dots that erasures name, those of refused ops
	found   []foundOp                     // of the first ops, those that are in the ledger already
	done    chan struct{}
	answer  Answer
	err     error
}

func (p *push) finish(a Answer, err error) {
	p.answer, p.err = a, err
	close(p.done)
}

// Append commits a batch to a unit's ledger, and returns when it is durable.
// Sending the same batch again, whole or cut differently, changes nothing and
// gets the same verdicts.
//
// Who gives up does not know what became of the batch: it may be committed, or
// may have been passed over in the queue. It is sent again.
func (s *Store) Append(ctx context.Context, id ledger.UnitID, author Author, batch *ledger.Batch) (Answer, error) {
	if err := s.begin(); err != nil {
		return Answer{}, err
	}
	defer s.background.Done()
	s.stirred.Add(1)
	s.appending.Add(1)
	defer s.appending.Add(-1)
	u, err := s.unit(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	p := &push{ctx: ctx, author: author, batch: batch, done: make(chan struct{})}
	for i := range batch.Ops {
		p.bytes += weightOf(&batch.Ops[i])
	}
	if p.foreign, err = s.foreign(ctx, id, author, batch); err != nil {
		return Answer{}, err
	}
	if p.refused, err = u.refusedOps(ctx, batch); err != nil {
		return Answer{}, fmt.Errorf("append to %s: %w: %w", id, ErrUnavailable, err)
	}
	if p.found, err = u.lookUp(ctx, batch); err != nil {
		return Answer{}, fmt.Errorf("append to %s: %w: %w", id, ErrUnavailable, err)
	}
	first, err := u.enqueue(p)
	if err != nil {
		return Answer{}, err
	}
	if first {
		s.background.Add(1)
		s.opts.Go(u.drain)
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

// enqueue puts a batch into the queue, and reports whether nobody drains it
// yet.
func (u *unit) enqueue(p *push) (first bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.queue) >= maxQueue {
		return false, ErrBusy
	}
	u.queue = append(u.queue, p)
	first = !u.pushing
	u.pushing = true
	return first, nil
}

// drain commits groups until the queue is empty.
func (u *unit) drain() {
	defer u.store.background.Done()
	for {
		u.mu.Lock()
		group := u.take()
		if len(group) == 0 {
			u.pushing = false
			u.mu.Unlock()
			return
		}
		u.mu.Unlock()
		u.commit(group)
	}
}

// take removes the next group from the queue: at most one batch of a device,
// since its next one builds on it. The caller holds mu.
func (u *unit) take() []*push {
	var group, rest []*push
	devices := map[ledger.DeviceID]bool{}
	bytes := 0
	for _, p := range u.queue {
		switch {
		case p.ctx.Err() != nil:
			p.finish(Answer{}, p.ctx.Err())
			continue // its device's next batch need not wait for it
		case len(group) == maxGroupBatches, devices[p.batch.Device], len(group) > 0 && bytes+p.bytes > maxGroupBytes:
			rest = append(rest, p)
		default:
			group = append(group, p)
			bytes += p.bytes
		}
		devices[p.batch.Device] = true
	}
	u.queue = rest
	return group
}

// commit brings a group into the ledger, and answers every batch of it.
func (u *unit) commit(group []*push) {
	ctx, cancel := context.WithTimeout(u.store.ctx, u.store.opts.Deadline)
	defer cancel()
	var err error
	full := false
	for attempt := 0; len(group) > 0; attempt++ {
		// A primary that hangs keeps its connections. Who waits on one for all
		// of the deadline does not find out that another was elected.
		bounded, cancel := context.WithTimeout(ctx, u.store.opts.Deadline/attempts)
		group, err = u.attempt(bounded, group)
		cancel()
		if len(group) == 0 {
			return
		}
		if errors.Is(err, errBehind) {
			continue
		}
		if err != nil {
			u.store.opts.Failed(u.id, err)
		}
		full = full || errors.Is(err, ErrFull)
		// Jitter keeps two servers from meeting again and again.
		jitter := rand.N(time.Duration(min(attempt+1, 20)) * 5 * time.Millisecond) //nolint:gosec // Not a secret.
		if ended := u.store.opts.Pause(ctx, jitter); ended != nil {
			// The reasons are quoted, not wrapped: that an id was taken, say, is no
			// answer to this batch. That there is no room is one for the log.
			failed := fmt.Errorf("append to %s: %w: %s", u.id, ErrUnavailable, errors.Join(err, ended).Error())
			if full {
				failed = fmt.Errorf("%w: %w", failed, ErrFull)
			}
			for _, p := range group {
				p.finish(Answer{}, failed)
			}
			return
		}
	}
}

// errBehind says that batches would be refused by a fold of which it is not
// known that it is the whole ledger. They are tried again at once, and then the
// ledger is read first.
var errBehind = errors.New("other servers may have written meanwhile")

// attempt makes one commit of a group. It returns the batches that are still
// without an answer because another commit stands in its place, because the
// database did not say what happened, or with errBehind.
//
// The ledger is not read first: that head+1 could be inserted proves that the
// fold was the whole of it. It is read only where that was in doubt, and before
// a batch is refused its head for certain.
func (u *unit) attempt(ctx context.Context, group []*push) ([]*push, error) {
	started := u.store.opts.Now()
	u.fold.Lock()
	current := u.mustVerifyHead
	var err error
	switch {
	case u.mustVerifyHead:
		err = u.catchUpSurely(ctx)
	case u.behind:
		err = u.catchUp(ctx)
	}
	if err != nil {
		u.fold.Unlock()
		return group, err
	}
	r := u.newRound(started, current)
	for _, p := range group {
		r.admit(ctx, p)
	}
	u.fold.Unlock()
	if len(r.admitted) == 0 {
		return r.undecided, r.retryReason()
	}
	c, err := r.seal()
	if err != nil {
		return append(r.undecided, r.pushes()...), err
	}
	switch err := u.store.backend.Insert(ctx, c); {
	case err == nil:
		// Committed: a crash from here loses nothing.
	default:
		stands, readErr := u.stands(ctx, c)
		if !stands || readErr != nil {
			u.fold.Lock()
			u.behind = true
			u.fold.Unlock()
		}
		if readErr != nil {
			return append(r.undecided, r.pushes()...), errors.Join(err, readErr)
		}
		if !stands {
			if errors.Is(err, ErrTaken) {
				err = nil // another server was first; no fault
			}
			return append(r.undecided, r.pushes()...), err
		}
	}
	u.publish(r, c)
	r.answer(c)
	u.store.opts.Committed(r.tally(c, u.store.opts.Now().Sub(started)))
	return r.undecided, r.retryReason()
}

// stands reports whether the commit that stands at c's place is c itself:
// after a lost answer it may be, and only the hash can tell.
func (u *unit) stands(ctx context.Context, c *ledger.Commit) (bool, error) {
	commits, err := u.store.backend.Commits(ctx, u.id, c.Seq-1, 1)
	if err != nil {
		return false, fmt.Errorf("read who stands at %s: %w", ledger.CommitID(c.Unit, c.Seq), err)
	}
	return len(commits) > 0 && commits[0].Seq == c.Seq && commits[0].Hash == c.Hash, nil
}

// publish moves the fold on, unless a reader who caught up already did.
func (u *unit) publish(r *round, c *ledger.Commit) {
	u.fold.Lock()
	defer u.fold.Unlock()
	if u.state.Head().Seq < c.Seq {
		u.checked.Store(int64(r.at))
		changed := r.draft.Publish(c)
		for _, record := range changed {
			u.index.set(u.state.Place(record.ID), record, r.fresh.had[record.ID], r.fresh.keys[record.ID])
		}
		u.published(c, changed)
		u.schedule()
	}
}

// salt draws a leaf's salt.
func salt(random io.Reader) (ledger.Salt, error) {
	var s ledger.Salt
	_, err := io.ReadFull(random, s[:])
	return s, err
}
