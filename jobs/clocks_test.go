package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

const year = 365 * 24 * time.Hour

// A delivery failed while the clock was a year ahead: it is tried again today.
func TestNextTryOfAClockAhead(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.sent.answers = []error{errors.New("connection refused")}
	if _, err := w.openAhead("máy 2", year).Outbox.Dispatch(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent {
		t.Errorf("%s, next try on %s", d.State, d.Next)
	}
}

// A server stopped while sending with its clock a year ahead: the delivery is
// taken up when nothing has been heard of it for as long as sending may take.
func TestSendingOfAClockAhead(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpReplace && strings.HasPrefix(id, "deliveries/") && len(w.sent.parcels) > 0 {
			return memory.Unapplied
		}
		return memory.None
	})
	_, _ = w.openAhead("máy 2", year).Outbox.Dispatch(t.Context())
	w.db.SetFaults(nil)
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sending {
		t.Fatalf("at once: %s", d.State)
	}
	w.pass(15 * time.Minute)
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent || !d.Attempts[1].Repeat {
		t.Errorf("%s: %+v", d.State, d.Attempts)
	}
}

// Notices that a clock ahead has made are taken back, and made in their time.
func TestNoticesOfAClockAhead(t *testing.T) {
	w := newHost(t)
	w.edit(commune, form.KindPetition, `"receivedOn":"2024-04-11","class":"complaint","content":"Nội dung mẫu","status":"received"`)
	if _, err := w.openAhead("máy 2", year).Reminders.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
	notices := func() int {
		t.Helper()
		list, err := w.office.Reminders.List(t.Context(), units(commune), true)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if notices() == 0 {
		t.Fatal("the clock ahead has made no notice")
	}
	if _, err := w.office.Reminders.Remind(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := notices(); n != 0 {
		t.Errorf("%d notices are left", n)
	}
	w.at(2024, 4, 24, 6, 30)
	if _, err := w.office.Reminders.Remind(t.Context()); err != nil || notices() == 0 {
		t.Errorf("%d notices in their time, %v", notices(), err)
	}
}

// An approval was cut off with the clock a year ahead: the report is a draft
// again when nothing has been heard of it for as long as an approval may take.
func TestSigningOfAClockAhead(t *testing.T) {
	w := newHost(t)
	r := w.drafts(1)[0]
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpAdd && strings.HasPrefix(id, "register") {
			return memory.Unapplied
		}
		return memory.None
	})
	by := signature
	by.Date, by.Reason = "2024-04-11", "Ký bù."
	if _, err := w.openAhead("máy 2", year).Archive.Approvals.Approve(t.Context(), r.ID, r.Version, by); !errors.Is(err, memory.ErrFault) {
		t.Fatal(err)
	}
	w.db.SetFaults(nil)
	if _, err := w.office.Archive.Approvals.Settle(t.Context(), w.get(r.ID)); !errors.Is(err, archive.ErrPending) {
		t.Errorf("settled at once: %v", err)
	}
	w.pass(11 * time.Minute)
	if done, err := w.office.Archive.Approvals.Settle(t.Context(), w.get(r.ID)); err != nil || done.Value.State != archive.Draft {
		t.Errorf("settled: %s, %v", done.Value.State, err)
	}
}

// A server whose clock is a year ahead gives up an approval that is under way.
// The number that is then inserted is still the report's.
func TestApprovalGivenUpByAClockAhead(t *testing.T) {
	for _, crash := range []bool{false, true} {
		w := newHost(t)
		r := w.drafts(1)[0]
		other, inserted := w.openAhead("máy 2", year), false
		w.db.SetFaults(func(op, id string) memory.Fault {
			switch {
			case op == memory.OpAdd && strings.HasPrefix(id, "register") && !inserted:
				inserted = true
				if held, err := other.Archive.Approvals.Settle(t.Context(), w.get(r.ID)); err != nil || held.Value.State != archive.Draft {
					t.Errorf("the other server: %s, %v", held.Value.State, err)
				}
			case crash && inserted && op == memory.OpReplace && strings.HasPrefix(id, "reports/") && w.get(r.ID).Value.State == archive.Draft:
				return memory.Unapplied
			}
			return memory.None
		})
		done, err := w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, signature)
		w.db.SetFaults(nil)
		if crash {
			if !errors.Is(err, memory.ErrFault) {
				t.Fatal(err)
			}
			w.pass(10 * time.Minute)
			if err := w.office.Archive.Approvals.SettleAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			done = w.get(r.ID)
		} else if err != nil {
			t.Fatal(err)
		}
		if done.Value.State != archive.Signed || done.Value.Approval.Issue.Number != 1 {
			t.Errorf("crash %t: %s", crash, done.Value.State)
		}
	}
}

// A server runs for a moment with its clock a year ahead: it drops nothing by that
// clock, and what it stored for a time far ahead ends when the clock is right again.
func TestClockAheadDropsNothing(t *testing.T) {
	const day = 24 * time.Hour
	w := newHost(t)
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	var byClock []bool
	open := func(ahead time.Duration) *jobs.Office {
		return w.openWith("máy 1", ahead, func(o *jobs.Options) {
			o.Clean = func(_ context.Context, by bool) error {
				byClock = append(byClock, by)
				return nil
			}
		})
	}
	tick := func(f *jobs.Office) {
		t.Helper()
		if err := f.Runner.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	office := open(0)
	tick(office)
	a := accounts.New(w.db)
	for id, expires := range map[string]time.Time{"old": w.clock().Add(-60 * day), "new": w.clock().Add(80 * day), "of 2025": w.clock().Add((365 + 90) * day)} {
		if _, err := a.Sessions.Add(t.Context(), id, accounts.Session{ID: id, Expires: ledger.MillisOf(expires)}); err != nil {
			t.Fatal(err)
		}
	}
	wantSessions := func(when string, want ...string) {
		t.Helper()
		left, err := a.Sessions.All(t.Context())
		var ids []string
		for _, s := range left {
			ids = append(ids, s.ID)
		}
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("%s: %q, %v; want %q", when, ids, err, want)
		}
	}
	tick(open(365 * day))
	wantSessions("a year ahead", "new", "of 2025", "old")
	if len(byClock) == 0 || slices.Contains(byClock, true) {
		t.Errorf("a year ahead files were dropped by the clock: %v", byClock)
	}
	byClock = nil
	for range 3 {
		w.pass(day)
		tick(office)
	}
	wantSessions("the clock is right again", "new", "of 2025")
	if !slices.Contains(byClock, true) {
		t.Errorf("files are not dropped any more: %v", byClock)
	}
	s, err := a.Sessions.Get(t.Context(), "of 2025")
	if days := s.Value.Expires.Time().Sub(w.clock()) / day; err != nil || days > 90 {
		t.Errorf("the session of a clock ahead is in force for %d days, %v", days, err)
	}
}

// TestLeapThatCannotBeStored: where the database took no reading of the clock that has
// leapt, or another server's took its place, nothing is dropped by it either.
func TestLeapThatCannotBeStored(t *testing.T) {
	for name, other := range map[string]bool{"refused": false, "replaced by another server's": true} {
		t.Run(name, func(t *testing.T) {
			const day = 24 * time.Hour
			w := newHost(t)
			office := w.openWith("máy 1", 0, func(*jobs.Options) {})
			if err := office.Runner.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			ahead := w.openWith("máy 2", 365*day, func(*jobs.Options) {})
			if other {
				if err := ahead.Runner.Tick(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := office.Runner.Tick(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if leapt, err := ahead.Runner.ClockLeapt(t.Context()); err != nil || !leapt {
				t.Errorf("leapt: %t, %v", leapt, err)
			}
		})
	}
}
