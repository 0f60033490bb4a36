package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var alikeTests = []test{
	{"keys that several rows share, by unit and kind", testAlike},
	{"at most fifty rows a key", func(t *testing.T, db *database) {
		var rows []store.Row
		for i := range store.MaxAlike + 10 {
			r := row("A", i)
			r.Keys = []string{"same", fmt.Sprint("own", i)}
			rows = append(rows, r)
		}
		db.mustProject("A", store.Projection{Rows: rows})
		list, err := db.Alike(t.Context(), units("A"), "gift", "", 10)
		if want(t, list, err); len(list) != 1 || list[0].Key != "same" {
			t.Fatalf("%d keys", len(list))
		}
		sameRows(t, list[0].Rows, rows[:store.MaxAlike])
	}},
	{"keys are only values", func(t *testing.T, db *database) {
		var rows []store.Row
		for i, text := range hostile {
			for j := range 2 {
				r := row("A", 2*i+j)
				r.Kind, r.Keys = ledger.Kind(text), []string{text}
				rows = append(rows, r)
			}
		}
		db.mustProject("A", store.Projection{Rows: rows})
		for i, text := range hostile {
			list, err := db.Alike(t.Context(), units("A"), ledger.Kind(text), "", 10)
			if want(t, list, err); len(list) != 1 || list[0].Key != text {
				t.Fatalf("%q: %+v", text, list)
			}
			sameRows(t, list[0].Rows, rows[2*i:2*i+2])
			list, err = db.Alike(t.Context(), units("A"), ledger.Kind(text), text, 10)
			if want(t, list, err); len(list) != 0 {
				t.Fatalf("after %q: %+v", text, list)
			}
			list, err = db.Alike(t.Context(), units(ledger.UnitID(text)), ledger.Kind(text), "", 10)
			if want(t, list, err); len(list) != 0 {
				t.Fatalf("unit %q: %+v", text, list)
			}
		}
	}},
}

func testAlike(t *testing.T, db *database) {
	var all []store.Row
	for i, unit := range units("B", "A", "A-1", "C") {
		var rows []store.Row
		for n := range 24 {
			r := row(unit, 100*(3-i)+n)
			r.Kind = []ledger.Kind{"gift", "house", "gift-x"}[n%3]
			r.Keys = []string{fmt.Sprint("p", n%5), fmt.Sprint("q", n+i), fmt.Sprint("r", n)}[:n%4]
			rows = append(rows, r)
		}
		db.mustProject(unit, store.Projection{Rows: rows})
		all = append(all, rows...)
	}
	for _, scope := range [][]ledger.UnitID{nil, units("A"), units("A", "B"), units("B", "A", "A"), units("C", "A-1", "B", "A"), units("X")} {
		for _, kind := range []ledger.Kind{"gift", "house", "gif", ""} {
			checkAlike(t, db, scope, kind, all)
		}
	}
	// A row that moves on takes its keys with it.
	moved := all[23]
	moved.Seq, moved.Keys, all[23] = 2, nil, moved
	all[23].Seq, all[23].Keys = 2, nil
	db.mustProject("B", store.Projection{Rows: []store.Row{moved}})
	checkAlike(t, db, units("B", "A"), moved.Kind, all)
}

// checkAlike pages through all shared keys and compares with a plain count.
func checkAlike(t interface {
	Helper()
	Fatalf(string, ...any)
}, db *database, scope []ledger.UnitID, kind ledger.Kind, all []store.Row,
) {
	t.Helper()
	shared := map[string][]store.Row{}
	for _, r := range all {
		for _, key := range r.Keys {
			if r.Kind == kind && slices.Contains(scope, r.Unit) {
				shared[key] = append(shared[key], r)
			}
		}
	}
	maps.DeleteFunc(shared, func(_ string, rows []store.Row) bool { return len(rows) < 2 })
	after := ""
	for _, key := range slices.Sorted(maps.Keys(shared)) {
		list, err := db.Alike(db.t.Context(), scope, kind, after, 1)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if len(list) != 1 || list[0].Key != key {
			t.Fatalf("units %s kind %s after %q: %d keys, want %q", scope, kind, after, len(list), key)
		}
		slices.SortFunc(shared[key], func(a, b store.Row) int {
			return cmp.Or(strings.Compare(string(a.Unit), string(b.Unit)), a.ID.Compare(b.ID))
		})
		sameRows(t, list[0].Rows, shared[key])
		after = key
	}
	rest, err := db.Alike(db.t.Context(), scope, kind, after, 10)
	if err != nil || len(rest) != 0 {
		t.Fatalf("after the last key: %+v, %v", rest, err)
	}
	whole, err := db.Alike(db.t.Context(), scope, kind, "", 1000)
	if err != nil || len(whole) != len(shared) {
		t.Fatalf("%d keys, want %d, %v", len(whole), len(shared), err)
	}
	if none, err := db.Alike(db.t.Context(), scope, kind, "", 0); err != nil || len(none) != 0 {
		t.Fatalf("limit 0: %d keys, %v", len(none), err)
	}
}
