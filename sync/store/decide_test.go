package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

func TestConflictNamesItsFields(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, c, desk := newPhone(t, "A"), newPhone(t, "B"), newPhone(t, "C"), staff(t, "desk")
		a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
		if v := b.mustPush(s, b.edit(id(1), 0, `{"attendance":9,"level":"commune"}`), 1).Results[0]; v.Status != ledger.Conflict || fmt.Sprint(v.Fields) != "[attendance]" {
			t.Errorf("%+v", v)
		}
		desk.mustPush(s, desk.write(id(1), form.KindMeeting, ledger.ActionResolve, 2, `,"field":"attendance","value":9,"sees":["1.0","2.0"]`), 1)
		if v := c.mustPush(s, c.edit(id(1), 2, `{"attendance":7}`), 1).Results[0]; v.Status != ledger.Conflict {
			t.Errorf("a write that had not seen the resolution: %+v", v)
		}
		if v := desk.mustPush(s, desk.write(id(1), form.KindMeeting, ledger.ActionResolve, 4, `,"field":"attendance","value":7,"sees":["3.0","9.0"]`), 2).Results[0]; v.Code != ledger.FaultDot {
			t.Errorf("a dot of the future: %+v", v)
		}
		mustAgree(t, h, s)
	})
}

func TestRefusals(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		gone := func(p *phone, n uint64, code string) {
			t.Helper()
			if v := p.mustPush(s, n, n).Results[0]; v.Status != ledger.Rejected || v.Code != code {
				t.Errorf("%s %s: %+v, want %s", p.device, p.ops[n-1], v, code)
			}
		}
		done := func(p *phone, n uint64) {
			t.Helper()
			if v := p.mustPush(s, n, n).Results[0]; v.Status == ledger.Rejected {
				t.Errorf("%s %s: %+v", p.device, p.ops[n-1], v)
			}
		}
		const entry = `,"set":{"direction":"in","date":"2026-11-20","amountVnd":500000,"party":"Hộ mẫu 012","purpose":"ủng hộ"}`
		reversal := fmt.Sprintf(`,"set":{"direction":"out","date":"2026-11-20","amountVnd":500000,"party":"Hộ mẫu 012","purpose":"ghi nhầm","reverses":%q}`, id(1))
		done(a, a.write(id(1), form.KindFund, ledger.ActionEdit, 0, entry))
		gone(a, a.write(id(1), form.KindFund, ledger.ActionEdit, 1, `,"set":{"amountVnd":1}`), form.FaultWriteOnce)
		done(a, a.write(id(2), form.KindFund, ledger.ActionEdit, 1, reversal))
		gone(b, b.write(id(3), form.KindFund, ledger.ActionEdit, 1, reversal), form.FaultAlreadyReversed)
		gone(b, b.write(id(4), form.KindFund, ledger.ActionEdit, 1, fmt.Sprintf(`,"set":{"direction":"out","date":"2026-11-20","amountVnd":500000,"party":"x","purpose":"x","reverses":%q}`, id(77))), form.FaultReferenceUnknown)

		gone(a, a.edit(id(5), 99, meeting(5)), ledger.FaultBaseUnknown)
		gone(a, a.write(id(6), form.KindMeeting, ledger.ActionRemove, 0, ""), form.FaultRecordUnknown)
		gone(a, a.write(id(6), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Đợt mẫu","from":"2026-01-01"}`), form.FaultRole)
		done(a, a.edit(id(7), 0, meeting(7)))
		done(a, a.edit(id(8), 0, meeting(8)))
		gone(a, a.write(id(7), form.KindMeeting, ledger.ActionReview, 0, `,"state":"approved"`), form.FaultRole)
		link := func(from, to int) uint64 {
			return desk.write(id(from), form.KindMeeting, ledger.ActionLink, 0, fmt.Sprintf(`,"duplicateOf":%q`, id(to)))
		}
		gone(desk, link(7, 7), form.FaultLinkSelf)
		gone(desk, link(7, 78), form.FaultReferenceUnknown)
		gone(desk, link(7, 1), form.FaultLinkKind)
		done(desk, link(7, 8))
		gone(desk, link(8, 7), form.FaultLinkCycle)

		done(desk, desk.write(id(20), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Đợt mẫu","from":"2026-01-01","onePerHousehold":true}`))
		gift := func(record ledger.RecordID) uint64 {
			return a.write(record, form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"campaign":%q,"household":%q,"date":"2026-11-20","quantity":1}`, id(20), id(21)))
		}
		gone(a, gift(id(22)), form.FaultGiftID)
		done(a, gift(form.GiftID(village, ledger.Ref{Record: id(20)}, ledger.Ref{Record: id(21)})))

		gone(desk, desk.write(id(30), ledger.KindPeriod, ledger.ActionClose, 0, `,"period":"2026-01-01/2026-12-14"`), form.FaultPeriodRecord)
		period := ledger.Period{From: "2026-01-01", To: "2026-12-14"}
		done(desk, desk.write(ledger.PeriodID(village, period), ledger.KindPeriod, ledger.ActionClose, 0, `,"period":"2026-01-01/2026-12-14"`))
		if v := b.mustPush(s, b.edit(id(31), 0, meeting(31)), uint64(len(b.ops))).Results[0]; v.Status != ledger.Accepted || !v.Late {
			t.Errorf("dated in a closed period: %+v, want accepted and late", v)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}

// The desk links two records both ways, each link being the right one for a
// while. Nobody who links a third may be kept in that circle.
func TestLinkToACircle(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, r1, r2 := newPhone(t, "A"), staff(t, "desk1"), staff(t, "desk2")
		for n := range 4 {
			a.mustPush(s, a.edit(id(n), 0, meeting(n)), uint64(n+1))
		}
		link := func(p *phone, base ledger.Seq, from, to int, want ledger.Status) {
			t.Helper()
			n := p.write(id(from), form.KindMeeting, ledger.ActionLink, base, fmt.Sprintf(`,"duplicateOf":%q`, id(to)))
			if v := p.mustPush(s, n, n).Results[0]; v.Status != want {
				t.Fatalf("link %d to %d: %+v, want %s", from, to, v, want)
			}
		}
		link(r1, 4, 0, 1, ledger.Accepted) // commit 5
		link(r2, 4, 0, 2, ledger.Conflict) // commit 6, and what is shown
		link(r1, 6, 1, 0, ledger.Accepted) // commit 7
		n := r2.write(id(0), form.KindMeeting, ledger.ActionResolve, 7, fmt.Sprintf(`,"field":"_link","value":%q,"sees":["5.0","6.0"]`, id(1)))
		r2.mustPush(s, n, n)
		link(r1, 8, 3, 0, ledger.Accepted)
		n = r2.write(id(0), form.KindMeeting, ledger.ActionResolve, 8, fmt.Sprintf(`,"field":"_link","value":%q,"sees":["8.0"]`, id(0)))
		if v := r2.mustPush(s, n, n).Results[0]; v.Code != form.FaultLinkSelf {
			t.Errorf("resolved to itself: %+v", v)
		}
		mustAgree(t, h, s)
	})
}

// A resolve of a link is held to what a link is: it may not lead to nobody's
// id, to another kind, or into a unit that is not.
func TestResolveOfALink(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, r1, r2 := newPhone(t, "A"), staff(t, "desk1"), staff(t, "desk2")
		for n := range 3 {
			a.mustPush(s, a.edit(id(n), 0, meeting(n)), uint64(n+1))
		}
		at := a.write(id(9), form.KindFund, ledger.ActionEdit, 0, `,"set":{"direction":"in","date":"2026-11-20","amountVnd":500000,"party":"Hộ mẫu 012","purpose":"ủng hộ"}`)
		if v := a.mustPush(s, at, at).Results[0]; v.Status != ledger.Accepted {
			t.Fatalf("the fund entry: %+v", v)
		}
		for i, desk := range []*phone{r1, r2} {
			at := desk.write(id(0), form.KindMeeting, ledger.ActionLink, 4, fmt.Sprintf(`,"duplicateOf":%q`, id(i+1)))
			desk.mustPush(s, at, at)
		}
		resolve := func(value string) ledger.Verdict {
			n := r2.write(id(0), form.KindMeeting, ledger.ActionResolve, 6, `,"field":"_link","value":`+value+`,"sees":["5.0","6.0"]`)
			return r2.mustPush(s, n, n).Results[0]
		}
		for value, code := range map[string]string{
			fmt.Sprintf(`%q`, id(77)):                            form.FaultReferenceUnknown,
			fmt.Sprintf(`%q`, id(9)):                             form.FaultLinkKind,
			fmt.Sprintf(`{"record":%q,"unit":"nowhere"}`, id(1)): form.FaultReferenceUnknown,
		} {
			if v := resolve(value); v.Status != ledger.Rejected || v.Code != code || v.Field != "value" {
				t.Errorf("resolved to %s: %+v, want %s", value, v, code)
			}
		}
		if v := resolve("null"); v.Status != ledger.Accepted {
			t.Errorf("resolved to no link: %+v", v)
		}
		mustAgree(t, h, s)
	})
}

// A resolve is sent again to a ledger whose history went another way since:
// it names dots that now are somebody else's.
func TestResolveSeesNoFurtherThanItsBase(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
		b.mustPush(s, b.edit(id(1), 0, `{"attendance":9,"level":"commune"}`), 1)
		n := desk.write(id(1), form.KindMeeting, ledger.ActionResolve, 1, `,"field":"attendance","value":9,"sees":["1.0","2.0"]`)
		if v := desk.mustPush(s, n, n).Results[0]; v.Code != ledger.FaultDot {
			t.Errorf("%+v", v)
		}
		mustAgree(t, h, s)
	})
}

// The gifts of a campaign that gives once per household have their own ids,
// which must not be used for another household, or for two gifts.
func TestGiftsOncePerHousehold(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		push := func(p *phone, n uint64, code string) {
			t.Helper()
			v := p.mustPush(s, n, n).Results[0]
			if v.Code != code || code == "" && v.Status == ledger.Rejected {
				t.Errorf("%s %s: %+v, want %q", p.device, p.ops[n-1], v, code)
			}
		}
		push(desk, desk.write(id(20), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Đợt mẫu","from":"2026-01-01","onePerHousehold":true}`), "")
		of := func(household int) ledger.RecordID {
			return form.GiftID(village, ledger.Ref{Record: id(20)}, ledger.Ref{Record: id(household)})
		}
		const rest = `"date":"2026-11-20","quantity":1`
		whole := func(household int) string {
			return fmt.Sprintf(`,"set":{"campaign":%q,"household":%q,%s}`, id(20), id(household), rest)
		}
		edit := func(p *phone, record ledger.RecordID, base ledger.Seq, set string) uint64 {
			return p.write(record, form.KindGift, ledger.ActionEdit, base, set)
		}
		push(a, edit(a, of(1), 0, whole(1)), "")                                                                                                                     // commit 2
		push(a, edit(a, of(1), 2, fmt.Sprintf(`,"set":{"household":%q}`, id(2))), form.FaultGiftFixed)                                                               // 3
		push(a, edit(a, of(1), 3, `,"set":{"campaign":null}`), form.FaultGiftFixed)                                                                                  // 4
		push(a, edit(a, of(1), 4, `,"set":{"quantity":2}`), "")                                                                                                      // 5
		push(a, edit(a, id(50), 5, fmt.Sprintf(`,"set":{"household":%q,%s}`, id(3), rest)), "")                                                                      // 6, of no campaign
		push(a, edit(a, id(50), 6, fmt.Sprintf(`,"set":{"campaign":%q}`, id(20))), form.FaultGiftID)                                                                 // 7
		push(a, edit(a, id(51), 7, fmt.Sprintf(`,"set":{"campaign":{"record":%q,"unit":%q},"household":%q,%s}`, id(20), village, id(4), rest)), form.FaultReference) // 8

		push(a, a.write(of(1), form.KindGift, ledger.ActionRemove, 8, ""), "") // 9
		push(b, edit(b, of(1), 9, whole(1)), form.FaultRemoved)                // 10: it would stay removed, and count nowhere
		push(b, b.write(of(1), form.KindGift, ledger.ActionRestore, 10, ""), "")
		push(b, edit(b, of(1), 11, whole(1)), "")
		if r, err := s.Record(t.Context(), village, of(1)); err != nil || r.Removed() {
			t.Errorf("%v, removed %v", err, r.Removed())
		}
		mustAgree(t, h, s)
	})
}

// A collector does not learn that what they record is like a denunciation
// that another one recorded.
func TestNoDuplicateOfAHiddenRecord(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		heard := func(p *phone, n int, class string) ledger.Verdict {
			t.Helper()
			at := p.write(id(n), form.KindReception, ledger.ActionEdit, 0,
				fmt.Sprintf(`,"set":{"date":"2026-11-20","type":"regular","citizenName":"Người mẫu","content":"nội dung mẫu","class":%q}`, class))
			return p.mustPush(s, at, at).Results[0]
		}
		heard(a, 1, form.ClassDenunciation)
		if v := heard(b, 2, form.ClassDenunciation); v.Status != ledger.Accepted {
			t.Errorf("another collector: %+v", v)
		}
		if v := heard(desk, 3, form.ClassDenunciation); v.Status != ledger.Duplicate || v.Of.Record != id(1) {
			t.Errorf("the desk: %+v", v)
		}
		if v := heard(a, 4, form.ClassDenunciation); v.Status != ledger.Duplicate || v.Of.Record != id(1) {
			t.Errorf("who heard the first: %+v", v)
		}
		heard(desk, 5, "feedback") // what everybody sees looks like them
		page, err := s.Changes(t.Context(), village, store.Pulled{}, 10, 0)
		if err != nil || len(page.Records) != 5 || len(page.Suspects) != 0 {
			t.Errorf("a phone sees %d records and suspects %v, %v", len(page.Records), page.Suspects, err)
		}
		mustAgree(t, h, s)
	})
}

// What takes something out of a closed period comes as late as what adds to it.
func TestLateRemoval(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
		a.mustPush(s, a.edit(id(2), 0, meeting(2)), 2)
		period := ledger.Period{From: "2026-01-01", To: "2026-12-14"}
		n := desk.write(ledger.PeriodID(village, period), ledger.KindPeriod, ledger.ActionClose, 2, `,"period":"`+period.String()+`"`)
		desk.mustPush(s, n, n)
		for _, n := range []uint64{
			a.edit(id(1), 3, `{"date":"2025-11-20"}`),
			a.write(id(2), form.KindMeeting, ledger.ActionRemove, 3, ""),
		} {
			if v := a.mustPush(s, n, n).Results[0]; v.Status != ledger.Accepted || !v.Late {
				t.Errorf("%s: %+v, want accepted and late", a.ops[n-1], v)
			}
		}
		mustAgree(t, h, s)
	})
}

// A resolve that is sent again after a restore names dots that are others' by
// now. By its origins it settles what it saw, and no more.
func TestResolveThatOutlivesARestore(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, c, desk := newPhone(t, "A"), newPhone(t, "B"), newPhone(t, "C"), staff(t, "desk")
		c.mustPush(s, c.edit(id(1), 0, meeting(1)), 1)
		settle := func(origins string) store.Answer {
			n := desk.write(id(1), form.KindMeeting, ledger.ActionResolve, 1, `,"field":"attendance","value":9,"sees":["2.0","3.0"]`+origins)
			return desk.mustPush(s, n, n)
		}
		if v := settle("").Results[0]; v.Code != ledger.FaultDot {
			t.Errorf("without origins: %+v", v)
		}
		if v := settle(`,"origins":["C/1/1","A/1/1"]`).Results[0]; v.Status != ledger.Accepted {
			t.Errorf("with origins: %+v", v)
		}
		a.mustPush(s, a.edit(id(1), 0, `{"attendance":7}`), 1) // was settled
		b.mustPush(s, b.edit(id(1), 0, `{"attendance":8}`), 1) // was not
		r, err := s.Record(t.Context(), village, id(1))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range r.Register("attendance") {
			got = append(got, string(w.Device)+" "+string(w.Value))
		}
		if want := []string{"desk 9", "B 8"}; !slices.Equal(got, want) {
			t.Errorf("%q stand, want %q", got, want)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}

// An op about a day after the unit's last is taken, and marked: no report
// counts it.
func TestAfterTheUnitsEnd(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.author.LastDay, desk.author.LastDay = "2026-11-20", "2026-11-20"
		household := `{"code":"H1","headName":"Hộ mẫu 001","category":"poor"}`
		for _, c := range []struct {
			op   string
			n    uint64
			want bool
		}{
			{"on the last day", a.edit(id(1), 0, `{"date":"2026-11-20","level":"commune","place":"Điểm mẫu","attendance":1}`), false},
			{"on the day after", a.edit(id(2), 0, `{"date":"2026-11-21","level":"commune","place":"Điểm mẫu","attendance":1}`), true},
			{"moved behind the end", a.edit(id(1), 0, `{"date":"2026-11-21"}`), true},
			{"another field of it", a.edit(id(1), 0, `{"attendance":2}`), true},
			{"moved back", a.edit(id(1), 0, `{"date":"2026-11-19"}`), false},
			{"taken away", a.write(id(2), form.KindMeeting, ledger.ActionRemove, 0, ""), false},
			{"and again", a.write(id(2), form.KindMeeting, ledger.ActionRestore, 0, ""), true},
			{"without a day", a.write(id(3), form.KindHousehold, ledger.ActionEdit, 0, `,"set":`+household), true},
		} {
			if v := a.mustPush(s, c.n, c.n).Results[0]; v.Status == ledger.Rejected || v.AfterEnd != c.want {
				t.Errorf("%s: %+v, want after the end %t", c.op, v, c.want)
			}
		}
		n := desk.write(id(2), form.KindMeeting, ledger.ActionReview, 8, `,"state":"approved"`)
		if v := desk.mustPush(s, n, n).Results[0]; v.Status != ledger.Accepted || v.AfterEnd {
			t.Errorf("a review: %+v", v)
		}
		// Sent again, after the day was changed, it has the verdict that it had.
		a.author.LastDay = ""
		if v := a.mustPush(s, 2, 2).Results[0]; !v.AfterEnd {
			t.Errorf("sent again: %+v", v)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}

func TestDuplicatesAreSuspectedOnce(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		gift := func(p *phone, n int, quantity int) ledger.Verdict {
			at := p.write(id(n), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"campaign":%q,"household":%q,"date":"2026-11-20","quantity":%d}`, id(20), id(21), quantity))
			return p.mustPush(s, at, at).Results[0]
		}
		if v := gift(a, 1, 1); v.Status != ledger.Accepted {
			t.Errorf("the first: %+v", v)
		}
		if v := gift(b, 2, 2); v.Status != ledger.Duplicate || v.Of.Record != id(1) || v.Reason != "same-campaign-household" {
			t.Errorf("the second: %+v", v)
		}
		if v := b.mustPush(s, b.write(id(2), form.KindGift, ledger.ActionEdit, 2, `,"set":{"quantity":1}`), 2).Results[0]; v.Status != ledger.Accepted {
			t.Errorf("an edit of the second: %+v", v)
		}
		desk.mustPush(s, desk.write(id(2), form.KindGift, ledger.ActionLink, 3, fmt.Sprintf(`,"duplicateOf":%q`, id(1))), 1)
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		pairs, err := h.backend.Alike(t.Context(), []ledger.UnitID{village}, form.KindGift, "", 10)
		if err != nil || len(pairs) != 0 {
			t.Errorf("after the link still alike: %v, %v", pairs, err)
		}
		if v := gift(b, 3, 1); v.Status != ledger.Duplicate || v.Of.Record != id(1) {
			t.Errorf("the third, with the copy linked: %+v", v)
		}
		mustAgree(t, h, s)
	})
}

// TestDenunciationHides: a record that another phone may hold becomes a
// denunciation, and from then on is none of that phone's business.
func TestDenunciationHides(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b := newPhone(t, "A"), newPhone(t, "B")
		set := `,"set":{"date":"2026-11-20","type":"regular","citizenName":"Người mẫu","content":"nội dung mẫu","class":%q}`
		at := a.write(id(1), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(set, "proposal"))
		a.mustPush(s, at, at)
		at = a.write(id(1), form.KindReception, ledger.ActionEdit, 1, `,"set":{"class":"denunciation"}`)
		if v := a.mustPush(s, at, at).Results[0]; v.Status != ledger.Accepted || !v.Hides {
			t.Errorf("%+v, want accepted and hiding", v)
		}
		// Another collector's edits are answered as those of a record that there is
		// not, and make none in its place.
		for _, edit := range []struct {
			set, hidden, unknown string
		}{
			{`,"set":{"content":"sửa"}`, "required date", "required date"},
			{`,"set":{"content":5}`, "type content", "type content"},
			{fmt.Sprintf(set, "feedback"), "record-unknown record", " "},
		} {
			for n, want := range map[int]string{1: edit.hidden, 9: edit.unknown} {
				at = b.write(id(n), form.KindReception, ledger.ActionEdit, 1, edit.set)
				if v := b.mustPush(s, at, at).Results[0]; v.Code+" "+v.Field != want || (v.Status == ledger.Rejected) != (want != " ") {
					t.Errorf("an edit of record %d by another collector: %+v", n, v)
				}
			}
		}
		r, err := s.Record(t.Context(), village, id(1))
		if err != nil || r.Hidden != 2 || form.Visible(r, form.RoleCollector, b.author.User) || !form.Visible(r, form.RoleCollector, a.author.User) {
			t.Errorf("hidden at %d, %v", r.Hidden, err)
		}
	})
}

// A resolution may make a record confidential too: its verdict says so, and the
// record remembers when.
func TestResolutionHides(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		set := `,"set":{"citizenName":"Công dân mẫu","class":%q,"content":"Nội dung mẫu","date":"2026-11-20","type":"regular"}`
		at := a.write(id(1), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(set, form.ClassFeedback))
		a.mustPush(s, at, at)
		at = b.write(id(1), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(set, form.ClassProposal))
		b.mustPush(s, at, at)
		at = desk.write(id(1), form.KindReception, ledger.ActionResolve, 2, `,"field":"class","value":"denunciation","sees":["1.0","2.0"]`)
		if v := desk.mustPush(s, at, at).Results[0]; v.Status != ledger.Accepted || !v.Hides {
			t.Errorf("the resolution: %+v", v)
		}
		r, err := s.Record(t.Context(), village, id(1))
		if err != nil || r.Hidden != 3 {
			t.Errorf("hidden with commit %d, want 3: %v", r.Hidden, err)
		}
		mustAgree(t, h, s)
	})
}

// A house that was accepted, or a petition that was resolved, on a day of a
// closed period changes its figures, whatever day the record stands under.
func TestLateByEveryDayThatCounts(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		period := ledger.Period{From: "2026-01-01", To: "2026-06-14"}
		n := desk.write(ledger.PeriodID(village, period), ledger.KindPeriod, ledger.ActionClose, 0, `,"period":"`+period.String()+`"`)
		desk.mustPush(s, n, n)
		const house = `"household":"01970000-0000-7000-8000-00000000000b","program":"greatUnity","work":"new",`
		for _, c := range []struct {
			n    int
			kind ledger.Kind
			set  string
			late bool
		}{
			{1, form.KindHouse, house + `"status":"building","startedOn":"2026-03-01"`, false},
			{1, form.KindHouse, `"status":"accepted","acceptedOn":"2026-06-01"`, true},
			{1, form.KindHouse, `"status":"handedOver","handedOverOn":"2026-07-01"`, true},
			{2, form.KindHouse, strings.Replace(house, "greatUnity", "gratitude", 1) + `"status":"handedOver","acceptedOn":"2026-06-20","handedOverOn":"2026-07-01"`, false},
			{2, form.KindHouse, `"acceptedOn":"2026-06-10"`, true},
			{2, form.KindHouse, `"acceptedOn":"2026-06-21"`, true}, // it is taken away
			{2, form.KindHouse, `"acceptedOn":"2026-06-22"`, false},
			{3, form.KindPetition, `"receivedOn":"2025-12-01","class":"feedback","content":"Báo","status":"received"`, false},
			{3, form.KindPetition, `"status":"resolved","resolvedOn":"2026-06-14"`, true},
		} {
			n := a.write(id(c.n), c.kind, ledger.ActionEdit, 1, `,"set":{`+c.set+`}`)
			if v := a.mustPush(s, n, n).Results[0]; v.Status != ledger.Accepted || v.Late != c.late {
				t.Errorf("%s: %+v, want late %t", c.set, v, c.late)
			}
		}
		mustAgree(t, h, s)
	})
}

// A reference leads to a record of a kind that its field takes. What is not
// known yet may come later; what the author may not see is as if unknown.
func TestReferencesLeadToTheRightKind(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		b.author.User = "another"
		a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
		a.mustPush(s, a.write(id(2), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"headName":"Hộ mẫu","category":"poor"}`), 2)
		a.mustPush(s, a.write(id(3), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-01","class":"denunciation","content":"Kín","status":"received"}`), 3)
		house := func(p *phone, record, household int) ledger.Verdict {
			n := p.write(id(record), form.KindHouse, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"program":"greatUnity","work":"new","status":"planned"}`, id(household)))
			return p.mustPush(s, n, n).Results[0]
		}
		for _, c := range []struct {
			who               *phone
			record, household int
			code              string
		}{
			{a, 11, 1, form.FaultReferenceKind},
			{a, 12, 2, ""},
			{a, 13, 99, ""},
			{a, 14, 3, form.FaultReferenceKind},
			{b, 15, 3, ""}, // another's denunciation
			{b, 16, 1, form.FaultReferenceKind},
		} {
			if v := house(c.who, c.record, c.household); v.Code != c.code || c.code != "" && v.Field != "household" {
				t.Errorf("house %d of %d: %+v, want %q", c.record, c.household, v, c.code)
			}
		}
		n := desk.write(id(12), form.KindHouse, ledger.ActionResolve, 5, fmt.Sprintf(`,"field":"household","value":%q,"sees":["5.0"]`, id(1)))
		if v := desk.mustPush(s, n, n).Results[0]; v.Code != form.FaultReferenceKind || v.Field != "value" {
			t.Errorf("resolved to a meeting: %+v", v)
		}
		desk.author.Sees = func(u ledger.UnitID) bool { return u == village }
		for unit, code := range map[ledger.UnitID]string{village: "", "21133-09-20040101": form.FaultUnitUnknown} {
			n := desk.write(id(40), form.KindCampaign, ledger.ActionEdit, 9, fmt.Sprintf(`,"set":{"name":"Đợt mẫu","from":"2026-11-01","quotas":[{"unit":%q,"quantity":5}]}`, unit))
			if v := desk.mustPush(s, n, n).Results[0]; v.Code != code {
				t.Errorf("a quota of %s: %+v, want %q", unit, v, code)
			}
		}
		mustAgree(t, h, s)
	})
}

// Two people who write the same words differently are not in conflict, and who
// sends the same bytes again gets the same verdicts.
func TestTheSameWordsAreNoConflict(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b := newPhone(t, "A"), newPhone(t, "B")
		a.mustPush(s, a.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"headName":"Hộ mẫu Hoà","category":"poor","phone":"0905123456"}`), 1)
		b.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"headName":" Hộ\u00a0 mẫu Hòa ","category":"poor","phone":"+84 905.123.456"}`)
		for range 2 {
			if v := b.mustPush(s, 1, 1).Results[0]; v.Status != ledger.Accepted {
				t.Errorf("%+v", v)
			}
			a.mustPush(s, 1, 1)
		}
		fold, err := s.Fold(t.Context(), village, 0, ledger.RulesCurrent)
		if err != nil {
			t.Fatal(err)
		}
		r := fold.Record(id(1))
		if got := r.Text("headName") + " " + r.Text("phone"); got != "Hộ mẫu Hòa 0905123456" {
			t.Errorf("stored is %q", got)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}

// TestCommonKeysGiveNoSuspicion has one phone send the same meeting under ever
// more ids. The first few are suspected; once more share the key than a push
// compares with, none is, whether they came in one batch or before it.
func TestCommonKeysGiveNoSuspicion(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a := newPhone(t, "A")
		const few, many = 5, 40
		suspected := func(from, to int) (n int) {
			first := uint64(len(a.ops) + 1)
			for i := from; i <= to; i++ {
				a.edit(id(i), 0, meeting(1))
			}
			for _, v := range a.mustPush(s, first, uint64(len(a.ops))).Results {
				if v.Status == ledger.Duplicate {
					n++
				}
			}
			return n
		}
		pulled := func() int {
			page, err := s.Changes(t.Context(), village, store.Pulled{}, 1000, 0)
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Suspects)
		}
		if n := suspected(1, few); n != few-1 {
			t.Errorf("%d of %d alike are suspected, want all but the first", n, few)
		}
		if n := pulled(); n != few {
			t.Errorf("a pull tells suspects of %d records, want all %d that are alike", n, few)
		}
		if n := suspected(few+1, many); n == 0 || n >= many-few {
			t.Errorf("%d of %d more in one batch are suspected, want only those before the key is common", n, many-few)
		}
		if n := suspected(many+1, many+few); n != 0 {
			t.Errorf("%d are suspected of what %d records say", n, many)
		}
		if n := pulled(); n != 0 {
			t.Errorf("a pull tells suspects of %d records whose key is common", n)
		}
	})
}

// No verdict reveals to people who may not see a denunciation that a record names
// it, not even as a conflict.
func TestVerdictsNameNothingHidden(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b, desk := newPhone(t, "A"), newPhone(t, "B"), staff(t, "desk")
		a.write(id(1), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"denunciation","content":"kín","status":"received"}`)
		a.write(id(2), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"date":"2026-11-20","type":"regular","citizenName":"Người mẫu","content":"nội dung","class":"feedback","petition":%q}`, id(1)))
		a.write(id(3), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"proposal","content":"nội dung mẫu","status":"received"}`)
		a.mustPush(s, 1, 3)
		desk.mustPush(s, desk.write(id(3), form.KindPetition, ledger.ActionLink, 1, fmt.Sprintf(`,"duplicateOf":%q`, id(1))), 1)
		for _, p := range []*phone{b, a} {
			other := p.write(id(2), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"petition":%q}`, id(3)))
			apart := p.write(id(3), form.KindPetition, ledger.ActionUnlink, 0, fmt.Sprintf(`,"duplicateOf":%q`, id(1)))
			want := "accepted accepted"
			if p == a { // after b, who wrote the one and the other
				want = "accepted conflict"
			}
			if got := statuses(p.mustPush(s, other, apart)); got != want {
				t.Errorf("%s: %s", p.device, got)
			}
		}
	})
}
