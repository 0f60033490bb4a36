package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Problem is something that a person must solve.
type Problem struct {
	Code    ProblemCode
	Message string        // Vietnamese: what is wrong, and what to do
	At      ledger.Millis // since when
	Unit    ledger.UnitID // "" where it concerns the whole server
}

// ProblemCode is a kind of problem.
type ProblemCode string

// Codes of problems.
const (
	ClockWrong     ProblemCode = "clock-wrong"
	ScheduleFailed ProblemCode = "schedule-failed"
	LedgerDamaged  ProblemCode = "ledger-damaged"
	DeliveryDead   ProblemCode = "delivery-dead"
	ErasureLost    ProblemCode = "erasure-lost"
)

// LostErasures are orders of erasure of a unit that a restored backup lacks: what they
// had destroyed is back.
type LostErasures struct {
	Orders int
	Found  ledger.Millis
}

// Problems returns what is wrong with the scheduled work, with the ledgers and
// erasures of units, and with their deliveries, the latest first.
func (f *Office) Problems(ctx context.Context, units []ledger.UnitID, deliveries []store.Stored[outbox.Delivery]) ([]Problem, error) {
	all, err := f.scheduleProblems(ctx)
	if err != nil {
		return nil, err
	}
	damaged, err := f.damage(ctx, units)
	if err != nil {
		return nil, err
	}
	dead, err := f.deadDeliveries(ctx, deliveries)
	if err != nil {
		return nil, err
	}
	all = slices.Concat(all, damaged, dead, f.lostOf(units))
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(b.At, a.At) })
	return all, nil
}

func (f *Office) scheduleProblems(ctx context.Context) ([]Problem, error) {
	found, err := f.Runner.Problems(ctx)
	if err != nil {
		return nil, err
	}
	var all []Problem
	if w := found.Clock; w != nil {
		all = append(all, Problem{Code: ClockWrong, At: ledger.MillisOf(w.Found), Message: fmt.Sprintf(
			"Đồng hồ của các máy chủ lệch nhau %s (máy %s so với máy %s). Cần chỉnh giờ tự động (NTP) trên các máy chủ.", span(w.Ahead), w.Server, w.Finder)})
	}
	schedules, err := f.Schedules.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, run := range found.Failed {
		i := slices.IndexFunc(schedules, func(s store.Stored[Schedule]) bool { return s.ID == scheduleOf(run.Job) })
		if i < 0 || schedules[i].Value.Off {
			continue
		}
		ended := run.Ended
		if ended.IsZero() {
			ended = run.Started
		}
		all = append(all, Problem{Code: ScheduleFailed, At: ledger.MillisOf(ended), Message: fmt.Sprintf(
			"Việc theo lịch “%s” không thực hiện được. Cần xem lý do trong lịch sử của lịch này và trong nhật ký máy chủ.", schedules[i].Value.Name)})
	}
	return all, nil
}

// span is a duration in Vietnamese, in its largest unit.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d ngày", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d giờ", d/time.Hour)
	}
	return fmt.Sprintf("%d phút", d/time.Minute)
}

func (f *Office) damage(ctx context.Context, units []ledger.UnitID) ([]Problem, error) {
	last, err := f.checks.Get(ctx, checkID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Problem
	for _, unit := range units {
		if text, damaged := last.Value.Damaged[unit]; damaged {
			all = append(all, Problem{Code: LedgerDamaged, At: last.Value.At, Unit: unit, Message: fmt.Sprintf(
				"Sổ của đơn vị %s bị hỏng hoặc bị sửa ngoài phần mềm: %s. Cần giữ nguyên cơ sở dữ liệu và báo người quản trị máy chủ.", unit, text)})
		}
	}
	return all, nil
}

func (f *Office) lostOf(units []ledger.UnitID) []Problem {
	lost := f.lostErasures()
	var all []Problem
	for _, unit := range units {
		if l := lost[unit]; l.Orders > 0 {
			all = append(all, Problem{Code: ErasureLost, At: l.Found, Unit: unit, Message: fmt.Sprintf(
				"Bản sao lưu đã khôi phục thiếu %d lệnh xóa dữ liệu cá nhân của đơn vị %s, nên những dữ liệu đó có lại trong sổ. Cần xóa lại; nhật ký máy chủ và lệnh “server verify” nêu từng bản ghi.", l.Orders, unit)})
		}
	}
	return all
}

// deadDeliveries are those of reports that still count.
func (f *Office) deadDeliveries(ctx context.Context, deliveries []store.Stored[outbox.Delivery]) ([]Problem, error) {
	var all []Problem
	for i := range deliveries {
		d := &deliveries[i].Value
		if d.State != outbox.Dead {
			continue
		}
		r, err := f.Archive.Get(ctx, d.Report)
		if err != nil {
			return nil, err
		}
		if !r.Value.State.Issued() {
			continue
		}
		at, reason := d.Queued, ""
		if n := len(d.Attempts); n > 0 {
			at, reason = max(d.Attempts[n-1].Ended, d.Attempts[n-1].At), d.Attempts[n-1].Error
		}
		all = append(all, Problem{Code: DeliveryDead, At: at, Unit: d.Unit, Message: fmt.Sprintf(
			"%s không gửi được tới %s: %s. Cần sửa nơi nhận rồi gửi lại.", r.Value.Name(), d.To.Name, reason)})
	}
	return all, nil
}

// Counts are what a server's metrics say of the office.
type Counts struct {
	RunsFailed     int64 // scheduled work given up since the start
	WrongClocks    int64 // stored times found ahead, since the start
	DeadDeliveries int64 // deliveries given up since the start
	DamagedLedgers int64 // found by this server's last check
	LostErasures   int64 // orders that a restored backup lacks, and that were not given again yet

	ClockAhead time.Duration // by how much another server's clock was last seen ahead of this one's
}

// Counts returns them.
func (f *Office) Counts() Counts {
	lost := int64(0)
	for _, l := range f.lostErasures() {
		lost += int64(l.Orders)
	}
	return Counts{
		LostErasures: lost,
		RunsFailed:   f.Runner.Failures(), WrongClocks: f.Runner.WrongClocks(), DeadDeliveries: f.Outbox.GivenUp(), DamagedLedgers: f.damaged.Load(), ClockAhead: f.Runner.ClockAhead(),
	}
}
