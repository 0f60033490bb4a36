package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/store"
)

// Options of a runner. What has no default must be given.
type Options struct {
	Now      func() time.Time
	Random   io.Reader // as crypto/rand.Reader: two servers never draw the same, goroutines may share it
	Location *time.Location
	Server   string // names this server in the history
	Log      *slog.Logger

	// Jobs returns every job there is, or an error: one that is left out is
	// taken to be no longer wanted.
	Jobs func(ctx context.Context) ([]Job, error)

	Poll    time.Duration // how often to look for what changed; 0 is half a minute
	Skew    time.Duration // by how much the clocks of two servers may differ; 0 is half a minute
	Backoff time.Duration // until a failed try is repeated, doubling with each; 0 is a minute
	Keep    int64         // entries kept of each job; 0 is 500
}

const (
	defaultPoll    = 30 * time.Second
	defaultSkew    = 30 * time.Second
	defaultBackoff = time.Minute
	defaultKeep    = 500
)

// Runner does the jobs whose time has come, unless another server does.
type Runner struct {
	options Options
	chains  chains
	work    sync.WaitGroup

	mu   sync.Mutex
	busy map[string]bool // jobs that this runner advances just now

	logged map[string]bool // what was logged of jobs that cannot be run; only round touches it
	clocks *clocks
	watch  skew.Watch
	failed atomic.Int64 // see Failures
}

// New returns a runner over the documents that all servers share.
func New(documents store.Documents, o Options) *Runner {
	o.Poll = cmp.Or(o.Poll, defaultPoll)
	o.Skew = cmp.Or(o.Skew, defaultSkew)
	o.Backoff = cmp.Or(o.Backoff, defaultBackoff)
	o.Keep = cmp.Or(o.Keep, defaultKeep)
	return &Runner{
		options: o, chains: chains{entries: store.NewTable[entry](documents, collection), random: o.Random}, busy: map[string]bool{},
		clocks: &clocks{readings: store.NewTable[clockReading](documents, "clock"), server: o.Server, log: o.Log},
	}
}

// Run works until the context ends. Then running work is cancelled and
// waited for, and left to other servers where it was not done. Errors of the
// database are logged, and tried again.
func (r *Runner) Run(ctx context.Context) {
	defer r.work.Wait()
	for {
		wait, err := r.round(ctx)
		if err != nil {
			r.log(ctx, slog.LevelError, "scheduled work has stopped: the database does not answer", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// log logs a failure of the database, unless the server stops; that it is full is
// reported by [store.WatchSpace] alone, once a minute.
func (r *Runner) log(ctx context.Context, level slog.Level, text string, err error, more ...any) {
	if ctx.Err() == nil && !errors.Is(err, store.ErrFull) {
		r.options.Log.Log(ctx, level, text, append(more, "error", err)...)
	}
}

// Tick does one round and waits for all that is under way. It is for tests and
// simulations, and not to be mixed with Run.
func (r *Runner) Tick(ctx context.Context) error {
	_, err := r.round(ctx)
	r.work.Wait()
	return err
}

// round advances every job once, each in its own goroutine, and says
// how long to wait for the next.
func (r *Runner) round(ctx context.Context) (time.Duration, error) {
	if err := r.clocks.compare(ctx, r.options.Now().UTC()); err != nil {
		r.log(ctx, slog.LevelWarn, "clocks not compared", err)
	}
	all, err := r.options.Jobs(ctx)
	if err != nil {
		return r.options.Poll, fmt.Errorf("list the jobs: %w", err)
	}
	var jobs []Job
	listed, logged := make(map[string]bool, len(all)), map[string]bool{}
	for _, job := range all {
		err := job.complete()
		if err == nil && listed[job.Name] {
			err = fmt.Errorf("there are two jobs %s", job.Name)
		}
		listed[job.Name] = true
		if err == nil {
			jobs = append(jobs, job)
			continue
		}
		text := job.Name + ": " + err.Error()
		if logged[text] = true; !r.logged[text] {
			r.options.Log.ErrorContext(ctx, "job left out", "job", job.Name, "error", err)
		}
	}
	r.logged = logged
	if err := r.dropOthers(ctx, listed); err != nil {
		return r.options.Poll, fmt.Errorf("look for jobs no longer listed: %w", err)
	}
	wait, now := r.options.Poll, r.options.Now()
	for _, job := range jobs {
		r.start(ctx, job)
		if at, err := Next(job.Cron, now, r.options.Location); err == nil && !at.IsZero() {
			wait = min(wait, at.Sub(now))
		}
	}
	return wait, nil
}

// start advances a job, unless that goes on already.
func (r *Runner) start(ctx context.Context, job Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[job.Name] {
		return
	}
	r.busy[job.Name] = true
	r.work.Go(func() {
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.busy, job.Name)
		}()
		if err := r.advance(ctx, job); err != nil {
			r.log(ctx, slog.LevelError, "scheduled work has stopped", err, "job", job.Name)
		}
	})
}

// advance does all occurrences of a job whose time has come.
func (r *Runner) advance(ctx context.Context, job Job) error {
	for first := true; ctx.Err() == nil; first = false {
		held, then, err := r.step(ctx, job, first)
		if err != nil {
			return err
		}
		switch then {
		case pause:
			return nil
		case next:
		case work:
			if err := r.do(ctx, job, held); err != nil {
				return err
			}
		}
	}
	return nil
}
