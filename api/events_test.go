package api_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// events opens a stream, and returns its lines.
func (h *host) events(username, query string) (lines <-chan string, end func()) {
	h.t.Helper()
	r := h.request("GET", "/v1/events"+query, h.as(username), nil)
	answer, err := http.DefaultClient.Do(r) //nolint:bodyclose // end closes it.
	if err != nil {
		h.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		h.t.Fatalf("%d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	all := make(chan string, 100)
	go func() {
		defer close(all)
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			all <- s.Text()
		}
	}()
	return all, func() { _ = answer.Body.Close() }
}

// firstEvent reads a stream to the end of its first event.
func firstEvent(stream io.Reader) ([]byte, error) {
	var text []byte
	for r := bufio.NewReader(stream); ; {
		l, err := r.ReadBytes('\n')
		text = append(text, l...)
		if err != nil || len(l) == 1 {
			return text, err
		}
	}
}

// line returns the next line that begins so, or "" when the stream ends.
func line(t *testing.T, lines <-chan string, prefix string) string {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case l, open := <-lines:
			if !open || strings.HasPrefix(l, prefix) {
				return l
			}
		case <-limit:
			t.Fatalf("no %q", prefix)
		}
	}
}

// TestEventsTellWhatChanged: a desk gets the changes of its own units, from any server,
// and of no others.
func TestEventsTellWhatChanged(t *testing.T) {
	h := newHost(t)
	other := h.beside() // a second server of the same database
	lines, end := h.events("reviewer", "")
	defer end()
	if line(t, lines, "event:") != "event: ready" {
		t.Fatal("the stream does not begin with ready")
	}
	write := func(h *host, user string, unit ledger.UnitID) {
		p := h.phone(user, unit)
		p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Hộ mẫu 012","category":"poor"}`)
		p.mustPush()
	}
	write(h, "othercollector", otherVillage)
	write(other, "collector2", village2)
	if got, want := line(t, lines, `data: {"unit`), `data: {"unit":"`+string(village2)+`","seq":1}`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	narrow, endNarrow := h.events("reviewer", "?unit="+string(village1))
	defer endNarrow()
	line(t, narrow, "event: ready")
	write(h, "collector1", village1)
	if got, want := line(t, narrow, `data: {"unit`), `data: {"unit":"`+string(village1)+`","seq":1}`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	h.do("GET", "/v1/events?unit="+string(otherVillage), h.as("reviewer"), nil).want(http.StatusNotFound)
	h.do("GET", "/v1/events", h.as("collector1"), nil).want(http.StatusForbidden)
}

// TestEventsTellOfReports: a leader's desk hears of a report when it is made and
// when it is submitted, and nobody outside of its unit does.
func TestEventsTellOfReports(t *testing.T) {
	h := newHost(t)
	lines, end := h.events("approver", "")
	defer end()
	line(t, lines, "event: ready")
	village, endVillage := h.events("approver", "?unit="+string(village1))
	defer endVillage()
	line(t, village, "event: ready")
	var r contract.Report
	h.do("POST", "/v1/reports", h.as("reviewer"), map[string]any{"unit": commune, "template": "ubnd", "type": "annual", "year": 2025}).want(http.StatusCreated).into(&r)
	told := func() {
		t.Helper()
		if got, want := line(t, lines, `data: {"unit":"`+string(commune)+`","report"`), `data: {"unit":"`+string(commune)+`","report":"`+r.ID+`"}`; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	told()
	h.do("POST", "/v1/reports/"+r.ID+"/submit", h.as("reviewer"), map[string]any{"version": r.Version}).want(http.StatusOK)
	told()
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Hộ mẫu 012","category":"poor"}`)
	p.mustPush()
	if got := line(t, village, "event:"); got != "event: unit" {
		t.Fatalf("who listens to a village alone got %q", got)
	}
}

// TestEventsEnd: a person has a few streams, each gives its place back, and a
// server that stops ends all.
func TestEventsEnd(t *testing.T) {
	h := newHost(t)
	var ends []func()
	var all []<-chan string
	for range 8 {
		lines, end := h.events("reviewer", "")
		line(t, lines, "event: ready")
		all, ends = append(all, lines), append(ends, end)
	}
	h.do("GET", "/v1/events", h.as("reviewer"), nil).want(http.StatusTooManyRequests, "too-many-requests")
	_, end := h.events("approver", "")
	defer end()
	ends[0]()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		r := h.request("GET", "/v1/events", h.as("reviewer"), nil)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("a stream that ended keeps its place")
		}
	}
	h.store.BeginClose()
	for _, lines := range all[1:] {
		if l := line(t, lines, "event: never"); l != "" {
			t.Fatal("a stream outlives the server")
		}
	}
}
