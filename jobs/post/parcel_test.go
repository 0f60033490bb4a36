package post_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/post"
)

var today = time.Date(2026, 7, 1, 8, 30, 0, 0, time.FixedZone("", 7*3600))

func clock() time.Time { return today }

// sample is a parcel with what is hard about parcels: diacritics everywhere,
// bytes of every value, an empty file, lines that begin with a dot.
func sample() *post.Parcel {
	noise := make([]byte, 70_000)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(noise); i++ { //nolint:gosec // Noise, not a secret.
		noise[i] = byte(r.Uint32())
	}
	return &post.Parcel{
		ID:      "D56-2026_ubnd",
		Subject: "Báo cáo số 56/BC-UBND: kết quả công tác 6 tháng đầu năm 2026 của Ủy ban nhân dân xã Mẫu Đức",
		Text:    "Kính gửi Người nhận mẫu,\n.dòng bắt đầu bằng dấu chấm\n.\nXã Mẫu xin gửi báo cáo kèm theo. x=1 " + strings.Repeat("dài ", 50),
		Files: []post.File{
			{Name: "Báo cáo 6 tháng đầu năm – xã Mẫu Đức.docx", Type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Body: noise},
			{Name: "report.pdf", Type: "application/pdf", Body: []byte("%PDF-1.7\n.\n..\r\n--\n")},
			{Name: "trống.txt", Type: "text/plain; charset=utf-8"},
		},
		Report: post.ReportInfo{
			ID: "R1", Number: 56, Symbol: "BC-UBND", Unit: "U1", UnitName: "Xã Mẫu Đức",
			From: "2026-01-01", To: "2026-06-30", SHA256: strings.Repeat("ab", 32),
		},
		AckURL: "https://so-thon.example/nhan?m=abc&n=1",
	}
}

// Fails for the test that uses it.
func send(t *testing.T, c post.Channel, p *post.Parcel) post.Receipt {
	t.Helper()
	receipt, err := c.Send(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// kind is what an error tells the outbox to do.
func kind(err error) string {
	var wait *post.RetryAfter
	s := "later"
	switch refused, uncertain := errors.Is(err, post.ErrRefused), errors.Is(err, post.ErrUncertain); {
	case err == nil:
		return "sent"
	case refused && uncertain:
		return "refused and uncertain"
	case refused:
		s = "refused"
	case uncertain:
		s = "uncertain"
	}
	if errors.As(err, &wait) {
		s += " after " + wait.Wait.String()
	}
	return s
}

func wantKind(t *testing.T, err error, want string, saying ...string) {
	t.Helper()
	if got := kind(err); got != want {
		t.Errorf("got %q, want %q: %v", got, want, err)
	}
	for _, s := range saying {
		if err == nil || !strings.Contains(err.Error(), s) {
			t.Errorf("the error does not say %q: %v", s, err)
		}
	}
}

// channels are one of each kind that would deliver, and what has been delivered
// by all of them.
func channels(t *testing.T) (map[string]post.Channel, func() int) {
	t.Helper()
	mails, hooks, dir := serveMail(t, mailSetup{}), serveHook(t, nil), t.TempDir()
	all := map[string]post.Channel{
		"mail":    mustMail(t, mails.config()),
		"webhook": mustHook(t, hooks.config()),
		"folder":  mustFolder(t, dir),
	}
	return all, func() int { return len(mails.messages()) + len(hooks.deliveries()) + len(list(t, dir)) }
}

// Nothing is sent under an id or with files that some channel could
// not tell apart.
func TestParcelsThatNoChannelTakes(t *testing.T) {
	all, delivered := channels(t)
	for name, change := range map[string]func(*post.Parcel){
		"no id":               func(p *post.Parcel) { p.ID = "" },
		"a dot in the id":     func(p *post.Parcel) { p.ID = "a.b" },
		"a path as id":        func(p *post.Parcel) { p.ID = "../a" },
		"a line break in it":  func(p *post.Parcel) { p.ID = "a\r\nBcc: b@mau.example" },
		"a line break behind": func(p *post.Parcel) { p.ID = "a\n" },
		"a long id":           func(p *post.Parcel) { p.ID = strings.Repeat("a", 161) },
		"no name":             func(p *post.Parcel) { p.Files[0].Name = " .. " },
		"one name twice":      func(p *post.Parcel) { p.Files[0].Name = "REPORT.pdf" },
		"one after cleaning":  func(p *post.Parcel) { p.Files[0].Name = "a/b"; p.Files[1].Name = "a:b" },
		"a broken link":       func(p *post.Parcel) { p.AckURL = "https://a\r\nb" },
	} {
		p := sample()
		change(p)
		for way, c := range all {
			t.Run(way+" with "+name, func(t *testing.T) {
				_, err := c.Send(t.Context(), p)
				wantKind(t, err, "refused")
			})
		}
	}
	if n := delivered(); n != 0 {
		t.Errorf("%d were delivered", n)
	}
}

// A context that is over before anything began has sent nothing.
func TestOverBeforeItBegan(t *testing.T) {
	all, delivered := channels(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for way, c := range all {
		t.Run(way, func(t *testing.T) {
			_, err := c.Send(over, sample())
			wantKind(t, err, "later")
			if !errors.Is(err, context.Canceled) {
				t.Errorf("it does not say that it was called off: %v", err)
			}
		})
	}
	if n := delivered(); n != 0 {
		t.Errorf("%d were delivered", n)
	}
}

// badNames are names as they might come from people, and what becomes of them.
var badNames = map[string]string{
	"../../etc/passwd":                "_.._etc_passwd",
	`..\..\windows`:                   `_.._windows`,
	".an":                             "an",
	"a\r\nX-Evil: 1.docx":             "a__X-Evil_ 1.docx",
	"a\x00b.pdf":                      "a_b.pdf",
	`"quoted";x=y.pdf`:                `_quoted_;x=y.pdf`,
	"bao\u202excod.exe":               "baoxcod.exe",
	"Ba\u0301o ca\u0301o.pdf":         "Báo cáo.pdf", // decomposed, as some systems write it
	"con. ":                           "con",
	"\xff\xfe.pdf":                    "__.pdf",
	strings.Repeat("ậ", 99) + ".docx": strings.Repeat("ậ", 65) + ".docx",
	strings.Repeat("ậ", 99):           strings.Repeat("ậ", 66), // cut between characters
	"a." + strings.Repeat("x", 300):   "a." + strings.Repeat("x", 198),
}

func TestNamesOfFiles(t *testing.T) {
	for name, want := range badNames {
		p := sample()
		p.Files = []post.File{{Name: name, Type: "text/html\r\nX-Evil: 1", Body: []byte("x")}}
		if !utf8.ValidString(want) || len(want) > 200 {
			t.Fatalf("the test wants %q", want)
		}

		dir := t.TempDir()
		send(t, mustFolder(t, dir), p)
		if got := list(t, dir+"/"+p.ID); len(got) != 2 || got[want] == nil {
			t.Errorf("%q in a folder: %v", name, keys(got))
		}

		hooks := serveHook(t, nil)
		send(t, mustHook(t, hooks.config()), p)
		if got := hooks.deliveries()[0].Files[0]; got.Name != want || got.Type != "application/octet-stream" {
			t.Errorf("%q by webhook: %q of type %q", name, got.Name, got.Type)
		}

		mails := serveMail(t, mailSetup{})
		send(t, mustMail(t, mails.config()), p)
		m := read(t, mails.messages()[0])
		if m.header.Get("X-Evil") != "" || len(m.files) != 1 || m.files[0].Name != want ||
			m.files[0].Type != "application/octet-stream" || !bytes.Equal(m.files[0].Body, []byte("x")) {
			t.Errorf("%q by mail: %+v", name, m.files)
		}
	}
}
