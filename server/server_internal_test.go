package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" { // a child of TestBench
		main()
		return
	}
	mongotest.Main(m)
}

// command runs one command as main does, and returns what it printed.
func command(t *testing.T, stdin string, env map[string]string, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, now: time.Now,
		env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
	err := p.run(t.Context(), args)
	if stderr.Len() > 0 {
		t.Logf("stderr: %s", stderr.String())
	}
	return stdout.String(), err
}

func mustRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out, err := command(t, stdin, nil, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestUnitsAndUsersForScripts(t *testing.T) {
	db := "-db=sqlite:" + filepath.Join(t.TempDir(), "folder", "x.db")
	commune := mustRun(t, "", "unit", "add", db, "-code", "21133", "-name", "Xã mẫu", "-valid-from", "2004-01-01", "-valid-to", "2025-06-30")
	if commune != "21133-20040101\n" {
		t.Errorf("the commune's id alone on stdout: %q", commune)
	}
	village := mustRun(t, "", "unit", "add", db, "-code", "21133-01", "-name", "Thôn mẫu 1", "-valid-from", "2004-01-01", "-parent", strings.TrimSpace(commune))
	if village != "21133-01-20040101\n" {
		t.Errorf("the village's id alone on stdout: %q", village)
	}
	user := mustRun(t, "mat-khau-mau-1\n", "user", "add", db, "-username", "thon1a", "-role", "collector", "-unit", strings.TrimSpace(village), "-password-stdin")
	if !strings.HasPrefix(user, "u_") || strings.Count(user, "\n") != 1 {
		t.Errorf("the account's id alone on stdout: %q", user)
	}
	for name, args := range map[string][]string{
		"no password":     {"user", "add", db, "-username", "x1", "-role", "collector"},
		"taken":           {"user", "add", db, "-username", "thon1a", "-role", "collector", "-unit", "21133-01-20040101", "-password-stdin"},
		"no such role":    {"user", "add", db, "-username", "x2", "-role", "king", "-unit", "21133-01-20040101", "-password-stdin"},
		"no such unit":    {"user", "add", db, "-username", "x3", "-role", "collector", "-unit", "nowhere", "-password-stdin"},
		"no such parent":  {"unit", "add", db, "-code", "21133-02", "-name", "x", "-valid-from", "2004-01-01", "-parent", "nowhere"},
		"no such day":     {"unit", "add", db, "-code", "21133-02", "-name", "x", "-valid-from", "yesterday"},
		"a word too many": {"unit", "add", db, "now"},
		"no such command": {"dance"},
	} {
		if out, err := command(t, "mat-khau-mau-1", nil, args...); err == nil || out != "" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestSettingsAreRefusedByName(t *testing.T) {
	for setting, env := range map[string]map[string]string{
		"-db":              {"SOTHON_DB": "postgres://x"},
		"-listen":          {"SOTHON_LISTEN": "nowhere"},
		"-issuer":          {"SOTHON_ISSUER": "a b"},
		"-min-client":      {"SOTHON_MIN_CLIENT": "new"},
		"-tls-cert":        {"SOTHON_TLS_CERT": "x.pem"},
		"-proxies":         {"SOTHON_PROXIES": "everywhere"},
		"-max-connections": {"SOTHON_MAX_CONNECTIONS": "0"},
		"SOTHON_DRAIN":     {"SOTHON_DRAIN": "soon"},
		"-smtp":            {"SOTHON_SMTP": "mail.example"},
		"-smtp-security":   {"SOTHON_SMTP_SECURITY": "hope"},
		"-mail-from":       {"SOTHON_SMTP": "mail.example:587", "SOTHON_MAIL_FROM": "xa"},
		"-public-url":      {"SOTHON_PUBLIC_URL": "sothon.example.vn"},
		"-log-level":       {"SOTHON_LOG_LEVEL": "loud"},
		"-db-file":         {"SOTHON_DB_FILE": "/nowhere"},
	} {
		if _, ok := env["SOTHON_DB"]; !ok {
			env["SOTHON_DB"] = "sqlite:" + filepath.Join(t.TempDir(), "x.db")
		}
		_, err := command(t, "", env, "serve")
		if err == nil || !strings.HasPrefix(err.Error(), setting) {
			t.Errorf("%v: %v, want an error that begins with %s", env, err, setting)
		}
	}
	if _, err := command(t, "", map[string]string{"SOTHON_DB": "mongodb://user:secret@/x"}, "serve"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a refused database repeats its password: %v", err)
	}
}

// TestServeAndStop serves from an empty folder, prints the first password
// once, and stops when told to.
func TestServeAndStop(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	for round, want := range []int{1, 0} {
		ctx, cancel := context.WithCancel(t.Context())
		var stdout bytes.Buffer
		var stderr said
		p := &program{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, now: time.Now, env: func(string) (string, bool) { return "", false }}
		done := make(chan error, 1)
		go func() { done <- p.run(ctx, []string{"serve", "-db", db, "-listen", "127.0.0.1:0"}) }()
		for !strings.Contains(stderr.String(), "serving") {
			select {
			case err := <-done:
				t.Fatalf("round %d: ended by itself: %v", round, err)
			case <-time.After(5 * time.Millisecond):
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if got := strings.Count(stdout.String(), "admin / "); got != want {
			t.Errorf("round %d: the password was printed %d times, want %d: %s", round, got, want, stdout.String())
		}
	}
}

// said collects what a program says while it runs.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
