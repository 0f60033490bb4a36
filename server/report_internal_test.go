package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/sync/store"
)

// The commands about an issued report take its unit and period from it, and its
// id before or behind their flags.
func TestCommandsAboutAnIssuedReport(t *testing.T) {
	db := "-db=sqlite:" + filepath.Join(t.TempDir(), "x.db")
	mustRun(t, "", "unit", "add", db, "-code", "21133", "-name", "Xã mẫu", "-valid-from", "2004-01-01")
	id := strings.TrimSpace(mustRun(t, "", "report", "compile", db, "-unit", "21133-20040101", "-from", "2019", "-to", "2024"))
	office := func(do func(context.Context, *jobs.Office, store.Stored[archive.Report]) error) {
		t.Helper()
		p := reportCommands{&program{env: func(string) (string, bool) { return "", false }, now: time.Now}}
		err := p.withOffice(t.Context(), &config{DB: strings.TrimPrefix(db, "-db=")}, func(f *jobs.Office, _ store.Backend) error {
			r, err := f.Archive.Get(t.Context(), id)
			if err != nil {
				return err
			}
			return do(t.Context(), f, r)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	office(func(ctx context.Context, f *jobs.Office, r store.Stored[archive.Report]) error {
		_, err := f.Archive.Approvals.Approve(ctx, r.ID, r.Version, archive.Signature{Name: "Người ký mẫu", Confirms: []archive.WarningCode{archive.EmptySections}})
		return err
	})
	for _, args := range [][]string{{id, db}, {db, id}, {"-db", strings.TrimPrefix(db, "-db="), id}} {
		if out := mustRun(t, "", slices.Concat([]string{"report", "verify"}, args)...); !strings.HasPrefix(out, id+" ok ") {
			t.Errorf("%q: %s", args, out)
		}
	}
	if _, err := command(t, "", nil, "report", "verify", db); err == nil {
		t.Error("a report without an id was verified")
	}
	if _, err := command(t, "", nil, "report", "verify", id, db, id); err == nil {
		t.Error("two ids were one")
	}
	if more := mustRun(t, "", "report", "compile", db, "-addendum", id); !strings.HasSuffix(more, ".02\n") {
		t.Errorf("the addendum is %s", more)
	}
	office(func(ctx context.Context, f *jobs.Office, r store.Stored[archive.Report]) error {
		_, err := f.Archive.Withdraw(ctx, r.ID, r.Version, "Sai mẫu.", entry.Actor{})
		return err
	})
	if next := mustRun(t, "", "report", "compile", db, "-replaces", id, "-unit", "21133-20040101"); !strings.HasSuffix(next, ".03\n") {
		t.Errorf("the one instead of it is %s", next)
	}
}
