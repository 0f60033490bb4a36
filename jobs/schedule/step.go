package schedule

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sothon/sothon/jobs/internal/clock"
	"github.com/sothon/sothon/sync/store"
)

// action is what follows a step.
type action int

const (
	pause action = iota // nothing, for now
	next                // the next step
	work                // the work whose lease was taken
)

// errLost says that the entry belongs to somebody else by now.
var errLost = errors.New("the lease was lost to another server")

// step brings a job's chain forward by one entry, or by one change to its
// newest. The job may have been edited since it was listed; only the first step
// after that believes its cron line against the chain's.
func (r *Runner) step(ctx context.Context, job Job, first bool) (store.Stored[entry], action, error) {
	newest, found, err := newest(ctx, r.entries, job.Name)
	if err != nil {
		return newest, pause, err
	}
	last, now := newest.Value, r.options.Now().UTC()
	switch {
	case found && !last.finished():
		return r.resume(ctx, job, newest, now)
	case found && clock.Ahead(last.Occurrence, now):
		return newest, pause, r.rewind(ctx, job, last, now)
	case !found || last.Outcome == dropped || last.Cron != job.Cron:
		if found && !first {
			return newest, pause, nil
		}
		_, _, err := r.add(ctx, mark(seen, job.Name, job.Cron, last, now))
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
	held, won, err := r.add(ctx, entry{
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
	if last.Occurrence.After(now) && !clock.Ahead(last.Occurrence, now) {
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
	case e.Attempt < job.Attempts && !clock.Ahead(e.Occurrence, now):
		e.Attempt++
		e.Started, e.Ended, e.Retry, e.Lease = now, time.Time{}, time.Time{}, now.Add(job.Lease)
		e.Outcome, e.Server = Running, r.options.Server
	default:
		r.giveUp(e, now)
		then = next
	}
	held, err := r.take(ctx, s)
	if errors.Is(err, errLost) {
		return s, pause, nil
	}
	return held, then, err
}

// held reports whether nobody may take up an occurrence yet: its lease has not
// run out by anybody's clock, or it waits to be tried again. A time that no
// right clock can have stored does not count (see package clock).
func (r *Runner) held(s store.Stored[entry], lease time.Duration, now time.Time) bool {
	e := &s.Value
	if e.Outcome == Waiting {
		return now.Before(e.Retry) && !clock.Ahead(e.Retry, now.Add(r.backoff(mostAttempts)))
	}
	return !r.watch.Over(s.ID, s.Version, e.Lease.Add(r.options.Skew), lease+r.options.Skew, now)
}

// mostAttempts is more than any job has.
const mostAttempts = 100

// giveUp ends an occurrence that nobody works on.
func (r *Runner) giveUp(e *entry, now time.Time) {
	if e.Outcome == Waiting {
		e.Outcome = Failed
	} else {
		e.Outcome, e.Error, e.Ended = Abandoned, "its server did not answer any more", now
	}
	e.Lease, e.Retry = time.Time{}, time.Time{}
}

// dropOthers marks the chains of jobs that are not listed, so that a job that
// comes back begins from then.
func (r *Runner) dropOthers(ctx context.Context, listed map[string]bool) error {
	chains, err := r.chains(ctx)
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
			if _, _, err := r.add(ctx, mark(dropped, e.Job, e.Cron, *e, now)); err != nil {
				return err
			}
		default:
			e.Outcome, e.Error, e.Ended, e.Lease, e.Retry = Abandoned, "the job is no longer listed", now, time.Time{}, time.Time{}
			if _, err := r.take(ctx, *s); err != nil && !errors.Is(err, errLost) {
				return err
			}
		}
	}
	return nil
}

// add appends an entry to its chain, and reports whether it did: another server
// may have been faster.
func (r *Runner) add(ctx context.Context, e entry) (store.Stored[entry], bool, error) {
	if err := r.sign(&e); err != nil {
		return store.Stored[entry]{}, false, err
	}
	id := entryID(e.Job, e.Seq)
	s, err := r.entries.Add(ctx, id, e)
	switch {
	case err == nil:
		return s, true, nil // Committed: the occurrence is this server's.
	case errors.Is(err, store.ErrTaken):
		return s, false, nil
	}
	// It may have been added though it failed. Where that cannot be known, the
	// lease runs out.
	if stored, getErr := r.entries.Get(ctx, id); getErr == nil && stored.Value.Token == e.Token {
		return stored, true, nil
	}
	return s, false, fmt.Errorf("add an entry of job %s: %w", e.Job, err)
}

// take replaces an entry in this server's name, or fails with errLost.
func (r *Runner) take(ctx context.Context, s store.Stored[entry]) (store.Stored[entry], error) {
	if err := r.sign(&s.Value); err != nil {
		return s, err
	}
	return r.replace(ctx, s)
}

// replace stores an entry over the version that was read. It returns what is
// stored then: where the outcome of an earlier write of this server was
// unknown, that may be what that one wrote. It fails with errLost if the
// entry is another server's by now; after any other error, what s says may or
// may not be stored.
func (r *Runner) replace(ctx context.Context, s store.Stored[entry]) (store.Stored[entry], error) {
	stored, err := r.entries.Replace(ctx, s)
	if err == nil {
		return stored, nil
	}
	now, getErr := r.entries.Get(ctx, s.ID)
	switch {
	case errors.Is(getErr, store.ErrNotFound), getErr == nil && now.Value.Token != s.Value.Token && now.Version > s.Version:
		return s, errLost
	case getErr == nil && now.Version > s.Version:
		return now, nil
	}
	return s, fmt.Errorf("change an entry of job %s: %w", s.Value.Job, err)
}

// sign makes an entry recognisable as written by this server.
func (r *Runner) sign(e *entry) error {
	var token [16]byte
	if _, err := io.ReadFull(r.options.Random, token[:]); err != nil {
		return fmt.Errorf("draw a token: %w", err)
	}
	e.Token = hex.EncodeToString(token[:])
	return nil
}
