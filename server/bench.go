package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/sothon/sothon/server/bench"
	"github.com/sothon/sothon/sync/store"
)

// largest is the ledger that -large adds to those of -growth.
const largest = 1_000_000

// bench measures a server of this program beside writing straight to its
// database.
func (p *program) bench(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	o := &bench.Options{Now: p.now, Progress: p.stderr}
	var what, growth string
	f.StringVar(&o.MongoDB, "db", "", "MongoDB to measure beside SQLite, mongodb://…; a database is made there, and dropped")
	f.StringVar(&what, "what", strings.Join(bench.Phases, ","), "phases, with commas between; or report, alone")
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
	large := f.Bool("large", false, "push into a ledger of 1000000 records too: minutes, and gigabytes of memory")
	f.StringVar(&o.CPUProfile, "cpuprofile", "", "file for the server's CPU profile; FILE.allocs tells what it allocated, FILE.mongodb is the server's on MongoDB")
	asJSON := f.Bool("json", false, "print one JSON object instead of a table")
	if err := p.parse(f, args); err != nil {
		return err
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
	var err error
	if o.Growth, err = numbers("growth", growth); err != nil {
		return err
	}
	if *large {
		o.Growth = append(o.Growth, largest)
	}
	if strings.HasPrefix(o.MongoDB, "sqlite:") {
		return errors.New("-db: want mongodb://…; SQLite is measured anyway, in a temporary file")
	}
	if o.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	o.Open = func(ctx context.Context, db string) (store.Backend, error) { return (&config{DB: db}).open(ctx) }
	if what == bench.ReportPhase {
		rising, err := numbers("sizes", *sizes)
		if err != nil {
			return err
		}
		result, err := bench.MeasureReports(ctx, o, rising)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(p.stdout).Encode(result)
		}
		return result.WriteTable(p.stdout)
	}
	result, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(p.stdout).Encode(result)
	}
	return result.WriteTable(p.stdout)
}
