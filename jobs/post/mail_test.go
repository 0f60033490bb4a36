package post_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sothon/sothon/jobs/post"
)

func decoded(part *multipart.Part) io.Reader {
	if part.Header.Get("Content-Transfer-Encoding") == "base64" {
		return base64.NewDecoder(base64.StdEncoding, part)
	}
	return part
}

// A mail program shows what was sent, over every kind of connection.
func TestMailArrives(t *testing.T) {
	for name, server := range map[string]mailSetup{
		"plain":               {},
		"STARTTLS":            {security: post.StartTLS},
		"TLS":                 {security: post.TLS},
		"STARTTLS with PLAIN": {security: post.StartTLS, mechanism: "PLAIN"},
		"TLS with PLAIN":      {security: post.TLS, mechanism: "PLAIN"},
		"STARTTLS with LOGIN": {security: post.StartTLS, mechanism: "LOGIN"},
		"plain with PLAIN":    {mechanism: "PLAIN"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveMail(t, server)
			config := s.config()
			if server.mechanism != "" {
				config.User, config.Password = "xa-mau", "mật khẩu mẫu"
			}
			p := sample()
			receipt := send(t, mustMail(t, config), p)
			if receipt.Acknowledged || !strings.Contains(receipt.Reference, "queued") {
				t.Errorf("the receipt is %+v", receipt)
			}
			if len(s.messages()) != 1 {
				t.Fatalf("%d messages", len(s.messages()))
			}
			m := read(t, s.messages()[0])
			if m.subject != p.Subject {
				t.Errorf("subject %q", m.subject)
			}
			want := p.Text + "\n\nXin xác nhận đã nhận báo cáo tại:\n" + p.AckURL + "\n"
			if m.text != want {
				t.Errorf("text %q, want %q", m.text, want)
			}
			if len(m.files) != len(p.Files) {
				t.Fatalf("%d files", len(m.files))
			}
			for i, f := range p.Files {
				if got := m.files[i]; got.Name != f.Name || got.Type != f.Type || !bytes.Equal(got.Body, f.Body) {
					t.Errorf("file %d is %q of type %q with %d bytes", i, got.Name, got.Type, len(got.Body))
				}
			}
			for header, want := range map[string]string{
				"Message-Id": "<D56-2026_ubnd@xa.mau.example>", "Date": "Wed, 01 Jul 2026 08:30:00 +0700",
				"Auto-Submitted": "auto-generated", "Sothon-Repeat": "", "Mime-Version": "1.0", "Bcc": "", "User-Agent": "",
			} {
				if got := m.header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
			for header, want := range map[string]netmail.Address{
				"From": {Name: "UBND xã Mẫu Đức", Address: "bao-cao@xa.mau.example"},
				"To":   {Name: "Người nhận mẫu", Address: "nhan@huyen.mau.example"},
			} {
				if got, err := m.header.AddressList(header); err != nil || len(got) != 1 || *got[0] != want {
					t.Errorf("%s: %v, %v", header, got, err)
				}
			}
			if got := strings.Join(s.envelope, " "); got != "bao-cao@xa.mau.example nhan@huyen.mau.example" {
				t.Errorf("the envelope is %s", got)
			}
			if s.helos[0] != "xa.mau.example" {
				t.Errorf("it called itself %s", s.helos[0])
			}
			if secure := server.security != ""; server.mechanism != "" && s.logins[0] != map[bool]string{true: "secure", false: "in the clear"}[secure] {
				t.Errorf("it logged in %s", s.logins[0])
			}
		})
	}
}

// Programs that do not know RFC 2231 see a name without diacritics.
func TestMailNamesFilesTwice(t *testing.T) {
	s := serveMail(t, mailSetup{})
	send(t, mustMail(t, s.config()), sample())
	for _, want := range []string{
		`filename="Bao cao 6 thang dau nam _ xa Mau Duc.docx";` + "\r\n filename*=utf-8''B%C3%A1o%20c%C3%A1o",
		"attachment; filename=report.pdf\r\n",
	} {
		if !strings.Contains(string(s.messages()[0]), want) {
			t.Errorf("no %q", want)
		}
	}
}

// A repeat is the same message except for the word that it is one.
func TestMailRepeats(t *testing.T) {
	s := serveMail(t, mailSetup{})
	m, p := mustMail(t, s.config()), sample()
	send(t, m, p)
	send(t, m, p)
	p.Repeat = true
	send(t, m, p)
	all := s.messages()
	if !bytes.Equal(all[0], all[1]) {
		t.Error("the same parcel made two messages")
	}
	first, third := read(t, all[0]), read(t, all[2])
	if first.header.Get("Message-Id") != third.header.Get("Message-Id") {
		t.Error("a repeat has another Message-ID")
	}
	const note = "Thư này có thể đã được gửi một lần trước đó. Nếu đã nhận được, xin bỏ qua bản này.\n\n"
	if third.header.Get("Sothon-Repeat") != "true" || third.text != note+first.text {
		t.Errorf("a repeat does not say so: %q", third.text)
	}
}

// Nobody adds a header through what people write.
func TestMailHeadersHold(t *testing.T) {
	s := serveMail(t, mailSetup{})
	config := s.config()
	config.From = "=?utf-8?q?X=C3=A3_M=E1=BA=ABu=0D=0AX-Evil=3A_1?= <bao-cao@xa.mau.example>"
	p := sample()
	p.Subject = "Báo cáo\r\nBcc: ke-la@mau.example\r\n\r\nX-Evil: 1\u2028\x00 hết"
	send(t, mustMail(t, config), p)
	m := read(t, s.messages()[0])
	if want := "Báo cáo Bcc: ke-la@mau.example X-Evil: 1 hết"; m.subject != want {
		t.Errorf("subject %q", m.subject)
	}
	for name := range m.header {
		if name == "Bcc" || name == "X-Evil" {
			t.Errorf("there is a header %s", name)
		}
	}
	if from, err := m.header.AddressList("From"); err != nil || len(from) != 1 || from[0].Name != "Xã Mẫu X-Evil: 1" {
		t.Errorf("From: %v, %v", from, err)
	}
	if len(s.envelope) != 2 {
		t.Errorf("the envelope is %q", s.envelope)
	}
}

func TestMailConfig(t *testing.T) {
	for name, change := range map[string]func(*post.MailConfig){
		"a line break in To":   func(c *post.MailConfig) { c.To = "a@mau.example\r\nRCPT TO:<b@mau.example>" },
		"two in To":            func(c *post.MailConfig) { c.To = "a@mau.example, b@mau.example" },
		"a quoted To":          func(c *post.MailConfig) { c.To = `"a b"@mau.example` },
		"diacritics in To":     func(c *post.MailConfig) { c.To = "người@mau.example" },
		"an option in To":      func(c *post.MailConfig) { c.To = "a@mau.example> NOTIFY=NEVER" },
		"no From":              func(c *post.MailConfig) { c.From = "" },
		"no host":              func(c *post.MailConfig) { c.Host = "" },
		"a socket as host":     func(c *post.MailConfig) { c.Host = "unix:///var/run/x" },
		"a port in the host":   func(c *post.MailConfig) { c.Host = "mail.mau.example:25" },
		"a line break in HELO": func(c *post.MailConfig) { c.HELO = "a\r\nMAIL FROM:<x>" },
		"a strange security":   func(c *post.MailConfig) { c.Security = "opportunistic" },
		"a strange port":       func(c *post.MailConfig) { c.Port = 70000 },
		"a user alone":         func(c *post.MailConfig) { c.User = "a" },
		"no clock":             func(c *post.MailConfig) { c.Now = nil },
		"plain to others":      func(c *post.MailConfig) { c.Host, c.Security = "mail.mau.example", post.Plain },
		"a password in the clear": func(c *post.MailConfig) {
			c.Host, c.Security, c.AllowPlain, c.User, c.Password = "mail.mau.example", post.Plain, true, "a", "b"
		},
	} {
		c := post.MailConfig{Host: "mail.mau.example", From: "a@mau.example", To: "b@mau.example", Now: clock}
		if _, err := post.NewMail(c); err != nil {
			t.Fatal(err)
		}
		change(&c)
		if _, err := post.NewMail(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	c := post.MailConfig{Host: "mail.mau.example", Security: post.Plain, AllowPlain: true, From: "a@mau.example", To: "b@mau.example", Now: clock}
	if _, err := post.NewMail(c); err != nil {
		t.Errorf("plain, where it is allowed: %v", err)
	}
}

func code(n int) *smtp.SMTPError {
	return &smtp.SMTPError{Code: n, EnhancedCode: smtp.EnhancedCode{n / 100, 1, 2}, Message: "Lời\tcủa máy chủ"}
}

// after takes the whole message and then does something else than answering.
func after(then func(*smtp.Conn) error) func(*smtp.Conn, io.Reader) error {
	return func(c *smtp.Conn, r io.Reader) error {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		return then(c)
	}
}

// What a server does decides what the outbox does.
func TestMailFailures(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for name, c := range map[string]struct {
		server mailSetup
		want   string
		saying string
	}{
		"the sender is refused":        {mailSetup{mail: code(553)}, "refused", `MAIL FROM: 553 "5.1.2 Lời của máy chủ"`},
		"the recipient is unknown":     {mailSetup{rcpt: code(550)}, "refused", "RCPT TO: 550"},
		"greylisted":                   {mailSetup{rcpt: code(451)}, "later", "451"},
		"the mailbox is full":          {mailSetup{rcpt: code(452)}, "later", "452"},
		"busy":                         {mailSetup{mail: code(421)}, "later", "421"},
		"taken for spam at the end":    {mailSetup{data: after(func(*smtp.Conn) error { return code(554) })}, "refused", "end of message: 554"},
		"not now, at the end":          {mailSetup{data: after(func(*smtp.Conn) error { return code(451) })}, "later", "end of message: 451"},
		"too large, as it said before": {mailSetup{maxSize: 50_000}, "refused", "takes 50000"},
		"lost after the end":           {mailSetup{data: after(func(c *smtp.Conn) error { return c.Conn().Close() })}, "uncertain", "end of message"},
		"silent after the end":         {mailSetup{data: after(func(*smtp.Conn) error { <-hang; return nil })}, "uncertain", "not done within 200ms"},
		"an answer that is none":       {mailSetup{data: after(func(c *smtp.Conn) error { _, err := c.Conn().Write([]byte("xyz\r\n")); return err })}, "uncertain", ""},
		"the answer to something else": {mailSetup{data: after(func(c *smtp.Conn) error { _, err := c.Conn().Write([]byte("220 mail\r\n")); return err })}, "uncertain", ""},
		"lost within the message": {mailSetup{data: func(c *smtp.Conn, r io.Reader) error {
			_, _ = io.ReadFull(r, make([]byte, 1000))
			_ = c.Conn().(*net.TCPConn).SetLinger(0)
			return c.Conn().Close()
		}}, "later", "content"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveMail(t, c.server)
			config := s.config()
			config.Final = 200 * time.Millisecond
			if c.want != "uncertain" {
				config.Final = 0
			}
			p := sample()
			if strings.HasPrefix(name, "lost within") {
				p.Files[0].Body = make([]byte, 12_000_000) // more than the sockets hold
			}
			_, err := mustMail(t, config).Send(t.Context(), p)
			wantKind(t, err, c.want, c.saying, "nhan@huyen.mau.example")
			if len(s.messages()) != 0 {
				t.Error("a message was taken")
			}
		})
	}
}

// raw is a server that says the same to everybody and hangs up, or hangs.
func raw(t *testing.T, greeting string, hang bool) int {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, greeting)
			if hang {
				_, _ = io.Copy(io.Discard, c) // until the other side has had enough
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().(*net.TCPAddr).Port
}

// Where nothing was handed over, nothing is uncertain.
func TestMailBeforeAnythingIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		port         int
		want, saying string
	}{
		"no service":      {raw(t, "554 no service\r\n", false), "refused", "greeting: 554"},
		"not now":         {raw(t, "421 later\r\n", false), "later", "421"},
		"it hangs up":     {raw(t, "", false), "later", "greeting"},
		"it says nothing": {raw(t, "", true), "later", "not done within 250ms"},
		"no greeting":     {raw(t, "SSH-2.0-x\r\n", false), "later", "greeting"},
		"hangs at EHLO":   {raw(t, "220 mail\r\n", true), "later", "not done within 250ms"},
		"nobody there":    {1, "later", "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, security := range []post.Security{post.Plain, post.TLS} {
				config := (&mailServer{mailSetup: mailSetup{security: security}, port: c.port}).config()
				if strings.HasPrefix(c.saying, "not done") {
					config.Step = 250 * time.Millisecond
				}
				_, err := mustMail(t, config).Send(t.Context(), sample())
				if security == post.Plain {
					wantKind(t, err, c.want, c.saying)
				} else {
					wantKind(t, err, "later")
				}
			}
		})
	}
}

// People who enter recipients do not learn what the mail server is called.
func TestMailHidesItsServer(t *testing.T) {
	config := (&mailServer{port: 25}).config()
	config.Host, config.Security = "thu-1.noi-bo.invalid", post.TLS
	_, err := mustMail(t, config).Send(t.Context(), sample())
	wantKind(t, err, "later", "thu-1.noi-bo.invalid")
	if told := post.Redact(err); strings.Contains(told, "noi-bo") || !strings.HasPrefix(told, "mail to ") {
		t.Errorf("they read %q", told)
	}
}

// Called off after the last byte, it may have arrived.
func TestMailCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hang := make(chan struct{})
	s := serveMail(t, mailSetup{data: after(func(*smtp.Conn) error { cancel(); <-hang; return nil })})
	t.Cleanup(func() { close(hang) })
	_, err := mustMail(t, s.config()).Send(ctx, sample())
	wantKind(t, err, "uncertain", "context canceled")
}

// Without valid TLS neither a password nor a report is sent.
func TestMailNeedsTLS(t *testing.T) {
	_, others := certificate(t, time.Now().Add(time.Hour))
	for name, c := range map[string]struct {
		server mailSetup
		change func(*post.MailConfig)
		want   string
		saying string
	}{
		"a server without STARTTLS":        {mailSetup{mechanism: "PLAIN"}, func(c *post.MailConfig) { c.Security = post.StartTLS }, "refused", "does not offer STARTTLS"},
		"a server without TLS":             {mailSetup{mechanism: "PLAIN"}, func(c *post.MailConfig) { c.Security = post.TLS }, "later", "tls"},
		"an unknown certificate, STARTTLS": {mailSetup{security: post.StartTLS, mechanism: "PLAIN"}, func(c *post.MailConfig) { c.Roots = others }, "later", "certificate"},
		"an unknown certificate, TLS":      {mailSetup{security: post.TLS, mechanism: "PLAIN"}, func(c *post.MailConfig) { c.Roots = others }, "later", "certificate"},
		"an expired certificate":           {mailSetup{security: post.TLS, expired: true, mechanism: "PLAIN"}, func(*post.MailConfig) {}, "later", "expired"},
		"a certificate of another":         {mailSetup{security: post.StartTLS, mechanism: "PLAIN"}, func(c *post.MailConfig) { c.Host = "localhost" }, "later", "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveMail(t, c.server)
			config := s.config()
			config.User, config.Password = "xa-mau", "mật khẩu mẫu"
			c.change(&config)
			_, err := mustMail(t, config).Send(t.Context(), sample())
			wantKind(t, err, c.want, c.saying)
			if told := post.Redact(err); strings.Contains(told, config.Host) {
				t.Errorf("people who enter recipients read %q", told)
			}
			if len(s.messages())+len(s.envelope)+len(s.logins) != 0 {
				t.Errorf("it said %q, logged in %q", s.envelope, s.logins)
			}
		})
	}
}

func TestMailLoginIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ mechanism, saying string }{
		"a wrong password":    {"PLAIN", "AUTH: 535"},
		"no way to log in":    {"", "no login"},
		"no way that we know": {"SCRAM-SHA-256", "no login"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveMail(t, mailSetup{security: post.TLS, mechanism: c.mechanism})
			config := s.config()
			config.User, config.Password = "xa-mau", "sai-mật-khẩu"
			_, err := mustMail(t, config).Send(t.Context(), sample())
			wantKind(t, err, "refused", c.saying)
			if strings.Contains(err.Error(), config.Password) {
				t.Errorf("the error tells the password: %v", err)
			}
			if len(s.envelope) != 0 {
				t.Errorf("it went on with %q", s.envelope)
			}
		})
	}
}

func TestMailTooLarge(t *testing.T) {
	s := serveMail(t, mailSetup{})
	config, p := s.config(), sample()
	send(t, mustMail(t, config), p)
	size := len(s.messages()[0])

	config.MaxSize = size
	send(t, mustMail(t, config), p)
	config.MaxSize = size - 1
	_, err := mustMail(t, config).Send(t.Context(), p)
	wantKind(t, err, "refused", "bytes", "at most")

	config.MaxSize = 0
	p.Files[0].Body = make([]byte, 21_000_000)
	_, err = mustMail(t, config).Send(t.Context(), p)
	wantKind(t, err, "refused", "21000", "at most 20000000")
	if len(s.messages()) != 2 {
		t.Errorf("%d messages", len(s.messages()))
	}
}
