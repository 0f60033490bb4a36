package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// A backup from before an erasure is restored: verify names the order that it
// lacks, by a file beside the database that holds nothing of what was erased.
func TestErasuresOutliveARestore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	const unit ledger.UnitID = "21133-01-20040101"
	record := ledger.NameID("test", "1")
	push := func(n int, action, rest string) {
		t.Helper()
		c := &config{DB: "sqlite:" + path}
		db, err := c.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		log, err := (&config{LogLevel: "error", LogFormat: "text"}).logger(os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		w := wiring{now: time.Now, at: time.UTC, log: log, maxRecords: 1000, recovery: c.recoveryFile()}
		s := w.store(db, w.files(db), operations.NewMetrics())
		batch, err := ledger.ParseBatch(fmt.Appendf(nil, `{"device":"d","epoch":1,"from":%d,"ops":[{"n":%d,"record":%q,"kind":"household","action":%q,"base":0,"at":"2026-11-20T02:10:00Z"%s}]}`, n, n, record, action, rest))
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Append(t.Context(), unit, store.Author{User: "u", Role: form.RoleReviewer}, batch)
		if err != nil || a.Results[0].Status == ledger.Rejected {
			t.Fatal(err, a.Results)
		}
		if err := s.Settle(t.Context(), []ledger.UnitID{unit}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	verify := func() (string, error) {
		var said strings.Builder
		p := &program{stdout: &said, stderr: &said, env: func(string) (string, bool) { return "", false }, now: time.Now}
		err := (&verifyCommand{p}).run(t.Context(), []string{"-db", "sqlite:" + path})
		return said.String(), err
	}
	lost := &lostErasures{file: (&config{DB: "sqlite:" + path}).recoveryFile(), now: time.Now}
	wantLost := func(when string, want int) {
		t.Helper()
		db, err := (&config{DB: "sqlite:" + path}).open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		read := &readFrom{Log: db}
		first := lost.found.IsZero()
		lost.db = read
		left, err := lost.look(t.Context(), slog.New(slog.DiscardHandler))
		if found := lost.byUnit(); err != nil || left != want || found[unit].Orders != want || want > 0 && found[unit].Found == 0 {
			t.Errorf("%s %+v orders are lost, %v; want %d", when, found, err, want)
		}
		if read.first != nil && (*read.first == 0) != first {
			t.Errorf("%s the ledger is read from commit %d on", when, *read.first)
		}
	}
	push(1, "edit", `,"set":{"headName":"Hộ mẫu 012","category":"poor","phone":"0905123456"}`)
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	push(2, "erase", `,"fields":["headName","phone"]`)
	if said, err := verify(); err != nil {
		t.Fatal(err, said)
	}
	kept, err := os.ReadFile(path + ".erasures")
	if err != nil || strings.Count(string(kept), "{") != 1 || strings.Contains(string(kept), "mẫu") || strings.Contains(string(kept), "0905") {
		t.Fatalf("the file holds %q, %v", kept, err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	if err := os.WriteFile(path, backup, 0o600); err != nil { //nolint:gosec // The path is the test's own.
		t.Fatal(err)
	}
	said, err := verify()
	if want := fmt.Sprintf("ERASURE LOST %s %s: headName,phone", unit, record); err == nil || !strings.Contains(said, want) {
		t.Errorf("after the restore verify says %q, %v", said, err)
	}
	wantLost("at the start", 1)
	push(2, "erase", `,"fields":["phone"]`)
	wantLost("after a part of it was given again", 1)
	push(3, "erase", `,"fields":["headName","members","phone"]`)
	if said, err := verify(); err != nil {
		t.Errorf("after it was given again verify says %q, %v", said, err)
	}
	wantLost("after it was given again", 0)

	// A number is written again, and the same order is given again. The backup is
	// from between.
	push(4, "edit", `,"set":{"phone":"0905123457"}`)
	if backup, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	push(5, "erase", `,"fields":["headName","members","phone"]`)
	for _, end := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	if err := os.WriteFile(path, backup, 0o600); err != nil { //nolint:gosec // The path is the test's own.
		t.Fatal(err)
	}
	if said, err := verify(); err == nil || !strings.Contains(said, "ERASURE LOST") {
		t.Errorf("after the second restore verify says %q, %v", said, err)
	}
}

// readFrom notes behind which commit a ledger is read first.
type readFrom struct {
	store.Log

	first *ledger.Seq
}

func (r *readFrom) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	if r.first == nil {
		r.first = &after
	}
	return r.Log.Commits(ctx, unit, after, limit)
}

// A line that a full disk or a crash has cut off takes no other with it.
func TestErasuresAfterATornLine(t *testing.T) {
	f := &recoveryFile{path: filepath.Join(t.TempDir(), "erasures")}
	for i := range 2 {
		if err := f.note("21133-01-20040101", &ledger.Erasure{Record: ledger.NameID("test", fmt.Sprint(i)), Fields: []string{"phone"}}); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			err = os.WriteFile(f.path, append(whole, whole[:len(whole)/2]...), 0o600) //nolint:gosec // The path is the test's own.
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if list, _, err := f.read(); err != nil || len(list) != 2 {
		t.Errorf("the file holds %v, %v", list, err)
	}
}
