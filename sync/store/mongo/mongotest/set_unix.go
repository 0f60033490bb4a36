//go:build unix

package mongotest

import "syscall"

// Stop halts the primary as SIGSTOP does: it keeps its connections and
// answers nothing. What is returned lets it go on, as one who does not know
// that another was elected meanwhile, and waits until it does.
func (s *Set) Stop() (goOn func()) {
	s.t.Helper()
	n := s.primary()
	s.setAway(n, true)
	if err := n.process.Process.Signal(syscall.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if err := n.process.Process.Signal(syscall.SIGCONT); err != nil {
			s.t.Fatal(err)
		}
		s.setAway(n, false)
		s.wait()
	}
}
