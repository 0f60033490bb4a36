package post

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"regexp"
	"time"
)

// Security is how the way to a mail server is kept from others.
type Security string

// The ways to a mail server.
const (
	// StartTLS begins in the clear and must come to TLS before anything is said;
	// a server that does not offer it gets nothing. The default.
	StartTLS Security = "starttls"
	// TLS is TLS from the first byte.
	TLS Security = "tls"
	// Plain is no TLS: for a server on the same machine, or where AllowPlain
	// says so.
	Plain Security = "none"
)

// MailConfig says how to reach one recipient by mail.
type MailConfig struct {
	Host     string // of the server that takes our mail
	Port     int    // by default 587, with TLS 465, with Plain 25
	Security Security
	// AllowPlain lets Plain leave this machine, for a relay on a trusted wire.
	// A password never does.
	AllowPlain     bool
	User, Password string // may be empty: then nobody logs in
	From           string // address, with or without a name: `Xã Mẫu <bao-cao@mau.example>`
	To             string // one address, so that one who is refused stops nobody else
	HELO           string // what we call ourselves; by default the domain of From

	Roots   *x509.CertPool // nil: those of the system
	MaxSize int            // of the message as it is sent, in which files are a third larger; by default 20 MB
	// Step is how long a connection, a login, a command, or 32 KiB of content
	// may take; by default 10 seconds.
	Step time.Duration
	// Final is how long the server may think after the last byte; by default two
	// minutes. It scans for viruses then, and a client that gives up too early sends
	// everything twice (RFC 5321, 4.5.3.2.6).
	Final time.Duration
	Now   func() time.Time // dates the messages
}

// Mail is a Channel over SMTP.
//
// A message has a Message-ID made of the parcel's ID, so that a second copy can
// be recognised, and Auto-Submitted, so that no absence note answers it. One that
// repeats an uncertain attempt says so in its first line and in a header
// "Sothon-Repeat: true".
//
// A server that says 5xx refuses for good: that is ErrRefused, as is a message
// that is too large and a server without STARTTLS. 4xx is tried again, and so
// is a certificate that does not hold, since certificates get renewed. A line
// that breaks after the message was ended and before the answer is
// ErrUncertain.
type Mail struct {
	config   MailConfig
	from, to *netmail.Address
	domain   string // of from
}

var (
	// Of what is allowed before the @, what is found there (RFC 5322, dot-atom).
	mailAddress = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)$`)
	hostName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$`)
)

const defaultMaxSize = 20_000_000

// NewMail returns the channel, or what is wrong with its configuration.
func NewMail(c MailConfig) (*Mail, error) {
	m := &Mail{config: c}
	var err error
	if m.from, m.domain, err = parseAddress("From", c.From); err != nil {
		return nil, err
	}
	if m.to, _, err = parseAddress("To", c.To); err != nil {
		return nil, err
	}
	set := &m.config
	set.HELO = or(c.HELO, m.domain)
	set.Security = or(c.Security, StartTLS)
	set.MaxSize = or(c.MaxSize, defaultMaxSize)
	set.Step = or(c.Step, 10*time.Second)
	set.Final = or(c.Final, 2*time.Minute)
	ports := map[Security]int{StartTLS: 587, TLS: 465, Plain: 25}
	set.Port = or(c.Port, ports[set.Security])

	address, _ := netip.ParseAddr(c.Host)
	loopback := c.Host == "localhost" || address.IsLoopback()
	switch {
	case !address.IsValid() && !hostName.MatchString(c.Host):
		return nil, fmt.Errorf("mail: Host %q is no name of a host", c.Host)
	case !hostName.MatchString(set.HELO):
		return nil, fmt.Errorf("mail: HELO %q is no name of a host", set.HELO)
	case ports[set.Security] == 0:
		return nil, fmt.Errorf("mail: Security %q is none of %s, %s and %s", c.Security, StartTLS, TLS, Plain)
	case set.Port < 1 || set.Port > 65535:
		return nil, fmt.Errorf("mail: Port %d is no port", set.Port)
	case set.Security == Plain && !loopback && !c.AllowPlain:
		return nil, fmt.Errorf("mail: without TLS mail would pass to %s in the clear, which AllowPlain does not allow", c.Host)
	case set.Security == Plain && !loopback && c.Password != "":
		return nil, errors.New("mail: a password does not leave this machine without TLS")
	case (c.User == "") != (c.Password == ""):
		return nil, errors.New("mail: User and Password come together")
	case c.Now == nil:
		return nil, errors.New("mail: no clock")
	}
	return m, nil
}

// IsMailAddress reports whether [NewMail] takes a text as an address, and all of
// it is the address, without a name.
func IsMailAddress(s string) bool {
	a, _, err := parseAddress("", s)
	return err == nil && a.Address == s
}

func parseAddress(field, s string) (a *netmail.Address, domain string, err error) {
	a, err = netmail.ParseAddress(s)
	if err != nil {
		return nil, "", fmt.Errorf("mail: %s %q: %w", field, s, err)
	}
	match := mailAddress.FindStringSubmatch(a.Address)
	if match == nil {
		return nil, "", fmt.Errorf("mail: %s %q is no address that every server takes", field, s)
	}
	a.Name = oneLine(a.Name)
	return a, match[1], nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Send implements Channel. The reference of its receipt is the server's reply,
// in which most name their queue.
func (m *Mail) Send(ctx context.Context, p *Parcel) (Receipt, error) {
	message, err := m.message(p)
	if err != nil {
		return Receipt{}, fmt.Errorf("mail to %s: %w", m.to.Address, err)
	}
	to := session{config: &m.config}
	reply, err := to.submit(ctx, m.from.Address, m.to.Address, message)
	if err != nil {
		return Receipt{}, fmt.Errorf("mail to %s: %w", m.to.Address, &relayError{m.config.Host, err})
	}
	return Receipt{Reference: answerText(reply)}, nil
}
