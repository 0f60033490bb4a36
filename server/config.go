package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"time"
)

// config is every setting. A field's flag and its SOTHON_ variable stand
// behind it.
type config struct {
	// DB is the database: sqlite:PATH, or a mongodb:// or mongodb+srv:// URI
	// whose path names the database. (-db, SOTHON_DB)
	DB string
	// DBFile is a file that holds DB, for secrets that must not stand in an
	// environment. (-db-file, SOTHON_DB_FILE)
	DBFile string
	// Erasures is the file that keeps the orders of erasure and the numbers of
	// reports outside of the database: after a restore it tells which of them the
	// backup lacks. Servers that share a database share it too. Empty is
	// beside an SQLite database, as PATH.erasures, and none for MongoDB.
	// (-erasures, SOTHON_ERASURES)
	Erasures string
	// Listen is the address to serve on. (-listen, SOTHON_LISTEN)
	Listen string
	// TLSCert and TLSKey are PEM files. With both the server speaks HTTPS;
	// without, something before it must: phones need a secure context.
	// (-tls-cert, -tls-key, SOTHON_TLS_CERT, SOTHON_TLS_KEY)
	TLSCert, TLSKey string
	// Issuer names this server in tokens and signed notes. Changing it signs
	// everybody out. (-issuer, SOTHON_ISSUER)
	Issuer string
	// MinClient is the oldest app that is served, as 1.4.0; empty serves all.
	// (-min-client, SOTHON_MIN_CLIENT)
	MinClient string
	// Proxies are the networks whose X-Forwarded-For is believed, as
	// 127.0.0.0/8,10.0.0.0/8; empty believes nobody. Behind a proxy that is not
	// named here all phones count as one address when passwords are guessed.
	// (-proxies, SOTHON_PROXIES)
	Proxies string
	// MaxConnections bounds the connections open at once.
	// (-max-connections, SOTHON_MAX_CONNECTIONS)
	MaxConnections int
	// MaxRecords bounds the records kept folded in memory; about 0.4 KB each.
	// (-max-records, SOTHON_MAX_RECORDS)
	MaxRecords int
	// MaxPushed bounds what one person sends in a day, in KiB, a record being one
	// at least; 0 bounds nothing. Beyond it the person waits: see the ledger's disk.
	// (-max-pushed, SOTHON_MAX_PUSHED)
	MaxPushed int
	// Drain is how long a stopping server finishes what it accepted.
	// (-drain, SOTHON_DRAIN)
	Drain time.Duration
	// SMTP is the mail server that takes reports, as mail.example.vn:587; empty
	// sends no mail. (-smtp, SOTHON_SMTP)
	SMTP string
	// SMTPSecurity is starttls, tls, or none for a server on this machine.
	// (-smtp-security, SOTHON_SMTP_SECURITY)
	SMTPSecurity string
	// SMTPUser signs in there, with the password in the file SMTPPasswordFile;
	// empty signs nobody in.
	// (-smtp-user, -smtp-password-file, SOTHON_SMTP_USER, SOTHON_SMTP_PASSWORD_FILE)
	SMTPUser, SMTPPasswordFile string
	// MailFrom is the sender of reports, as "Xã Mẫu <baocao@example.vn>".
	// (-mail-from, SOTHON_MAIL_FROM)
	MailFrom string
	// Outbox is the folder below which recipients have their own folders;
	// empty delivers into none. (-outbox, SOTHON_OUTBOX)
	Outbox string
	// WebhookInside lists receivers of webhooks in the internal network, as
	// host:port with commas between: for them http and private addresses will
	// do. (-webhook-inside, SOTHON_WEBHOOK_INSIDE)
	WebhookInside string
	// PublicURL is where recipients reach this server to acknowledge a report,
	// as https://sothon.example.vn; empty sends no such link.
	// (-public-url, SOTHON_PUBLIC_URL)
	PublicURL string
	// LogLevel is debug, info, warn or error. (-log-level, SOTHON_LOG_LEVEL)
	LogLevel string
	// LogFormat is text or json; auto is text on a terminal, else json.
	// (-log-format, SOTHON_LOG_FORMAT)
	LogFormat string

	timeouts timeouts // no setting: a smaller one only helps tests
	demo     bool     // no setting: the demo command serves its own database, and no other command does
}

const defaultDB = "sqlite:./data/sothon.db"

// flagDB registers what every command with a database needs.
func (c *config) flagDB(f *flag.FlagSet) {
	f.StringVar(&c.DB, "db", defaultDB, "database: sqlite:PATH or mongodb://…")
	f.StringVar(&c.DBFile, "db-file", "", "file that holds the value of -db")
	f.StringVar(&c.Erasures, "erasures", "", "file that keeps the orders of erasure and the numbers of reports outside of the database; beside an SQLite database by default")
}

// flagLog registers how a command logs.
func (c *config) flagLog(f *flag.FlagSet, level string) {
	f.StringVar(&c.LogLevel, "log-level", level, "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", "auto", "text, json, or auto: text on a terminal")
}

// flagServer registers what a serving command needs beside.
func (c *config) flagServer(f *flag.FlagSet, listen string) {
	c.timeouts = standardTimeouts
	f.StringVar(&c.Listen, "listen", listen, "address to serve on")
	f.StringVar(&c.TLSCert, "tls-cert", "", "certificate, a PEM file")
	f.StringVar(&c.TLSKey, "tls-key", "", "the certificate's key, a PEM file")
	f.StringVar(&c.Issuer, "issuer", "sothon.local", "name of this server in tokens and signed notes")
	f.StringVar(&c.MinClient, "min-client", "", "oldest version of the app that is served")
	f.StringVar(&c.Proxies, "proxies", "", "networks whose X-Forwarded-For is believed, with commas between")
	f.IntVar(&c.MaxConnections, "max-connections", 4096, "connections open at once")
	f.IntVar(&c.MaxRecords, "max-records", 120_000, "records kept folded in memory")
	f.IntVar(&c.MaxPushed, "max-pushed", 200_000, "KiB that one person sends in a day, a record being one at least; 0: any")
	f.StringVar(&c.SMTP, "smtp", "", "mail server that takes reports, as mail.example.vn:587")
	f.StringVar(&c.SMTPSecurity, "smtp-security", "starttls", "starttls, tls, or none for a server on this machine")
	f.StringVar(&c.SMTPUser, "smtp-user", "", "who signs in at the mail server")
	f.StringVar(&c.SMTPPasswordFile, "smtp-password-file", "", "file that holds the password for the mail server")
	f.StringVar(&c.MailFrom, "mail-from", "", "sender of reports, as \"Xã Mẫu <baocao@example.vn>\"")
	f.StringVar(&c.Outbox, "outbox", "", "folder in which each recipient gets a folder")
	f.StringVar(&c.WebhookInside, "webhook-inside", "", "receivers of webhooks in the internal network, as host:port with commas between")
	f.StringVar(&c.PublicURL, "public-url", "", "where recipients reach this server, as https://sothon.example.vn")
	f.DurationVar(&c.Drain, "drain", 20*time.Second, "how long to finish what was accepted when stopping")
}

// parse reads a command's flags, and from the environment those that were not
// given. It takes no words behind the flags.
func (p *program) parse(f *flag.FlagSet, args []string) error {
	f.SetOutput(p.stderr)
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if f.NArg() > 0 {
		fmt.Fprintf(p.stderr, "sothon %s: %q is one word too many\n", f.Name(), f.Arg(0))
		return errUsage
	}
	given := map[string]bool{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	if given["db"] && given["db-file"] {
		return errors.New("-db and -db-file: want one of them")
	}
	// Either flag names the database, whatever the environment says of the other.
	given["db"], given["db-file"] = given["db"] || given["db-file"], given["db"] || given["db-file"]
	var err error
	f.VisitAll(func(g *flag.Flag) {
		name := "SOTHON_" + strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))
		value, ok := p.env(name)
		if ok && value != "" && !given[g.Name] {
			if e := g.Value.Set(value); e != nil && err == nil {
				err = fmt.Errorf("%s: %w", name, e)
			}
		}
	})
	return err
}

// parseAbout parses the flags of a command that is about something, which is
// named before, among or behind them.
func (p *program) parseAbout(f *flag.FlagSet, args []string) (about string, err error) {
	f.SetOutput(io.Discard) // p.parse says what is wrong
	if f.Parse(args) == nil && f.NArg() > 0 {
		about, args = f.Arg(0), f.Args()[1:]
	}
	return about, p.parse(f, args)
}

var (
	issuerForm  = regexp.MustCompile(`^[A-Za-z0-9.-]{1,100}$`)
	versionForm = regexp.MustCompile(`^([0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6})?$`)
)

// check refuses settings that cannot be meant. The error names the setting.
func (c *config) check() error {
	if err := c.checkDB(); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	if err := c.checkPost(); err != nil {
		return err
	}
	switch {
	case !issuerForm.MatchString(c.Issuer):
		return errors.New("-issuer: want a name of letters, digits, dots and hyphens, such as sothon.example.vn")
	case !versionForm.MatchString(c.MinClient):
		return errors.New("-min-client: want a version such as 1.4.0")
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("-tls-cert and -tls-key: want both or none")
	case c.TLSCert != "":
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			return fmt.Errorf("-tls-cert, -tls-key: %w", err)
		}
	}
	switch {
	case c.MaxConnections < 1:
		return errors.New("-max-connections: want 1 or more")
	case c.MaxRecords < 1000:
		return errors.New("-max-records: want 1000 or more")
	case c.MaxPushed != 0 && (c.MaxPushed < 10_000 || c.MaxPushed > 1_000_000_000): // a carry file is at most 8 MiB
		return errors.New("-max-pushed: want 0, or 10000 to 1000000000")
	case c.Drain < time.Second || c.Drain > time.Hour:
		return errors.New("-drain: want between 1s and 1h")
	}
	return nil
}

func (c *config) proxies() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range strings.FieldsFunc(c.Proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("-proxies: want networks such as 10.0.0.0/8: %w", err)
		}
		list = append(list, prefix)
	}
	return list, nil
}

// checkDB reads -db-file where there is one, and checks the form of -db.
func (c *config) checkDB() error {
	if c.DBFile != "" {
		b, err := os.ReadFile(c.DBFile)
		if err != nil {
			return fmt.Errorf("-db-file: %w", err)
		}
		c.DB = strings.TrimSpace(string(b))
	}
	if path, ok := strings.CutPrefix(c.DB, "sqlite:"); ok {
		if path == "" {
			return errors.New("-db: sqlite: needs a path, as sqlite:./data/sothon.db")
		}
		return nil
	}
	for _, scheme := range []string{"mongodb://", "mongodb+srv://"} {
		if rest, ok := strings.CutPrefix(c.DB, scheme); ok && rest != "" {
			return nil // the driver reads the rest
		}
	}
	// The value may hold a password: it is not repeated.
	return errors.New("-db: want sqlite:PATH, mongodb://… or mongodb+srv://…")
}
