package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/store"
)

// What a person must fix is an error; what the next try fixes is a warning, and
// a full disk is reported elsewhere.
func TestFailuresOfUnits(t *testing.T) {
	for err, want := range map[error]string{
		fmt.Errorf("record 1: %w", store.ErrSetAside):                                       "level=ERROR",
		fmt.Errorf("record 1: %w: %w", store.ErrSetAside, errors.New("document too large")): "level=ERROR",
		fmt.Errorf("erase: %w: %w", store.ErrNotErased, errors.New("a commit is missing")):  "level=ERROR",
		errors.New("connection reset"):                                                      "level=WARN",
		fmt.Errorf("write: %w", store.ErrFull):                                              "",
	} {
		var said strings.Builder
		w := wiring{log: slog.New(slog.NewTextHandler(&said, nil))}
		w.failed("21133-01-20040101", err)
		if got := said.String(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%v: logged %q, want %q", err, got, want)
		}
	}
}
