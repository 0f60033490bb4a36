package mongotest_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

const toPanic = "SOTHON_TEST_PANIC"

// A test that panics in the middle leaves no mongod, and the next one that
// starts a mongod removes the data that it left.
func TestPanicLeavesNoOrphan(t *testing.T) {
	if os.Getenv("MONGODB_URI") != "" {
		t.Skip("nothing to orphan: MONGODB_URI names a server, so these tests start none; unset it to run this one")
	}
	if os.Getenv(toPanic) != "" {
		mongotest.URI(t)
		go panic("in another goroutine, where nothing recovers it")
		select {}
	}
	mongotest.URI(t) // or skip here

	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv(toPanic, "1")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPanicLeavesNoOrphan$")
	output, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "panic: in another goroutine") {
		t.Fatalf("it should have panicked: %v\n%s", err, output)
	}
	locks, err := filepath.Glob(filepath.Join(os.TempDir(), "*", "mongod.lock"))
	if err != nil || len(locks) != 1 {
		t.Fatalf("locks of mongod: %v, %v", locks, err)
	}
	text, err := os.ReadFile(locks[0])
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); errors.Is(err, fs.ErrNotExist) {
			mongotest.Sweep()
			if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("mongod %d still runs", pid)
}
