package schedule

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// CatchUp says what becomes of occurrences that nobody was there for.
type CatchUp string

// Ways to catch up.
const (
	All    CatchUp = "all"    // each is done, oldest first; of more than 100 the last 100
	Latest CatchUp = "latest" // only the last of them is done
)

// mostMissed bounds [All].
const mostMissed = 100

// Job is what is to be done again and again. Jobs are data and may change
// between ticks; what is under way ends as it began.
type Job struct {
	Name     string        // unique and stable, of a-z, 0-9 and "-", at most 64 bytes
	Cron     string        // as [CheckCron] allows, in the runner's location
	CatchUp  CatchUp       // [Latest] unless it is All
	Lease    time.Duration // how long a dead server's work lies before another takes it up; 0 is two minutes
	Limit    time.Duration // how long one try may take before it is cancelled; 0 is an hour
	Attempts int           // tries of one occurrence before it is given up; 0 is three

	// Do does the work of one occurrence, whose time is in the runner's
	// location, and names what it made. It must be safe to repeat, and return
	// soon after its context ends.
	Do func(ctx context.Context, occurrence time.Time) (made string, err error)
}

const (
	defaultLease    = 2 * time.Minute
	leastLease      = time.Second
	defaultLimit    = time.Hour
	defaultAttempts = 3
)

var jobName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// complete fills in what a job leaves open, or reports that it cannot be run.
func (j *Job) complete() error {
	if !jobName.MatchString(j.Name) {
		return fmt.Errorf("%q is no name of a job", j.Name)
	}
	if err := CheckCron(j.Cron); err != nil {
		return err
	}
	if j.Do == nil {
		return errors.New("the job does nothing")
	}
	j.Cron = strings.Join(strings.Fields(j.Cron), " ")
	if j.Lease <= 0 {
		j.Lease = defaultLease
	}
	j.Lease = max(j.Lease, leastLease)
	if j.Limit <= 0 {
		j.Limit = defaultLimit
	}
	if j.Attempts <= 0 {
		j.Attempts = defaultAttempts
	}
	return nil
}
