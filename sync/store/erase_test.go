package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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
		left.SetFaults(memory.OneByOne(func(op, _ string) memory.Fault {
			switch op {
			case memory.OpRedact, memory.OpPutRow, memory.OpPutHead:
				if calls++; calls > cut {
					return memory.Unapplied
				}
			}
			return memory.None
		}))
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

// TestErasureOfWhatWasRefused destroys what refused ops said, wherever in them
// it stood: by their record where it can be read, and by their place.
func TestErasureOfWhatWasRefused(t *testing.T) {
	const secret = "Hộ mẫu bí mật"
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"headName":"`+secret+`","phone":"sai"}`) // its category is missing
		a.write(id(2), form.KindHousehold, ledger.ActionRemove, 0, `,"state":"`+secret+`"`)
		a.write(id(3), secret, ledger.ActionEdit, 0, `,"set":{"`+secret+`":1,"x":"`+secret+`"}`)
		a.write(id(4), form.KindHousehold, ledger.ActionEdit, 0, `,"set":"`+secret+`"`)
		a.write(id(5), form.KindHousehold, secret, 0, "")
		a.write(id(6), form.KindHousehold, ledger.ActionResolve, 0, `,"field":"_lifecycle","value":"`+secret+`","sees":["1.0"]`)
		a.write(id(7), form.KindHousehold, ledger.ActionErase, 0, `,"fields":["`+secret+`"]`)
		answer := a.mustPush(s, 1, 7)
		for i, v := range answer.Results {
			if v.Status != ledger.Rejected {
				t.Fatalf("op %d: %+v", i+1, v)
			}
		}
		if list, err := store.NewRejections(h.backend).Of(t.Context(), village); err != nil || len(list) != 7 {
			t.Fatalf("%d rejections, %v", len(list), err)
		}
		documents, err := h.backend.List(t.Context(), "rejections", "", "", 10)
		if err != nil || len(documents) != 7 {
			t.Fatalf("%d documents, %v", len(documents), err)
		}
		before := mustVerify(t, h.backend).Head()
		dots := []string{}
		for i := 1; i < 7; i++ {
			dots = append(dots, fmt.Sprintf(`"%d.%d"`, before.Seq, i))
		}
		desk.write(id(1), form.KindHousehold, ledger.ActionErase, before.Seq, `,"fields":["headName","phone"]`)
		desk.write(id(2), form.KindHousehold, ledger.ActionErase, before.Seq, `,"dots":[`+strings.Join(dots, ",")+`]`)
		if got := statuses(desk.mustPush(s, 1, 2)); got != "accepted accepted" {
			t.Fatal(got)
		}
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		if seqs := holding(t, h.backend, "bí mật"); len(seqs) > 0 {
			t.Errorf("commits %d still hold it", seqs)
		}
		for _, document := range documents {
			if strings.Contains(string(document.Body), "bí mật") {
				t.Errorf("the list of refused ops still holds it: %s", document.Body)
			}
		}
		mustVerify(t, h.backend)
		if r, err := s.Record(t.Context(), village, id(1)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the erasure made a record: %+v, %v", r, err)
		}
		if again := a.mustPush(s, 1, 7); !slices.EqualFunc(again.Results, answer.Results, func(a, b ledger.Verdict) bool { return a.Code == b.Code }) {
			t.Errorf("a resend after the erasure: %+v, was %+v", again.Results, answer.Results)
		}
		mustAgree(t, h, s)
		mustAgree(t, h, h.server())
	})
}

// TestErasureByDotReachesNothingThatStands: what was accepted is erased by
// field, so that the record tells that it was.
func TestErasureByDotReachesNothingThatStands(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.mustPush(s, 1, a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu 001","category":"poor"}`))
		for _, dots := range []string{`["1.0"]`, `["1.1"]`, `["7.0"]`, `["0.0"]`} {
			n := desk.write(id(1), form.KindHousehold, ledger.ActionErase, 1, `,"dots":`+dots)
			if got := statuses(desk.mustPush(s, n, n)); got != "rejected(dot-unknown)" {
				t.Errorf("%s: %s", dots, got)
			}
		}
		if seqs := holding(t, h.backend, "Hộ mẫu 001"); len(seqs) != 1 {
			t.Errorf("commits %d hold it", seqs)
		}
	})
}

// TestDotsOfOthersAreNotRead names ops in many commits where that erases nothing:
// in other actions, and by a person who must not erase. No commit is read for it.
func TestDotsOfOthersAreNotRead(t *testing.T) {
	db := &reads{Backend: memory.New()}
	s := openStore(t, db, nil)
	a, other, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
	a.mustFill(s, 10)
	dots := func(seq int) string { return fmt.Sprintf(`,"dots":["%d.0"],"set":%s`, seq, meeting(seq)) }
	for seq := range 10 {
		other.write(id(100+seq), form.KindMeeting, ledger.ActionErase, 0, dots(1+seq))
		desk.write(id(200+seq), form.KindMeeting, ledger.ActionEdit, 0, dots(1+seq))
		desk.write(id(300+seq), "x", ledger.ActionErase, 0, dots(1+seq))
		desk.write(id(400+seq), form.KindMeeting, ledger.ActionErase, 0, dots(1+seq)+`,"period":"x"`)
	}
	db.calls.Store(0)
	other.mustPush(s, 1, 10)
	desk.mustPush(s, 1, 30)
	if n := db.calls.Load(); n > 0 {
		t.Errorf("commits were read %d times", n)
	}
	n := desk.write(id(300), form.KindMeeting, ledger.ActionErase, 10, `,"dots":["3.0"]`)
	if desk.mustPush(s, n, n); db.calls.Load() != 1 {
		t.Errorf("for an order of erasure commits were read %d times", db.calls.Load())
	}
}

// TestErasureOfNotes destroys the notes of reviews that stand in a resolve, and
// members that the op's action does not read. What was decided stays.
func TestErasureOfNotes(t *testing.T) {
	const secret = "Hộ mẫu bí mật"
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk, other := newPhone(t, "A"), staff(t, "desk"), staff(t, "other")
		a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu 001","category":"poor"},"value":"`+secret+`","state":"`+secret+`"`)
		a.mustPush(s, 1, 1)
		desk.mustPush(s, desk.write(id(1), form.KindHousehold, ledger.ActionReview, 1, `,"state":"returned","note":"`+secret+`"`), 1)
		other.mustPush(s, other.write(id(1), form.KindHousehold, ledger.ActionReview, 1, `,"state":"approved"`), 1)
		n := desk.write(id(1), form.KindHousehold, ledger.ActionResolve, 3,
			`,"field":"_review","value":{"note":"`+secret+` nữa","state":"returned"},"sees":["2.0","3.0"]`)
		if got := statuses(desk.mustPush(s, n, n)); got != "accepted" {
			t.Fatal(got)
		}
		mustAgree(t, h, s)
		n = desk.write(id(1), form.KindHousehold, ledger.ActionErase, 4, `,"fields":["_review","_unknown"]`)
		desk.mustPush(s, n, n)
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		if seqs := holding(t, h.backend, "bí mật"); len(seqs) > 0 {
			t.Errorf("commits %d still hold it", seqs)
		}
		r, err := s.Record(t.Context(), village, id(1))
		if err != nil {
			t.Fatal(err)
		}
		if review := r.Review(); review.State != ledger.Returned || review.Note != "" {
			t.Errorf("the review is now %+v", review)
		}
		if got := statuses(desk.mustPush(s, 1, n)); got != "accepted accepted accepted" {
			t.Errorf("a resend after the erasure: %s", got)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
		mustAgree(t, h, h.server())
	})
}

// TestErasedOpsAreKnownWithout: a client that drops from its ops what was erased
// sends the same ops.
func TestErasedOpsAreKnownWithout(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu 001","category":"poor"}`)
		a.write(id(1), form.KindHousehold, ledger.ActionComment, 0, `,"text":"Hộ mẫu 001 vắng"`)
		a.mustPush(s, 1, 2)
		desk.mustPush(s, desk.write(id(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName","_comments"]`), 1)
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		without := newPhone(t, "A")
		without.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":null,"category":"poor"}`)
		without.write(id(1), form.KindHousehold, ledger.ActionComment, 0, `,"text":"-"`)
		if got := statuses(without.mustPush(s, 1, 2)); got != "accepted accepted" {
			t.Error(got)
		}
		other := newPhone(t, "A")
		other.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H02","headName":null,"category":"poor"}`)
		var reuse *store.ReuseError
		if _, err := other.push(s, 1, 1); !errors.As(err, &reuse) {
			t.Errorf("another op under the counter: %v", err)
		}
	})
}
