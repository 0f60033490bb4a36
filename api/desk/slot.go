package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/sothon/sothon/jobs/archive"
)

// slotWithin is how long a caller waits for the others of a slot.
const slotWithin = 20 * time.Second

// slot lets a few at a time, mostly one, do what reads very many records.
type slot chan struct{}

func newSlot(atOnce int) slot { return make(slot, atOnce) }

// acquire waits until there is room. The error is [archive.ErrBusy]
// where that takes too long.
func (s slot) acquire(ctx context.Context) (release func(), err error) {
	timeout := time.NewTimer(slotWithin)
	defer timeout.Stop()
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-timeout.C:
		return nil, fmt.Errorf("wait for others who read as many records: %w", archive.ErrBusy)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
