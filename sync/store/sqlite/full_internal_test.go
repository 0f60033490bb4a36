package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// TestEveryWriteTellsOfAFullDisk: each kind of write says that there is no room, so
// that it is reported as that, and no single record is blamed.
func TestEveryWriteTellsOfAFullDisk(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "sothon.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var pages int
	if err := db.writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", pages+2)); err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte{'x'}, 1<<16)
	for name, write := range map[string]func(context.Context) error{
		"project a row": func(ctx context.Context) error {
			return db.Project(ctx, "A", store.Projection{Rows: []store.Row{{ID: ledger.RecordID{1}, Body: large}}})
		},
		"project a stream": func(ctx context.Context) error {
			return db.Project(ctx, "A", store.Projection{Streams: []store.Stream{{ID: "d", Body: large}}})
		},
		"add a document": func(ctx context.Context) error {
			return db.Add(ctx, "things", store.Document{ID: "1", Body: large})
		},
		"add a piece": func(ctx context.Context) error { return db.AddPiece(ctx, "f", 0, large) },
	} {
		if err := write(t.Context()); !errors.Is(err, store.ErrFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
