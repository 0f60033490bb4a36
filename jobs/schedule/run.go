package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sothon/sothon/sync/store"
)

// Outcome is where a run stands.
type Outcome string

// Outcomes of a run.
const (
	Running   Outcome = "running"   // a server holds its lease, or died with it
	Waiting   Outcome = "waiting"   // the last try failed, or its server was stopped; it will be tried again
	Done      Outcome = "done"      //
	Failed    Outcome = "failed"    // the last of its tries failed
	Abandoned Outcome = "abandoned" // its servers died each time, or its job was taken away
)

// Marks in the chain of a job.
const (
	seen    Outcome = "seen"    // from here on the job has this cron line
	dropped Outcome = "dropped" // from here on the job is not listed
)

// Run is one occurrence of a job. Moments are in UTC, except for the occurrence,
// which is in the runner's location.
type Run struct {
	Job        string    `json:"job"`
	Occurrence time.Time `json:"occurrence"`
	Outcome    Outcome   `json:"outcome"`
	Attempt    int       `json:"attempt"` // tries so far; one that ended with its server's stop does not count
	Server     string    `json:"server"`  // of the last try, as are all below
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended,omitzero"`
	Lease      time.Time `json:"lease,omitzero"` // while running, when it runs out unless it is renewed
	Retry      time.Time `json:"retry,omitzero"` // while waiting, when it is tried again
	Made       string    `json:"made,omitempty"`
	Error      string    `json:"error,omitempty"` // at most 2 KiB
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
func newest(ctx context.Context, entries store.Table[entry], job string) (e store.Stored[entry], found bool, err error) {
	list, err := entries.List(ctx, job+"/", "", 1)
	if err != nil || len(list) == 0 {
		return e, false, err
	}
	return list[0], true, nil
}

// chains returns the last entry of every chain there is.
func (r *Runner) chains(ctx context.Context) ([]store.Stored[entry], error) {
	var all []store.Stored[entry]
	for after := ""; ; {
		list, err := r.entries.List(ctx, "", after, 1)
		if err != nil || len(list) == 0 {
			return all, err
		}
		all = append(all, list[0])
		job, _, _ := strings.Cut(list[0].ID, "/")
		after = job + "0" // the character after "/"
	}
}

// Runs returns the runs of a job, the newest first.
func (r *Runner) Runs(ctx context.Context, job string, limit int) ([]Run, error) {
	const page = 100
	var runs []Run
	for after := ""; len(runs) < limit; {
		list, err := r.entries.List(ctx, job+"/", after, page)
		if err != nil {
			return nil, fmt.Errorf("list the runs of %s: %w", job, err)
		}
		for _, e := range list {
			if !e.Value.isMark() && len(runs) < limit {
				e.Value.Occurrence = e.Value.Occurrence.In(r.options.Location)
				runs = append(runs, e.Value.Run)
			}
		}
		if len(list) < page {
			break
		}
		after = list[len(list)-1].ID
	}
	return runs, nil
}

// prune deletes entries that are older than the last ones to be kept. What is
// left of them by a failure goes the next time.
func prune(ctx context.Context, entries store.Table[entry], job string, newest, keep int64) error {
	const atOnce = 50
	if newest <= keep {
		return nil
	}
	list, err := entries.List(ctx, job+"/", entryID(job, newest-keep+1), atOnce)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := entries.Delete(ctx, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// maxText bounds what a run tells, in bytes.
const maxText = 2 << 10

// bounded cuts a text that is too long, and repairs one that is not valid.
func bounded(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
