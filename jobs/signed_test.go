package jobs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/signed"
	"github.com/sothon/sothon/sync/store"
)

// scanned is a PDF of n pages that are empty, or have one line each.
func scanned(pages int, line string) []byte {
	var b bytes.Buffer
	var places []int
	object := func(format string, a ...any) {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(places), fmt.Sprintf(format, a...))
	}
	b.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 5+i)
	}
	object("<</Type/Pages/Count %d/Kids[%s]>>", pages, kids)
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	content := fmt.Sprintf("BT /F1 12 Tf 72 700 Td (%s) Tj ET", line)
	object("<</Length %d>>\nstream\n%s\nendstream", len(content), content)
	for range pages {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 3 0 R>>>>>>")
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, p := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, at)
	return b.Bytes()
}

// The signed copy of a report is checked, and delivered instead of it.
func TestSignedCopy(t *testing.T) {
	w := newHost(t)
	a, ctx := w.office.Archive, t.Context()
	r := w.issue()
	pdf, err := a.File(ctx, &r.Value, archive.PDF)
	if err != nil {
		t.Fatal(err)
	}
	other := w.approve(w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: calendar.Term(2010, 2011, ""), By: clerk}))
	others, err := a.File(ctx, &other.Value, archive.PDF)
	if err != nil {
		t.Fatal(err)
	}
	probe, err := signed.Check(pdf, pdf, "01/BC-UBND")
	if err != nil || probe.Kind != signed.Text {
		t.Fatalf("its own PDF: %+v, %v", probe, err)
	}
	long := strings.Repeat("Mot van ban khac cua co quan. ", 10)
	for name, file := range map[string][]byte{
		"nothing":                  nil,
		"no PDF":                   []byte("PK\x03\x04"),
		"a broken PDF":             pdf[:len(pdf)/3],
		"another report":           others,
		"a page more":              scanned(probe.Pages+1, ""),
		"another document":         scanned(probe.Pages, long),
		"a number that ends alike": scanned(probe.Pages, long+"So: 101/BC-UBND"),
		"too large":                append(bytes.Clone(pdf), make([]byte, signed.MaxSize)...),
	} {
		if _, err := a.AttachSigned(ctx, r.ID, r.Version, file, clerk); invalidField(err) != "file" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, test := range map[string]struct {
		file []byte
		kind signed.Kind
	}{
		"a scan":          {scanned(probe.Pages, "Scanner 3000"), signed.Scan},
		"printed by hand": {scanned(probe.Pages, long+"So: 1/BC-UBND"), signed.Text},
		"by a token":      {append(bytes.Clone(pdf), "\n% signature\n"...), signed.Appended},
	} {
		if r, err = a.AttachSigned(ctx, r.ID, r.Version, test.file, clerk); err != nil || r.Value.SignedCopy.Kind != test.kind || r.Value.SignedCopy.Pages != probe.Pages {
			t.Fatalf("%s: %+v, %v", name, r.Value.SignedCopy, err)
		}
	}
	file := scanned(probe.Pages, "Scanner 3000")
	if r, err = a.AttachSigned(ctx, r.ID, r.Version, file, clerk); err != nil {
		t.Fatal(err)
	}
	if got, err := a.File(ctx, &r.Value, archive.PDF); err != nil || !bytes.Equal(got, file) {
		t.Errorf("the file is another, %v", err)
	}
	if verified, err := a.Verify(ctx, &r.Value); err != nil || !verified.Same() {
		t.Errorf("compiled again: %v, %v", verified, err)
	}

	w.deliver(r.ID)
	w.dispatch()
	sum := sha256.Sum256(file)
	p := w.sent.parcels[0]
	if len(p.Files) != 3 || p.Files[0].Name != "BC-01-2024-xa-tra-mau.pdf" || !bytes.Equal(p.Files[0].Body, file) || !strings.Contains(p.Text, hex.EncodeToString(sum[:])) {
		t.Errorf("sent %d files, %s", len(p.Files), p.Text)
	}
	if _, err := a.AttachSigned(ctx, r.ID, w.get(r.ID).Version, file, clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("attached after it was sent: %v", err)
	}
}

// Once deliveries were ordered, the file that is sent stays the same.
func TestSignedCopyTooLate(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	if _, err := w.office.Archive.AttachSigned(t.Context(), r.ID, r.Version, scanned(1, ""), clerk); !errors.Is(err, store.ErrVersion) {
		t.Errorf("at the version before: %v", err)
	}
	now := w.get(r.ID)
	if _, err := w.office.Archive.AttachSigned(t.Context(), r.ID, now.Version, scanned(1, ""), clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("after it was ordered: %v", err)
	}
	if d := w.delivery(r.ID); d.State != outbox.Queued || !strings.Contains(d.Cover.Text, "Mã kiểm tra nội dung") {
		t.Errorf("the delivery: %+v", d)
	}
}
