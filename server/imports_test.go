package main_test

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestImportsRunOneWay checks the order of the packages: each may import
// only those behind it. Tests are free.
func TestImportsRunOneWay(t *testing.T) {
	const module = "github.com/sothon/sothon/"
	order := []string{
		"server", "server/faults", "server/web", "server/bench", "server/bench/internal/measure", "server/demo", "api/generate", "api",
		"api/session", "api/forms", "api/syncing", "api/photos", "api/desk", "api/reports", "api/admin", "api/operations",
		"api/show", "api/paging", "api/gate", "api/keys", "api/problem", "api/contract",
		"jobs", "jobs/archive", "jobs/outbox", "jobs/reminders", "jobs/holidays", "jobs/entry", "jobs/report", "jobs/calendar", "jobs/paper/papertest", "jobs/paper", "jobs/paper/pdf", "jobs/schedule", "jobs/post", "jobs/edxml", "jobs/signed", "jobs/skew", "sync/accounts",
		"sync/files", "sync/store/conformance", "sync/store/mongo/mongotest", "sync/store/mongo", "sync/store/sqlite", "sync/store/memory",
		"sync/store", "sync/client", "sync/form", "sync/ledger",
	}
	// Rooms that only some may enter.
	only := map[string][]string{
		// The parts of the API know nothing of one another.
		"api/session":    {"api"},
		"api/forms":      {"api"},
		"api/syncing":    {"api"},
		"api/photos":     {"api"},
		"api/desk":       {"api"},
		"api/reports":    {"api"},
		"api/admin":      {"api"},
		"api/operations": {"api", "server"}, // its metrics
		// The parts of the office know nothing of one another.
		"jobs/outbox":                {"server", "api/reports", "api/desk", "api/problem", "api/contract", "jobs"},
		"jobs/reminders":             {"api/desk", "api/reports", "api/show", "jobs"},
		"jobs/holidays":              {"api/admin", "jobs"},
		"jobs/edxml":                 {"jobs", "jobs/outbox"},
		"jobs/paper/papertest":       {},
		"jobs/paper/pdf":             {"jobs/paper"},
		"sync/store/mongo":           {"server", "server/bench", "sync/store/mongo/mongotest"},
		"sync/store/sqlite":          {"server", "server/bench"},
		"sync/store/memory":          {},
		"sync/store/conformance":     {},
		"sync/store/mongo/mongotest": {},
	}
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if name = filepath.ToSlash(name); strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata" || d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		p, err := build.ImportDir(path, 0)
		if err != nil {
			return nil //nolint:nilerr // A folder without Go.
		}
		at := slices.Index(order, name)
		if at < 0 {
			t.Errorf("package %s has no place in the order", name)
			return nil
		}
		for _, imported := range p.Imports {
			inner, ok := strings.CutPrefix(imported, module)
			if !ok {
				continue
			}
			if slices.Index(order, inner) <= at {
				t.Errorf("%s imports %s, which is before it in the order", name, inner)
			}
			if allowed, restricted := only[inner]; restricted && !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s, which only %v may", name, inner, allowed)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
