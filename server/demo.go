package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/server/demo"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// errDiffers is returned by a demo that was asked to exit and whose figures are
// not the paper's.
var errDiffers = errors.New("not every figure is the paper's")

// demoCommand plays six years of a commune.
type demoCommand struct{ *program }

// run starts a server on a free port, plays six years of a commune against
// it over HTTP, and compares what comes out with the commune's report.
func (p *demoCommand) run(ctx context.Context, args []string) error {
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
	played, err := p.takeDatabase(ctx, c)
	if err != nil {
		return err
	}
	if played {
		if *exit || *asJSON {
			return errPlayed
		}
		return p.reopen(ctx, c, log)
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
	result, err := p.play(ctx, run, *seed, *asJSON)
	if err != nil || *exit {
		if err == nil && !result.Equal() {
			err = errDiffers
		}
		return errors.Join(err, run.stop())
	}
	invitation := p.stdout
	if *asJSON {
		invitation = p.stderr // the one object on stdout stays alone
	}
	invite(invitation, run, result.Logins)
	return run.wait(ctx)
}

// The demo's passwords are printed and known to everybody, so a database holds
// this document from before the first of them is stored in it. A database with
// it is served by the demo command alone.
const (
	markCollection = "marks"
	markDemo       = "demo"
)

// errPlayed is returned for a database in which the demo was played already.
var errPlayed = errors.New("-db: the demo was played in this database before; without -exit and -json it is served again")

// errDemo is returned where a demo's database is to be served for real use.
var errDemo = errors.New("-db: this is the demo's database, whose passwords are known; serve it with the demo command, or give an empty one")

// isDemo reports whether a database is the demo's.
func isDemo(ctx context.Context, db store.Backend) (bool, error) {
	_, err := db.Get(ctx, markCollection, markDemo)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// takeDatabase makes an empty database the demo's, before a server is started
// on it. It reports whether it was the demo's already, and refuses any other
// with something in it.
func (p *demoCommand) takeDatabase(ctx context.Context, c *config) (played bool, err error) {
	c.demo = true
	if err := c.check(); err != nil {
		return false, err
	}
	db, err := c.open(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if played, err = isDemo(ctx, db); err != nil || played {
		return played, err
	}
	// The mark comes first: a server for real use that makes its first account
	// meanwhile sees the mark, or is seen here.
	if err := db.Add(ctx, markCollection, store.Document{ID: markDemo, Body: []byte(`{}`)}); err != nil {
		return false, err
	}
	tables := accounts.New(db)
	units, err1 := tables.Units.List(ctx, "", "", 1)
	users, err2 := tables.Users.List(ctx, "", "", 1)
	err = errors.Join(err1, err2)
	if err == nil && len(units)+len(users) > 0 {
		err = errors.New("-db: the demo needs an empty database")
	}
	if err != nil {
		err = errors.Join(err, db.Delete(ctx, markCollection, markDemo))
	}
	return false, err
}

// reopen serves what was played before.
func (p *demoCommand) reopen(ctx context.Context, c *config, log *slog.Logger) error {
	run, err := p.start(ctx, c, log)
	if err != nil {
		return err
	}
	users, err := accounts.New(run.db).Users.All(ctx)
	if err != nil {
		return errors.Join(err, run.stop())
	}
	var logins []demo.Login
	for _, u := range users {
		if u.Value.Role != form.RoleAdmin && len(u.Value.Units) > 0 {
			logins = append(logins, demo.Login{Username: u.Value.Username, Password: demo.Password, Role: u.Value.Role, Unit: u.Value.Units[0]})
		}
	}
	slices.SortFunc(logins, func(a, b demo.Login) int { return strings.Compare(a.Username, b.Username) })
	invite(p.stdout, run, logins)
	return run.wait(ctx)
}

func (p *demoCommand) play(ctx context.Context, run *instance, seed uint64, asJSON bool) (*demo.Result, error) {
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
func (p *demoCommand) show(run *instance, played *demo.Result) error {
	fmt.Fprintf(p.stdout, "\nReport %d/BC-UBND, as the district received it:\n", played.Issued.Number)
	for _, format := range archive.Formats {
		found, err := filepath.Glob(filepath.Join(run.config.Outbox, demo.Folder, played.Issued.Parcel, "BC-*."+string(format)))
		if err != nil {
			return fmt.Errorf("the delivered report: %w", err)
		}
		if len(found) != 1 {
			return fmt.Errorf("the delivered report: %d files as %s", len(found), format)
		}
		fmt.Fprintf(p.stdout, "  %s\n", found[0])
	}
	return nil
}

// invite prints how to look around in what was played: villages on the phone's
// app, everybody else at the desk.
func invite(to io.Writer, run *instance, logins []demo.Login) {
	fmt.Fprintf(to, "\nServing %s until you press Ctrl-C.\n", run.url())
	for _, app := range []struct {
		title, path string
		phone       bool
	}{{"The phone's app", "/m/", true}, {"The review desk", "/desk/", false}} {
		fmt.Fprintf(to, "\n%s: %s%s, to sign in as\n", app.title, run.url(), app.path)
		for _, l := range logins {
			if (l.Role == form.RoleCollector) == app.phone {
				fmt.Fprintf(to, "  %-16s %-16s %-10s %s\n", l.Username, l.Password, l.Role, l.Unit)
			}
		}
	}
}
