package store_test

import (
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestHistoryReadsLittle opens a record that every commit of a busy ledger touches, each
// among hundreds of other records: a page reads a bounded part of them, and all pages
// together hold each op on the record once.
func TestHistoryReadsLittle(t *testing.T) {
	db := &reads{Backend: memory.New()}
	s := openStore(t, db, nil)
	p := newPhone(t, "A")
	const commits, batch, most = 40, ledger.MaxOps, 1 << 14
	for c := range commits {
		from := uint64(len(p.ops) + 1)
		p.edit(id(0), 0, meeting(c))
		for i := 1; i < batch; i++ {
			p.edit(id(c*batch+i), 0, meeting(i))
		}
		p.mustPush(s, from, uint64(len(p.ops)))
	}
	r, err := s.Record(t.Context(), village, id(0))
	if err != nil {
		t.Fatal(err)
	}
	seen, pages := 0, 0
	for at, more := (ledger.Dot{}), true; more; pages++ {
		db.commits.Store(0)
		var events []store.Event
		if events, at, more, err = s.History(t.Context(), village, r, at, store.MaxHistoryOps); err != nil {
			t.Fatal(err)
		}
		if n := db.commits.Load(); n > most/batch+1 {
			t.Errorf("page %d reads %d commits of %d ops", pages, n, batch)
		}
		seen += len(events)
	}
	if seen != commits || pages < 2 {
		t.Errorf("%d ops on the record in %d pages, want %d", seen, pages, commits)
	}
}
