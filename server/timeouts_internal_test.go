package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/store"
)

// serveSmall starts a server that has short timeouts, or few connections.
func serveSmall(t *testing.T, change func(*config)) *instance {
	t.Helper()
	c := &config{
		DB: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Listen: "127.0.0.1:0", Issuer: "sothon.example.vn", SMTPSecurity: "starttls",
		MaxConnections: 100, MaxRecords: 1000, Drain: 5 * time.Second, timeouts: standardTimeouts,
	}
	change(c)
	p := &program{stdout: io.Discard, stderr: io.Discard, now: time.Now, env: func(string) (string, bool) { return "", false }}
	run, err := p.start(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.stop(); err != nil {
			t.Error(err)
		}
	})
	return run
}

func dial(t *testing.T, run *instance) net.Conn {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", run.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// ready asks a server how it is, within a time.
func ready(t *testing.T, run *instance, within time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, run.url()+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// closed waits until the server has closed a connection.
func closed(t *testing.T, connection net.Conn) {
	t.Helper()
	if err := connection.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, connection); errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection stays open: %v", err)
	} else if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		t.Error("the connection stays open")
	}
}

// Clients that send a byte now and then (slowloris) are let go, and serve as
// no excuse meanwhile.
func TestSlowClientsAreLetGo(t *testing.T) {
	run := serveSmall(t, func(c *config) {
		c.timeouts.header, c.timeouts.body = 300*time.Millisecond, 600*time.Millisecond
	})
	var slow []net.Conn
	for i := range 40 {
		connection := dial(t, run)
		head := "GET /readyz HTTP/1.1\r\nHost: x\r\nX-Slow: " // the head never ends
		if i%2 == 1 {                                         // the body never does
			head = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
		}
		if _, err := io.WriteString(connection, head); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, connection)
	}
	if err := ready(t, run, 10*time.Second); err != nil {
		t.Errorf("beside slow clients: %v", err)
	}
	for _, connection := range slow {
		closed(t, connection)
	}
}

// A header without end is cut off, not collected.
func TestLargeHeadersAreRefused(t *testing.T) {
	run := serveSmall(t, func(*config) {})
	connection := dial(t, run)
	if _, err := io.WriteString(connection, "GET /readyz HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	go func() {
		for i := range 2000 {
			if _, err := fmt.Fprintf(connection, "X-%d: %0100d\r\n", i, i); err != nil {
				return
			}
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %s", answer.Status)
	}
}

// More connections than are allowed wait, and are served when there is room.
func TestConnectionsAreBounded(t *testing.T) {
	const most = 4
	run := serveSmall(t, func(c *config) { c.MaxConnections = most })
	var open []net.Conn
	for range most {
		connection := dial(t, run)
		if _, err := io.WriteString(connection, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		open = append(open, connection)
	}
	if err := ready(t, run, 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one connection too many: %v, want it to wait", err)
	}
	for _, connection := range open {
		_ = connection.Close()
	}
	if err := ready(t, run, 10*time.Second); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

// A phone that waits for news does not keep a server from stopping.
func TestStopWhileAPhoneWaits(t *testing.T) {
	run := serveSmall(t, func(*config) {})
	tables := accounts.New(run.db)
	unit, err := tables.AddUnit(t.Context(), accounts.Unit{Code: "21133", Name: "Xã mẫu", Level: accounts.Commune, ValidFrom: "2004-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	ended := make(chan error)
	go func() {
		close(begun)
		_, err := run.store.Changes(context.WithoutCancel(t.Context()), unit.ID, store.Pulled{}, 10, time.Hour)
		ended <- err
	}()
	<-begun
	if err := run.http.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it still waits")
	}
}

// A start waits while the database changes its primary, and for nothing else.
func TestStartWaitsForElectionsAlone(t *testing.T) {
	for _, c := range []struct {
		err   error
		calls int
	}{
		{fmt.Errorf("recover: %w: its head is 2", store.ErrOlder), 3},
		{store.ErrUnreachable, 1},
		{errors.New("no such user"), 1},
	} {
		calls := 0
		err := retryDuringElection(t.Context(), slog.New(slog.DiscardHandler), func() error {
			if calls++; calls == 3 {
				return nil
			}
			return c.err
		})
		if calls != c.calls || (err == nil) != (c.calls == 3) {
			t.Errorf("%v: %d calls, %v", c.err, calls, err)
		}
	}
}
