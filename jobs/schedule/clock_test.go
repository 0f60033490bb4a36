package schedule_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/store"
)

// off makes the clock of a server wrong by so much.
func off(by *time.Duration) func(*schedule.Options) {
	return func(o *schedule.Options) { o.Now = func() time.Time { return time.Now().Add(*by) } }
}

// A server ran for a minute with its clock a year ahead. Afterwards what is due
// is done again, what was missed meanwhile too, and the log and the problems say
// what happened.
func TestClockThatWasAYearAhead(t *testing.T) {
	for _, catchUp := range []schedule.CatchUp{schedule.All, schedule.Latest} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.list(schedule.Job{Name: "outbox", Cron: "0 * * * *", CatchUp: catchUp, Do: w.note(takes(0))})
			w.until("2026-11-20 06:30")
			var by time.Duration
			s := w.server("a", w.db, off(&by))
			w.tick(s)
			time.Sleep(time.Hour)
			w.tick(s)
			by = 365 * 24 * time.Hour
			w.tick(s)
			w.mu.Lock()
			if last := w.begun[len(w.begun)-1]; last != "2027-11-20 07:00" {
				t.Fatalf("the last occurrence was %s", last)
			}
			w.begun = nil
			w.mu.Unlock()

			by = 0
			w.until("2026-11-20 09:30")
			for range 3 {
				w.tick(s)
			}
			if catchUp == schedule.All {
				w.wantBegun("2026-11-20 08:00", "2026-11-20 09:00")
			} else {
				w.wantBegun("2026-11-20 09:00")
			}
			w.until("2026-11-20 10:00")
			w.tick(s)
			w.wantBegun("2026-11-20 10:00")
			if !strings.Contains(w.log.String(), "level=ERROR") || !strings.Contains(w.log.String(), "NTP") {
				t.Errorf("logged: %s", w.log.String())
			}
			p, err := s.Problems(t.Context())
			if err != nil || p.Clock == nil || p.Clock.Server != "a" || p.Clock.Ahead < 300*24*time.Hour || s.WrongClocks() == 0 {
				t.Errorf("problems: %+v, %v", p, err)
			}
			time.Sleep(25 * time.Hour)
			if p, err = s.Problems(t.Context()); err != nil || p.Clock != nil {
				t.Errorf("a day later: %+v, %v", p.Clock, err)
			}
		})
	}
}

// A server died in the middle of work with its clock a year ahead. Its lease
// ends when it has not been renewed for as long as a lease lasts.
func TestLeaseOfAClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		wire, dead := &cable{Documents: w.db}, make(chan struct{})
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Do: func(context.Context, time.Time) (string, error) {
			wire.cut.Store(true)
			<-dead
			return "", nil
		}})
		w.until("2026-11-20 06:30")
		by := time.Duration(0)
		w.tick(w.server("a", w.db, off(&by)))
		by = 365 * 24 * time.Hour
		stop := w.run(w.server("a", wire, off(&by)))
		synctest.Wait()
		if !wire.cut.Load() {
			t.Fatal("the work has not begun")
		}

		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Do: w.note(takes(0))})
		b := w.server("b", w.db)
		w.until("2026-11-20 07:00")
		w.tick(b)
		w.wantBegun() // its holder might live
		time.Sleep(10 * time.Minute)
		w.tick(b)
		w.tick(b)
		w.wantBegun("2026-11-20 07:00")
		close(dead)
		stop()
	})
}

// Work that failed while the clock was ahead is not waited for.
func TestRetryOfAClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		fail := true
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Do: w.note(func(context.Context, time.Time) (string, error) {
			if fail {
				return "", errors.New("mail server is down")
			}
			return "", nil
		})})
		w.until("2026-11-20 06:30")
		var by time.Duration
		s := w.server("a", w.db, off(&by))
		w.tick(s)
		by = 365 * 24 * time.Hour
		w.tick(s)
		fail, by = false, 0
		w.wantBegun("2027-11-19 07:00")
		w.until("2026-11-20 07:00")
		for range 3 {
			w.tick(s)
		}
		w.wantBegun("2026-11-20 07:00")
	})
}

// Two servers whose clocks are far apart are noticed, by whose clock it be.
func TestClocksFarApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.until("2026-11-20 06:30")
		by := -time.Hour
		a, b := w.server("a", w.db), w.server("b", w.db, off(&by))
		w.tick(a)
		if a.WrongClocks()+b.WrongClocks() != 0 {
			t.Error("a wrong clock was found too early")
		}
		w.tick(b)
		if b.WrongClocks() != 1 {
			t.Errorf("%d wrong clocks", b.WrongClocks())
		}
		w.tick(a)
		p, err := a.Problems(t.Context())
		if err != nil || p.Clock == nil || p.Clock.Server != "a" || p.Clock.Finder != "b" || p.Clock.Ahead != time.Hour {
			t.Errorf("problems: %+v, %v", p.Clock, err)
		}
	})
}

// Work that is given up is an error and a problem until it succeeds.
func TestFailuresAreProblems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		fail := true
		w.list(schedule.Job{Name: "verify", Cron: "0 2 * * *", Attempts: 1, Do: func(context.Context, time.Time) (string, error) {
			if fail {
				return "", errors.New("commit 21124:7 is damaged")
			}
			return "", nil
		}})
		w.until("2026-11-20 01:00")
		s := w.server("a", w.db)
		w.tick(s)
		w.until("2026-11-20 02:00")
		w.tick(s)
		p, err := s.Problems(t.Context())
		if err != nil || len(p.Failed) != 1 || p.Failed[0].Job != "verify" || p.Failed[0].Error != "commit 21124:7 is damaged" || s.Failures() != 1 {
			t.Errorf("problems: %+v, %v", p, err)
		}
		if !strings.Contains(w.log.String(), "level=ERROR") {
			t.Errorf("logged: %s", w.log.String())
		}
		fail = false
		w.until("2026-11-21 02:00")
		w.tick(s)
		if p, err = s.Problems(t.Context()); err != nil || len(p.Failed) != 0 {
			t.Errorf("after it succeeded: %+v, %v", p, err)
		}
	})
}

// Clocks that differ by less than tokens bear are warned of once, and measured;
// beyond that they are a problem.
func TestClocksAreCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.until("2026-11-20 06:30")
		var by time.Duration
		a, b := w.server("a", w.db), w.server("b", w.db, off(&by))
		for _, c := range []struct {
			by       time.Duration
			warnings int
			problem  bool
		}{{20 * time.Second, 0, false}, {31 * time.Second, 1, false}, {45 * time.Second, 1, false}, {61 * time.Second, 1, true}} {
			by = c.by
			w.tick(b)
			w.tick(a)
			if got := a.ClockAhead(); got != c.by || b.ClockAhead() != 0 {
				t.Errorf("%v: measured %v, and the other way %v", c.by, got, b.ClockAhead())
			}
			if got := strings.Count(w.log.String(), "level=WARN"); got != c.warnings {
				t.Errorf("%v: %d warnings in %s", c.by, got, w.log.String())
			}
			p, err := a.Problems(t.Context())
			if err != nil || (p.Clock != nil) != c.problem || (a.WrongClocks() > 0) != c.problem {
				t.Errorf("%v: problems %+v, %v", c.by, p.Clock, err)
			}
		}
	})
}

// counting counts the documents that are read of lists.
type counting struct {
	store.Documents

	read int
}

func (c *counting) List(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	list, err := c.Documents.List(ctx, collection, prefix, after, limit)
	c.read += len(list)
	return list, err
}

// To tell the problems, a few runs of each job are read, however many it has.
func TestProblemsReadLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(schedule.Job{Name: "often", Cron: "* * * * *", CatchUp: schedule.All, Do: takes(0)})
		w.until("2026-11-20 06:00")
		documents := &counting{Documents: w.db}
		s := w.server("a", documents)
		w.tick(s)
		w.until("2026-11-20 07:00")
		w.tick(s)
		documents.read = 0
		if p, err := s.Problems(t.Context()); err != nil || len(p.Failed) != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		if n := len(w.runs("often", 100)); n != 60 || documents.read > 10 {
			t.Errorf("of %d runs, %d documents are read", n, documents.read)
		}
	})
}
