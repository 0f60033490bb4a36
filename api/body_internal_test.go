package api

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sothon/sothon/sync/ledger"
)

// TestBombsTakeNoMemory decompresses bodies of zeros, gigabytes of which fit into
// a body: no more is unpacked than the limit needs.
func TestBombsTakeNoMemory(t *testing.T) {
	const size = 256 << 20
	var gz, zs bytes.Buffer
	gzWriter := gzip.NewWriter(&gz)
	zsWriter, err := zstd.NewWriter(&zs, zstd.WithWindowSize(128<<10))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{gzWriter, zsWriter} {
		if _, err := io.CopyN(w, zeros{}, size); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for encoding, body := range map[string][]byte{"gzip": gz.Bytes(), "zstd": zs.Bytes()} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decompressed(body, encoding, ledger.MaxBatchBytes)
		runtime.ReadMemStats(&after)
		var problem *failure
		if !errors.As(err, &problem) || problem.Code != "too-large" {
			t.Errorf("%s: %v", encoding, err)
		}
		taken := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d bytes that stand for %d took %d", encoding, len(body), size, taken)
		if taken > 8*ledger.MaxBatchBytes {
			t.Errorf("%s: %d bytes took %d of memory", encoding, len(body), taken)
		}
	}
}

// zeros reads as zeros without end.
type zeros struct{}

// Read implements [io.Reader].
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
