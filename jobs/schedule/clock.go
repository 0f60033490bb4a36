package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sothon/sothon/jobs/clock"
	"github.com/sothon/sothon/sync/store"
)

// clockReading is the last time that any server read from its clock, in its
// stored form. Each server reads it before it stores its own.
type clockReading struct {
	Server string      `json:"server"`
	At     time.Time   `json:"at"`
	Wrong  *WrongClock `json:"wrong,omitempty"` // the last one that was found
}

// WrongClock says that a time was stored which lies ahead: the clock of the
// server that stored it was ahead, or that of the finder is behind.
type WrongClock struct {
	Server string        `json:"server"` // whose time it was
	Finder string        `json:"finder"`
	Found  time.Time     `json:"found"` // by the finder's clock
	Ahead  time.Duration `json:"ahead"`
}

const clockID = "last"

// readClock compares this server's clock with the last reading of any server.
func (r *Runner) readClock(ctx context.Context) error {
	now := r.Now().UTC()
	last, err := r.readings.Get(ctx, clockID)
	if errors.Is(err, store.ErrNotFound) {
		_, err = r.readings.Add(ctx, clockID, clockReading{Server: r.Server, At: now})
		return unlessFaster(err)
	}
	if err != nil {
		return err
	}
	if w := last.Value.Wrong; w != nil && clock.Ahead(w.Found, now) {
		last.Value.Wrong = nil
	}
	if clock.Ahead(last.Value.At, now) {
		last.Value.Wrong = r.wrongClock(ctx, last.Value.Server, last.Value.At.Sub(now), now)
	}
	last.Value.Server, last.Value.At = r.Server, now
	_, err = r.readings.Replace(ctx, last)
	return unlessFaster(err)
}

// unlessFaster drops the error of a write that another server was faster with.
func unlessFaster(err error) error {
	if errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrVersion) {
		return nil
	}
	return err
}

// wrongClock logs and counts a wrong clock.
func (r *Runner) wrongClock(ctx context.Context, server string, by time.Duration, now time.Time) *WrongClock {
	r.wrong.Add(1)
	r.Log.ErrorContext(ctx, "a stored time lies ahead: the clock of the server that stored it was ahead, or this server's is behind; set both by NTP. What is due by this server's clock is done",
		"server", server, "ahead", by.Round(time.Second), "now", now.Format(time.RFC3339))
	return &WrongClock{Server: server, Finder: r.Server, Found: now, Ahead: by.Round(time.Second)}
}

// rewind continues the chain of a job whose last entry lies ahead: after its
// last occurrence that does not, or from now.
func (r *Runner) rewind(ctx context.Context, job Job, last entry, now time.Time) error {
	since, err := r.lastUntil(ctx, job, now)
	if err != nil {
		return err
	}
	_, added, err := r.add(ctx, entry{
		Run: Run{Job: job.Name, Occurrence: since, Outcome: seen, Started: now}, Seq: last.Seq + 1, Cron: job.Cron,
	})
	if err != nil || !added {
		return err
	}
	wrong := r.wrongClock(ctx, last.Server, last.Occurrence.Sub(now), now)
	_, err = r.readings.Update(ctx, clockID, func(c *clockReading) error {
		c.Wrong = wrong
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// lastUntil finds the last occurrence of a job, under its cron line, that lies
// not after now; now where the chain has none.
func (r *Runner) lastUntil(ctx context.Context, job Job, now time.Time) (time.Time, error) {
	list, err := r.entries.AllOf(ctx, job.Name+"/")
	if err != nil {
		return now, fmt.Errorf("list the runs of %s: %w", job.Name, err)
	}
	for _, e := range list {
		if e.Value.Cron != job.Cron || e.Value.Outcome == dropped {
			break
		}
		if !e.Value.Occurrence.After(now) {
			return e.Value.Occurrence, nil
		}
	}
	return now, nil
}
