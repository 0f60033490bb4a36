package main

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
)

// checkPost refuses settings of delivery that cannot be meant.
func (c *config) checkPost() error {
	if c.SMTP != "" {
		if _, _, err := c.mailServer(); err != nil {
			return err
		}
		if _, err := c.mailPassword(); err != nil {
			return err
		}
		if _, err := mail.ParseAddress(c.MailFrom); err != nil {
			return fmt.Errorf("-mail-from: %w", err)
		}
	}
	switch post.Security(c.SMTPSecurity) {
	case "", post.StartTLS, post.TLS, post.Plain:
	default:
		return fmt.Errorf("-smtp-security: want starttls, tls or none, not %q", c.SMTPSecurity)
	}
	if c.Outbox != "" {
		if info, err := os.Stat(c.Outbox); err != nil {
			return fmt.Errorf("-outbox: %w", err)
		} else if !info.IsDir() {
			return errors.New("-outbox: want a folder")
		}
	}
	for _, inside := range c.webhooksInside() {
		if _, _, err := hostPort(inside); err != nil {
			return fmt.Errorf("-webhook-inside: want host:port: %w", err)
		}
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return errors.New("-public-url: want an address such as https://sothon.example.vn")
		}
	}
	return nil
}

// channel opens the way to a recipient.
func (c *config) channel(r outbox.Recipient, now func() time.Time) (post.Channel, error) {
	switch r.Channel {
	case outbox.ByMail:
		return c.mail(r.Address, now)
	case outbox.ByWebhook:
		return post.NewWebhook(post.WebhookConfig{URL: r.Address, Secret: []byte(r.Secret), Inside: c.webhooksInside(), Now: now})
	case outbox.ByFolder:
		if c.Outbox == "" {
			return nil, errors.New("-outbox: no folder to deliver into is set")
		}
		folder := filepath.Join(c.Outbox, r.Address)
		// Not with its parents: an outbox that is not mounted must be noticed.
		if err := os.Mkdir(folder, 0o750); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("-outbox: %w", err)
		}
		return post.NewFolder(folder, now)
	}
	return nil, fmt.Errorf("no way to send by %q", r.Channel)
}

// webhooksInside are the receivers that may have a private address.
func (c *config) webhooksInside() []string {
	return strings.FieldsFunc(c.WebhookInside, func(r rune) bool { return r == ',' || r == ' ' })
}

func (c *config) mailServer() (host string, port int, err error) {
	if host, port, err = hostPort(c.SMTP); err != nil {
		return "", 0, fmt.Errorf("-smtp: %w", err)
	}
	return host, port, nil
}

// hostPort reads an address that names both.
func hostPort(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	number, err := strconv.ParseUint(text, 10, 16)
	switch {
	case err != nil || number == 0:
		return "", 0, fmt.Errorf("%q is not a port", text)
	case host == "":
		return "", 0, fmt.Errorf("%q names no host", address)
	}
	return host, int(number), nil
}

func (c *config) mailPassword() (string, error) {
	if c.SMTPPasswordFile == "" {
		return "", nil
	}
	b, err := os.ReadFile(c.SMTPPasswordFile)
	if err != nil {
		return "", fmt.Errorf("-smtp-password-file: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func (c *config) mail(to string, now func() time.Time) (post.Channel, error) {
	if c.SMTP == "" {
		return nil, errors.New("-smtp: no mail server is set")
	}
	host, port, err := c.mailServer()
	if err != nil {
		return nil, err
	}
	password, err := c.mailPassword()
	if err != nil {
		return nil, err
	}
	return post.NewMail(post.MailConfig{
		Host: host, Port: port, Security: post.Security(c.SMTPSecurity), User: c.SMTPUser, Password: password,
		From: c.MailFrom, To: to, Now: now,
	})
}
