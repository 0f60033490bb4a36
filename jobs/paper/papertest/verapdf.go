// Package papertest lets tests check files by programs that others wrote.
package papertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// PDFA fails t unless veraPDF finds that each file keeps all rules of PDF/A-2a.
// Where veraPDF is not installed the test is skipped, but not in CI, unless
// VERAPDF says that it could not be had.
func PDFA(t *testing.T, files map[string][]byte) {
	t.Helper()
	missing := func(why string) {
		t.Helper()
		if os.Getenv("CI") != "" && os.Getenv("VERAPDF") != "missing" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		missing("not checked by veraPDF: it runs in Java, which is not installed")
	}
	installed := filepath.Join(root(t), ".ci", "verapdf", "work")
	classpath, err := os.ReadFile(filepath.Join(installed, "classpath"))
	if err != nil {
		missing("not checked by veraPDF: it is not installed; .ci/verapdf/install does it")
	}
	dir := t.TempDir()
	args := []string{"-Xmx1g", "-cp", strings.TrimSpace(string(classpath)) + string(filepath.ListSeparator) + installed, "Validate", "2a"}
	for name, file := range files {
		path := filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	out, err := exec.CommandContext(t.Context(), java, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	if n := strings.Count(string(out), "all hold"); err == nil && n != len(files) {
		t.Errorf("%d of %d files were checked:\n%s", n, len(files), out)
	}
}

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}
