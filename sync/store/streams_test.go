package store_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/sqlite"
)

// mustUnzip writes the content of a gzip file into a file of the test's own.
func mustUnzip(t *testing.T, path string) string {
	t.Helper()
	packed, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir() + "/test.db"
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestStreamsStoredBefore opens a file of November 2026, whose one phone has
// pushed 2,100 ops in as many commits, and whose lists remember where 1,069 of
// them stand. They are made again at the start, or by who comes before that.
func TestStreamsStoredBefore(t *testing.T) {
	for name, recovered := range map[string]bool{"after the start": true, "before it is done": false} {
		t.Run(name, func(t *testing.T) {
			file, err := sqlite.Open(t.Context(), mustUnzip(t, "testdata/streams-2026-11.db.gz"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = file.Close() })
			db := &reads{Backend: file}
			s := openStore(t, db, nil)
			if recovered {
				if err := s.Recover(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if head, err := s.Head(t.Context(), village); err != nil || head.Seq != 2100 {
				t.Fatalf("head %v, %v", head, err)
			}
			p := newPhone(t, "d_1")
			p.author.User = "u_1"
			for i := range 2100 {
				p.edit(id((i+1)%30), 0, fmt.Sprintf(`{"date":"2026-11-20","level":"commune","place":"x","attendance":%d}`, i+1))
			}
			for _, from := range []uint64{1, 200, 1000, 1601} {
				answer := db.mustResend(t, s, p, from, from+499, 3, 502)
				for i, v := range answer.Results {
					if v.Status != ledger.Accepted {
						t.Fatalf("counter %d: %+v", from+uint64(i), v)
					}
				}
			}
			p.mustPush(s, p.edit(id(1), 0, meeting(1)), 2101)
			if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
				t.Fatal(err)
			}
			next := openStore(t, db, nil)
			db.commits.Store(0)
			if _, err := next.Head(t.Context(), village); err != nil || db.commits.Load() > 50 {
				t.Errorf("loaded again with %d commits, %v", db.commits.Load(), err)
			}
			db.mustResend(t, next, p, 1, 500, 3, 502)
			mustAgree(t, &host{t, file}, next)
			if _, err := store.Verify(t.Context(), file, village); err != nil {
				t.Error(err)
			}
		})
	}
}
