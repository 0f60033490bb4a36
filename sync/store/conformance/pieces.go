package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var pieceTests = []test{
	{"what is not there is empty", func(t *testing.T, db *database) {
		if end, err := db.PiecesEnd(t.Context(), "f"); want(t, end, err) != 0 {
			t.Errorf("ends at %d", end)
		}
		db.wantPieces("f")
		if err := db.DropPieces(t.Context(), "f"); err != nil {
			t.Fatal(err)
		}
	}},
	{"pieces come in order, byte by byte, up to the largest", testPieces},
	{"a place is taken once", testPieceRace},
	{"a drop removes one file", func(t *testing.T, db *database) {
		for _, file := range []string{"f", "f1", "e"} {
			db.mustAddPiece(file, 0, file)
			db.mustAddPiece(file, int64(len(file)), file)
		}
		if err := db.DropPieces(t.Context(), "f"); err != nil {
			t.Fatal(err)
		}
		db.wantPieces("f")
		db.wantPieces("f1", store.Piece{Body: []byte("f1")}, store.Piece{Offset: 2, Body: []byte("f1")})
		db.wantPieces("e", store.Piece{Body: []byte("e")}, store.Piece{Offset: 1, Body: []byte("e")})
	}},
	{"existing tells which documents there are", testExisting},
	{"naming tells which rows name a file", testNaming},
}

func testPieces(t *testing.T, db *database) {
	large := bytes.Repeat([]byte{0, 0xff, '$', '\'', 0x80}, store.MaxPiece/5)
	list := []store.Piece{
		{Offset: 0, Body: []byte("a")}, {Offset: 1, Body: large}, {Offset: int64(1 + len(large)), Body: []byte{0}},
	}
	for _, i := range []int{1, 0, 2} { // in any order
		db.mustAddPiece("f", list[i].Offset, string(list[i].Body))
	}
	db.wantPieces("f", list...)
	if end, err := db.PiecesEnd(t.Context(), "f"); want(t, end, err) != int64(2+len(large)) {
		t.Errorf("ends at %d, want %d", end, 2+len(large))
	}
}

func testPieceRace(t *testing.T, db *database) {
	won := 0
	for _, err := range race(8, func(i int) error { return db.AddPiece(t.Context(), "f", 7, fmt.Append(nil, i)) }) {
		if err == nil {
			won++
		} else {
			wantError(t, err, store.ErrTaken)
		}
	}
	if won != 1 {
		t.Errorf("%d succeeded, want 1", won)
	}
}

func testExisting(t *testing.T, db *database) {
	all := slices.Sorted(slices.Values(append([]string{"a", "b"}, hostile...)))
	for _, id := range all {
		db.mustAdd("files", id, "{}")
	}
	db.mustAdd("filez", "c", "{}")
	got, err := db.Existing(t.Context(), "files", append([]string{"c", "d"}, all...))
	want(t, got, err)
	slices.Sort(got)
	if !slices.Equal(got, all) {
		t.Errorf("%q, want %q", got, all)
	}
	if got, err := db.Existing(t.Context(), "files", nil); len(want(t, got, err)) != 0 {
		t.Errorf("of none: %q", got)
	}
}

func testNaming(t *testing.T, db *database) {
	a1, a2, b1, aa := row("A", 1), row("A", 2), row("B", 1), row("A-1", 1)
	a1.Files, a2.Files, b1.Files, aa.Files = []string{"x", "y"}, []string{"x"}, []string{"x"}, nil
	for _, r := range []store.Row{a1, a2, b1, aa} {
		db.mustProject(r.Unit, store.Projection{Rows: []store.Row{r}})
	}
	check := func(file string, scope []ledger.UnitID, limit int, rows ...store.Row) {
		t.Helper()
		var refs []ledger.Ref
		for _, r := range rows {
			refs = append(refs, ledger.Ref{Unit: r.Unit, Record: r.ID})
		}
		got, err := db.Naming(t.Context(), file, scope, limit)
		if !slices.Equal(want(t, got, err), refs) {
			t.Errorf("%q in %v: %v, want %v", file, scope, got, refs)
		}
	}
	check("x", nil, 9, a1, a2, b1)
	check("x", nil, 2, a1, a2)
	check("x", nil, 0)
	check("x", units("B", "A-1"), 9, b1)
	check("y", units("A"), 9, a1)
	check("z", nil, 9)
	for _, text := range hostile {
		check(text, nil, 9)
		check("x", units(ledger.UnitID(text)), 9)
	}
	a1.Seq, a1.Files = 2, []string{"z"} // newer
	a2.Seq, a2.Files = 1, nil           // not newer
	db.mustProject("A", store.Projection{Rows: []store.Row{a1, a2}})
	check("x", nil, 9, a2, b1)
	check("y", nil, 9)
	check("z", nil, 9, a1)
	if err := db.Unproject(t.Context(), "A"); err != nil {
		t.Fatal(err)
	}
	check("x", nil, 9, b1)
	check("z", nil, 9)
}

func (db *database) mustAddPiece(file string, offset int64, body string) {
	db.t.Helper()
	if err := db.AddPiece(db.t.Context(), file, offset, []byte(body)); err != nil {
		db.t.Fatal(err)
	}
}

func (db *database) wantPieces(file string, list ...store.Piece) {
	db.t.Helper()
	got, err := db.Pieces(db.t.Context(), file)
	same := func(a, b store.Piece) bool { return a.Offset == b.Offset && bytes.Equal(a.Body, b.Body) }
	if !slices.EqualFunc(want(db.t, got, err), list, same) {
		db.t.Errorf("%d pieces of %s, want %d, or other bytes", len(got), file, len(list))
	}
}
