package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestErasure looks for the erased words in everything that the database
// holds of the unit.
func TestErasure(t *testing.T) {
	const secret = "Hộ mẫu bí mật"
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"`+secret+`","category":"poor"}`)
		a.write(id(2), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H02","headName":"Hộ mẫu 002","category":"poor"}`)
		a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"headName":"`+secret+`","phone":"sai"}`) // refused, and logged
		if got := statuses(a.mustPush(s, 1, 3)); got != "accepted accepted rejected(phone-malformed)" {
			t.Fatal(got)
		}
		before := mustVerify(t, h.backend).Head()
		desk.mustPush(s, desk.write(id(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`), 1)
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		commits, err := h.backend.Commits(t.Context(), village, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commits {
			if strings.Contains(string(c.AppendJSON(nil)), secret) {
				t.Errorf("commit %d still holds it", c.Seq)
			}
		}
		p, err := h.backend.Snapshot(t.Context(), village)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range p.Rows {
			if strings.Contains(string(row.Body), secret) || strings.Contains(strings.Join(row.Words, " "), "bi mat") {
				t.Errorf("row %s still holds it", row.ID)
			}
		}
		if after := mustVerify(t, h.backend).Head(); after.Seq != before.Seq+1 {
			t.Errorf("head %v, was %v", after, before)
		}
		// The phone may send again what it still holds: it is the same batch.
		if got := statuses(a.mustPush(s, 1, 3)); got != "accepted accepted rejected(phone-malformed)" {
			t.Errorf("a resend after the erasure: %s", got)
		}
		mustAgree(t, h, s)
		mustAgree(t, h, h.server())
	})
}

// TestErasureIsTakenUpAgain cuts an erasure off after every step.
func TestErasureIsTakenUpAgain(t *testing.T) {
	db := memory.New()
	s := (&host{t, db}).server()
	a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
	for _, p := range []*phone{a, b} {
		p.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu bí mật","category":"poor"}`)
		p.mustPush(s, 1, 1)
	}
	desk.write(id(1), form.KindHousehold, ledger.ActionErase, 2, `,"fields":["headName"]`)
	for cut := range 5 {
		left := db.Clone()
		calls := 0
		left.SetFaults(func(op, _ string) memory.Fault {
			switch op {
			case memory.OpRedact, memory.OpPutRow, memory.OpPutHead:
				if calls++; calls > cut {
					return memory.Unapplied
				}
			}
			return memory.None
		})
		dying := store.New(left, store.Options{Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{1}), Location: time.UTC})
		if _, err := desk.push(dying, 1, 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_ = dying.Close(ctx)
		cancel()
		left = left.Clone() // what the crash left; the dying server keeps the old one
		h := &host{t, left}
		next := h.server()
		if err := next.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		commits, err := left.Commits(t.Context(), village, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commits {
			if strings.Contains(string(c.AppendJSON(nil)), "bí mật") {
				t.Errorf("cut %d: commit %d still holds it", cut, c.Seq)
			}
		}
		mustVerify(t, left)
		mustAgree(t, h, next)
	}
}

// TestErasureAfterOlderReads carries an erasure out while the database shows a
// server what was before: it is done when all commits were seen.
func TestErasureAfterOlderReads(t *testing.T) {
	db := memory.New()
	var older atomic.Bool
	db.SetFaults(func(op, _ string) memory.Fault {
		if op == memory.OpCommits && older.Load() {
			return memory.Older
		}
		return memory.None
	})
	h := &host{t, db}
	s, a, desk := h.server(), newPhone(t, "A"), staff(t, "desk")
	a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu bí mật","category":"poor"}`)
	a.mustPush(s, 1, 1)
	desk.write(id(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`)
	older.Store(true)
	desk.mustPush(s, 1, 1)
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); !errors.Is(err, store.ErrOlder) {
		t.Errorf("settled while it goes on: %v", err)
	}
	older.Store(false)
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	commits, err := db.Commits(t.Context(), village, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commits {
		if strings.Contains(string(c.AppendJSON(nil)), "bí mật") {
			t.Errorf("commit %d still holds it", c.Seq)
		}
	}
	mustAgree(t, h, s)
}
