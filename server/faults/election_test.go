//go:build linux

package faults_test

import (
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// TestStartDuringAnElection kills the primary while servers start, at one
// moment of it or another. They go on with the next one instead of giving up.
func TestStartDuringAnElection(t *testing.T) {
	t.Parallel()
	set := mongotest.ReplicaSet(t, 3)
	c := newCommune(t, set.URI(), 2)
	c.during(func() {
		for range kills(5) {
			c.progress(50)
			for _, s := range c.servers {
				s.kill()
			}
			for _, s := range c.servers {
				s.launch()
			}
			time.Sleep(time.Duration(c.random.IntN(150)) * time.Millisecond)
			restart := set.Kill()
			c.count(func(n *tally) { n.serverKills += len(c.servers); n.primaryKills++ })
			for _, s := range c.servers {
				s.awaitReady()
			}
			restart()
		}
		c.progress(50)
	})
	c.finish()
}
