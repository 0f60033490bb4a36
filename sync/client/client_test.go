package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

const unit = ledger.UnitID("21133-01-20040101")

// village is a server of one ledger that keeps what the contract promises of
// counters: known ones get their verdicts again, a gap is refused.
type village struct {
	t        *testing.T
	mu       sync.Mutex // held by each request: one whose answer is lost may meet the next
	ops      []string   // texts by counter, from 1, without n
	device   string     // that signed in last
	epoch    uint32
	log      string
	requests int
	answers  []string // "lost", or a status and a problem to answer the next requests to a unit with
	plain    bool     // compressed bodies are refused
	maxOps   int      // of a batch, 0 for no limit
	view     string
	hidden   int // so many of the first ops are not shown in view
	before   []epochOps
	common   int      // what a divergence is answered with where the pull names heads
	earlier  []string // what the last pull named
}

// epochOps are what a ledger has of an earlier epoch.
type epochOps struct {
	epoch uint32
	ops   []string
}

func (v *village) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests++
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/sessions"):
		text, err := io.ReadAll(body(r))
		if err != nil {
			v.t.Error(err)
		}
		switch named := bytes.Contains(text, []byte(`"id":`)); {
		case !named && v.requests > 1:
			v.device, v.epoch, v.before, v.ops = fmt.Sprintf("d_%d", v.requests), 1, nil, nil
		case bytes.Contains(text, []byte(`"fresh":true`)):
			v.before = append(v.before, epochOps{v.epoch, v.ops})
			v.epoch, v.ops = v.epoch+1, nil
		}
		_, _ = fmt.Fprintf(w, `{"accessToken":"a%d","refreshToken":"r%d","device":{"id":%q,"epoch":%d}}`, v.requests, v.requests, v.device, v.epoch)
		return
	case len(v.answers) > 0:
		next := v.answers[0]
		v.answers = v.answers[1:]
		if next != "lost" {
			v.problem(w, next)
			return
		}
		v.serve(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	v.serve(w, r)
}

// problem answers with a status and members.
func (v *village) problem(w http.ResponseWriter, text string) {
	var status int
	var members string
	if _, err := fmt.Sscanf(text, "%d", &status); err != nil {
		v.t.Error(err)
	}
	_, members, _ = strings.Cut(text, " ")
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, members)
}

func body(r *http.Request) io.Reader {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return r.Body
	}
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil {
		return strings.NewReader("")
	}
	return unzipped
}

func (v *village) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/head") {
		_, _ = fmt.Fprintf(w, `{"seq":%d,"epochs":[%s]}`, len(v.ops), v.epochs())
		return
	}
	if r.Method == http.MethodGet {
		v.earlier = r.URL.Query()["earlier"]
		if after := r.URL.Query().Get("after"); after != "" && r.URL.Query().Get("log") != v.log {
			v.problem(w, fmt.Sprintf(`409 {"code":"log-diverged","common":%d,"expected":%d,"epochs":[%s]}`, min(v.common, len(v.earlier)*1000), len(v.ops)+1, v.epochs()))
			return
		}
		if r.URL.Query().Get("after") != "" && r.URL.Query().Get("view") != v.view {
			v.problem(w, `409 {"code":"view-changed"}`)
			return
		}
		var records []string
		for i, text := range v.ops {
			if i < v.hidden {
				continue
			}
			var op struct {
				Record string
				Set    json.RawMessage
			}
			if err := json.Unmarshal([]byte(text), &op); err != nil {
				v.t.Error(err)
			}
			records = append(records, fmt.Sprintf(`{"id":%q,"kind":"gift","seq":%d,"state":"pending","fields":%s}`, op.Record, i+1, op.Set))
		}
		_, _ = fmt.Fprintf(w, `{"log":%q,"seq":%d,"hash":"aa","view":%q,"more":false,"records":[%s]}`, v.log, len(v.ops), v.view, strings.Join(records, ","))
		return
	}
	if v.plain && r.Header.Get("Content-Encoding") != "" {
		v.problem(w, `415 {"code":"unsupported-media"}`)
		return
	}
	var batch struct {
		Epoch uint32
		From  int
		Ops   []map[string]json.RawMessage
	}
	if err := json.NewDecoder(body(r)).Decode(&batch); err != nil {
		v.t.Error(err)
	}
	switch {
	case v.maxOps > 0 && len(batch.Ops) > v.maxOps:
		v.problem(w, `413 {"code":"too-large"}`)
		return
	case batch.Epoch != v.epoch:
		v.problem(w, `409 {"code":"epoch-fenced"}`)
		return
	case batch.From > len(v.ops)+1:
		v.problem(w, fmt.Sprintf(`409 {"code":"counter-gap","expected":%d}`, len(v.ops)+1))
		return
	}
	var results []string
	for i, op := range batch.Ops {
		n := batch.From + i
		delete(op, "n")
		text, err := json.Marshal(op)
		if err != nil {
			v.t.Error(err)
		}
		switch {
		case n > len(v.ops):
			v.ops = append(v.ops, string(text))
		case v.ops[n-1] != string(text):
			v.t.Errorf("counter %d was used twice", n)
		}
		results = append(results, fmt.Sprintf(`{"n":%d,"status":"accepted"}`, n))
	}
	_, _ = fmt.Fprintf(w, `{"log":%q,"seq":%d,"hash":"aa","through":%d,"results":[%s],"receipt":"note"}`, v.log, len(v.ops), len(v.ops), strings.Join(results, ","))
}

// epochs is how far the ledger has each epoch of the device.
func (v *village) epochs() string {
	var list []string
	for _, e := range append(slices.Clone(v.before), epochOps{v.epoch, v.ops}) {
		if len(e.ops) > 0 {
			list = append(list, fmt.Sprintf(`{"epoch":%d,"through":%d}`, e.epoch, len(e.ops)))
		}
	}
	return strings.Join(list, ",")
}

// all counts what the ledger has of every epoch.
func (v *village) all() int {
	n := len(v.ops)
	for _, e := range v.before {
		n += len(e.ops)
	}
	return n
}

func newVillage(t *testing.T) (*village, *client.Client) {
	t.Helper()
	v := &village{t: t, device: "d_7Q", epoch: 1, log: "l_1", view: "collector-1"}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	c := &client.Client{
		State: &client.State{}, URL: server.URL, HTTP: server.Client(), Limits: client.Limits{MaxOps: 4, MaxBytes: 1 << 20},
		Now:   func() time.Time { return time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC) },
		Wait:  func(context.Context, time.Duration) error { return nil },
		Tries: 3,
	}
	signIn(t, c, false)
	return v, c
}

func signIn(t *testing.T, c *client.Client, fresh bool) {
	t.Helper()
	if err := c.SignIn(t.Context(), "thon1.truongthon", "mat-khau-mau", client.Machine{Name: "Máy mẫu", Platform: "test", Fresh: fresh}); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, c *client.Client, first, last int) {
	t.Helper()
	b := c.State.Book(unit)
	for i := first; i <= last; i++ {
		if _, err := b.Write(&client.Draft{
			Record: ledger.NameID("test", fmt.Sprint(i)), Kind: "gift", Action: ledger.ActionEdit, Base: b.Seen, At: c.Now(),
			Set: map[string]json.RawMessage{"quantity": json.RawMessage(fmt.Sprint(i))},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// mustSync syncs as often as the network needs.
func mustSync(t *testing.T, c *client.Client) {
	t.Helper()
	for range 20 {
		step, err := c.Sync(t.Context(), unit)
		if step == client.StepAgain {
			continue
		}
		if step != "" || err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		return
	}
	t.Fatal("the client does not come to an end")
}

func (v *village) holds(c *client.Client, ops int) {
	v.t.Helper()
	b := c.State.Book(unit)
	if len(v.ops) != ops || b.Waiting() != 0 || len(b.Records) != ops || int(b.Seen) != ops {
		v.t.Errorf("the ledger has %d ops, want %d; %d wait, %d records were pulled, at %d", len(v.ops), ops, b.Waiting(), len(b.Records), b.Seen)
	}
}

// TestSync goes through each refusal that needs no person.
func TestSync(t *testing.T) {
	for name, begin := range map[string]func(*village, *client.Client){
		"nothing in the way": func(*village, *client.Client) {},
		"a lost answer":      func(v *village, _ *client.Client) { v.answers = []string{"lost", "lost"} },
		"a server that is busy": func(v *village, _ *client.Client) {
			v.answers = []string{`503 {"code":"unavailable"}`, `429 {"code":"x"}`}
		},
		"an expired token":            func(v *village, _ *client.Client) { v.answers = []string{`401 {"code":"token-expired"}`} },
		"no compression":              func(v *village, _ *client.Client) { v.plain = true },
		"smaller batches":             func(v *village, _ *client.Client) { v.maxOps = 1 },
		"a batch that cannot be read": func(v *village, _ *client.Client) { v.answers = []string{`400 {"code":"malformed"}`} },
		"a slow line": func(v *village, _ *client.Client) {
			v.answers = slices.Repeat([]string{`408 {"code":"too-slow"}`}, 5) // to one op alone, too
		},
		"a proxy that has its own way": func(v *village, _ *client.Client) { v.answers = []string{"502 <html>", "504 "} },
	} {
		t.Run(name, func(t *testing.T) {
			v, c := newVillage(t)
			write(t, c, 1, 10)
			begin(v, c)
			mustSync(t, c)
			v.holds(c, 10)
		})
	}
}

// TestChangedView: what the caller may not see any more leaves the book, and
// what waits is still sent.
func TestChangedView(t *testing.T) {
	v, c := newVillage(t)
	write(t, c, 1, 5)
	mustSync(t, c)
	v.holds(c, 5)
	v.view, v.hidden = "parent-1", 3
	write(t, c, 6, 6)
	mustSync(t, c)
	b := c.State.Book(unit)
	if len(v.ops) != 6 || b.Waiting() != 0 || len(b.Records) != 3 || b.Seen != 6 || b.View != "parent-1" {
		t.Errorf("the ledger has %d ops; %d wait, %d records were pulled, at %d under %q", len(v.ops), b.Waiting(), len(b.Records), b.Seen, b.View)
	}
}

// TestRestoredBackup: the server lost its newest commits, once with a cursor
// beyond its end and once with pushes that no pull followed.
func TestRestoredBackup(t *testing.T) {
	v, c := newVillage(t)
	write(t, c, 1, 10)
	mustSync(t, c)
	v.ops, v.log = v.ops[:6], "l_2"
	mustSync(t, c)
	v.holds(c, 10)

	b := c.State.Book(unit)
	write(t, c, 11, 12)
	batch := b.Next(c.State.Device, c.Limits)
	if step, err := c.Deliver(t.Context(), b, batch); step != "" || err != nil {
		t.Fatal(step, err)
	}
	v.ops = v.ops[:10]
	mustSync(t, c)
	v.holds(c, 12)
}

// TestStepsOfPeople: the outbox stays until a person has done their part.
func TestStepsOfPeople(t *testing.T) {
	for answer, want := range map[string]client.Step{
		`401 {"code":"session-ended"}`:   client.StepSignIn,
		`403 {"code":"forbidden"}`:       client.StepSignIn,
		`426 {"code":"client-too-old"}`:  client.StepUpdate,
		`409 {"code":"device-forked"}`:   client.StepFresh,
		`405 {"code":"odd"}`:             client.StepReport,
		`413 {"code":"too-large","n":1}`: client.StepWrite,
	} {
		v, c := newVillage(t)
		write(t, c, 1, 3)
		v.answers = []string{answer}
		step, err := c.Sync(t.Context(), unit)
		var p *client.Problem
		if step != want || !errors.As(err, &p) {
			t.Errorf("%s: %s, %v", answer, step, err)
		}
		if b := c.State.Book(unit); b.Waiting() != 3 {
			t.Errorf("%s: %d ops wait", answer, b.Waiting())
		}
		if step == client.StepFresh {
			signIn(t, c, true)
		}
		mustSync(t, c)
		v.holds(c, 3)
	}
}

// TestSlowLine: a batch that came too slowly is cut in half, until one op is left.
func TestSlowLine(t *testing.T) {
	_, c := newVillage(t)
	write(t, c, 1, 8)
	b := c.State.Book(unit)
	for _, want := range []uint64{4, 2, 1, 1} {
		batch := b.Next(c.State.Device, c.Limits)
		if batch.From != 1 || batch.Through != want {
			t.Fatalf("the batch ends at %d, want %d", batch.Through, want)
		}
		if step := c.State.Refuse(b, batch, &client.Problem{Status: http.StatusRequestTimeout, Code: "too-slow"}, c.Now()); step != client.StepAgain {
			t.Fatal(step)
		}
	}
}

// TestNewEpoch: acknowledged ops are in the ledger under their old counters,
// the rest counts from 1.
func TestNewEpoch(t *testing.T) {
	v, c := newVillage(t)
	write(t, c, 1, 3)
	mustSync(t, c)
	write(t, c, 4, 5)
	v.epoch, v.ops = 2, nil // another copy has signed in with fresh
	if step, _ := c.Sync(t.Context(), unit); step != client.StepFresh {
		t.Fatal(step)
	}
	signIn(t, c, true)
	b := c.State.Book(unit)
	if b.Last != 2 || len(b.Outbox) != 2 || b.Outbox[0].N != 1 || len(b.Before) != 3 || b.Before[2].Of != (client.Device{ID: "d_7Q", Epoch: 1}) {
		t.Errorf("%d ops through %d, %d before", len(b.Outbox), b.Last, len(b.Before))
	}
	// A server that does not know the device lacks everything that it sent.
	if _, err := c.Sync(t.Context(), unit); err != nil {
		t.Fatal(err)
	}
	c.State.Adopt(client.Device{ID: "d_other", Epoch: 1})
	if b.Waiting() != 5 || b.Last != 5 || !strings.Contains(string(b.Outbox[0].Rest), `"quantity":1`) {
		t.Errorf("%d ops wait, through %d", b.Waiting(), b.Last)
	}
}

// TestTwoCopiesPart: another copy that writes again within a day after a fresh
// sign-in makes this one a device of its own, which has nothing sent a second time
// that was acknowledged.
func TestTwoCopiesPart(t *testing.T) {
	for _, code := range []string{`409 {"code":"epoch-fenced"}`, `409 {"code":"device-forked"}`, `422 {"code":"counter-reuse"}`} {
		v, c := newVillage(t)
		now := c.Now()
		c.Now = func() time.Time { return now }
		b := c.State.Book(unit)
		fenced := func(epoch uint32) {
			t.Helper()
			if b.InDoubt() {
				if step, err := c.Ask(t.Context(), b); step != "" || err != nil {
					t.Fatal(step, err)
				}
			}
			for range 2 { // that it is met again before anybody signs in is no second time
				v.answers = []string{code}
				if step, err := c.Sync(t.Context(), unit); step != client.StepFresh {
					t.Fatalf("%s: %s, %v", code, step, err)
				}
			}
			signIn(t, c, true)
			if want := (client.Device{ID: ledger.DeviceID(v.device), Epoch: epoch}); c.State.Device != want {
				t.Errorf("%s: the device is %+v, want %+v", code, c.State.Device, want)
			}
		}
		write(t, c, 1, 3)
		mustSync(t, c)
		write(t, c, 4, 5)
		fenced(2)
		now = now.Add(23 * time.Hour)
		fenced(1)
		if v.device == "d_7Q" || b.Waiting() != 2 || len(b.Before) != 3 {
			t.Fatalf("%s: %s has %d ops that wait, and %d that were acknowledged", code, v.device, b.Waiting(), len(b.Before))
		}
		mustSync(t, c)
		if len(v.ops) != 2 || !strings.Contains(v.ops[0], `"quantity":4`) || b.Waiting() != 0 {
			t.Errorf("%s: the new device sent %v, and %d ops wait", code, v.ops, b.Waiting())
		}
		// A day later it is another matter, and a fresh epoch is enough.
		now = now.Add(25 * time.Hour)
		write(t, c, 6, 6)
		fenced(2)
		mustSync(t, c)
		if v.all() != 3 || b.Waiting() != 0 {
			t.Errorf("%s: the device has sent %d ops, and %d wait", code, v.all(), b.Waiting())
		}
	}
}

// A restored server may lack what was acknowledged in an earlier epoch. Kept ops
// carry theirs, and what the ledger lacks of it is sent in the new one, before
// what was written after it.
func TestOpsOfAnEarlierEpochOutliveARestore(t *testing.T) {
	for name, lose := range map[string]func(*village){
		"found by the head":   func(v *village) { v.before[0].ops = v.before[0].ops[:1] },
		"found by the cursor": func(v *village) { v.before[0].ops, v.log = v.before[0].ops[:1], "l_2" },
		"all of the epoch":    func(v *village) { v.before = nil },
	} {
		t.Run(name, func(t *testing.T) {
			v, c := newVillage(t)
			write(t, c, 1, 3)
			mustSync(t, c)
			write(t, c, 4, 5)
			signIn(t, c, true)
			lose(v)
			left := v.all()
			mustSync(t, c)
			if v.all() != 5 || len(v.ops) != 5-left || c.State.Book(unit).Waiting() != 0 {
				t.Fatalf("the ledger has %d ops of 5, %d of them new", v.all(), len(v.ops))
			}
			for i, text := range v.ops {
				if want := fmt.Sprintf(`"quantity":%d`, left+i+1); !strings.Contains(text, want) {
					t.Errorf("op %d of the new epoch is %s, want %s", i+1, text, want)
				}
			}
		})
	}
}

// Something of the new epoch was acknowledged already when the loss shows: then
// only the next epoch goes on, and a gap in the new one puts the old one in doubt.
func TestOpsOfAnEarlierEpochWhenTheNewOneIsUsed(t *testing.T) {
	v, c := newVillage(t)
	write(t, c, 1, 3)
	mustSync(t, c)
	signIn(t, c, true)
	write(t, c, 4, 6)
	b := c.State.Book(unit)
	if step, err := c.Ask(t.Context(), b); step != "" || err != nil {
		t.Fatal(step, err)
	}
	if step, err := c.Deliver(t.Context(), b, b.Next(c.State.Device, c.Limits)); step != "" || err != nil {
		t.Fatal(step, err)
	}
	v.before[0].ops, v.ops = v.before[0].ops[:2], v.ops[:1]
	for range 3 {
		step, err := c.Sync(t.Context(), unit)
		if step == client.StepFresh {
			signIn(t, c, true)
			continue
		}
		if step != "" || err != nil {
			t.Fatal(step, err)
		}
	}
	if v.all() != 6 || v.epoch != 3 || b.Waiting() != 0 {
		t.Errorf("the ledger has %d ops of 6 in epoch %d, %d wait", v.all(), v.epoch, b.Waiting())
	}
}

// What was pushed in an earlier epoch and not pulled since lies behind the cursor, which a
// restore that loses it leaves in the ledger: it stays in doubt, however often the answer
// is that it is there, until the cursor has passed it.
func TestEarlierEpochIsInDoubtUntilItIsPulled(t *testing.T) {
	_, c := newVillage(t)
	write(t, c, 1, 3)
	mustSync(t, c)
	write(t, c, 4, 5)
	b := c.State.Book(unit)
	if step, err := c.Deliver(t.Context(), b, b.Next(c.State.Device, c.Limits)); step != "" || err != nil {
		t.Fatal(step, err)
	}
	pulled, pushed := b.Cursor.Seq, b.Pushed
	signIn(t, c, true)
	for range 2 {
		if !b.InDoubt() {
			t.Fatalf("nothing is in doubt at %d, though %d was pushed", pulled, pushed)
		}
		if step := b.Epochs(c.State.Device, pushed, []client.Through{{Epoch: 1, Through: 5}}); step != client.StepAgain {
			t.Fatal(step)
		}
	}
	b.Advance(client.PageEnd{Head: client.Head{Log: b.Cursor.Log, Seq: pushed}})
	if b.InDoubt() || b.Waiting() != 0 {
		t.Errorf("once that was pulled, in doubt: %t; %d wait", b.InDoubt(), b.Waiting())
	}
}

// A restored server does not know the epoch that it gave out: the client signs in
// afresh until it does, and its counters go on.
func TestServerThatForgotTheEpoch(t *testing.T) {
	v, c := newVillage(t)
	signIn(t, c, true)
	signIn(t, c, true)
	write(t, c, 1, 3)
	mustSync(t, c)
	v.epoch, v.ops, v.before, v.log = 1, []string{"{}", "{}", "{}", "{}"}, nil, "l_2"
	signIn(t, c, false)
	mustSync(t, c)
	if c.State.Device.Epoch != 3 || v.epoch != 3 || len(v.ops) != 3 || c.State.Book(unit).Last != 3 {
		t.Errorf("epoch %d, %d ops in the ledger", c.State.Device.Epoch, len(v.ops))
	}
}

// The true common seq comes of the heads that the client had seen before: what
// it sends again keeps its base up to there.
func TestCommonIsAskedFor(t *testing.T) {
	v, c := newVillage(t)
	for i := 1; i <= 6; i++ {
		write(t, c, i, i)
		mustSync(t, c)
	}
	v.ops, v.log, v.common = v.ops[:3], "l_2", 3
	v.answers = nil
	mustSync(t, c)
	b := c.State.Book(unit)
	var bases []ledger.Seq
	for i := range b.Outbox {
		bases = append(bases, b.Outbox[i].Base)
	}
	if want := "[0 1 2 3 3 3]"; fmt.Sprint(bases) != want || len(v.ops) != 6 {
		t.Errorf("bases %v, want %s; the ledger has %d ops", bases, want, len(v.ops))
	}
}

// Heads are kept densely at the end and ever sparser before it, and never more
// than a pull may name.
func TestHeadsAreFew(t *testing.T) {
	b := &client.Book{Unit: unit}
	for seq := ledger.Seq(1); seq <= 5000; seq++ {
		b.Advance(client.PageEnd{Head: client.Head{Log: "l_1", Seq: seq, Hash: "aa"}})
	}
	if n := len(b.Heads); n > 32 || b.Heads[n-1].Seq != 5000 || b.Heads[n-2].Seq != 4999 {
		t.Fatalf("%d heads, %+v", n, b.Heads)
	}
	for i := 1; i < len(b.Heads); i++ {
		if back, gap := 5000-b.Heads[i-1].Seq, b.Heads[i].Seq-b.Heads[i-1].Seq; gap > back/2+2 {
			t.Errorf("from %d to %d there is none", b.Heads[i-1].Seq, b.Heads[i].Seq)
		}
	}
	b.Advance(client.PageEnd{Head: client.Head{Log: "l_2", Seq: 3, Hash: "aa"}})
	if len(b.Heads) != 1 {
		t.Errorf("heads of two logs: %+v", b.Heads)
	}
}

// TestKilledAnywhere: a client that is killed at any of its stores, and goes on
// from the one before, loses nothing and sends nothing twice.
func TestKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	for at := 0; ; at++ {
		v, c := newVillage(t)
		v.answers = []string{`400 {"code":"malformed"}`, "lost", `401 {"code":"token-expired"}`}
		write(t, c, 1, 6)
		kept, err := json.Marshal(c.State)
		if err != nil {
			t.Fatal(err)
		}
		stores := 0
		c.Store = func(s *client.State) error {
			if stores++; stores == at+1 {
				return killed
			}
			kept, err = json.Marshal(s)
			return err
		}
		died := false
		for range 5 {
			_, err := c.Sync(t.Context(), unit)
			if died = errors.Is(err, killed); died || err == nil {
				break
			}
		}
		c.Store = nil
		c.State = &client.State{}
		if err := json.Unmarshal(kept, c.State); err != nil {
			t.Fatal(err)
		}
		mustSync(t, c)
		v.holds(c, 6)
		if !died {
			if at < 5 {
				t.Errorf("the client stored only %d times", at)
			}
			return
		}
	}
}

func TestForget(t *testing.T) {
	_, c := newVillage(t)
	write(t, c, 1, 3)
	mustSync(t, c)
	write(t, c, 4, 4)
	b := c.State.Book(unit)
	if len(b.Receipts) != 1 || b.Receipts[0].Through != 3 {
		t.Errorf("%+v", b.Receipts)
	}
	b.Forget(c.Now().Add(client.Keep))
	if len(b.Outbox) != 4 {
		t.Errorf("%d ops are kept within 90 days", len(b.Outbox))
	}
	b.Forget(c.Now().Add(client.Keep + time.Second))
	if len(b.Outbox) != 1 || b.Outbox[0].N != 4 || len(b.Receipts) != 0 || b.Waiting() != 1 {
		t.Errorf("%+v", b)
	}
}

func TestRewrite(t *testing.T) {
	v, c := newVillage(t)
	write(t, c, 1, 2)
	b := c.State.Book(unit)
	d := &client.Draft{Record: ledger.NameID("test", "1"), Kind: "gift", Action: ledger.ActionEdit, At: c.Now(), Set: map[string]json.RawMessage{"quantity": json.RawMessage("9")}}
	if err := b.Rewrite(1, d); err != nil {
		t.Fatal(err)
	}
	mustSync(t, c)
	if !strings.Contains(v.ops[0], `"quantity":9`) {
		t.Errorf("%s", v.ops[0])
	}
	if b.Rewrite(1, d) == nil || b.Rewrite(7, d) == nil {
		t.Error("an op was rewritten that does not wait")
	}
}

// TestText: ops made by Write and by the caller are sent alike, also without
// any member of their own.
func TestText(t *testing.T) {
	b := &client.Book{Unit: unit}
	id := ledger.NameID("test", "1")
	comment := &client.Draft{Record: id, Kind: "gift", Action: ledger.ActionComment, Base: 7, At: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), Text: "Đã hỏi lại."}
	if _, err := b.Write(comment); err != nil {
		t.Fatal(err)
	}
	b.Append(7, json.RawMessage(fmt.Sprintf(`{"record":%q}`, id)))
	b.Append(0, json.RawMessage(`{}`))
	for i, want := range []string{
		fmt.Sprintf(`{"n":1,"base":7,"record":%q,"kind":"gift","action":"comment","at":"2026-11-26T08:00:00Z","text":"Đã hỏi lại."}`, id),
		fmt.Sprintf(`{"n":2,"base":7,"record":%q}`, id),
		`{"n":3,"base":0}`,
	} {
		if got := string(b.Outbox[i].Text()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAnswersThatDoNotFit(t *testing.T) {
	for _, body := range []string{`{`, `{"through":1,"results":[]}`, `{"through":0,"results":[{"n":1}]}`, `{"through":1,"results":[{"n":2}]}`} {
		b := &client.Book{Unit: unit}
		if _, err := b.Write(&client.Draft{Record: ledger.NameID("test"), Kind: "gift", Action: ledger.ActionRemove}); err != nil {
			t.Fatal(err)
		}
		if err := b.Acknowledge(b.Next(client.Device{}, client.StandardLimits), []byte(body), time.Time{}); err == nil || b.Waiting() != 1 {
			t.Errorf("%s: %v, %d wait", body, err, b.Waiting())
		}
	}
	for _, body := range []string{`[`, `{"seq":1,"records":[{"id":"x"}]}`} {
		b := &client.Book{Unit: unit}
		if _, err := b.Page([]byte(body)); err == nil || b.Cursor != nil {
			t.Errorf("%s: %v, cursor %v", body, err, b.Cursor)
		}
	}
}

func TestNewRecordID(t *testing.T) {
	id, err := client.NewRecordID(time.UnixMilli(0x0197c5a01c00), bytes.NewReader(bytes.Repeat([]byte{0xff}, 10)))
	if err != nil || id.String() != "0197c5a0-1c00-7fff-bfff-ffffffffffff" {
		t.Errorf("%s, %v", id, err)
	}
	if _, err := client.NewRecordID(time.Now(), strings.NewReader("short")); err == nil {
		t.Error("an id was made of too little randomness")
	}
}

// What a device sent in an epoch that answers do not reach is not sent again:
// it may well be there.
func TestOpsOfAnEpochLongPastStay(t *testing.T) {
	for past, again := range map[uint32]bool{900: true, 1200: false} {
		_, c := newVillage(t)
		write(t, c, 1, 1)
		mustSync(t, c)
		signIn(t, c, true)
		b := c.State.Book(unit)
		b.Epochs(client.Device{ID: c.State.Device.ID, Epoch: c.State.Device.Epoch + past}, 1, nil)
		if waits := b.Waiting() > 0; waits != again {
			t.Errorf("%d epochs later, unnamed: it waits again: %v", past, waits)
		}
	}
}
