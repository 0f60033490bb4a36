// Command bench starts a server and measures it beside writing straight to its
// database. It is for developers of the server, and not part of it.
//
//	go run ./server/bench                     on SQLite
//	go run ./server/bench -db mongodb://…     on MongoDB too
//	go run ./server/bench -what piles         what one person can heap up, and whether it costs the others
//	go run ./server/bench -what history,hangs,starts   the same of long histories, loads that hang and many ledgers
//	go run ./server/bench -what report        how long a report takes
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // the time of Vietnam on machines without a zone database

	"github.com/sothon/sothon/server/bench/internal/measure"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/sqlite"
)

// largest is the ledger that -large adds to those of -growth.
const largest = 1_000_000

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// build builds the server from source into a folder.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "server")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/sothon/sothon/server").CombinedOutput(); err != nil { //nolint:gosec // path is a folder of its own making.
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return path, nil
}

// open opens a database as the server does.
func open(ctx context.Context, db string) (store.Backend, error) {
	if path, ok := strings.CutPrefix(db, "sqlite:"); ok {
		return sqlite.Open(ctx, path)
	}
	return mongo.Open(ctx, db)
}

// run measures as the flags say, and prints the result.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	o := &measure.Options{Now: time.Now, Progress: stderr, Open: open}
	var what, growth, piles, ledgers string
	f.StringVar(&o.MongoDB, "db", "", "MongoDB to measure beside SQLite, mongodb://…; a database is made there, and dropped")
	f.StringVar(&what, "what", strings.Join(measure.Phases, ","), "phases, with commas between; or report, alone")
	sizes := f.String("sizes", "10000,100000", "records of the reports that are compiled, with commas between")
	f.IntVar(&o.Phones, "phones", 64, "phones that push")
	f.IntVar(&o.Villages, "villages", 32, "villages they are of")
	f.IntVar(&o.Batches, "batches", 5, "batches of each phone")
	f.IntVar(&o.Records, "records", 50, "records of each batch")
	f.IntVar(&o.AtOnce, "at-once", 16, "requests at once")
	f.IntVar(&o.Rounds, "rounds", 3, "rounds of push, visible and growth, of which the median counts")
	f.IntVar(&o.Village, "village", 10_000, "records that a new phone pulls")
	f.IntVar(&o.FirstPhones, "first-phones", 32, "new phones at once")
	f.IntVar(&o.Requests, "requests", 300, "requests of a phone that has everything")
	f.StringVar(&growth, "growth", "10000,100000", "records of the ledger that is pushed into, with commas between")
	f.StringVar(&piles, "piles", "100,1000,6000", "look-alikes, siblings, removals and commits that a push meets, and changes of a record, with commas between")
	f.StringVar(&ledgers, "ledgers", "100,400", "ledgers that a server starts on, with commas between")
	large := f.Bool("large", false, "push into a ledger of 1000000 records too: minutes, and gigabytes of memory")
	f.StringVar(&o.CPUProfile, "cpuprofile", "", "file for the server's CPU profile; FILE.allocs tells what it allocated, FILE.mongodb is the server's on MongoDB")
	asJSON := f.Bool("json", false, "print one JSON object instead of a table")
	f.StringVar(&o.Program, "server", "", "the server's program (default: built from source)")
	f.SetOutput(stderr)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("no command %q", f.Arg(0))
	}
	words := func(list string) []string { return strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) }
	o.What = words(what)
	numbers := func(name, list string) (numbers []int, err error) {
		for _, word := range words(list) {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("-%s: want numbers from 1 on, not %q", name, word)
			}
			numbers = append(numbers, n)
		}
		return numbers, nil
	}
	if o.Growth, err = numbers("growth", growth); err != nil {
		return err
	}
	if o.Piles, err = numbers("piles", piles); err != nil {
		return err
	}
	if o.Ledgers, err = numbers("ledgers", ledgers); err != nil {
		return err
	}
	if *large {
		o.Growth = append(o.Growth, largest)
	}
	if strings.HasPrefix(o.MongoDB, "sqlite:") {
		return errors.New("-db: want mongodb://…; SQLite is measured anyway, in a temporary file")
	}
	if what != measure.ReportPhase {
		if err := o.Check(); err != nil {
			return err
		}
	}
	if o.Program == "" {
		dir, err := os.MkdirTemp("", "sothon-bench-server-")
		if err != nil {
			return fmt.Errorf("make a temporary folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if o.Program, err = build(ctx, dir); err != nil {
			return err
		}
	}
	if what == measure.ReportPhase {
		rising, err := numbers("sizes", *sizes)
		if err != nil {
			return err
		}
		result, err := measure.CompileReports(ctx, o, rising)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(stdout).Encode(result)
		}
		return result.WriteTable(stdout)
	}
	result, err := measure.Run(ctx, o)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(stdout).Encode(result)
	}
	return result.WriteTable(stdout)
}
