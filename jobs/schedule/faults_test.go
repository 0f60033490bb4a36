package schedule_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// An insert that went through although it failed still gives the lease.
// Where that cannot be found out, the lease runs out before anybody works.
func TestInsertThatOnlySeemedToFail(t *testing.T) {
	for name, c := range map[string]struct {
		blind bool // it cannot be read afterwards either
		want  []string
		after time.Duration
	}{
		"found out":     {false, []string{"2026-11-20 07:00 done 1 a"}, 0},
		"not found out": {true, []string{"2026-11-20 07:00 done 2 b"}, 2*time.Minute + 30*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				var started time.Time
				w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Do: w.note(func(context.Context, time.Time) (string, error) {
					started = time.Now()
					return "", nil
				})})
				w.until("2026-11-20 06:00")
				a, b := w.server("a", w.db), w.server("b", w.db)
				w.tick(a)
				w.until("2026-11-20 07:00")
				w.db.SetFaults(func(op, _ string) memory.Fault {
					switch {
					case op == memory.OpAdd:
						return memory.Applied
					case op == memory.OpGet && c.blind:
						return memory.Unapplied
					}
					return memory.None
				})
				w.tick(a)
				w.db.SetFaults(nil)
				for range 20 {
					w.tick(b)
					time.Sleep(10 * time.Second)
				}
				w.wantBegun("2026-11-20 07:00")
				w.wantHistory("report", c.want...)
				if late := started.Sub(w.at("2026-11-20 07:00")); late != c.after {
					t.Errorf("begun after %s, want %s", late, c.after)
				}
			})
		})
	}
}

// A renewal that went through although it failed leaves the entry newer than
// its holder knows. The outcome is still written; and an outcome that
// went through although it failed is not written twice.
func TestReplaceThatOnlySeemedToFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.list(schedule.Job{Name: "report", Cron: "0 7 * * *", Lease: 30 * time.Minute, Do: takes(12 * time.Minute)})
		w.until("2026-11-20 06:00")
		a := w.server("a", w.db)
		w.tick(a)
		w.until("2026-11-20 07:00")
		var faults []string
		w.db.SetFaults(func(op, id string) memory.Fault {
			switch {
			case !strings.HasPrefix(id, "job-runs/"):
			case op == memory.OpReplace && len(faults) < 4: // the renewal, and twice the outcome
				faults = append(faults, op)
				return memory.Applied
			case op == memory.OpGet && len(faults) == 1: // after the renewal
				faults = append(faults, op)
				return memory.Unapplied
			}
			return memory.None
		})
		w.tick(a)
		w.db.SetFaults(nil)
		w.wantHistory("report", "2026-11-20 07:00 done 1 a")
		if now := time.Now(); !now.Equal(w.at("2026-11-20 07:12")) {
			t.Errorf("that took until %s", now)
		}
		if want := []string{"replace", "get", "replace", "replace"}; !slices.Equal(faults, want) {
			t.Errorf("failed: %q, want %q", faults, want)
		}
		list, err := w.db.List(t.Context(), "job-runs", "report/", "", 1)
		if err != nil || len(list) != 1 || list[0].Version != 3 {
			t.Errorf("%+v, %v: added, renewed and done is version 3", list, err)
		}
	})
}

// Every write and read may fail, applied or not. Still servers never work on
// the same job at once, occurrences are done in order, and each is done once.
func TestFaults(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			var mu sync.Mutex
			calm, rng, done := false, rand.New(rand.NewPCG(seed, 1)), map[string]int{} //nolint:gosec // A simulation.
			work := func(ctx context.Context, occurrence time.Time) (string, error) {
				mu.Lock()
				length, fails := time.Duration(rng.IntN(300))*time.Second, rng.IntN(10) == 0
				mu.Unlock()
				made, err := takes(length)(ctx, occurrence)
				if err == nil && fails {
					err = errors.New("this happens")
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					done[occurrence.Format("2006-01-02 15:04")]++
				}
				return made, err
			}
			w.list(schedule.Job{Name: "report", Cron: "0 * * * *", CatchUp: schedule.All, Lease: time.Minute, Attempts: 50, Do: w.note(work)})
			w.db.SetFaults(func(string, string) memory.Fault {
				mu.Lock()
				defer mu.Unlock()
				if calm || rng.IntN(6) > 0 {
					return memory.None
				}
				return memory.Fault(1 + rng.IntN(2))
			})
			w.until("2026-11-20 06:30")
			slow := func(o *schedule.Options) { o.Poll = time.Minute }
			stop := w.run(w.server("a", w.db, slow), w.server("b", w.db, slow), w.server("c", w.db, slow))
			w.until("2026-11-20 18:30")
			mu.Lock()
			calm = true
			mu.Unlock()
			w.until("2026-11-21 00:30")
			stop()
			w.wantOneAtATime()
			if !slices.IsSorted(w.begun) {
				t.Errorf("seed %d: begun %q", seed, w.begun)
			}
			history := w.history("report", 1000)
			if len(history) != 18 || len(done) != 18 {
				t.Errorf("seed %d: %d runs of %d occurrences, want 18", seed, len(history), len(done))
			}
			for _, run := range history {
				if !strings.Contains(run, " done ") {
					t.Errorf("seed %d: %s", seed, run)
				}
			}
			for occurrence, n := range done {
				if n > 1 { // Writing an outcome is tried too often for that.
					t.Errorf("seed %d: %s was done %d times", seed, occurrence, n)
				}
			}
		})
	}
}

// fullDocuments take no more.
type fullDocuments struct{ store.Documents }

func (fullDocuments) Add(context.Context, string, store.Document) error     { return store.ErrFull }
func (fullDocuments) Replace(context.Context, string, store.Document) error { return store.ErrFull }

// TestFullDatabaseIsToldByItsWatch: a runner whose database is full logs no lines of
// its own each minute; the watch of the database does.
func TestFullDatabaseIsToldByItsWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule.Job{Name: "report", Cron: "* * * * *", Do: func(context.Context, time.Time) (string, error) { return "", nil }})
		stop := w.run(w.server("a", fullDocuments{w.db}))
		time.Sleep(10 * time.Minute)
		stop()
		if w.log.Len() > 0 {
			t.Errorf("it logs %s", w.log.String())
		}
	})
}
