package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/sothon/sothon/sync/ledger"
)

// Shown is a record as people see it: what was pulled, with the client's own
// ops on top that were not pulled yet.
type Shown struct {
	ID      ledger.RecordID            `json:"id"`
	Kind    ledger.Kind                `json:"kind"`
	State   string                     `json:"state,omitempty"` // as it was pulled; "" before that
	Fields  map[string]json.RawMessage `json:"fields"`
	Removed bool                       `json:"removed,omitempty"` // by one of the client's ops that was not pulled yet
	Pending int                        `json:"pending,omitempty"` // ops on top
}

// Show returns a record. ok is false where the client knows nothing of it: it
// was neither pulled nor written here.
func (b *Book) Show(id ledger.RecordID) (s Shown, ok bool, err error) {
	s = Shown{ID: id, Fields: map[string]json.RawMessage{}}
	if text, pulled := b.Records[id.String()]; pulled {
		var r struct {
			Kind   ledger.Kind
			State  string
			Fields map[string]json.RawMessage
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return s, false, fmt.Errorf("record %s: %w", id, err)
		}
		s.Kind, s.State, ok = r.Kind, r.State, true
		maps.Copy(s.Fields, r.Fields)
	}
	for i := range b.Outbox {
		o := &b.Outbox[i]
		if b.pulled(o) || o.Verdict != nil && o.Verdict.Status == ledger.Rejected {
			continue
		}
		var r rest
		if err := json.Unmarshal(o.Rest, &r); err != nil {
			return s, false, fmt.Errorf("op %d: %w", o.N, err)
		}
		if r.Record != id.String() {
			continue
		}
		s.apply(&r)
		ok = true
	}
	return s, ok, nil
}

// pulled reports whether what an op did is in the pulled records.
func (b *Book) pulled(o *Op) bool {
	return o.Verdict != nil && b.Cursor != nil && o.Seq <= b.Cursor.Seq
}

// apply puts an op on top.
func (s *Shown) apply(r *rest) {
	s.Pending++
	s.Kind = r.Kind
	set := func(field string, v json.RawMessage) {
		if bytes.Equal(v, []byte("null")) {
			delete(s.Fields, field)
		} else {
			s.Fields[field] = v
		}
	}
	switch r.Action {
	case ledger.ActionEdit:
		for field, v := range r.Set {
			set(field, v)
		}
	case ledger.ActionResolve:
		if r.Field != "" && r.Field[0] != '_' {
			set(r.Field, r.Value)
		}
	case ledger.ActionRemove:
		s.Removed = true
	case ledger.ActionRestore:
		s.Removed = false
	case ledger.ActionReview:
		s.State = r.State
	default: // links, periods and erasures change no field that is shown before they are pulled
	}
}
