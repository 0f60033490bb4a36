package schedule

import (
	"context"
	"time"

	"github.com/sothon/sothon/jobs/skew"
)

// Problems is what an operator must know of scheduled work.
type Problems struct {
	Failed []Run       // jobs whose last run failed or was abandoned, by name
	Clock  *WrongClock // found within the last day, or nil
}

// clockShown is how long a wrong clock that was found is a problem.
const clockShown = 24 * time.Hour

// Problems returns what is wrong now. A job's failure ends with its next run
// that succeeds.
func (r *Runner) Problems(ctx context.Context) (p Problems, err error) {
	chains, err := r.chains.all(ctx)
	if err != nil {
		return p, err
	}
	for _, newest := range chains {
		if newest.Value.Outcome == dropped {
			continue
		}
		runs, err := r.Runs(ctx, newest.Value.Job, 2)
		if err != nil {
			return p, err
		}
		for _, run := range runs { // the newest may be under way: then the one before it counts
			if run.Outcome == Failed || run.Outcome == Abandoned {
				p.Failed = append(p.Failed, run)
			}
			if run.Outcome != Running && run.Outcome != Waiting {
				break
			}
		}
	}
	reading, err := r.clocks.readings.All(ctx)
	if err != nil {
		return p, err
	}
	for _, c := range reading {
		if w := c.Value.Wrong; w != nil && r.options.Now().Sub(w.Found) < clockShown && !skew.Ahead(w.Found, r.options.Now()) {
			p.Clock = w
		}
	}
	return p, nil
}

// Failures is how many runs this server has given up as failed since it
// started.
func (r *Runner) Failures() int64 { return r.failed.Load() }

// WrongClocks is how often this server has found a stored time that lies ahead,
// since it started.
func (r *Runner) WrongClocks() int64 { return r.clocks.wrong.Load() }

// ClockAhead is by how much another server's clock was last seen ahead of this
// one's.
func (r *Runner) ClockAhead() time.Duration { return time.Duration(r.clocks.ahead.Load()) }
