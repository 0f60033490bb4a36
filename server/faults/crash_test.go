//go:build linux

package faults_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// TestSQLite kills servers over one file: one server, and in other rounds two.
func TestSQLite(t *testing.T) {
	t.Parallel()
	rounds(t, 14, func(t *testing.T, round int) {
		c := newCommune(t, "sqlite:"+filepath.Join(t.TempDir(), "sothon.db"), 1+round%2)
		c.during(func() {
			for range kills(10) {
				c.killServers()
			}
			c.progress(50)
		})
		c.finish()
	})
}

// TestMongoDB kills and stops the primary of a replica set, and the servers:
// two that write the same villages throughout.
func TestMongoDB(t *testing.T) {
	t.Parallel()
	rounds(t, 6, func(t *testing.T, _ int) {
		set := mongotest.ReplicaSet(t, 3)
		c := newCommune(t, set.URI(), 2)
		faults := kills(8)
		c.during(func() {
			for i := range faults {
				switch i % 4 {
				case 1:
					c.killPrimary(set)
				case 3:
					if i%8 == 3 {
						c.stopPrimary(set)
						break
					}
					fallthrough
				default:
					c.killServers()
				}
			}
			c.progress(50)
		})
		c.finish()
	})
}

// killServers kills one server, or all of them, at one moment or another, and
// starts them again.
func (c *commune) killServers() {
	c.t.Helper()
	c.progress(1 + c.random.IntN(100))
	if c.random.IntN(2) == 0 { // not in the moment of an answer
		time.Sleep(time.Duration(c.random.IntN(30)) * time.Millisecond)
	}
	victims := c.servers
	if one := c.random.IntN(2 * len(victims)); one < len(victims) {
		victims = victims[one : one+1]
	}
	for _, s := range victims {
		s.kill()
	}
	c.count(func(n *tally) { n.serverKills += len(victims) })
	if len(victims) == len(c.servers) {
		c.look()
	}
	for _, s := range victims {
		if c.random.IntN(4) == 0 { // once more, while it starts
			s.launch()
			time.Sleep(time.Duration(c.random.IntN(120)) * time.Millisecond)
			s.kill()
			c.count(func(n *tally) { n.startsKilled++ })
		}
		s.start()
	}
}

// look counts whether the servers were killed between the insert of a commit
// and its projection.
func (c *commune) look() {
	c.t.Helper()
	name := c.db
	if path, ok := strings.CutPrefix(name, "sqlite:"); ok {
		// In a copy: to open the file itself would repair it, which the servers
		// are to do.
		copied := filepath.Join(c.t.TempDir(), "copy.db")
		for _, suffix := range []string{"", "-wal"} {
			copyFile(c.t, path+suffix, copied+suffix)
		}
		name = "sqlite:" + copied
	}
	db := c.open(name)
	defer func() { _ = db.Close() }()
	cut := false
	for _, p := range c.phones[:villages] {
		c.retryDuringElection(func() error {
			head, err1 := db.Head(c.t.Context(), p.book.Unit)
			projected, err2 := db.Projected(c.t.Context(), p.book.Unit)
			cut = cut || err1 == nil && err2 == nil && head != projected
			return errors.Join(err1, err2)
		})
	}
	c.count(func(n *tally) {
		n.looks++
		if cut {
			n.unprojected++
		}
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	source, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	copied, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(copied, source); err != nil {
		t.Fatal(err)
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
}

// killPrimary kills the node that takes the writes. The others must go on
// before it is back, and sometimes the servers are killed meanwhile too.
func (c *commune) killPrimary(set *mongotest.Set) {
	c.t.Helper()
	c.progress(1 + c.random.IntN(100))
	restart := set.Kill()
	c.count(func(n *tally) { n.primaryKills++ })
	if c.random.IntN(2) == 0 {
		c.killServers()
	}
	c.progress(50)
	restart()
}

// stopPrimary stops the node that takes the writes for longer than it takes
// the others to elect one in its place.
func (c *commune) stopPrimary(set *mongotest.Set) {
	c.t.Helper()
	c.progress(1 + c.random.IntN(100))
	goOn := set.Stop()
	c.count(func(n *tally) { n.primaryStops++ })
	time.Sleep(mongotest.Election)
	c.progress(50)
	goOn()
}
