package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

func TestMain(m *testing.M) { mongotest.Main(m) }

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
		"-max-pushed":      {"SOTHON_MAX_PUSHED": "100"},
		"SOTHON_DRAIN":     {"SOTHON_DRAIN": "soon"},
		"-smtp":            {"SOTHON_SMTP": "mail.example"},
		"-smtp-security":   {"SOTHON_SMTP_SECURITY": "hope"},
		"-mail-from":       {"SOTHON_SMTP": "mail.example:587", "SOTHON_MAIL_FROM": "xa"},
		"-public-url":      {"SOTHON_PUBLIC_URL": "sothon.example.vn"},
		"-log-level":       {"SOTHON_LOG_LEVEL": "loud"},

		"-tls-cert, -tls-key": {"SOTHON_TLS_CERT": "nope.pem", "SOTHON_TLS_KEY": "nope.pem"},
		`-smtp: "abc"`:        {"SOTHON_SMTP": "mail.example:abc", "SOTHON_MAIL_FROM": "xa@example.vn"},
		"-smtp-password-file": {"SOTHON_SMTP": "mail.example:587", "SOTHON_MAIL_FROM": "xa@example.vn", "SOTHON_SMTP_PASSWORD_FILE": "/nowhere"},
		"-outbox":             {"SOTHON_OUTBOX": "/nowhere"},
		"-webhook-inside":     {"SOTHON_WEBHOOK_INSIDE": "garbage"},
		`-smtp: ":587"`:       {"SOTHON_SMTP": ":587", "SOTHON_MAIL_FROM": "xa@example.vn"},

		`-webhook-inside: want host:port: "x"`: {"SOTHON_WEBHOOK_INSIDE": "inside.example:x"},
		"-db-file":                             {"SOTHON_DB_FILE": "/nowhere"},
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

// A flag goes before the environment, also where the two name the database in
// different ways.
func TestAFlagNamesTheDatabase(t *testing.T) {
	dir := t.TempDir()
	file, flagged := filepath.Join(dir, "name"), filepath.Join(dir, "flagged.db")
	if err := os.WriteFile(file, []byte("sqlite:"+filepath.Join(dir, "named.db")), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"SOTHON_DB_FILE": file}
	unit := []string{"unit", "add", "-code", "21133", "-name", "Xã mẫu", "-valid-from", "2004-01-01"}
	if _, err := command(t, "", env, append(unit, "-db", "sqlite:"+flagged)...); err != nil {
		t.Fatal(err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.db")); err != nil || len(files) != 1 || files[0] != flagged {
		t.Errorf("made %v, %v; want %s", files, err, flagged)
	}
	if _, err := command(t, "", nil, append(unit, "-db", "sqlite:"+flagged, "-db-file", file)...); err == nil || !strings.HasPrefix(err.Error(), "-db and -db-file") {
		t.Errorf("both: %v", err)
	}
}

// serving is a program that serves.
type serving struct {
	stdout, stderr said
	stop           func() error
}

// serve starts to serve as main does, and returns once it does.
func serve(t *testing.T, db string) *serving {
	t.Helper()
	return runUntil(t, `"serving"`, "serve", "-db", db, "-listen", "127.0.0.1:0")
}

// runUntil runs a command until it has logged something.
func runUntil(t *testing.T, logged string, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &serving{}
	p := &program{stdin: strings.NewReader(""), stdout: &s.stdout, stderr: &s.stderr, now: time.Now, env: func(string) (string, bool) { return "", false }}
	done := make(chan error, 1)
	go func() { done <- p.run(ctx, args) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	for !strings.Contains(s.stderr.String(), logged) && !strings.Contains(s.stdout.String(), logged) {
		select {
		case err := <-done:
			cancel()
			t.Fatalf("ended by itself: %v\n%s", err, s.stderr.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Cleanup(func() { _ = s.stop() })
	return s
}

// url is where it serves.
func (s *serving) url(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(s.stderr.String()) {
		var entry struct{ Msg, Address string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving" {
			return "http://" + entry.Address
		}
	}
	t.Fatalf("no address in %s", s.stderr.String())
	return ""
}

// TestServeAndStop serves from an empty folder, prints the first password
// once, and stops when asked to.
func TestServeAndStop(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	for round, want := range []int{1, 0} {
		s := serve(t, db)
		if err := s.stop(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if got := strings.Count(s.stdout.String(), "admin / "); got != want {
			t.Errorf("round %d: the password was printed %d times, want %d: %s", round, got, want, s.stdout.String())
		}
	}
}

// TestFirstAdmin makes accounts before the first start, as the README does:
// none of them looks after the server until one is an admin's.
func TestFirstAdmin(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	commune := strings.TrimSpace(mustRun(t, "", "unit", "add", "-db", db, "-code", "21124", "-name", "Xã mẫu", "-valid-from", "2025-07-01"))
	mustRun(t, "mat-khau-mau-1", "user", "add", "-db", db, "-username", "thon1a", "-role", "collector", "-unit", commune, "-password-stdin")
	s := serve(t, db)
	password, printed := strings.CutPrefix(strings.TrimSpace(s.stdout.String()), "The first account, shown this once: admin / ")
	if !printed {
		t.Fatalf("no admin was made: %q", s.stdout.String())
	}
	body := fmt.Sprintf(`{"username":"admin","password":%q,"device":{"name":"x","platform":"terminal"}}`, password)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url(t)+"/v1/sessions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
		t.Errorf("the printed password signs nobody in: %s", answer.Status)
	}
}

// TestNameOfTheFirstAdminIsTaken starts where "admin" is a collector: the
// server serves, and says what to do.
func TestNameOfTheFirstAdminIsTaken(t *testing.T) {
	db := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	commune := strings.TrimSpace(mustRun(t, "", "unit", "add", "-db", db, "-code", "21124", "-name", "Xã mẫu", "-valid-from", "2025-07-01"))
	mustRun(t, "mat-khau-mau-1", "user", "add", "-db", db, "-username", "admin", "-role", "collector", "-unit", commune, "-password-stdin")
	if s := serve(t, db); s.stdout.String() != "" || !strings.Contains(s.stderr.String(), "user add -role admin") {
		t.Errorf("printed %q, logged %s", s.stdout.String(), s.stderr.String())
	}
	mustRun(t, "mat-khau-mau-1", "user", "add", "-db", db, "-username", "canbo", "-role", "admin", "-password-stdin")
	if s := serve(t, db); s.stdout.String() != "" || strings.Contains(s.stderr.String(), "user add") {
		t.Errorf("with an admin: printed %q, logged %s", s.stdout.String(), s.stderr.String())
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
