package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
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
		if events, at, more, err = s.History(t.Context(), village, r, at, store.MaxHistoryOps, nil); err != nil {
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

// TestHistoryComesInPages that are bounded by their ops and by their bytes, and together
// hold each op on the record once.
func TestHistoryComesInPages(t *testing.T) {
	s := openStore(t, memory.New(), nil)
	small, large := newPhone(t, "A"), newPhone(t, "B")
	const edits, long, size = 150, 30, 60_000
	for i := range edits {
		small.edit(id(1), 0, meeting(i))
	}
	small.mustPush(s, 1, edits)
	second := newPhone(t, "C")
	for i := range edits {
		second.edit(id(1), 0, meeting(edits+i))
	}
	second.mustPush(s, 1, edits)
	for i := range uint64(long) {
		// A member that no action reads may be of any length.
		large.write(id(1), form.KindMeeting, ledger.ActionEdit, ledger.Seq(2+i), fmt.Sprintf(`,"set":{"attendance":%d},"other":%q`, i, strings.Repeat("x", size)))
		if got := statuses(large.mustPush(s, i+1, i+1)); got != "accepted" && got != "conflict" {
			t.Fatal(got)
		}
	}
	r, err := s.Record(t.Context(), village, id(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{7, 1000} {
		seen := map[ledger.Dot]bool{}
		for at, more := (ledger.Dot{}), true; more; {
			var events []store.Event
			if events, at, more, err = s.History(t.Context(), village, r, at, limit, nil); err != nil {
				t.Fatal(err)
			}
			bytes := 0
			for i := range events {
				seen[events[i].Dot] = true
				bytes += len(events[i].Op.Text)
			}
			if len(events) > min(limit, store.MaxHistoryOps) || bytes > store.MaxHistoryBytes {
				t.Fatalf("a page of %d holds %d ops of %d bytes", limit, len(events), bytes)
			}
		}
		if len(seen) != 2*edits+long {
			t.Errorf("in pages of %d there are %d ops, want %d", limit, len(seen), 2*edits+long)
		}
	}
}

// TestPagesOfAPullAreBounded by the bytes of their records too, and together hold
// each record once.
func TestPagesOfAPullAreBounded(t *testing.T) {
	s := openStore(t, memory.New(), nil)
	p := newPhone(t, "A")
	const records, ofACommit = 600, 10
	for i := range records {
		p.edit(id(i), 0, fmt.Sprintf(`{"date":"2026-11-20","level":"commune","place":"Điểm mẫu %d","attendance":%d,"summaries":%q}`, i, i, strings.Repeat("ạ", 8000)))
		if (i+1)%ofACommit == 0 {
			p.mustPush(s, uint64(i+2-ofACommit), uint64(i+1))
		}
	}
	seen, pages := map[ledger.RecordID]bool{}, 0
	for pulled, more := (store.Pulled{}), true; more; pages++ {
		page, err := s.Changes(t.Context(), village, pulled, 1000, 0)
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for _, r := range page.Records {
			seen[r.ID] = true
			bytes += len(r.Text("summaries"))
		}
		if bytes > ledger.MaxChangedBytes+ofACommit*25_000 {
			t.Errorf("page %d holds %d bytes", pages, bytes)
		}
		pulled.Head, pulled.Tip, more = page.Head, page.Tip, page.More
	}
	if len(seen) != records || pages < 4 {
		t.Errorf("%d records in %d pages, want %d", len(seen), pages, records)
	}
}
