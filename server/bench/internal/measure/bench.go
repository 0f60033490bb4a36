package measure

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// Phases are all there are, in order.
var Phases = []string{"push", "visible", "first", "idle", "growth", "piles", "history", "hangs", "starts"}

// Options are what to measure.
type Options struct {
	MongoDB string   // a URI; empty leaves MongoDB out
	What    []string // of Phases

	// Of push, visible and growth.
	Phones, Villages int // phones are spread over villages
	Batches, Records int // batches of a phone in a round, and records of a batch
	AtOnce           int // requests under way
	Rounds           int

	Village     int   // records of the village that is pulled first
	FirstPhones int   // phones that pull it at once
	Growth      []int // sizes of the ledger, rising
	Requests    int   // of idle
	Piles       []int // sizes of what a push meets, and changes of a record, rising
	Ledgers     []int // that a server starts on, rising

	// CPUProfile is the file to which the server on SQLite writes one when it
	// stops; the one on MongoDB adds ".mongodb". Beside each stands the profile
	// of what was allocated, with ".allocs".
	CPUProfile string

	Program  string // the server's
	Open     func(ctx context.Context, db string) (store.Backend, error)
	Now      func() time.Time
	Progress io.Writer
}

// Check refuses what cannot be measured.
func (o *Options) Check() error {
	for _, n := range []int{o.Phones, o.Villages, o.Batches, o.Records, o.AtOnce, o.Rounds, o.Village, o.FirstPhones, o.Requests} {
		if n < 1 {
			return errors.New("every number must be 1 or more")
		}
	}
	switch {
	case o.Villages > o.Phones || o.Villages > 900:
		return errors.New("-villages: want no more than -phones, and at most 900")
	case o.Records > 500:
		return errors.New("-records: a batch holds 500 at most")
	case o.AtOnce > 1000 || o.Phones > 10_000 || o.FirstPhones > 1000:
		return errors.New("-at-once, -phones, -first-phones: too many for one machine")
	case !slices.IsSorted(o.Piles) || len(o.Piles) > 0 && (o.Piles[0] < o.Records || o.Phones < 2):
		return errors.New("-piles: want rising numbers, none smaller than -records, and two phones or more")
	case !slices.IsSorted(o.Ledgers):
		return errors.New("-ledgers: want rising numbers")
	case !slices.IsSorted(o.Growth) || len(o.Growth) > 0 && o.Growth[0] < 1:
		return errors.New("-growth: want rising numbers")
	}
	for _, phase := range o.What {
		if !slices.Contains(Phases, phase) {
			return fmt.Errorf("-what: there is no %q; there are %s", phase, strings.Join(Phases, ", "))
		}
	}
	return nil
}

// Run measures, one database after the other.
func Run(ctx context.Context, o *Options) (_ *Result, err error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sothon-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	result := &Result{CPU: runtime.NumCPU()}

	// The phones and the baseline have little in memory and make much garbage.
	// To collect it as often as the server does would take time from all three.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))

	raw, err := openRawSQLite(ctx, filepath.Join(dir, "raw.db"))
	if err != nil {
		return nil, err
	}
	d, err := measure(ctx, o, "sqlite", "sqlite:"+filepath.Join(dir, "sothon.db"), o.CPUProfile, raw)
	if err != nil {
		return nil, err
	}
	result.Databases = append(result.Databases, d)
	if o.MongoDB == "" {
		return result, nil
	}

	// MongoDB compares the names of databases regardless of case.
	name := "sothon-bench-" + strings.ToLower(rand.Text()[:16])
	rawMongoDB, err := openRawMongoDB(ctx, o.MongoDB, name)
	if err != nil {
		return nil, err
	}
	profile := o.CPUProfile
	if profile != "" {
		profile += ".mongodb"
	}
	if d, err = measure(ctx, o, "mongodb", withDatabase(o.MongoDB, name), profile, rawMongoDB); err != nil {
		return nil, err
	}
	result.Databases = append(result.Databases, d)
	return result, nil
}

// measure runs the phases on one database, and closes its baseline.
func measure(ctx context.Context, o *Options, name, db, profile string, raw baseline) (_ *Database, err error) {
	defer func() { err = errors.Join(err, raw.close(ctx)) }()
	r := &run{options: o, db: db, raw: raw, found: &Database{Name: name}}
	if r.found.Version, err = raw.version(ctx); err != nil {
		return nil, fmt.Errorf("the version of %s: %w", name, err)
	}
	if err := r.settle(ctx, db); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", name, err)
	}
	if r.server, err = startServer(ctx, o, db, profile); err != nil {
		return nil, err
	}
	defer func() {
		if r.server != nil { // something failed before
			err = errors.Join(err, r.server.stop())
		}
	}()
	r.found.RSS.Start = r.server.memory("VmRSS")
	defer r.hangUp()
	r.tell("signing in")
	if err := r.signIn(ctx); err != nil {
		return nil, err
	}
	phases := map[string]func(context.Context) error{
		"push": r.push, "visible": r.visible, "first": r.first, "idle": r.idle, "growth": r.growth, "piles": r.piles,
		"history": r.history, "hangs": r.hangs, "starts": r.starts,
	}
	for _, phase := range Phases {
		if !slices.Contains(o.What, phase) {
			continue
		}
		r.tell(phase)
		if err := phases[phase](ctx); err != nil {
			return nil, fmt.Errorf("%s on %s: %w", phase, name, err)
		}
	}
	r.found.RSS.Peak = r.server.memory("VmHWM")
	server := r.server
	r.server = nil
	return r.found, server.stop()
}
