package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// crammed is a database without room.
type crammed struct {
	store.Backend
	full atomic.Bool
}

func (c *crammed) Insert(ctx context.Context, commit *ledger.Commit) error {
	if c.full.Load() {
		return fmt.Errorf("insert: %w", store.ErrFull)
	}
	return c.Backend.Insert(ctx, commit)
}

func (c *crammed) Add(ctx context.Context, collection string, d store.Document) error {
	if c.full.Load() {
		return fmt.Errorf("add: %w", store.ErrFull)
	}
	return c.Backend.Add(ctx, collection, d)
}

// TestFullDatabaseIsTold once a minute, however many writes it refuses, and
// until none was refused for a minute.
func TestFullDatabaseIsTold(t *testing.T) {
	var later atomic.Int64
	now := func() time.Time { return day.Add(time.Duration(later.Load())) }
	told := 0
	db := &crammed{Backend: memory.New()}
	room := store.WatchSpace(db, now, func(err error) {
		if !errors.Is(err, store.ErrFull) {
			t.Errorf("told of %v", err)
		}
		told++
	})
	s := openStore(t, room, func(o *store.Options) { o.Now, o.Deadline = now, time.Second })
	p := newPhone(t, "A")
	p.edit(id(1), 0, meeting(1))
	full := func(want bool) {
		t.Helper()
		if got := s.Condition().Full; got != want {
			t.Errorf("full: %v, want %v", got, want)
		}
	}
	p.mustPush(s, 1, 1)
	full(false)
	db.full.Store(true)
	p.edit(id(2), 0, meeting(2))
	if _, err := p.push(s, 2, 2); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, store.ErrFull) {
		t.Fatalf("a push into a full database: %v", err)
	}
	for range 3 {
		if err := room.Add(t.Context(), "x", store.Document{ID: "1", Body: []byte("{}")}); !errors.Is(err, store.ErrFull) {
			t.Fatal(err)
		}
	}
	if told != 1 {
		t.Errorf("told %d times within a minute", told)
	}
	full(true)
	later.Store(int64(61 * time.Second))
	full(false)
	_ = room.Add(t.Context(), "x", store.Document{ID: "1", Body: []byte("{}")})
	if told != 2 {
		t.Errorf("told %d times in two minutes", told)
	}
	db.full.Store(false)
	full(true)
	p.mustPush(s, 2, 2)
	later.Store(int64(3 * time.Minute))
	full(false)
}

// brimful is a database in which nothing can be written.
type brimful struct{ store.Backend }

func (brimful) Insert(context.Context, *ledger.Commit) error { return store.ErrFull }

func (brimful) Redact(context.Context, []byte, *ledger.Commit) error { return store.ErrFull }

func (brimful) Project(context.Context, ledger.UnitID, store.Projection) error { return store.ErrFull }

func (brimful) Unproject(context.Context, ledger.UnitID) error { return store.ErrFull }

func (brimful) Add(context.Context, string, store.Document) error { return store.ErrFull }

func (brimful) Replace(context.Context, string, store.Document) error { return store.ErrFull }

func (brimful) Delete(context.Context, string, string) error { return store.ErrFull }

func (brimful) AddPiece(context.Context, string, int64, []byte) error { return store.ErrFull }

func (brimful) DropPieces(context.Context, string) error { return store.ErrFull }

// Every write that there is is watched, whatever it writes.
func TestEveryWriteIsWatched(t *testing.T) {
	reads := []string{
		"Head", "Commits", "Ledgers", "Projected", "Snapshot", "Query", "Totals", "TotalsByFacet", "Alike", "Naming",
		"Get", "Existing", "List", "PiecesEnd", "Pieces", "Ping", "Close",
	}
	backend := reflect.TypeFor[store.Backend]()
	for i := range backend.NumMethod() {
		name := backend.Method(i).Name
		if slices.Contains(reads, name) {
			continue
		}
		told := 0
		db := store.WatchSpace(brimful{memory.New()}, func() time.Time { return day }, func(error) { told++ })
		write := reflect.ValueOf(db).MethodByName(name)
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for at := 1; at < write.Type().NumIn(); at++ {
			args = append(args, reflect.Zero(write.Type().In(at)))
		}
		err, _ := write.Call(args)[0].Interface().(error)
		if !errors.Is(err, store.ErrFull) || told != 1 {
			t.Errorf("%s: %v, told %d times", name, err, told)
		}
	}
}
