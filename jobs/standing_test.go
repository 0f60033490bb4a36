package jobs_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/store"
)

// The issuer's own text opens its section from the next compilation on, in the
// reports of that issuer and type alone, until somebody edits the section. What
// is issued keeps the text that it was signed with.
func TestStandingTexts(t *testing.T) {
	w := newHost(t)
	w.gift(village1, "2020-05-01", 3)
	kept := w.office.Archive.Standing
	set := func(section string, version int64, text string) error {
		_, err := kept.Set(t.Context(), commune, report.UBND, calendar.TermYears, section, version, text, clerk)
		return err
	}
	before := w.compile(archive.Request{})
	for section, text := range map[string]string{"lessons": "Ghi chép ngay khi có việc.", "gifts": "Quà được trao tại nhà văn hóa."} {
		if err := set(section, 0, text+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := set("lessons", 0, "Bản của người khác."); !errors.Is(err, store.ErrVersion) {
		t.Errorf("over a text that was not read: %v", err)
	}
	for section, text := range map[string]string{"nothing": "Lời văn", "lessons": strings.Repeat("ô", archive.MaxStanding+1)} {
		if invalid, ok := errors.AsType[*entry.Invalid](set(section, 1, text)); !ok {
			t.Errorf("%s of %d bytes: %v", section, len(text), invalid)
		}
	}
	said := func(r *archive.Report, section string) string {
		for _, s := range r.Content.Sections {
			if s.ID == section {
				return s.Text
			}
		}
		t.Fatalf("no section %s", section)
		return ""
	}
	draft, err := w.office.Archive.Drafts.Write(t.Context(), before.ID, before.Version, archive.Words{Texts: map[string]*string{"strengths": ptr("Tốt.")}}, clerk)
	if err != nil || said(&draft.Value, "lessons") != "" {
		t.Errorf("a draft that was not compiled again says %q, %v", said(&draft.Value, "lessons"), err)
	}
	if draft, err = w.office.Archive.Drafts.Recompile(t.Context(), draft.ID, draft.Version, ""); err != nil {
		t.Fatal(err)
	}
	if got := said(&draft.Value, "lessons"); got != "Ghi chép ngay khi có việc." {
		t.Errorf("the section says %q", got)
	}
	if got := said(&draft.Value, "gifts"); !strings.HasPrefix(got, "Quà được trao tại nhà văn hóa.\n\nĐã vận động") {
		t.Errorf("a section with numbers says %q", got)
	}
	front := w.compile(archive.Request{Unit: commune, Template: report.MTTQ, Period: term, By: clerk})
	if got := said(&front.Value, "gifts"); strings.Contains(got, "nhà văn hóa") {
		t.Errorf("another issuer says %q", got)
	}
	issued := w.approve(draft)
	if err := set("lessons", 1, ""); err != nil {
		t.Fatal(err)
	}
	if verified, err := w.open("máy khác").Archive.Verify(t.Context(), &issued.Value); err != nil || !verified.Same() {
		t.Errorf("compiled again without the text: %v %v", verified, err)
	}
	w.gift(village1, "2021-05-01", 4)
	added := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, AddendumOf: issued.ID, By: clerk})
	for _, s := range added.Value.Content.Sections {
		if s.Standing != "" {
			t.Errorf("an addendum says %q", s.Standing)
		}
	}
	last, err := kept.Last(t.Context(), commune, report.UBND, calendar.TermYears, "2030-01-01")
	if err != nil || last == nil || last.ID != issued.ID {
		t.Errorf("the last report is %v, %v", last, err)
	}
	if last, err := kept.Last(t.Context(), commune, report.UBND, calendar.TermYears, term.From); err != nil || last != nil {
		t.Errorf("before the period there was %v, %v", last, err)
	}
}

// Later changes are what an addendum would tell, and keep nothing.
func TestLaterChanges(t *testing.T) {
	w := newHost(t)
	w.gift(village1, "2020-05-01", 3)
	draft := w.compile(archive.Request{})
	if _, err := w.office.Archive.Drafts.Later(t.Context(), &draft.Value); !errors.Is(err, archive.ErrState) {
		t.Errorf("of a draft: %v", err)
	}
	issued := w.approve(draft)
	later := func() []report.Change {
		t.Helper()
		changes, err := w.office.Archive.Drafts.Later(t.Context(), &issued.Value)
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	if got := later(); len(got) != 0 {
		t.Errorf("nothing came, and yet %v", got)
	}
	w.gift(village1, "2020-06-01", 4)
	got := later()
	if len(got) == 0 || got[0].Figure != "gifts" || got[0].Was != 3 || got[0].Now != 7 || got[0].Entered != 1 {
		t.Errorf("after a gift of 4: %+v", got)
	}
	added := w.approve(w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, AddendumOf: issued.ID, By: clerk}))
	if got := later(); len(got) != 0 {
		t.Errorf("after the addendum %s: %v", added.ID, got)
	}
	all, err := w.office.Archive.List(t.Context(), nil)
	if err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
}

// Programs end lines in their own ways. What officials write is stored with one
// of them, so that a list of three lines prints as three.
func TestLinesOfTexts(t *testing.T) {
	w := newHost(t)
	const typed, want = "Đã góp ý 3 dự thảo.\r\n\r\n- Một\r- Hai\r\n", "Đã góp ý 3 dự thảo.\n\n- Một\n- Hai"
	text, err := w.office.Archive.Standing.Set(t.Context(), commune, report.UBND, calendar.TermYears, "strengths", 0, typed, clerk)
	if err != nil || text.Text != want {
		t.Errorf("an own text is stored as %q, %v", text.Text, err)
	}
	draft := w.compile(archive.Request{})
	draft, err = w.office.Archive.Drafts.Write(t.Context(), draft.ID, draft.Version, archive.Words{Texts: map[string]*string{"lessons": ptr(typed)}}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"lessons", "strengths"} {
		if s := section(t, &draft.Value, id); s.Text != want {
			t.Errorf("%s is stored as %q", id, s.Text)
		}
	}
}
