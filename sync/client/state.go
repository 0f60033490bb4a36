package client

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Device is the installation as the server knows it.
type Device struct {
	ID    ledger.DeviceID `json:"id"`
	Epoch uint32          `json:"epoch"` // from 1; the next one begins with a fresh sign-in
}

// Head names a state of a ledger: a cursor, or the tip of a page.
type Head struct {
	Log  ledger.LogID `json:"log,omitempty"` // absent in a tip
	Seq  ledger.Seq   `json:"seq"`
	Hash string       `json:"hash"`
}

// State is all that a client keeps. It marshals to JSON.
type State struct {
	Device  Device                  `json:"device"`
	Access  string                  `json:"access,omitempty"`  // token, for some minutes
	Refresh string                  `json:"refresh,omitempty"` // token, works once
	Plain   bool                    `json:"plain,omitempty"`   // the server refused compressed bodies
	Forked  time.Time               `json:"forked,omitzero"`   // when another copy was last noticed, by the client's clock
	Fenced  bool                    `json:"fenced,omitempty"`  // it was, and no sign-in has parted the two since
	Apart   bool                    `json:"apart,omitempty"`   // a fresh epoch did not part them: see Known
	Books   map[ledger.UnitID]*Book `json:"books"`
}

// Book is what a client keeps of one unit. The zero Book with its Unit is that
// of a client that has neither pulled nor written.
type Book struct {
	Unit   ledger.UnitID `json:"unit"`
	Last   uint64        `json:"last"`             // counter of the last op that was written; 0 before the first
	Outbox []Op          `json:"outbox,omitempty"` // Invariant: consecutive counters, the last of them is Last
	Cursor *Head         `json:"cursor,omitempty"` // of the last page that was pulled
	Tip    *Head         `json:"tip,omitempty"`    // of the last page
	View   string        `json:"view,omitempty"`   // under which the last page was made; opaque
	Seen   ledger.Seq    `json:"seen"`             // of the last pull that came to an end: the base of new ops
	Pushed ledger.Seq    `json:"pushed"`           // of the answer to the last push
	Pulled time.Time     `json:"pulled,omitzero"`  // when a pull last came to an end, by the client's clock

	// Records as they were pulled, by id. A tombstone removes its record.
	Records map[string]json.RawMessage `json:"records,omitempty"`
	// Heads are of pulls that came to an end, the newest last: they tell how far
	// a restored ledger is the one that was pulled.
	Heads []Head `json:"heads,omitempty"`
	Asked bool   `json:"asked,omitempty"` // the server was asked by Heads, and has not answered yet
	// Before are acknowledged ops of earlier epochs, in the order in which they
	// were made. Those that a restored ledger lacks have no verdict any more.
	Before []Op `json:"before,omitempty"`
	Doubt  bool `json:"doubt,omitempty"` // getHead must tell whether those are still there: see Epochs
	// Earlier is the greatest seq that an answer named in those epochs: until the
	// cursor has reached it, they are in doubt.
	Earlier ledger.Seq `json:"earlier,omitempty"`
	// Receipts of pushes, signed notes in order of counters.
	Receipts []Receipt `json:"receipts,omitempty"`

	MostOps int    `json:"mostOps,omitempty"` // after a 408 or 413: the most ops of a batch, until one was acknowledged
	Single  uint64 `json:"single,omitempty"`  // after a 400: ops up to this counter are sent one by one
}

// Op is an op in the outbox, or one that was.
type Op struct {
	N    uint64          `json:"n"`
	Of   Device          `json:"of,omitzero"` // in Before: the device and epoch that N counts in
	Base ledger.Seq      `json:"base"`
	Rest json.RawMessage `json:"rest"` // an object with the other members, as they are sent

	Sent         bool       `json:"sent,omitempty"`         // it has perhaps arrived
	Verdict      *Verdict   `json:"verdict,omitempty"`      // once it is acknowledged
	Seq          ledger.Seq `json:"seq,omitempty"`          // of the answer that acknowledged it; the op lies at or before it
	Acknowledged *time.Time `json:"acknowledged,omitempty"` // when, by the client's clock
}

// Receipt proves what was handed in: a signed note of the server about the ops
// of a counter range.
type Receipt struct {
	From    uint64 `json:"from"`
	Through uint64 `json:"through"`
	Note    string `json:"note"`
}

// Keep is how long ops stay after they were acknowledged.
const Keep = 90 * 24 * time.Hour

// Book returns the book of a unit, and begins one where there is none.
func (s *State) Book(unit ledger.UnitID) *Book {
	if s.Books == nil {
		s.Books = map[ledger.UnitID]*Book{}
	}
	b := s.Books[unit]
	if b == nil {
		b = &Book{Unit: unit}
		s.Books[unit] = b
	}
	return b
}

// Known is the id that a sign-in names, if any. Two copies that both take fresh
// epochs fence each other for ever: where it happens a second time within a day,
// the next sign-in names none, and this copy becomes a device of its own.
func (s *State) Known() ledger.DeviceID {
	if s.Apart {
		return ""
	}
	return s.Device.ID
}

// forkedWithin is how soon after a fresh epoch another copy that writes shows that
// it did not part the two.
const forkedWithin = 24 * time.Hour

// fence notes that another copy writes under this device.
func (s *State) fence(now time.Time) {
	if s.Fenced { // known, and nobody has signed in since
		return
	}
	s.Apart = !s.Forked.IsZero() && now.Sub(s.Forked).Abs() < forkedWithin
	s.Forked, s.Fenced = now, true
}

// Adopt takes the device of a sign-in. In a later epoch of the same device the
// ops that were not acknowledged count from 1, and the others are in the ledger
// under their old counters. So it is with a device that was asked for ([State.Known]).
// Another id in answer to one that was named means that the server does not know
// the device, so that it lacks all that the device ever sent: everything that is
// kept counts from 1.
//
// An earlier epoch is a restored server's, which does not know the later one.
// Nothing changes then, and the client signs in with fresh again ([StepFresh]),
// until the epoch is no lower than it was.
func (s *State) Adopt(d Device) Step {
	known := s.Device.ID == d.ID || s.Apart
	switch {
	case s.Device == d:
		return StepAgain
	case s.Device.ID == d.ID && d.Epoch < s.Device.Epoch:
		return StepFresh
	}
	for _, b := range s.Books {
		for i := range b.Outbox {
			b.Outbox[i].Of = s.Device
		}
		all := append(b.Before, b.Outbox...)
		b.Before, b.Outbox = nil, nil
		for _, o := range all {
			if known && o.Verdict != nil {
				b.Before = append(b.Before, o)
			} else {
				b.Outbox = append(b.Outbox, o)
			}
		}
		b.renumber()
		b.Earlier = max(b.Earlier, b.Pushed)
		b.Receipts, b.MostOps, b.Single, b.Pushed = nil, 0, 0, 0
		b.Doubt = len(b.Before) > 0
	}
	s.Device, s.Fenced, s.Apart = d, false, false
	return StepAgain
}

// renumber counts the outbox from 1. Nothing of it was sent in this epoch.
func (b *Book) renumber() {
	for i := range b.Outbox {
		b.Outbox[i].N, b.Outbox[i].Of = uint64(i)+1, Device{}
		b.Outbox[i].unsend()
	}
	b.Last = uint64(len(b.Outbox))
}

// InDoubt reports whether getHead must be asked before the next push or pull.
func (b *Book) InDoubt() bool {
	return len(b.Before) > 0 && (b.Doubt || b.Cursor != nil && b.Cursor.Seq < b.Earlier)
}

// Epochs takes from the answer of getHead its seq, and how far the ledger has
// each epoch of the device. It is asked where the book is in doubt: a [Book.Probe] tells only
// whether what was pushed in this epoch is still there.
func (b *Book) Epochs(d Device, head ledger.Seq, epochs []Through) Step {
	b.Doubt, b.Earlier = false, min(b.Earlier, head)
	seen := ledger.Seq(0)
	if b.Cursor != nil {
		seen = b.Cursor.Seq
	}
	return b.lost(d, epochs, seen, StepAgain)
}

// Through is how far a ledger has one epoch of a device.
type Through struct {
	Epoch   uint32 `json:"epoch"`
	Through uint64 `json:"through"`
}

// reportedEpochs is how many epochs below its own the server reports to a device.
// What the ledger has of older ones is unknown: their ops stay as they are.
const reportedEpochs = 1000

// lost finds the ops of earlier epochs that the ledger lacks: a backup was
// restored. Their counters are past, so they get new counters, before what was written
// after them: in this epoch where nothing of it was sent, else in the next. Their
// authors had seen no more than common.
func (b *Book) lost(d Device, epochs []Through, common ledger.Seq, then Step) Step {
	has := func(o *Op) bool {
		return o.Of.Epoch+reportedEpochs < d.Epoch || slices.ContainsFunc(epochs, func(e Through) bool { return e.Epoch == o.Of.Epoch && o.N <= e.Through })
	}
	missing := false
	for i := range b.Before {
		if o := &b.Before[i]; o.Of.ID == d.ID && o.Verdict != nil && !has(o) {
			o.unsend()
			o.Base = min(o.Base, common)
		}
		missing = missing || b.Before[i].Verdict == nil
	}
	switch {
	case !missing:
		return then
	case slices.ContainsFunc(b.Outbox, func(o Op) bool { return o.Sent || o.Verdict != nil }):
		return StepFresh
	}
	var again, kept []Op
	for _, o := range b.Before {
		if o.Verdict == nil {
			again = append(again, o)
		} else {
			kept = append(kept, o)
		}
	}
	b.Before, b.Outbox = kept, append(again, b.Outbox...)
	b.renumber()
	return then
}

// unsend marks an op as neither sent nor acknowledged.
func (o *Op) unsend() { o.Sent, o.Verdict, o.Seq, o.Acknowledged = false, nil, 0, nil }

// Forget drops ops that were acknowledged more than [Keep] ago, and the
// receipts of nothing but such ops.
func (b *Book) Forget(now time.Time) {
	old := func(o *Op) bool { return o.Acknowledged != nil && now.Sub(*o.Acknowledged) > Keep }
	for len(b.Outbox) > 0 && old(&b.Outbox[0]) {
		b.Outbox = b.Outbox[1:]
	}
	b.Before = slices.DeleteFunc(b.Before, func(o Op) bool { return old(&o) })
	first := b.first()
	b.Receipts = slices.DeleteFunc(b.Receipts, func(r Receipt) bool { return r.Through < first })
}

// first is the counter of the first op that is kept, or of the next one.
func (b *Book) first() uint64 {
	if len(b.Outbox) == 0 {
		return b.Last + 1
	}
	return b.Outbox[0].N
}

// Op returns the op of a counter, nil if it is not kept.
func (b *Book) Op(n uint64) *Op {
	if n < b.first() || n > b.Last {
		return nil
	}
	return &b.Outbox[n-b.first()]
}

// Waiting counts the ops that were not acknowledged, or are lost.
func (b *Book) Waiting() int {
	n := 0
	for _, list := range [][]Op{b.Before, b.Outbox} {
		for i := range list {
			if list[i].Verdict == nil {
				n++
			}
		}
	}
	return n
}
