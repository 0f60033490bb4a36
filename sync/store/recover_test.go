package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// watched is a database that counts questions, and can hold some of them up.
type watched struct {
	store.Backend
	heads  atomic.Int64
	hold   atomic.Pointer[string] // the units that begin with this have commits that nobody can read
	resume chan struct{}

	held, most atomic.Int64 // reads that are held up, and how many at once
}

func (w *watched) Head(ctx context.Context, id ledger.UnitID) (ledger.Head, error) {
	w.heads.Add(1)
	return w.Backend.Head(ctx, id)
}

func (w *watched) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	if held := w.hold.Load(); held != nil && strings.HasPrefix(string(id), *held) && limit == 256 {
		n := w.held.Add(1)
		defer w.held.Add(-1)
		for most := w.most.Load(); n > most && !w.most.CompareAndSwap(most, n); most = w.most.Load() {
		}
		select {
		case <-w.resume:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return w.Backend.Commits(ctx, id, after, limit)
}

func openStore(t *testing.T, db store.Backend, change func(*store.Options)) *store.Store {
	t.Helper()
	o := store.Options{
		Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{1}), Location: time.UTC, Deadline: 10 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	s := store.New(db, o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

func pushTo(t *testing.T, s *store.Store, unit ledger.UnitID, records int) {
	t.Helper()
	p := newPhone(t, ledger.DeviceID("d-"+unit))
	for i := range records {
		p.edit(id(i), 0, meeting(i))
	}
	if _, err := s.Append(t.Context(), unit, p.author, p.batch(1, uint64(records))); err != nil {
		t.Fatal(err)
	}
}

// TestStartAsksLittle starts on many ledgers that are up to date. Sure reads
// wait for a majority of the database's nodes: nothing that a person waits for
// makes one: not the start, and not loading a unit. The recovery behind them
// makes one for each.
func TestStartAsksLittle(t *testing.T) {
	db := &watched{Backend: memory.New()}
	first := openStore(t, db, nil)
	const units = 60
	var all []ledger.UnitID
	for i := range units {
		unit := ledger.UnitID(fmt.Sprintf("2113%02d", i))
		all = append(all, unit)
		pushTo(t, first, unit, 2)
	}
	if err := errors.Join(first.Settle(t.Context(), all), first.Recover(t.Context())); err != nil {
		t.Fatal(err)
	}
	db.heads.Store(0)
	next := openStore(t, db, nil)
	if err := next.BeginRecovery(t.Context()); err != nil || db.heads.Load() > 0 {
		t.Errorf("%d sure reads before anything is served, %v", db.heads.Load(), err)
	}
	if err := next.Recover(t.Context()); err != nil || db.heads.Load() > units {
		t.Errorf("%d sure reads to recover %d units, %v", db.heads.Load(), units, err)
	}
	db.heads.Store(0)
	if c := next.Condition(); c.Left != 0 || c.Ledgers != units {
		t.Errorf("after the start: %+v", c)
	}
	for _, unit := range all {
		if _, err := next.Head(t.Context(), unit); err != nil {
			t.Fatal(err)
		}
	}
	if n := db.heads.Load(); n > 0 {
		t.Errorf("%d sure reads to load %d units", n, units)
	}
}

// TestListsComeFirstWhereTheyAreRead starts on a ledger whose lists were cut
// off, serves before they are made, and makes them for their readers.
func TestListsComeFirstWhereTheyAreRead(t *testing.T) {
	db := memory.New()
	first := openStore(t, db, func(o *store.Options) { o.ProjectAfter = time.Hour })
	pushTo(t, first, village, 3)
	next := openStore(t, db, nil)
	if err := next.BeginRecovery(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := next.Condition(); c.Left != 1 {
		t.Errorf("left to look at: %+v", c)
	}
	if err := next.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Limit: 10})
	if err != nil || len(rows) != 3 || next.Condition().Left != 0 {
		t.Errorf("%d rows, %v; %+v", len(rows), err, next.Condition())
	}
}

// TestOneUnitHoldsUpNoOther lets the database hang for one unit at the limit of
// memory. All other units are served, and metrics still work.
func TestOneUnitHoldsUpNoOther(t *testing.T) {
	db := &watched{Backend: memory.New(), resume: make(chan struct{})}
	s := openStore(t, db, func(o *store.Options) { o.MaxRecords = 4 })
	other := openStore(t, db, nil) // another server writes, so that the first has to catch up
	pushTo(t, s, "slow", 3)
	p := newPhone(t, "another")
	p.edit(id(3), 0, meeting(3))
	if _, err := other.Append(t.Context(), "slow", p.author, p.batch(1, 1)); err != nil {
		t.Fatal(err)
	}
	slow := "slow"
	db.hold.Store(&slow)
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		_, _ = s.Head(ctx, "slow")
	}()
	served := make(chan struct{})
	go func() {
		defer close(served)
		for db.held.Load() == 0 {
			select {
			case <-waiting:
				t.Error("nothing hangs")
				return
			case <-time.After(time.Millisecond):
			}
		}
		for i := range 5 {
			pushTo(t, s, ledger.UnitID(fmt.Sprintf("unit-%d", i)), 3)
		}
		s.QueueDepth()
		s.ProjectionLag()
		s.Condition()
		if err := s.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-served:
	case <-time.After(20 * time.Second):
		t.Error("the other units wait for the one whose ledger cannot be read")
	}
	cancel()
	close(db.resume)
	<-waiting
	<-served
}

// hasty is a pause that is over at once where it is long.
func hasty(ctx context.Context, d time.Duration) error {
	if d < time.Second {
		time.Sleep(d)
	}
	return ctx.Err()
}

// TestUnitsThatHangHoldUpNoOther lets the database hang for many units that are not in
// memory. Others are loaded all the same, and there is a bound to how many hang at once.
func TestUnitsThatHangHoldUpNoOther(t *testing.T) {
	const most = 26
	db := &watched{Backend: memory.New(), resume: make(chan struct{})}
	slow := "slow"
	db.hold.Store(&slow)
	s := openStore(t, db, func(o *store.Options) { o.Pause = hasty })
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	hang := func(from, to int) {
		for i := from; i < to; i++ {
			waiting.Go(func() {
				if _, err := s.Head(ctx, ledger.UnitID(fmt.Sprintf("slow-%d", i))); err != nil {
					t.Error(err)
				}
			})
		}
	}
	reach := func(n int64) {
		t.Helper()
		for range 5000 {
			if db.held.Load() == n {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatalf("%d loads are under way, want %d", db.held.Load(), n)
	}
	hang(0, most-2)
	reach(most - 2)
	for i := range 5 {
		pushTo(t, s, ledger.UnitID(fmt.Sprintf("unit-%d", i)), 3)
	}
	hang(most-2, 2*most)
	reach(most)
	close(db.resume)
	waiting.Wait()
	if n := db.most.Load(); n != most {
		t.Errorf("%d loads were under way at once, want at most %d", n, most)
	}
}

// snapshots counts the snapshots that are read.
type snapshots struct {
	watched
	read atomic.Int64
}

func (s *snapshots) Snapshot(ctx context.Context, id ledger.UnitID) (store.Projection, error) {
	s.read.Add(1)
	return s.Backend.Snapshot(ctx, id)
}

// TestLoadIsShared lets the phone give up that was the first to need a unit. The
// load goes on for the second, and nobody waits for it longer than they want to.
func TestLoadIsShared(t *testing.T) {
	db := &snapshots{watched: watched{Backend: memory.New(), resume: make(chan struct{})}}
	pushTo(t, openStore(t, db, nil), village, 3)
	s := openStore(t, db, nil)
	db.read.Store(0)
	all := ""
	db.hold.Store(&all)
	ask := func(ctx context.Context) chan error {
		answer := make(chan error, 1)
		go func() {
			_, err := s.Head(ctx, village)
			answer <- err
		}()
		return answer
	}
	within := func(answer chan error) error {
		t.Helper()
		select {
		case err := <-answer:
			return err
		case <-time.After(20 * time.Second):
			t.Fatal("no answer")
			return nil
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := ask(ctx)
	for db.held.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	second := ask(t.Context())
	cancel()
	if err := within(first); !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: %v", err)
	}
	if err := within(ask(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up before asking: %v", err)
	}
	close(db.resume)
	if err := within(second); err != nil {
		t.Errorf("who waited: %v", err)
	}
	if n := db.read.Load(); n != 1 {
		t.Errorf("the unit was loaded %d times", n)
	}
}

// TestRefusedRowsHoldUpNoOther has two units with a row that the database never takes.
// What is written to a third comes into its lists, though nobody asks for them.
func TestRefusedRowsHoldUpNoOther(t *testing.T) {
	db := memory.New()
	db.SetFaults(func(op, at string) memory.Fault {
		if op == memory.OpPutRow && strings.HasPrefix(at, "slow") {
			return memory.Unapplied
		}
		return memory.None
	})
	pausing := make(chan struct{}, 2)
	s := openStore(t, db, func(o *store.Options) {
		o.Pause = func(ctx context.Context, d time.Duration) error {
			if d == time.Minute {
				pausing <- struct{}{}
			}
			if d >= time.Second {
				<-ctx.Done()
			}
			return ctx.Err()
		}
	})
	pushTo(t, s, "slow-1", 1)
	pushTo(t, s, "slow-2", 1)
	<-pausing
	<-pausing
	pushTo(t, s, village, 3)
	for range 5000 {
		rows, err := db.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 3 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the lists of one unit wait for those of others")
}

// TestRowsTooLargeAreSetAside has a record that no row can hold: it is named,
// stays in the fold, stops neither lists nor starts, and is listed again once it
// fits.
func TestRowsTooLargeAreSetAside(t *testing.T) {
	db := memory.New()
	var failures atomic.Int64
	small := func(o *store.Options) {
		o.MaxRow = 1500
		o.Failed = func(_ ledger.UnitID, err error) {
			if errors.Is(err, store.ErrSetAside) {
				failures.Add(1)
			}
		}
	}
	s := openStore(t, db, small)
	p := newPhone(t, "A")
	p.edit(id(1), 0, meeting(1))
	p.edit(id(2), 0, `{"date":"2026-11-20","level":"commune","place":"`+"Điểm mẫu 2"+`","attendance":2,"summaries":"`+strings.Repeat("x", 1500)+`"}`)
	if got := statuses(p.mustPush(s, 1, 2)); got != "accepted accepted" {
		t.Fatal(got)
	}
	look := func(s *store.Store, rows, aside int) {
		t.Helper()
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		list, err := db.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Limit: 10})
		if err != nil || len(list) != rows {
			t.Errorf("%d rows, %v; want %d", len(list), err, rows)
		}
		mustSetAside(t, s, aside)
	}
	look(s, 1, 1)
	p.edit(id(3), 0, meeting(3))
	p.mustPush(s, 3, 3)
	look(s, 2, 1)

	next := openStore(t, db, small)
	if err := next.Recover(t.Context()); err != nil {
		t.Fatalf("the start stops at it: %v", err)
	}
	look(next, 2, 1)
	if r, err := next.Record(t.Context(), village, id(2)); err != nil || r.Int("attendance") != 2 {
		t.Errorf("the record itself: %v, %v", r, err)
	}
	if n := failures.Load(); n == 0 || n > 4 {
		t.Errorf("it was reported %d times", n)
	}
	if err := openStore(t, db, nil).Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	look(openStore(t, db, nil), 3, 0)
}

// mustSetAside wants a number of records of the village without a row. A unit
// that is at work has nothing to say, and is asked again.
func mustSetAside(t *testing.T, s *store.Store, want int) {
	t.Helper()
	var list []ledger.RecordID
	for range 2000 {
		if list = s.Condition().Aside[village]; len(list) == want {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("set aside: %v, want %d", list, want)
}

// TestRowsRefusedAreSetAside has a database that never takes one record's row.
// The other rows are written, lists and starts go on, and the row is stored once
// the database takes it.
func TestRowsRefusedAreSetAside(t *testing.T) {
	db := memory.New()
	var refuse atomic.Bool
	refuse.Store(true)
	db.SetFaults(func(op, at string) memory.Fault {
		if refuse.Load() && op == memory.OpPutRow && strings.HasSuffix(at, id(2).String()) {
			return memory.Unapplied
		}
		return memory.None
	})
	s := openStore(t, db, func(o *store.Options) { o.ProjectAfter = time.Hour })
	pushTo(t, s, village, 4)
	var err error
	for range 20 { // the desk asks again
		if err = s.Settle(t.Context(), []ledger.UnitID{village}); err == nil {
			break
		}
	}
	rows, queryErr := db.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Limit: 10})
	if err = errors.Join(err, queryErr); err != nil || len(rows) != 3 {
		t.Errorf("%d rows, %v; want 3", len(rows), err)
	}
	mustSetAside(t, s, 1)
	refuse.Store(false)
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	mustSetAside(t, s, 0)
	mustAgree(t, &host{t, db}, s)
}
