package measure

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/sothon/sothon/sync/ledger"
)

// phone is a client with a connection of its own.
type phone struct {
	wire            *wire
	http            *http.Client
	url             string
	access, refresh string
	device          string
	epoch           uint32
	books           map[ledger.UnitID]*book
}

// book is what a phone keeps of one unit.
type book struct {
	last   uint64 // the last counter
	cursor *cursor
	tip    *cursor // while there are more pages
}

type cursor struct {
	Log  string `json:"log,omitempty"`
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

func newPhone(url string) *phone {
	w := &wire{}
	return &phone{wire: w, http: &http.Client{Transport: w.transport(http1)}, url: url, books: map[ledger.UnitID]*book{}}
}

// reconnect returns the phone as it is, with a new connection of a protocol.
func (p *phone) reconnect(speaks protocol) *phone {
	again := *p
	again.wire = &wire{}
	again.http = &http.Client{Transport: again.wire.transport(speaks)}
	return &again
}

func (p *phone) close() { p.http.CloseIdleConnections() }

func (p *phone) book(unit ledger.UnitID) *book {
	b := p.books[unit]
	if b == nil {
		b = &book{}
		p.books[unit] = b
	}
	return b
}

// answer is a body as it came.
type answer struct {
	status   int
	encoding string
	body     []byte
}

// send sends a request, the body gzipped already, and reads the whole answer.
func (p *phone) send(ctx context.Context, method, path string, packed []byte) (answer, error) {
	var body io.Reader
	if packed != nil {
		body = bytes.NewReader(packed)
	}
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, body)
	if err != nil {
		return answer{}, err
	}
	// What a browser sends, as far as it is of weight.
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36")
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	r.Header.Set("Sothon-Client", "sothon-bench/1.0.0")
	if packed != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Encoding", "gzip")
	}
	if p.access != "" {
		r.Header.Set("Authorization", "Bearer "+p.access)
	}
	got, err := p.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }() // by then it was read
	a := answer{status: got.StatusCode, encoding: got.Header.Get("Content-Encoding")}
	if got.ContentLength > 0 {
		a.body = make([]byte, got.ContentLength)
		_, err = io.ReadFull(got.Body, a.body)
	} else {
		a.body, err = io.ReadAll(got.Body)
	}
	return a, err
}

// do is send, where anything but success is an error. An access token that has
// expired is renewed: a long run outlives it.
func (p *phone) do(ctx context.Context, method, path string, packed []byte) (answer, error) {
	for try := 1; ; try++ {
		a, err := p.send(ctx, method, path, packed)
		if err != nil {
			return a, fmt.Errorf("%s %s: %w", method, path, err)
		}
		if a.status < http.StatusBadRequest {
			return a, nil
		}
		var problem struct{ Code, Title, Detail string }
		_ = a.decode(&problem)
		if try > 1 || problem.Code != "token-expired" {
			return a, fmt.Errorf("%s %s: %d %s: %s %s", method, path, a.status, problem.Code, problem.Title, problem.Detail)
		}
		if err := p.start(ctx, "/v1/sessions/refresh", map[string]any{"refreshToken": p.refresh}); err != nil {
			return a, err
		}
	}
}

// signIn begins a session on a device that is new.
func (p *phone) signIn(ctx context.Context, username, password string) error {
	return p.start(ctx, "/v1/sessions", map[string]any{
		"username": username, "password": password,
		"device": map[string]any{"name": "Máy đo", "platform": "Android 12, Chrome 138"},
	})
}

func (p *phone) start(ctx context.Context, path string, request any) error {
	p.access = ""
	body, err := packed(request)
	if err != nil {
		return err
	}
	a, err := p.do(ctx, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	var session struct {
		AccessToken, RefreshToken string
		Device                    struct {
			ID    string
			Epoch uint32
		}
	}
	if err := a.decode(&session); err != nil {
		return err
	}
	p.access, p.refresh, p.device, p.epoch = session.AccessToken, session.RefreshToken, session.Device.ID, session.Device.Epoch
	return nil
}

// pull asks for what changed until there is no more, and gives each page to
// each as it came, decompressed.
func (p *phone) pull(ctx context.Context, unit ledger.UnitID, each func(page []byte)) error {
	for more := true; more; {
		query, b := url.Values{}, p.book(unit)
		if b.cursor != nil {
			query = url.Values{"after": {strconv.FormatUint(b.cursor.Seq, 10)}, "log": {b.cursor.Log}, "hash": {b.cursor.Hash}}
		}
		if b.tip != nil {
			query.Set("tipSeq", strconv.FormatUint(b.tip.Seq, 10))
			query.Set("tipHash", b.tip.Hash)
		}
		a, err := p.do(ctx, http.MethodGet, "/v1/units/"+string(unit)+"/changes?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		page, err := a.plain()
		if err != nil {
			return err
		}
		next, err := cursorOf(page)
		if err != nil {
			return err
		}
		if more = next.More; next.Seq > 0 {
			b.cursor, b.tip = &next.cursor, next.Tip
		}
		if each != nil {
			each(page)
		}
	}
	return nil
}

// skip moves the cursor to the head, as if all up to it had been pulled.
func (p *phone) skip(ctx context.Context, unit ledger.UnitID) error {
	a, err := p.do(ctx, http.MethodGet, "/v1/units/"+string(unit)+"/head", nil)
	if err != nil {
		return err
	}
	var head cursor
	if err := a.decode(&head); err != nil {
		return err
	}
	if head.Seq > 0 {
		p.book(unit).cursor = &head
	}
	return nil
}

// cursorOf reads the cursor from a page without looking at its records, which
// are checked when the clock has stopped.
func cursorOf(page []byte) (next pageEnd, err error) {
	const records = `"records":[`
	if i, j := bytes.Index(page, []byte(records)), bytes.LastIndexByte(page, ']'); 0 <= i && i < j {
		page = append(bytes.Clone(page[:i+len(records)]), page[j:]...)
	}
	return next, json.Unmarshal(page, &next)
}

// pageEnd is what a page says beside its records.
type pageEnd struct {
	cursor
	More bool    `json:"more"`
	Tip  *cursor `json:"tip"`
}

// recordsOf lists the records of a page.
func recordsOf(page []byte) ([]string, error) {
	var list struct{ Records []struct{ ID string } }
	if err := json.Unmarshal(page, &list); err != nil {
		return nil, err
	}
	ids := make([]string, len(list.Records))
	for i := range list.Records {
		ids[i] = list.Records[i].ID
	}
	return ids, nil
}

var zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil)
	if err != nil {
		panic(err) // there are no options
	}
	return d
})

// plain decompresses an answer.
func (a *answer) plain() ([]byte, error) {
	switch a.encoding {
	case "":
		return a.body, nil
	case "zstd":
		return zstdDecoder().DecodeAll(a.body, nil)
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	return nil, errors.New("an answer in an encoding that nobody asked for: " + a.encoding)
}

func (a *answer) decode(into any) error {
	body, err := a.plain()
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// packed is a body as a phone sends it: browsers can make gzip, and no zstd.
func packed(v any) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	err := errors.Join(json.NewEncoder(w).Encode(v), w.Close())
	return out.Bytes(), err
}
