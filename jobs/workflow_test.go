package jobs_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// invalidField is the field that an error is about, or "".
func invalidField(err error) string {
	if invalid, ok := errors.AsType[*entry.Invalid](err); ok {
		return invalid.Field
	}
	return ""
}

// A draft is submitted, returned with a note, submitted again and signed. While
// it is submitted nobody changes it.
func TestSubmitAndReturn(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	draft := w.compile(archive.Request{})
	submitted, err := a.Drafts.Submit(ctx, draft.ID, draft.Version, "Kính trình ký.", clerk)
	if err != nil || submitted.Value.State != archive.Submitted || submitted.Value.Submitted.Note != "Kính trình ký." || submitted.Value.Submitted.By != clerk {
		t.Fatalf("submitted: %+v, %v", submitted.Value.Submitted, err)
	}
	for name, change := range map[string]func() error{
		"write": func() error {
			_, err := a.Drafts.Write(ctx, draft.ID, submitted.Version, archive.Words{Texts: map[string]*string{"other": ptr("x")}}, clerk)
			return err
		},
		"recompile": func() error { _, err := a.Drafts.Recompile(ctx, draft.ID, submitted.Version, ""); return err },
		"compile":   func() error { _, err := a.Drafts.Compile(ctx, request("", "")); return err },
		"drop":      func() error { return a.Drafts.Drop(ctx, draft.ID, submitted.Version, clerk) },
		"submit":    func() error { _, err := a.Drafts.Submit(ctx, draft.ID, submitted.Version, "", clerk); return err },
		"write section": func() error {
			_, err := a.Drafts.WriteSections(ctx, draft.ID, archive.Versions{}, archive.Words{Texts: map[string]*string{"other": ptr("x")}}, clerk)
			return err
		},
	} {
		if err := change(); !errors.Is(err, archive.ErrState) {
			t.Errorf("%s while it is submitted: %v", name, err)
		}
	}
	if _, err := a.Drafts.Return(ctx, draft.ID, submitted.Version, " ", clerk); invalidField(err) != "note" {
		t.Errorf("returned without a note: %v", err)
	}
	if _, err := a.Drafts.Return(ctx, draft.ID, draft.Version, "Sửa mục II.", clerk); !errors.Is(err, store.ErrVersion) {
		t.Errorf("returned at another version: %v", err)
	}
	returned, err := a.Drafts.Return(ctx, draft.ID, submitted.Version, "Sửa mục II.", clerk)
	if err != nil || returned.Value.State != archive.Draft || returned.Value.Returned.Note != "Sửa mục II." {
		t.Fatalf("returned: %+v, %v", returned.Value, err)
	}
	if _, err := a.Drafts.Return(ctx, draft.ID, returned.Version, "x", clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("a draft returned: %v", err)
	}
	again, err := a.Drafts.Submit(ctx, draft.ID, returned.Version, "", clerk)
	if err != nil || again.Value.Returned != nil {
		t.Fatalf("submitted again: %+v, %v", again.Value.Returned, err)
	}
	if done := w.approve(again); done.Value.State != archive.Signed {
		t.Errorf("signed: %s", done.Value.State)
	}
}

// Who submitted a report takes it back; nobody else does, and nobody once it is
// signed.
func TestRecall(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	draft := w.compile(archive.Request{})
	if _, err := a.Drafts.Recall(ctx, draft.ID, draft.Version, "", clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("a draft recalled: %v", err)
	}
	submitted, err := a.Drafts.Submit(ctx, draft.ID, draft.Version, "", clerk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Drafts.Recall(ctx, draft.ID, submitted.Version, "", entry.Actor{User: "somebody", Name: clerk.Name}); !errors.Is(err, archive.ErrNotSubmitter) {
		t.Errorf("recalled by somebody else: %v", err)
	}
	if _, err := a.Drafts.Recall(ctx, draft.ID, draft.Version, "", clerk); !errors.Is(err, store.ErrVersion) {
		t.Errorf("recalled at another version: %v", err)
	}
	recalled, err := a.Drafts.Recall(ctx, draft.ID, submitted.Version, "Sửa mục II.", clerk)
	if err != nil || recalled.Value.State != archive.Draft || recalled.Value.Recalled.Note != "Sửa mục II." || recalled.Value.Returned != nil {
		t.Fatalf("recalled: %+v, %v", recalled.Value, err)
	}
	if _, err := a.Drafts.Write(ctx, draft.ID, recalled.Version, archive.Words{Texts: map[string]*string{"other": ptr("x")}}, clerk); err != nil {
		t.Errorf("written after it was recalled: %v", err)
	}
	again, err := a.Drafts.Submit(ctx, draft.ID, w.get(draft.ID).Version, "", clerk)
	if err != nil || again.Value.Recalled != nil {
		t.Fatalf("submitted again: %+v, %v", again.Value.Recalled, err)
	}
	w.approve(again)
	if _, err := a.Drafts.Recall(ctx, draft.ID, w.get(draft.ID).Version, "", clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("a signed report recalled: %v", err)
	}
}

// An approval of a submitted report that is cut off leaves it submitted.
func TestSubmittedStaysSubmitted(t *testing.T) {
	w := newHost(t)
	draft := w.compile(archive.Request{})
	submitted, err := w.office.Archive.Drafts.Submit(t.Context(), draft.ID, draft.Version, "", clerk)
	if err != nil {
		t.Fatal(err)
	}
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpAdd && strings.HasPrefix(id, "report-files") {
			return memory.Unapplied
		}
		return memory.None
	})
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), draft.ID, submitted.Version, signature); err == nil {
		t.Fatal("signed without its files")
	}
	w.db.SetFaults(nil)
	if got := w.get(draft.ID).Value; got.State != archive.Submitted || got.Signing != nil {
		t.Errorf("the report is %s", got.State)
	}
}

// A draft that is dropped is gone for good: the next has another id, and what
// was read of the dropped one changes nothing.
func TestDroppedDraft(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	draft := w.compile(archive.Request{})
	if err := a.Drafts.Drop(ctx, draft.ID, draft.Version+1, clerk); !errors.Is(err, store.ErrVersion) {
		t.Errorf("dropped at another version: %v", err)
	}
	if err := a.Drafts.Drop(ctx, draft.ID, draft.Version, clerk); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Get(ctx, draft.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("read after it was dropped: %v", err)
	}
	if list, err := a.List(ctx, units(commune)); err != nil || len(list) != 0 {
		t.Errorf("%d reports are listed, %v", len(list), err)
	}
	if _, err := w.office.Archive.Approvals.Approve(ctx, draft.ID, draft.Version, signature); err == nil {
		t.Error("a dropped draft was signed")
	}
	next := w.compile(archive.Request{})
	if next.ID == draft.ID {
		t.Fatalf("the next draft has the same id %s", next.ID)
	}
	if done := w.approve(next); done.Value.Approval.Issue.Number != 1 {
		t.Errorf("number %d", done.Value.Approval.Issue.Number)
	}
	if err := a.Drafts.Drop(ctx, next.ID, w.get(next.ID).Version, clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("an issued report dropped: %v", err)
	}
}

// Two people write in two sections at once; two in the same do not overwrite
// each other.
func TestSectionsHaveVersions(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	draft := w.compile(archive.Request{})
	write := func(section string, version int64, text *string) (store.Stored[archive.Report], error) {
		return a.Drafts.WriteSections(ctx, draft.ID, archive.Versions{Sections: map[string]int64{section: version}}, archive.Words{Texts: map[string]*string{section: text}}, clerk)
	}
	w.during(memory.OpReplace, "reports", func() {
		if _, err := write("other", 0, ptr("Mục khác.")); err != nil {
			t.Error(err)
		}
	})
	if _, err := write("lessons", 0, ptr("Ghi chép ngay.")); err != nil {
		t.Fatal(err)
	}
	w.db.SetFaults(nil)
	now := w.get(draft.ID).Value
	if section(t, &now, "other").Text != "Mục khác." || section(t, &now, "lessons").Text != "Ghi chép ngay." {
		t.Errorf("the sections: %+v", now.Edits)
	}
	_, err := write("lessons", 0, ptr("Khác."))
	if stale, ok := errors.AsType[*archive.SectionError](err); !ok || !slices.Equal(stale.Sections, []string{"lessons"}) {
		t.Errorf("written over: %v", err)
	}
	if now := w.get(draft.ID).Value; now.SectionVersions["lessons"] != 1 || section(t, &now, "lessons").Text != "Ghi chép ngay." {
		t.Errorf("versions %v", now.SectionVersions)
	}
	if done, err := write("lessons", 1, nil); err != nil || done.Value.SectionVersions["lessons"] != 2 || section(t, &done.Value, "lessons").Edited {
		t.Errorf("taken back: %v, %v", done.Value.SectionVersions, err)
	}
	if _, err := write("none", 0, ptr("x")); invalidField(err) != "sections" {
		t.Errorf("a section that is not there: %v", err)
	}
}

// Numbers follow days: one out of order is given by hand, with a reason, and
// logged.
func TestNumbersFollowDays(t *testing.T) {
	w := newHost(t)
	w.at(2025, 12, 20, 9, 0)
	list := w.drafts(6)
	approve := func(i int, change func(*archive.Signature)) (int, string) {
		t.Helper()
		by := signature
		change(&by)
		done, err := w.office.Archive.Approvals.Approve(t.Context(), list[i].ID, w.get(list[i].ID).Version, by)
		if err != nil {
			if invalidField(err) == "" {
				t.Fatal(err)
			}
			return 0, invalidField(err)
		}
		return done.Value.Approval.Issue.Number, ""
	}
	if n, _ := approve(0, func(*archive.Signature) {}); n != 1 {
		t.Fatalf("the first has number %d", n)
	}
	for name, test := range map[string]struct {
		want   string
		change func(*archive.Signature)
	}{
		"a day before the last number's":       {"date", func(s *archive.Signature) { s.Date = "2025-12-16" }},
		"the same with a reason alone":         {"date", func(s *archive.Signature) { s.Date, s.Reason = "2025-12-16", "Ký bù." }},
		"by hand without a reason":             {"reason", func(s *archive.Signature) { s.Date, s.Number = "2025-12-16", 2 }},
		"a number that is used":                {"number", func(s *archive.Signature) { s.Number, s.Reason = 1, "x" }},
		"a number further on without a reason": {"reason", func(s *archive.Signature) { s.Number = 5 }},
		"two years back":                       {"reason", func(s *archive.Signature) { s.Date = "2023-12-16" }},
		"no number":                            {"number", func(s *archive.Signature) { s.Number, s.Reason = -1, "x" }},
	} {
		if n, field := approve(1, test.change); field != test.want {
			t.Errorf("%s: number %d, %q, want %s", name, n, field, test.want)
		}
		if got := w.get(list[1].ID).Value.State; got != archive.Draft {
			t.Fatalf("%s: the report is %s", name, got)
		}
	}
	if n, _ := approve(1, func(s *archive.Signature) {
		s.Date, s.Number, s.Reason = "2025-12-16", 2, "Ký ngày 16, vào sổ muộn."
	}); n != 2 {
		t.Errorf("by hand: %d", n)
	}
	if a := w.get(list[1].ID).Value.Approval; !a.ByHand || a.Reason != "Ký ngày 16, vào sổ muộn." || !strings.Contains(w.log.String(), "vào sổ muộn") {
		t.Errorf("the approval: %+v, log: %s", a, w.log.String())
	}
	// 3 and 4 are other documents of the office.
	if n, _ := approve(2, func(s *archive.Signature) { s.Number, s.Reason = 5, "Số 3, 4 cấp cho văn bản khác." }); n != 5 {
		t.Errorf("further on: %d", n)
	}
	if n, _ := approve(3, func(*archive.Signature) {}); n != 6 {
		t.Errorf("the next: %d", n)
	}
	if n, _ := approve(4, func(s *archive.Signature) { s.Number, s.Reason = 4, "Văn bản kia đã hủy." }); n != 4 {
		t.Errorf("a number left out: %d", n)
	}
	if n, _ := approve(5, func(s *archive.Signature) { s.Date, s.Reason = "2023-12-16", "Ký bù năm 2023." }); n != 1 || w.get(list[5].ID).Value.Approval.ByHand {
		t.Errorf("two years back: %d", n)
	}
	draft := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, By: clerk})
	if n, err := w.office.Archive.Approvals.NextNumber(t.Context(), &draft.Value); n != 7 || err != nil {
		t.Errorf("the next number is said to be %d, %v", n, err)
	}
}

// The signer has read what is not in order, and confirms it by name.
func TestWarningsAreConfirmed(t *testing.T) {
	w := newHost(t)
	w.conflict()
	r := w.compile(archive.Request{})
	warnings, err := w.office.Archive.Approvals.Warnings(t.Context(), &r.Value)
	if err != nil {
		t.Fatal(err)
	}
	var codes []archive.WarningCode
	for _, warning := range warnings {
		codes = append(codes, warning.Code)
		empty := warning.Code == archive.EmptySections
		if empty != (warning.Count > 1) || warning.Code == archive.SilentVillages && !strings.Contains(warning.Message, "Thôn mẫu 2") {
			t.Errorf("%+v", warning)
		}
	}
	if !slices.Equal(codes, everything) {
		t.Fatalf("warnings %v", codes)
	}
	for i := range codes {
		by := signature
		by.Confirms = slices.Delete(slices.Clone(codes), i, i+1)
		_, err := w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, by)
		if needed, ok := errors.AsType[*archive.UnconfirmedError](err); !ok || len(needed.Warnings) != 1 || needed.Warnings[0].Code != codes[i] {
			t.Errorf("without %s: %v", codes[i], err)
		}
	}
	issued := w.approve(w.get(r.ID))
	if warnings, err := w.office.Archive.Approvals.Warnings(t.Context(), &issued.Value); err != nil || len(warnings) != 0 {
		t.Errorf("of an issued report: %v, %v", warnings, err)
	}
}

// An approver is warned of a fund that paid out more than it had, with its balance,
// until the entries add up.
func TestAnOverdrawnFundIsConfirmed(t *testing.T) {
	w := newHost(t)
	w.edit(village1, form.KindFund, `"date":"2018-03-01","direction":"out","amountVnd":1000000`)
	w.edit(village1, form.KindFund, `"date":"2020-03-01","direction":"out","amountVnd":4500000`)
	r := w.compile(archive.Request{})
	_, err := w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, signature)
	needed, ok := errors.AsType[*archive.UnconfirmedError](err)
	if !ok || len(needed.Warnings) != 1 || needed.Warnings[0].Code != archive.Overdrawn || needed.Warnings[0].Message != "Sổ thu, chi Quỹ ghi chi nhiều hơn thu: số dư Quỹ “Vì người nghèo” đầu kỳ là âm 1.000.000 đồng; số dư Quỹ “Vì người nghèo” là âm 5.500.000 đồng." {
		t.Fatalf("signed with an overdrawn fund: %v, %+v", err, needed)
	}
	w.edit(village1, form.KindFund, `"date":"2018-02-01","direction":"in","amountVnd":5500000`)
	r = w.compile(archive.Request{Unit: commune, Template: report.MTTQ, Period: term, By: clerk})
	w.approve(r)
}

// A section that waits for a text is not printed: who signs confirms that, unless
// an official wrote it or left it out.
func TestEmptySectionsAreConfirmed(t *testing.T) {
	w := newHost(t)
	r := w.compile(archive.Request{})
	empty := func() *archive.Warning {
		t.Helper()
		warnings, err := w.office.Archive.Approvals.Warnings(t.Context(), &r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(warnings, func(w archive.Warning) bool { return w.Code == archive.EmptySections }); i >= 0 {
			return &warnings[i]
		}
		return nil
	}
	unfilled := r.Value.Content.Unfilled()
	warning := empty()
	if warning == nil || warning.Count != len(unfilled) || !strings.Contains(warning.Message, "“Bài học kinh nghiệm”; “") {
		t.Fatalf("%d sections are empty: %+v", len(unfilled), warning)
	}
	texts := map[string]*string{}
	for i, s := range unfilled {
		texts[s.ID] = new([]string{"", "Nội dung mẫu."}[i%2])
	}
	var err error
	if r, err = w.office.Archive.Drafts.Write(t.Context(), r.ID, r.Version, archive.Words{Texts: texts}, clerk); err != nil {
		t.Fatal(err)
	}
	if warning := empty(); warning != nil {
		t.Errorf("with every section written or left out: %+v", warning)
	}
}
