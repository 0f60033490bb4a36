package conformance

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var logTests = []test{
	{"an empty ledger has the zero head", func(t *testing.T, db *database) {
		if head := db.mustHead("A"); head != (ledger.Head{}) {
			t.Errorf("head %+v", head)
		}
		if list := db.mustCommits("A", 0, 10); len(list) != 0 {
			t.Errorf("%d commits", len(list))
		}
		if list, err := db.Ledgers(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("ledgers %v", list)
		}
	}},
	{"the head is the last commit", func(t *testing.T, db *database) {
		for _, c := range chain("A", 12) {
			db.mustInsert(c)
			if head := db.mustHead("A"); head != c.Head() {
				t.Fatalf("head %+v, want %+v", head, c.Head())
			}
		}
	}},
	{"a second insert of an id fails and changes nothing", testTaken},
	{"of many inserts of one id one succeeds", testInsertRace},
	{"of many units' inserts only those fail whose place is taken", testInsertTogether},
	{"commits come in order, after a seq, at most limit", testCommits},
	{"a missing commit is an error, not the end", testHole},
	{"units with similar names are apart", testUnitsApart},
	{"an answer is bounded in size", testMaxRead},
	{"redact replaces a commit", testRedact},
	{"ledgers lists units in order", func(t *testing.T, db *database) {
		for _, unit := range units("B", "A-1", "A", "C") {
			db.mustInsert(chain(unit, 2)...)
		}
		list, err := db.Ledgers(t.Context())
		if want(t, list, err); !slices.Equal(list, units("A", "A-1", "B", "C")) {
			t.Errorf("ledgers %v", list)
		}
	}},
	{"unit names are only values", testHostileUnits},
}

func testTaken(t *testing.T, db *database) {
	first := chain("A", 1)[0]
	db.mustInsert(first)
	other := commit("A", 1, ledger.Hash{}, 20)
	wantError(t, db.Insert(t.Context(), other), store.ErrTaken)
	wantError(t, db.Insert(t.Context(), first), store.ErrTaken)
	sameCommits(t, db.mustCommits("A", 0, 10), []*ledger.Commit{first})
	if head := db.mustHead("A"); head != first.Head() {
		t.Errorf("head %+v, want %+v", head, first.Head())
	}
}

func testInsertRace(t *testing.T, db *database) {
	list := make([]*ledger.Commit, 16)
	for i := range list {
		list[i] = commit("A", 1, ledger.Hash{}, 3*i)
	}
	winner := -1
	for i, err := range race(len(list), func(i int) error { return db.Insert(t.Context(), list[i]) }) {
		switch {
		case err == nil && winner >= 0:
			t.Fatalf("%d and %d were both inserted", winner, i)
		case err == nil:
			winner = i
		default:
			wantError(t, err, store.ErrTaken)
		}
	}
	if winner < 0 {
		t.Fatal("none was inserted")
	}
	sameCommits(t, db.mustCommits("A", 0, 10), list[winner:winner+1])
}

func testInsertTogether(t *testing.T, db *database) {
	list := make([]*ledger.Commit, 48)
	for i := range list {
		unit := ledger.UnitID(fmt.Sprint("U-", i))
		if list[i] = commit(unit, 1, ledger.Hash{}, i); i%3 == 0 {
			db.mustInsert(commit(unit, 1, ledger.Hash{}, 99))
		}
	}
	errs := race(len(list), func(i int) error { return db.Insert(t.Context(), list[i]) })
	for i, c := range list {
		stored := db.mustCommits(c.Unit, 0, 10)
		if i%3 == 0 {
			wantError(t, errs[i], store.ErrTaken)
			sameCommits(t, stored, []*ledger.Commit{commit(c.Unit, 1, ledger.Hash{}, 99)})
			continue
		}
		if errs[i] != nil {
			t.Errorf("%s: %v", c.Unit, errs[i])
		}
		sameCommits(t, stored, list[i:i+1])
	}
}

func testCommits(t *testing.T, db *database) {
	list := chain("A", 12) // past 9, where texts and numbers sort apart
	for _, i := range []int{3, 0, 11, 5, 1, 2, 4, 10, 9, 8, 7, 6} {
		db.mustInsert(list[i])
	}
	sameCommits(t, db.mustCommits("A", 0, 100), list)
	sameCommits(t, db.mustCommits("A", 0, 12), list)
	sameCommits(t, db.mustCommits("A", 0, 5), list[:5])
	sameCommits(t, db.mustCommits("A", 4, 3), list[4:7])
	sameCommits(t, db.mustCommits("A", 11, 3), list[11:])
	sameCommits(t, db.mustCommits("A", 12, 3), nil)
	sameCommits(t, db.mustCommits("A", 99, 3), nil)
	sameCommits(t, db.mustCommits("A", 0, 0), nil)
}

func testHole(t *testing.T, db *database) {
	list := chain("A", 5)
	db.mustInsert(list[0], list[1], list[3], list[4])
	sameCommits(t, db.mustCommits("A", 0, 10), list[:2])
	if got, err := db.Commits(t.Context(), "A", 2, 10); err == nil {
		t.Errorf("%d commits from a hole, want an error", len(got))
	} else if errors.Is(err, store.ErrNotFound) {
		t.Errorf("error %v: a hole is not an answer", err)
	}
	sameCommits(t, db.mustCommits("A", 3, 10), list[3:])
}

func testUnitsApart(t *testing.T, db *database) {
	// The last looks like a commit of the first.
	names := units("A", "A-1", "A1", "AA", "a", "B", "A:", "A:0000000001")
	for i, unit := range names {
		db.mustInsert(chain(unit, i+1)...)
		db.mustProject(unit, store.Projection{Head: ledger.Head{Seq: 1}, Rows: []store.Row{row(unit, i)}})
	}
	for i, unit := range names {
		list := chain(unit, i+1)
		sameCommits(t, db.mustCommits(unit, 0, 100), list)
		if head := db.mustHead(unit); head != list[i].Head() {
			t.Errorf("%s: head %+v, want %+v", unit, head, list[i].Head())
		}
		sameRows(t, db.mustSnapshot(unit).Rows, []store.Row{row(unit, i)})
	}
}

func testMaxRead(t *testing.T, db *database) {
	list := chainOf("A", 9, 5<<20)
	db.mustInsert(list...)
	for after := 0; after < len(list); {
		got := db.mustCommits("A", ledger.Seq(after), 100)
		sameCommits(t, got, list[after:min(after+3, len(list))])
		after += len(got)
	}
}

func testRedact(t *testing.T, db *database) {
	list := chain("A", 3)
	db.mustInsert(list...)
	stored := list[1].AppendJSON(nil)
	wrong := erased(list[1])
	wrong.Hash[0]++
	wantError(t, db.Redact(t.Context(), stored, wrong), store.ErrNotFound)
	absent := commit("A", 4, list[2].Hash, 10)
	wantError(t, db.Redact(t.Context(), stored, absent), store.ErrNotFound)
	sameCommits(t, db.mustCommits("A", 0, 10), list)

	whole := list[1]
	list[1] = erased(whole)
	if err := db.Redact(t.Context(), stored, list[1]); err != nil {
		t.Fatal(err)
	}
	sameCommits(t, db.mustCommits("A", 0, 10), list)
	// Who read it before must not bring back what is gone.
	wantError(t, db.Redact(t.Context(), stored, whole), store.ErrVersion)
	sameCommits(t, db.mustCommits("A", 0, 10), list)
	if head := db.mustHead("A"); head != list[2].Head() {
		t.Errorf("head %+v, want %+v", head, list[2].Head())
	}
}

func testHostileUnits(t *testing.T, db *database) {
	var names []ledger.UnitID
	for i, text := range hostile {
		unit := ledger.UnitID(text)
		names = append(names, unit)
		db.mustInsert(chain(unit, 1+i%3)...)
	}
	for i, unit := range names {
		sameCommits(t, db.mustCommits(unit, 0, 10), chain(unit, 1+i%3))
		if head := db.mustHead(unit); head != chain(unit, 1+i%3)[i%3].Head() {
			t.Errorf("%q: head %+v", unit, head)
		}
	}
	slices.Sort(names)
	list, err := db.Ledgers(t.Context())
	if want(t, list, err); !slices.Equal(list, names) {
		t.Errorf("ledgers %q, want %q", list, names)
	}
}
