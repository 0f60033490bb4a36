package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/store"
)

// clockReading is the last time that any server read from its clock, in its
// stored form. Each server reads it before it stores its own.
type clockReading struct {
	Server string      `json:"server"`
	At     time.Time   `json:"at"`
	Wrong  *WrongClock `json:"wrong,omitempty"` // the last one that was found
	// Leapt is when a reading last lay more than leap before or after the one
	// before it.
	Leapt time.Time `json:"leapt,omitzero"`
}

const (
	// leap is longer than servers are mostly switched off.
	leap = 7 * 24 * time.Hour
	// leapDoubted is how long operators have to set a clock.
	leapDoubted = 24 * time.Hour
)

// leaptLately reports whether a clock that reads now has leapt.
func (c *clockReading) leaptLately(now time.Time) bool {
	since := now.Sub(c.Leapt)
	return -skew.Tolerance <= since && since < leapDoubted
}

// clocks compares the clocks of the servers through the database.
type clocks struct {
	readings store.Table[clockReading]
	server   string
	log      *slog.Logger
	wrong    atomic.Int64 // times found ahead
	ahead    atomic.Int64 // by how much another server's clock was last seen ahead of this one: a duration
	warned   time.Time    // when a difference was last warned of; only compare touches it
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

// compare compares this server's clock with the last reading of any server. Where
// the clock has leapt, that is stored before anything is done by it.
func (c *clocks) compare(ctx context.Context, now time.Time) error {
	for {
		leapt, err := c.compareOnce(ctx, now)
		if !leapt || !errors.Is(err, store.ErrVersion) {
			return unlessFaster(err)
		}
	}
}

func (c *clocks) compareOnce(ctx context.Context, now time.Time) (leapt bool, err error) {
	last, err := c.readings.Get(ctx, clockID)
	if errors.Is(err, store.ErrNotFound) {
		_, err = c.readings.Add(ctx, clockID, clockReading{Server: c.server, At: now})
	}
	if err != nil || last.Version == 0 {
		return false, err
	}
	if w := last.Value.Wrong; w != nil && skew.Ahead(w.Found, now) {
		last.Value.Wrong = nil
	}
	// A reading is older than the look at it: what seems ahead is the clock.
	ahead := last.Value.At.Sub(now)
	if last.Value.Server != c.server {
		c.ahead.Store(int64(max(ahead, 0)))
	}
	switch {
	case ahead > skew.Harmless:
		last.Value.Wrong = c.found(ctx, last.Value.Server, ahead, now)
	case ahead > skew.Harmless/2:
		c.warn(ctx, last.Value.Server, ahead, now)
	}
	if leapt = ahead.Abs() > leap; leapt {
		c.log.WarnContext(ctx, "the clock lies more than a week from its last reading: no server ran meanwhile, or a clock is wrong. What is over by this clock is dropped a day from now at the earliest",
			"from", last.Value.At, "now", now.Format(time.RFC3339))
		last.Value.Leapt = now
	}
	last.Value.Server, last.Value.At = c.server, now
	_, err = c.readings.Replace(ctx, last)
	return leapt, err
}

// ClockLeapt reports whether a clock was lately found far from its last reading. It
// may be wrong: nothing that cannot be had back is to be dropped by it.
func (r *Runner) ClockLeapt(ctx context.Context) (bool, error) {
	last, err := r.clocks.readings.Get(ctx, clockID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	now := r.options.Now()
	// A reading that is far from now: the leap could not be stored, or another
	// server's reading took its place.
	return err == nil && (last.Value.leaptLately(now) || last.Value.At.Sub(now).Abs() > leap), err
}

// unlessFaster drops the error of a write that another server was faster with.
func unlessFaster(err error) error {
	if errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrVersion) {
		return nil
	}
	return err
}

// warn logs a difference that does no harm yet, once an hour.
func (c *clocks) warn(ctx context.Context, server string, by time.Duration, now time.Time) {
	if since := now.Sub(c.warned); 0 <= since && since < time.Hour {
		return
	}
	c.warned = now
	c.log.WarnContext(ctx, "another server's clock is ahead of this one's; beyond a minute each refuses the other's access tokens; set both by NTP",
		"server", server, "ahead", by.Round(time.Second), "now", now.Format(time.RFC3339))
}

// found logs and counts a wrong clock.
func (c *clocks) found(ctx context.Context, server string, by time.Duration, now time.Time) *WrongClock {
	c.wrong.Add(1)
	c.log.ErrorContext(ctx, "a stored time lies ahead: the clock of the server that stored it was ahead, or this server's is behind; set both by NTP. What is due by this server's clock is done",
		"server", server, "ahead", by.Round(time.Second), "now", now.Format(time.RFC3339))
	return &WrongClock{Server: server, Finder: c.server, Found: now, Ahead: by.Round(time.Second)}
}
