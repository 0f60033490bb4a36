package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// reads counts the pages of a ledger that are read.
type reads struct {
	store.Backend
	pages atomic.Int64
}

func (r *reads) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	r.pages.Add(1)
	return r.Backend.Commits(ctx, id, after, limit)
}

// TestOldCountersAreFound sends the oldest ops of a long history again, each of
// which is in its own commit among those of another phone. What is read
// for it does not grow with the history, and verdicts are what they were.
func TestOldCountersAreFound(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		db := &reads{Backend: h.backend}
		s := openStore(t, db, nil)
		a, b := newPhone(t, "A"), newPhone(t, "B")
		const history = 3000
		var first string
		for n := uint64(1); n <= history; n++ {
			a.edit(id(int(n%50)), ledger.Seq(0), meeting(int(n)))
			answer := a.mustPush(s, n, n)
			if n == 1 {
				first = statuses(answer)
			}
			if n%7 == 0 {
				b.mustPush(s, b.edit(id(1000), 0, meeting(int(n))), uint64(len(b.ops)))
			}
		}
		for _, c := range []struct {
			from, to uint64
			pages    int64
		}{{1, 500, 40}, {700, 700, 20}, {1, 1, 20}, {history - 100, history, 20}} {
			db.pages.Store(0)
			answer, err := a.push(s, c.from, c.to)
			if err != nil || len(answer.Results) != int(c.to-c.from+1) {
				t.Fatalf("%d to %d: %d verdicts, %v", c.from, c.to, len(answer.Results), err)
			}
			if n := db.pages.Load(); n > c.pages {
				t.Errorf("%d to %d: %d pages read, want at most %d", c.from, c.to, n, c.pages)
			}
		}
		if got := statuses(a.mustPush(s, 1, 1)); got != first {
			t.Errorf("the first op's verdict was %s, and is %s", first, got)
		}
		b.mustPush(s, b.edit(id(1001), 0, meeting(1)), uint64(len(b.ops)))
		// A server that knows no more than the snapshot finds them too.
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		next := openStore(t, db, nil)
		db.pages.Store(0)
		if _, err := a.push(next, 5, 5); err != nil || db.pages.Load() > 30 {
			t.Errorf("on another server: %d pages, %v", db.pages.Load(), err)
		}
		if _, err := a.push(s, 2, 2); err != nil {
			t.Error(fmt.Errorf("again: %w", err))
		}
	})
}

// forgetful gives snapshots whose lines remember their latest ranges only, as
// earlier versions of the program stored them.
type forgetful struct {
	reads
	keep int
}

func (f *forgetful) Snapshot(ctx context.Context, id ledger.UnitID) (store.Projection, error) {
	p, err := f.Backend.Snapshot(ctx, id)
	for i, stored := range p.Lines {
		line, err := ledger.ParseLine(stored.Body)
		if err != nil {
			return p, err
		}
		line.Ranges = line.Ranges[max(0, len(line.Ranges)-f.keep):]
		p.Lines[i].Body = line.AppendJSON(nil)
	}
	return p, err
}

// TestForgottenCountersAreFound starts from a snapshot that does not say where
// old counters stand. A counter among them costs some halvings, not the way from
// the first commit.
func TestForgottenCountersAreFound(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a := newPhone(t, "A")
		const history = 3000
		for n := uint64(1); n <= history; n++ {
			a.mustPush(s, a.edit(id(int(n%50)), 0, meeting(int(n))), n)
		}
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		db := &forgetful{reads: reads{Backend: h.backend}, keep: 10}
		next := openStore(t, db, nil)
		if _, err := next.Head(t.Context(), village); err != nil { // loads the unit
			t.Fatal(err)
		}
		for _, n := range []uint64{1, 1500, 2800} {
			db.pages.Store(0)
			answer, err := a.push(next, n, n)
			if err != nil || len(answer.Results) != 1 || answer.Results[0].Status == ledger.Rejected {
				t.Fatalf("counter %d: %+v, %v", n, answer.Results, err)
			}
			if got := db.pages.Load(); got > 15 {
				t.Errorf("counter %d: %d pages read, want at most 15", n, got)
			}
		}
	})
}
