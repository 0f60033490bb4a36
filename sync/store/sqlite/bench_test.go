package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/conformance"
	"github.com/sothon/sothon/sync/store/sqlite"
)

func BenchmarkSQLite(b *testing.B) {
	conformance.Benchmark(b, func(b *testing.B) store.Backend {
		b.Helper()
		db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "sothon.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		return db
	})
}
