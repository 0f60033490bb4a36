package client

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Draft is what a person wrote. Which members an action needs, the operation
// pushBatch of openapi.yaml says.
type Draft struct {
	Record ledger.RecordID
	Kind   ledger.Kind
	Action ledger.Action
	Base   ledger.Seq // [Book.Seen] of when the form was opened
	At     time.Time  // by the client's clock

	Set         map[string]json.RawMessage // edit: the fields that changed; null clears one
	Field       string                     // resolve
	Value       json.RawMessage            // resolve
	Sees        []ledger.Dot               // resolve: at or before Base
	State       string                     // review
	Note        string                     // review
	Text        string                     // comment
	DuplicateOf ledger.Ref                 // link, unlink; without a unit where the record is in the same ledger
	Fields      []string                   // erase
	Period      string                     // close, reopen
}

// rest is the form in which a draft is sent, without n and base.
type rest struct {
	Record      string                     `json:"record"`
	Kind        ledger.Kind                `json:"kind"`
	Action      ledger.Action              `json:"action"`
	At          string                     `json:"at"`
	Set         map[string]json.RawMessage `json:"set,omitempty"`
	Field       string                     `json:"field,omitempty"`
	Value       json.RawMessage            `json:"value,omitempty"`
	Sees        []string                   `json:"sees,omitempty"`
	State       string                     `json:"state,omitempty"`
	Note        string                     `json:"note,omitempty"`
	Text        string                     `json:"text,omitempty"`
	DuplicateOf json.RawMessage            `json:"duplicateOf,omitempty"`
	Fields      []string                   `json:"fields,omitempty"`
	Period      string                     `json:"period,omitempty"`
}

// Write appends an op to the outbox and returns its counter.
func (b *Book) Write(d *Draft) (n uint64, err error) {
	r := rest{
		Record: d.Record.String(), Kind: d.Kind, Action: d.Action, At: d.At.Format(time.RFC3339),
		Set: d.Set, Field: d.Field, Value: d.Value, State: d.State, Note: d.Note, Text: d.Text, Fields: d.Fields, Period: d.Period,
	}
	for _, dot := range d.Sees {
		r.Sees = append(r.Sees, dot.String())
	}
	if !d.DuplicateOf.Record.IsZero() {
		r.DuplicateOf = json.RawMessage(d.DuplicateOf.Value())
	}
	text, err := json.Marshal(r)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", d.Record, err)
	}
	return b.Append(d.Base, text), nil
}

// Append is Write for a caller that makes the members of an op itself: rest is
// an object with all of them but n and base.
func (b *Book) Append(base ledger.Seq, rest json.RawMessage) (n uint64) {
	b.Last++
	b.Outbox = append(b.Outbox, Op{N: b.Last, Base: base, Rest: rest})
	return b.Last
}

// Rewrite replaces an op that the server cannot read, or that is too large,
// under the same counter. It fails where the op was acknowledged: what is in
// the ledger stays as it is.
func (b *Book) Rewrite(n uint64, d *Draft) error {
	old := b.Op(n)
	if old == nil || old.Verdict != nil {
		return fmt.Errorf("rewrite op %d: it does not wait in the outbox", n)
	}
	scratch := Book{}
	if _, err := scratch.Write(d); err != nil {
		return err
	}
	old.Base, old.Rest = d.Base, scratch.Outbox[0].Rest
	old.unsend()
	return nil
}

// Text is the op as it is sent.
func (o *Op) Text() []byte {
	out := fmt.Appendf(nil, `{"n":%d,"base":%d`, o.N, o.Base)
	if len(o.Rest) > len("{}") {
		out = append(out, ',')
	}
	return append(out, o.Rest[1:]...)
}

// NewRecordID makes a UUID of version 7 (RFC 9562, section 5.7). A nil random
// stands for the system's.
func NewRecordID(now time.Time, random io.Reader) (ledger.RecordID, error) {
	var id ledger.RecordID
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return id, fmt.Errorf("make a record's id: %w", err)
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}
