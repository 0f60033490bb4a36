package client

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// erased is what a pulled record says of erasures.
type erased struct {
	Erased []string // fields, and members of lists as "sources.name"
	Review struct {
		Dot    string
		Erased bool
	}
	Comments []struct {
		Dot    string
		Erased bool
	}
}

// blank takes out of acknowledged ops on a record what was erased since: kept
// ops are sent again to a restored server, which must not get it. Under their
// counters they count as the same ops.
func (b *Book) blank(record ledger.RecordID, e *erased) error {
	said, noted := ledger.Seq(0), ledger.Seq(0) // comments and notes up to these commits are erased
	for _, c := range e.Comments {
		if c.Erased {
			said = max(said, seqOf(c.Dot))
		}
	}
	if e.Review.Erased {
		noted = seqOf(e.Review.Dot)
	}
	if len(e.Erased) == 0 && said == 0 && noted == 0 {
		return nil
	}
	for _, list := range [][]Op{b.Before, b.Outbox} {
		for i := range list {
			o := &list[i]
			if o.Verdict == nil {
				continue // it may be newer than the erasure
			}
			if err := o.blank(record, e.Erased, o.Seq <= said, o.Seq <= noted); err != nil {
				return err
			}
		}
	}
	return nil
}

// seqOf is the commit of a dot.
func seqOf(dot string) ledger.Seq {
	d, _ := ledger.ParseDot(dot)
	return d.Seq
}

func (o *Op) blank(record ledger.RecordID, fields []string, said, noted bool) error {
	var op struct {
		Record, Action, Field string
		Set                   map[string]json.RawMessage
		Value, Note           json.RawMessage
	}
	if err := json.Unmarshal(o.Rest, &op); err != nil {
		return fmt.Errorf("op %d: %w", o.N, err)
	}
	if op.Record != record.String() {
		return nil
	}
	change := map[string]json.RawMessage{}
	for field, value := range op.Set {
		if blanked := blankValue(field, value, fields); string(blanked) != string(value) {
			op.Set[field] = blanked
			text, err := json.Marshal(op.Set)
			if err != nil {
				return fmt.Errorf("op %d: %w", o.N, err)
			}
			change["set"] = text
		}
	}
	switch {
	case op.Action == string(ledger.ActionResolve) && op.Field == ledger.Review && noted:
		change["value"] = blankMember(op.Value, "note")
	case op.Action == string(ledger.ActionResolve):
		change["value"] = blankValue(op.Field, op.Value, fields)
	case op.Action == string(ledger.ActionComment) && said:
		change["text"] = blankText
	case op.Action == string(ledger.ActionReview) && noted && op.Note != nil:
		change["note"] = blankText
	}
	if len(change) == 0 {
		return nil
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(o.Rest, &members); err != nil {
		return fmt.Errorf("op %d: %w", o.N, err)
	}
	for name, value := range change {
		members[name] = value
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("op %d: %w", o.N, err)
	}
	o.Rest = rest
	return nil
}

// blankText stands where a text was erased.
var blankText = json.RawMessage(`"-"`)

// blankValue is a field's value without what of the fields was erased in it.
func blankValue(field string, value json.RawMessage, fields []string) json.RawMessage {
	if slices.Contains(fields, field) {
		return json.RawMessage("null")
	}
	for _, erased := range fields {
		member, ok := strings.CutPrefix(erased, field+".")
		var list []json.RawMessage
		if !ok || json.Unmarshal(value, &list) != nil || list == nil {
			continue
		}
		for i := range list {
			list[i] = blankMember(list[i], member)
		}
		if text, err := json.Marshal(list); err == nil {
			value = text
		}
	}
	return value
}

// blankMember puts a blank in the place of a member of an object that has it.
func blankMember(value json.RawMessage, member string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil || object[member] == nil {
		return value
	}
	object[member] = blankText
	text, err := json.Marshal(object)
	if err != nil {
		return value
	}
	return text
}
