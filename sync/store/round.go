package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// round is one commit in the making: the batches admitted to it, and the
// verdicts of their ops.
type round struct {
	judge     judge
	fold      *fold
	entries   []ledger.Entry
	admitted  []admitted
	undecided []*push // batches to be tried again, once the ledger was read
	unread    []*push // batches that could not be decided: the backend failed to say
	unreadFor error   // why
	current   bool    // the ledger was surely read up to head, just before
}

// admitted is a batch with new ops.
type admitted struct {
	push  *push
	known []ledger.Verdict // of the ops that were in the ledger already
	entry int
}

// newRound begins a commit on a fold, which the caller holds.
func newRound(f *fold, now time.Time, current bool) *round {
	at := ledger.MillisOf(now)
	return &round{
		judge: judge{
			unit: f.id, at: at, today: now.Format(time.DateOnly), head: f.state.Head(),
			state: f.state, index: &f.index, draft: f.state.Draft(at), fresh: newIndexed(),
		},
		fold: f, current: current,
	}
}

// errBehind says that batches would be refused by a fold that may lag behind the
// ledger. They are tried again at once, after reading the ledger.
var errBehind = errors.New("other servers may have written meanwhile")

// retryReason is why batches are left without an answer; nil where none is.
func (r *round) retryReason() error {
	if len(r.undecided) > 0 {
		return errBehind
	}
	return nil
}

func (r *round) pushes() []*push {
	var list []*push
	for i := range r.admitted {
		list = append(list, r.admitted[i].push)
	}
	return list
}

// admit answers a batch that brings nothing new or cannot be taken, and puts
// any other into the commit. The caller holds the fold.
func (r *round) admit(ctx context.Context, p *push) {
	b, state := p.batch, r.judge.state
	if b.Epoch < state.Epoch(b.Device) {
		r.refuseBatch(p, fmt.Errorf("epoch %d: %w: %d", b.Epoch, ErrFenced, state.Epoch(b.Device)))
		return
	}
	through := uint64(0)
	if stream := state.Stream(b.Device, b.Epoch); stream != nil {
		through = stream.Through
	}
	if b.Head != nil {
		if err := r.fold.checkHead(ctx, *b.Head); err != nil {
			var diverged *DivergedError
			if errors.As(err, &diverged) {
				diverged.Expected, diverged.Epochs = through+1, epochsOf(state, b.Device)
			}
			r.refuseBatch(p, err)
			return
		}
	}
	if b.From > through+1 {
		r.refuseBatch(p, &GapError{Expected: through + 1})
		return
	}
	known, commit, err := r.known(ctx, p, through)
	if err != nil {
		r.refuseBatch(p, err)
		return
	}
	fresh := b.Ops[len(known):]
	if len(fresh) == 0 {
		p.finish(Answer{Head: commit, From: b.From, Through: through, Results: known}, nil)
		return
	}
	e := ledger.Entry{Device: b.Device, Epoch: b.Epoch, From: fresh[0].N, User: p.author.User, Role: p.author.Role}
	e.Verdicts = make([]ledger.Verdict, 0, len(fresh))
	for i := range fresh {
		op := &fresh[i]
		*op = *form.Tidy(op)
		v := r.judge.decide(p, &e, op)
		r.judge.draft.Apply(&e, op, &v)
		e.Verdicts = append(e.Verdicts, v)
	}
	r.admitted = append(r.admitted, admitted{push: p, known: known, entry: len(r.entries)})
	r.entries = append(r.entries, e)
}

// refuseBatch answers a batch that cannot be taken. Where it is only not known
// whether it can, because the database did not say, or because another server
// may have written what it builds on, the batch is tried again. The caller
// holds the fold.
func (r *round) refuseBatch(p *push, err error) {
	var diverged *DivergedError
	var gap *GapError
	var reuse *ReuseError
	switch {
	case !errors.As(err, &diverged) && !errors.As(err, &gap) && !errors.As(err, &reuse) && !errors.Is(err, ErrForked) && !errors.Is(err, ErrFenced):
		// The others of the unit do not depend on what this one asked.
		r.unread, r.unreadFor = append(r.unread, p), err
		r.fold.mustVerifyHead = true
		return
	case r.current:
		p.finish(Answer{}, err)
		return
	}
	r.fold.mustVerifyHead = true
	r.undecided = append(r.undecided, p)
}

// known returns the stored verdicts of the ops that are in the ledger, and
// compares their payloads, and the commit that the last of them stands in. Most
// were looked up before the lock was taken; what came into the ledger since then
// stands at its end.
func (r *round) known(ctx context.Context, p *push, through uint64) (verdicts []ledger.Verdict, commit ledger.Head, err error) {
	b := p.batch
	found := p.found
	for i := range b.Ops {
		op := &b.Ops[i]
		if op.N > through {
			break
		}
		if i == len(found) {
			late, err := find(ctx, r.fold.log, r.judge.unit, b.Ops[i:], r.judge.state.Stream(b.Device, b.Epoch), r.judge.head.Seq)
			if err != nil {
				return nil, commit, err
			}
			found = slices.Concat(found, late)
		}
		// What an older version took in is in the ledger as it was sent.
		if !found[i].op.Same(form.Tidy(op)) && !found[i].op.Same(op) {
			if b.Ops[len(b.Ops)-1].N > through {
				return nil, commit, fmt.Errorf("counter %d: %w", op.N, ErrForked)
			}
			return nil, commit, &ReuseError{N: op.N}
		}
		verdicts, commit = append(verdicts, *found[i].verdict), found[i].commit
	}
	return verdicts, commit, nil
}

// seal makes the commit: salts, log identity, hash.
func (r *round) seal(source io.Reader) (*ledger.Commit, error) {
	random := bufio.NewReaderSize(source, 4096)
	c := &ledger.Commit{Unit: r.judge.unit, Seq: r.judge.head.Seq + 1, Log: r.judge.head.Log, Prev: r.judge.head.Hash, At: r.judge.at, Rules: r.judge.state.Rules()}
	var err error
	draw := func() ledger.Salt {
		s, e := salt(random)
		if e != nil {
			err = e
		}
		return s
	}
	if c.Log == "" {
		s := draw()
		c.Log = ledger.LogID(hex.EncodeToString(s[:]))
	}
	for i := range r.admitted {
		a := &r.admitted[i]
		e := &r.entries[a.entry]
		fresh := a.push.batch.Ops[len(a.known):]
		sealed := make([]ledger.StoredOp, len(fresh))
		for j := range fresh {
			sealed[j] = ledger.Seal(&fresh[j], e.Verdicts[j].Status == ledger.Rejected, form.Personal, draw)
		}
		e.Ops = sealed
	}
	if err != nil {
		return nil, fmt.Errorf("draw salts: %w", err)
	}
	c.Entries = r.entries
	c.Hash = c.Sum()
	return c, nil
}

func (r *round) answer(c *ledger.Commit) {
	for i := range r.admitted {
		a := &r.admitted[i]
		e := &c.Entries[a.entry]
		a.push.finish(Answer{
			Head: c.Head(), From: a.push.batch.From, Through: e.To(), Results: slices.Concat(a.known, e.Verdicts),
		}, nil)
	}
}

func (r *round) tally(c *ledger.Commit, took time.Duration) Committed {
	t := Committed{Unit: c.Unit, Batches: len(c.Entries), Compared: r.judge.compared, Took: took}
	for i := range c.Entries {
		t.Ops += len(c.Entries[i].Ops)
		for _, v := range c.Entries[i].Verdicts {
			switch v.Status {
			case ledger.Conflict:
				t.Conflicts++
			case ledger.Duplicate:
				t.Duplicates++
			case ledger.Rejected:
				t.Rejected++
			case ledger.Accepted:
			}
		}
	}
	return t
}

// salt draws a leaf's salt.
func salt(random io.Reader) (ledger.Salt, error) {
	var s ledger.Salt
	_, err := io.ReadFull(random, s[:])
	return s, err
}
