package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/server/web"
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
	config *config
	now    func() time.Time
	log    *slog.Logger

	opened store.Backend // the database itself
	db     store.Backend // the same, watched for having room
	store  *store.Store
	office *jobs.Office
	lost   *lostErasures

	listener net.Listener
	http     *http.Server
	done     chan error

	jobs     sync.WaitGroup // scheduled work
	stopJobs context.CancelFunc
}

// start opens the database, brings the lists up to the ledgers, and serves.
func (p *program) start(ctx context.Context, c *config, log *slog.Logger) (_ *instance, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if _, set := p.env("GOGC"); !set {
		tuneGC()
	}
	run := &instance{config: c, now: p.now, log: log, done: make(chan error, 1)}
	if err := run.open(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, run.db.Close())
		}
	}()
	server, err := run.build(ctx)
	if err != nil {
		return nil, err
	}
	if err := run.listen(ctx, server); err != nil {
		return nil, err
	}
	run.work(ctx)
	go run.serve()
	return run, nil
}

// open opens the database, unless only the demo may serve it.
func (run *instance) open(ctx context.Context) error {
	err := retryDuringElection(ctx, run.log, func() (err error) {
		run.opened, err = run.config.open(ctx)
		return err
	})
	if err != nil {
		return err
	}
	marked, err := isDemo(ctx, run.opened)
	if err == nil && marked && !run.config.demo {
		err = errDemo
	}
	if err != nil {
		return errors.Join(err, run.opened.Close())
	}
	run.db = store.WatchSpace(run.opened, run.now, func(err error) {
		run.log.Error("the database has no room: free or add space on its disk. Until then nothing is stored; phones keep what they have, and send it again", "error", err)
	})
	return nil
}

// build puts together what answers requests, and prepares the database for it.
func (run *instance) build(ctx context.Context) (*api.Server, error) {
	c := run.config
	at, err := vietnam()
	if err != nil {
		return nil, err
	}
	metrics := operations.NewMetrics()
	recovery := c.recoveryFile()
	run.lost = &lostErasures{file: recovery, db: run.opened, now: run.now}
	w := wiring{now: run.now, at: at, log: run.log, maxRecords: c.MaxRecords, recovery: recovery, lost: run.lost}
	photos := w.files(run.db)
	run.store = w.store(run.db, photos, metrics)
	if run.office, err = w.office(run.store, photos, c); err != nil {
		return nil, err
	}
	metrics.ObserveOffice(run.office)
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	var server *api.Server
	err = retryDuringElection(ctx, run.log, func() (err error) {
		if err = run.store.BeginRecovery(ctx); err != nil {
			return err
		}
		if err = run.office.Schedules.Prepare(ctx); err != nil {
			return err
		}
		pace := gate.StandardPace
		pace.Now, pace.Most, pace.Answer = run.now, c.timeouts.body, c.timeouts.answer
		server, err = api.New(ctx, api.Config{
			Store: run.store, Now: run.now, Random: rand.Reader, Location: at, Log: run.log, Metrics: metrics, Office: run.office, Files: photos,
			Issuer: c.Issuer, MinClient: c.MinClient, Proxies: proxies, Pace: pace, HSTS: c.TLSCert != "", MaxPushed: c.MaxPushed,
		})
		return err
	})
	return server, err
}

// listen takes the address, and puts the apps beside the API.
func (run *instance) listen(ctx context.Context, server *api.Server) error {
	c := run.config
	handler, err := server.Handler()
	if err != nil {
		return err
	}
	if handler, err = web.Beside(handler); err != nil {
		return err
	}
	run.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	run.listener = netutil.LimitListener(run.listener, c.MaxConnections)
	run.http = &http.Server{
		Handler: handler, Protocols: protocols(), ReadHeaderTimeout: c.timeouts.header, ReadTimeout: c.timeouts.body,
		WriteTimeout: c.timeouts.answer, IdleTimeout: c.timeouts.idle, MaxHeaderBytes: maxHeader,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams}, ErrorLog: slog.NewLogLogger(run.log.Handler(), slog.LevelDebug),
	}
	run.http.RegisterOnShutdown(run.store.BeginClose)
	return nil
}

// work starts what goes on beside the requests, until stopJobs.
func (run *instance) work(ctx context.Context) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	run.stopJobs = stop
	run.jobs.Go(func() { run.office.Run(working) })
	run.jobs.Go(func() { recoverLists(working, run.store, run.log) })
	run.jobs.Go(func() { run.lost.watch(working, run.log) })
	run.jobs.Go(func() { run.config.recoveryFile().reportNumbers(working, run.opened, run.log) })
}

// serve answers requests until the server is shut down.
func (run *instance) serve() {
	if c := run.config; c.TLSCert != "" {
		run.done <- run.http.ServeTLS(run.listener, c.TLSCert, c.TLSKey)
	} else {
		run.done <- run.http.Serve(run.listener)
	}
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

// url is where the server can be reached from this machine.
func (run *instance) url() string {
	scheme := "http"
	if run.config.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + run.listener.Addr().String()
}
