package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/form"
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
	TaskFiles     Task = "files"     // uploads and photos that nobody needs, and what an erasure left of them
)

// builtIn are the schedules that every database begins with. Periods are
// compiled on the day after they end (Nghị định 09/2019/NĐ-CP, Điều 12).
var builtIn = map[string]Schedule{
	"first-half":       {Name: "Báo cáo 6 tháng đầu năm của UBND", Cron: "0 1 15 6 *", Task: TaskCompile, Type: calendar.FirstHalf, Template: report.UBND},
	"first-half-mttq":  {Name: "Báo cáo 6 tháng đầu năm của UBMTTQ", Cron: "5 1 15 6 *", Task: TaskCompile, Type: calendar.FirstHalf, Template: report.MTTQ},
	"second-half":      {Name: "Báo cáo 6 tháng cuối năm của UBND", Cron: "0 1 15 12 *", Task: TaskCompile, Type: calendar.SecondHalf, Template: report.UBND},
	"second-half-mttq": {Name: "Báo cáo 6 tháng cuối năm của UBMTTQ", Cron: "5 1 15 12 *", Task: TaskCompile, Type: calendar.SecondHalf, Template: report.MTTQ},
	"annual":           {Name: "Báo cáo năm của UBND", Cron: "30 1 15 12 *", Task: TaskCompile, Type: calendar.Annual, Template: report.UBND},
	"annual-mttq":      {Name: "Báo cáo năm của UBMTTQ", Cron: "35 1 15 12 *", Task: TaskCompile, Type: calendar.Annual, Template: report.MTTQ},
	"outbox":           {Name: "Gửi báo cáo", Cron: "* * * * *", Task: TaskDispatch},
	"deadlines":        {Name: "Nhắc hạn giải quyết đơn", Cron: "0 6 * * *", Task: TaskDeadlines},
	"verify":           {Name: "Kiểm tra toàn bộ sổ", Cron: "0 2 * * *", Task: TaskVerify},
	"sessions":         {Name: "Xóa phiên đăng nhập đã hết hạn", Cron: "30 3 * * *", Task: TaskExpire},
	"files":            {Name: "Dọn ảnh không còn dùng", Cron: "45 * * * *", Task: TaskFiles},
}

// Schedules keeps the schedules of a database.
type Schedules struct {
	clock  calendar.Clock
	random io.Reader
	list   store.Table[Schedule]
}

// Prepare adds the built-in schedules that are missing.
func (l *Schedules) Prepare(ctx context.Context) error {
	for id, s := range builtIn {
		if _, err := l.list.Add(ctx, id, s); err != nil && !errors.Is(err, store.ErrTaken) {
			return fmt.Errorf("prepare the schedule %s: %w", id, err)
		}
	}
	return nil
}

func (s *Schedule) check() error {
	s.Name = form.OneLine(s.Name)
	if n := len([]rune(s.Name)); n < 1 || n > 200 {
		return &entry.Invalid{Field: "name", Message: "Tên lịch cần từ 1 đến 200 ký tự."}
	}
	if err := schedule.CheckCron(s.Cron); err != nil {
		return &entry.Invalid{Field: "cron", Message: cronMessage(err)}
	}
	switch s.Task {
	case TaskDispatch, TaskDeadlines, TaskVerify, TaskExpire, TaskFiles:
		return nil
	case TaskCompile:
	default:
		return &entry.Invalid{Field: "task", Message: "Công việc không có trong danh sách cho phép."}
	}
	switch {
	case !slices.Contains(report.Templates, s.Template):
		return &entry.Invalid{Field: "template", Message: "Mẫu báo cáo không có trong danh sách cho phép."}
	case len(s.Units) > 1000:
		return &entry.Invalid{Field: "units", Message: "Tối đa 1000 đơn vị."}
	}
	switch s.Type {
	case calendar.FirstHalf, calendar.SecondHalf, calendar.Annual:
		return nil
	case calendar.TermYears:
		if s.FromYear < 1945 || s.ToYear < s.FromYear || s.ToYear > s.FromYear+30 {
			return &entry.Invalid{Field: "toYear", Message: "Nhiệm kỳ cần năm đầu và năm cuối hợp lệ."}
		}
		return nil
	}
	return &entry.Invalid{Field: "type", Message: "Loại báo cáo không có trong danh sách cho phép."}
}

// cronFields are the parts of a cron line and what they may be, in Vietnamese.
var cronFields = [5]string{"phút, từ 0 đến 59", "giờ, từ 0 đến 23", "ngày, từ 1 đến 31", "tháng, từ 1 đến 12", "thứ, từ 0 (Chủ nhật) đến 6 (thứ Bảy)"}

// cronMessage says in Vietnamese what is wrong with a cron line.
func cronMessage(err error) string {
	if errors.Is(err, schedule.ErrNever) {
		return "Lịch này không bao giờ đến hạn: không có ngày như vậy trong tháng đã chọn."
	}
	if bad, ok := errors.AsType[*schedule.FieldError](err); ok {
		return fmt.Sprintf("Phần thứ %d của lịch không đúng (%s).", bad.Field+1, cronFields[bad.Field])
	}
	return "Lịch cần năm phần: phút, giờ, ngày, tháng, thứ; ví dụ 0 1 15 6 *."
}

// All returns every schedule.
func (l *Schedules) All(ctx context.Context) ([]store.Stored[Schedule], error) {
	return l.list.All(ctx)
}

// Add adds a schedule.
func (l *Schedules) Add(ctx context.Context, s Schedule) (store.Stored[Schedule], error) {
	if err := s.check(); err != nil {
		return store.Stored[Schedule]{}, err
	}
	id, err := entry.NewID(l.random, "s-")
	if err != nil {
		return store.Stored[Schedule]{}, err
	}
	return l.list.Add(ctx, id, s)
}

// Replace changes a schedule, unless it has changed since a version.
func (l *Schedules) Replace(ctx context.Context, id string, version int64, s Schedule) (store.Stored[Schedule], error) {
	if err := s.check(); err != nil {
		return store.Stored[Schedule]{}, err
	}
	return l.list.Replace(ctx, store.Stored[Schedule]{ID: id, Version: version, Value: s})
}

// BuiltIn reports whether every database has a schedule.
func BuiltIn(id string) bool {
	_, ok := builtIn[id]
	return ok
}

// Remove takes a schedule away, unless it has changed since a version. Built-in
// ones are switched off instead: the next start would add them again.
func (l *Schedules) Remove(ctx context.Context, id string, version int64) error {
	s, err := l.list.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case BuiltIn(id):
		return &entry.Invalid{Field: "schedule", Message: "Lịch có sẵn thì tắt được, không xóa được."}
	case s.Version != version:
		return store.ErrVersion
	}
	return l.list.Delete(ctx, id)
}

// Daily reports whether a cron line comes due at one minute of a day, or less
// often.
func Daily(cron string) bool {
	parts := strings.Fields(cron)
	if len(parts) != len(cronFields) {
		return false
	}
	for _, part := range parts[:2] {
		if _, err := strconv.Atoi(part); err != nil {
			return false
		}
	}
	return true
}

// Next is when a schedule is due next, in Vietnam; the zero time while it is
// off.
func (l *Schedules) Next(s *Schedule) time.Time {
	if s.Off {
		return time.Time{}
	}
	next, err := schedule.Next(s.Cron, l.clock.Now(), l.clock.Location)
	if err != nil {
		return time.Time{}
	}
	return next
}
