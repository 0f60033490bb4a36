package accounts_test

import (
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestUnsentSinceAClockAhead: what a device has not sent waits since the clock is right
// again, not since a day that is still to come.
func TestUnsentSinceAClockAhead(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	p := accounts.NewPresences(memory.New(), func() time.Time { return now })
	saw := func(ops int) ledger.Millis {
		t.Helper()
		if err := p.Record(t.Context(), "d_1", accounts.Heartbeat{Unsent: &accounts.Unsent{Ops: ops}}); err != nil {
			t.Fatal(err)
		}
		v, err := p.Of(t.Context(), "d_1")
		if err != nil {
			t.Fatal(err)
		}
		return v.UnsentSince
	}
	now = now.AddDate(1, 0, 0)
	saw(1)
	now = now.AddDate(-1, 0, 0)
	if since := saw(2); since != ledger.MillisOf(now) {
		t.Errorf("unsent since %s, now is %s", since.Time(), now)
	}
}
