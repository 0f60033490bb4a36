package conformance

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var projectionTests = []test{
	{"a unit without a projection has the zero one", func(t *testing.T, db *database) {
		sameProjection(t, db.mustSnapshot("A"), store.Projection{})
	}},
	{"snapshot returns what was projected", func(t *testing.T, db *database) {
		p := store.Projection{
			Head:    ledger.Head{Log: "L1", Seq: 3, Hash: ledger.Hash{1, 2, 3}},
			Rows:    []store.Row{row("A", 1), row("A", 2), {Unit: "A", ID: recordID(3), Seq: 3}},
			Streams: []store.Stream{stream("d/1", 7), stream("d/2", 1), stream("e/1", 1<<62)},
		}
		db.mustProject("A", p)
		db.mustProject("B", store.Projection{Head: ledger.Head{Seq: 1}, Rows: []store.Row{row("B", 1)}, Streams: []store.Stream{stream("d/1", 9)}})
		sameProjection(t, db.mustSnapshot("A"), p)
	}},
	{"newer rows and streams replace, others do not", testVersions},
	{"an older projection that comes after a newer one changes nothing", testLateProjection},
	{"the head does not go back", func(t *testing.T, db *database) {
		head := ledger.Head{Log: "L1", Seq: 3, Hash: ledger.Hash{3}}
		db.mustProject("A", store.Projection{Head: head})
		db.mustProject("A", store.Projection{Head: ledger.Head{Log: "L1", Seq: 2, Hash: ledger.Hash{2}}})
		db.mustProject("A", store.Projection{Head: ledger.Head{Log: "L2", Seq: 3, Hash: ledger.Hash{4}}})
		sameProjection(t, db.mustSnapshot("A"), store.Projection{Head: head})
		next := ledger.Head{Log: "L2", Seq: 4, Hash: ledger.Hash{5}}
		db.mustProject("A", store.Projection{Head: next})
		sameProjection(t, db.mustSnapshot("A"), store.Projection{Head: next})
	}},
	{"unproject leaves nothing of the unit, and all of others", func(t *testing.T, db *database) {
		of := func(unit ledger.UnitID) store.Projection {
			return store.Projection{Head: ledger.Head{Seq: 9}, Rows: []store.Row{row(unit, 1), row(unit, 2)}, Streams: []store.Stream{stream("d/1", 7)}}
		}
		for _, unit := range units("A", "A-1", "B") {
			db.mustProject(unit, of(unit))
		}
		for range 2 {
			if err := db.Unproject(t.Context(), "A"); err != nil {
				t.Fatal(err)
			}
			sameProjection(t, db.mustSnapshot("A"), store.Projection{})
			sameRows(t, db.mustQuery(store.Query{Units: units("A"), Limit: 9}), nil)
		}
		sameProjection(t, db.mustSnapshot("A-1"), of("A-1"))
		sameProjection(t, db.mustSnapshot("B"), of("B"))
		old := of("A")
		old.Head.Seq = 1
		db.mustProject("A", old)
		sameProjection(t, db.mustSnapshot("A"), old)
	}},
	{"a projection of many rows", func(t *testing.T, db *database) {
		p := store.Projection{Head: ledger.Head{Seq: 1}}
		for i := range 3000 {
			p.Rows = append(p.Rows, row("A", i))
		}
		db.mustProject("A", p)
		sameProjection(t, db.mustSnapshot("A"), p)
	}},
	{"of many projections at once the newest stays", testProjectRace},
	{"projections in any order come to the newest of each", testProjectionModel},
}

func testVersions(t *testing.T, db *database) {
	at := func(seq ledger.Seq, n int, name string) store.Row {
		r := row("A", n)
		r.Seq, r.Name, r.Kind, r.Keys, r.Words = seq, name, ledger.Kind("kind-"+name), []string{name}, []string{name}
		return r
	}
	db.mustProject("A", store.Projection{
		Rows:    []store.Row{at(5, 1, "a"), at(5, 2, "b"), at(5, 3, "c")},
		Streams: []store.Stream{stream("d/1", 5), stream("d/2", 5), stream("d/3", 5)},
	})
	other := stream("d/2", 5)
	other.Body = []byte("0")
	db.mustProject("A", store.Projection{
		Rows:    []store.Row{at(4, 1, "older"), at(5, 2, "equal"), at(6, 3, "newer"), at(1, 4, "new")},
		Streams: []store.Stream{stream("d/1", 4), other, stream("d/3", 6), stream("d/4", 1)},
	})
	// The rows are newer than the head.
	sameProjection(t, db.mustSnapshot("A"), store.Projection{
		Rows:    []store.Row{at(5, 1, "a"), at(5, 2, "b"), at(6, 3, "newer"), at(1, 4, "new")},
		Streams: []store.Stream{stream("d/1", 5), stream("d/2", 5), stream("d/3", 6), stream("d/4", 1)},
	})
	for name, found := range map[string]int{"a": 1, "b": 1, "c": 0, "older": 0, "equal": 0, "newer": 1, "new": 1} {
		for _, q := range []store.Query{
			{Units: units("A"), Kinds: []ledger.Kind{ledger.Kind("kind-" + name)}, Limit: 9},
			{Units: units("A"), Kinds: []ledger.Kind{ledger.Kind("kind-" + name)}, Words: []string{name}, Limit: 9},
		} {
			if rows := db.mustQuery(q); len(rows) != found {
				t.Errorf("%s: %d rows, want %d", name, len(rows), found)
			}
		}
	}
}

// Two servers project the same unit, and the slower one may have been stopped
// between reading and writing: what it then writes is older in every part.
func testLateProjection(t *testing.T, db *database) {
	at := func(seq ledger.Seq, key, file string, amount int64) store.Projection {
		p := store.Projection{Head: ledger.Head{Log: "L1", Seq: seq, Hash: ledger.Hash{byte(seq)}}, Streams: []store.Stream{stream("d/1", uint64(seq))}}
		for n := 1; n <= 2; n++ {
			r := row("A", n)
			r.Seq, r.Keys, r.Files, r.Words, r.Amount, r.Conflict = seq, []string{key}, []string{file}, []string{key}, amount, seq == 3
			p.Rows = append(p.Rows, r)
		}
		return p
	}
	newer, older := at(5, "new", "f5", 500), at(3, "old", "f3", 300)
	db.mustProject("A", newer)
	db.mustProject("A", older)
	sameProjection(t, db.mustSnapshot("A"), newer)
	for _, q := range []store.Query{
		{Units: units("A"), Words: []string{"old"}, Limit: 9},
		{Units: units("A"), Conflict: true, Limit: 9},
	} {
		if rows := db.mustQuery(q); len(rows) != 0 {
			t.Errorf("%d rows show what was before", len(rows))
		}
	}
	sum, err := db.Totals(t.Context(), store.Query{Units: units("A")})
	if want(t, sum, err); sum.Count != 2 || sum.Amount != 1000 {
		t.Errorf("%d rows of %d đồng, want 2 of 1000", sum.Count, sum.Amount)
	}
	alike, err := db.Alike(t.Context(), units("A"), newer.Rows[0].Kind, "", 9)
	if want(t, alike, err); len(alike) != 1 || alike[0].Key != "new" || len(alike[0].Rows) != 2 {
		t.Errorf("shared keys %+v, want the newer one alone", alike)
	}
	for file, count := range map[string]int{"f5": 2, "f3": 0} {
		refs, err := db.Naming(t.Context(), file, units("A"), 9)
		if want(t, refs, err); len(refs) != count {
			t.Errorf("%d records name %s, want %d", len(refs), file, count)
		}
	}
}

func testProjectRace(t *testing.T, db *database) {
	const many = 12
	for _, err := range race(many, func(i int) error {
		p := store.Projection{Head: ledger.Head{Seq: ledger.Seq(i + 1)}, Streams: []store.Stream{stream("d/1", uint64(i+1))}}
		for n := range 20 {
			r := row("A", n)
			r.Seq, r.Updated, r.Keys = ledger.Seq(i+1), ledger.Millis(i), []string{fmt.Sprint("k", i)}
			p.Rows = append(p.Rows, r)
		}
		return db.Project(t.Context(), "A", p)
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := db.mustSnapshot("A")
	if p.Head.Seq != many || len(p.Rows) != 20 || len(p.Streams) != 1 || p.Streams[0].Through != many {
		t.Errorf("head %d, %d rows, streams %+v", p.Head.Seq, len(p.Rows), p.Streams)
	}
	for _, r := range p.Rows {
		if r.Seq != many || r.Updated != many-1 {
			t.Errorf("row %s is of %d, want %d", r.ID, r.Seq, many)
		}
	}
	list, err := db.Alike(t.Context(), units("A"), "gift", "", 100)
	if want(t, list, err); len(list) != 1 || list[0].Key != fmt.Sprint("k", many-1) || len(list[0].Rows) != 20 {
		t.Errorf("%d keys are shared, want that of the newest only", len(list))
	}
}

func testProjectionModel(t *testing.T, db *database) {
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		unit := ledger.UnitID(fmt.Sprint("R", run))
		var model store.Projection
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			p := store.Projection{Head: ledger.Head{Log: "L1", Seq: ledger.Seq(rapid.IntRange(1, 5).Draw(t, "head"))}}
			ids := rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 0, 6, rapid.ID[int]).Draw(t, "ids")
			for _, n := range ids {
				r := row(unit, n)
				r.Seq = ledger.Seq(rapid.IntRange(1, 5).Draw(t, "seq"))
				r.Keys = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3, rapid.ID[string]).Draw(t, "keys")
				r.Updated = ledger.Millis(rapid.Int64().Draw(t, "updated"))
				p.Rows = append(p.Rows, r)
				p.Streams = append(p.Streams, store.Stream{ID: fmt.Sprint(n), Through: uint64(r.Seq), Body: fmt.Append(nil, r.Updated)})
			}
			if err := db.Project(db.t.Context(), unit, p); err != nil {
				t.Fatal(err)
			}
			projectModel(&model, p)
		}
		got, err := db.Snapshot(db.t.Context(), unit)
		if err != nil {
			t.Fatal(err)
		}
		sameProjection(t, got, model)
		checkAlike(t, db, units(unit), "gift", model.Rows)
	})
}

func projectModel(model *store.Projection, p store.Projection) {
	for _, r := range p.Rows {
		i := slices.IndexFunc(model.Rows, func(old store.Row) bool { return old.ID == r.ID })
		if i < 0 {
			model.Rows = append(model.Rows, r)
		} else if model.Rows[i].Seq < r.Seq {
			model.Rows[i] = r
		}
	}
	for _, l := range p.Streams {
		i := slices.IndexFunc(model.Streams, func(old store.Stream) bool { return old.ID == l.ID })
		if i < 0 {
			model.Streams = append(model.Streams, l)
		} else if model.Streams[i].Through < l.Through {
			model.Streams[i] = l
		}
	}
	if p.Head.Seq > model.Head.Seq {
		model.Head = p.Head
	}
}
