package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// household writes a household whose head's name is to be erased.
func (p *phone) household(i int, name string) uint64 {
	return p.write(id(i), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H%02d","headName":%q,"category":"poor"}`, i, name))
}

// eraseName orders that the name be destroyed.
func (p *phone) eraseName(i int) uint64 {
	return p.write(id(i), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`)
}

// mustList wants as many rows of the village, after waiting for them.
func mustList(t *testing.T, h *host, s *store.Store, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Settle(ctx, []ledger.UnitID{village}); err != nil {
		t.Fatalf("the lists stand still: %v", err)
	}
	rows, err := h.backend.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Limit: 10})
	if err != nil || len(rows) != want {
		t.Errorf("%d rows, %v; want %d", len(rows), err, want)
	}
}

// An erasure that cannot be carried out is reported, and holds up neither lists
// nor starts nor other erasures; a start takes it up again.
func TestErasureThatFailsHoldsUpNoList(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		var fail atomic.Bool
		var tried, reported atomic.Int64
		failing := func(o *store.Options) {
			o.Erasing = func(_ context.Context, _ ledger.UnitID, e ledger.Erasure, _ []*ledger.Commit) error {
				if fail.Load() && e.Record == id(1) {
					tried.Add(1)
					return errors.New("what is kept elsewhere cannot be noted")
				}
				return nil
			}
			o.Failed = func(_ ledger.UnitID, err error) {
				if errors.Is(err, store.ErrNotErased) {
					reported.Add(1)
				}
			}
		}
		fail.Store(true)
		s := openStore(t, h.backend, failing)
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.household(1, "Hộ mẫu bí mật 1")
		a.household(2, "Hộ mẫu bí mật 2")
		a.mustPush(s, 1, 2)
		desk.eraseName(1)
		desk.eraseName(2)
		desk.mustPush(s, 1, 2)
		mustList(t, h, s, 2)
		if held, gone := holding(t, h.backend, "bí mật 1"), holding(t, h.backend, "bí mật 2"); len(held) != 1 || len(gone) != 0 {
			t.Errorf("commits %d hold what could not be erased, %d what could", held, gone)
		}
		a.household(3, "Hộ mẫu 003")
		a.mustPush(s, 3, 3)
		mustList(t, h, s, 3)
		for reported.Load() == 0 {
			time.Sleep(time.Millisecond)
		}

		next := openStore(t, h.backend, failing)
		if err := next.Recover(t.Context()); err != nil || next.Condition().Left != 0 {
			t.Errorf("a start stops at it: %v", err)
		}
		mustList(t, h, next, 3)
		fail.Store(false)
		last := h.server()
		if err := last.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if seqs := holding(t, h.backend, "bí mật"); len(seqs) > 0 {
			t.Errorf("commits %d still hold it", seqs)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, last)
	})
}

// A reader of lists does not try again what has failed: that may cost a read of the
// whole ledger.
func TestFailedErasureIsNotTriedForEachReader(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		var tried atomic.Int64
		s := openStore(t, h.backend, func(o *store.Options) {
			o.ProjectAfter, o.ProjectWithin = time.Hour, time.Hour // only Settle projects
			o.Erasing = func(context.Context, ledger.UnitID, ledger.Erasure, []*ledger.Commit) error {
				tried.Add(1)
				return errors.New("it cannot be noted")
			}
		})
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.household(1, "Hộ mẫu 001")
		a.mustPush(s, 1, 1)
		desk.mustPush(s, desk.eraseName(1), 1)
		for range 5 {
			mustList(t, h, s, 1)
		}
		if n := tried.Load(); n != 1 {
			t.Errorf("tried %d times", n)
		}
		desk.mustPush(s, desk.eraseName(1), 2) // a new order is tried
		mustList(t, h, s, 1)
		if n := tried.Load(); n != 3 {
			t.Errorf("tried %d times with another order", n)
		}
	})
}

// withHole is a ledger whose commits behind one place cannot be read.
type withHole struct {
	store.Backend
	behind atomic.Int64 // -1: none
}

func (b *withHole) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	if hole := ledger.Seq(b.behind.Load()); int64(hole) >= 0 {
		if after == hole {
			return nil, store.ErrHole
		}
		if after < hole {
			limit = min(limit, int(hole-after))
		}
	}
	return b.Backend.Commits(ctx, unit, after, limit)
}

// A ledger that cannot be read behind a commit carries out the orders up to it,
// and lists go on.
func TestErasureBehindAHole(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		db := &withHole{Backend: h.backend}
		db.behind.Store(-1)
		s := openStore(t, db, func(o *store.Options) {
			o.ProjectAfter, o.ProjectWithin = time.Hour, time.Hour // only Settle projects
		})
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.household(1, "Hộ mẫu bí mật 1")
		a.household(2, "Hộ mẫu bí mật 2")
		a.mustPush(s, 1, 2)
		desk.mustPush(s, desk.eraseName(1), 1) // commit 2
		a.household(3, "Hộ mẫu 003")
		a.mustPush(s, 3, 3)                    // commit 3, which cannot be read
		desk.mustPush(s, desk.eraseName(2), 2) // commit 4
		desk.mustPush(s, desk.eraseName(3), 3) // commit 5
		db.behind.Store(2)
		mustList(t, &host{t, db}, s, 3)
		db.behind.Store(-1)
		for i, want := range []int{0, 1} {
			if seqs := holding(t, h.backend, fmt.Sprintf("bí mật %d", i+1)); len(seqs) != want {
				t.Errorf("commits %d hold name %d", seqs, i+1)
			}
		}
		last := h.server()
		if err := last.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if seqs := holding(t, h.backend, "bí mật"); len(seqs) > 0 {
			t.Errorf("commits %d still hold it", seqs)
		}
		mustAgree(t, h, last)
	})
}

// stubborn has a commit that always looks as if another server had changed it.
type stubborn struct {
	store.Backend
	redacted atomic.Int64
}

func (b *stubborn) Redact(context.Context, []byte, *ledger.Commit) error {
	b.redacted.Add(1)
	return store.ErrVersion
}

// A commit that is never as it was read is not tried forever.
func TestErasureOfACommitThatNeverMatches(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		db := &stubborn{Backend: h.backend}
		s := openStore(t, db, func(o *store.Options) {
			o.ProjectAfter, o.ProjectWithin = time.Hour, time.Hour // only Settle projects
		})
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.household(1, "Hộ mẫu 001")
		a.mustPush(s, 1, 1)
		desk.mustPush(s, desk.eraseName(1), 1)
		mustList(t, h, s, 1)
		if n := db.redacted.Load(); n < 2 || n > 10 {
			t.Errorf("tried %d times at once", n)
		}
		last := h.server()
		if err := last.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustAgree(t, h, last)
	})
}

// Many orders together read the ledger once.
func TestErasuresReadTheLedgerOnce(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		db := &reads{Backend: h.backend}
		s := openStore(t, db, func(o *store.Options) {
			o.ProjectAfter, o.ProjectWithin = time.Hour, time.Hour // only Settle projects
		})
		a, desk := newPhone(t, "A"), staff(t, "desk")
		const many = 6
		for i := range many {
			a.household(i, fmt.Sprintf("Hộ mẫu bí mật %d", i))
			desk.eraseName(i)
		}
		a.mustPush(s, 1, many)
		desk.mustPush(s, 1, many)
		db.calls.Store(0)
		mustList(t, h, s, many)
		if n := db.calls.Load(); n != 1 {
			t.Errorf("%d pages of the ledger read for %d orders", n, many)
		}
		if seqs := holding(t, h.backend, "bí mật"); len(seqs) > 0 {
			t.Errorf("commits %d still hold it", seqs)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}
