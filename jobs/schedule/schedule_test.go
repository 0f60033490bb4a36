package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/store/memory"
)

func TestEachOccurrenceIsDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(schedule.Job{Name: "digest", Cron: "0 */6 * * *", CatchUp: schedule.All, Do: w.note(takes(time.Minute))})
		w.until("2026-12-30 05:00")
		slow := func(o *schedule.Options) { o.Poll = 10 * time.Minute }
		stop := w.run(w.server("a", w.db, slow), w.server("b", w.db, slow), w.server("c", w.db, slow))
		w.until("2027-01-01 13:00")
		stop()
		w.wantBegun(
			"2026-12-30 06:00", "2026-12-30 12:00", "2026-12-30 18:00", "2026-12-31 00:00", "2026-12-31 06:00", "2026-12-31 12:00",
			"2026-12-31 18:00", "2027-01-01 00:00", "2027-01-01 06:00", "2027-01-01 12:00")
		w.wantOneAtATime()
		last := w.runs("digest", 1)[0]
		if last.Outcome != schedule.Done || last.Attempt != 1 || last.Made != "report of 2027-01-01" || last.Error != "" || !last.Lease.IsZero() {
			t.Errorf("the last run: %+v", last)
		}
		if !last.Started.Equal(w.at("2027-01-01 12:00")) || !last.Ended.Equal(w.at("2027-01-01 12:01")) {
			t.Errorf("from %s to %s", last.Started, last.Ended)
		}
	})
}

// The clock of one server is ahead, by less than what is allowed.
func TestClocksThatDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(schedule.Job{Name: "digest", Cron: "*/2 * * * *", CatchUp: schedule.All, Lease: 10 * time.Second, Do: w.note(takes(50 * time.Second))})
		w.until("2026-11-20 07:01")
		ahead := func(o *schedule.Options) { o.Now = func() time.Time { return time.Now().Add(25 * time.Second) } }
		stop := w.run(w.server("a", w.db), w.server("b", w.db, ahead))
		w.until("2026-11-20 07:07")
		stop()
		w.wantBegun("2026-11-20 07:02", "2026-11-20 07:04", "2026-11-20 07:06")
		w.wantOneAtATime()
	})
}

func TestTimesInVietnam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(
			schedule.Job{Name: "leap-day", Cron: "0 7 29 2 *", Do: w.note(takes(0))},
			schedule.Job{Name: "new-year", Cron: "59 23 31 12 *", Do: w.note(takes(0))},
			schedule.Job{Name: "cut-off", Cron: "30 0 15 6,12 *", Do: w.note(takes(0))},
		)
		w.until("2027-01-01 00:00")
		seldom := func(o *schedule.Options) { o.Poll = 1000 * time.Hour }
		stop := w.run(w.server("a", w.db, seldom), w.server("b", w.db, seldom))
		w.until("2029-01-01 00:00")
		stop()
		w.wantBegun("2027-06-15 00:30", "2027-12-15 00:30", "2027-12-31 23:59", "2028-02-29 07:00", "2028-06-15 00:30", "2028-12-15 00:30", "2028-12-31 23:59")
		if run := w.runs("cut-off", 1)[0]; !run.Started.Equal(time.Date(2028, 12, 14, 17, 30, 0, 0, time.UTC)) {
			t.Errorf("begun at %s", run.Started)
		}
	})
}

func TestWhatWasMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.until("2026-10-01 00:00")
		job := func(name, line string, catchUp schedule.CatchUp) schedule.Job {
			return schedule.Job{Name: name, Cron: line, CatchUp: catchUp, Do: w.note(takes(time.Millisecond))}
		}
		w.list(job("all", "0 7 * * *", schedule.All))
		stop := w.run(w.server("a", w.db))
		w.until("2026-10-03 08:00")
		stop()
		w.wantBegun("2026-10-01 07:00", "2026-10-02 07:00", "2026-10-03 07:00")

		w.until("2026-12-03 08:00") // two months later
		w.tick(w.server("a", w.db))
		var missed []string
		for day := w.at("2026-10-04 07:00"); day.Before(w.at("2026-12-03 08:00")); day = day.AddDate(0, 0, 1) {
			missed = append(missed, day.Format("2006-01-02 15:04"))
		}
		w.wantBegun(missed...)
		w.tick(w.server("a", w.db))
		w.wantBegun()

		w.list(job("latest", "0 7 * * *", schedule.Latest), job("often", "* * * * *", schedule.All))
		w.tick(w.server("a", w.db)) // seen for the first time
		w.wantBegun()
		w.until("2027-02-03 08:00")
		w.tick(w.server("a", w.db))
		if got := w.history("latest", 9); !slices.Equal(got, []string{"2027-02-03 07:00 done 1 a"}) {
			t.Errorf("the latest: %q", got)
		}
		often := w.history("often", 1000)
		if len(often) != 100 || often[0] != "2027-02-03 08:00 done 1 a" || often[99] != "2027-02-03 06:21 done 1 a" {
			t.Errorf("every minute: %d, from %q to %q", len(often), often[0], often[len(often)-1])
		}
	})
}

func TestJobsThatChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		job := func(line string) schedule.Job {
			return schedule.Job{Name: "report", Cron: line, CatchUp: schedule.All, Do: w.note(takes(0))}
		}
		w.until("2026-11-20 07:30")
		a, b := w.server("a", w.db), w.server("b", w.db)

		// A job that is new does nothing of the past.
		w.list(job("0 7 * * *"))
		w.tick(a)
		w.tick(b)
		w.until("2026-11-21 07:00")
		w.tick(a)
		w.tick(b)
		w.wantBegun("2026-11-21 07:00")

		// The same for one whose line was edited, however it was spaced.
		w.list(job(" 0  9 * * *"))
		w.until("2026-11-21 10:00")
		w.tick(a)
		w.tick(b)
		w.wantBegun()
		w.list(job("0 9 * * *"))
		w.until("2026-11-23 10:00")
		w.tick(b)
		w.wantBegun("2026-11-22 09:00", "2026-11-23 09:00")

		// The same for one that was not listed for a while.
		w.list()
		w.tick(a)
		w.tick(b)
		w.until("2026-12-23 10:00")
		w.list(job("0 9 * * *"))
		w.tick(a)
		w.wantBegun()
		w.until("2026-12-24 09:00")
		w.tick(a)
		w.wantBegun("2026-12-24 09:00")
		if n := w.entries("report"); n != 8 {
			t.Errorf("%d entries: 4 runs, seen, edited, dropped, and seen again", n)
		}
	})
}

func TestJobsThatCannotBeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		do := w.note(takes(0))
		good := schedule.Job{Name: "good", Cron: "0 7 * * *", Do: do}
		w.list(
			schedule.Job{Name: "bad-line", Cron: "0 25 * * *", Do: do}, schedule.Job{Name: "Bad name", Cron: "0 7 * * *", Do: do},
			schedule.Job{Name: "idle", Cron: "0 7 * * *"}, good, good,
		)
		w.until("2026-11-20 06:00")
		a := w.server("a", w.db)
		w.tick(a)
		w.until("2026-11-20 07:00")
		w.tick(a)
		w.wantBegun("2026-11-20 07:00")
		if n := strings.Count(w.log.String(), "job left out"); n != 4 {
			t.Errorf("%d complaints, each is to be heard once:\n%s", n, w.log.String())
		}

		// A line that is broken for a while does not take the job away.
		broken := good
		broken.Cron = "?"
		w.list(broken)
		w.until("2026-11-21 08:00")
		w.tick(a)
		w.list(good)
		w.tick(a)
		w.wantBegun("2026-11-21 07:00")
	})
}

func TestJobsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule.Job{Name: "report", Cron: "0 7 * * *", CatchUp: schedule.All, Do: takes(0)})
		w.until("2026-11-20 06:00")
		w.tick(w.server("a", w.db))
		failed := errors.New("who knows")
		unknowing := w.server("b", w.db, func(o *schedule.Options) {
			o.Jobs = func(context.Context) ([]schedule.Job, error) { return nil, failed }
		})
		if err := unknowing.Tick(t.Context()); !errors.Is(err, failed) {
			t.Errorf("error %v", err)
		}
		w.until("2026-11-21 08:00")
		w.tick(w.server("a", w.db))
		w.wantHistory("report", "2026-11-21 07:00 done 1 a", "2026-11-20 07:00 done 1 a")
	})
}

func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var tries []time.Time
		text := strings.Repeat("đ", 3000)
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", CatchUp: schedule.All, Attempts: 4, Do: func(_ context.Context, occurrence time.Time) (string, error) {
			tries = append(tries, time.Now())
			if occurrence.Equal(w.at("2026-11-20 07:00")) || len(tries) == 5 {
				return "half of it", errors.New(text)
			}
			return "all", nil
		}})
		w.until("2026-11-20 06:00")
		stop := w.run(w.server("a", w.db))
		w.until("2026-11-22 06:00")
		stop()
		w.wantHistory("report", "2026-11-21 07:00 done 2 a", "2026-11-20 07:00 failed 4 a")
		failed, done := w.runs("report", 2)[1], w.runs("report", 2)[0]
		if failed.Error != text[:2048] || failed.Made != "half of it" || done.Error != "" || done.Made != "all" || !done.Retry.IsZero() {
			t.Errorf("%d bytes of error, %q, %+v", len(failed.Error), failed.Made, done)
		}
		var minutes []int
		for i := range tries[1:] {
			minutes = append(minutes, int(tries[i+1].Sub(tries[i]).Round(time.Minute)/time.Minute))
		}
		if !slices.Equal(minutes, []int{1, 2, 4, 24*60 - 7, 1}) {
			t.Errorf("minutes between the tries: %d", minutes)
		}
	})
}

func TestWorkThatEndsBadly(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(ctx context.Context, at time.Time) (string, error)
		want string
	}{
		"panic":         {func(context.Context, time.Time) (string, error) { panic("no such village") }, "panic: no such village"},
		"not text":      {func(context.Context, time.Time) (string, error) { return "", errors.New("a\xffb") }, "a\uFFFDb"},
		"too long":      {func(ctx context.Context, at time.Time) (string, error) { return takes(2*time.Hour)(ctx, at) }, "the work took longer than it may"},
		"its own limit": {func(context.Context, time.Time) (string, error) { return "", fmt.Errorf("mail: %w", context.Canceled) }, "mail: context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, schedule.Job{Name: "report", Cron: "0 7 * * *", Attempts: 1, Do: c.do})
				w.until("2026-11-20 06:00")
				a := w.server("a", w.db)
				w.tick(a)
				w.until("2026-11-20 07:00")
				w.tick(a)
				w.wantHistory("report", "2026-11-20 07:00 failed 1 a")
				if got := w.runs("report", 1)[0].Error; got != c.want {
					t.Errorf("error %q, want %q", got, c.want)
				}
				if panics := strings.Contains(w.log.String(), "stack="); panics != (name == "panic") {
					t.Errorf("the log: %s", w.log.String())
				}
			})
		})
	}
}

func TestOldRunsAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(
			schedule.Job{Name: "often", Cron: "* * * * *", CatchUp: schedule.All, Do: takes(0)},
			schedule.Job{Name: "often-not", Cron: "0 7 20 11 *", CatchUp: schedule.All, Do: takes(0)},
		)
		w.until("2026-11-20 06:59")
		few := func(o *schedule.Options) { o.Keep = 120 }
		stop := w.run(w.server("a", w.db, few))
		w.until("2026-11-20 12:00")
		synctest.Wait()
		stop()
		often := w.history("often", 1000)
		if w.entries("often") != 120 || len(often) != 120 || often[0] != "2026-11-20 12:00 done 1 a" || often[119] != "2026-11-20 10:01 done 1 a" {
			t.Errorf("%d entries and %d runs, from %s to %s", w.entries("often"), len(often), often[0], often[len(often)-1])
		}
		if got := w.history("often", 7); !slices.Equal(got, often[:7]) {
			t.Errorf("the first: %q", got)
		}
		w.wantHistory("often-not", "2026-11-20 07:00 done 1 a")
		w.wantHistory("none")
	})
}

// A server that learned of its jobs a while ago does not put an old line back.
func TestEditDuringWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		job := func(line string) schedule.Job {
			return schedule.Job{Name: "report", Cron: line, CatchUp: schedule.All, Do: w.note(takes(0))}
		}
		w.list(job("0 7 * * *"))
		w.until("2026-11-20 06:00")
		a, b := w.server("a", w.db), w.server("b", w.db)
		w.tick(a)
		w.until("2026-11-20 07:00")
		lists := 0
		w.db.SetFaults(func(op, id string) memory.Fault {
			// Between the end of the work and a's next look at the chain.
			if op == memory.OpList && id == "job-runs/report/" {
				if lists++; lists == 2 {
					w.list(job("0 9 * * *"))
					w.tick(b)
				}
			}
			return memory.None
		})
		w.tick(a)
		w.db.SetFaults(nil)
		w.wantBegun("2026-11-20 07:00")
		if n := w.entries("report"); n != 3 {
			t.Errorf("%d entries: seen, a run, and seen with another line", n)
		}
	})
}

// What a server did whose clock is ahead is not done again by one that notices
// an edit before the time has come by its own.
func TestEditBehindTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		job := func(line string) schedule.Job {
			return schedule.Job{Name: "report", Cron: line, CatchUp: schedule.All, Do: w.note(takes(0))}
		}
		w.list(job("0 7 * * *"))
		w.until("2026-11-20 06:59")
		ahead := w.server("a", w.db, func(o *schedule.Options) { o.Now = func() time.Time { return time.Now().Add(20 * time.Second) } })
		behind := w.server("b", w.db)
		w.tick(ahead)
		time.Sleep(45 * time.Second)
		w.tick(ahead)
		w.list(job("0 7,9 * * *"))
		w.tick(behind)
		w.until("2026-11-20 07:30")
		w.tick(behind)
		w.wantBegun("2026-11-20 07:00")
		w.until("2026-11-20 09:00")
		w.tick(behind)
		w.wantBegun("2026-11-20 09:00")
	})
}

// Chains whose names begin alike are separate.
func TestAllJobsTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		names := []string{"a", "a-b", "a0", "a1", "b"}
		for _, name := range names {
			w.jobs = append(w.jobs, schedule.Job{Name: name, Cron: "0 7 * * *", Do: takes(0)})
		}
		w.until("2026-11-20 06:00")
		a := w.server("a", w.db)
		w.tick(a)
		w.until("2026-11-20 07:00")
		w.tick(a)
		w.list()
		w.tick(a)
		w.tick(a)
		for _, name := range names {
			if n := w.entries(name); n != 3 {
				t.Errorf("%s has %d entries: seen, a run, and dropped", name, n)
			}
			w.wantHistory(name, "2026-11-20 07:00 done 1 a")
		}
	})
}
