package jobs_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
)

// A package goes into the folder of who wants one, around the files beside it, and
// is the same when it is sent again. Others get none.
func TestPackageForWhoWantsOne(t *testing.T) {
	w := newHost(t)
	dir := t.TempDir()
	w.ways = func(outbox.Recipient) (post.Channel, error) { return post.NewFolder(dir, w.clock) }
	codes := outbox.EdXMLCodes{From: "H48.28.12", To: "H48"}
	for _, r := range []outbox.Recipient{
		{Unit: commune, Name: "UBND tỉnh Mẫu", Channel: outbox.ByFolder, Address: "tinh", ValidFrom: "2004-01-01", EdXML: codes},
		{Unit: commune, Name: "Nơi khác", Channel: outbox.ByFolder, Address: "khac", ValidFrom: "2004-01-01"},
	} {
		if _, err := w.office.Outbox.Recipients.Add(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	w.gift(village1, "2020-05-01", 3)
	r := w.approve(w.compile(archive.Request{}))
	w.deliver(r.ID)
	w.dispatch()
	found, err := filepath.Glob(filepath.Join(dir, "*", "BC-01-2024-xa-tra-mau.edxml"))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages: %q, %v", found, err)
	}
	body, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []archive.Format{archive.PDF, archive.XLSX} {
		file, err := os.ReadFile(filepath.Join(filepath.Dir(found[0]), r.Value.FileName(format)))
		if err != nil || !bytes.Contains(body, []byte(base64.StdEncoding.EncodeToString(file))) {
			t.Errorf("%s is not in the package: %v", format, err)
		}
	}
	for _, want := range []string{">H48.28.12<", ">H48<", ">UBND tỉnh Mẫu<", ">Ủy ban nhân dân xã Trà Mẫu<", ">01<", ">BC-UBND<", ">2024/04/11 09:00:00<"} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the package does not say %s", want)
		}
	}
	w.pass(100 * post.Longest)
	list, err := w.office.Outbox.Of(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if _, err := w.office.Outbox.Resend(t.Context(), list[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	w.dispatch()
	if list, _ = w.office.Outbox.Of(t.Context(), r.ID); list[0].Value.State != outbox.Sent || list[1].Value.State != outbox.Sent {
		t.Errorf("sent again, it is another: %+v", list)
	}
}

func TestCodesOfRecipientsAreChecked(t *testing.T) {
	w := newHost(t)
	good := outbox.EdXMLCodes{From: "H48.28.12", To: "000.01.02.H48"}
	for _, c := range []struct {
		channel outbox.ChannelKind
		address string
		codes   outbox.EdXMLCodes
		ok      bool
	}{
		{outbox.ByMail, "a@mau.example", good, true},
		{outbox.ByFolder, "mau", good, true},
		{outbox.ByWebhook, "https://mau.example/x", good, false},
		{outbox.ByMail, "b@mau.example", outbox.EdXMLCodes{From: "H48.28.12"}, false},
		{outbox.ByMail, "c@mau.example", outbox.EdXMLCodes{From: "h48", To: "H48"}, false},
		{outbox.ByMail, "d@mau.example", outbox.EdXMLCodes{From: strings.Repeat("A", 36), To: "H48"}, false},
	} {
		_, err := w.office.Outbox.Recipients.Add(t.Context(), outbox.Recipient{Unit: commune, Name: "Nơi nhận", Channel: c.channel, Address: c.address, ValidFrom: "2004-01-01", EdXML: c.codes})
		if (err == nil) != c.ok {
			t.Errorf("%s %+v: %v", c.channel, c.codes, err)
		}
	}
}
