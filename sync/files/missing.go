package files

import (
	"context"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Missing is what some records name and is not there.
type Missing map[string]bool

// Of returns those of a record's files that are missing.
func (m Missing) Of(r *ledger.Record) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.DeleteFunc(form.Files(r), func(hash string) bool { return !m[hash] })
}

// MissingOf looks for the files of some records at once. It is empty where none
// is missing.
func (c *catalog) MissingOf(ctx context.Context, records ...*ledger.Record) (Missing, error) {
	var hashes []string
	for _, r := range records {
		hashes = append(hashes, form.Files(r)...)
	}
	return c.Missing(ctx, hashes)
}

// Missing looks for files.
func (c *catalog) Missing(ctx context.Context, hashes []string) (Missing, error) {
	missing := make(Missing, len(hashes))
	for some := range slices.Chunk(hashes, store.MaxExisting) {
		found, err := c.backend.Existing(ctx, "files", some)
		if err != nil {
			return nil, fmt.Errorf("look for files: %w", err)
		}
		for _, hash := range some {
			if !slices.Contains(found, hash) {
				missing[hash] = true
			}
		}
	}
	return missing, nil
}
