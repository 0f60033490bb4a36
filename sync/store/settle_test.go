package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// A period that one person closes while another reopens it is in conflict, and
// who may do either settles it. Until then it counts as what is shown.
func TestPeriodClosedAndReopenedAtOnce(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		r1, r2, approver, collector := staff(t, "desk1"), staff(t, "desk2"), newPhone(t, "leader"), newPhone(t, "A")
		approver.author.Role = form.RoleApprover
		period := ledger.Period{From: "2026-01-01", To: "2026-12-14"}
		id := ledger.PeriodID(village, period)
		act := func(p *phone, action ledger.Action, base ledger.Seq) ledger.Verdict {
			n := p.write(id, ledger.KindPeriod, action, base, `,"period":"`+period.String()+`"`)
			return p.mustPush(s, n, n).Results[0]
		}
		act(r1, ledger.ActionClose, 0)  // commit 1
		act(r1, ledger.ActionReopen, 1) // commit 2
		act(r1, ledger.ActionClose, 2)  // commit 3
		if v := act(r2, ledger.ActionReopen, 2); v.Status != ledger.Conflict || fmt.Sprint(v.Fields) != "[_closed]" {
			t.Fatalf("reopened by somebody who had not seen it closed: %+v", v)
		}
		resolve := func(p *phone, field, value string) ledger.Verdict {
			n := p.write(id, ledger.KindPeriod, ledger.ActionResolve, 4, `,"field":"`+field+`","value":`+value+`,"sees":["3.0","4.0"]`)
			return p.mustPush(s, n, n).Results[0]
		}
		if v := resolve(collector, ledger.Closed, "false"); v.Code != form.FaultRole {
			t.Errorf("a collector: %+v", v)
		}
		if v := resolve(approver, "period", `"2026-01-01/2026-06-14"`); v.Code != form.FaultFieldUnknown {
			t.Errorf("another period: %+v", v)
		}
		if v := resolve(approver, ledger.Closed, "true"); v.Status != ledger.Accepted {
			t.Errorf("an approver: %+v", v)
		}
		r, err := s.Record(t.Context(), village, id)
		if err != nil || r.InConflict(ledger.Closed) || !r.Bool(ledger.Closed) {
			t.Errorf("%v, conflicts %v", err, r.Conflicts())
		}
		if v := collector.mustPush(s, collector.edit(ledger.NameID("late"), 0, meeting(1)), 2).Results; !v[len(v)-1].Late {
			t.Errorf("dated in the closed period: %+v", v)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}

// Whether two records are the same thing is in conflict where one person links
// them while another says that they are different, and a resolve settles it.
func TestDistinctIsSettled(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, r1, r2 := newPhone(t, "A"), staff(t, "desk1"), staff(t, "desk2")
		a.edit(id(1), 0, meeting(1))
		a.edit(id(2), 0, meeting(2))
		a.mustPush(s, 1, 2) // commit 1
		of := fmt.Sprintf(`,"duplicateOf":%q`, id(2))
		r1.mustPush(s, r1.write(id(1), form.KindMeeting, ledger.ActionUnlink, 1, of), 1) // commit 2
		field := ledger.Distinct + id(2).String()
		n := r2.write(id(1), form.KindMeeting, ledger.ActionLink, 1, of)
		if v := r2.mustPush(s, n, n).Results[0]; v.Status != ledger.Conflict || fmt.Sprint(v.Fields) != "["+field+"]" {
			t.Fatalf("linked by somebody who had not seen them marked as different: %+v", v)
		}
		n = r2.write(id(1), form.KindMeeting, ledger.ActionResolve, 3, fmt.Sprintf(`,"field":%q,"value":true,"sees":["2.0","3.0"]`, field))
		if v := r2.mustPush(s, n, n).Results[0]; v.Status != ledger.Accepted {
			t.Fatalf("settled: %+v", v)
		}
		r, err := s.Record(t.Context(), village, id(1))
		if _, linked := r.DuplicateOf(); err != nil || len(r.Conflicts()) > 0 || linked || !r.DistinctFrom(id(2)) {
			t.Errorf("%v, conflicts %v, linked %v", err, r.Conflicts(), linked)
		}
		mustAgree(t, h, s)
	})
}

// A resend is answered with the commit that the ops stand in, not where the ledger
// has come to since.
func TestResendNamesItsOwnCommit(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b := newPhone(t, "A"), newPhone(t, "B")
		var heads []ledger.Head
		for i := range 3 {
			n := a.edit(id(i), 0, meeting(i))
			heads = append(heads, a.mustPush(s, n, n).Head)
			b.edit(id(10+i), 0, meeting(10+i))
			b.mustPush(s, uint64(i+1), uint64(i+1))
		}
		for _, s := range []*store.Store{s, h.server()} { // one that wrote them, and one that reads them
			for _, c := range []struct{ from, to uint64 }{{1, 1}, {2, 2}, {1, 3}, {3, 3}, {1, 2}} {
				if got := a.mustPush(s, c.from, c.to).Head; got != heads[c.to-1] {
					t.Errorf("%d to %d sent again: commit %d, want %d", c.from, c.to, got.Seq, heads[c.to-1].Seq)
				}
			}
		}
		mustVerify(t, h.backend)
	})
}

// A record of another unit is held to the kind that the field takes, like one of
// the own unit; one that the author is not shown is as if unknown.
func TestForeignReferencesLeadToTheRightKind(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		const next, commune, far ledger.UnitID = "21133-02-20040101", "21133-20040101", "21135-01-20040101"
		for _, unit := range []ledger.UnitID{next, commune, far} {
			p := staff(t, ledger.DeviceID("of "+unit))
			p.edit(id(1), 0, meeting(1))
			p.write(id(2), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"headName":"Hộ mẫu","category":"poor"}`)
			p.write(id(3), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Đợt mẫu","from":"2026-11-01"}`)
			p.write(id(4), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-01","class":"denunciation","content":"Kín","status":"received"}`)
			if a, err := s.Append(t.Context(), unit, p.author, p.batch(1, 4)); err != nil || statuses(a) != "accepted accepted accepted accepted" {
				t.Fatal(err, statuses(a))
			}
		}
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.author.Sees = func(u ledger.UnitID) bool { return u != far }
		a.author.Own = func(u ledger.UnitID) bool { return u == village || u == next }
		house := func(p *phone, unit ledger.UnitID, household int) ledger.Verdict {
			n := p.write(ledger.NameID("house", string(p.device), fmt.Sprint(len(p.ops))), form.KindHouse, ledger.ActionEdit, 0, fmt.Sprintf(
				`,"set":{"household":{"record":%q,"unit":%q},"program":"greatUnity","work":"new","status":"planned"}`, id(household), unit))
			return p.mustPush(s, n, n).Results[0]
		}
		for _, c := range []struct {
			who    *phone
			unit   ledger.UnitID
			record int
			code   string
		}{
			{a, next, 1, form.FaultReferenceKind},
			{a, next, 2, ""},
			{a, next, 9, ""},
			{a, next, 4, ""},    // another's denunciation
			{a, commune, 1, ""}, // of a commune its villages are shown campaigns alone
			{a, commune, 3, form.FaultReferenceKind},
			{a, far, 1, ""}, // outside of what the author may refer to
			{desk, commune, 1, form.FaultReferenceKind},
			{desk, next, 4, form.FaultReferenceKind},
		} {
			if v := house(c.who, c.unit, c.record); v.Code != c.code || c.code != "" && v.Field != "household" {
				t.Errorf("%s names record %d of %s: %+v, want %q", c.who.device, c.record, c.unit, v, c.code)
			}
		}
		mustAgree(t, h, s)
	})
}

// However many records of another unit a batch names that there are not, that
// unit's ledger is asked once for what is new.
func TestUnknownForeignReferencesCostOneRead(t *testing.T) {
	db := &reads{Backend: memory.New()}
	s := openStore(t, db, nil)
	a := newPhone(t, "A")
	const many = 200
	for i := range many {
		a.write(id(i), form.KindHouse, ledger.ActionEdit, 0, fmt.Sprintf(
			`,"set":{"household":{"record":%q,"unit":"21133-02-20040101"},"program":"greatUnity","work":"new","status":"planned"}`, id(1000+i)))
	}
	db.calls.Store(0)
	a.mustPush(s, 1, many)
	if n := db.calls.Load(); n > 20 {
		t.Errorf("%d pages of ledgers read for %d references", n, many)
	}
}

// The queue of conflicts begins with what waits longest, not with what was
// changed last.
func TestConflictsWaitingLongestComeFirst(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		var hours atomic.Int64
		s := openStore(t, h.backend, func(o *store.Options) {
			o.Now = func() time.Time { return day.Add(time.Duration(hours.Load()) * time.Hour) }
		})
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		push := func(p *phone, n uint64) {
			hours.Add(1)
			p.mustPush(s, n, n)
		}
		for i := range 3 {
			push(a, a.edit(id(i), 0, meeting(i)))
		}
		differ := func(i int) { push(b, b.edit(id(i), 0, fmt.Sprintf(`{"attendance":%d}`, 70+i))) }
		differ(2)                                            // commit 4
		differ(0)                                            // commit 5
		differ(1)                                            // commit 6
		push(a, a.edit(id(2), 4, `{"place":"Nhà văn hóa"}`)) // changed last, and waits longest
		push(desk, desk.write(id(0), form.KindMeeting, ledger.ActionResolve, 7, `,"field":"attendance","value":70,"sees":["1.0","5.0"]`))
		push(b, b.edit(id(0), 7, `{"attendance":90}`)) // again in conflict, since now
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		rows, err := h.backend.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Conflict: true, Sort: store.SortWaiting, Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range rows {
			for n := range 3 {
				if rows[i].ID == id(n) {
					got = append(got, fmt.Sprintf("%d since hour %d", n, rows[i].Waiting.Time().Sub(day)/time.Hour))
				}
			}
		}
		if want := "[2 since hour 4 1 since hour 6 0 since hour 9]"; fmt.Sprint(got) != want {
			t.Errorf("listed %v, want %s", got, want)
		}
		mustAgree(t, h, s)
	})
}

// A reader of lists that gives up does not wait for the projection of somebody
// else, which may hang.
func TestSettleHeedsItsCaller(t *testing.T) {
	db := &halting{Backend: memory.New(), halted: make(chan struct{}), goOn: make(chan struct{})}
	s := openStore(t, db, nil)
	a := newPhone(t, "A")
	db.halt.Store(true)
	a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
	<-db.halted
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	settled := make(chan error, 1)
	go func() { settled <- s.Settle(ctx, []ledger.UnitID{village}) }()
	select {
	case err := <-settled:
		if !errors.Is(err, store.ErrLagging) {
			t.Errorf("it settled with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits on")
	}
	close(db.goOn)
}
