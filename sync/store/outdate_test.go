package store_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// makeOlder notes that an older version of the program made the rows.
func makeOlder(t *testing.T, db store.Backend) {
	t.Helper()
	versions := store.NewTable[map[string]int](db, "versions")
	older := func(v *map[string]int) error { (*v)["rows"]--; return nil }
	if _, err := versions.Update(t.Context(), "projections", older); err != nil {
		t.Fatal(err)
	}
}

// halting is a database that halts one projection on its way.
type halting struct {
	store.Backend
	halt         atomic.Bool
	halted, goOn chan struct{}
}

func (b *halting) Project(ctx context.Context, unit ledger.UnitID, p store.Projection) error {
	if b.halt.CompareAndSwap(true, false) {
		close(b.halted)
		<-b.goOn
	}
	return b.Backend.Project(ctx, unit, p)
}

// TestListsAreMadeAgainDuringAProjection has a projection of one record under
// way while the lists of its unit are made again.
func TestListsAreMadeAgainDuringAProjection(t *testing.T) {
	db := &halting{Backend: memory.New(), halted: make(chan struct{}), goOn: make(chan struct{})}
	h := &host{t, db}
	first := h.server()
	if err := first.Recover(t.Context()); err != nil { // which notes this version
		t.Fatal(err)
	}
	a := newPhone(t, "A")
	for i := range 20 {
		a.edit(id(i), 0, meeting(i))
	}
	a.mustPush(first, 1, 20)
	if err := first.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	makeOlder(t, db)
	s := h.server()
	if err := s.BeginRecovery(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.mustPush(s, a.edit(id(20), 0, meeting(20)), 21)
	for s.ProjectionLag() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
	db.halt.Store(true)
	a.mustPush(s, a.edit(id(21), 0, meeting(21)), 22)
	<-db.halted
	recovered := make(chan error, 1)
	go func() { recovered <- s.Recover(t.Context()) }()
	time.Sleep(200 * time.Millisecond) // until it waits for the projection
	close(db.goOn)
	if err := <-recovered; err != nil {
		t.Fatal(err)
	}
	mustAgree(t, h, s)
}

// TestRowsOfAnOlderVersionAreNotBelieved starts on rows of a version that did
// not store since when a record is in conflict, nor who changes it how often.
// If somebody else loads the unit before the recovery does, they are made again
// from the ledger.
func TestRowsOfAnOlderVersionAreNotBelieved(t *testing.T) {
	for name, come := range map[string]func(s *store.Store, a *phone) error{
		"nobody": func(*store.Store, *phone) error { return nil },
		"a pull": func(s *store.Store, _ *phone) error {
			_, err := s.Changes(t.Context(), village, store.Pulled{}, 10, 0)
			return err
		},
		"a push": func(s *store.Store, a *phone) error {
			n := a.edit(id(2), 0, meeting(3))
			_, err := a.push(s, n, n)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{t, memory.New()}
			first := h.server()
			if err := first.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			a, b := newPhone(t, "A"), newPhone(t, "B")
			a.mustPush(first, a.edit(id(1), 0, meeting(1)), 1)
			b.mustPush(first, b.edit(id(1), 0, meeting(2)), 1)
			mustAgree(t, h, first)
			old, err := h.backend.Snapshot(t.Context(), village)
			if err != nil || len(old.Rows) != 1 || old.Rows[0].Waiting == 0 {
				t.Fatalf("%v, %+v", err, old.Rows)
			}
			row := &old.Rows[0]
			fresh := regexp.MustCompile(`"waiting":\d+,|"paces":\[[^\]]*\],`)
			if found := fresh.FindAll(row.Body, -1); len(found) != 2 {
				t.Fatalf("%q in %s", found, row.Body)
			}
			row.Waiting, row.Body = 0, fresh.ReplaceAll(row.Body, nil)
			if err := h.backend.Unproject(t.Context(), village); err != nil {
				t.Fatal(err)
			}
			if err := h.backend.Project(t.Context(), village, old); err != nil {
				t.Fatal(err)
			}
			makeOlder(t, h.backend)
			s := h.server()
			if err := s.BeginRecovery(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := come(s, a); err != nil {
				t.Fatal(err)
			}
			if err := s.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			mustAgree(t, h, s)
			now, err := h.backend.Snapshot(t.Context(), village)
			if err != nil {
				t.Fatal(err)
			}
			for i := range now.Rows {
				if r := &now.Rows[i]; r.Conflict && r.Waiting == 0 {
					t.Errorf("since when it is in conflict is lost: %s", r.Body)
				}
			}
		})
	}
}

// emptied counts how often a unit's lists are emptied.
type emptied struct {
	*halting
	times atomic.Int64
}

func (b *emptied) Unproject(ctx context.Context, unit ledger.UnitID) error {
	b.times.Add(1)
	return b.halting.Unproject(ctx, unit)
}

// TestListsAreMadeAgainOnce has a person ask for lists while the recovery makes
// them again: they are not emptied a second time once he has read them.
func TestListsAreMadeAgainOnce(t *testing.T) {
	db := &emptied{halting: &halting{Backend: memory.New(), halted: make(chan struct{}), goOn: make(chan struct{})}}
	h := &host{t, db}
	first := h.server()
	if err := first.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := newPhone(t, "A")
	a.mustPush(first, a.edit(id(1), 0, meeting(1)), 1)
	if err := first.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	makeOlder(t, db)
	s := h.server()
	if err := s.BeginRecovery(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Head(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	for s.ProjectionLag() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
	db.halt.Store(true)
	done := make(chan error, 2)
	go func() { done <- s.Recover(t.Context()) }()
	<-db.halted
	before := db.times.Load()
	go func() { done <- s.Settle(t.Context(), []ledger.UnitID{village}) }()
	time.Sleep(200 * time.Millisecond) // until it waits for the recovery
	close(db.goOn)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := db.times.Load() - before; n > 0 {
		t.Errorf("lists that were just made were emptied %d times", n)
	}
	mustAgree(t, h, s)
}

// TestListsAreMadeAgainOfTheWholeLedger recovers lists of an older version while
// plain reads show no commit behind the first.
func TestListsAreMadeAgainOfTheWholeLedger(t *testing.T) {
	db := &shortSighted{Backend: memory.New()}
	h := &host{t, db}
	first := h.server()
	if err := first.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := newPhone(t, "A")
	a.mustFill(first, 3)
	makeOlder(t, db)
	s := h.server()
	if err := s.BeginRecovery(t.Context()); err != nil {
		t.Fatal(err)
	}
	db.sees.Store(1)
	if err := s.Recover(t.Context()); err == nil {
		t.Error("lists of a part of the ledger are taken for all")
	}
	db.sees.Store(0)
	if err := s.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAgree(t, h, s)
}

// shortSighted shows plain reads no commit behind one, as a primary does that was
// replaced and does not know it yet.
type shortSighted struct {
	store.Backend
	sees atomic.Int64 // 0: all
}

func (b *shortSighted) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	commits, err := b.Backend.Commits(ctx, id, after, limit)
	if last := ledger.Seq(b.sees.Load()); last > 0 {
		commits = slices.DeleteFunc(commits, func(c *ledger.Commit) bool { return c.Seq > last })
	}
	return commits, err
}

// refusing takes every row but one.
type refusing struct {
	store.Backend
	row ledger.RecordID
}

func (b *refusing) Project(ctx context.Context, unit ledger.UnitID, p store.Projection) error {
	if slices.ContainsFunc(p.Rows, func(r store.Row) bool { return r.ID == b.row }) {
		return errors.New("this row is not taken")
	}
	return b.Backend.Project(ctx, unit, p)
}

// TestRefusedRowDoesNotKeepListsOld makes lists again of which the database
// refuses one row: at the next start they are not of an older version any more.
func TestRefusedRowDoesNotKeepListsOld(t *testing.T) {
	h := &host{t, memory.New()}
	first := h.server()
	if err := first.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := newPhone(t, "A")
	a.mustFill(first, 3)
	makeOlder(t, h.backend)
	refused := &host{t, &refusing{h.backend, id(1)}}
	s := refused.server()
	var err error
	for range 20 { // it is tried some times before it is set aside
		if err = s.Recover(t.Context()); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("never done: %v", err)
	}
	if c := s.Condition(); c.Left != 0 || len(c.Aside[village]) != 1 {
		t.Errorf("left %d, set aside %v", c.Left, c.Aside)
	}
	next := &emptied{halting: &halting{Backend: h.backend}}
	last := (&host{t, next}).server()
	if err := last.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := next.times.Load(); n > 0 {
		t.Errorf("the next start made the lists again: emptied %d times", n)
	}
	mustAgree(t, h, last)
}
