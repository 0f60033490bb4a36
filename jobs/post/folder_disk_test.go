//go:build unix

package post_test

import (
	"errors"
	"os/signal"
	"syscall"
	"testing"
)

// A disk that takes no more leaves nothing behind that could be taken for a
// parcel, and the parcel comes when there is room again.
func TestFolderOnAFullDisk(t *testing.T) {
	dir, p := t.TempDir(), sample()
	f := mustFolder(t, dir)
	func() {
		defer limitFiles(t, 50_000)() // the first file has more
		_, err := f.Send(t.Context(), p)
		wantKind(t, err, "later", p.Files[0].Name)
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("it failed for another reason: %v", err)
		}
	}()
	if got := keys(list(t, dir)); len(got) != 0 {
		t.Errorf("there are %q", got)
	}
	send(t, f, p)
}

// limitFiles lets no file of this process grow beyond a size, until the
// function that it returns is called.
func limitFiles(t *testing.T, most uint64) (lift func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // Then a write fails instead of the process.
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}
