package papertest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// OpenXML fails t unless the Open XML SDK finds each file valid. The names of files
// have their endings: "report.docx". Where the validator is not installed the test
// is skipped, but not in CI.
func OpenXML(t *testing.T, files map[string][]byte) {
	t.Helper()
	missing := func(why string) {
		t.Helper()
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("not checked against the Open XML SDK: its validator runs in node, which is not installed")
	}
	script := filepath.Join(root(t), ".ci", "ooxml", "node_modules", "@xarsh", "ooxml-validator", "dist", "src", "cli.js")
	if _, err := os.Stat(script); err != nil {
		missing("not checked against the Open XML SDK: its validator is not installed; cd .ci/ooxml && npm ci installs it")
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), node, script, path, "--officeVersion", "Office2019").Output()
			var result struct {
				OK     bool `json:"ok"`
				Errors []struct{ Description, Path, XPath string }
			}
			if parsed := json.Unmarshal(out, &result); parsed != nil {
				t.Fatalf("%v: %v: %s", err, parsed, out)
			}
			for _, e := range result.Errors {
				t.Errorf("%s %s: %s", e.Path, e.XPath, e.Description)
			}
			if !result.OK && len(result.Errors) == 0 {
				t.Errorf("not valid: %s", out)
			}
		})
	}
}
