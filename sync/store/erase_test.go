package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
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
		if seqs := holding(t, h.backend, secret); len(seqs) > 0 {
			t.Errorf("commits %d still hold it", seqs)
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

// holding returns the commits of the village whose stored form has the words.
func holding(t *testing.T, b store.Backend, words string) (seqs []ledger.Seq) {
	t.Helper()
	commits, err := b.Commits(t.Context(), village, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commits {
		if strings.Contains(string(c.AppendJSON(nil)), words) {
			seqs = append(seqs, c.Seq)
		}
	}
	return seqs
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
		if seqs := holding(t, left, "bí mật"); len(seqs) > 0 {
			t.Errorf("cut %d: commits %d still hold it", cut, seqs)
		}
		mustVerify(t, left)
		mustAgree(t, h, next)
	}
}

// TestErasureAfterOlderReads carries an erasure out while the database shows a
// server what was before: it is done when all commits were seen.
func TestErasureAfterOlderReads(t *testing.T) {
	db := memory.New()
	h := &host{t, db}
	s, a, desk := h.server(), newPhone(t, "A"), staff(t, "desk")
	a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu bí mật","category":"poor"}`)
	a.mustPush(s, 1, 1)
	desk.write(id(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`)
	db.SetFaults(olderReads)
	desk.mustPush(s, 1, 1)
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); !errors.Is(err, store.ErrOlder) {
		t.Errorf("settled while it goes on: %v", err)
	}
	db.SetFaults(nil)
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	if seqs := holding(t, db, "bí mật"); len(seqs) > 0 {
		t.Errorf("commits %d still hold it", seqs)
	}
	mustAgree(t, h, s)
}
