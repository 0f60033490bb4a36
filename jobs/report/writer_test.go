package report_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
)

// The files of the golden reports are kept as hashes beside the version of the
// writer: where one changes, reports that were issued before cannot be written
// again byte by byte, and archive.Writer has to be raised.
func TestWriter(t *testing.T) {
	all := goldens(t)
	var got strings.Builder
	fmt.Fprintf(&got, "writer %d\n", archive.Writer)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, format := range archive.Formats {
			var body bytes.Buffer
			if err := archive.Render(&body, all[name], format); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s %s %x\n", name, format, sha256.Sum256(body.Bytes()))
		}
	}
	path := filepath.Join("testdata", "writer.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("reports are written otherwise than by version %d: raise archive.Writer, then go test -run Writer -update\n%s", archive.Writer, firstDifference(string(want), got.String()))
	}
}
