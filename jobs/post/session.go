package post

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// session is one conversation with a mail server about one message, in steps
// that each have their time and know what their failure means.
type session struct {
	config *MailConfig
	conn   net.Conn // without TLS around it
	client *smtp.Client
}

// submit hands a message over and returns what the server replied to it.
func (s *session) submit(ctx context.Context, from, to string, message []byte) (string, error) {
	if err := s.connect(ctx); err != nil {
		return "", err
	}
	defer func() { _ = s.conn.Close() }() // what matters was answered before
	if err := s.secure(ctx); err != nil {
		return "", err
	}
	if err := s.logIn(ctx); err != nil {
		return "", err
	}
	if err := s.fits(len(message)); err != nil {
		return "", err
	}

	var content io.WriteCloser
	steps := []struct {
		name string
		run  func() error
	}{
		{"MAIL FROM", func() error { return s.client.Mail("<" + from + ">") }},
		{"RCPT TO", func() error { return s.client.Rcpt("<" + to + ">") }},
		{"DATA", func() (err error) { content, err = s.client.Data(); return err }},
	}
	for _, one := range steps {
		if err := s.step(ctx, one.name, s.config.Step, one.run); err != nil {
			return "", err
		}
	}
	// From here to Close nothing is said but content: any command, even QUIT
	// after a failure, would end the message where it stands, and half a report
	// would be delivered.
	for chunk := range slices.Chunk(message, 32<<10) {
		err := s.step(ctx, "content", s.config.Step, func() error { _, err := content.Write(chunk); return err })
		if err != nil {
			return "", err
		}
	}
	if err := s.step(ctx, "end of message", s.config.Final, content.Close); err != nil {
		if !answered(err) {
			err = fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		return "", err
	}
	// Committed: the server has it, and what goes wrong from here is no matter.
	_ = s.step(ctx, "QUIT", s.config.Step, s.client.Quit)
	if end, ok := content.(*smtp.DataCloser); ok {
		return end.ServerResponse(), nil
	}
	return "", nil
}

func (s *session) connect(ctx context.Context) error {
	c := s.config
	dialing, cancel := context.WithTimeout(ctx, c.Step)
	defer cancel()
	var err error
	s.conn, err = (&net.Dialer{}).DialContext(dialing, "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		return failure(ctx, "connect", err)
	}
	err = s.step(ctx, "greeting", c.Step, func() error {
		conn := s.conn
		if c.Security == TLS {
			conn = tls.Client(conn, s.tls())
		}
		if s.client, err = smtp.NewClient(conn, c.Host); err != nil {
			return err
		}
		// Our addresses are ASCII; to ask for more would only shut servers out.
		s.client.SkipSMTPUTF8(true)
		return s.client.Hello(c.HELO)
	})
	if err != nil {
		_ = s.conn.Close()
	}
	return err
}

func (s *session) tls() *tls.Config {
	return &tls.Config{ServerName: s.config.Host, RootCAs: s.config.Roots, MinVersion: tls.VersionTLS12}
}

func (s *session) secure(ctx context.Context) error {
	if s.config.Security != StartTLS {
		return nil
	}
	if offered, _ := s.client.Extension("STARTTLS"); !offered {
		return fmt.Errorf("%w: the server does not offer STARTTLS", ErrRefused)
	}
	return s.step(ctx, "STARTTLS", s.config.Step, func() error { return s.client.StartTLS(s.tls()) })
}

func (s *session) logIn(ctx context.Context) error {
	c := s.config
	if c.User == "" {
		return nil
	}
	_, offer := s.client.Extension("AUTH")
	var way smtp.Auth
	switch offered := strings.Fields(offer); {
	case slices.Contains(offered, "PLAIN"):
		way = smtp.PlainAuth("", c.User, c.Password, c.Host, false)
	case slices.Contains(offered, "LOGIN"):
		way = smtp.LoginAuth(c.User, c.Password, c.Host, false)
	default:
		return fmt.Errorf("%w: the server offers no login of ours: %q", ErrRefused, answerText(offer))
	}
	return s.step(ctx, "AUTH", c.Step, func() error { return s.client.Auth(way) })
}

// fits refuses what the server has said to be too large (RFC 1870).
func (s *session) fits(size int) error {
	_, value := s.client.Extension("SIZE")
	most, err := strconv.Atoi(value)
	if err == nil && most > 0 && size > most {
		return fmt.Errorf("%w: the message has %d bytes, and the server takes %d", ErrRefused, size, most)
	}
	return nil
}

// step does one thing in its time. The client under it knows no contexts: when
// the time is over, or ctx is, the connection is cut.
func (s *session) step(ctx context.Context, name string, limit time.Duration, run func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done within %s: %w", limit, context.DeadlineExceeded))
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = s.conn.Close() })()
	return failure(ctx, name, run())
}

// failure says what to do about an error of SMTP.
func failure(ctx context.Context, step string, err error) error {
	if err == nil {
		return nil
	}
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		err = &textproto.Error{Code: reply.Code, Msg: answerText(reply.Msg)}
		if reply.Code >= 500 && reply.Code <= 599 {
			return fmt.Errorf("%w: %s: %w", ErrRefused, step, err)
		}
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", step, err)
}

// answered reports whether an error is the server's own word that it has not
// taken the message.
func answered(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code >= 400 && reply.Code <= 599
}
