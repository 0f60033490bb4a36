package post_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/post"
)

func TestBackoff(t *testing.T) {
	least := func(int64) int64 { return 0 }
	most := func(n int64) int64 { return n - 1 }
	for attempt, bound := range map[int]time.Duration{
		-1: 2 * time.Minute, 0: 2 * time.Minute, 1: 2 * time.Minute, 2: 4 * time.Minute, 3: 8 * time.Minute,
		8: 256 * time.Minute, 9: 6 * time.Hour, 10: 6 * time.Hour, 63: 6 * time.Hour, 1 << 40: 6 * time.Hour,
	} {
		if got := post.Backoff(attempt, most); got != bound {
			t.Errorf("attempt %d waits up to %s, want %s", attempt, got, bound)
		}
		if got := post.Backoff(attempt, least); got != time.Minute {
			t.Errorf("attempt %d waits at least %s, want a minute", attempt, got)
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // Drawn, not hidden.
	for attempt := range 100 {
		if got := post.Backoff(attempt, random.Int64N); got < post.Shortest || got > post.Longest {
			t.Errorf("attempt %d waits %s", attempt, got)
		}
	}
}
