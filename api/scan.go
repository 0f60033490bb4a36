package api

import (
	"context"

	"github.com/sothon/sothon/sync/store"
)

// maxScanned is how many documents one request looks at. A page may so be
// short, or empty, and yet not be the last.
const maxScanned = 2000

// pick says what a scan does with a document.
type pick int

const (
	skip pick = iota
	take
	stop // neither it nor what follows
)

// scan lists a page of documents in order of their ids, those that a look at
// each one picks. next is the id to go on from, empty on the last page.
func scan[T any](ctx context.Context, table store.Table[T], after string, limit int, look func(*store.Stored[T]) (pick, error)) (page []store.Stored[T], next string, err error) {
	const block = 200
	if limit == 0 {
		limit = defaultPage
	}
	for range maxScanned / block {
		documents, err := table.List(ctx, "", after, block)
		if err != nil {
			return nil, "", err
		}
		for i := range documents {
			verdict, err := look(&documents[i])
			switch {
			case err != nil:
				return nil, "", err
			case verdict == stop:
				return page, "", nil
			case verdict == take && len(page) == limit:
				return page, page[limit-1].ID, nil
			case verdict == take:
				page = append(page, documents[i])
			}
		}
		if len(documents) < block {
			return page, "", nil
		}
		after = documents[block-1].ID
	}
	return page, after, nil
}

// afterID is the cursor of a scan.
type afterID struct {
	ID string `json:"a"`
}

// nextPage is the cursor of what a scan did not list.
func nextPage(next string) string {
	if next == "" {
		return ""
	}
	return encodeCursor(afterID{next})
}
