package paging

import (
	"context"

	"github.com/sothon/sothon/sync/store"
)

// maxScanned is how many documents one request looks at. So a page may be
// short, or empty, and yet not be the last.
const maxScanned = 2000

// Pick says what a scan does with a document.
type Pick int

// What to do with a document.
const (
	Skip Pick = iota
	Take
	Stop // leave it out, and end here
)

// Scan lists a page of documents in order of their ids, those that a look at
// each one picks. next is the id to go on from, empty on the last page.
func Scan[T any](ctx context.Context, table store.Table[T], after string, limit int, look func(*store.Stored[T]) (Pick, error)) (page []store.Stored[T], next string, err error) {
	const block = 200
	if limit == 0 {
		limit = DefaultLimit
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
			case verdict == Stop:
				return page, "", nil
			case verdict == Take && len(page) == limit:
				return page, page[limit-1].ID, nil
			case verdict == Take:
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

// AfterID is the cursor of a scan.
type AfterID struct {
	ID string `json:"a"`
}

// Next is the cursor of what a scan did not list.
func Next(next string) string {
	if next == "" {
		return ""
	}
	return Encode(AfterID{next})
}
