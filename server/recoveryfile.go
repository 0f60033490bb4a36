package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// recoveryFile is a file beside the database that has every order of erasure that was
// carried out, and every number that a report was given. A backup that is older
// than an order brings back what that destroyed, and the order is not in it: only
// what lies elsewhere can tell. A nil recoveryFile keeps nothing.
type recoveryFile struct {
	path string
	mu   sync.Mutex
}

// erasureOrder is one line of the file. It holds nothing of what was erased.
type erasureOrder struct {
	Unit   ledger.UnitID `json:"unit"`
	Record string        `json:"record"`
	Fields []string      `json:"fields,omitempty"`
	Dots   []string      `json:"dots,omitempty"` // of refused ops
	At     ledger.Millis `json:"at"`             // a later order for the same reaches what was written meanwhile
}

func (o *erasureOrder) String() string {
	what := strings.Join(o.Fields, ",")
	if len(o.Dots) > 0 {
		what = strings.Trim(what+" ops "+strings.Join(o.Dots, ","), " ")
	}
	return fmt.Sprintf("%s %s: %s", o.Unit, o.Record, what)
}

// recoveryFile names the file: beside an SQLite database unless another is set.
func (c *config) recoveryFile() *recoveryFile {
	path, isFile := strings.CutPrefix(c.DB, "sqlite:")
	switch {
	case c.Erasures != "":
		return &recoveryFile{path: c.Erasures}
	case isFile:
		return &recoveryFile{path: path + ".erasures"}
	}
	return nil
}

func orderOf(unit ledger.UnitID, record ledger.RecordID, fields []string, dots []ledger.Dot, at ledger.Millis) erasureOrder {
	o := erasureOrder{Unit: unit, Record: record.String(), At: at, Fields: slices.Sorted(slices.Values(fields))}
	for _, dot := range dots {
		o.Dots = append(o.Dots, dot.String())
	}
	return o
}

// note adds an order, unless it is there. It is on the disk when note returns.
func (f *recoveryFile) note(unit ledger.UnitID, e *ledger.Erasure) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	one := orderOf(unit, e.Record, e.Fields, e.Dots, e.At)
	list, _, err := f.read()
	if err != nil || slices.ContainsFunc(list, func(o erasureOrder) bool { return o.At == one.At && o.String() == one.String() }) {
		return err
	}
	return f.add(one)
}

// add writes lines behind the others. They are on the disk when add returns. The
// caller holds mu.
func (f *recoveryFile) add(lines ...any) error {
	var text bytes.Buffer
	for _, one := range lines {
		line, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("add to %s: %w", f.path, err)
		}
		fmt.Fprintf(&text, "\n%s\n", line) // a line that a crash cut off before is not gone on with
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("add to what is kept outside of the database: %w", err)
	}
	_, err = file.Write(text.Bytes())
	return errors.Join(err, file.Sync(), file.Close())
}

// read returns the orders of the file, and the numbers. The caller holds mu.
func (f *recoveryFile) read() (list []erasureOrder, numbers []archive.Number, err error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read what is kept outside of the database: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var one struct {
			erasureOrder
			numberLine
		}
		switch err := json.Unmarshal(lines.Bytes(), &one); {
		case err != nil: // an empty line, or one that was cut off
		case one.Issued != nil:
			numbers = append(numbers, *one.Issued)
		default:
			list = append(list, one.erasureOrder)
		}
	}
	return list, numbers, lines.Err()
}

// missing lists the orders that the ledgers lack: a backup was restored. It notes in
// looked up to where it read them.
func (f *recoveryFile) missing(ctx context.Context, db store.Log, looked map[ledger.UnitID]ledger.Seq) ([]erasureOrder, error) {
	if f == nil {
		return nil, nil
	}
	f.mu.Lock()
	list, _, err := f.read()
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return missingOf(ctx, db, list, looked)
}

// missingOf lists those of orders that the ledgers lack. It reads each ledger behind
// the commit up to which it was looked through, and notes in looked how far it came.
func missingOf(ctx context.Context, db store.Log, orders []erasureOrder, looked map[ledger.UnitID]ledger.Seq) (lost []erasureOrder, err error) {
	given := map[ledger.UnitID][]erasureOrder{}
	for _, o := range orders {
		if _, read := given[o.Unit]; !read {
			if given[o.Unit], looked[o.Unit], err = ordersOf(ctx, db, o.Unit, looked[o.Unit]); err != nil {
				return nil, err
			}
		}
		if !slices.ContainsFunc(given[o.Unit], o.coveredBy) {
			lost = append(lost, o)
		}
	}
	return lost, nil
}

// coveredBy reports whether another order reaches all that this one does. One
// that was given before does not: it has not reached what was written since.
func (o *erasureOrder) coveredBy(other erasureOrder) bool {
	within := func(list, of []string) bool {
		return !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(of, s) })
	}
	return o.Record == other.Record && other.At >= o.At && within(o.Fields, other.Fields) && within(o.Dots, other.Dots)
}

// ordersOf reads the orders of erasure that a ledger holds after a commit, and
// returns its last commit too.
func ordersOf(ctx context.Context, db store.Log, unit ledger.UnitID, after ledger.Seq) (list []erasureOrder, last ledger.Seq, err error) {
	for {
		commits, err := db.Commits(ctx, unit, after, 256)
		if err != nil {
			return nil, 0, fmt.Errorf("look for orders of erasure: %w", err)
		}
		if len(commits) == 0 {
			return list, after, nil
		}
		for _, c := range commits {
			after = c.Seq
			for _, stored := range c.Stored() {
				if stored.Verdict.Status == ledger.Rejected || stored.Op.Action() != ledger.ActionErase {
					continue
				}
				op := stored.Op.Open()
				list = append(list, orderOf(unit, op.Record, op.Fields, op.Dots, c.At))
			}
		}
	}
}
