package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupCommand(t *testing.T) {
	folder := t.TempDir()
	db, copied := filepath.Join(folder, "x.db"), filepath.Join(folder, "copy.db")
	unit := mustRun(t, "", "unit", "add", "-db=sqlite:"+db, "-code", "21133", "-name", "Xã mẫu", "-valid-from", "2004-01-01")
	mustRun(t, "", "backup", "-db=sqlite:"+db, "-to", copied)
	// The copy has what is taken in the original.
	if _, err := command(t, "", nil, "unit", "add", "-db=sqlite:"+copied, "-code", "21133", "-name", "Xã mẫu", "-valid-from", "2004-01-01"); err == nil {
		t.Errorf("the copy lacks %s", unit)
	}
	nowhere := filepath.Join(folder, "nowhere.db")
	for setting, args := range map[string][]string{
		"-to":     {"-db=sqlite:" + db},
		"back up": {"-db=sqlite:" + db, "-to", copied},
		"-db: ":   {"-db=sqlite:" + nowhere, "-to", copied + "2"},
		"-db: M":  {"-db=mongodb://localhost/sothon", "-to", copied + "2"},
	} {
		if _, err := command(t, "", nil, append([]string{"backup"}, args...)...); err == nil || !strings.HasPrefix(err.Error(), setting) {
			t.Errorf("%v: %v, want an error that begins with %s", args, err, setting)
		}
	}
	for _, path := range []string{nowhere, copied + "2"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made", path)
		}
	}
}

// Commands that only look do not take a mistyped path for an empty database.
func TestNoDatabaseIsMadeToLookAt(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere.db")
	for _, args := range [][]string{
		{"verify"},
		{"report", "list"},
		{"report", "verify", "x"},
		{"report", "compile", "-unit", "x", "-from", "2019", "-to", "2024"},
	} {
		if out, err := command(t, "", nil, append(args, "-db=sqlite:"+nowhere)...); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "-db: ") || out != "" {
			t.Errorf("%v: %q, %v", args, out, err)
		}
		if _, err := os.Stat(nowhere); err == nil {
			t.Fatalf("%v made the database", args)
		}
	}
}
