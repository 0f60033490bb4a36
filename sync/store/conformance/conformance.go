// Package conformance tests a backend against the contract of [store.Backend].
// Each backend's test calls [Run], and [Shared] where its data outlive it.
package conformance

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Run tests one backend. Each call of open returns an empty database, which
// the test that asked for it closes.
func Run(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Helper()
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Log", logTests},
		{"Projections", projectionTests},
		{"Query", queryTests},
		{"Alike", alikeTests},
		{"Documents", documentTests},
		{"Pieces", pieceTests},
		{"Backend", backendTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, one := range group.tests {
				t.Run(one.name, func(t *testing.T) {
					one.run(t, &database{Backend: open(t), t: t})
				})
			}
		})
	}
}

// test is one sentence of the contract.
type test struct {
	name string
	run  func(t *testing.T, db *database)
}

// database is a backend whose failures end the test.
type database struct {
	store.Backend
	t *testing.T
}

var backendTests = []test{
	{"answers a ping", func(t *testing.T, db *database) {
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}},
	{"gives up when the context is cancelled", testCancelled},
}

func testCancelled(t *testing.T, db *database) {
	c := chain("A", 1)[0]
	db.mustInsert(c)
	db.mustAdd("accounts", "an", "{}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	next := chain("A", 2)[1]
	row := row("A", 1)
	for name, call := range map[string]func() error{
		"Head":      func() error { _, err := db.Head(ctx, "A"); return err },
		"Insert":    func() error { return db.Insert(ctx, next) },
		"Commits":   func() error { _, err := db.Commits(ctx, "A", 0, 10); return err },
		"Redact":    func() error { return db.Redact(ctx, c.AppendJSON(nil), c) },
		"Ledgers":   func() error { _, err := db.Ledgers(ctx); return err },
		"Project":   func() error { return db.Project(ctx, "A", store.Projection{Head: c.Head(), Rows: []store.Row{row}}) },
		"Projected": func() error { _, err := db.Projected(ctx, "A"); return err },
		"Snapshot":  func() error { _, err := db.Snapshot(ctx, "A"); return err },
		"Unproject": func() error { return db.Unproject(ctx, "A") },
		"Query":     func() error { _, err := db.Query(ctx, store.Query{Units: units("A"), Limit: 1}); return err },
		"Alike":     func() error { _, err := db.Alike(ctx, units("A"), "gift", "", 1); return err },
		"Get":       func() error { _, err := db.Get(ctx, "accounts", "an"); return err },
		"Add":       func() error { return db.Add(ctx, "accounts", store.Document{ID: "ba", Body: []byte("{}")}) },
		"Replace": func() error {
			return db.Replace(ctx, "accounts", store.Document{ID: "an", Version: 1, Body: []byte("1")})
		},
		"Delete":     func() error { return db.Delete(ctx, "accounts", "an") },
		"List":       func() error { _, err := db.List(ctx, "accounts", "", "", 1); return err },
		"Existing":   func() error { _, err := db.Existing(ctx, "accounts", []string{"an"}); return err },
		"Naming":     func() error { _, err := db.Naming(ctx, "f", nil, 1); return err },
		"AddPiece":   func() error { return db.AddPiece(ctx, "f", 0, []byte("x")) },
		"PiecesEnd":  func() error { _, err := db.PiecesEnd(ctx, "f"); return err },
		"Pieces":     func() error { _, err := db.Pieces(ctx, "f"); return err },
		"DropPieces": func() error { return db.DropPieces(ctx, "f") },
		"Ping":       func() error { return db.Ping(ctx) },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", name, err, context.Canceled)
		}
	}
	if head := db.mustHead("A"); head != c.Head() {
		t.Errorf("head %v, want %v", head, c.Head())
	}
	if p := db.mustSnapshot("A"); len(p.Rows) > 0 {
		t.Errorf("a row was projected")
	}
	if d := db.mustGet("accounts", "an"); d.Version != 1 {
		t.Errorf("a document was replaced")
	}
}

// Shared tests what holds between several that have the same data open. Each
// call of create makes an empty database; what it returns opens it, any number
// of times. The test closes what it opens.
func Shared(t *testing.T, create func(t *testing.T) (open func(t *testing.T) store.Backend)) {
	t.Helper()
	t.Run("what was written is there after reopening", func(t *testing.T) { testReopened(t, create(t)) })
	t.Run("two write at once", func(t *testing.T) { testTwoWriters(t, create(t)) })
}

func testReopened(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Helper()
	list := chain("A", 3)
	projected := store.Projection{Head: list[2].Head(), Rows: []store.Row{row("A", 1)}, Streams: []store.Stream{stream("d/1", 3)}}
	first := &database{open(t), t}
	first.mustInsert(list...)
	first.mustProject("A", projected)
	first.mustAdd("accounts", "an", `{"name":"An"}`)
	first.mustAddPiece("f", 0, "ảnh")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := &database{open(t), t}
	sameCommits(t, second.mustCommits("A", 0, 10), list)
	sameProjection(t, second.mustSnapshot("A"), projected)
	if d := second.mustGet("accounts", "an"); d.Version != 1 || string(d.Body) != `{"name":"An"}` {
		t.Errorf("document: %+v", d)
	}
	second.wantPieces("f", store.Piece{Body: []byte("ảnh")})
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func testTwoWriters(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Helper()
	both := []store.Backend{open(t), open(t)}
	list := chain("A", 30)
	won := race(2*len(list), func(i int) error { return both[i%2].Insert(t.Context(), list[i/2]) })
	for i := range list {
		if wins := won[2*i : 2*i+2]; (wins[0] == nil) == (wins[1] == nil) {
			t.Errorf("commit %d: errors %v, want one success", i+1, wins)
		}
	}
	for _, b := range both {
		db := &database{b, t}
		sameCommits(t, db.mustCommits("A", 0, len(list)), list)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// race calls do n times at once and returns the errors.
func race(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start, done := make(chan struct{}), make(chan struct{})
	for i := range n {
		go func() {
			<-start
			errs[i] = do(i)
			done <- struct{}{}
		}()
	}
	close(start)
	for range n {
		<-done
	}
	return errs
}

func units(list ...ledger.UnitID) []ledger.UnitID { return list }

func want[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantError(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v, want %v", err, target)
	}
}

func (db *database) mustInsert(list ...*ledger.Commit) {
	db.t.Helper()
	for _, c := range list {
		if err := db.Insert(db.t.Context(), c); err != nil {
			db.t.Fatal(err)
		}
	}
}

func (db *database) mustHead(unit ledger.UnitID) ledger.Head {
	db.t.Helper()
	head, err := db.Head(db.t.Context(), unit)
	return want(db.t, head, err)
}

func (db *database) mustCommits(unit ledger.UnitID, after ledger.Seq, limit int) []*ledger.Commit {
	db.t.Helper()
	list, err := db.Commits(db.t.Context(), unit, after, limit)
	return want(db.t, list, err)
}

func (db *database) mustProject(unit ledger.UnitID, p store.Projection) {
	db.t.Helper()
	if err := db.Project(db.t.Context(), unit, p); err != nil {
		db.t.Fatal(err)
	}
}

// mustSnapshot checks by the way that Projected returns the same head.
func (db *database) mustSnapshot(unit ledger.UnitID) store.Projection {
	db.t.Helper()
	p, err := db.Snapshot(db.t.Context(), unit)
	want(db.t, p, err)
	head, err := db.Projected(db.t.Context(), unit)
	if want(db.t, head, err); head != p.Head {
		db.t.Fatalf("projected %+v, the snapshot has %+v", head, p.Head)
	}
	return p
}

func (db *database) mustQuery(q store.Query) []store.Row {
	db.t.Helper()
	rows, err := db.Query(db.t.Context(), q)
	return want(db.t, rows, err)
}

func (db *database) mustAdd(collection, id, body string) {
	db.t.Helper()
	if err := db.Add(db.t.Context(), collection, store.Document{ID: id, Body: []byte(body)}); err != nil {
		db.t.Fatal(err)
	}
}

func (db *database) mustGet(collection, id string) store.Document {
	db.t.Helper()
	d, err := db.Get(db.t.Context(), collection, id)
	return want(db.t, d, err)
}

func sameCommits(t *testing.T, got, want []*ledger.Commit) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d commits, want %d", len(got), len(want))
	}
	for i := range got {
		if !bytes.Equal(got[i].AppendJSON(nil), want[i].AppendJSON(nil)) {
			t.Fatalf("commit %d is not as it was inserted", want[i].Seq)
		}
	}
}

func sameRow(a, b *store.Row) bool {
	sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
	return a.Unit == b.Unit && a.ID == b.ID && a.Kind == b.Kind && a.Seq == b.Seq && a.State == b.State &&
		a.Conflict == b.Conflict && a.Date == b.Date && a.Name == b.Name && a.Updated == b.Updated &&
		slices.Equal(sorted(a.Words), sorted(b.Words)) && slices.Equal(sorted(a.Keys), sorted(b.Keys)) && slices.Equal(sorted(a.Files), sorted(b.Files)) && a.Waiting == b.Waiting && bytes.Equal(a.Body, b.Body)
}

func sameRows(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want []store.Row,
) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !sameRow(&got[i], &want[i]) {
			t.Fatalf("row %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

// sameProjection compares regardless of order.
func sameProjection(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want store.Projection,
) {
	t.Helper()
	if got.Head != want.Head {
		t.Fatalf("head %+v, want %+v", got.Head, want.Head)
	}
	byID := func(a, b store.Row) int { return a.ID.Compare(b.ID) }
	sameRows(t, slices.SortedFunc(slices.Values(got.Rows), byID), slices.SortedFunc(slices.Values(want.Rows), byID))
	byName := func(a, b store.Stream) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) }
	gotStreams, wantStreams := slices.SortedFunc(slices.Values(got.Streams), byName), slices.SortedFunc(slices.Values(want.Streams), byName)
	same := func(a, b store.Stream) bool {
		return a.ID == b.ID && a.Through == b.Through && bytes.Equal(a.Body, b.Body)
	}
	if !slices.EqualFunc(gotStreams, wantStreams, same) {
		t.Fatalf("streams:\n got %+v\nwant %+v", gotStreams, wantStreams)
	}
}
