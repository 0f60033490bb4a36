package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// phone is a client as openapi.yaml tells one to be, of a person who sees some
// units. Its signal is bad: batches are cut in any way, and answers get lost.
// The desk is one too, with more units.
type phone struct {
	client.Client
	login  Login
	random *rand.Rand
	books  []*book
	counts counts
}

// book is a client's book, and what its author meant.
type book struct {
	*client.Book
	acts  map[uint64]*Act          // by counter; a decision at the desk has none
	begun map[ledger.RecordID]bool // records that were begun here
}

// counts is what a phone did, and what the server said to it.
type counts struct{ Ops, Batches, Resends, Conflicts, Duplicates, Refused int }

func (c *counts) add(more counts) {
	c.Ops += more.Ops
	c.Batches += more.Batches
	c.Resends += more.Resends
	c.Conflicts += more.Conflicts
	c.Duplicates += more.Duplicates
	c.Refused += more.Refused
}

// record is as much of one as a phone and the desk look at.
type record struct {
	ID    string        `json:"id"`
	Unit  ledger.UnitID `json:"unit"`
	Kind  ledger.Kind   `json:"kind"`
	State string        `json:"state"`
	Gone  bool          `json:"gone"`
}

func (r *record) ref() (ledger.Ref, error) {
	id, err := ledger.ParseRecordID(r.ID)
	if err != nil {
		return ledger.Ref{}, fmt.Errorf("record %q: %w", r.ID, err)
	}
	return ledger.Ref{Unit: r.Unit, Record: id}, nil
}

// lossy loses the answers to pushes, so often.
type lossy struct {
	http.RoundTripper
	random *rand.Rand
	drops  float64
}

// errLost says that an answer did not come back. The phone does not know
// the outcome of the batch.
var errLost = errors.New("the answer was lost")

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/batches") && l.random.Float64() < l.drops {
		return nil, errors.Join(errLost, answer.Body.Close())
	}
	return answer, err
}

// maxTries bounds how often a request is sent that the server is too busy for.
const maxTries = 20

// newClient makes a client that is not signed in.
func newClient(c *http.Client, url string) client.Client {
	return client.Client{
		State: &client.State{}, URL: url, HTTP: c, Name: "sothon-demo/1.0.0", Limits: client.StandardLimits, Now: time.Now, Wait: pause, Tries: maxTries,
	}
}

// newPhone makes a phone whose answers to pushes are lost so often. Some phones
// do not compress what they send.
func newPhone(c *http.Client, url string, login Login, random *rand.Rand, drops float64, plain bool) *phone {
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	bad := *c
	bad.Transport = &lossy{RoundTripper: base, random: random, drops: drops}
	p := &phone{Client: newClient(&bad, url), login: login, random: random}
	p.State.Plain = plain
	return p
}

// open adds the book of a unit.
func (p *phone) open(unit ledger.UnitID) {
	p.books = append(p.books, &book{Book: p.State.Book(unit), acts: map[uint64]*Act{}, begun: map[ledger.RecordID]bool{}})
}

// start signs in, and learns which units there are to pull. A fresh start is
// that of an app that was reinstalled: it kept nothing.
func (p *phone) start(ctx context.Context, fresh bool) error {
	before := p.State.Device
	p.State, p.books = &client.State{Device: before, Plain: p.State.Plain}, nil
	m := client.Machine{Name: "Máy của " + p.login.Username, Platform: "Android 12, Chrome 138", Fresh: fresh}
	if err := p.SignIn(ctx, p.login.Username, p.login.Password, m); err != nil {
		return err
	}
	if now := p.State.Device; fresh && now.ID == before.ID && now.Epoch <= before.Epoch {
		return fmt.Errorf("%s was reinstalled, and is still in epoch %d", p.login.Username, now.Epoch)
	}
	var answer struct {
		Units []struct {
			ID ledger.UnitID `json:"id"`
		} `json:"units"`
	}
	if err := p.Call(ctx, http.MethodGet, "/v1/units", nil, &answer); err != nil {
		return err
	}
	for _, unit := range answer.Units {
		p.open(unit.ID)
	}
	return nil
}

func (p *phone) book(unit ledger.UnitID) (*book, error) {
	i := slices.IndexFunc(p.books, func(b *book) bool { return b.Unit == unit })
	if i < 0 {
		return nil, fmt.Errorf("%s does not see %s", p.login.Username, unit)
	}
	return p.books[i], nil
}

// write saves a form: no network is needed for that. It fails where the author
// writes about something that is not on the screen, as no person can.
func (p *phone) write(a *Act) error {
	b, err := p.book(a.Unit)
	if err != nil {
		return err
	}
	shown, pulled, err := b.pulled(a.Record)
	if err != nil {
		return err
	}
	switch {
	case a.New:
		b.begun[a.Record] = true
	case !pulled && !b.begun[a.Record]:
		return fmt.Errorf("%s writes about %s without having seen it", p.login.Username, a.Record)
	case a.Mends && shown.State != ledger.Returned:
		return fmt.Errorf("%s corrects %s, which is %q there, and not returned", p.login.Username, a.Record, shown.State)
	}
	d := &client.Draft{Record: a.Record, Kind: a.Kind, Action: a.Action, At: a.At}
	switch a.Action {
	case ledger.ActionEdit:
		d.Set = a.Set.json()
	case ledger.ActionReview:
		d.State, d.Note = a.State, a.Note
	default: // a removal says nothing more
	}
	return b.save(a, d)
}

// pulled reads a record as it was pulled.
func (b *book) pulled(id ledger.RecordID) (r record, ok bool, err error) {
	text, ok := b.Records[id.String()]
	if ok {
		err = json.Unmarshal(text, &r)
	}
	return r, ok, err
}

func (f fields) json() map[string]json.RawMessage {
	raw := make(map[string]json.RawMessage, len(f))
	for name, v := range f {
		raw[name] = json.RawMessage(v)
	}
	return raw
}

// save appends an op to the outbox. Its base is what has been pulled by now,
// when the form is open.
func (b *book) save(a *Act, d *client.Draft) error {
	d.Base = b.Seen
	n, err := b.Write(d)
	b.acts[n] = a
	return err
}

// sync sends what waits and pulls what is new, as far as the signal goes.
func (p *phone) sync(ctx context.Context) error {
	for _, b := range p.books {
		for b.Waiting() > 0 {
			err := p.push(ctx, b)
			if errors.Is(err, errLost) {
				return nil // another day
			}
			if err != nil {
				return err
			}
		}
	}
	return p.pullAll(ctx)
}

// flush sends until everything is acknowledged.
func (p *phone) flush(ctx context.Context) error {
	for _, b := range p.books {
		for b.Waiting() > 0 {
			if err := p.push(ctx, b); err != nil && !errors.Is(err, errLost) {
				return err
			}
		}
	}
	return nil
}

func (p *phone) pullAll(ctx context.Context) error {
	for _, b := range p.books {
		if err := p.pull(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// push sends the first ops of the outbox, as many as it happens to: the same
// ops may go in one batch today and, if the answer is lost, in others tomorrow.
func (p *phone) push(ctx context.Context, b *book) error {
	batch := b.Next(p.State.Device, client.Limits{MaxOps: 1 + p.random.IntN(30), MaxBytes: p.Limits.MaxBytes})
	if batch.Again {
		p.counts.Resends++
	}
	p.counts.Batches++
	busy := p.Busy
	_, err := p.Deliver(ctx, b.Book, batch)
	p.counts.Resends += p.Busy - busy
	p.counts.Batches += p.Busy - busy
	if err != nil {
		return fmt.Errorf("%s: %w", p.login.Username, err)
	}
	for n := batch.From; n <= batch.Through; n++ {
		if err := p.acknowledge(b, n); err != nil {
			return err
		}
	}
	return nil
}

// acknowledge looks at a verdict. Where the op was refused its author reads
// why, and writes it again under a new counter.
func (p *phone) acknowledge(b *book, n uint64) error {
	p.counts.Ops++
	op, act, expected := b.Op(n), b.acts[n], ""
	if act != nil {
		expected = act.Refused
	}
	switch v := op.Verdict; v.Status {
	case ledger.Conflict:
		p.counts.Conflicts++
	case ledger.Duplicate:
		p.counts.Duplicates++
	case ledger.Rejected:
		p.counts.Refused++
		if v.Code != expected {
			return fmt.Errorf("%s: op %d was refused: %s %s: %s: %s", p.login.Username, n, v.Code, v.Field, v.Message, op.Rest)
		}
		if act == nil || act.Mend == nil {
			return nil
		}
		again := *act
		again.Set, again.Mend, again.Refused, again.At = again.Mend, nil, "", again.At.Add(time.Hour)
		return p.write(&again)
	case ledger.Accepted:
	}
	if expected != "" {
		return fmt.Errorf("%s: op %d was taken, and should be refused with %s: %s", p.login.Username, n, expected, op.Rest)
	}
	return nil
}

// pull asks for what changed until there is no more.
func (p *phone) pull(ctx context.Context, b *book) error {
	for more := true; more; {
		var err error
		if more, _, err = p.Fetch(ctx, b.Book, 100+100*p.random.IntN(5)); err != nil {
			return fmt.Errorf("%s: %w", p.login.Username, err)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
