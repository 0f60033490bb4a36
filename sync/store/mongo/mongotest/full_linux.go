package mongotest

import (
	"time"

	"golang.org/x/sys/unix"
)

// Fill lets no file of any node grow any more, which to a mongod is a full
// disk: it ends itself rather than go on without its journal. Fill waits until
// all have, so something has to write meanwhile. What is returned makes room
// and starts them again, and waits until they have a primary.
func (s *Set) Fill() (restart func()) {
	s.t.Helper()
	for _, n := range s.nodes {
		limit := unix.Rlimit{Cur: 4 << 10, Max: unix.RLIM_INFINITY}
		if err := unix.Prlimit(n.process.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, n := range s.nodes {
		select {
		case <-n.exited:
		case <-time.After(time.Minute):
			s.t.Fatalf("a node goes on without room: %v", n.log())
		}
		s.setAway(n, true)
	}
	return func() {
		s.t.Helper()
		for _, n := range s.nodes {
			if err := n.start(); err != nil {
				s.t.Fatal(err)
			}
			s.setAway(n, false)
		}
		s.wait()
	}
}
