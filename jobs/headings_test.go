package jobs_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
)

// An official words the subject and the titles; they stand in every file, stay
// when the draft is compiled again, and are compiled again with it.
func TestHeadingsAreWritten(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	draft := w.compile(archive.Request{})
	compiled := draft.Value.Content.Subject
	title := section(t, &draft.Value, "gifts").Title
	const subject, own = "Kết quả phối hợp công tác & chăm lo Tết <2024>", "Công tác tặng quà Tết"
	words := archive.Words{Headings: map[string]*string{report.SubjectID: ptr("  Kết quả phối hợp công tác\n& chăm lo Tết <2024>"), "gifts": ptr(own)}}
	draft, err := a.Drafts.Write(ctx, draft.ID, draft.Version, words, clerk)
	if err != nil {
		t.Fatal(err)
	}
	w.gift(village1, "2020-05-01", 3)
	if draft, err = a.Drafts.Recompile(ctx, draft.ID, draft.Version, ""); err != nil {
		t.Fatal(err)
	}
	c := &draft.Value.Content
	if s := section(t, &draft.Value, "gifts"); s.Title != own || s.CompiledTitle != title || s.Edited {
		t.Errorf("the section: %q instead of %q, %q", s.Title, title, s.CompiledTitle)
	}
	if c.Subject != subject || c.CompiledSubject != compiled {
		t.Errorf("the subject: %q instead of %q, %q", c.Subject, compiled, c.CompiledSubject)
	}
	issued := w.approve(draft)
	for _, format := range []archive.Format{archive.DOCX, archive.XLSX} {
		body, err := a.File(ctx, &issued.Value, format)
		if err != nil {
			t.Fatal(err)
		}
		text := unzipped(t, body)
		if !strings.Contains(text, "chăm lo Tết &lt;2024&gt;") || format == archive.DOCX && !strings.Contains(text, own) {
			t.Errorf("%s has not what was written", format)
		}
	}
	if body, err := a.File(ctx, &issued.Value, archive.PDF); err != nil || !bytes.Contains(body, []byte("chăm lo Tết &lt;2024&gt;")) { // in its metadata
		t.Errorf("the pdf has not the subject: %v", err)
	}
	if verified, err := a.Verify(ctx, &issued.Value); err != nil || !verified.Same() {
		t.Errorf("compiled again: %v, %v", verified, err)
	}
}

func TestHeadingsAreChecked(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	draft := w.compile(archive.Request{})
	compiled := draft.Value.Content.Subject
	write := func(id string, version int64, text *string) error {
		_, err := a.Drafts.WriteSections(ctx, draft.ID, archive.Versions{Headings: version}, archive.Words{Headings: map[string]*string{id: text}}, clerk)
		return err
	}
	for id, text := range map[string]string{
		"none": "x", "opening": "x", // which has no title
		"gifts": strings.Repeat("ă", 201), report.SubjectID: strings.Repeat("ă", 501),
	} {
		if err := write(id, 0, &text); invalidField(err) != "headings" {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := write(report.SubjectID, 0, ptr(strings.Repeat("ă", 500))); err != nil {
		t.Error(err)
	}
	stale, ok := errors.AsType[*archive.SectionError](write(report.SubjectID, 0, ptr("Khác")))
	if !ok || !slices.Equal(stale.Sections, []string{report.SubjectID}) {
		t.Errorf("written over: %v", stale)
	}
	for version, text := range []*string{1: ptr("Một"), 2: nil, 3: ptr("Hai"), 4: ptr(" ")} {
		if version == 0 {
			continue
		}
		if err := write(report.SubjectID, int64(version), text); err != nil {
			t.Fatal(err)
		}
		c := w.get(draft.ID).Value.Content
		if restored := text == nil || *text == " "; restored != (c.Subject == compiled) || restored != (c.CompiledSubject == "") {
			t.Errorf("after version %d the subject is %q", version, c.Subject)
		}
	}
}

// unzipped is all text of a zip's files.
func unzipped(t *testing.T, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil { //nolint:gosec // The test wrote it.
			t.Fatal(err)
		}
	}
	return all.String()
}
