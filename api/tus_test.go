package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTusClient uploads with the client of the tus project, which is cut off on
// the way and goes on. Where it is not installed the test is skipped, but not
// in CI.
func TestTusClient(t *testing.T) {
	missing := func(why string) {
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("not tried with tus-js-client: it runs in node, which is not installed")
	}
	folder := filepath.Join("..", ".ci", "tus")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "tus-js-client")); err != nil {
		missing("not tried with tus-js-client: it is not installed; cd .ci/tus && npm ci installs it")
	}
	h := newHost(t)
	body := photo(40, 500)
	path := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, filepath.Join(folder, "upload.mjs"), h.url+"/v1/files", h.as("collector1"), path, hashOf(body), string(village1))
	command.Stderr = t.Output()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var result struct {
		WentOnAt      int
		Second, Again []string
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if result.WentOnAt < 100_000 || result.WentOnAt >= len(body) {
		t.Errorf("it went on at %d of %d", result.WentOnAt, len(body))
	}
	t.Logf("the second time %q, with the file there %q", result.Second, result.Again)
	if got := h.getFile("collector1", body).want(http.StatusOK); !bytes.Equal(got.body, body) {
		t.Errorf("%d bytes, want %d", len(got.body), len(body))
	}
}
