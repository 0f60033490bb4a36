package api

import (
	"cmp"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// moment is where something stands in a list whose latest comes first; it is
// the cursor of such a list.
type moment struct {
	At ledger.Millis `json:"t"`
	ID string        `json:"i"`
}

func compareMoments(a, b moment) int {
	return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.ID, b.ID))
}

// latest lists a page of what is in memory, and the cursor of the next. keep
// says whether the caller may see one; it is not asked about other pages.
func latest[T any](all []T, limit int, cursor string, when func(*T) moment, keep func(*T) (bool, error)) (page []T, next string, err error) {
	var after moment
	if err := decodeCursor(cursor, &after); err != nil {
		return nil, "", err
	}
	if limit == 0 {
		limit = defaultPage
	}
	slices.SortFunc(all, func(a, b T) int { return compareMoments(when(&a), when(&b)) })
	for i := range all {
		if cursor != "" && compareMoments(when(&all[i]), after) <= 0 {
			continue
		}
		if len(page) == limit {
			return page, encodeCursor(when(&page[limit-1])), nil
		}
		kept, err := keep(&all[i])
		if err != nil {
			return nil, "", err
		}
		if kept {
			page = append(page, all[i])
		}
	}
	return page, "", nil
}

// anything is kept.
func anything[T any](*T) (bool, error) { return true, nil }
