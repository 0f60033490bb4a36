package schedule_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // the time of Vietnam on machines without a zone database

	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// world is a database, the jobs that are listed, and what was done of them.
type world struct {
	t    *testing.T
	db   *memory.DB
	zone *time.Location
	log  bytes.Buffer // of all servers

	mu     sync.Mutex
	jobs   []schedule.Job
	begun  []string // occurrences in the order in which they were begun
	active int      // tries under way whose context has not ended
	most   int      // the most of them at once
}

func newWorld(t *testing.T, jobs ...schedule.Job) *world {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, db: memory.New(), zone: zone, jobs: jobs}
}

// list sets the jobs that every server sees from now on.
func (w *world) list(jobs ...schedule.Job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = jobs
}

// at is a moment in Vietnam, as "2026-11-20 07:30".
func (w *world) at(text string) time.Time {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// until sleeps until a moment in Vietnam.
func (w *world) until(text string) {
	w.t.Helper()
	time.Sleep(time.Until(w.at(text)))
}

// server is one that has not been started.
func (w *world) server(name string, documents store.Documents, change ...func(*schedule.Options)) *schedule.Runner {
	o := schedule.Options{
		Now: time.Now, Random: rand.Reader, Location: w.zone, Server: name, Log: slog.New(slog.NewTextHandler(w, nil)),
		Jobs: func(context.Context) ([]schedule.Job, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return slices.Clone(w.jobs), nil
		},
	}
	for _, c := range change {
		c(&o)
	}
	return schedule.New(documents, o)
}

// Write takes what servers log.
func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

// run starts servers and returns what stops them all.
func (w *world) run(servers ...*schedule.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	for _, s := range servers {
		running.Go(func() { s.Run(ctx) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

func (w *world) tick(s *schedule.Runner) {
	w.t.Helper()
	if err := s.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// note makes a job's function note its calls.
func (w *world) note(do func(ctx context.Context, occurrence time.Time) (string, error)) func(context.Context, time.Time) (string, error) {
	return func(ctx context.Context, occurrence time.Time) (string, error) {
		w.mu.Lock()
		w.begun = append(w.begun, occurrence.Format("2006-01-02 15:04"))
		w.active++
		w.most = max(w.most, w.active)
		w.mu.Unlock()
		over := sync.OnceFunc(func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.active--
		})
		context.AfterFunc(ctx, over)
		defer over()
		return do(ctx, occurrence)
	}
}

// takes is work that takes so long, unless it is cancelled.
func takes(d time.Duration) func(context.Context, time.Time) (string, error) {
	return func(ctx context.Context, occurrence time.Time) (string, error) {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(d):
			return "report of " + occurrence.Format(time.DateOnly), nil
		}
	}
}

// wantBegun compares what was begun since the last call.
func (w *world) wantBegun(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.begun, want) {
		w.t.Errorf("begun:\n%q\nwant\n%q", w.begun, want)
	}
	w.begun = nil
}

func (w *world) wantOneAtATime() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.most > 1 {
		w.t.Errorf("%d servers at once", w.most)
	}
}

// history is what a server lists of a job, the newest first: "occurrence
// outcome attempt server".
func (w *world) history(job string, limit int) []string {
	w.t.Helper()
	var list []string
	for _, r := range w.runs(job, limit) {
		list = append(list, fmt.Sprintf("%s %s %d %s", r.Occurrence.Format("2006-01-02 15:04"), r.Outcome, r.Attempt, r.Server))
	}
	return list
}

func (w *world) runs(job string, limit int) []schedule.Run {
	w.t.Helper()
	runs, err := w.server("reader", w.db).Runs(w.t.Context(), job, limit)
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}

func (w *world) wantHistory(job string, want ...string) {
	w.t.Helper()
	if got := w.history(job, 1000); !slices.Equal(got, want) {
		w.t.Errorf("history of %s:\n%q\nwant\n%q", job, got, want)
	}
}

// entries is how many entries the chain of a job has.
func (w *world) entries(job string) int {
	w.t.Helper()
	list, err := w.db.List(w.t.Context(), "job-runs", job+"/", "", 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

var errCut = errors.New("the database does not answer")

// cable is one server's way to the database, which can be cut.
type cable struct {
	store.Documents

	cut atomic.Bool
}

func (c *cable) Get(ctx context.Context, collection, id string) (store.Document, error) {
	if c.cut.Load() {
		return store.Document{}, errCut
	}
	return c.Documents.Get(ctx, collection, id)
}

func (c *cable) Add(ctx context.Context, collection string, d store.Document) error {
	if c.cut.Load() {
		return errCut
	}
	return c.Documents.Add(ctx, collection, d)
}

func (c *cable) Replace(ctx context.Context, collection string, d store.Document) error {
	if c.cut.Load() {
		return errCut
	}
	return c.Documents.Replace(ctx, collection, d)
}

func (c *cable) List(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	if c.cut.Load() {
		return nil, errCut
	}
	return c.Documents.List(ctx, collection, prefix, after, limit)
}
