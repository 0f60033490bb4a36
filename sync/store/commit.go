package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// attempts to commit a group find room in the deadline, however long each.
const attempts = 3

// committer makes the commits of a unit out of what waits in its queue.
type committer struct {
	host  *host
	fold  *fold
	queue queue
}

// drain commits groups until the queue is empty.
func (m *committer) drain() {
	defer m.host.background.end()
	for group, more := m.queue.next(); more; group, more = m.queue.next() {
		if len(group) > 0 {
			m.commit(group)
		} else if err := m.host.opts.Pause(m.host.background.ctx, m.host.opts.Deadline>>maxReads); err != nil {
			for _, p := range m.queue.empty() {
				p.finish(Answer{}, m.unavailable(err))
			}
		}
	}
}

// unavailable quotes the reason, and does not wrap it: that an id was taken, say,
// is no answer to a batch.
func (m *committer) unavailable(cause error) error {
	return fmt.Errorf("append to %s: %w: %s", m.fold.id, ErrUnavailable, cause.Error())
}

// retryUnread puts the batches of a round back that could not be read.
func (m *committer) retryUnread(r *round) {
	if len(r.unread) > 0 {
		m.host.opts.Failed(m.fold.id, r.unreadFor)
	}
	for _, p := range r.unread {
		if !m.queue.retry(p) {
			p.finish(Answer{}, m.unavailable(r.unreadFor))
		}
	}
}

// commit brings a group into the ledger, and answers every batch of it.
func (m *committer) commit(group []*push) {
	ctx, cancel := context.WithTimeout(m.host.background.ctx, m.host.opts.Deadline)
	defer cancel()
	var err error
	full := false
	for attempt := 0; len(group) > 0; attempt++ {
		// A primary that hangs keeps its connections. A write that waits on one
		// until the deadline does not find out that another was elected.
		bounded, cancel := context.WithTimeout(ctx, m.host.opts.Deadline/attempts)
		group, err = m.attempt(bounded, group)
		cancel()
		if len(group) == 0 {
			return
		}
		if errors.Is(err, errBehind) {
			continue
		}
		if err != nil {
			m.host.opts.Failed(m.fold.id, err)
		}
		full = full || errors.Is(err, ErrFull)
		// Jitter keeps two servers from meeting again and again.
		jitter := rand.N(time.Duration(min(attempt+1, 20)) * 5 * time.Millisecond) //nolint:gosec // Not a secret.
		if ended := m.host.opts.Pause(ctx, jitter); ended != nil {
			failed := m.unavailable(errors.Join(err, ended)) // that there is no room is one for the log
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

// attempt makes one commit of a group. It returns the batches that are still
// without an answer because another commit took its place, because the
// database did not say what happened, or with errBehind.
//
// The ledger is not read first: that head+1 could be inserted proves that the
// fold was the whole of it. It is read only where that was in doubt, and before
// a batch is refused its head for certain.
func (m *committer) attempt(ctx context.Context, group []*push) ([]*push, error) {
	started := m.host.opts.Now()
	r, err := m.admit(ctx, group, started)
	if err != nil {
		return group, err
	}
	m.retryUnread(r)
	if len(r.admitted) == 0 {
		return r.undecided, r.retryReason()
	}
	c, err := r.seal(m.host.opts.Random)
	if err != nil {
		return append(r.undecided, r.pushes()...), err
	}
	switch err := m.host.backend.Insert(ctx, c); {
	case err == nil:
		// Committed: a crash from here loses nothing.
	default:
		committed, readErr := m.isCommitted(ctx, c)
		if !committed || readErr != nil {
			m.fold.mayBeBehind()
		}
		if readErr != nil {
			return append(r.undecided, r.pushes()...), errors.Join(err, readErr)
		}
		if !committed {
			if errors.Is(err, ErrTaken) {
				err = nil // another server was first: not a failure
			}
			return append(r.undecided, r.pushes()...), err
		}
	}
	m.fold.publish(c, r.judge.draft, r.judge.fresh)
	r.answer(c)
	m.host.opts.Committed(r.tally(c, m.host.opts.Now().Sub(started)))
	return r.undecided, r.retryReason()
}

// admit begins a commit on the newest fold, and admits a group to it.
func (m *committer) admit(ctx context.Context, group []*push, started time.Time) (*round, error) {
	f := m.fold
	f.mu.RLock()
	current := f.mustVerifyHead
	f.mu.RUnlock()
	var head ledger.Head
	var err error
	if current {
		if head, err = f.sureHead(ctx); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case current:
		err = f.catchUpTo(ctx, head)
	case f.behind:
		err = f.catchUp(ctx)
	}
	if err != nil {
		return nil, err
	}
	f.mustVerifyHead = false
	r := newRound(f, started.In(m.host.opts.Location), current)
	for _, p := range group {
		r.admit(ctx, p)
	}
	return r, nil
}

// isCommitted reports whether the commit at c's place is c itself: after a lost
// answer it may be, and only the hash shows it.
func (m *committer) isCommitted(ctx context.Context, c *ledger.Commit) (bool, error) {
	commits, err := m.host.backend.Commits(ctx, m.fold.id, c.Seq-1, 1)
	if err != nil {
		return false, fmt.Errorf("read the commit at %s: %w", ledger.CommitID(c.Unit, c.Seq), err)
	}
	return len(commits) > 0 && commits[0].Seq == c.Seq && commits[0].Hash == c.Hash, nil
}
