//go:build linux

package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// TestFullDisk lets no file of the server grow any more, which to SQLite is a
// full disk: nothing is acknowledged then, but 503 is answered, and phones go
// on pulling. Once there is room the server goes on, and one that was killed
// in the middle of it starts.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sothon.db")
	c := newCommune(t, "sqlite:"+path, 1)
	s := c.servers[0]
	c.during(func() {
		c.progress(200)
		c.limitFiles(path)
		c.refuses()
		if text := s.readiness(); !strings.Contains(text, "\nfull: ") {
			t.Errorf("/readyz says %q", text)
		}
		log, err := os.ReadFile(s.log)
		if n := strings.Count(string(log), "no room"); err != nil || n < 1 || n > 3 {
			t.Errorf("%v; the log tells of it %d times:\n%s", err, n, s.tail())
		}
		s.mustLimit(unix.RLIM_INFINITY)
		c.progress(200)
		c.limitFiles(path)
		time.Sleep(time.Second)
		s.kill()
		c.count(func(n *tally) { n.serverKills++ })
		s.start()
		c.progress(200)
	})
	c.finish()
}

// TestFullDiskOfMongoDB takes the room from every node of a replica set, so
// that all of them end. Once there is room and they are back, the servers go on
// by themselves.
func TestFullDiskOfMongoDB(t *testing.T) {
	t.Parallel()
	set := mongotest.ReplicaSet(t, 3)
	c := newCommune(t, set.URI(), 2)
	c.during(func() {
		c.progress(200)
		restart := set.Fill()
		told := func() (n int) {
			c.count(func(now *tally) {
				for problem, times := range now.refused {
					if strings.HasPrefix(problem, "503 ") {
						n += times
					}
				}
			})
			return n
		}
		before := told()
		c.servers[0].await("the phones to be answered 503", func() bool { return told() > before })
		restart()
		c.progress(200)
	})
	c.finish()
}

// limitFiles leaves the server next to no room.
func (c *commune) limitFiles(path string) {
	c.t.Helper()
	size := int64(0)
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			c.t.Fatal(err)
		}
		size = max(size, info.Size())
	}
	c.servers[0].mustLimit(uint64(size) + 64<<10)
}

// refuses waits until phones were answered 503, and pulls meanwhile.
func (c *commune) refuses() {
	c.t.Helper()
	told := func() (n int) {
		c.count(func(now *tally) { n = now.refused["503 outcome-unknown"] })
		return n
	}
	before := told()
	c.servers[0].await("the phones to be answered 503", func() bool { return told() > before })
	for _, p := range c.phones[:villages] {
		newcomer := newPhone(c, c.random, "new", p.book.Unit)
		newcomer.client.State.Access = p.client.State.Access
		if !newcomer.pull(c.t.Context(), chance{c.servers[0].url(), 30 * time.Second}) || len(newcomer.book.Records) == 0 {
			c.t.Error("nothing can be pulled while the disk is full")
		}
	}
	stranger := newPhone(c, c.random, c.phones[0].username, c.phones[0].book.Unit)
	if stranger.signIn(c.t.Context(), chance{c.servers[0].url(), 30 * time.Second}) { // a session is written
		c.t.Error("somebody signed in while the disk is full")
	}
}

// mustLimit bounds the size to which the running server's files can grow.
func (s *instance) mustLimit(bytes uint64) {
	s.t.Helper()
	limit := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(s.process.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		s.t.Fatal(fmt.Errorf("limit the files of the server: %w", err))
	}
}
