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
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// phone is the reference client with its own connection. Its session,
// cursors, counters and batches are the client's. It sends and reads what is
// timed itself, so that the clock does not count what checking and keeping
// costs a client.
type phone struct {
	client.Client
	wire *wire
}

func newPhone(url string, now func() time.Time) *phone {
	w := &wire{}
	return &phone{wire: w, Client: client.Client{
		State: &client.State{}, URL: url, HTTP: &http.Client{Transport: w.transport(http1)}, Name: "sothon-bench/1.0.0", Now: now,
	}}
}

// reconnect returns the phone as it is, with a new connection of a protocol.
func (p *phone) reconnect(speaks protocol) *phone {
	again := *p
	again.wire = &wire{}
	again.HTTP = &http.Client{Transport: again.wire.transport(speaks)}
	return &again
}

func (p *phone) close() { p.HTTP.CloseIdleConnections() }

// answer is a body as it came.
type answer struct {
	encoding string
	body     []byte
}

// exchange sends a request, the body packed already, and reads the whole
// answer.
func (p *phone) exchange(ctx context.Context, method, path string, packed []byte) (answer, error) {
	r, err := p.Request(ctx, method, path, packed)
	if err != nil {
		return answer{}, err
	}
	// What a browser sends, as far as it is of weight.
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36")
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	got, err := p.HTTP.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }() // by then it was read
	a := answer{encoding: got.Header.Get("Content-Encoding")}
	if got.ContentLength > 0 {
		a.body = make([]byte, got.ContentLength)
		_, err = io.ReadFull(got.Body, a.body)
	} else {
		a.body, err = io.ReadAll(got.Body)
	}
	if err != nil || got.StatusCode < http.StatusBadRequest {
		return a, err
	}
	text, err := a.plain()
	return a, errors.Join(err, client.ProblemOf(got, text))
}

// do is exchange, but renews an access token that has expired: a long run
// outlives it.
func (p *phone) do(ctx context.Context, method, path string, packed []byte) (answer, error) {
	a, err := p.exchange(ctx, method, path, packed)
	var problem *client.Problem
	if errors.As(err, &problem) && problem.Code == "token-expired" {
		if err := p.Renew(ctx); err != nil {
			return a, err
		}
		a, err = p.exchange(ctx, method, path, packed)
	}
	if err != nil {
		return a, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return a, nil
}

// signIn begins a session on a device that is new.
func (p *phone) signIn(ctx context.Context, username, password string) error {
	return p.SignIn(ctx, username, password, client.Machine{Name: "Máy đo", Platform: "Android 12, Chrome 138"})
}

// pull asks for what changed until there is no more, and gives each page to
// each as it came, decompressed. The records are not kept.
func (p *phone) pull(ctx context.Context, unit ledger.UnitID, each func(page []byte)) error {
	b := p.State.Book(unit)
	for more := true; more; {
		a, err := p.do(ctx, http.MethodGet, "/v1/units/"+string(unit)+"/changes?"+b.Query(0).Encode(), nil)
		if err != nil {
			return err
		}
		page, err := a.plain()
		if err != nil {
			return err
		}
		end, err := endOf(page)
		if err != nil {
			return err
		}
		b.Advance(end)
		more = end.More
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
	text, err := a.plain()
	if err != nil {
		return err
	}
	var head client.Head
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	p.State.Book(unit).Advance(client.PageEnd{Head: head})
	return nil
}

// endOf reads a page without looking at its records, which are checked when
// the clock has stopped.
func endOf(page []byte) (end client.PageEnd, err error) {
	const records = `"records":[`
	if i, j := bytes.Index(page, []byte(records)), bytes.LastIndexByte(page, ']'); 0 <= i && i < j {
		page = append(bytes.Clone(page[:i+len(records)]), page[j:]...)
	}
	return end, json.Unmarshal(page, &end)
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
