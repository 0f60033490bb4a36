package client

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// erased is what a pulled record says of erasures.
type erased struct {
	Erased   []string // fields
	Comments []struct {
		Dot    string
		Erased bool
	}
}

// blank takes out of acknowledged ops on a record what was erased since: kept
// ops are sent again to a restored server, which must not get it. Under their
// counters they count as the same ops.
func (b *Book) blank(record ledger.RecordID, e *erased) error {
	said := ledger.Seq(0) // comments up to this commit are erased
	for _, c := range e.Comments {
		seq, _, _ := strings.Cut(c.Dot, ".")
		if n, err := strconv.ParseUint(seq, 10, 63); err == nil && c.Erased {
			said = max(said, ledger.Seq(n))
		}
	}
	if len(e.Erased) == 0 && said == 0 {
		return nil
	}
	for _, list := range [][]Op{b.Before, b.Outbox} {
		for i := range list {
			o := &list[i]
			if o.Verdict == nil {
				continue // it may be newer than the erasure
			}
			if err := o.blank(record, e.Erased, o.Seq <= said); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Op) blank(record ledger.RecordID, fields []string, said bool) error {
	var op struct {
		Record, Action, Field string
		Set                   map[string]json.RawMessage
	}
	if err := json.Unmarshal(o.Rest, &op); err != nil {
		return fmt.Errorf("op %d: %w", o.N, err)
	}
	if op.Record != record.String() {
		return nil
	}
	null := json.RawMessage("null")
	change := map[string]json.RawMessage{}
	for field, value := range op.Set {
		if slices.Contains(fields, field) && string(value) != "null" {
			op.Set[field] = null
			text, err := json.Marshal(op.Set)
			if err != nil {
				return fmt.Errorf("op %d: %w", o.N, err)
			}
			change["set"] = text
		}
	}
	if op.Action == string(ledger.ActionResolve) && slices.Contains(fields, op.Field) {
		change["value"] = null
	}
	if op.Action == string(ledger.ActionComment) && said {
		change["text"] = json.RawMessage(`"-"`)
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
