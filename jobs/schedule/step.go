package schedule

import (
	"context"
	"errors"
	"time"

	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/store"
)

// action is what follows a step.
type action int

const (
	pause action = iota // nothing, for now
	next                // the next step
	work                // the work whose lease was taken
)

// step brings a job's chain forward by one entry, or by one change to its
// newest. The job may have been edited since it was listed; only the first step
// after that believes its cron line against the chain's.
func (r *Runner) step(ctx context.Context, job Job, first bool) (store.Stored[entry], action, error) {
	newest, found, err := r.chains.newest(ctx, job.Name)
	if err != nil {
		return newest, pause, err
	}
	last, now := newest.Value, r.options.Now().UTC()
	switch {
	case found && !last.finished():
		return r.resume(ctx, job, newest, now)
	case found && skew.Ahead(last.Occurrence, now):
		return newest, pause, r.rewind(ctx, job, last, now)
	case !found || last.Outcome == dropped || last.Cron != job.Cron:
		if found && !first {
			return newest, pause, nil
		}
		_, _, err := r.chains.add(ctx, mark(seen, job.Name, job.Cron, last, now))
		return newest, pause, err
	}
	s, err := parse(job.Cron)
	if err != nil {
		return newest, pause, err
	}
	most := 1
	if job.CatchUp == All {
		most = mostMissed
	}
	due := missed(s, last.Occurrence.In(r.options.Location), now.In(r.options.Location), most)
	if len(due) == 0 {
		return newest, pause, nil
	}
	held, won, err := r.chains.add(ctx, entry{
		Run: Run{
			Job: job.Name, Occurrence: due[0].UTC(), Outcome: Running, Attempt: 1,
			Server: r.options.Server, Started: now, Lease: now.Add(job.Lease),
		},
		Seq: last.Seq + 1, Cron: job.Cron,
	})
	if err != nil || !won {
		return held, pause, err
	}
	return held, work, nil
}

// mark says that a job begins or ends now, but not before what was done of it:
// the clock of the server that did it may be a little ahead.
func mark(outcome Outcome, job, cron string, last entry, now time.Time) entry {
	if last.Occurrence.After(now) && !skew.Ahead(last.Occurrence, now) {
		now = last.Occurrence
	}
	return entry{Run: Run{Job: job, Occurrence: now, Outcome: outcome, Started: now}, Seq: last.Seq + 1, Cron: cron}
}

// resume takes up an occurrence that was begun, when it is time for that.
func (r *Runner) resume(ctx context.Context, job Job, s store.Stored[entry], now time.Time) (store.Stored[entry], action, error) {
	e := &s.Value
	then := work
	switch {
	case r.held(s, job.Lease, now):
		return s, pause, nil
	case e.Attempt < job.Attempts && !skew.Ahead(e.Occurrence, now):
		e.Attempt++
		e.Started, e.Ended, e.Retry, e.Lease = now, time.Time{}, time.Time{}, now.Add(job.Lease)
		e.Outcome, e.Server = Running, r.options.Server
	default:
		r.giveUp(e, now)
		then = next
	}
	held, err := r.chains.take(ctx, s)
	if errors.Is(err, errLost) {
		return s, pause, nil
	}
	if err == nil && then == next {
		r.reportGivenUp(ctx, &held.Value)
	}
	return held, then, err
}

// held reports whether nobody may take up an occurrence yet: its lease has not
// run out by anybody's clock, or it waits to be tried again. A time that no
// right clock can have stored does not count (see package skew).
func (r *Runner) held(s store.Stored[entry], lease time.Duration, now time.Time) bool {
	e := &s.Value
	if e.Outcome == Waiting {
		return now.Before(e.Retry) && !skew.Ahead(e.Retry, now.Add(r.backoff(mostAttempts)))
	}
	return !r.watch.Over(s.ID, s.Version, e.Lease.Add(r.options.Skew), lease+r.options.Skew, now)
}

// mostAttempts is more than any job has.
const mostAttempts = 100

// backoff is how long to wait after a failed try.
func (r *Runner) backoff(attempt int) time.Duration {
	const mostDoublings = 6
	return r.options.Backoff << max(0, min(attempt-1, mostDoublings))
}

// giveUp ends an occurrence that nobody works on.
func (r *Runner) giveUp(e *entry, now time.Time) {
	if e.Outcome == Waiting {
		e.Outcome = Failed
	} else {
		e.Outcome, e.Error, e.Ended = Abandoned, "its server did not answer any more", now
	}
	e.Lease, e.Retry = time.Time{}, time.Time{}
}

// reportGivenUp logs and counts an occurrence that is given up for good.
func (r *Runner) reportGivenUp(ctx context.Context, e *entry) {
	r.failed.Add(1)
	r.options.Log.ErrorContext(ctx, "scheduled work failed and is given up for this time: fix what the error names; the work is done again at its next time",
		"job", e.Job, "occurrence", e.Occurrence, "attempt", e.Attempt, "outcome", e.Outcome, "error", e.Error)
}

// dropOthers marks the chains of jobs that are not listed, so that a job that
// comes back begins from then.
func (r *Runner) dropOthers(ctx context.Context, listed map[string]bool) error {
	chains, err := r.chains.all(ctx)
	if err != nil {
		return err
	}
	now := r.options.Now().UTC()
	for i := range chains {
		s := &chains[i]
		e := &s.Value
		switch {
		case listed[e.Job] || e.Outcome == dropped || e.Outcome == Running && r.held(*s, defaultLimit, now):
		case e.finished():
			if _, _, err := r.chains.add(ctx, mark(dropped, e.Job, e.Cron, *e, now)); err != nil {
				return err
			}
		default:
			e.Outcome, e.Error, e.Ended, e.Lease, e.Retry = Abandoned, "the job is no longer listed", now, time.Time{}, time.Time{}
			if _, err := r.chains.take(ctx, *s); err != nil && !errors.Is(err, errLost) {
				return err
			}
		}
	}
	return nil
}

// rewind continues the chain of a job whose last entry lies ahead: after its
// last occurrence that does not, or from now.
func (r *Runner) rewind(ctx context.Context, job Job, last entry, now time.Time) error {
	since, err := r.chains.lastUntil(ctx, job, now)
	if err != nil {
		return err
	}
	_, added, err := r.chains.add(ctx, entry{
		Run: Run{Job: job.Name, Occurrence: since, Outcome: seen, Started: now}, Seq: last.Seq + 1, Cron: job.Cron,
	})
	if err != nil || !added {
		return err
	}
	wrong := r.clocks.found(ctx, last.Server, last.Occurrence.Sub(now), now)
	_, err = r.clocks.readings.Update(ctx, clockID, func(c *clockReading) error {
		c.Wrong = wrong
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
