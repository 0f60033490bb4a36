package jobs_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

func (w *host) withdraw(r store.Stored[archive.Report]) {
	w.t.Helper()
	if _, err := w.office.Archive.Withdraw(w.t.Context(), r.ID, r.Version, "Sai số liệu.", clerk); err != nil {
		w.t.Fatal(err)
	}
}

// request is for the report of the term, with what is cited.
func request(addendumOf, replaces string) archive.Request {
	return archive.Request{Unit: commune, Template: report.UBND, Period: term, By: clerk, AddendumOf: addendumOf, Replaces: replaces}
}

// A period has one draft, which is issued in the place of what was withdrawn,
// whether that was named or not.
func TestOneDraftOfAPeriod(t *testing.T) {
	w := newHost(t)
	first := w.approve(w.compile(archive.Request{}))
	w.withdraw(first)
	draft := w.compile(request("", ""))
	if again := w.compile(request("", first.ID)); again.ID != draft.ID || again.Value.Replaces != first.ID || draft.Value.Replaces != first.ID {
		t.Fatalf("the drafts %s and %s, instead of %q and %q", draft.ID, again.ID, draft.Value.Replaces, again.Value.Replaces)
	}
	second := w.approve(w.get(draft.ID))
	if old := w.get(first.ID).Value; old.ReplacedBy != second.ID {
		t.Errorf("the withdrawn one is replaced by %q", old.ReplacedBy)
	}
	w.withdraw(second)
	_, err := w.office.Archive.Drafts.Compile(t.Context(), request("", first.ID))
	if invalid, ok := errors.AsType[*entry.Invalid](err); !ok || invalid.Field != "replaces" {
		t.Errorf("instead of a report that has another in its place: %v", err)
	}
	if third := w.approve(w.compile(request("", ""))); third.Value.Replaces != second.ID {
		t.Errorf("the third is issued instead of %q", third.Value.Replaces)
	}
}

// A draft that was there before a report of its period was withdrawn takes its
// place.
func TestDraftTakesThePlace(t *testing.T) {
	w := newHost(t)
	first := w.approve(w.compile(archive.Request{}))
	other := w.secondDraft(first.ID, "02")
	w.withdraw(first)
	// Its text says what it replaces, which nobody has read yet.
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), other.ID, other.Version, signature); !errors.Is(err, store.ErrVersion) {
		t.Fatalf("signing what nobody has read: %v", err)
	}
	if done := w.approve(w.get(other.ID)); done.Value.Replaces != first.ID || w.get(first.ID).Value.ReplacedBy != done.ID {
		t.Errorf("issued instead of %q", done.Value.Replaces)
	}
}

// secondDraft puts one more draft into a line, past the office.
func (w *host) secondDraft(of, number string) store.Stored[archive.Report] {
	w.t.Helper()
	r := w.get(of).Value
	r.ID = of[:len(of)-2] + number
	r.State, r.Approval, r.Files, r.Signing = archive.Draft, nil, nil, nil
	stored, err := store.NewTable[archive.Report](w.db, "reports").Add(w.t.Context(), r.ID, r)
	if err != nil {
		w.t.Fatal(err)
	}
	if stored, err = w.office.Archive.Drafts.Recompile(w.t.Context(), stored.ID, stored.Version, ""); err != nil {
		w.t.Fatal(err)
	}
	return stored
}

// Of two drafts of one period one is issued, also by two servers at once.
func TestOneIssuedReportOfAPeriod(t *testing.T) {
	for range 20 {
		w := newHost(t)
		first := w.compile(archive.Request{})
		drafts := []store.Stored[archive.Report]{first, w.secondDraft(first.ID, "02")}
		offices := []*jobs.Office{w.office, w.open("máy 2")}
		var wg sync.WaitGroup
		for i, office := range offices {
			wg.Go(func() {
				_, err := office.Archive.Approvals.Approve(t.Context(), drafts[i].ID, drafts[i].Version, signature)
				if err != nil && !errors.Is(err, archive.ErrIssued) && !errors.Is(err, archive.ErrPending) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, d := range drafts { // where each stood in the other's way, none was
			if r := w.get(d.ID); r.Value.State == archive.Draft {
				_, _ = w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, signature)
			}
		}
		if got := w.numbers(); len(got) != 1 || got[0] != 1 {
			t.Fatalf("numbers %v", got)
		}
	}
}

// What an addendum adds to must count still, and one that was withdrawn has
// another in its place.
func TestAddendaOfWithdrawnReports(t *testing.T) {
	w := newHost(t)
	first := w.approve(w.compile(archive.Request{}))
	w.gift(village1, "2020-05-01", 3)
	more := w.approve(w.compile(request(first.ID, "")))
	w.withdraw(more)
	again := w.compile(request("", more.ID))
	if again.Value.AddendumOf != first.ID || again.Value.Replaces != more.ID {
		t.Fatalf("adds to %q, instead of %q", again.Value.AddendumOf, again.Value.Replaces)
	}
	w.withdraw(first)
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), again.ID, again.Version, signature); !errors.Is(err, archive.ErrState) {
		t.Errorf("an addendum to a withdrawn report: %v", err)
	}
	if now := w.get(again.ID); now.Version != again.Version {
		t.Errorf("what was refused was changed, from version %d to %d", again.Version, now.Version)
	}
}

// An approval that was cut off before it linked what it replaces is finished.
func TestLinkCutOff(t *testing.T) {
	w := newHost(t)
	first := w.approve(w.compile(archive.Request{}))
	w.withdraw(first)
	draft := w.compile(request("", ""))
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpReplace && id == "reports/"+first.ID {
			return memory.Unapplied
		}
		return memory.None
	})
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), draft.ID, draft.Version, signature); !errors.Is(err, memory.ErrFault) {
		t.Fatal(err)
	}
	w.db.SetFaults(nil)
	if err := w.office.Archive.Approvals.SettleAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if old := w.get(first.ID).Value; old.ReplacedBy != draft.ID {
		t.Errorf("replaced by %q", old.ReplacedBy)
	}
}

// Settling looks at the approvals that are open, and at no other report.
func TestSettlingReadsWhatIsOpen(t *testing.T) {
	w := newHost(t)
	for _, r := range w.drafts(3) {
		w.approve(r)
	}
	settle := func() (read int) {
		t.Helper()
		w.db.SetFaults(memory.OneByOne(func(op, id string) memory.Fault {
			if (op == memory.OpGet || op == memory.OpList) && strings.HasPrefix(id, "reports/") {
				read++
			}
			return memory.None
		}))
		defer w.db.SetFaults(nil)
		if err := w.office.Archive.Approvals.SettleAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		return read
	}
	settle()
	if read := settle(); read != 0 {
		t.Errorf("with nothing open it read %d times", read)
	}
}

// Nobody signs what they have not read: a draft that would be different by now
// is to be looked at again.
func TestSignedIsWhatWasRead(t *testing.T) {
	w := newHost(t)
	draft := w.compile(archive.Request{})
	// As a program before this one could have said it.
	draft, err := store.NewTable[archive.Report](w.db, "reports").Update(t.Context(), draft.ID, func(r *archive.Report) error {
		r.Content.Subject, r.Content.SHA256 = "Lời cũ", strings.Repeat("0", 64)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), draft.ID, draft.Version, signature); !errors.Is(err, store.ErrVersion) {
		t.Fatalf("signing something else: %v", err)
	}
	if draft = w.get(draft.ID); draft.Value.State != archive.Draft || draft.Value.Content.Subject == "Lời cũ" {
		t.Fatalf("to be looked at again: %s, %s", draft.Value.State, draft.Value.Content.Subject)
	}
	if done := w.approve(draft); done.Value.Approval.Issue.Number != 1 {
		t.Errorf("number %d", done.Value.Approval.Issue.Number)
	}
}

// A report that is issued instead of a withdrawn one names it.
func TestReissueNamesWhatItReplaces(t *testing.T) {
	w := newHost(t)
	first := w.approve(w.compile(archive.Request{}))
	w.withdraw(first)
	again := w.approve(w.compile(request("", "")))
	const want = "Báo cáo này thay thế Báo cáo số 01/BC-UBND ngày 11 tháng 4 năm 2024."
	if text := section(t, &again.Value, "closing").Text; !strings.HasPrefix(text, want) || again.Value.Content.Replaces == "" {
		t.Errorf("the closing: %s", text)
	}
	if verified, err := w.office.Archive.Verify(t.Context(), &again.Value); err != nil || !verified.Same() {
		t.Errorf("compiled again: %v, %v", verified, err)
	}
}

// A second addendum tells what is new since the first, whatever becomes of
// later ones.
func TestSecondAddendum(t *testing.T) {
	w := newHost(t)
	w.gift(village1, "2020-05-01", 1)
	issued := w.approve(w.compile(archive.Request{}))
	change := func(r store.Stored[archive.Report]) string {
		t.Helper()
		for _, c := range r.Value.Content.Addendum.Changes {
			if c.Figure == "gifts" {
				return fmt.Sprintf("%d %d %d", c.Was, c.Now, c.Entered)
			}
		}
		return ""
	}
	w.gift(village1, "2020-06-01", 2)
	first := w.approve(w.compile(request(issued.ID, "")))
	w.pass(time.Minute)
	w.gift(village1, "2020-07-01", 4)
	second := w.approve(w.compile(request(issued.ID, "")))
	if change(first) != "1 3 1" || change(second) != "3 7 1" {
		t.Errorf("the addenda tell %q and %q", change(first), change(second))
	}
	if name := second.Value.Content.Addendum.Name; name != "Báo cáo số 01/BC-UBND ngày 11/4/2024, đã bổ sung tại Báo cáo số 02/BC-UBND ngày 11/4/2024" {
		t.Errorf("it adds to %s", name)
	}
	const says = "Ngày 11 tháng 4 năm 2024, Ủy ban nhân dân xã Trà Mẫu đã ban hành Báo cáo số 01/BC-UBND về kết quả thực hiện công tác phối hợp giữa Ủy ban nhân dân và Ủy ban MTTQ Việt Nam xã Trà Mẫu nhiệm kỳ 2019-2024, đã bổ sung tại Báo cáo số 02/BC-UBND ngày 11 tháng 4 năm 2024. Qua rà soát"
	if text := section(t, &second.Value, "opening").Text; !strings.HasPrefix(text, says) {
		t.Errorf("the opening: %s", text)
	}
	if text := section(t, &second.Value, "changes").Text; !strings.HasSuffix(text, "\nCác nội dung khác giữ nguyên theo Báo cáo số 01/BC-UBND, đã bổ sung tại Báo cáo số 02/BC-UBND ngày 11 tháng 4 năm 2024.") {
		t.Errorf("the changes: %s", text)
	}
	w.pass(time.Minute)
	draft := w.compile(request(issued.ID, ""))
	if change(draft) != "" {
		t.Errorf("with nothing new: %q", change(draft))
	}
	w.withdraw(w.get(second.ID))
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), draft.ID, draft.Version, signature); !errors.Is(err, archive.ErrStale) {
		t.Errorf("signing after the addendum before it was withdrawn: %v", err)
	}
	draft = w.compile(request(issued.ID, ""))
	if change(draft) != "3 7 1" {
		t.Errorf("compiled again it tells %q", change(draft))
	}
	for _, r := range []store.Stored[archive.Report]{first, second} {
		if verified, err := w.office.Archive.Verify(t.Context(), &r.Value); err != nil || !verified.Same() {
			t.Errorf("%s compiled again: %v, %v", r.ID, verified, err)
		}
	}
}

// A commune that ended tells no day after its end.
func TestUnitThatEnded(t *testing.T) {
	w := newHost(t)
	w.at(2026, 1, 10, 9, 0)
	if _, err := accounts.New(w.db).Units.Update(t.Context(), string(commune), func(u *accounts.Unit) error {
		u.ValidTo = "2025-06-30"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	rule := calendar.DefaultRule()
	draft := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: rule.Annual(2025), By: clerk})
	if got := draft.Value.Period.AsOf; got != "2025-06-30" || draft.Value.Content.AsOf != "2025-06-30" {
		t.Errorf("told as of %s", got)
	}
	if draft, err := w.office.Archive.Drafts.Recompile(t.Context(), draft.ID, draft.Version, "2025-12-01"); err != nil || draft.Value.Period.AsOf != "2025-06-30" {
		t.Errorf("compiled again as of %s, %v", draft.Value.Period.AsOf, err)
	}
	_, err := w.office.Archive.Drafts.Compile(t.Context(), archive.Request{Unit: commune, Template: report.UBND, Period: rule.SecondHalf(2025), By: clerk})
	if err != nil {
		t.Errorf("the half in which it ended: %v", err)
	}
	w.at(2026, 12, 20, 9, 0)
	_, err = w.office.Archive.Drafts.Compile(t.Context(), archive.Request{Unit: commune, Template: report.UBND, Period: rule.Annual(2026), By: clerk})
	if invalidField(err) != "unit" {
		t.Errorf("a year after its end: %v", err)
	}
}
