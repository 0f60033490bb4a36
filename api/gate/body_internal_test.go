package gate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sothon/sothon/api/problem"
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
		var problem *problem.Failure
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

// FuzzBody decompresses and reads whatever a client may send: a problem, or a
// body within the limit.
func FuzzBody(f *testing.F) {
	const limit = 4 << 10
	f.Add("gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xaa\xae\x05\x04\x00\x00\xff\xff\x43\xbf\xa6\xa3\x02\x00\x00\x00"))
	f.Add("zstd", []byte("\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00{}\x2c\x8c\x45\x5b"))
	f.Add("", []byte(`{"username":"x","username":"y"}`))
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Encoding", encoding)
		if err := decodeBody(r, "application/json", limit, &paced{}); err != nil {
			var problem *problem.Failure
			if !errors.As(err, &problem) || problem.Status >= 500 {
				t.Fatalf("%q of %q: %v", encoding, body, err)
			}
			return
		}
		plain, err := io.ReadAll(r.Body)
		if err != nil || len(plain) > limit {
			t.Fatalf("%q of %q: %d bytes, %v", encoding, body, len(plain), err)
		}
	})
}
