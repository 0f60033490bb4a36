package jobs_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

func ptr(s string) *string { return &s }

func section(t *testing.T, r *archive.Report, id string) report.Section {
	t.Helper()
	for _, s := range r.Content.Sections {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("%s has no section %s", r.ID, id)
	return report.Section{}
}

// TestLifeOfAReport follows a report from its draft to its replacement.
func TestLifeOfAReport(t *testing.T) {
	w := newHost(t)
	ctx := t.Context()
	w.gift(village1, "2020-05-01", 3)
	w.gift(village2, "2021-05-01", 4)

	draft := w.compile(archive.Request{})
	if again := w.compile(archive.Request{}); again.ID != draft.ID {
		t.Fatalf("compiling twice made %s beside %s", again.ID, draft.ID)
	}
	draft = w.get(draft.ID)
	if got := value(t, &draft.Value, "gifts"); got != 7 {
		t.Fatalf("gifts = %d, want 7", got)
	}
	if s := section(t, &draft.Value, "gifts"); !strings.Contains(s.Text, "trao 07 suất quà") || len(s.Footnotes) != 1 || s.Footnotes[0].Lines[0] != "Năm 2020: 03 suất." {
		t.Fatalf("the section of gifts: %+v", s)
	}

	// An official writes a section, and a late record comes in.
	draft, err := w.office.Archive.Drafts.Write(ctx, draft.ID, draft.Version, archive.Words{Texts: map[string]*string{"gifts": ptr("Trao 7 suất quà."), "lessons": ptr("Ghi chép ngay.")}}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	w.gift(village2, "2022-05-01", 5)
	if draft, err = w.office.Archive.Drafts.Recompile(ctx, draft.ID, draft.Version, ""); err != nil {
		t.Fatal(err)
	}
	s := section(t, &draft.Value, "gifts")
	if s.Text != "Trao 7 suất quà." || !s.Edited || len(s.Stale) == 0 || s.Stale[0] != (report.Stale{Figure: "gifts", Was: 7, Now: 12}) || !strings.Contains(s.Compiled, "12 suất quà") {
		t.Fatalf("the section after its numbers changed: %+v", s)
	}
	if s := section(t, &draft.Value, "lessons"); s.Text != "Ghi chép ngay." || len(s.Stale) != 0 {
		t.Fatalf("a section without numbers: %+v", s)
	}
	if _, err := w.office.Archive.Approvals.Approve(ctx, draft.ID, draft.Version, signature); !errors.Is(err, archive.ErrStale) {
		t.Fatalf("approving what tells old numbers: %v", err)
	}
	if draft, err = w.office.Archive.Drafts.Write(ctx, draft.ID, draft.Version, archive.Words{Texts: map[string]*string{"gifts": nil}}, clerk); err != nil {
		t.Fatal(err)
	}

	issued := w.approve(draft)
	if i := issued.Value.Approval.Issue; issued.Value.State != archive.Signed || i.Number != 1 || i.Symbol != "BC-UBND" || i.Date != "2024-04-11" || i.Name != "Người ký mẫu" {
		t.Fatalf("issued: %s %+v", issued.Value.State, i)
	}
	if !issued.Value.Content.Intact() || issued.Value.Content.Issue.Number != 1 {
		t.Fatal("the content is not what was signed")
	}
	files := map[archive.Format][]byte{}
	for _, format := range archive.Formats {
		if files[format], err = w.office.Archive.File(ctx, &issued.Value, format); err != nil || len(files[format]) == 0 {
			t.Fatalf("%s: %d bytes, %v", format, len(files[format]), err)
		}
	}

	// Frozen: later data and an erasure change nothing of it.
	late := w.gift(village1, "2023-05-01", 100)
	w.erase(village1, late, form.KindGift, "recipientName")
	w.erase(village1, recordID(1), form.KindGift, "recipientName")
	if _, err := w.office.Archive.Drafts.Recompile(ctx, issued.ID, issued.Version, ""); !errors.Is(err, archive.ErrState) {
		t.Fatalf("compiling an issued report again: %v", err)
	}
	if _, err := w.office.Archive.Drafts.Compile(ctx, archive.Request{Unit: commune, Template: report.UBND, Period: term}); !errors.Is(err, archive.ErrIssued) {
		t.Fatalf("a second report of the period: %v", err)
	}
	issued = w.get(issued.ID)
	if verified, err := w.office.Archive.Verify(ctx, &issued.Value); err != nil || !verified.Same() {
		t.Fatalf("compiled again: %v, %v", verified, err)
	}
	for _, format := range archive.Formats {
		if body, err := w.office.Archive.File(ctx, &issued.Value, format); err != nil || !bytes.Equal(body, files[format]) {
			t.Fatalf("%s has changed: %v", format, err)
		}
	}

	// An addendum reports what came late.
	more := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, AddendumOf: issued.ID, By: clerk})
	changes := more.Value.Content.Addendum.Changes
	if len(changes) != 3 || changes[0].Figure != "gifts" || changes[0].Was != 12 || changes[0].Now != 112 || changes[0].Entered != 1 || changes[1].Figure != "gifts.2023" || changes[2].Figure != "gifts.unvalued" || changes[2].Now != 112 {
		t.Fatalf("changes: %+v", changes)
	}
	if more = w.approve(more); more.Value.Approval.Issue.Number != 2 || !strings.Contains(more.Value.Content.Subject, "Báo cáo số 01/BC-UBND ngày 11/4/2024") {
		t.Fatalf("the addendum: %+v %s", more.Value.Approval.Issue, more.Value.Content.Subject)
	}

	// Withdrawn, and another one issued instead.
	if _, err := w.office.Archive.Withdraw(ctx, issued.ID, issued.Version, "Sai mẫu.", clerk); err != nil {
		t.Fatal(err)
	}
	next := w.approve(w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, Replaces: issued.ID, By: clerk}))
	if next.Value.Approval.Issue.Number != 3 || value(t, &next.Value, "gifts") != 112 {
		t.Fatalf("issued next: %+v", next.Value.Approval.Issue)
	}
	if old := w.get(issued.ID).Value; old.State != archive.Withdrawn || old.ReplacedBy != next.ID || old.Approval.Issue.Number != 1 {
		t.Fatalf("the withdrawn one: %s, replaced by %q", old.State, old.ReplacedBy)
	}
}

// A report of the merged commune counts the communes before it under their own
// days, and one of the old term the old commune alone.
func TestMergerOfUnits(t *testing.T) {
	w := newHost(t)
	w.at(2027, 4, 11, 9, 0)
	const merged, village ledger.UnitID = "21124-20250701", "21124-01-20250701"
	units := accounts.New(w.db).Units
	for _, id := range []ledger.UnitID{commune, village1, village2} {
		if _, err := units.Update(t.Context(), string(id), func(u *accounts.Unit) error {
			u.ValidTo = "2025-06-30"
			if id == commune {
				u.Successor = merged
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.add(units, accounts.Unit{ID: merged, Code: "21124", Name: "Thanh Mẫu", Level: accounts.Commune, ValidFrom: "2025-07-01"})
	w.add(units, accounts.Unit{ID: village, Code: "21124-01", Name: "Thôn mẫu 1", Level: accounts.Village, Parent: merged, ValidFrom: "2025-07-01"})
	w.gift(village1, "2024-05-01", 1)
	w.gift(village1, "2025-06-30", 2)
	w.gift(village1, "2025-07-01", 4) // the unit was none any more
	w.gift(village, "2025-07-01", 8)
	w.gift(village, "2025-06-30", 16) // this one neither

	of := func(unit ledger.UnitID, from, to int) archive.Report {
		return w.compile(archive.Request{Unit: unit, Template: report.MTTQ, Period: calendar.Term(from, to, "2027-01-01"), By: clerk}).Value
	}
	whole := of(merged, 2024, 2029)
	if got := value(t, &whole, "gifts"); got != 1+2+8 {
		t.Errorf("gifts of the merged commune = %d, want 11", got)
	}
	if whole.Content.Outside != 2 {
		t.Errorf("%d records are outside, want 2", whole.Content.Outside)
	}
	old := of(commune, 2019, 2024)
	if got := value(t, &old, "gifts"); got != 1 {
		t.Errorf("gifts of the old term = %d, want 1", got)
	}
	if len(old.Content.Heads) != 3 || len(whole.Content.Heads) != 5 {
		t.Errorf("%d and %d ledgers, want 3 and 5", len(old.Content.Heads), len(whole.Content.Heads))
	}
}

// A report says by when it is to be delivered: a number of working days after the
// day on which the books were closed, as its unit has set.
func TestDueDay(t *testing.T) {
	w := newHost(t)
	if due := w.compile(archive.Request{}).Value.Due; due != "2024-04-15" { // the 11th was a Thursday
		t.Errorf("due on %s", due)
	}
	set, err := w.office.Archive.Letterheads.Get(t.Context(), commune, report.UBND)
	if err != nil {
		t.Fatal(err)
	}
	set.Value.Rule.Within = 3
	if _, err := w.office.Archive.Letterheads.Set(t.Context(), commune, report.UBND, set.Version, set.Value); err != nil {
		t.Fatal(err)
	}
	if err := w.office.Holidays.Set(t.Context(), calendar.Holiday{Day: "2024-04-15", Name: "Nghỉ bù"}); err != nil {
		t.Fatal(err)
	}
	draft := w.compile(archive.Request{})
	if draft.Value.Due != "2024-04-17" {
		t.Errorf("with a day more and a holiday due on %s", draft.Value.Due)
	}
	issued := w.approve(draft)
	if more := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, AddendumOf: issued.ID, By: clerk}); issued.Value.Due == "" || more.Value.Due != "" {
		t.Errorf("the report is due on %q, an addendum on %q", issued.Value.Due, more.Value.Due)
	}
}

// An addendum may be made as of a later day: what was reported stays as it
// was on its own.
func TestAddendumAsOfALaterDay(t *testing.T) {
	w := newHost(t)
	w.at(2024, 7, 1, 9, 0)
	w.gift(village1, "2024-04-01", 3)
	w.gift(village1, "2024-05-01", 40) // in the ledger, and after the day of the report
	issued := w.approve(w.compile(archive.Request{}))
	more := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: calendar.Term(2019, 2024, "2024-06-01"), AddendumOf: issued.ID, By: clerk})
	changes := more.Value.Content.Addendum.Changes
	var changed []string
	for _, c := range changes {
		if changed = append(changed, c.Figure); c.Was != 3 || c.Now != 43 || c.Entered != 1 {
			t.Errorf("%+v", c)
		}
	}
	if !slices.Equal(changed, []string{"gifts", "gifts.since", "gifts.unvalued"}) {
		t.Errorf("changes: %+v", changes)
	}
	if more = w.approve(more); len(more.Value.Content.Addendum.Changes) != len(changes) {
		t.Errorf("signed: %+v", more.Value.Content.Addendum.Changes)
	}
}

func TestOrdersThatCannotBeMeant(t *testing.T) {
	w := newHost(t)
	for _, test := range []struct {
		name, field string
		change      func(*archive.Request)
	}{
		{"no template", "template", func(o *archive.Request) { o.Template = "x" }},
		{"no day", "from", func(o *archive.Request) { o.Period.From = "2019-02-30" }},
		{"told tomorrow", "asOf", func(o *archive.Request) { o.Period.AsOf = "2024-04-12" }},
		{"an addendum to nothing", "addendumOf", func(o *archive.Request) { o.AddendumOf = "x" }},
		{"instead of nothing", "replaces", func(o *archive.Request) { o.Replaces = "x" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := archive.Request{Unit: commune, Template: report.UBND, Period: term}
			test.change(&o)
			_, err := w.office.Archive.Drafts.Compile(t.Context(), o)
			if invalid, ok := errors.AsType[*entry.Invalid](err); !ok || invalid.Field != test.field {
				t.Errorf("got %v, want one about %s", err, test.field)
			}
		})
	}
	if _, err := w.office.Archive.Drafts.Compile(t.Context(), archive.Request{Unit: "21134-20040101", Template: report.UBND, Period: term}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a unit that is not there: %v", err)
	}
}

// A conflict that nobody has settled is listed, and marks what it touches.
func TestConflictsAreTold(t *testing.T) {
	w := newHost(t)
	w.conflict()
	r := w.compile(archive.Request{}).Value.Content
	if len(r.Conflicts) != 1 || r.Conflicts[0].Fields[0].Label != "Số lượt cử tri" || strings.Join(r.Conflicts[0].Fields[0].Values, " ") != "20 30" || r.Conflicts[0].Figures[0] != "meetings.attendance" {
		t.Fatalf("conflicts: %+v", r.Conflicts)
	}
	for _, s := range r.Sections {
		if s.ID == "voters" && (!strings.Contains(s.Text, "30(*)[^marks] lượt cử tri") || !strings.HasPrefix(s.Footnotes[0].Lines[0], "(*) Số liệu đang tiếp tục rà soát")) {
			t.Errorf("section %s: %s", s.ID, s.Text)
		}
	}
	for _, f := range r.Figures {
		if f.Touched != (f.ID == "meetings.attendance") {
			t.Errorf("%s touched: %v", f.ID, f.Touched)
		}
	}
}
