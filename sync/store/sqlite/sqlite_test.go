package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/conformance"
	"github.com/sothon/sothon/sync/store/sqlite"
)

func open(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) store.Backend {
		t.Helper()
		return open(t, filepath.Join(t.TempDir(), "sothon.db"))
	})
}

func TestShared(t *testing.T) {
	conformance.Shared(t, func(t *testing.T) func(*testing.T) store.Backend {
		t.Helper()
		path := filepath.Join(t.TempDir(), "sothon.db")
		return func(t *testing.T) store.Backend { t.Helper(); return open(t, path) }
	})
}
