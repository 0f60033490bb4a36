package paging

import (
	"cmp"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Moment is where something stands in a list whose latest comes first; it is
// the cursor of such a list.
type Moment struct {
	At ledger.Millis `json:"t"`
	ID string        `json:"i"`
}

func compareMoments(a, b Moment) int {
	return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.ID, b.ID))
}

// Latest lists a page of what is in memory, and the cursor of the next. keep
// says whether the caller may see one; it is not asked about other pages.
func Latest[T any](all []T, limit int, cursor string, when func(*T) Moment, keep func(*T) (bool, error)) (page []T, next string, err error) {
	var after Moment
	if err := Decode(cursor, &after); err != nil {
		return nil, "", err
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	slices.SortFunc(all, func(a, b T) int { return compareMoments(when(&a), when(&b)) })
	for i := range all {
		if cursor != "" && compareMoments(when(&all[i]), after) <= 0 {
			continue
		}
		if len(page) == limit {
			return page, Encode(when(&page[limit-1])), nil
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

// All is kept.
func All[T any](*T) (bool, error) { return true, nil }
