package api_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
	"github.com/sothon/sothon/sync/store/sqlite"
)

// This file is what stands around a host: its database, and where it delivers
// to.

// openDatabase opens an empty database: SQLite, or what SOTHON_TEST_DB names.
func openDatabase(t *testing.T) store.Backend {
	t.Helper()
	var db interface {
		store.Backend
		io.Closer
	}
	var err error
	switch name := os.Getenv("SOTHON_TEST_DB"); name {
	case "", "sqlite":
		db, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "sothon.db"))
	case "mongodb":
		db, err = mongo.Open(t.Context(), mongotest.URI(t))
	default:
		t.Fatalf("SOTHON_TEST_DB: want sqlite or mongodb, not %q", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// publicURL is the server's address in what recipients get.
const publicURL = "https://sothon.example.vn"

// channel delivers into a folder of the outbox.
func (h *host) channel(r outbox.Recipient) (post.Channel, error) {
	folder := filepath.Join(h.outbox, r.Address)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, err
	}
	return post.NewFolder(folder, h.clock.Now)
}
