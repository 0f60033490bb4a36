package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/server/demo"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
)

// errDiffers is returned by a demo that was told to exit and whose figures are
// not the paper's.
var errDiffers = errors.New("not every figure is the paper's")

// demo starts a server on a free port, plays six years of a commune against
// it over HTTP, and compares what comes out with the commune's report.
func (p *program) demo(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	c := &config{}
	c.flagServer(f, "127.0.0.1:0")
	c.flagLog(f, "warn")
	f.StringVar(&c.DB, "db", "", "database to play into, an empty one: sqlite:PATH or mongodb://… (default a temporary file)")
	exit := f.Bool("exit", false, "stop afterwards: 0 if every figure is the paper's, else 1")
	asJSON := f.Bool("json", false, "print one JSON object instead of tables")
	seed := f.Uint64("seed", 1, "what decides the play")
	if err := p.parse(f, args); err != nil {
		return err
	}
	log, err := c.logger(p.stderr)
	if err != nil {
		return err
	}
	if c.DB == "" {
		dir, err := os.MkdirTemp("", "sothon-demo-")
		if err != nil {
			return fmt.Errorf("make a temporary store: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c.DB = "sqlite:" + filepath.Join(dir, "demo.db")
	}
	if err := p.mustBeEmpty(ctx, c); err != nil {
		return err
	}
	stays := false
	if c.Outbox == "" {
		if c.Outbox, err = os.MkdirTemp("", "sothon-report-"); err != nil {
			return fmt.Errorf("make the district's folder: %w", err)
		}
		defer func() {
			if !stays {
				_ = os.RemoveAll(c.Outbox)
			}
		}()
	}
	run, err := p.start(ctx, c, log)
	if err != nil {
		return err
	}
	stays = !*asJSON // what is delivered, to be looked at
	played, err := p.play(ctx, run, *seed, *asJSON)
	if err != nil || *exit {
		if err == nil && !played.Equal() {
			err = errDiffers
		}
		return errors.Join(err, run.stop())
	}
	invitation := p.stdout
	if *asJSON {
		invitation = p.stderr // the one object on stdout stays alone
	}
	invite(invitation, run, played)
	return run.wait(ctx)
}

// mustBeEmpty refuses a database with anything in it, before a server is
// started on it that would take up its work.
func (p *program) mustBeEmpty(ctx context.Context, c *config) error {
	if err := c.check(); err != nil {
		return err
	}
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	tables := accounts.New(db)
	units, err := tables.Units.List(ctx, "", "", 1)
	users, failed := tables.Users.List(ctx, "", "", 1)
	if err = errors.Join(err, failed, db.Close()); err == nil && len(units)+len(users) > 0 {
		err = errors.New("-db: the demo needs an empty database")
	}
	return err
}

func (p *program) play(ctx context.Context, run *instance, seed uint64, asJSON bool) (*demo.Result, error) {
	tables := accounts.New(run.db)
	password := rand.Text()
	if _, err := tables.AddUser(ctx, rand.Reader, p.now(), accounts.NewUser{
		Username: "admin", Password: password, Name: "Quản trị", Role: form.RoleAdmin,
	}); err != nil {
		return nil, fmt.Errorf("make the demo's admin: %w", err)
	}
	progress := p.stdout
	if asJSON {
		progress = io.Discard
	}
	played, err := demo.Play(ctx, demo.Target{
		URL: run.url(), Client: &http.Client{}, AdminUser: "admin", AdminPassword: password, Store: run.store, Now: p.now,
		Random: mathrand.New(mathrand.NewPCG(seed, 0)), //nolint:gosec // A play that can be played again, not a secret.
	}, progress)
	if err != nil {
		return nil, err
	}
	if asJSON {
		return played, json.NewEncoder(p.stdout).Encode(played)
	}
	fmt.Fprintln(p.stdout)
	if err := played.WriteTable(p.stdout); err != nil {
		return nil, err
	}
	return played, p.show(run, played)
}

// show prints where the delivered report lies, once it is seen to lie there.
func (p *program) show(run *instance, played *demo.Result) error {
	fmt.Fprintf(p.stdout, "\nReport %d/BC-UBND, as the district received it:\n", played.Issued.Number)
	for _, format := range archive.Formats {
		path := filepath.Join(run.config.Outbox, demo.Folder, played.Issued.Parcel, "report."+string(format))
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("the delivered report: %w", err)
		}
		fmt.Fprintf(p.stdout, "  %s\n", path)
	}
	return nil
}

// invite tells how to look around in what was played.
func invite(to io.Writer, run *instance, played *demo.Result) {
	fmt.Fprintf(to, "\nServing %s until you press Ctrl-C. Sign in as\n", run.url())
	for _, l := range played.Logins {
		fmt.Fprintf(to, "  %-12s %-24s %-10s %s\n", l.Username, l.Password, l.Role, l.Unit)
	}
}

// url is where the server can be reached from this machine.
func (run *instance) url() string {
	scheme := "http"
	if run.config.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + run.listener.Addr().String()
}
