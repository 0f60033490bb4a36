package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// problems are the codes and units of what is wrong for units.
func (w *host) problems(of ...ledger.UnitID) (codes []string, messages string) {
	w.t.Helper()
	deliveries, err := w.office.Outbox.OfUnits(w.t.Context(), of, "")
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := w.office.Problems(w.t.Context(), of, deliveries)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range list {
		codes = append(codes, strings.TrimSpace(fmt.Sprintf("%s %s", p.Code, p.Unit)))
		messages += p.Message + "\n"
		if p.At == 0 || p.Message == "" {
			w.t.Errorf("problem %+v", p)
		}
	}
	slices.Sort(codes)
	return codes, messages
}

// A delivery that was given up is a problem of its unit, until it is sent again
// or its report is withdrawn.
func TestDeadDeliveriesAreProblems(t *testing.T) {
	w := newHost(t)
	d := w.dead()
	codes, messages := w.problems(commune, village1)
	if !slices.Equal(codes, []string{"delivery-dead " + string(commune)}) || !strings.Contains(messages, "Báo cáo số 01/BC-UBND") || !strings.Contains(messages, "refused") {
		t.Errorf("%q: %s", codes, messages)
	}
	if codes, _ := w.problems(village1); len(codes) != 0 {
		t.Errorf("for another unit: %q", codes)
	}
	w.sent.answers = []error{post.ErrRefused}
	if _, err := w.office.Outbox.Resend(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if codes, _ := w.problems(commune); len(codes) != 0 {
		t.Errorf("while it is sent again: %q", codes)
	}
	w.dispatch()
	w.withdraw(w.get(d.Report))
	if codes, _ := w.problems(commune); len(codes) != 0 {
		t.Errorf("of a withdrawn report: %q", codes)
	}
}

// Damage that the nightly check finds is a problem of its unit and of the
// schedule, an error in the log, and counted.
func TestDamageIsAProblem(t *testing.T) {
	w := newHost(t)
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick()
	w.gift(village1, "2024-02-29", 3)
	if err := w.store.Settle(t.Context(), units(village1)); err != nil {
		t.Fatal(err)
	}
	// Lists that were made from commits which the chain has not.
	if err := w.db.Project(t.Context(), village1, store.Projection{Head: ledger.Head{Seq: 9}}); err != nil {
		t.Fatal(err)
	}
	w.at(2024, 4, 12, 2, 0)
	for range 4 { // each try that fails is tried again
		w.tick()
		w.pass(10 * time.Minute)
	}
	codes, messages := w.problems(village1)
	if !slices.Equal(codes, []string{"ledger-damaged " + string(village1), "schedule-failed"}) || !strings.Contains(messages, "Kiểm tra toàn bộ sổ") {
		t.Errorf("%q: %s", codes, messages)
	}
	if codes, _ := w.problems(village2); !slices.Equal(codes, []string{"schedule-failed"}) {
		t.Errorf("for another unit: %q", codes)
	}
	if log := w.log.String(); !strings.Contains(log, "a ledger is damaged") || w.office.Counts().DamagedLedgers != 1 || w.office.Counts().RunsFailed != 1 {
		t.Errorf("%+v, %s", w.office.Counts(), log)
	}
}

// A ledger that cannot be read keeps no other from being checked, and what was known
// of it stays.
func TestCheckOfALedgerThatCannotBeRead(t *testing.T) {
	w := newHost(t)
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick()
	for _, unit := range units(village1, village2) {
		w.gift(unit, "2024-02-29", 3)
	}
	if err := w.store.Settle(t.Context(), units(village1, village2)); err != nil {
		t.Fatal(err)
	}
	damage := func(unit ledger.UnitID) {
		t.Helper()
		if err := w.db.Project(t.Context(), unit, store.Projection{Head: ledger.Head{Seq: 9}}); err != nil {
			t.Fatal(err)
		}
	}
	night := func(day int) {
		w.at(2024, 4, day, 2, 0)
		for range 4 { // each try that fails is tried again
			w.tick()
			w.pass(10 * time.Minute)
		}
	}
	damage(village1)
	night(12)
	damage(village2)
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpCommits && id == string(village1) {
			return memory.Unapplied
		}
		return memory.None
	})
	night(13)
	for _, unit := range units(village1, village2) {
		if codes, _ := w.problems(unit); !slices.Equal(codes, []string{"ledger-damaged " + string(unit), "schedule-failed"}) {
			t.Errorf("%s: %q", unit, codes)
		}
	}
	if n := w.office.Counts().DamagedLedgers; n != 2 {
		t.Errorf("%d damaged ledgers are counted", n)
	}
}

// A clock that is wrong is a problem of the whole server.
func TestWrongClockIsAProblem(t *testing.T) {
	w := newHost(t)
	if err := w.openAhead("máy 2", 3*time.Hour).Runner.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick()
	codes, messages := w.problems(commune)
	if !slices.Equal(codes, []string{string(jobs.ClockWrong)}) || !strings.Contains(messages, "lệch nhau 3 giờ") || w.office.Counts().WrongClocks == 0 {
		t.Errorf("%q: %s", codes, messages)
	}
}

// An order of erasure that a restored backup lacks is a problem of its unit until it is
// given again.
func TestLostErasureIsAProblem(t *testing.T) {
	w := newHost(t)
	lost := map[ledger.UnitID]jobs.LostErasures{village1: {Orders: 2, Found: ledger.MillisOf(w.clock())}}
	w.office = w.openWith("máy 1", 0, func(o *jobs.Options) {
		o.LostErasures = func() map[ledger.UnitID]jobs.LostErasures { return lost }
	})
	codes, messages := w.problems(village1)
	if !slices.Equal(codes, []string{"erasure-lost " + string(village1)}) || !strings.Contains(messages, "thiếu 2 lệnh xóa") {
		t.Errorf("%q: %s", codes, messages)
	}
	if codes, _ := w.problems(village2); len(codes) != 0 {
		t.Errorf("for another unit: %q", codes)
	}
	if n := w.office.Counts().LostErasures; n != 2 {
		t.Errorf("%d are counted", n)
	}
	lost = nil
	if codes, _ := w.problems(village1); len(codes) != 0 {
		t.Errorf("once they are given again: %q", codes)
	}
}
