package desk

import (
	"context"
	"fmt"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// sharedKeys are rows that share so many keys.
type sharedKeys struct {
	store.Projections
	keys  int
	asked int
}

func (s *sharedKeys) Alike(_ context.Context, _ []ledger.UnitID, _ ledger.Kind, after string, limit int) (list []store.Alike, err error) {
	s.asked++
	for i := range s.keys {
		if key := fmt.Sprintf("k%06d", i); key > after && len(list) < limit {
			list = append(list, store.Alike{Key: key})
		}
	}
	return list, nil
}

// A request looks at so many keys and no more, and says whether there are others.
func TestKeysOfARequestAreBounded(t *testing.T) {
	for _, c := range []struct {
		keys, left, looked int
		all                bool
	}{{0, 100, 0, true}, {49, 100, 49, true}, {50, 100, 50, true}, {100, 100, 100, true}, {101, 100, 100, false}, {10000, 100, 100, false}, {1, 0, 0, false}} {
		rows, looked, left := &sharedKeys{keys: c.keys}, 0, c.left
		all, err := eachAlike(t.Context(), rows, nil, "household", "", &left, func(*store.Alike) (bool, error) {
			looked++
			return true, nil
		})
		if err != nil || all != c.all || looked != c.looked || left != c.left-c.looked || rows.asked > 3 {
			t.Errorf("%+v: looked at %d, all %t, %d left, asked %d times, %v", c, looked, all, left, rows.asked, err)
		}
	}
	rows, left := &sharedKeys{keys: 3}, 9
	if all, err := eachAlike(t.Context(), rows, nil, "household", "k000000", &left, func(a *store.Alike) (bool, error) { return a.Key != "k000001", nil }); all || err != nil || left != 8 {
		t.Errorf("stopped: all %t, %d left, %v", all, left, err)
	}
}
