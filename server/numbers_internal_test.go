package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// A backup is restored after two more reports were signed. Their numbers are not
// given again: who signs is asked first, and verify names them until they are
// given again by hand.
func TestNumbersOutliveARestore(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "x.db"), filepath.Join(dir, "copy.db")
	const unit ledger.UnitID = "21133-20040101"
	var said strings.Builder
	p := &program{stdout: &said, stderr: &said, env: func(string) (string, bool) { return "", false }, now: time.Now}
	c := &config{DB: "sqlite:" + path}
	db, err := c.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.New(db).Units.Add(t.Context(), string(unit), accounts.Unit{ID: unit, Code: "21133", Name: "Xã mẫu", Level: accounts.Commune, ValidFrom: "2004-01-01"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	do := func(f func(context.Context, *jobs.Office)) {
		t.Helper()
		if err := (&reportCommands{p}).withOffice(t.Context(), c, func(office *jobs.Office, _ store.Backend) error {
			f(t.Context(), office)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	verify := func() error {
		said.Reset()
		return (&verifyCommand{p}).run(t.Context(), []string{"-db", c.DB})
	}
	draft := func(ctx context.Context, office *jobs.Office, year int) store.Stored[archive.Report] {
		t.Helper()
		r, err := office.Archive.Drafts.Compile(ctx, archive.Request{Unit: unit, Template: report.UBND, Period: calendar.Term(year, year+1, ""), By: entry.Actor{Name: "Cán bộ mẫu"}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	sign := func(ctx context.Context, office *jobs.Office, r store.Stored[archive.Report], by archive.Signature) (int, error) {
		by.Name, by.By = "Người ký mẫu", entry.Actor{Name: "Chủ tịch mẫu"}
		by.Confirms = append(by.Confirms, archive.OpenConflicts, archive.SilentVillages, archive.NotReviewed, archive.EmptySections)
		r, err := office.Archive.Approvals.Approve(ctx, r.ID, r.Version, by)
		if err != nil {
			return 0, err
		}
		return r.Value.Approval.Issue.Number, nil
	}
	signs := func(ctx context.Context, office *jobs.Office, want int, r store.Stored[archive.Report], by archive.Signature) {
		t.Helper()
		if n, err := sign(ctx, office, r, by); n != want || err != nil {
			t.Fatalf("signed as %d, want %d: %v", n, want, err)
		}
	}
	do(func(ctx context.Context, office *jobs.Office) {
		signs(ctx, office, 1, draft(ctx, office, 2001), archive.Signature{})
	})
	if err := p.backup(t.Context(), []string{"-db", c.DB, "-to", copied}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond) // what is signed now is later than the backup
	do(func(ctx context.Context, office *jobs.Office) {
		signs(ctx, office, 2, draft(ctx, office, 2002), archive.Signature{})
		signs(ctx, office, 3, draft(ctx, office, 2003), archive.Signature{})
	})
	if err := verify(); err != nil {
		t.Fatal(err, said.String())
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	if err := os.Rename(copied, path); err != nil {
		t.Fatal(err)
	}
	if err := verify(); err == nil || strings.Count(said.String(), "NUMBER LOST 21133-20040101") != 2 {
		t.Fatalf("after the restore verify says %q, %v", said.String(), err)
	}

	do(func(ctx context.Context, office *jobs.Office) {
		fresh := draft(ctx, office, 2004)
		if n, err := office.Archive.Approvals.NextNumber(ctx, &fresh.Value); n != 4 || err != nil {
			t.Fatalf("the next number is %d, %v", n, err)
		}
		all, err := office.Archive.Approvals.Warnings(ctx, &fresh.Value)
		i := slices.IndexFunc(all, func(w archive.Warning) bool { return w.Code == archive.Restored })
		if err != nil || i < 0 || all[i].Count != 2 || !strings.Contains(all[i].Message, "02/") || !strings.Contains(all[i].Message, "03/") || !strings.Contains(all[i].Message, "Số tiếp theo là 04") {
			t.Fatalf("%+v, %v", all, err)
		}
		var unconfirmed *archive.UnconfirmedError
		for _, by := range []archive.Signature{{}, {Number: 2}, {Reason: "Không rõ."}} {
			if _, err := sign(ctx, office, fresh, by); !errors.As(err, &unconfirmed) || len(unconfirmed.Warnings) != 1 || unconfirmed.Warnings[0].Code != archive.Restored {
				t.Fatalf("%+v: %v", by, err)
			}
		}
		again := draft(ctx, office, 2002)
		signs(ctx, office, 2, again, archive.Signature{Number: 2, Reason: "Báo cáo này đã có số 02 trước khi khôi phục."})
		signs(ctx, office, 4, fresh, archive.Signature{Confirms: []archive.WarningCode{archive.Restored}})
		next := draft(ctx, office, 2005)
		signs(ctx, office, 5, next, archive.Signature{}) // it was read before
	})
	if err := verify(); err == nil || strings.Count(said.String(), "NUMBER LOST") != 1 || !strings.Contains(said.String(), ": 03/") {
		t.Errorf("after one was given again verify says %q, %v", said.String(), err)
	}
	do(func(ctx context.Context, office *jobs.Office) {
		signs(ctx, office, 3, draft(ctx, office, 2003), archive.Signature{Number: 3, Reason: "Báo cáo này đã có số 03 trước khi khôi phục."})
	})
	if err := verify(); err != nil {
		t.Errorf("after all were given again verify says %q, %v", said.String(), err)
	}
	if err := os.Remove(path + ".erasures"); err != nil {
		t.Fatal(err)
	}
	if err := verify(); err != nil { // which keeps again what the register has
		t.Fatal(err)
	}
	if kept, err := c.recoveryFile().numbers(); err != nil || len(kept) != 5 {
		t.Errorf("kept again: %v, %v", kept, err)
	}
}
