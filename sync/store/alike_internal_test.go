package store

import (
	"hash/maphash"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// TestIndexOfLookAlikes counts the records of a key as they come and go.
func TestIndexOfLookAlikes(t *testing.T) {
	x := newIndex[ledger.Place]()
	key := keyHash(maphash.String(seed, "household:name:a"))
	for n := range ledger.Place(5000) {
		if got := x.shared(key); got != int(n) {
			t.Fatalf("%d share the key, want %d", got, n)
		}
		x.set(n, nil, nil, []keyHash{key})
	}
	// They leave one by one, at the same cost each, until it tells again.
	for n := range ledger.Place(5000) {
		if got := x.shared(key); got != 5000-int(n) {
			t.Fatalf("%d share the key, want %d", got, 5000-int(n))
		}
		x.drop(key, n)
	}
	if len(x.first)+len(x.others) > 0 {
		t.Errorf("what is gone is still in the index: %v, %v", x.first, x.others)
	}
}
