package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
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

// compare compares this server's clock with the last reading of any server.
func (c *clocks) compare(ctx context.Context, now time.Time) error {
	last, err := c.readings.Get(ctx, clockID)
	if errors.Is(err, store.ErrNotFound) {
		_, err = c.readings.Add(ctx, clockID, clockReading{Server: c.server, At: now})
		return unlessFaster(err)
	}
	if err != nil {
		return err
	}
	if w := last.Value.Wrong; w != nil && clock.Ahead(w.Found, now) {
		last.Value.Wrong = nil
	}
	// A reading is older than the look at it: what seems ahead is the clock.
	ahead := last.Value.At.Sub(now)
	if last.Value.Server != c.server {
		c.ahead.Store(int64(max(ahead, 0)))
	}
	switch {
	case ahead > clock.Skew:
		last.Value.Wrong = c.found(ctx, last.Value.Server, ahead, now)
	case ahead > clock.Skew/2:
		c.warn(ctx, last.Value.Server, ahead, now)
	}
	last.Value.Server, last.Value.At = c.server, now
	_, err = c.readings.Replace(ctx, last)
	return unlessFaster(err)
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
