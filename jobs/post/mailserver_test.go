package post_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/sothon/sothon/jobs/post"
)

// mailSetup is how a mail server is, and how it fails.
type mailSetup struct {
	security  post.Security // what it speaks; none by default
	expired   bool          // its certificate, which is trusted otherwise
	mechanism string        // of logging in: PLAIN or LOGIN; by default nobody need
	maxSize   int64

	mail, rcpt error                             // its replies
	data       func(*smtp.Conn, io.Reader) error // in place of taking the message
}

// mailServer is a real SMTP server.
type mailServer struct {
	mailSetup
	port     int
	roots    *x509.CertPool
	mu       sync.Mutex
	taken    [][]byte
	envelope []string // a sender and its recipients, again and again
	helos    []string
	logins   []string
}

// serveMail starts a server for the time of the test.
func serveMail(t *testing.T, setup mailSetup) *mailServer {
	t.Helper()
	s := &mailServer{mailSetup: setup}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{server: s, conn: c}, nil
	}))
	server.Domain, server.MaxMessageBytes, server.ErrorLog = "mail.mau.example", s.maxSize, log.New(io.Discard, "", 0)
	server.AllowInsecureAuth, server.EnableSMTPUTF8 = true, true
	if s.security == post.StartTLS || s.security == post.TLS {
		until := time.Now().Add(time.Hour)
		if s.expired {
			until = time.Now().Add(-time.Hour)
		}
		var own tls.Certificate
		own, s.roots = certificate(t, until)
		config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
		if s.security == post.TLS {
			listener = tls.NewListener(listener, config)
		} else {
			server.TLSConfig = config
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return s
}

// config reaches the server.
func (s *mailServer) config() post.MailConfig {
	security := s.security
	if security == "" {
		security = post.Plain
	}
	return post.MailConfig{
		Host: "127.0.0.1", Port: s.port, Security: security, Roots: s.roots, Now: clock,
		From: "UBND xã Mẫu Đức <bao-cao@xa.mau.example>", To: "Người nhận mẫu <nhan@huyen.mau.example>",
	}
}

func (s *mailServer) messages() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

func (s *mailServer) note(list *[]string, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, what)
}

type mailSession struct {
	server *mailServer
	conn   *smtp.Conn
}

func (m *mailSession) Reset()        {}
func (m *mailSession) Logout() error { return nil }

func (m *mailSession) AuthMechanisms() []string {
	if m.server.mechanism == "" {
		return nil
	}
	return []string{m.server.mechanism}
}

func (m *mailSession) Auth(string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != "xa-mau" || password != "mật khẩu mẫu" {
			return smtp.ErrAuthFailed
		}
		_, secure := m.conn.TLSConnectionState()
		m.server.note(&m.server.logins, map[bool]string{true: "secure", false: "in the clear"}[secure])
		return nil
	}
	if m.server.mechanism == "LOGIN" {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer is the server's side of LOGIN, which the library has no more.
type loginServer struct {
	check func(user, password string) error
	user  string
	step  int
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func (m *mailSession) Mail(from string, options *smtp.MailOptions) error {
	if options.UTF8 {
		return errors.New("nothing of ours needs SMTPUTF8, and not every server has it")
	}
	m.server.note(&m.server.envelope, from)
	m.server.note(&m.server.helos, m.conn.Hostname())
	return m.server.mail
}

func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	m.server.note(&m.server.envelope, to)
	return m.server.rcpt
}

func (m *mailSession) Data(r io.Reader) error {
	if m.server.data != nil {
		return m.server.data(m.conn, r)
	}
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	m.server.taken = append(m.server.taken, message)
	return nil
}

// certificate is one for 127.0.0.1 that nobody else trusts.
func certificate(t *testing.T, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.mau.example"},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func mustMail(t *testing.T, c post.MailConfig) *post.Mail {
	t.Helper()
	m, err := post.NewMail(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// received is a message as a mail program shows it.
type received struct {
	header  netmail.Header
	subject string
	text    string
	files   []post.File
}

func read(t *testing.T, raw []byte) received {
	t.Helper()
	for _, l := range strings.Split(string(raw), "\r\n") {
		if len(l) > 998 || strings.ContainsAny(l, "\r\n") || strings.ContainsFunc(l, func(r rune) bool { return r > '~' }) {
			t.Errorf("a line that not every server passes on: %q", l)
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	got := received{header: m.Header}
	if got.subject, err = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for first := true; ; first = false {
		part, err := parts.NextPart() // It undoes quoted-printable.
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(decoded(part))
		if err != nil {
			t.Fatal(err)
		}
		if first {
			got.text = strings.ReplaceAll(string(body), "\r\n", "\n")
			continue
		}
		got.files = append(got.files, post.File{Name: part.FileName(), Type: part.Header.Get("Content-Type"), Body: body})
	}
}
