package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/server/web"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// timeouts is how long a server waits for clients that may be slow on purpose.
type timeouts struct{ header, body, answer, idle time.Duration }

// standardTimeouts lets a body of 1 MiB over a very slow line still through.
var standardTimeouts = timeouts{
	header: 10 * time.Second,
	body:   gate.StandardPace.Most,
	answer: gate.StandardPace.Answer, // longer than a long poll
	idle:   2 * time.Minute,
}

const (
	maxHeader  = 16 << 10
	maxStreams = 32 // requests at once on a connection: a desk's page asks for a few
)

// instance is one running server.
type instance struct {
	config   *config
	log      *slog.Logger
	db       store.Backend
	store    *store.Store
	listener net.Listener
	http     *http.Server
	done     chan error
	office   *jobs.Office
	jobs     sync.WaitGroup // scheduled work
	stopJobs context.CancelFunc
}

// serve is the command that runs until it is asked to stop.
func (p *program) serve(ctx context.Context, args []string) (err error) {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	c.flagServer(f, ":8080")
	c.flagLog(f, "info")
	if err := p.parse(f, args); err != nil {
		return err
	}
	log, err := c.logger(p.stderr)
	if err != nil {
		return err
	}
	stopped, err := p.profile()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopped()) }()
	run, err := p.start(ctx, c, log)
	if err != nil {
		return err
	}
	if err := p.firstAdmin(ctx, run); err != nil {
		return errors.Join(err, run.stop())
	}
	log.Info("serving", "address", run.listener.Addr().String(), "version", version())
	return run.wait(ctx)
}

// start opens the database, brings the lists up to the ledgers, and serves.
func (p *program) start(ctx context.Context, c *config, log *slog.Logger) (_ *instance, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if _, set := p.env("GOGC"); !set {
		tuneGC()
	}
	at, err := vietnam()
	if err != nil {
		return nil, err
	}
	run := &instance{config: c, log: log, done: make(chan error, 1)}
	err = retryDuringElection(ctx, log, func() (err error) {
		run.db, err = c.open(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, run.db.Close())
		}
	}()
	if marked, err := isDemo(ctx, run.db); err != nil {
		return nil, err
	} else if marked && !c.demo {
		return nil, errDemo
	}
	ledgers := run.db
	run.db = store.WatchRoom(run.db, p.now, func(err error) {
		log.Error("the database has no room: free or add space on its disk. Until then nothing is stored; phones keep what they have, and send it again", "error", err)
	})
	metrics := operations.NewMetrics()
	photos := p.newFiles(run.db, at)
	run.store = p.newStore(run.db, photos, c, at, log, metrics)
	if run.office, err = p.newOffice(run.store, photos, c, at, log); err != nil {
		return nil, err
	}
	metrics.ObserveOffice(run.office)
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	var server *api.Server
	err = retryDuringElection(ctx, log, func() (err error) {
		if err = run.store.BeginRecovery(ctx); err != nil {
			return err
		}
		if err = run.office.Schedules.Prepare(ctx); err != nil {
			return err
		}
		pace := gate.StandardPace
		pace.Now, pace.Most, pace.Answer = p.now, c.timeouts.body, c.timeouts.answer
		server, err = api.New(ctx, api.Config{
			Store: run.store, Now: p.now, Random: rand.Reader, Location: at, Log: log, Metrics: metrics, Office: run.office, Files: photos,
			Issuer: c.Issuer, MinClient: c.MinClient, Proxies: proxies, Pace: pace, HSTS: c.TLSCert != "",
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	handler, err := server.Handler()
	if err != nil {
		return nil, err
	}
	if handler, err = web.Beside(handler); err != nil {
		return nil, err
	}
	run.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	run.listener = netutil.LimitListener(run.listener, c.MaxConnections)
	run.http = &http.Server{
		Handler: handler, Protocols: protocols(), ReadHeaderTimeout: c.timeouts.header, ReadTimeout: c.timeouts.body,
		WriteTimeout: c.timeouts.answer, IdleTimeout: c.timeouts.idle, MaxHeaderBytes: maxHeader,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams}, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	run.http.RegisterOnShutdown(run.store.BeginClose)
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	run.stopJobs = stop
	run.jobs.Go(func() { run.office.Run(working) })
	run.jobs.Go(func() { recoverLists(working, run.store, log) })
	run.jobs.Go(func() { c.orders().report(working, ledgers, log) })
	go func() {
		if c.TLSCert != "" {
			run.done <- run.http.ServeTLS(run.listener, c.TLSCert, c.TLSKey)
		} else {
			run.done <- run.http.Serve(run.listener)
		}
	}()
	return run, nil
}

// protocols are HTTP/1.1 and HTTP/2, the latter also without TLS for a proxy
// that speaks it. With HTTP/2 a phone sends its token once a connection, and
// asking whether there is anything new costs about a hundred bytes.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// wait serves until ctx ends or serving fails, and stops.
func (run *instance) wait(ctx context.Context) error {
	select {
	case err := <-run.done:
		return errors.Join(err, run.stop())
	case <-ctx.Done():
		run.log.Info("stopping")
		return run.stop()
	}
}

// stop takes no more requests, finishes those that were accepted, commits and
// projects what they brought, and closes the database.
func (run *instance) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), run.config.Drain)
	defer cancel()
	run.stopJobs()
	err := run.http.Shutdown(ctx)
	run.jobs.Wait()
	// What was accepted has its own time, however long the clients took.
	ctx, cancelled := context.WithTimeout(context.Background(), run.config.Drain)
	defer cancelled()
	return errors.Join(err, run.store.Close(ctx), run.db.Close())
}

// firstAdmin makes an account for a server that no admin looks
// after, and prints its password this one time.
func (p *program) firstAdmin(ctx context.Context, run *instance) error {
	tables := accounts.New(run.db)
	if found, err := hasAdmin(ctx, tables); err != nil || found {
		return err
	}
	password := rand.Text()
	_, err := tables.AddUser(ctx, rand.Reader, p.now(), accounts.NewUser{
		Username: "admin", Password: password, Name: "Quản trị", Role: form.RoleAdmin,
	})
	if refused, ok := errors.AsType[*accounts.Error](err); ok && refused.Code == accounts.CodeTaken {
		// By another server that was first, or by somebody who is no admin.
		found, err := hasAdmin(ctx, tables)
		if err == nil && !found {
			run.log.Warn("no admin looks after this server, and the name admin is taken: make another by user add -role admin")
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("make the first account: %w", err)
	}
	_, err = fmt.Fprintf(p.stdout, "The first account, shown this once: admin / %s\n", password)
	return err
}

// hasAdmin reports whether there is an admin who can sign in.
func hasAdmin(ctx context.Context, tables accounts.Accounts) (bool, error) {
	users, err := tables.Users.All(ctx)
	return slices.ContainsFunc(users, func(u store.Stored[accounts.User]) bool {
		return u.Value.Role == form.RoleAdmin && !u.Value.Disabled
	}), err
}
