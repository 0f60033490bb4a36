//go:build linux

package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// instance is one server: a process of the program, which can be killed and
// started again on its address.
type instance struct {
	t       *testing.T
	db      string // as -db has it
	address string
	log     string // a file
	process *exec.Cmd
	exited  chan struct{}
	status  error // of the process, once it has exited
}

func newInstance(t *testing.T, db string) *instance {
	t.Helper()
	s := &instance{t: t, db: db, address: freeAddress(t)}
	s.log = filepath.Join(t.TempDir(), "log")
	t.Cleanup(func() {
		if s.process != nil {
			_ = s.process.Process.Kill()
			<-s.exited
		}
		s.inspect()
	})
	return s
}

// freeAddress finds a port below those that are given to clients, so that
// nobody takes it while a server is away.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 50 {
		address := fmt.Sprint("127.0.0.1:", 10_000+rand.IntN(20_000)) //nolint:gosec // Not a secret.
		if listener, err := net.Listen("tcp", address); err == nil {
			_ = listener.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

func (s *instance) url() string { return "http://" + s.address }

// start starts the process, and waits until it is ready.
func (s *instance) start() {
	s.t.Helper()
	s.launch()
	s.awaitReady()
}

func (s *instance) awaitReady() {
	s.t.Helper()
	s.await("the server to be ready", func() bool {
		select {
		case <-s.exited:
			s.t.Fatalf("the server ended: %v\n%s", s.status, s.tail())
		default:
		}
		answer, err := http.Get(s.url() + "/readyz")
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
}

// readiness is what /readyz says.
func (s *instance) readiness() string {
	s.t.Helper()
	answer, err := http.Get(s.url() + "/readyz")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// launch starts the process.
func (s *instance) launch() {
	s.t.Helper()
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }() // the process has its own
	process := exec.Command(program, "-db", s.db, "-listen", s.address, "-log-level", "warn")
	process.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SOTHON_") })
	process.Stdout, process.Stderr = log, log
	// Should the test die, so does the server, when the thread ends that
	// started it.
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	exited, started := make(chan struct{}), make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := process.Start()
		started <- err
		if err == nil {
			s.status = process.Wait()
		}
		close(exited)
	}()
	if err := <-started; err != nil {
		s.t.Fatal(err)
	}
	s.process, s.exited = process, exited
}

func (s *instance) await(what string, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(45 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("timed out waiting for %s\n%s", what, s.tail())
		}
	}
}

// kill is kill -9.
func (s *instance) kill() {
	s.t.Helper()
	if err := s.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
	<-s.exited
	s.process = nil
}

// stop asks the server to finish what it has, as a service manager does.
func (s *instance) stop() {
	s.t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	<-s.exited
	s.process = nil
	if s.status != nil {
		s.t.Errorf("the server was asked to stop, and ended with %v\n%s", s.status, s.tail())
	}
}

func (s *instance) tail() string {
	text, _ := os.ReadFile(s.log)
	return string(text[max(0, len(text)-3000):])
}

// inspect fails the test where a server said something that no fault excuses.
func (s *instance) inspect() {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return // never started
	}
	for _, never := range []string{"DATA RACE", "panic", "fatal error"} {
		if i := bytes.Index(text, []byte(never)); i >= 0 {
			s.t.Errorf("a server's log has %q:\n%s", never, text[max(0, i-200):min(len(text), i+3000)])
		}
	}
	if s.t.Failed() {
		s.t.Logf("the log of %s ends:\n%s", s.address, s.tail())
	}
}

// mustRun runs another command of the program.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, output)
	}
	return string(output)
}
