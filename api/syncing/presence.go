package syncing

import (
	"context"
	"time"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// seen notes what the caller's device says of itself. It may fail: the next
// request comes.
func (s *Sync) seen(ctx context.Context, h accounts.Heartbeat) {
	origin, device := gate.OriginOf(ctx), gate.CallerOf(ctx).Device.ID
	h.Unsent, h.Client = origin.Unsent, origin.Client
	if err := s.Presences.Record(ctx, device, h); err != nil {
		s.Log.WarnContext(ctx, "device's figures not noted", "device", device, "error", err)
	}
}

// skewOf is by how many seconds the clock of a batch's device is ahead, as far
// as the batch shows: its newest op was written before it was sent.
func skewOf(b *ledger.Batch, now time.Time) *int {
	var newest ledger.Millis
	for i := range b.Ops {
		newest = max(newest, b.Ops[i].At)
	}
	const most = 1<<31 - 1
	seconds := int(min(max(newest-ledger.MillisOf(now), 0)/1000, most))
	return &seconds
}
