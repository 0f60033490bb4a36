package accounts_test

import (
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// What was written for a unit that was taken away is let in until its day, and not from
// then on.
func TestFormerUnitsEnd(t *testing.T) {
	until := time.Date(2026, 12, 20, 8, 0, 0, 0, time.UTC)
	u := accounts.User{Former: []accounts.FormerUnit{
		{Unit: "21133-01-20040101", Until: ledger.MillisOf(until)},
		{Unit: "21133-02-20040101", Until: ledger.MillisOf(until.Add(time.Hour))},
	}}
	for after, want := range map[time.Duration]int{-time.Millisecond: 2, 0: 1, time.Hour: 0} {
		if left := u.FormerUnits(until.Add(after)); len(left) != want {
			t.Errorf("%s after the first ends: %v", after, left)
		}
	}
}
