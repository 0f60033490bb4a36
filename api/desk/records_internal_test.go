package desk

import (
	"testing"

	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// FuzzCursor reads whatever can stand in the cursors of the desk's lists.
func FuzzDeskCursor(f *testing.F) {
	f.Add(paging.Encode(position{Sort: store.SortName, Text: []byte{0xff, 0}, Unit: "21133-01-20040101", Record: ledger.RecordID{1}.String()}))
	f.Add("e30")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, at := range []any{&position{}, &pairs{}} {
			if err := paging.Decode(cursor, at); err != nil || cursor == "" {
				continue
			}
			// One that is longer than any that the server made need not be read again.
			if again := paging.Encode(at); len(again) <= len(cursor) {
				if err := paging.Decode(again, at); err != nil {
					t.Fatalf("%q reads as %+v, and that cannot be read: %v", cursor, at, err)
				}
			}
		}
	})
}
