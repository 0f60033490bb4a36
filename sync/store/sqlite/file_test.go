package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/sqlite"
)

func TestFileIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file modes to check")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "deep", "er", "sothon.db")
	db := open(t, path)
	if err := db.Insert(t.Context(), &ledger.Commit{Unit: "A", Seq: 1}); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Join(folder, "deep"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesAFilePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file modes to check")
	}
	path := filepath.Join(t.TempDir(), "sothon.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil { //nolint:gosec // that it is too open is the point
		t.Fatal(err)
	}
	open(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A path is a path, whatever it would mean in a URI.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "100%", "a%20b", "a?mode=memory", "a#b", "Sổ Thôn", "a&b=c;d"} {
		path := filepath.Join(t.TempDir(), name)
		db := open(t, path)
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 && !exists(path+"-wal") {
			t.Errorf("%q is not where it should be: %v", name, err)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sothon.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err := sqlite.Open(t.Context(), path); err == nil {
		_ = db.Close()
		t.Error("opened")
	} else if !strings.Contains(err.Error(), "version 999") {
		t.Errorf("error %v: it should name the version", err)
	}
}

func TestNotADatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sothon.db")
	text := bytes.Repeat([]byte("Kính gửi: Ủy ban nhân dân xã\n"), 100)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := sqlite.Open(t.Context(), path); err == nil {
		_ = db.Close()
		t.Error("opened")
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, text) {
		t.Errorf("the file was changed: %v", err)
	}
}

// What an erasure takes out of a commit is nowhere in the file's folder.
func TestRedactLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	db := open(t, filepath.Join(folder, "sothon.db"))
	secret := ledger.Value(`"` + strings.Repeat("Lương Thị Bí Mật ", 1000) + `"`) // some pages of it
	commits := make([]*ledger.Commit, 20)
	for i := range commits {
		commits[i] = &ledger.Commit{Unit: "A", Seq: ledger.Seq(i + 1), Entries: []ledger.Entry{{
			Ops: []ledger.StoredOp{{Public: "{}", Personal: []ledger.PersonalValue{{Path: "set.name", Value: secret}}}}, Verdicts: []ledger.Verdict{{}},
		}}}
		if err := db.Insert(t.Context(), commits[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !mentions(t, folder, "Bí Mật") {
		t.Fatal("it was never there")
	}
	for _, c := range commits {
		stored := c.AppendJSON(nil)
		c.Entries[0].Ops[0].Personal[0] = ledger.PersonalValue{Path: "set.name", Erased: true}
		if err := db.Redact(t.Context(), stored, c); err != nil {
			t.Fatal(err)
		}
	}
	if mentions(t, folder, "Bí Mật") {
		t.Error("what was erased is still in the file")
	}
}

// The same for what it takes out of a row, however often the row was written.
func TestErasedRowsLeaveNothing(t *testing.T) {
	folder := t.TempDir()
	db := open(t, filepath.Join(folder, "sothon.db"))
	row := store.Row{Unit: "A", ID: ledger.RecordID{1}, Kind: "reception", State: store.Pending, Name: "Bí Mật", Words: []string{"bimat"}, Keys: []string{"Bí Mật"}}
	write := func(erased bool) {
		t.Helper()
		row.Seq++
		head := ledger.Head{Log: "L", Seq: row.Seq, Hash: ledger.Hash{byte(row.Seq)}}
		if err := db.Project(t.Context(), "A", store.Projection{Head: head, Rows: []store.Row{row}, Erased: erased}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		row.Body = []byte(`{"text":"` + strings.Repeat("Lương Thị Bí Mật ", 2000-300*i) + `"}`) // shorter: pages are left over
		write(false)
	}
	if !mentions(t, folder, "Bí Mật") {
		t.Fatal("it was never there")
	}
	row.Body, row.Name, row.Words, row.Keys = []byte("{}"), "", nil, nil
	write(true)
	for _, text := range []string{"Bí Mật", "bimat"} {
		if mentions(t, folder, text) {
			t.Errorf("%q is still in the file", text)
		}
	}
}

func mentions(t *testing.T, folder, text string) (found bool) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, []byte(text))
	}
	return found
}

// A backup is of one moment, though others write meanwhile; it is private, and
// is written over nothing.
func TestBackup(t *testing.T) {
	folder := t.TempDir()
	db := open(t, filepath.Join(folder, "sothon.db"))
	var writer sync.WaitGroup
	done := make(chan struct{})
	writer.Go(func() {
		defer close(done)
		for seq := ledger.Seq(1); seq <= 300; seq++ {
			if err := db.Insert(t.Context(), &ledger.Commit{Unit: "A", Seq: seq}); err != nil {
				t.Error(err)
			}
		}
	})
	beside := open(t, filepath.Join(folder, "sothon.db")) // as another process has it
	for i, writing := 0, true; writing; i++ {
		select {
		case <-done:
			writing = false
		default:
		}
		path := filepath.Join(folder, fmt.Sprint("copy", i))
		before, err := db.Head(t.Context(), "A")
		if err != nil {
			t.Fatal(err)
		}
		if err := beside.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%v, %v", info, err)
		}
		copied := open(t, path)
		list, err := copied.Commits(t.Context(), "A", 0, 1000)
		if err != nil || ledger.Seq(len(list)) < before.Seq {
			t.Errorf("%d commits, %v; there were %d before", len(list), err, before.Seq)
		}
		if err := beside.Backup(t.Context(), path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over a file: %v", err)
		}
	}
	writer.Wait()
}

// inherited names the file on which another process of this test works.
const inherited = "SOTHON_TEST_SQLITE_FILE"

// Each of two processes opens the same new file, and inserts every commit
// that the other has not.
func TestTwoProcesses(t *testing.T) {
	const commits = 100
	path := os.Getenv(inherited)
	child := path != ""
	var other *exec.Cmd
	var output bytes.Buffer
	if !child {
		path = filepath.Join(t.TempDir(), "sothon.db")
		other = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTwoProcesses$")
		other.Env = append(os.Environ(), inherited+"="+path)
		other.Stdout, other.Stderr = &output, &output
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
	}
	db := open(t, path)
	for seq := ledger.Seq(1); seq <= commits; seq++ {
		if err := db.Insert(t.Context(), &ledger.Commit{Unit: "A", Seq: seq}); err != nil && !errors.Is(err, store.ErrTaken) {
			t.Fatal(err)
		}
	}
	if child {
		return
	}
	if err := other.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, output.Bytes())
	}
	if list, err := db.Commits(t.Context(), "A", 0, 2*commits); err != nil || len(list) != commits {
		t.Errorf("%d commits, %v; want %d", len(list), err, commits)
	}
}
