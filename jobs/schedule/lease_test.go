package schedule_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/jobs/schedule"
)

// Server a dies at work, and its work with it: nothing of it is heard again,
// until it returns from the dead when all is done.
func TestAnotherServerTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		wire := &cable{Documents: w.db}
		dead := make(chan struct{})
		var begun []time.Time
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Lease: 3 * time.Minute, Do: func(context.Context, time.Time) (string, error) {
			if begun = append(begun, time.Now()); len(begun) == 1 {
				wire.cut.Store(true)
				<-dead
				return "of the dead", nil
			}
			return "of the living", nil
		}})
		w.until("2026-11-20 06:00")
		stopA := w.run(w.server("a", wire))
		w.until("2026-11-20 07:00")
		synctest.Wait()
		stopB := w.run(w.server("b", w.db))
		w.until("2026-11-20 07:20")
		w.wantHistory("report", "2026-11-20 07:00 done 2 b")
		if len(begun) != 2 || begun[1].Sub(begun[0]) < 3*time.Minute+30*time.Second || begun[1].Sub(begun[0]) > 5*time.Minute {
			t.Errorf("begun at %v", begun)
		}
		wire.cut.Store(false)
		close(dead)
		synctest.Wait()
		stopA()
		stopB()
		w.wantHistory("report", "2026-11-20 07:00 done 2 b")
		if made := w.runs("report", 1)[0].Made; made != "of the living" {
			t.Errorf("made %q", made)
		}
		if !strings.Contains(w.log.String(), "the lease was lost to another server") {
			t.Errorf("the log does not say it: %s", w.log.String())
		}
	})
}

// A server that cannot renew its lease stops when it has run out, before
// another begins.
func TestLostLeaseCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		wire := &cable{Documents: w.db}
		var ended time.Time
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Lease: 3 * time.Minute, Do: w.note(func(ctx context.Context, _ time.Time) (string, error) {
			if ended.IsZero() {
				<-ctx.Done()
				ended = time.Now()
				return "", ctx.Err()
			}
			return "", nil
		})})
		w.until("2026-11-20 06:00")
		stopA := w.run(w.server("a", wire))
		w.until("2026-11-20 07:10") // renewed since
		wire.cut.Store(true)
		stopB := w.run(w.server("b", w.db))
		w.until("2026-11-20 07:20")
		stopA()
		stopB()
		if late := ended.Sub(w.at("2026-11-20 07:10")); late < 2*time.Minute || late > 3*time.Minute {
			t.Errorf("cancelled after %s", late)
		}
		w.wantBegun("2026-11-20 07:00", "2026-11-20 07:00")
		w.wantOneAtATime()
		w.wantHistory("report", "2026-11-20 07:00 done 2 b")
	})
}

func TestLeaseIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Lease: time.Minute, Do: w.note(takes(50 * time.Minute))})
		w.until("2026-11-20 06:00")
		stop := w.run(w.server("a", w.db), w.server("b", w.db), w.server("c", w.db))
		w.until("2026-11-20 07:30")
		if run := w.runs("report", 1)[0]; run.Outcome != schedule.Running || run.Lease.Before(w.at("2026-11-20 07:30")) || !run.Ended.IsZero() {
			t.Errorf("half way: %+v", run)
		}
		w.until("2026-11-20 08:00")
		stop()
		w.wantBegun("2026-11-20 07:00")
		if run := w.runs("report", 1)[0]; run.Outcome != schedule.Done || run.Attempt != 1 {
			t.Errorf("at last: %+v", run)
		}
	})
}

// A server that is stopped leaves its work to the others, and the try does not
// count.
func TestServerIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Attempts: 1, Do: w.note(takes(10 * time.Minute))})
		w.until("2026-11-20 06:00")
		stop := w.run(w.server("a", w.db))
		w.until("2026-11-20 07:05")
		stop()
		w.wantHistory("report", "2026-11-20 07:00 waiting 0 a")
		w.tick(w.server("b", w.db))
		w.wantBegun("2026-11-20 07:00", "2026-11-20 07:00")
		w.wantHistory("report", "2026-11-20 07:00 done 1 b")
	})
}

// Work that kills every server that tries it is given up, and what comes after
// it is done.
func TestWorkThatKills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		dead := make(chan struct{})
		var wires []*cable
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", CatchUp: schedule.All, Attempts: 2, Do: w.note(func(context.Context, time.Time) (string, error) {
			if time.Now().Before(w.at("2026-11-21 00:00")) {
				for _, wire := range wires {
					wire.cut.Store(true)
				}
				<-dead
			}
			return "", nil
		})})
		w.until("2026-11-20 06:00")
		var servers []*schedule.Runner
		var stops []func()
		for _, hour := range []string{"07:00", "08:00", "09:00"} {
			wires = append(wires, &cable{Documents: w.db})
			servers = append(servers, w.server("mortal", wires[len(wires)-1]))
			stops = append(stops, w.run(servers[len(servers)-1]))
			w.until("2026-11-20 " + hour)
			synctest.Wait()
		}
		stops = append(stops, w.run(w.server("heir", w.db)))
		w.until("2026-11-21 07:01")
		w.wantBegun("2026-11-20 07:00", "2026-11-20 07:00", "2026-11-21 07:00")
		close(dead)
		for _, stop := range stops {
			stop()
		}
		failures := int64(0)
		for _, s := range servers {
			failures += s.Failures()
		}
		if logged := w.log.String(); failures != 1 || strings.Count(logged, "is given up") != 1 || !strings.Contains(logged, "outcome=abandoned") {
			t.Errorf("%d failures are counted", failures)
		}
		if got := w.history("report", 2); got[1] != "2026-11-20 07:00 abandoned 2 mortal" || w.runs("report", 2)[1].Error == "" {
			t.Errorf("history %q", got)
		}
	})
}

// Work that does not return when it has to is not held on to.
func TestWorkThatDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		never := make(chan struct{})
		var tries atomic.Int32
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Limit: 10 * time.Minute, Do: w.note(func(context.Context, time.Time) (string, error) {
			if tries.Add(1) == 1 {
				<-never
			}
			return "", nil
		})})
		w.until("2026-11-20 06:00")
		a := w.run(w.server("a", w.db))
		w.until("2026-11-20 07:01")
		b := w.run(w.server("b", w.db))
		w.until("2026-11-20 07:10")
		w.wantBegun("2026-11-20 07:00")
		w.until("2026-11-20 07:15")
		w.wantBegun("2026-11-20 07:00")
		close(never)
		a()
		b()
		w.wantOneAtATime()
		w.wantHistory("report", "2026-11-20 07:00 done 2 b")
	})
}

// A job that is taken away while its work waits to be tried again is not tried
// again, not even when it comes back.
func TestJobTakenAwayWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		job := schedule.Job{Name: "report", Cron: "0 7 * * *", Do: w.note(func(context.Context, time.Time) (string, error) { return "", errors.New("no") })}
		w.list(job)
		w.until("2026-11-20 06:00")
		a := w.server("a", w.db)
		w.tick(a)
		w.until("2026-11-20 07:00")
		w.tick(a)
		w.list()
		w.tick(a)
		w.tick(a)
		w.tick(a)
		w.list(job)
		w.until("2026-11-20 10:00")
		w.tick(a)
		w.wantBegun("2026-11-20 07:00")
		w.wantHistory("report", "2026-11-20 07:00 abandoned 1 a")
		if n := w.entries("report"); n != 4 {
			t.Errorf("%d entries: seen, a run, dropped, and seen again", n)
		}
	})
}

// A server that stops holds on to work that does not end at once, until it does.
func TestServerStopsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		slowly := make(chan struct{})
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Do: func(context.Context, time.Time) (string, error) {
			<-slowly
			return "in the end", nil
		}})
		w.until("2026-11-20 06:00")
		stopA := w.run(w.server("a", w.db))
		w.until("2026-11-20 07:05")
		stopped := make(chan struct{})
		go func() {
			stopA()
			close(stopped)
		}()
		stopB := w.run(w.server("b", w.db))
		w.until("2026-11-20 07:30")
		w.wantHistory("report", "2026-11-20 07:00 running 1 a")
		close(slowly)
		<-stopped
		stopB()
		w.wantHistory("report", "2026-11-20 07:00 done 1 a")
	})
}

// Beyond what clocks may differ, a server takes over from a living one; that
// stops as soon as it finds out.
func TestClocksThatDifferTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var tries atomic.Int32
		var ended time.Time
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Lease: 30 * time.Minute, Do: func(ctx context.Context, _ time.Time) (string, error) {
			if tries.Add(1) == 1 {
				<-ctx.Done()
				ended = time.Now()
				return "", ctx.Err()
			}
			return "", nil
		}})
		w.until("2026-11-20 06:00")
		stop := w.run(w.server("a", w.db))
		w.until("2026-11-20 07:05")
		w.tick(w.server("b", w.db, func(o *schedule.Options) { o.Now = func() time.Time { return time.Now().Add(time.Hour) } }))
		w.until("2026-11-20 07:11")
		stop()
		if !ended.Equal(w.at("2026-11-20 07:10")) { // a third of a lease after it began
			t.Errorf("stopped at %s", ended)
		}
		w.wantHistory("report", "2026-11-20 07:00 done 2 b")
	})
}

// A job that is taken away while a dead server holds its lease is abandoned, but
// not while the server may live.
func TestJobTakenAwayFromTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		wire := &cable{Documents: w.db}
		dead := make(chan struct{})
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Do: func(context.Context, time.Time) (string, error) {
			wire.cut.Store(true)
			<-dead
			return "", nil
		}})
		w.until("2026-11-20 06:00")
		stop := w.run(w.server("a", wire))
		w.until("2026-11-20 07:01")
		w.list()
		w.tick(w.server("b", w.db))
		w.wantHistory("report", "2026-11-20 07:00 running 1 a")
		w.until("2026-11-20 07:10")
		w.tick(w.server("b", w.db))
		w.wantHistory("report", "2026-11-20 07:00 abandoned 1 a")
		if got := w.runs("report", 1)[0]; got.Error != "the job is no longer listed" || got.Ended.IsZero() || !got.Lease.IsZero() {
			t.Errorf("%+v", got)
		}
		close(dead)
		stop()
	})
}

// A server that stops does not wait for a database that is gone.
func TestServerStopsWithoutDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		wire := &cable{Documents: w.db}
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Lease: time.Hour, Do: takes(10 * time.Minute)})
		w.until("2026-11-20 06:00")
		stop := w.run(w.server("a", wire))
		w.until("2026-11-20 07:05")
		wire.cut.Store(true)
		stop()
		if late := time.Since(w.at("2026-11-20 07:05")); late != 10*time.Second {
			t.Errorf("stopped after %s", late)
		}
		w.wantHistory("report", "2026-11-20 07:00 running 1 a")
	})
}
