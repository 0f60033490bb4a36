package jobs_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/store"
)

// issuedReport is one that this build has issued.
func issuedReport(w *host) archive.Report {
	w.gift(village1, "2023-05-01", 12)
	r := w.approve(w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, By: clerk}))
	return r.Value
}

// put writes a file into the archive as an earlier build would have written it.
func (w *host) put(r *archive.Report, format archive.Format, body string) {
	w.t.Helper()
	stored := storedFile(body)
	if _, err := store.NewTable[[]byte](w.db, "report-files").Add(w.t.Context(), stored.SHA256+"-000000", []byte(body)); err != nil {
		w.t.Fatal(err)
	}
	r.Files[format], r.Approval.Files[format] = stored, stored
}

// What this build has issued is written again, byte by byte.
func TestVerifyWritesAgain(t *testing.T) {
	w := newHost(t)
	r := issuedReport(w)
	v, err := w.office.Archive.Verify(t.Context(), &r)
	if err != nil || !v.Same() || !v.Rewritten || v.Writer != archive.Writer || v.Files != len(archive.Formats) || v.Figures == 0 || v.Changed != 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	w.put(&r, archive.PDF, "%PDF of somebody else")
	if v, err = w.office.Archive.Verify(t.Context(), &r); err != nil || v.Same() || v.Differ[0].Format != archive.PDF {
		t.Fatalf("another file was not noticed: %+v, %v", v, err)
	}
}

// A report that an earlier build issued, whose files this one would write
// otherwise, holds: what is stored is what was issued. A file that is not what was
// stored is damage all the same, and so is content that was changed.
func TestVerifyOfAnEarlierBuild(t *testing.T) {
	w := newHost(t)
	r := issuedReport(w)
	r.Approval.Writer = 0
	w.put(&r, archive.PDF, "%PDF-1.3 of an earlier build")
	v, err := w.office.Archive.Verify(t.Context(), &r)
	if err != nil || !v.Same() || v.Rewritten || v.Writer != 0 || v.Files != len(archive.Formats) || v.Figures == 0 || v.Changed != 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	shown := r
	shown.Content.Figures = append([]report.Figure(nil), r.Content.Figures...)
	shown.Content.Figures[0].Value++
	if _, err := w.office.Archive.Verify(t.Context(), &shown); err == nil {
		t.Error("content that was changed behind the archive's back was not noticed")
	}
	id := r.Files[archive.PDF].SHA256 + "-000000"
	pieces := store.NewTable[[]byte](w.db, "report-files")
	if _, err := pieces.Update(t.Context(), id, func(b *[]byte) error { (*b)[0] = '#'; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.office.Archive.Verify(t.Context(), &r); err == nil {
		t.Error("a damaged file was not noticed")
	}
}

// The hourly cleanup of photos leaves the files of reports alone, also those
// that are older than what it drops.
func TestCleanupLeavesReports(t *testing.T) {
	w := newHost(t)
	r := issuedReport(w)
	mustBeLeft(w, &r)

	// A version of November 2026 kept them in the collection of the photos.
	pieces, err := w.db.List(t.Context(), "report-files", "", "", 100)
	if err != nil || len(pieces) < len(archive.Formats) {
		t.Fatalf("%d pieces, %v", len(pieces), err)
	}
	for _, piece := range pieces {
		if err := w.db.Add(t.Context(), "files", store.Document{ID: piece.ID, Body: piece.Body}); err != nil {
			t.Fatal(err)
		}
		if err := w.db.Delete(t.Context(), "report-files", piece.ID); err != nil {
			t.Fatal(err)
		}
	}
	mustBeLeft(w, &r)
}

// mustBeLeft cleans up, as long after as photos that nobody names are dropped, and wants
// all files of a report.
func mustBeLeft(w *host, r *archive.Report) {
	t := w.t
	t.Helper()
	photos := files.New(files.Options{Backend: w.db, Now: w.clock, Random: rand.Reader, Location: vietnam})
	for range 2 {
		if err := photos.Clean(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(files.OrphanLife + time.Hour)
	}
	if v, err := w.office.Archive.Verify(t.Context(), r); err != nil || !v.Same() {
		t.Errorf("%+v, %v", v, err)
	}
}

func storedFile(body string) archive.StoredFile {
	sum := sha256.Sum256([]byte(body))
	return archive.StoredFile{SHA256: hex.EncodeToString(sum[:]), Size: len(body)}
}
