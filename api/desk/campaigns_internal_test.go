package desk

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestOnlySoManyAreCounted: who writes more than can be counted at once is
// counted up to there, and the answer says that there is more.
func TestOnlySoManyAreCounted(t *testing.T) {
	db := memory.New()
	s := store.New(db, store.Options{Now: time.Now, Random: rand.Reader, Location: time.UTC})
	defer func() { _ = s.Close(t.Context()) }()
	body := (&ledger.Record{ID: ledger.RecordID{1}, Kind: form.KindHousehold, Created: &ledger.Stamp{}}).AppendJSON(nil)
	add := func(from, to int) {
		var p store.Projection
		for n := from; n < to; n++ {
			p.Rows = append(p.Rows, store.Row{
				Unit: "A", ID: ledger.RecordID{0: 1, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}, Kind: form.KindHousehold, Seq: 1, State: store.Pending, Body: body,
			})
		}
		if err := db.Project(t.Context(), "A", p); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int, more bool) {
		desk := &campaigns{store: s}
		q := store.Query{Units: []ledger.UnitID{"A"}, Kinds: []ledger.Kind{form.KindHousehold}, Sort: store.SortName}
		more, err := desk.each(t.Context(), q, func(*store.Row, *ledger.Record) { n++ })
		if err != nil {
			t.Fatal(err)
		}
		return n, more
	}
	add(0, countedAtOnce+1)
	if n, more := count(); n != countedAtOnce+1 || more {
		t.Errorf("%d counted, more: %v", n, more)
	}
	add(countedAtOnce+1, maxCounted+1)
	if n, more := count(); n != maxCounted || !more {
		t.Errorf("%d counted, more: %v", n, more)
	}
}
