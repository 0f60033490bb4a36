package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// errLimit is why work was cancelled that took too long.
var errLimit = errors.New("the work took longer than it may")

// result is what a try came to.
type result struct {
	made string
	err  error
}

// do does the work of an occurrence whose lease was taken, and renews the lease
// meanwhile. It returns when the work does.
//
// One goroutine does the work, and this one alone writes the entry.
func (r *Runner) do(ctx context.Context, job Job, held store.Stored[entry]) error {
	working, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan result, 1)
	go r.try(working, job, held.Value.Occurrence.In(r.options.Location), results)

	// The lease is the holder's until it ends by the holder's clock.
	expiry := time.AfterFunc(held.Value.Lease.Sub(r.options.Now()), func() { cancel(errLost) })
	defer expiry.Stop()
	limit := time.AfterFunc(job.Limit, func() { cancel(errLimit) })
	defer limit.Stop()
	renewal := time.NewTicker(job.Lease / 3)
	defer renewal.Stop()
	for {
		select {
		case res := <-results:
			if cause := context.Cause(working); errors.Is(res.err, context.Canceled) && cause != nil {
				res.err = cause
			}
			return r.finish(ctx, job, held, res)
		case <-renewal.C:
			// Work that overran or was lost is not held on to, even if it does
			// not return. Work of a server that stops is, until it does.
			if cause := context.Cause(working); errors.Is(cause, errLimit) || errors.Is(cause, errLost) {
				continue
			}
			renewed, err := r.renew(ctx, job, held)
			switch {
			case err == nil:
				held = renewed
				expiry.Reset(held.Value.Lease.Sub(r.options.Now()))
			case errors.Is(err, errLost):
				cancel(errLost)
			default:
				r.log(ctx, slog.LevelWarn, "lease not renewed", err, "job", job.Name)
			}
		}
	}
}

func (r *Runner) renew(ctx context.Context, job Job, held store.Stored[entry]) (store.Stored[entry], error) {
	now := r.options.Now().UTC()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), held.Value.Lease.Sub(now))
	defer cancel()
	held.Value.Lease = now.Add(job.Lease)
	return r.chains.replace(ctx, held)
}

// try calls the job's function. It sends a result in any case, also where the
// function panics or ends its goroutine.
func (r *Runner) try(ctx context.Context, job Job, occurrence time.Time, results chan<- result) {
	res := result{err: errors.New("the work ended without a result")}
	defer func() {
		if v := recover(); v != nil {
			r.options.Log.ErrorContext(ctx, "panic", "job", job.Name, "value", v, "stack", string(debug.Stack()))
			res = result{err: fmt.Errorf("panic: %v", v)}
		}
		results <- res
	}()
	made, err := job.Do(ctx, occurrence)
	res = result{made, err}
}

// stopTimeout is how long a server that stops tries to write an outcome.
const stopTimeout = 10 * time.Second

// finish writes the outcome of a try, unless the entry is somebody else's by
// now. While the database fails it tries again, for as long as a lease lasts:
// work whose end was not written is done again.
func (r *Runner) finish(ctx context.Context, job Job, held store.Stored[entry], res result) error {
	now, stopped := r.options.Now().UTC(), ctx.Err() != nil
	e := &held.Value
	e.Ended, e.Lease, e.Made, e.Error = now, time.Time{}, bounded(res.made), ""
	if res.err != nil {
		e.Error = bounded(res.err.Error())
	}
	switch {
	case res.err == nil:
		e.Outcome = Done
	case stopped:
		// Not the work's fault: the try does not count, and another server may
		// take it up at once.
		e.Outcome, e.Retry = Waiting, now
		e.Attempt--
	case e.Attempt >= job.Attempts:
		e.Outcome = Failed
	default:
		e.Outcome, e.Retry = Waiting, now.Add(r.backoff(e.Attempt))
	}
	switch {
	case e.Outcome == Failed:
		r.reportGivenUp(ctx, e)
	case res.err != nil:
		r.options.Log.WarnContext(ctx, "scheduled work failed and will be tried again", "job", job.Name, "occurrence", e.Occurrence, "attempt", e.Attempt, "outcome", e.Outcome, "error", e.Error)
	}
	timeout := job.Lease
	if stopped {
		timeout = min(timeout, stopTimeout)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	for {
		stored, err := r.chains.replace(ctx, held)
		switch {
		case err == nil && stored.Value.Outcome == e.Outcome:
			if err := r.chains.prune(ctx, job.Name, e.Seq, r.options.Keep); err != nil {
				r.log(ctx, slog.LevelWarn, "old runs not deleted", err, "job", job.Name)
			}
			return nil
		case err == nil:
			// A renewal that seemed to fail went through after all.
			held.Version = stored.Version
			continue
		case errors.Is(err, errLost):
			return fmt.Errorf("write the outcome %s of %s: %w", e.Outcome, e.Occurrence.Format(time.RFC3339), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("write the outcome %s of %s: %w", e.Outcome, e.Occurrence.Format(time.RFC3339), err)
		case <-time.After(timeout / 20):
		}
	}
}
