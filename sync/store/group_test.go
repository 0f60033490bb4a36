package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// unreadable cannot read what stands behind one place of a ledger.
type unreadable struct {
	store.Backend
	behind atomic.Int64 // 0: it can read everything
	failed atomic.Int64 // reads
}

func (u *unreadable) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	if at := u.behind.Load(); at > 0 && after == ledger.Seq(at) {
		u.failed.Add(1)
		return nil, errors.New("this page is damaged")
	}
	return u.Backend.Commits(ctx, id, after, limit)
}

// TestReadErrorFailsItsBatchAlone brings two batches into one group, of which
// one names a head that cannot be read. The other is still committed.
func TestReadErrorFailsItsBatchAlone(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		first := h.server()
		a, b := newPhone(t, "A"), newPhone(t, "B")
		heads := a.mustFill(first, 20)
		db := &unreadable{Backend: h.backend}
		release := make(chan struct{})
		s := openStore(t, db, func(o *store.Options) {
			o.Deadline = 3 * time.Second
			o.Go = func(work func()) {
				go func() {
					<-release
					work()
				}()
			}
		})
		if _, err := s.Head(t.Context(), village); err != nil { // remembers no old hashes
			t.Fatal(err)
		}
		db.behind.Store(2)
		b.head = &heads[2]
		b.edit(id(100), 0, meeting(100))
		a.edit(id(101), 0, meeting(101))
		answers := make(chan error, 1)
		go func() {
			_, err := b.push(s, 1, 1)
			answers <- err
		}()
		for s.QueueDepth() < 1 {
			time.Sleep(time.Millisecond)
		}
		taken := make(chan error, 1)
		go func() {
			_, err := a.push(s, 21, 21)
			taken <- err
		}()
		for s.QueueDepth() < 2 {
			time.Sleep(time.Millisecond)
		}
		close(release)
		if err := <-taken; err != nil {
			t.Errorf("the other batch: %v", err)
		}
		if err := <-answers; !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("the batch whose head cannot be read: %v", err)
		}
		db.behind.Store(0)
		if got := statuses(b.mustPush(s, 1, 1)); got != "accepted" {
			t.Errorf("sent again: %s", got)
		}
		mustAgree(t, h, s)
	})
}

// TestUnreadableBatchLetsTheOthersGo sends 20 batches, one after another, while
// one of the same unit cannot be read: they are answered before it, and it costs
// a few reads.
func TestUnreadableBatchLetsTheOthersGo(t *testing.T) {
	h := &host{t, memory.New()}
	first := h.server()
	a, b := newPhone(t, "A"), newPhone(t, "B")
	heads := a.mustFill(first, 20)
	db := &unreadable{Backend: h.backend}
	s := openStore(t, db, func(o *store.Options) { o.Deadline = 5 * time.Second })
	if _, err := s.Head(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	db.behind.Store(2)
	b.head = &heads[2]
	b.edit(id(100), 0, meeting(100))
	answer := make(chan error, 1)
	go func() {
		_, err := b.push(s, 1, 1)
		answer <- err
	}()
	for db.failed.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for n := range uint64(20) {
		a.mustPush(s, a.edit(id(200+int(n)), 0, meeting(int(n))), 21+n)
	}
	select {
	case err := <-answer:
		t.Errorf("the batch that cannot be read was answered before the others: %v", err)
	default:
	}
	if err := <-answer; !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the batch that cannot be read: %v", err)
	}
	if n := db.failed.Load(); n > 8 {
		t.Errorf("it was read %d times", n)
	}
	db.behind.Store(0)
	if got := statuses(b.mustPush(s, 1, 1)); got != "accepted" {
		t.Errorf("sent again: %s", got)
	}
	mustAgree(t, h, s)
}

// A store that is closed starts nothing any more, also where a reader finds that
// another server has written.
func TestClosedStoreStartsNothing(t *testing.T) {
	db := memory.New()
	var started atomic.Int64
	s := openStore(t, db, func(o *store.Options) {
		o.Go = func(work func()) {
			started.Add(1)
			go work()
		}
	})
	a := newPhone(t, "A")
	a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
	if err := errors.Join(s.Close(t.Context()), s.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	before := started.Load()
	a.mustPush((&host{t, db}).server(), a.edit(id(2), 0, meeting(2)), 2)
	if head, err := s.Head(t.Context(), village); err != nil || head.Seq != 2 {
		t.Errorf("it reads up to %d, %v", head.Seq, err)
	}
	if n := started.Load() - before; n != 0 {
		t.Errorf("%d works were started", n)
	}
}

// haltingInsert is a database that halts one commit on its way.
type haltingInsert struct {
	store.Backend
	halted, goOn chan struct{}
}

func (b *haltingInsert) Insert(ctx context.Context, c *ledger.Commit) error {
	close(b.halted)
	<-b.goOn
	return b.Backend.Insert(ctx, c)
}

// What a store took before it closes is committed, answered and projected.
func TestCloseEndsWhatWasBegun(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		db := &haltingInsert{h.backend, make(chan struct{}), make(chan struct{})}
		s := openStore(t, db, nil)
		a := newPhone(t, "A")
		a.edit(id(1), 0, meeting(1))
		pushed, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := a.push(s, 1, 1)
			pushed <- err
		}()
		<-db.halted
		go func() { closed <- s.Close(t.Context()) }()
		for !errors.Is(s.Ready(t.Context()), store.ErrClosed) {
			time.Sleep(time.Millisecond)
		}
		close(db.goOn)
		if err := errors.Join(<-pushed, <-closed); err != nil {
			t.Fatal(err)
		}
		if head, err := h.backend.Projected(t.Context(), village); err != nil || head.Seq != 1 {
			t.Errorf("the lists are at %d, %v", head.Seq, err)
		}
	})
}
