package demo_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/server/demo"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// counter is a server that knows no more than what a phone may rely on: ops
// with counters, taken once. It refuses quantities of zero.
type counter struct {
	t       *testing.T
	mu      sync.Mutex
	ops     []string // by counter, from 1
	bases   []uint64
	cuts    []string // the batches as they came
	heads   []uint64 // of each batch, 0 for none
	records []string // what a pull answers, in JSON
	seq     uint64
	fail    []string // problems to answer the next requests with
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := func(status int, v any) {
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			c.t.Error(err)
		}
	}
	if r.URL.Path == "/v1/sessions/refresh" {
		answer(http.StatusOK, map[string]string{"accessToken": "access-2", "refreshToken": "refresh-2"})
		return
	}
	if len(c.fail) > 0 {
		code := c.fail[0]
		c.fail = c.fail[1:]
		status := http.StatusUnauthorized
		if code == "unavailable" {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "1")
		}
		answer(status, map[string]any{"status": status, "code": code, "title": code})
		return
	}
	if r.Method == http.MethodGet {
		seq := c.seq
		if _, err := fmt.Fprintf(w, `{"log":"l","seq":%d,"hash":"h%d","more":false,"records":[%s]}`, seq, seq, strings.Join(c.records, ",")); err != nil {
			c.t.Error(err)
		}
		return
	}
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		c.t.Errorf("the body is not compressed: %v", err)
		return
	}
	var batch struct {
		From uint64
		Head *struct{ Seq uint64 }
		Ops  []json.RawMessage
	}
	if err := json.NewDecoder(body).Decode(&batch); err != nil {
		c.t.Error(err)
		return
	}
	c.cuts = append(c.cuts, fmt.Sprintf("%d+%d", batch.From, len(batch.Ops)))
	if batch.Head != nil {
		c.heads = append(c.heads, batch.Head.Seq)
	} else {
		c.heads = append(c.heads, 0)
	}
	if batch.From > uint64(len(c.ops))+1 {
		c.t.Errorf("a gap: from %d after %d", batch.From, len(c.ops))
	}
	c.seq++
	var results []map[string]any
	for i, text := range batch.Ops {
		var op struct {
			N, Base uint64
			Set     struct{ Quantity int }
		}
		if err := json.Unmarshal(text, &op); err != nil || op.N != batch.From+uint64(i) {
			c.t.Errorf("op %d of a batch from %d: %s, %v", i, batch.From, text, err)
		}
		switch known := int(op.N) <= len(c.ops); {
		case !known:
			c.ops, c.bases = append(c.ops, string(text)), append(c.bases, op.Base)
		case c.ops[op.N-1] != string(text):
			c.t.Errorf("counter %d was used twice", op.N)
		}
		verdict := map[string]any{"n": op.N, "status": "accepted"}
		if op.Set.Quantity == 0 {
			verdict = map[string]any{"n": op.N, "status": "rejected", "code": "too-small", "field": "quantity"}
		}
		results = append(results, verdict)
	}
	answer(http.StatusOK, map[string]any{"through": len(c.ops), "results": results})
}

func newCounter(t *testing.T, drops float64) (*counter, demo.Phone) {
	t.Helper()
	c := &counter{t: t}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, demo.NewPhone(server.Client(), server.URL, villages()[0], drops)
}

func giftAct(n byte, quantity int64) *demo.Act {
	return &demo.Act{
		At: time.Date(2021, 5, 1, 8, 0, int(n), 0, time.UTC), Unit: villages()[0], Record: ledger.RecordID{6: 0x70, 15: n},
		Kind: form.KindGift, Action: ledger.ActionEdit, New: true, Set: map[string]ledger.Value{"quantity": ledger.Int(quantity)},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever answers are lost, each op arrives once, under its own counter.
func TestPhoneSendsAgainUntilItHears(t *testing.T) {
	server, phone := newCounter(t, 0.6)
	for i := range byte(120) {
		must(t, phone.Write(giftAct(i+1, 1)))
	}
	for phone.Waiting() > 0 {
		must(t, phone.Sync(t.Context()))
	}
	ops, batches, resends, _ := phone.Counts()
	if len(server.ops) != 120 || ops != 120 || batches != len(server.cuts) || resends == 0 || resends >= batches {
		t.Errorf("%d ops arrived, %d were acknowledged; %d pushes of which %d again, %d came", len(server.ops), ops, batches, resends, len(server.cuts))
	}
	recut := slices.ContainsFunc(server.cuts, func(cut string) bool {
		from, _, _ := strings.Cut(cut, "+")
		return slices.ContainsFunc(server.cuts, func(c string) bool { return strings.HasPrefix(c, from+"+") && c != cut })
	})
	if !recut {
		t.Errorf("nothing was cut in another way: %v", server.cuts)
	}
}

func TestPhoneMendsWhatWasRefused(t *testing.T) {
	server, phone := newCounter(t, 0)
	slip := giftAct(1, 0)
	slip.Refused, slip.Mend = form.FaultSmall, map[string]ledger.Value{"quantity": ledger.Int(2)}
	must(t, phone.Write(slip))
	must(t, phone.Flush(t.Context()))
	if ops, _, resends, refused := phone.Counts(); ops != 2 || refused != 1 || resends != 0 || len(server.ops) != 2 {
		t.Errorf("%d ops, %d refused, %d sent again; the server has %q", ops, refused, resends, server.ops)
	}
	must(t, phone.Write(giftAct(2, 0)))
	if err := phone.Flush(t.Context()); err == nil {
		t.Error("a refusal that nobody expected went unnoticed")
	}
}

// The base of an op is what was on the screen when the form was opened, not
// what has arrived by the time it is sent.
func TestBaseIsTheCursorWhenTheFormWasOpened(t *testing.T) {
	server, phone := newCounter(t, 0)
	must(t, phone.Write(giftAct(1, 1)))
	server.seq = 7
	must(t, phone.Pull(t.Context()))
	must(t, phone.Write(giftAct(2, 1)))
	server.seq = 9
	must(t, phone.Pull(t.Context()))
	must(t, phone.Flush(t.Context()))
	if !slices.Equal(server.bases, []uint64{0, 7}) || server.heads[0] != 9 {
		t.Errorf("bases %d, heads %d", server.bases, server.heads)
	}
	must(t, phone.Write(giftAct(3, 1)))
	must(t, phone.Flush(t.Context()))
	if base := server.bases[2]; base != 9 {
		t.Errorf("after a push the base is %d: the answer to a push is no cursor", base)
	}
}

// A person cannot write about what never came to the phone, or has gone from
// it again.
func TestPhoneWritesAboutWhatItShows(t *testing.T) {
	server, phone := newCounter(t, 0)
	edit := giftAct(1, 3)
	edit.New = false
	if err := phone.Write(edit); err == nil {
		t.Error("it changed a record that it never saw")
	}
	server.seq, server.records = 1, []string{fmt.Sprintf(`{"id":%q,"state":"returned"}`, edit.Record)}
	must(t, phone.Pull(t.Context()))
	edit.Mends = true
	must(t, phone.Write(edit))
	server.seq, server.records = 2, []string{fmt.Sprintf(`{"id":%q,"state":"pending"}`, edit.Record)}
	must(t, phone.Pull(t.Context()))
	if err := phone.Write(edit); err == nil {
		t.Error("it corrected what is not returned")
	}
	server.seq, server.records = 3, []string{fmt.Sprintf(`{"id":%q,"gone":true}`, edit.Record)}
	must(t, phone.Pull(t.Context()))
	edit.Mends = false
	if err := phone.Write(edit); err == nil {
		t.Error("it changed a record that has gone")
	}
}

func TestClientWaitsAndRenews(t *testing.T) {
	server, phone := newCounter(t, 0)
	server.fail = []string{"token-expired", "unavailable"}
	must(t, phone.Write(giftAct(1, 1)))
	must(t, phone.Flush(t.Context()))
	if ops, batches, resends, _ := phone.Counts(); ops != 1 || batches != 2 || resends != 1 {
		t.Errorf("%d ops in %d pushes, %d of them again", ops, batches, resends)
	}
	server.fail = []string{"session-ended"}
	must(t, phone.Write(giftAct(2, 1)))
	if err := phone.Flush(t.Context()); err == nil || phone.Waiting() != 1 {
		t.Errorf("after the session's end: %v, %d ops wait", err, phone.Waiting())
	}
}

func TestResult(t *testing.T) {
	r := &demo.Result{Ledgers: []demo.Ledger{{Verified: true}}, Seconds: 2, Ops: 10}
	for _, p := range demo.Paper {
		r.Figures = append(r.Figures, demo.Figure{ID: p.ID, Paper: p.Value, Compiled: p.Value, Unit: p.Unit})
	}
	var table strings.Builder
	must(t, r.WriteTable(&table))
	if !r.Equal() || !strings.Contains(table.String(), "48.686.352") || strings.Contains(table.String(), "NO") || !strings.Contains(table.String(), "ops per second    5") {
		t.Errorf("equal %v:\n%s", r.Equal(), &table)
	}
	r.Ledgers[0].Verified = false
	if r.Equal() {
		t.Error("a damaged ledger is no success")
	}
	r.Ledgers[0].Verified = true
	r.Figures[3].Compiled++
	table.Reset()
	must(t, r.WriteTable(&table))
	if r.Equal() || !strings.Contains(table.String(), "NO") {
		t.Errorf("equal %v:\n%s", r.Equal(), &table)
	}
}
