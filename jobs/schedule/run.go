package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
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

// Runs returns the runs of a job, the newest first.
func (r *Runner) Runs(ctx context.Context, job string, limit int) ([]Run, error) {
	const mostAtOnce = 100
	page := min(limit+1, mostAtOnce) // the newest may be a mark
	var runs []Run
	for after := ""; len(runs) < limit; {
		list, err := r.chains.entries.List(ctx, job+"/", after, page)
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
