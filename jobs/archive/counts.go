package archive

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
)

// Late tells of a petition whether one of its steps is late, as of a day.
type Late func(*ledger.Record) bool

// Count counts the figures of a period as the ledgers are now, and keeps no
// report. It takes its turn at the compiler, unless the same was counted
// shortly before and no ledger has moved since.
func (a *Archive) Count(ctx context.Context, unit ledger.UnitID, from, to calendar.Day, late Late) (*report.Counts, error) {
	today := a.reports.clock.Today()
	q := counted{unit: unit, period: calendar.Period{Type: calendar.Annual, From: from, To: to, AsOf: min(to, today)}, today: today}
	if field, err := report.CheckPeriod(q.period); err != nil {
		if field == "asOf" { // it is made of the others
			field = "from"
		}
		return nil, &entry.Invalid{Field: field, Message: "Kỳ không đúng: cần ngày đầu không sau hôm nay, ngày cuối không trước ngày đầu, và không quá 30 năm."}
	}
	if err := a.compiler.limitToUnitEnd(ctx, unit, &q.period); err != nil {
		return nil, err
	}
	if counts, err := a.compiler.countedBefore(ctx, q, a.reports.clock.Now()); counts != nil || err != nil {
		return counts, err
	}
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if counts, err := a.compiler.countedBefore(ctx, q, a.reports.clock.Now()); counts != nil || err != nil {
		return counts, err // who held the compiler counted it
	}
	a.compiler.last.forget()
	members, err := a.compiler.fold(ctx, unit)
	if err != nil {
		return nil, err
	}
	counts, err := report.Count(unit, q.period, members, late)
	if err != nil {
		return nil, err
	}
	a.compiler.counts.keep(keptCounts{q, counts, a.reports.clock.Now()})
	return counts, nil
}

// countedBefore returns the counts that were kept, if they are still those of
// the ledgers, or nil.
func (c *compiler) countedBefore(ctx context.Context, q counted, now time.Time) (*report.Counts, error) {
	counts := c.counts.get(q, now)
	if counts == nil {
		return nil, nil
	}
	members, err := c.members(ctx, q.unit)
	if err != nil || len(members) != len(counts.Heads) {
		return nil, err
	}
	for i := range members {
		m := &members[i]
		at := slices.IndexFunc(counts.Heads, func(h report.Head) bool { return h.Unit == m.Unit })
		if at < 0 || counts.Heads[at].Member() != *m {
			return nil, nil
		}
		head, err := c.store.Backend().Head(ctx, m.Unit)
		if err != nil || head.Seq != counts.Heads[at].Seq || head.Hash.String() != counts.Heads[at].Hash {
			return nil, err
		}
	}
	return counts, nil
}

// counted is what was counted. The day decides which petitions are late.
type counted struct {
	unit   ledger.UnitID
	period calendar.Period
	today  calendar.Day
}

// lastCounts keeps what was counted last.
type lastCounts struct {
	mu   sync.Mutex
	list []keptCounts // the latest last
}

type keptCounts struct {
	of     counted
	counts *report.Counts
	at     time.Time
}

// Bounds of what is kept. A holiday that is entered changes which petitions are
// late, and moves no ledger.
const (
	maxKeptCounts = 8
	keepCountsFor = time.Minute
)

func (l *lastCounts) get(of counted, now time.Time) *report.Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if i := slices.IndexFunc(l.list, func(k keptCounts) bool { return k.of == of }); i >= 0 {
		return l.list[i].counts
	}
	return nil
}

func (l *lastCounts) keep(k keptCounts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(k.at)
	l.list = slices.DeleteFunc(l.list, func(other keptCounts) bool { return other.of == k.of })
	l.list = append(l.list, k)
	l.list = l.list[max(0, len(l.list)-maxKeptCounts):]
}

// expire is for the holder of the mutex. A clock that was put back expires too.
func (l *lastCounts) expire(now time.Time) {
	l.list = slices.DeleteFunc(l.list, func(k keptCounts) bool { return now.Before(k.at) || now.Sub(k.at) > keepCountsFor })
}
