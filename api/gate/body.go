package gate

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"
	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/ledger"
)

// maxBody bounds every body but a batch's, decompressed.
const maxBody = 64 << 10

// maxCarry bounds a carry file as it comes, compressed.
const maxCarry = 2 << 20

// maxPublicBody bounds those of strangers.
const maxPublicBody = 16 << 10

// decodeBody reads a request's whole body, decompressed, before anything
// looks at it. The limit holds for what came over the wire, and again for what
// it decompresses to. Memory is taken for what has come, whatever the headers
// promise, and a decoder only when all of it has.
func decodeBody(r *http.Request, want string, limit int64, pace *paced) error {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return problem.Malformed("a body is required", nil)
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != want {
		return problem.Fail("unsupported-media", err, nil)
	}
	wire := http.MaxBytesReader(nil, pace.body(r.Body), limit)
	defer func() { _ = wire.Close() }()
	body := new(bytes.Buffer)
	_, err := body.ReadFrom(wire)
	pace.ended(err == nil)
	if err != nil {
		return Unreadable(err, limit)
	}
	plain, err := decompressed(body.Bytes(), r.Header.Get(echo.HeaderContentEncoding), limit)
	if err != nil {
		return err
	}
	r.Header.Set(echo.HeaderContentType, want) // as the contract writes it: media types know no case
	r.Header.Del(echo.HeaderContentEncoding)
	r.ContentLength = int64(len(plain))
	r.Body = &decodedBody{bytes.NewReader(plain), plain}
	return nil
}

// decodedBody is a body in memory. A reader that wants all of it need not copy
// it.
type decodedBody struct {
	*bytes.Reader
	text []byte
}

// Close implements [io.Closer].
func (*decodedBody) Close() error { return nil }

// gzipReaders are those that no request uses now.
var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// zstdDecoder serves all requests, as many at once as there are processors. It
// stops at the size of the largest body: a few bytes of zstd can stand for
// gigabytes.
var zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(ledger.MaxBatchBytes), zstd.WithDecoderMaxMemory(ledger.MaxBatchBytes))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
})

// Unreadable tells why a body could not be read.
func Unreadable(err error, limit int64) error {
	var tooLarge *http.MaxBytesError
	var late net.Error
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return bodyTooLarge(err, limit)
	case errors.As(err, &late) && late.Timeout():
		return problem.Fail("too-slow", err, nil)
	}
	return problem.Malformed("the body is cut off or not compressed as it says", err)
}

func bodyTooLarge(err error, limit int64) error {
	return problem.Fail("too-large", err, func(p *contract.Problem) {
		p.MaxBytes = int(limit)
		if limit == ledger.MaxBatchBytes {
			p.MaxOps = ledger.MaxOps
		} else {
			p.Message = "Dữ liệu gửi lên quá lớn."
		}
	})
}

// decompressed returns what a body holds, as its Content-Encoding says.
func decompressed(body []byte, encoding string, limit int64) (plain []byte, err error) {
	// Ops shrink to a seventh or so: with room for that much, little is moved.
	room := int(min(8*int64(len(body)), limit)) + bytes.MinRead
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip":
		plain, err = gunzip(body, make([]byte, 0, room), limit)
	case "zstd":
		plain, err = zstdDecoder().DecodeAll(body, make([]byte, 0, room))
	default:
		return nil, problem.Fail("unsupported-media", nil, nil)
	}
	switch {
	case err != nil:
		return nil, Unreadable(err, limit)
	case int64(len(plain)) > limit:
		return nil, bodyTooLarge(nil, limit)
	}
	return plain, nil
}

// gunzip appends what gzip holds to plain, and stops behind the limit.
func gunzip(body, plain []byte, limit int64) ([]byte, error) {
	d := gzipReaders.Get().(*gzip.Reader)
	defer gzipReaders.Put(d)
	if err := d.Reset(bytes.NewReader(body)); err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(plain)
	_, err := out.ReadFrom(io.LimitReader(d, limit+1))
	return out.Bytes(), err
}

// Compressed wraps a handler so that answers are compressed as Accept-Encoding
// asks, zstd before gzip.
func Compressed(h http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(400), gzhttp.EnableZstd(true), gzhttp.EnableGzip(true), gzhttp.PreferZstd(true),
		gzhttp.ContentTypes([]string{"application/json", "application/problem+json", "application/yaml", "text/plain", "text/html", "text/css", "text/javascript", "image/svg+xml"}))
	if err != nil {
		return nil, err
	}
	return wrap(h), nil
}

// StrictJSON reads bodies strictly: no unknown member, no key twice, nothing
// behind the value. A batch has its own reader, and is read in one pass.
type StrictJSON struct{ echo.DefaultJSONSerializer }

// Deserialize implements [echo.JSONSerializer].
func (StrictJSON) Deserialize(c echo.Context, into any) error {
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
	if hasHalfPair(body) {
		return problem.Malformed("a string holds half of a surrogate pair", nil)
	}
	text, err := ledger.Canonical(body)
	if err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return problem.Malformed(err.Error(), err)
	}
	return nil
}

// hasHalfPair reports whether JSON text holds an escape of half a surrogate
// pair, which stands for no character (RFC 8259, 8.2). Elsewhere than in a
// string a backslash is no JSON.
func hasHalfPair(text []byte) bool {
	const width = len(`\u0000`)
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		first, ok := escaped(text[i:])
		if !ok {
			i++ // the escape of one character
			continue
		}
		i += width - 1
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, ok := escaped(text[i+1:])
		if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		i += width
	}
	return false
}

// escaped reads an escape of four hexadecimal digits, such as \u00e9, at the
// start of a text.
func escaped(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}
