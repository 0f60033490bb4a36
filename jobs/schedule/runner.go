package schedule

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

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
	Options

	entries store.Table[entry]
	work    sync.WaitGroup

	mu   sync.Mutex
	busy map[string]bool // jobs that this runner looks after just now

	told map[string]bool // what was said of jobs that cannot be run; only round touches it
}

// New returns a runner over the documents that all servers share.
func New(documents store.Documents, o Options) *Runner {
	o.Poll = cmp.Or(o.Poll, defaultPoll)
	o.Skew = cmp.Or(o.Skew, defaultSkew)
	o.Backoff = cmp.Or(o.Backoff, defaultBackoff)
	o.Keep = cmp.Or(o.Keep, defaultKeep)
	return &Runner{Options: o, entries: store.NewTable[entry](documents, collection), busy: map[string]bool{}}
}

// Run works until the context ends. Then what is under way is cancelled and
// waited for, and left to other servers where it was not done. Errors of the
// database are logged, and tried again.
func (r *Runner) Run(ctx context.Context) {
	defer r.work.Wait()
	for {
		pause, err := r.round(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "jobs not looked after", "error", err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Tick does one round and waits for all that is under way. It is for tests and
// simulations, and not to be mixed with Run.
func (r *Runner) Tick(ctx context.Context) error {
	_, err := r.round(ctx)
	r.work.Wait()
	return err
}

// round looks after every job once, each in a goroutine of its own, and says
// how long to wait for the next.
func (r *Runner) round(ctx context.Context) (time.Duration, error) {
	all, err := r.Jobs(ctx)
	if err != nil {
		return r.Poll, fmt.Errorf("list the jobs: %w", err)
	}
	var jobs []Job
	listed, told := make(map[string]bool, len(all)), map[string]bool{}
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
		if told[text] = true; !r.told[text] {
			r.Log.ErrorContext(ctx, "job left out", "job", job.Name, "error", err)
		}
	}
	r.told = told
	if err := r.dropOthers(ctx, listed); err != nil {
		return r.Poll, fmt.Errorf("look for jobs no longer listed: %w", err)
	}
	pause, now := r.Poll, r.Now()
	for _, job := range jobs {
		r.start(ctx, job)
		if at, err := Next(job.Cron, now, r.Location); err == nil && !at.IsZero() {
			pause = min(pause, at.Sub(now))
		}
	}
	return pause, nil
}

// start looks after a job, unless that goes on already.
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
		if err := r.attend(ctx, job); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "job not looked after", "job", job.Name, "error", err)
		}
	})
}

// attend does all occurrences of a job whose time has come.
func (r *Runner) attend(ctx context.Context, job Job) error {
	for first := true; ctx.Err() == nil; first = false {
		held, what, err := r.step(ctx, job, first)
		if err != nil {
			return err
		}
		switch what {
		case rest:
			return nil
		case goOn:
		case do:
			if err := r.do(ctx, job, held); err != nil {
				return err
			}
		}
	}
	return nil
}
