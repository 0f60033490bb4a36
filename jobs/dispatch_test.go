package jobs_test

import (
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// recipient adds one who is there from the beginning.
func (w *host) recipient(by outbox.ChannelKind, address string) {
	w.t.Helper()
	if _, err := w.office.Outbox.Recipients.Add(w.t.Context(), outbox.Recipient{
		Unit: commune, Name: "Nơi nhận mẫu", Channel: by, Address: address, ValidFrom: "2004-01-01",
	}); err != nil {
		w.t.Fatal(err)
	}
}

// receiver is a webhook's other side, which answers when take has returned.
func (w *host) receiver(take func(*http.Request)) *httptest.Server {
	w.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // who answers before hangs up on the sender
		take(r)
	}))
	w.t.Cleanup(server.Close)
	host := server.Listener.Addr().String()
	w.inside = []string{host}
	w.office = w.open("máy 1")
	w.ways = func(r outbox.Recipient) (post.Channel, error) {
		return post.NewWebhook(post.WebhookConfig{URL: r.Address, Secret: []byte(r.Secret), Inside: []string{host}, Now: w.clock})
	}
	return server
}

// A parcel that always stops the server is given up like any other.
func TestSendingThatStopsTheServer(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	for range 40 {
		before := len(w.sent.parcels)
		w.db.SetFaults(func(op, id string) memory.Fault {
			if op == memory.OpReplace && strings.HasPrefix(id, "deliveries/") && len(w.sent.parcels) > before {
				return memory.Unapplied // the server is gone before it has stored the outcome
			}
			return memory.None
		})
		_, _ = w.office.Outbox.Dispatch(t.Context())
		w.pass(10 * time.Minute)
	}
	w.db.SetFaults(nil)
	d := w.delivery(r.ID)
	if d.State != outbox.Dead || len(w.sent.parcels) != 12 || d.Attempts[11].Outcome != "uncertain" {
		t.Fatalf("%s after %d parcels", d.State, len(w.sent.parcels))
	}
	if _, err := w.office.Outbox.Resend(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent || !d.Attempts[12].Repeat {
		t.Errorf("sent again: %s %+v", d.State, d.Attempts[12])
	}
}

// A delivery that is sent again is the same, though the settings have changed: the
// folder takes no other content under the same id.
func TestSentAgainIsTheSame(t *testing.T) {
	w := newHost(t)
	w.recipient(outbox.ByFolder, "huyen-mau")
	dir := t.TempDir()
	w.ways = func(outbox.Recipient) (post.Channel, error) { return post.NewFolder(dir, w.clock) }
	r := w.approve(w.compile(archive.Request{}))
	w.deliver(r.ID)
	w.dispatch()
	w.publicURL = "https://moi.example.vn"
	w.office = w.open("máy 1")
	if _, err := w.office.Outbox.Resend(t.Context(), w.delivery(r.ID).ID); err != nil {
		t.Fatal(err)
	}
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent || len(d.Attempts) != 2 {
		t.Errorf("%s: %+v", d.State, d.Attempts)
	}
}

// A receiver says that the report has arrived before it answers. Neither that
// nor the outcome of the attempt is lost.
func TestAcknowledgedBeforeTheAnswer(t *testing.T) {
	w := newHost(t)
	var d outbox.Delivery
	server := w.receiver(func(*http.Request) {
		link, err := url.Parse(w.delivery(d.Report).Cover.AckURL)
		if err == nil {
			_, err = w.office.Outbox.Acknowledge(t.Context(), strings.TrimPrefix(link.Path, "/v1/acknowledgements/"))
		}
		if err != nil {
			t.Error(err)
		}
	})
	w.recipient(outbox.ByWebhook, server.URL)
	r := w.approve(w.compile(archive.Request{}))
	w.deliver(r.ID)
	d.Report = r.ID
	w.dispatch()
	if d = w.delivery(r.ID); d.State != outbox.Acknowledged || d.Arrived.Via != "link" || d.Attempts[0].Outcome != "sent" {
		t.Errorf("the delivery: %+v", d)
	}
	if got := w.get(r.ID).Value.State; got != archive.Acknowledged {
		t.Errorf("the report is %s", got)
	}
	if sent, err := w.office.Outbox.Dispatch(t.Context()); sent != 0 || err != nil {
		t.Errorf("sent %d again: %v", sent, err)
	}
}

// A mail server that says nothing holds up no webhook.
func TestServersDoNotWaitForEachOther(t *testing.T) {
	w := newHost(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{})
	server := w.receiver(func(*http.Request) { close(arrived) })
	var waiting, held atomic.Bool
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			waiting.Store(true)
			<-arrived // and only then hangs up
			_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			_, err = c.Read(make([]byte, 1))
			held.Store(errors.Is(err, os.ErrDeadlineExceeded)) // else the sender has given up
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = silent.Close() })
	hook := w.ways
	w.ways = func(r outbox.Recipient) (post.Channel, error) {
		if r.Channel == outbox.ByWebhook {
			for begin := time.Now(); !waiting.Load() && time.Since(begin) < 5*time.Second; { // mail is being sent
				time.Sleep(time.Millisecond)
			}
			return hook(r)
		}
		return post.NewMail(post.MailConfig{
			Host: "127.0.0.1", Port: silent.Addr().(*net.TCPAddr).Port, Security: post.Plain, From: "xa@mau.example", To: r.Address, Now: w.clock,
		})
	}
	w.recipient(outbox.ByMail, "huyen@mau.example")
	w.recipient(outbox.ByWebhook, server.URL)
	r := w.approve(w.compile(archive.Request{}))
	w.deliver(r.ID)
	w.dispatch()
	list, err := w.office.Outbox.Of(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, d := range list {
		states = append(states, string(d.Value.To.Channel)+" "+string(d.Value.State))
	}
	slices.Sort(states)
	if strings.Join(states, ", ") != "mail queued, webhook sent" || !held.Load() {
		t.Errorf("%q, and the mail was being sent meanwhile: %t", states, held.Load())
	}
}

// Saying again that a report has arrived changes nothing, least of all the
// version that an office is about to withdraw.
func TestAcknowledgedAgain(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.dispatch()
	_, token, _ := strings.Cut(w.sent.parcels[0].AckURL, "/acknowledgements/")
	var versions []int64
	for range 3 {
		d, err := w.office.Outbox.Acknowledge(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, d.Version, w.get(r.ID).Version)
	}
	if !slices.Equal(versions[:2], versions[2:4]) || !slices.Equal(versions[:2], versions[4:]) {
		t.Errorf("versions %v", versions)
	}
}

// Two say at once what they know of a report's deliveries: what is newer stays.
func TestStateOfAReportDoesNotFallBack(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	acknowledged := false
	w.db.SetFaults(func(op, id string) memory.Fault {
		// The sender has listed the deliveries, and is about to note them.
		if op == memory.OpReplace && id == "reports/"+r.ID && !acknowledged {
			acknowledged = true
			_, token, _ := strings.Cut(w.sent.parcels[0].AckURL, "/acknowledgements/")
			if _, err := w.office.Outbox.Acknowledge(t.Context(), token); err != nil {
				t.Error(err)
			}
		}
		return memory.None
	})
	w.dispatch()
	w.db.SetFaults(nil)
	if got := w.get(r.ID).Value.State; got != archive.Acknowledged {
		t.Errorf("the report is %s", got)
	}
}

// The longest unit's second half goes into a folder, too.
func TestLongUnitCodes(t *testing.T) {
	w := newHost(t)
	code := strings.Repeat("2", 32)
	unit := ledger.UnitID(code + "-20040101")
	w.add(accounts.New(w.db).Units, accounts.Unit{ID: unit, Code: code, Name: "Xã mẫu", Level: accounts.Commune, ValidFrom: "2004-01-01"})
	if _, err := w.office.Outbox.Recipients.Add(t.Context(), outbox.Recipient{
		Unit: unit, Name: "Nơi nhận mẫu", Channel: outbox.ByFolder, Address: "huyen-mau", ValidFrom: "2004-01-01",
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w.ways = func(outbox.Recipient) (post.Channel, error) { return post.NewFolder(dir, w.clock) }
	rule := calendar.DefaultRule()
	r := w.approve(w.compile(archive.Request{Unit: unit, Template: report.UBND, Period: rule.SecondHalf(2023), By: clerk}))
	w.deliver(r.ID)
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent {
		t.Errorf("%s: %+v", d.State, d.Attempts)
	}
}

// The link to acknowledge stands once in a letter.
func TestLinkStandsOnce(t *testing.T) {
	w := newHost(t)
	inbox := &mailServer{}
	port := inbox.serve(t)
	w.ways = func(r outbox.Recipient) (post.Channel, error) {
		return post.NewMail(post.MailConfig{
			Host: "127.0.0.1", Port: port, Security: post.Plain, From: "xa@mau.example", To: r.Address, Now: w.clock,
		})
	}
	w.recipient(outbox.ByMail, "huyen@mau.example")
	r := w.approve(w.compile(archive.Request{}))
	w.deliver(r.ID)
	w.dispatch()
	if n := strings.Count(inbox.text, w.delivery(r.ID).Cover.AckURL); n != 1 {
		t.Errorf("it stands %d times in\n%s", n, inbox.text)
	}
}

// mailServer takes a letter.
type mailServer struct{ text string }

func (m *mailServer) serve(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return m, nil }))
	server.Domain, server.ErrorLog = "mail.mau.example", log.New(io.Discard, "", 0)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return listener.Addr().(*net.TCPAddr).Port
}

func (m *mailServer) Reset()                               {}
func (m *mailServer) Logout() error                        { return nil }
func (m *mailServer) Mail(string, *smtp.MailOptions) error { return nil }
func (m *mailServer) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data reads the first part of a message, which is what a person reads.
func (m *mailServer) Data(r io.Reader) error {
	message, err := netmail.ReadMessage(r)
	if err != nil {
		return err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	part, err := parts.NextPart() // it decodes quoted-printable
	if err != nil {
		return err
	}
	text, err := io.ReadAll(part)
	m.text = string(text)
	for err == nil {
		_, err = parts.NextPart()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
