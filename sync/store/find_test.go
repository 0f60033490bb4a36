package store_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// reads counts how often commits are read, and how many.
type reads struct {
	store.Backend
	calls, commits atomic.Int64
}

func (r *reads) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	commits, err := r.Backend.Commits(ctx, id, after, limit)
	r.calls.Add(1)
	r.commits.Add(int64(len(commits)))
	return commits, err
}

// mustResend sends ops again, and bounds what is read for it.
func (r *reads) mustResend(t *testing.T, s *store.Store, p *phone, from, to uint64, calls, commits int64) store.Answer {
	t.Helper()
	r.calls.Store(0)
	r.commits.Store(0)
	answer, err := p.push(s, from, to)
	if err != nil || len(answer.Results) != int(to-from+1) {
		t.Fatalf("%s, %d to %d: %d verdicts, %v", p.device, from, to, len(answer.Results), err)
	}
	if n, m := r.calls.Load(), r.commits.Load(); n > calls || m > commits {
		t.Errorf("%s, %d to %d: %d commits in %d reads, want at most %d in %d", p.device, from, to, m, n, commits, calls)
	}
	return answer
}

// TestOldCountersAreFound sends old ops of a long history again, each of which
// is in its own commit among those of other phones, one of which writes seldom.
// What is read for it are these commits, however old they are and however far
// apart, and verdicts are what they were.
func TestOldCountersAreFound(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		db := &reads{Backend: h.backend}
		s := openStore(t, db, nil)
		a, b, seldom := newPhone(t, "A"), newPhone(t, "B"), newPhone(t, "C")
		const history, every = 3000, 100
		var first string
		for n := uint64(1); n <= history; n++ {
			a.edit(id(int(n%50)), ledger.Seq(0), meeting(int(n)))
			answer := a.mustPush(s, n, n)
			if n == 1 {
				first = statuses(answer)
			}
			if n%7 == 0 {
				b.mustPush(s, b.edit(id(1000+int(n%5)), 0, meeting(int(n))), uint64(len(b.ops)))
			}
			if n%every == 0 {
				seldom.mustPush(s, seldom.edit(id(2000), 0, meeting(int(n))), uint64(len(seldom.ops)))
			}
		}
		again := func(s *store.Store) {
			for _, from := range []uint64{1, history / 2, history - 600} {
				db.mustResend(t, s, a, from, from+499, 5, 500+500/7+500/every+10)
				db.mustResend(t, s, a, from, from, 4, 4)
			}
			db.mustResend(t, s, seldom, 1, history/every, history/every+3, history/every+3)
			if got := statuses(db.mustResend(t, s, a, 1, 1, 4, 4)); got != first {
				t.Errorf("the first op's verdict was %s, and is %s", first, got)
			}
		}
		again(s)
		// A server that knows no more than the snapshot finds them too.
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		next := openStore(t, db, nil)
		db.commits.Store(0)
		if _, err := next.Head(t.Context(), village); err != nil || db.commits.Load() > 50 {
			t.Fatalf("loaded with %d commits, %v", db.commits.Load(), err)
		}
		again(next)
		mustAgree(t, h, next)
	})
}

// forgetful gives snapshots whose streams remember their latest ranges only, as
// earlier versions of the program stored them.
type forgetful struct {
	reads
	keep int
}

func (f *forgetful) Snapshot(ctx context.Context, id ledger.UnitID) (store.Projection, error) {
	p, err := f.Backend.Snapshot(ctx, id)
	streams := p.Streams
	p.Streams = nil
	for _, stored := range streams {
		if strings.Contains(stored.ID, "#") { // a part, which those versions did not have
			continue
		}
		stream, err := ledger.ParseStream(stored.Body)
		if err != nil {
			return p, err
		}
		stream.Ranges = stream.Ranges[max(0, len(stream.Ranges)-f.keep):]
		stored.Body = stream.AppendJSON(nil)
		p.Streams = append(p.Streams, stored)
	}
	return p, err
}

// TestForgottenCountersAreFound starts from a snapshot that does not say where
// old counters stand. The unit is folded again once, and then they are found at
// once, by the next server too.
func TestForgottenCountersAreFound(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a := newPhone(t, "A")
		const history = 1200
		for n := uint64(1); n <= history; n++ {
			a.mustPush(s, a.edit(id(int(n%50)), 0, meeting(int(n))), n)
		}
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		db := &forgetful{reads: reads{Backend: h.backend}, keep: 10}
		next := openStore(t, db, nil)
		if _, err := next.Head(t.Context(), village); err != nil { // loads the unit
			t.Fatal(err)
		}
		for _, n := range []uint64{1, 600, 1190} {
			answer := db.mustResend(t, next, a, n, n, 3, 3)
			if answer.Results[0].Status == ledger.Rejected {
				t.Errorf("counter %d: %+v", n, answer.Results)
			}
		}
		if err := next.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		after := openStore(t, &db.reads, nil)
		db.commits.Store(0)
		if _, err := after.Head(t.Context(), village); err != nil || db.commits.Load() > 50 {
			t.Errorf("the next server loads with %d commits, %v", db.commits.Load(), err)
		}
		db.mustResend(t, after, a, 1, 1, 3, 3)
		mustAgree(t, h, after)
	})
}

// stalled lets reads of what stands behind one place of a ledger wait.
type stalled struct {
	store.Backend
	behind          atomic.Int64 // 0: none waits
	reached, resume chan struct{}
}

func (h *stalled) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	if at := h.behind.Load(); at > 0 && after == ledger.Seq(at) {
		select {
		case h.reached <- struct{}{}:
		default: // it was noticed before
		}
		select {
		case <-h.resume:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return h.Backend.Commits(ctx, id, after, limit)
}

// TestOldCountersHoldUpNobody sends an old op again while the commit that it stands in
// cannot be read yet. Others of the unit push and pull meanwhile.
func TestOldCountersHoldUpNobody(t *testing.T) {
	h := &host{t, memory.New()}
	first := h.server()
	a, b := newPhone(t, "A"), newPhone(t, "B")
	a.mustFill(first, 20)
	db := &stalled{Backend: h.backend, reached: make(chan struct{}, 1), resume: make(chan struct{})}
	s := openStore(t, db, func(o *store.Options) { o.Deadline = 20 * time.Second })
	if _, err := s.Head(t.Context(), village); err != nil { // loads the unit
		t.Fatal(err)
	}
	db.behind.Store(2)
	again := make(chan error, 1)
	go func() {
		_, err := a.push(s, 3, 3)
		again <- err
	}()
	<-db.reached
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	b.edit(id(100), 0, meeting(100))
	if answer, err := s.Append(ctx, village, b.author, b.batch(1, 1)); err != nil || statuses(answer) != "accepted" {
		t.Errorf("another phone's push: %v, %v", answer.Results, err)
	} else if page, err := s.Changes(ctx, village, store.Pulled{}, 100, 0); err != nil || len(page.Records) != 21 {
		t.Errorf("another phone's pull: %d records, %v", len(page.Records), err)
	}
	close(db.resume)
	if err := <-again; err != nil {
		t.Error(err)
	}
	mustAgree(t, h, s)
}

// TestOldHeadsHoldUpNobody pushes and pulls with heads whose commits cannot be
// read yet. Others of the unit push and pull meanwhile, and what was read once is
// not read again.
func TestOldHeadsHoldUpNobody(t *testing.T) {
	for name, use := range map[string]func(*store.Store, *phone, ledger.Head) error{
		"push": func(s *store.Store, p *phone, head ledger.Head) error {
			p.head = &head
			n := p.edit(id(200+len(p.ops)), 0, meeting(len(p.ops)))
			_, err := p.push(s, n, n)
			return err
		},
		"pull": func(s *store.Store, p *phone, head ledger.Head) error {
			_, err := s.Changes(p.t.Context(), village, store.Pulled{Head: head}, 100, 0)
			return err
		},
		"page": func(s *store.Store, p *phone, head ledger.Head) error {
			page, err := s.Changes(p.t.Context(), village, store.Pulled{}, int(head.Seq), 0)
			if err == nil && page.Head != head {
				p.t.Errorf("the page ends at %v, want %v", page.Head, head)
			}
			return err
		},
		"divergence": func(s *store.Store, p *phone, head ledger.Head) error {
			lost := ledger.Head{Log: head.Log, Seq: 1000}
			_, err := s.Changes(p.t.Context(), village, store.Pulled{Head: lost, Earlier: []ledger.Head{head}}, 100, 0)
			if diverged, ok := errors.AsType[*store.DivergedError](err); ok && diverged.Common == head.Seq {
				return nil
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{t, memory.New()}
			a, b := newPhone(t, "A"), newPhone(t, "B")
			head := a.mustFill(h.server(), 20)[2]
			db := &stalled{Backend: h.backend, reached: make(chan struct{}, 1), resume: make(chan struct{})}
			s := openStore(t, db, func(o *store.Options) { o.Deadline = 20 * time.Second })
			if _, err := s.Head(t.Context(), village); err != nil { // loads the unit
				t.Fatal(err)
			}
			db.behind.Store(2)
			waiting := newPhone(t, "C")
			used := make(chan error, 1)
			go func() { used <- use(s, waiting, head) }()
			<-db.reached
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			b.edit(id(100), 0, meeting(100))
			if answer, err := s.Append(ctx, village, b.author, b.batch(1, 1)); err != nil || statuses(answer) != "accepted" {
				t.Errorf("another phone's push: %v, %v", answer.Results, err)
			} else if page, err := s.Changes(ctx, village, store.Pulled{}, 100, 0); err != nil || len(page.Records) < 21 {
				t.Errorf("another phone's pull: %d records, %v", len(page.Records), err)
			}
			close(db.resume)
			if err := <-used; err != nil {
				t.Error(err)
			}
			for len(db.reached) > 0 {
				<-db.reached
			}
			for range 3 {
				if err := use(s, waiting, head); err != nil {
					t.Error(err)
				}
			}
			if len(db.reached) > 0 {
				t.Error("the commit was read again")
			}
			mustAgree(t, h, s)
		})
	}
}

// election answers no sure read until it is over.
type election struct {
	store.Backend
	reached, over chan struct{}
}

func (e *election) Head(ctx context.Context, id ledger.UnitID) (ledger.Head, error) {
	select {
	case e.reached <- struct{}{}:
	default: // it was noticed before
	}
	select {
	case <-e.over:
	case <-ctx.Done():
		return ledger.Head{}, ctx.Err()
	}
	return e.Backend.Head(ctx, id)
}

// TestSureReadsHoldUpNobody pulls with a head that the ledger lacks, which is
// said after a sure read alone. Others pull meanwhile.
func TestSureReadsHoldUpNobody(t *testing.T) {
	for name, use := range map[string]func(*store.Store, *phone, ledger.Head) error{
		"pull": func(s *store.Store, p *phone, lost ledger.Head) error {
			_, err := s.Changes(p.t.Context(), village, store.Pulled{Head: lost}, 100, 0)
			return err
		},
		"push": func(s *store.Store, p *phone, lost ledger.Head) error {
			p.head = &lost
			p.edit(id(200), 0, meeting(200))
			_, err := p.push(s, 1, 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{t, memory.New()}
			newPhone(t, "A").mustFill(h.server(), 3)
			db := &election{Backend: h.backend, reached: make(chan struct{}, 1), over: make(chan struct{})}
			s := openStore(t, db, func(o *store.Options) { o.Deadline = 60 * time.Second })
			head, err := s.Head(t.Context(), village)
			if err != nil {
				t.Fatal(err)
			}
			used := make(chan error, 1)
			go func() { used <- use(s, newPhone(t, "B"), ledger.Head{Log: head.Log, Seq: 1000}) }()
			<-db.reached
			pulled := make(chan error, 1)
			go func() {
				_, err := s.Changes(t.Context(), village, store.Pulled{}, 100, 0)
				pulled <- err
			}()
			select {
			case err := <-pulled:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(10 * time.Second):
				t.Error("another phone waits for the election")
			}
			close(db.over)
			if _, diverged := errors.AsType[*store.DivergedError](<-used); !diverged {
				t.Error("the head was not refused")
			}
		})
	}
}
