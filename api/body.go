package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"
	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/sync/ledger"
)

// maxBody bounds every body but a batch's, decompressed.
const maxBody = 64 << 10

// maxPublicBody bounds those of strangers.
const maxPublicBody = 16 << 10

// decodeBody reads a request's whole body, decompressed, before anything
// looks at it. The limit holds for what came over the wire, and again for what
// it decompresses to. Memory is taken for what has come, whatever the headers
// promise, and a decoder only when all of it has.
func decodeBody(r *http.Request, limit int64) error {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return malformed("a body is required", nil)
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != echo.MIMEApplicationJSON {
		return fail("unsupported-media", err, nil)
	}
	wire := http.MaxBytesReader(nil, r.Body, limit)
	defer func() { _ = wire.Close() }()
	body := new(bytes.Buffer)
	if _, err := body.ReadFrom(wire); err != nil {
		return unreadable(err, limit)
	}
	body, err := decompressed(body, r.Header.Get(echo.HeaderContentEncoding), limit)
	if err != nil {
		return err
	}
	r.Header.Del(echo.HeaderContentEncoding)
	r.ContentLength = int64(body.Len())
	r.Body = &decodedBody{bytes.NewReader(body.Bytes()), body.Bytes()}
	return nil
}

// decodedBody is a body that lies in memory. Who wants all of it need not copy
// it.
type decodedBody struct {
	*bytes.Reader
	text []byte
}

// Close implements [io.Closer].
func (*decodedBody) Close() error { return nil }

var (
	gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zstdReaders = sync.Pool{New: func() any {
		// One goroutine, and a window no larger than the largest body.
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(ledger.MaxBatchBytes), zstd.WithDecoderLowmem(true))
		if err != nil {
			panic(err) // the options are constants
		}
		return d
	}}
)

// unreadable tells why a body could not be read.
func unreadable(err error, limit int64) error {
	var tooLarge *http.MaxBytesError
	var late net.Error
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return bodyTooLarge(err, limit)
	case errors.As(err, &late) && late.Timeout():
		return fail("unavailable", err, nil) // the line is slow; the same bytes may come again
	}
	return malformed("the body is cut off or not compressed as it says", err)
}

func bodyTooLarge(err error, limit int64) error {
	return fail("too-large", err, func(p *Problem) {
		p.MaxBytes = int(limit)
		if limit == ledger.MaxBatchBytes {
			p.MaxOps = ledger.MaxOps
		} else {
			p.Message = "Dữ liệu gửi lên quá lớn."
		}
	})
}

// decompressed returns what a body holds, as its Content-Encoding says.
func decompressed(body *bytes.Buffer, encoding string, limit int64) (*bytes.Buffer, error) {
	plain, done, err := decompress(body, encoding)
	if err != nil {
		return nil, err
	}
	defer done()
	if plain == io.Reader(body) {
		return body, nil
	}
	// Ops shrink to a seventh or so: with room for that much, little is moved.
	out := new(bytes.Buffer)
	out.Grow(int(min(8*int64(body.Len()), limit)) + bytes.MinRead)
	if _, err := out.ReadFrom(io.LimitReader(plain, limit+1)); err != nil {
		return nil, unreadable(err, limit)
	}
	if int64(out.Len()) > limit {
		return nil, bodyTooLarge(nil, limit)
	}
	return out, nil
}

// decompress opens a body as its Content-Encoding says. done returns the
// decoder for use again.
func decompress(body io.Reader, encoding string) (plain io.Reader, done func(), err error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, func() {}, nil
	case "gzip":
		d := gzipReaders.Get().(*gzip.Reader)
		if err := d.Reset(body); err != nil {
			return nil, nil, malformed("the body is not gzip", err)
		}
		return d, func() { gzipReaders.Put(d) }, nil
	case "zstd":
		d := zstdReaders.Get().(*zstd.Decoder)
		if err := d.Reset(body); err != nil {
			return nil, nil, malformed("the body is not zstd", err)
		}
		return d, func() {
			if d.Reset(nil) == nil {
				zstdReaders.Put(d)
			}
		}, nil
	}
	return nil, nil, fail("unsupported-media", nil, nil)
}

// compressed wraps a handler so that answers are compressed as Accept-Encoding
// asks, zstd before gzip.
func compressed(h http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(400), gzhttp.EnableZstd(true), gzhttp.EnableGzip(true), gzhttp.PreferZstd(true),
		gzhttp.ContentTypes([]string{"application/json", "application/problem+json", "application/yaml", "text/plain", "text/html", "text/css", "text/javascript", "image/svg+xml"}))
	if err != nil {
		return nil, err
	}
	return wrap(h), nil
}

// strictJSON reads bodies strictly: no unknown member, no key twice, nothing
// behind the value. A batch has a reader of its own, and is read in one pass.
type strictJSON struct{ echo.DefaultJSONSerializer }

// Deserialize implements [echo.JSONSerializer].
func (strictJSON) Deserialize(c echo.Context, into any) error {
	var body []byte
	if decoded, ok := c.Request().Body.(*decodedBody); ok {
		body = decoded.text
	} else { // the contract's validator has read it, and put another in its place
		var err error
		if body, err = io.ReadAll(c.Request().Body); err != nil {
			return err
		}
	}
	if batch, ok := into.(*ledger.Batch); ok {
		parsed, err := ledger.ParseBatch(body)
		if err != nil {
			return err
		}
		*batch = *parsed
		return nil
	}
	text, err := ledger.Canonical(body)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return malformed(err.Error(), err)
	}
	return nil
}
