package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// phone is a client as openapi.yaml tells one to be: an outbox, a counter and a
// cursor for each unit. What it leaves out is what never happens to it here: it
// forgets ops once they are acknowledged, and knows no diverged ledger. The
// desk is one too, with more units.
type phone struct {
	client
	login  Login
	random *rand.Rand
	drops  float64 // how often the answer to a push is lost

	device string
	epoch  uint32
	books  []*book
	counts counts
}

// book is what a phone keeps of one unit.
type book struct {
	unit    ledger.UnitID
	last    uint64    // the last counter
	outbox  []pending // in order of n
	cursor  *head     // of its last page; nil before the first
	tip     *head     // that the page told of; nil where it was the last
	seen    uint64    // the seq of the last pull that came to an end
	records map[ledger.RecordID]record
	begun   map[ledger.RecordID]bool // records that were begun here
}

// pending is an op that was not acknowledged yet.
type pending struct {
	n    uint64
	act  *Act // nil for a decision at the desk
	body json.RawMessage
	sent bool // perhaps it has arrived
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

type head struct {
	Log  string `json:"log"`
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
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

// start signs in, and learns which units there are to pull. A fresh start is
// that of an app that was installed anew: nothing of what it had is left.
func (p *phone) start(ctx context.Context, fresh bool) error {
	d := device{ID: p.device, Name: "Máy của " + p.login.Username, Platform: "Android 12, Chrome 138", Fresh: fresh}
	s, err := p.signIn(ctx, p.login.Username, p.login.Password, d)
	if err != nil {
		return err
	}
	if fresh && s.Device.ID == p.device && s.Device.Epoch <= p.epoch {
		return fmt.Errorf("%s was installed anew, and is still in epoch %d", p.login.Username, s.Device.Epoch)
	}
	p.device, p.epoch, p.books = s.Device.ID, s.Device.Epoch, nil
	var answer struct {
		Units []struct {
			ID ledger.UnitID `json:"id"`
		} `json:"units"`
	}
	if err := p.call(ctx, http.MethodGet, "/v1/units", nil, &answer); err != nil {
		return err
	}
	for _, unit := range answer.Units {
		p.books = append(p.books, &book{unit: unit.ID, records: map[ledger.RecordID]record{}, begun: map[ledger.RecordID]bool{}})
	}
	return nil
}

func (p *phone) book(unit ledger.UnitID) (*book, error) {
	i := slices.IndexFunc(p.books, func(b *book) bool { return b.unit == unit })
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
	shown, pulled := b.records[a.Record]
	switch {
	case a.New:
		b.begun[a.Record] = true
	case !pulled && !b.begun[a.Record]:
		return fmt.Errorf("%s writes about %s without having seen it", p.login.Username, a.Record)
	case a.Mends && shown.State != ledger.Returned:
		return fmt.Errorf("%s mends %s, which is %q there, and not returned", p.login.Username, a.Record, shown.State)
	}
	members := map[string]any{}
	switch a.Action {
	case ledger.ActionEdit:
		members["set"] = a.Set.json()
	case ledger.ActionReview:
		members["state"], members["note"] = a.State, a.Note
	default: // a removal says nothing more
	}
	return b.save(a, a.Record, a.Kind, a.Action, a.At, members)
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
func (b *book) save(a *Act, id ledger.RecordID, kind ledger.Kind, action ledger.Action, at time.Time, members map[string]any) error {
	b.last++
	members["n"], members["record"], members["kind"], members["action"] = b.last, id.String(), kind, action
	members["at"], members["base"] = at.Format(time.RFC3339), b.seen
	body, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("save %s: %w", id, err)
	}
	b.outbox = append(b.outbox, pending{n: b.last, act: a, body: body})
	return nil
}

// errLost says that an answer did not come back. What became of the batch, the
// phone does not know.
var errLost = errors.New("the answer was lost")

// sync sends what waits and pulls what is new, as far as the signal goes.
func (p *phone) sync(ctx context.Context) error {
	for _, b := range p.books {
		for len(b.outbox) > 0 {
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
		for len(b.outbox) > 0 {
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

// verdict is what became of one op.
type verdict struct {
	N       uint64        `json:"n"`
	Status  ledger.Status `json:"status"`
	Code    string        `json:"code"`
	Field   string        `json:"field"`
	Message string        `json:"message"`
}

// push sends the first ops of the outbox, as many as it happens to: the same
// ops may go in one batch today and, if the answer is lost, in others tomorrow.
func (p *phone) push(ctx context.Context, b *book) error {
	batch := b.outbox[:min(len(b.outbox), 1+p.random.IntN(30))]
	ops := make([]json.RawMessage, len(batch))
	again := false
	for i := range batch {
		ops[i] = batch[i].body
		again = again || batch[i].sent
		batch[i].sent = true
	}
	if again {
		p.counts.Resends++
	}
	p.counts.Batches++
	request := map[string]any{"device": p.device, "epoch": p.epoch, "from": batch[0].n, "ops": ops}
	if b.cursor != nil {
		request["head"] = b.cursor
	}
	var answer struct {
		Through uint64    `json:"through"`
		Results []verdict `json:"results"`
	}
	busy := p.again
	err := p.call(ctx, http.MethodPost, "/v1/units/"+url.PathEscape(string(b.unit))+"/batches", request, &answer)
	p.counts.Resends += p.again - busy
	p.counts.Batches += p.again - busy
	if err != nil {
		return fmt.Errorf("%s: %w", p.login.Username, err)
	}
	if p.random.Float64() < p.drops {
		return errLost
	}
	if len(answer.Results) != len(batch) || answer.Through < batch[len(batch)-1].n {
		return fmt.Errorf("%s: %d verdicts through %d for %d ops through %d", p.login.Username, len(answer.Results), answer.Through, len(batch), batch[len(batch)-1].n)
	}
	b.outbox = b.outbox[len(batch):]
	for i := range batch {
		if err := p.acknowledge(b, &batch[i], &answer.Results[i]); err != nil {
			return err
		}
	}
	return nil
}

// acknowledge takes a verdict. Where the op was refused its author reads why,
// and writes it again under a new counter.
func (p *phone) acknowledge(b *book, op *pending, v *verdict) error {
	if v.N != op.n {
		return fmt.Errorf("%s: a verdict for op %d stands in the place of %d's", p.login.Username, v.N, op.n)
	}
	p.counts.Ops++
	expected := ""
	if op.act != nil {
		expected = op.act.Refused
	}
	switch v.Status {
	case ledger.Conflict:
		p.counts.Conflicts++
	case ledger.Duplicate:
		p.counts.Duplicates++
	case ledger.Rejected:
		p.counts.Refused++
		if v.Code != expected {
			return fmt.Errorf("%s: op %d was refused: %s %s: %s: %s", p.login.Username, op.n, v.Code, v.Field, v.Message, op.body)
		}
		if op.act.Mend == nil {
			return nil
		}
		again := *op.act
		again.Set, again.Mend, again.Refused, again.At = again.Mend, nil, "", again.At.Add(time.Hour)
		return p.write(&again)
	case ledger.Accepted:
	}
	if expected != "" {
		return fmt.Errorf("%s: op %d was taken, and should be refused with %s: %s", p.login.Username, op.n, expected, op.body)
	}
	return nil
}

// pull asks for what changed until there is no more. Records and cursor move
// together.
func (p *phone) pull(ctx context.Context, b *book) error {
	for {
		query := url.Values{"limit": {strconv.Itoa(100 + 100*p.random.IntN(5))}}
		if b.cursor != nil {
			query.Set("after", strconv.FormatUint(b.cursor.Seq, 10))
			query.Set("log", b.cursor.Log)
			query.Set("hash", b.cursor.Hash)
		}
		if b.tip != nil {
			query.Set("tipSeq", strconv.FormatUint(b.tip.Seq, 10))
			query.Set("tipHash", b.tip.Hash)
		}
		var answer struct {
			head
			Tip     *head    `json:"tip"`
			More    bool     `json:"more"`
			Records []record `json:"records"`
		}
		if err := p.call(ctx, http.MethodGet, "/v1/units/"+url.PathEscape(string(b.unit))+"/changes?"+query.Encode(), nil, &answer); err != nil {
			return fmt.Errorf("%s: %w", p.login.Username, err)
		}
		for _, r := range answer.Records {
			ref, err := r.ref()
			if err != nil {
				return err
			}
			if r.Gone {
				delete(b.records, ref.Record)
				continue
			}
			b.records[ref.Record] = r
		}
		if answer.Seq > 0 {
			b.cursor, b.tip = &answer.head, answer.Tip
		}
		if !answer.More {
			b.seen = answer.Seq
			return nil
		}
	}
}
