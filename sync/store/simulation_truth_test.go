package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// truth is what the simulation knows of a ledger, from reading each commit
// once, right after it was written. The invariants are held against it.
type truth struct {
	s        *simulation
	unit     ledger.UnitID
	verifier *ledger.Verifier
	state    *ledger.State // folded commit by commit
	commits  [][]byte      // as they were first seen
	hashes   []ledger.Hash
	placed   map[counter]place
	shown    map[ledger.RecordID]string // every record in its stored form
	epochs   map[ledger.DeviceID]uint32
	erasures []ledger.Erasure
	orders   map[counter]bool // of these erasures
	merge    mergeOracle
}

// counter names an op by who made it.
type counter struct {
	device ledger.DeviceID
	epoch  uint32
	n      uint64
}

// place is where an op stands.
type place struct {
	op      *ledger.StoredOp
	verdict string
}

func newTruth(s *simulation, unit ledger.UnitID) *truth {
	l := &truth{s: s, unit: unit}
	l.forget()
	return l
}

func (l *truth) forget() {
	state, err := ledger.NewState(l.unit, ledger.RulesCurrent)
	if err != nil {
		l.s.fail("%v", err)
	}
	l.state, l.verifier, l.commits, l.hashes = state, ledger.NewVerifier(l.unit), nil, nil
	l.placed, l.shown, l.epochs = map[counter]place{}, map[ledger.RecordID]string{}, map[ledger.DeviceID]uint32{}
	l.erasures, l.orders, l.merge = nil, map[counter]bool{}, mergeOracle{}
}

func (l *truth) head() ledger.Head { return l.state.Head() }

// holds reports whether a head is in this ledger.
func (l *truth) holds(h ledger.Head) bool {
	return h.Log == l.head().Log && 0 < h.Seq && h.Seq <= l.head().Seq && l.hashes[h.Seq-1] == h.Hash
}

// read returns commits as the database has them.
func (l *truth) read(after ledger.Seq) []*ledger.Commit {
	before := l.s.serving
	l.s.serving = nil
	defer func() { l.s.serving = before }()
	commits, err := l.s.db.Commits(l.s.t.Context(), l.unit, after, 256)
	if err != nil {
		l.s.fail("%v", err)
	}
	return commits
}

// observe takes in the commits that were written since. Every one must follow
// the last, with each device's counters without a gap or a repetition.
func (l *truth) observe() {
	for commits := l.read(l.head().Seq); len(commits) > 0; commits = l.read(l.head().Seq) {
		for _, c := range commits {
			if err := l.verifier.Check(c); err != nil {
				l.s.fail("%v", err)
			}
			changed, err := l.state.Apply(c)
			if err != nil {
				l.s.fail("%v", err)
			}
			for _, r := range changed {
				l.shown[r.ID] = l.s.encode(r)
			}
			l.commits, l.hashes = append(l.commits, c.AppendJSON(nil)), append(l.hashes, c.Hash)
			l.enter(c)
		}
	}
}

func (l *truth) enter(c *ledger.Commit) {
	index := 0
	for i := range c.Entries {
		e := &c.Entries[i]
		l.epochs[e.Device] = max(l.epochs[e.Device], e.Epoch)
		for j := range e.Ops {
			l.placed[counter{e.Device, e.Epoch, e.From + uint64(j)}] = place{&e.Ops[j], fmt.Sprint(e.Verdicts[j])}
			l.s.count["verdicts "+string(e.Verdicts[j].Status)]++
			if e.Verdicts[j].Status != ledger.Rejected {
				op := e.Ops[j].Open()
				l.merge.add(ledger.Dot{Seq: c.Seq, Index: index}, e, &op)
				if v := &e.Verdicts[j]; v.AfterEnd {
					l.s.count["ops after the end of a unit that was merged"]++
					if l.unit != mergedUnit || l.s.lastDay == "" {
						l.s.fail("%s: %s is after the end of a unit that goes on", l.unit, op.Text)
					}
				}
				if v, ok := op.Get("movedFrom"); ok && v.IsObject() {
					l.s.count["households carried over from a unit that was merged"]++
				}
				if op.Action == ledger.ActionErase {
					l.orders[counter{e.Device, e.Epoch, op.N}] = true
					l.erasures = append(l.erasures, ledger.Erasure{Record: op.Record, Fields: op.Fields, Before: ledger.Dot{Seq: c.Seq, Index: index}})
				}
			}
			index++
		}
	}
	if len(c.Entries) > 1 {
		l.s.count["commits of several phones"]++
	}
	l.s.count["commits"]++
}

// rewind forgets what a restored backup has forgotten, and nothing else.
func (l *truth) rewind() {
	old := l.hashes
	l.forget()
	l.observe()
	if len(l.hashes) > len(old) || !slices.Equal(l.hashes, old[:len(l.hashes)]) {
		l.s.fail("%s: the backup is no part of what was there", l.unit)
	}
}

// encode is a record in its stored form. Records never change once given out.
func (s *simulation) encode(r *ledger.Record) string {
	text, ok := s.encoded[r]
	if !ok {
		text = string(r.AppendJSON(nil))
		s.encoded[r] = text
	}
	return text
}

// mustHold checks that an op is in the ledger, and returns its verdict.
func (l *truth) mustHold(device ledger.DeviceID, epoch uint32, n uint64, op ledger.Op) string {
	placed, ok := l.placed[counter{device, epoch, n}]
	if !ok {
		l.s.fail("%s: op %d of %s/%d is not in the ledger: %s", l.unit, n, device, epoch, op.Text)
	}
	if !placed.op.Same(&op) {
		l.s.fail("%s: op %d of %s/%d is in the ledger as %s, not %s", l.unit, n, device, epoch, placed.op.Public, op.Text)
	}
	return placed.verdict
}

// checkAnswer holds a push's answer against the ledger: what is acknowledged
// is there, with the verdict that was answered, and every refusal has its reason.
func (l *truth) checkAnswer(p *parcel, a store.Answer, err error) {
	b := p.batch
	through := uint64(0)
	for l.placed[counter{b.Device, b.Epoch, through + 1}].op != nil {
		through++
	}
	shares := b.Head == nil || l.holds(*b.Head)
	var gap *store.GapError
	var diverged *store.DivergedError
	var reuse *store.ReuseError
	switch {
	case err == nil:
		l.s.count["pushes acknowledged"]++
		switch last := b.From + uint64(len(b.Ops)) - 1; {
		case !shares:
			l.s.fail("%s: a push is taken from %v, which is not in the ledger", l.unit, b.Head)
		case !l.holds(a.Head):
			l.s.fail("%s: a push is answered with %v, which is not in the ledger", l.unit, a.Head)
		case a.From != b.From || len(a.Results) != len(b.Ops) || a.Through < last:
			l.s.fail("%s: %d to %d are answered by %d results from %d, through %d", l.unit, b.From, last, len(a.Results), a.From, a.Through)
		}
		for i, v := range a.Results {
			if stored := l.mustHold(b.Device, b.Epoch, b.Ops[i].N, b.Ops[i]); stored != fmt.Sprint(v) {
				l.s.fail("%s: op %d of %s/%d was answered %v, stored is %s", l.unit, b.Ops[i].N, b.Device, b.Epoch, v, stored)
			}
		}
	case errors.As(err, &gap):
		if gap.Expected > through+1 || gap.Expected >= b.From {
			l.s.fail("%s: %v, but the ledger has %s/%d through %d", l.unit, err, b.Device, b.Epoch, through)
		}
	case errors.As(err, &diverged):
		if shares || diverged.Expected > through+1 {
			l.s.fail("%s: %v, expected %d, of %v", l.unit, err, diverged.Expected, b.Head)
		}
	case errors.Is(err, store.ErrForked), errors.As(err, &reuse):
		l.s.count["pushes refused as another's"]++
		if !slices.ContainsFunc(b.Ops, func(op ledger.Op) bool { return l.differs(b, &op) }) {
			l.s.fail("%s: %v, but nothing else has these counters", l.unit, err)
		}
	case errors.Is(err, store.ErrFenced):
		l.s.count["pushes fenced"]++
		if l.epochs[b.Device] <= b.Epoch {
			l.s.fail("%s: %v, but %s has only epoch %d", l.unit, err, b.Device, l.epochs[b.Device])
		}
	default:
		if !l.s.passing(err) {
			l.s.fail("push: %v", err)
		}
	}
}

func (l *truth) differs(b *ledger.Batch, op *ledger.Op) bool {
	placed, ok := l.placed[counter{b.Device, b.Epoch, op.N}]
	return ok && !placed.op.Same(op)
}

// checkBook checks that a phone which pulled to the head holds exactly what it
// may see.
func (l *truth) checkBook(b *book) {
	if b.cursor != l.head() {
		return // others wrote meanwhile
	}
	l.s.count["phones compared at the head"]++
	n := 0
	for r := range l.state.Records() {
		if !b.sees(r) {
			continue
		}
		n++
		held, ok := b.records[r.ID]
		if !ok || l.s.encode(held) != l.shown[r.ID] {
			got := "nothing"
			if ok {
				got = l.s.encode(held)
			}
			l.s.fail("%s holds of %s in %s\n%s\nthe ledger says\n%s", b.m.device, r.ID, l.unit, got, l.shown[r.ID])
		}
	}
	for id := range b.records {
		if r := l.state.Record(id); r == nil || !b.sees(r) {
			l.s.fail("%s holds of %s what it must not:\n%s", b.m.device, l.unit, l.shown[id])
		}
	}
	if n != len(b.records) {
		l.s.fail("%s holds %d records of %s, may see %d", b.m.device, len(b.records), l.unit, n)
	}
}

// passing reports whether a push may fail so, with an outcome that is unknown.
func (s *simulation) passing(err error) bool {
	return !s.calm && (errors.Is(err, store.ErrUnavailable) || errors.Is(err, memory.ErrFault) || errors.Is(err, store.ErrUnreachable) || errors.Is(err, context.Canceled))
}
