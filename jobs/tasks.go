package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// Jobs are the schedules as they are now.
func (f *Office) Jobs(ctx context.Context) ([]schedule.Job, error) {
	all, err := f.Schedules.All(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := f.Archive.Letterheads.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var list []schedule.Job
	for _, s := range all {
		if s.Value.Off {
			continue
		}
		list = append(list, f.jobsOf(&s, rules)...)
	}
	return list, nil
}

// task is the work of a schedule. Of a job beside it, ends is the day on which the
// periods end of the communes that it compiles for; else "".
func (f *Office) task(s Schedule, ends calendar.MonthDay) func(context.Context, time.Time) (string, error) {
	return func(ctx context.Context, at time.Time) (string, error) {
		switch s.Task {
		case TaskCompile:
			return f.compileDue(ctx, &s, ends, calendar.DayOf(at.In(f.clock.Location)))
		case TaskDispatch:
			sent, err := f.Outbox.Dispatch(ctx)
			return fmt.Sprintf("sent %d", sent), errors.Join(err, f.Archive.Approvals.SettleAll(ctx))
		case TaskDeadlines:
			return f.Reminders.Remind(ctx)
		case TaskVerify:
			return f.verifyChains(ctx)
		case TaskExpire:
			return f.expire(ctx)
		case TaskFiles:
			return f.cleanFiles(ctx)
		}
		return "", fmt.Errorf("no task %q", s.Task)
	}
}

// compileDue compiles the drafts of the period that was over on a day, by the rule of
// each unit. A report that is issued already stays.
func (f *Office) compileDue(ctx context.Context, s *Schedule, ends calendar.MonthDay, today calendar.Day) (made string, err error) {
	units := s.Units
	if len(units) == 0 {
		if units, err = f.communes(ctx, today.AddDays(-1)); err != nil {
			return "", err
		}
	}
	var ids []string
	var errs []error
	for _, unit := range units {
		set, err := f.Archive.Letterheads.Get(ctx, unit, s.Template)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", unit, err))
			continue
		}
		closes := set.Value.Rule.Closes(s.Type)
		p, ok := due(s, &set.Value, today)
		if !ok || ends != "" && closes != ends || ends == "" && s.leavesApart(closes) {
			continue
		}
		r, err := f.Archive.Drafts.Compile(ctx, archive.Request{Unit: unit, Template: s.Template, Period: p, By: byClock})
		for errors.Is(err, archive.ErrBusy) { // nobody waits for it
			r, err = f.Archive.Drafts.Compile(ctx, archive.Request{Unit: unit, Template: s.Template, Period: p, By: byClock})
		}
		switch {
		case errors.Is(err, archive.ErrIssued), errors.Is(err, archive.ErrState): // it is issued, or waits to be signed
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", unit, err))
		default:
			ids = append(ids, r.ID)
		}
	}
	return strings.Join(ids, " "), errors.Join(errs...)
}

// due is the period that a schedule reports on a day.
func due(s *Schedule, l *archive.Letterhead, today calendar.Day) (calendar.Period, bool) {
	if s.Type == calendar.TermYears {
		p := l.Term(s.FromYear, s.ToYear)
		p.AsOf = min(p.AsOf, today.AddDays(-1))
		return p, p.AsOf > p.From
	}
	return l.Rule.Ended(s.Type, today)
}

// communes are those that there were on a day.
func (f *Office) communes(ctx context.Context, on calendar.Day) ([]ledger.UnitID, error) {
	all, err := f.accounts.Units.All(ctx)
	var list []ledger.UnitID
	for _, u := range all {
		if u.Value.Level == accounts.Commune && u.Value.ExistsOn(string(on)) {
			list = append(list, u.Value.ID)
		}
	}
	return list, err
}

// clockLeapt is the outcome of a run that dropped nothing, because the clock may be
// wrong.
const clockLeapt = "the clock has leapt: nothing is dropped by it for a day"

func (f *Office) expire(ctx context.Context) (string, error) {
	if leapt, err := f.Runner.ClockLeapt(ctx); err != nil || leapt {
		return clockLeapt, err
	}
	if err := f.accounts.Correct(ctx, f.clock.Now()); err != nil {
		return "", err
	}
	sessions, codes, err := f.accounts.Expire(ctx, f.clock.Now())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("removed %d sessions, %d enrolment codes", sessions, codes), nil
}

func (f *Office) cleanFiles(ctx context.Context) (string, error) {
	leapt, err := f.Runner.ClockLeapt(ctx)
	if err != nil {
		return "", err
	}
	if leapt {
		return clockLeapt, f.clean(ctx, false)
	}
	return "", f.clean(ctx, true)
}
