package schedule

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// chains are the stored entries of all jobs. A job's chain grows by one entry at
// a time: inserting it is how a server takes an occurrence.
type chains struct {
	entries store.Table[entry]
	random  io.Reader
}

// entry is a link of a job's chain in its stored form.
type entry struct {
	Run

	Seq   int64  `json:"seq"` // from 1, without gaps except what was pruned
	Cron  string `json:"cron"`
	Token string `json:"token"` // drawn by its last writer, who recognises it by this
}

// finished reports whether an entry asks for nothing more.
func (e *entry) finished() bool { return e.Outcome != Running && e.Outcome != Waiting }

// isMark reports whether an entry is no run.
func (e *entry) isMark() bool { return e.Outcome == seen || e.Outcome == dropped }

// collection keeps the chains.
const collection = "job-runs"

// lastSeq is subtracted from: ids fall, so that a list begins with the newest.
const lastSeq = 999_999_999_999

func entryID(job string, seq int64) string { return fmt.Sprintf("%s/%012d", job, lastSeq-seq) }

// newest returns the last entry of a job's chain, if it has one.
func (c *chains) newest(ctx context.Context, job string) (e store.Stored[entry], found bool, err error) {
	list, err := c.entries.List(ctx, job+"/", "", 1)
	if err != nil || len(list) == 0 {
		return e, false, err
	}
	return list[0], true, nil
}

// all returns the last entry of every chain there is.
func (c *chains) all(ctx context.Context) ([]store.Stored[entry], error) {
	var all []store.Stored[entry]
	for after := ""; ; {
		list, err := c.entries.List(ctx, "", after, 1)
		if err != nil || len(list) == 0 {
			return all, err
		}
		all = append(all, list[0])
		job, _, _ := strings.Cut(list[0].ID, "/")
		after = job + "0" // the character after "/"
	}
}

// prune deletes entries that are older than the last ones to be kept. What is
// left of them by a failure goes the next time.
func (c *chains) prune(ctx context.Context, job string, newest, keep int64) error {
	const atOnce = 50
	if newest <= keep {
		return nil
	}
	list, err := c.entries.List(ctx, job+"/", entryID(job, newest-keep+1), atOnce)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := c.entries.Delete(ctx, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// lastUntil finds the last occurrence of a job, under its cron line, that lies
// not after now; now where the chain has none.
func (c *chains) lastUntil(ctx context.Context, job Job, now time.Time) (time.Time, error) {
	list, err := c.entries.AllOf(ctx, job.Name+"/")
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

// errLost says that the entry belongs to somebody else by now.
var errLost = errors.New("the lease was lost to another server")

// add appends an entry to its chain, and reports whether it did: another server
// may have been faster.
func (c *chains) add(ctx context.Context, e entry) (store.Stored[entry], bool, error) {
	if err := c.sign(&e); err != nil {
		return store.Stored[entry]{}, false, err
	}
	id := entryID(e.Job, e.Seq)
	s, err := c.entries.Add(ctx, id, e)
	switch {
	case err == nil:
		return s, true, nil // Committed: the occurrence is this server's.
	case errors.Is(err, store.ErrTaken):
		return s, false, nil
	}
	// It may have been added though it failed. Where that cannot be known, the
	// lease runs out.
	if stored, getErr := c.entries.Get(ctx, id); getErr == nil && stored.Value.Token == e.Token {
		return stored, true, nil
	}
	return s, false, fmt.Errorf("add an entry of job %s: %w", e.Job, err)
}

// take replaces an entry in this server's name, or fails with errLost.
func (c *chains) take(ctx context.Context, s store.Stored[entry]) (store.Stored[entry], error) {
	if err := c.sign(&s.Value); err != nil {
		return s, err
	}
	return c.replace(ctx, s)
}

// replace stores an entry over the version that was read. It returns what is
// stored then: where the outcome of an earlier write of this server was
// unknown, that may be what that one wrote. It fails with errLost if the
// entry is another server's by now; after any other error, what s says may or
// may not be stored.
func (c *chains) replace(ctx context.Context, s store.Stored[entry]) (store.Stored[entry], error) {
	stored, err := c.entries.Replace(ctx, s)
	if err == nil {
		return stored, nil
	}
	now, getErr := c.entries.Get(ctx, s.ID)
	switch {
	case errors.Is(getErr, store.ErrNotFound), getErr == nil && now.Value.Token != s.Value.Token && now.Version > s.Version:
		return s, errLost
	case getErr == nil && now.Version > s.Version:
		return now, nil
	}
	return s, fmt.Errorf("change an entry of job %s: %w", s.Value.Job, err)
}

// sign makes an entry recognisable as written by this server.
func (c *chains) sign(e *entry) error {
	var token [16]byte
	if _, err := io.ReadFull(c.random, token[:]); err != nil {
		return fmt.Errorf("draw a token: %w", err)
	}
	e.Token = hex.EncodeToString(token[:])
	return nil
}
