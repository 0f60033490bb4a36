package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Schedule is something done by the clock. It is data: an admin may change when
// it is done, add others, and switch one off.
type Schedule struct {
	Name string `json:"name"` // Vietnamese
	Cron string `json:"cron"` // minute, hour, day, month, day of the week, in Vietnam
	Task Task   `json:"task"`
	Off  bool   `json:"off,omitempty"`

	// Of TaskCompile: which reports. Units are the communes; none means every
	// commune that there is on the day.
	Type     calendar.Type   `json:"type,omitempty"`
	Template report.Template `json:"template,omitempty"`
	Units    []ledger.UnitID `json:"units,omitempty"`
	FromYear int             `json:"fromYear,omitempty"` // of a term
	ToYear   int             `json:"toYear,omitempty"`
}

// Task is what a schedule does.
type Task string

// Tasks.
const (
	TaskCompile   Task = "compile"   // the report of the period that is over
	TaskDispatch  Task = "dispatch"  // the outbox
	TaskDeadlines Task = "deadlines" // notices on petitions
	TaskVerify    Task = "verify"    // every chain
	TaskExpire    Task = "expire"    // sessions that are over
)

// builtIn are the schedules that every database begins with. Periods are
// compiled on the day after they end (Nghị định 09/2019/NĐ-CP, Điều 12).
var builtIn = map[string]Schedule{
	"first-half":  {Name: "Báo cáo 6 tháng đầu năm", Cron: "0 1 15 6 *", Task: TaskCompile, Type: calendar.FirstHalf, Template: report.UBND},
	"second-half": {Name: "Báo cáo 6 tháng cuối năm", Cron: "0 1 15 12 *", Task: TaskCompile, Type: calendar.SecondHalf, Template: report.UBND},
	"annual":      {Name: "Báo cáo năm", Cron: "30 1 15 12 *", Task: TaskCompile, Type: calendar.Annual, Template: report.UBND},
	"outbox":      {Name: "Gửi báo cáo", Cron: "* * * * *", Task: TaskDispatch},
	"deadlines":   {Name: "Nhắc hạn giải quyết đơn", Cron: "0 6 * * *", Task: TaskDeadlines},
	"verify":      {Name: "Kiểm tra toàn bộ sổ", Cron: "0 2 * * *", Task: TaskVerify},
	"sessions":    {Name: "Xóa phiên đăng nhập đã hết hạn", Cron: "30 3 * * *", Task: TaskExpire},
}

// Prepare puts the built-in schedules where they are not yet.
func (f *Office) Prepare(ctx context.Context) error {
	for id, s := range builtIn {
		if _, err := f.schedules.Add(ctx, id, s); err != nil && !errors.Is(err, store.ErrTaken) {
			return fmt.Errorf("prepare the schedule %s: %w", id, err)
		}
	}
	return nil
}

func (s *Schedule) check() error {
	s.Name = tidy(s.Name)
	if n := len([]rune(s.Name)); n < 1 || n > 200 {
		return &Invalid{"name", "Tên lịch cần từ 1 đến 200 ký tự."}
	}
	if err := schedule.CheckCron(s.Cron); err != nil {
		return &Invalid{"cron", "Lịch cần năm phần: phút, giờ, ngày, tháng, thứ; ví dụ 0 1 15 6 *."}
	}
	switch s.Task {
	case TaskDispatch, TaskDeadlines, TaskVerify, TaskExpire:
		return nil
	case TaskCompile:
	default:
		return &Invalid{"task", "Công việc không có trong danh sách cho phép."}
	}
	switch {
	case !slices.Contains(report.Templates, s.Template):
		return &Invalid{"template", "Mẫu báo cáo không có trong danh sách cho phép."}
	case len(s.Units) > 1000:
		return &Invalid{"units", "Tối đa 1000 đơn vị."}
	}
	switch s.Type {
	case calendar.FirstHalf, calendar.SecondHalf, calendar.Annual:
		return nil
	case calendar.TermYears:
		if s.FromYear < 1945 || s.ToYear < s.FromYear || s.ToYear > s.FromYear+30 {
			return &Invalid{"toYear", "Nhiệm kỳ cần năm đầu và năm cuối hợp lệ."}
		}
		return nil
	}
	return &Invalid{"type", "Loại báo cáo không có trong danh sách cho phép."}
}

// Schedules lists them all.
func (f *Office) Schedules(ctx context.Context) ([]store.Stored[Schedule], error) {
	return f.schedules.All(ctx)
}

// AddSchedule adds one.
func (f *Office) AddSchedule(ctx context.Context, s Schedule) (store.Stored[Schedule], error) {
	if err := s.check(); err != nil {
		return store.Stored[Schedule]{}, err
	}
	id, err := f.newID("s-")
	if err != nil {
		return store.Stored[Schedule]{}, err
	}
	return f.schedules.Add(ctx, id, s)
}

// ReplaceSchedule changes one, unless somebody has since a version.
func (f *Office) ReplaceSchedule(ctx context.Context, id string, version int64, s Schedule) (store.Stored[Schedule], error) {
	if err := s.check(); err != nil {
		return store.Stored[Schedule]{}, err
	}
	return f.schedules.Replace(ctx, store.Stored[Schedule]{ID: id, Version: version, Value: s})
}

// NextTime is when a schedule comes next, in Vietnam; the zero time while it is
// off.
func (f *Office) NextTime(s *Schedule) time.Time {
	if s.Off {
		return time.Time{}
	}
	next, err := schedule.Next(s.Cron, f.Now(), f.Location)
	if err != nil {
		return time.Time{}
	}
	return next
}

// newRunner does what the schedules say.
func (f *Office) newRunner() *schedule.Runner {
	return schedule.New(f.store.Backend(), schedule.Options{
		Now: f.Now, Random: f.Random, Location: f.Location, Server: f.Server, Log: f.Log, Jobs: f.Jobs,
	})
}

// Jobs are the schedules as they are now.
func (f *Office) Jobs(ctx context.Context) ([]schedule.Job, error) {
	all, err := f.schedules.All(ctx)
	if err != nil {
		return nil, err
	}
	var list []schedule.Job
	for _, s := range all {
		if s.Value.Off {
			continue
		}
		job := schedule.Job{Name: s.ID, Cron: s.Value.Cron, CatchUp: schedule.Latest, Do: f.task(s.Value)}
		if s.Value.Task == TaskCompile {
			job.CatchUp = schedule.All
		}
		list = append(list, job)
	}
	return list, nil
}

func (f *Office) task(s Schedule) func(context.Context, time.Time) (string, error) {
	return func(ctx context.Context, at time.Time) (string, error) {
		switch s.Task {
		case TaskCompile:
			return f.compileDue(ctx, &s, calendar.DayOf(at.In(f.Location)))
		case TaskDispatch:
			sent, err := f.Dispatch(ctx)
			return fmt.Sprintf("sent %d", sent), errors.Join(err, f.SettleAll(ctx))
		case TaskDeadlines:
			return f.remind(ctx)
		case TaskVerify:
			return f.verifyChains(ctx)
		case TaskExpire:
			return f.expire(ctx)
		}
		return "", fmt.Errorf("no task %q", s.Task)
	}
}

// compileDue compiles the drafts of the period that was over on a day. A report
// that is issued already stays.
func (f *Office) compileDue(ctx context.Context, s *Schedule, today calendar.Day) (made string, err error) {
	units := s.Units
	if len(units) == 0 {
		if units, err = f.communes(ctx, today.AddDays(-1)); err != nil {
			return "", err
		}
	}
	var ids []string
	var errs []error
	for _, unit := range units {
		set, err := f.Letterhead(ctx, unit, s.Template)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", unit, err))
			continue
		}
		p, ok := f.due(s, &set.Value, today)
		if !ok {
			continue
		}
		r, err := f.Compile(ctx, Order{Unit: unit, Template: s.Template, Period: p, By: clock})
		for errors.Is(err, ErrBusy) { // nobody waits for it
			r, err = f.Compile(ctx, Order{Unit: unit, Template: s.Template, Period: p, By: clock})
		}
		switch {
		case errors.Is(err, ErrIssued):
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", unit, err))
		default:
			ids = append(ids, r.ID)
		}
	}
	return strings.Join(ids, " "), errors.Join(errs...)
}

// due is the period that a schedule tells of on a day.
func (f *Office) due(s *Schedule, l *Letterhead, today calendar.Day) (calendar.Period, bool) {
	if s.Type == calendar.TermYears {
		p := l.Term(s.FromYear, s.ToYear)
		p.AsOf = min(p.AsOf, today.AddDays(-1))
		return p, p.AsOf > p.From
	}
	return l.Rule.Ended(s.Type, today)
}

// Term is a term as the unit tells it.
func (l *Letterhead) Term(from, to int) calendar.Period {
	told := l.TermTold
	if told == "" {
		told = "12-31"
	}
	return calendar.Term(from, to, told.In(to))
}

// communes are those that there were on a day.
func (f *Office) communes(ctx context.Context, on calendar.Day) ([]ledger.UnitID, error) {
	all, err := f.accounts.Units.All(ctx)
	var list []ledger.UnitID
	for _, u := range all {
		if u.Value.Level == store.Commune && u.Value.ValidFrom <= string(on) && (u.Value.ValidTo == "" || string(on) <= u.Value.ValidTo) {
			list = append(list, u.Value.ID)
		}
	}
	return list, err
}

// verifyChains checks every ledger. Damage is a failure of the run, which names
// the commit.
func (f *Office) verifyChains(ctx context.Context) (string, error) {
	ledgers := 0
	var errs []error
	err := store.VerifyAll(ctx, f.store.Backend(), func(v store.Verified) {
		ledgers++
		if v.Damage != nil {
			errs = append(errs, v.Damage)
		}
	})
	return fmt.Sprintf("%d ledgers, %d damaged", ledgers, len(errs)), errors.Join(append(errs, err)...)
}

// expiredFor is how long a session is kept after it has ended, for whoever asks
// what became of it.
const expiredFor = 30 * 24 * time.Hour

func (f *Office) expire(ctx context.Context) (string, error) {
	removed := 0
	before := ledger.MillisOf(f.Now().Add(-expiredFor))
	for after := ""; ; {
		const page = 500
		list, err := f.accounts.Sessions.List(ctx, "", after, page)
		if err != nil {
			return "", err
		}
		for _, s := range list {
			after = s.ID
			if s.Value.Expires < before {
				if err := f.accounts.Sessions.Delete(ctx, s.ID); err != nil {
					return "", err
				}
				removed++
			}
		}
		if len(list) < page {
			return fmt.Sprintf("removed %d sessions", removed), nil
		}
	}
}
