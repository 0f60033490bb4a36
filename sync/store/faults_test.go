package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestFaultsLoseNothing lets inserts and reads fail at random, applied and
// not, under two servers. Phones send again until they are answered; then
// every op is in the ledger exactly once, with the verdict it was answered.
func TestFaultsLoseNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db := memory.New()
		seed := rapid.Uint64().Draw(rt, "seed")
		rng := rand.New(rand.NewPCG(seed, 1))  //nolint:gosec // A simulation.
		luck := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // The database's own: it is asked on other goroutines.
		h := &host{t, db}
		open := func(n byte) *store.Store {
			return store.New(db, store.Options{
				Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{n}), Location: time.UTC, Deadline: 10 * time.Second,
			})
		}
		servers := []*store.Store{open(1), open(2)}
		closeAll := func() {
			for _, s := range servers {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				_ = s.Close(ctx)
				cancel()
			}
		}
		var calm atomic.Bool
		db.SetFaults(memory.OneByOne(func(op, _ string) memory.Fault {
			if calm.Load() {
				return memory.None
			}
			if op == memory.OpInsert && luck.IntN(3) == 0 {
				return memory.Fault(1 + luck.IntN(2))
			}
			if op == memory.OpCommits && luck.IntN(20) == 0 {
				return memory.Unapplied
			}
			return memory.None
		}))
		phones := []*phone{newPhone(t, "A"), newPhone(t, "B"), newPhone(t, "C")}
		answered := map[string]string{}
		sent := map[*phone]uint64{}
		for range rapid.IntRange(5, 20).Draw(rt, "steps") {
			p := phones[rng.IntN(len(phones))]
			for range 1 + rng.IntN(3) {
				p.edit(id(rng.IntN(4)), 0, meeting(rng.IntN(5)))
			}
			from := 1 + rng.Uint64N(sent[p]+1)
			a, err := p.push(servers[rng.IntN(2)], from, uint64(len(p.ops)))
			if err != nil {
				if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, memory.ErrFault) {
					rt.Fatalf("%s: %v", p.device, err)
				}
				continue
			}
			sent[p] = a.Through
			for i, v := range a.Results {
				key := fmt.Sprint(p.device, from+uint64(i))
				if was, ok := answered[key]; ok && was != fmt.Sprint(v) {
					rt.Fatalf("%s was answered %s, now %v", key, was, v)
				}
				answered[key] = fmt.Sprint(v)
			}
		}
		calm.Store(true)
		for _, p := range phones {
			if n := uint64(len(p.ops)); n > 0 {
				if a := p.mustPush(servers[0], 1, n); a.Through != n {
					rt.Fatalf("%s: through %d of %d", p.device, a.Through, n)
				}
			}
		}
		total := 0
		for _, p := range phones {
			total += len(p.ops)
		}
		if v := mustVerify(t, db); v.Ops() != total {
			rt.Fatalf("%d ops in the ledger, %d were made", v.Ops(), total)
		}
		stored := map[string]string{}
		commits, err := db.Commits(t.Context(), village, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commits {
			for _, e := range c.Entries {
				for i, v := range e.Verdicts {
					stored[fmt.Sprint(e.Device, e.From+uint64(i))] = fmt.Sprint(v)
				}
			}
		}
		for key, v := range answered {
			if stored[key] != v {
				rt.Fatalf("%s was answered %s, stored is %s", key, v, stored[key])
			}
		}
		mustAgree(t, h, servers[0])
		mustAgree(t, h, servers[1])
		closeAll()
	})
}

// TestTakenIsNoAnswer lets another server be first at the commit's id, and
// then no read succeed any more: the phone gets the error that the outcome is
// unknown, not that something was taken.
func TestTakenIsNoAnswer(t *testing.T) {
	db := memory.New()
	first, second := newPhone(t, "A"), newPhone(t, "B")
	first.edit(id(1), 0, meeting(1))
	second.edit(id(2), 0, meeting(2))
	open := func(n byte) *store.Store {
		return store.New(db, store.Options{
			Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{n}), Location: time.UTC, Deadline: 30 * time.Millisecond,
		})
	}
	quick, slow := open(1), open(2)
	var met, deaf atomic.Bool
	db.SetFaults(func(op, _ string) memory.Fault {
		if op == memory.OpInsert && met.CompareAndSwap(false, true) {
			first.mustPush(quick, 1, 1)
			deaf.Store(true)
		}
		if op == memory.OpCommits && deaf.Load() {
			return memory.Unapplied
		}
		return memory.None
	})
	if _, err := second.push(slow, 1, 1); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrTaken) {
		t.Errorf("it failed with %v", err)
	}
	deaf.Store(false)
	second.mustPush(slow, 1, 1)
	if v := mustVerify(t, db); v.Ops() != 2 {
		t.Errorf("%d ops in the ledger, want 2", v.Ops())
	}
	for _, s := range []*store.Store{quick, slow} {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestOlderReads lets one server read what was before another wrote, as a former
// primary of MongoDB answers that does not know yet that it was replaced. A phone that
// comes from the other server does not get the error that its ledger is lost, or that
// there is a gap before its batch.
func TestOlderReads(t *testing.T) {
	db := memory.New()
	var older, always atomic.Bool
	db.SetFaults(func(op, _ string) memory.Fault {
		switch {
		case op == memory.OpHead && !always.Load():
			older.Store(false) // only the node that leads can say
		case op == memory.OpCommits && older.Load():
			return memory.Older
		}
		return memory.None
	})
	open := func(n byte) *store.Store {
		s := store.New(db, store.Options{
			Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{n}), Location: time.UTC, Deadline: time.Second,
		})
		t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
		return s
	}
	ahead, late := open(1), open(2)
	p := newPhone(t, "A")
	write := func() store.Answer {
		n := p.edit(id(len(p.ops)), 0, meeting(len(p.ops)))
		a := p.mustPush(ahead, n, n)
		p.head = &a.Head
		return a
	}
	pull := func() (store.Changes, error) {
		return late.Changes(t.Context(), village, store.Pulled{Head: *p.head}, 10, 0)
	}
	write()
	if _, err := pull(); err != nil { // from here on it knows the ledger
		t.Fatal(err)
	}
	for name, come := range map[string]func() (ledger.Head, error){
		"a pull": func() (ledger.Head, error) {
			page, err := pull()
			return page.Head, err
		},
		"a push that tells its head": func() (ledger.Head, error) {
			n := p.edit(id(len(p.ops)), 0, meeting(len(p.ops)))
			a, err := p.push(late, n, n)
			p.head = &a.Head
			return a.Head, err
		},
		"a push that tells none": func() (ledger.Head, error) {
			p.head = nil
			n := p.edit(id(len(p.ops)), 0, meeting(len(p.ops)))
			a, err := p.push(late, n, n)
			p.head = &a.Head
			return a.Head, err
		},
	} {
		written := write()
		older.Store(true)
		if head, err := come(); err != nil || head.Seq < written.Head.Seq {
			t.Errorf("%s comes from %d: %d, %v", name, written.Head.Seq, head.Seq, err)
		}
	}

	write()
	older.Store(true)
	always.Store(true)
	if _, err := pull(); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("a pull while it goes on: %v", err)
	}
	n := p.edit(id(99), 0, meeting(99))
	if _, err := p.push(late, n, n); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a push while it goes on: %v", err)
	}
	always.Store(false)
	if a := p.mustPush(late, n, n); statuses(a) != "accepted" {
		t.Errorf("afterwards: %s", statuses(a))
	}
}

// olderReads is the fault of a database that shows what was before, as long as
// it lasts.
func olderReads(op, _ string) memory.Fault {
	if op == memory.OpCommits {
		return memory.Older
	}
	return memory.None
}

// TestOlderReadsOfTheKnown asks a server that knows a ledger, but keeps only its
// newest hash, for what it must read again. An answer without it would be
// false.
func TestOlderReadsOfTheKnown(t *testing.T) {
	db := memory.New()
	h := &host{t, db}
	first, p := h.server(), newPhone(t, "A")
	for i := range 3 {
		n := p.edit(id(i), 0, meeting(i))
		p.mustPush(first, n, n)
	}
	mustAgree(t, h, first)
	s := store.New(db, store.Options{
		Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{9}), Location: time.UTC, Deadline: 100 * time.Millisecond,
	})
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	r, err := s.Record(t.Context(), village, id(1))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ask  func() error
		want error
	}{
		"a page of a pull": {func() error {
			_, err := s.Changes(t.Context(), village, store.Pulled{}, 1, 0)
			return err
		}, store.ErrOlder},
		"a record's history": {func() error {
			_, _, _, err := s.History(t.Context(), village, r, ledger.Dot{}, store.MaxHistoryOps, nil)
			return err
		}, store.ErrOlder},
		"a fold to the newest": {func() error {
			_, err := s.Fold(t.Context(), village, 0, ledger.RulesCurrent)
			return err
		}, store.ErrOlder},
		"a fold to a cited head": {func() error {
			_, err := s.Fold(t.Context(), village, 2, ledger.RulesCurrent)
			return err
		}, store.ErrOlder},
		"a batch sent again": {func() error {
			_, err := p.push(s, 2, 2)
			return err
		}, store.ErrUnavailable},
	} {
		db.SetFaults(olderReads)
		if err := c.ask(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		db.SetFaults(nil)
		if err := c.ask(); err != nil {
			t.Errorf("%s, afterwards: %v", name, err)
		}
	}
	mustAgree(t, h, s)
}
