package syncing

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// This file writes a page of a pull by hand, as the contract's Changes: most of
// what the server sends are pages, and to make a [Record] of each of their
// records, and JSON of that, took longer than all else about a pull.

// appendPage writes a page as the caller may see it.
func appendPage(out []byte, c *gate.Caller, unit ledger.UnitID, view string, page *store.Changes, after ledger.Seq, missing files.Missing) ([]byte, error) {
	out = append(out, `{"hash":"`...)
	out = hex.AppendEncode(out, page.Head.Hash[:])
	out = appendString(append(out, `","log":`...), string(page.Head.Log))
	out = strconv.AppendBool(append(out, `,"more":`...), page.More)
	out = append(out, `,"records":[`...)
	first := len(out)
	for _, r := range page.Records {
		var err error
		before := len(out)
		if before > first {
			out = append(out, ',')
		}
		comma := len(out)
		if out, err = appendChange(out, c, unit, r, after, annotations{missing.Of(r), page.Suspects[r.ID]}); err != nil {
			return nil, err
		}
		if len(out) == comma {
			out = out[:before]
		}
	}
	out = strconv.AppendUint(append(out, `],"seq":`...), uint64(page.Head.Seq), 10)
	if page.More {
		out = hex.AppendEncode(append(out, `,"tip":{"hash":"`...), page.Tip.Hash[:])
		out = strconv.AppendUint(append(out, `","seq":`...), uint64(page.Tip.Seq), 10)
		out = append(out, '}')
	}
	out = appendString(append(out, `,"view":`...), view)
	return append(out, '}'), nil
}

// appendChange writes a record as the caller may see it: whole, as a tombstone
// where a device may still hold it, or not at all.
func appendChange(out []byte, c *gate.Caller, unit ledger.UnitID, r *ledger.Record, after ledger.Seq, b annotations) ([]byte, error) {
	switch {
	case shows(c, unit, r):
		return appendRecord(out, unit, r, b)
	case drops(r, after):
		gone, err := json.Marshal(tombstone{Change: "gone", ID: r.ID.String(), Gone: true, Seq: r.Seq})
		return append(out, gone...), err
	}
	return out, nil
}

// shows reports whether a pull of the unit's ledger shows the caller the
// record's content.
func shows(c *gate.Caller, unit ledger.UnitID, r *ledger.Record) bool {
	return form.Shown(r, c.User.Role, c.User.ID, c.Reaches(unit))
}

// drops reports whether a device that pulled through after may hold a record
// from before it became confidential, and must drop it. It may be from
// before after too: a page holds each record where it changed last, so a record
// whose confidentiality ended in between was left out. A device that cannot hold
// it gets nothing.
func drops(r *ledger.Record, after ledger.Seq) bool {
	created := r.Created.Dot.Seq
	return created <= after && created < r.Hidden
}

// tombstone tells a device to drop a record.
type tombstone struct {
	Change string     `json:"change"`
	ID     string     `json:"id"`
	Gone   bool       `json:"gone"`
	Seq    ledger.Seq `json:"seq"`
}

// annotations are what a page says of a record beside its own members.
type annotations struct {
	missing  []string        // hashes of photos
	suspects []store.Suspect // other records that seem to tell the same thing
}

// appendRecord writes what [show.Record] makes.
func appendRecord(out []byte, unit ledger.UnitID, r *ledger.Record, b annotations) ([]byte, error) {
	out = append(out, `{"change":"record",`...)
	var fields, erased []byte
	var conflicts []contract.FieldConflict
	for from := 0; from < len(r.Writes); {
		to := from + 1
		for to < len(r.Writes) && r.Writes[to].Field == r.Writes[from].Field {
			to++
		}
		field, shown := r.Writes[from].Field, r.Writes[from].Value
		if to-from > 1 {
			if r.InConflict(field) {
				conflicts = append(conflicts, show.Conflict(r, field))
			}
			w, _ := r.Shown(field)
			shown = w.Value
		}
		from = to
		switch {
		case show.Reserved(field):
		case shown.Erased():
			erased = appendString(appendComma(erased), field)
		case shown != ledger.Null:
			fields = append(appendString(appendComma(fields), field), ':')
			fields = append(fields, shown.WithoutErased()...)
		}
	}
	if r.Bool(ledger.Closed) {
		out = append(out, `"closed":true,`...)
	}
	var err error
	if comments := show.Comments(r); len(comments) > 0 {
		if out, err = appendMember(out, "comments", comments); err != nil {
			return nil, err
		}
	}
	if len(conflicts) > 0 {
		if out, err = appendMember(out, "conflicts", conflicts); err != nil {
			return nil, err
		}
	}
	out = appendTime(append(out, `"created":{"at":`...), r.Created.At)
	out = appendString(append(out, `,"device":`...), string(r.Created.Device))
	out = appendString(append(out, `,"role":`...), string(r.Created.Role))
	out = appendString(append(out, `,"user":`...), string(r.Created.User))
	out = append(out, '}')
	if ref, ok := r.DuplicateOf(); ok {
		out = append(append(out, `,"duplicateOf":`...), ref.Value()...)
	}
	if len(erased) > 0 {
		out = append(append(append(out, `,"erased":[`...), erased...), ']')
	}
	out = append(append(append(out, `,"fields":{`...), fields...), '}')
	out = append(append(append(out, `,"id":"`...), r.ID.String()...), '"')
	out = appendString(append(out, `,"kind":`...), string(r.Kind))
	if r.Late {
		out = append(out, `,"late":true`...)
	}
	if len(b.missing) > 0 {
		out = append(out, `,"missing":["`+strings.Join(b.missing, `","`)+`"]`...) // digits of hex
	}
	review := r.Review()
	if review.Note != "" {
		out = appendString(append(out, `,"note":`...), review.Note)
	}
	if review.By != nil {
		view := show.Review(&review)
		out = append(out, `,"review":{"at":`...)
		out = appendTime(out, review.By.At)
		out = appendString(append(out, `,"by":`...), string(view.By))
		out = appendString(append(out, `,"dot":`...), view.Dot)
		if view.Erased {
			out = append(out, `,"erased":true`...)
		}
		if view.Note != "" {
			out = appendString(append(out, `,"note":`...), view.Note)
		}
		out = appendString(append(out, `,"state":`...), string(view.State))
		out = append(out, '}')
	}
	out = strconv.AppendUint(append(out, `,"seq":`...), uint64(r.Seq), 10)
	if review.By != nil && review.Stale {
		out = append(out, `,"stale":true`...)
	}
	out = appendString(append(out, `,"state":`...), string(store.StateOf(r)))
	if len(b.suspects) > 0 {
		list, err := json.Marshal(show.Suspects(b.suspects))
		if err != nil {
			return nil, err
		}
		out = append(append(out, `,"suspects":`...), list...)
	}
	out = appendString(append(out, `,"unit":`...), string(unit))
	out = appendTime(append(out, `,"updatedAt":`...), r.Updated)
	return append(out, '}'), nil
}

// appendMember writes a member that few records have, and the comma after it.
func appendMember(out []byte, name string, value any) ([]byte, error) {
	list, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	out = append(append(append(out, '"'), name...), '"', ':')
	return append(append(out, list...), ','), nil
}

// appendComma puts one behind what stands in a list already.
func appendComma(out []byte) []byte {
	if len(out) > 0 {
		out = append(out, ',')
	}
	return out
}

func appendTime(out []byte, at ledger.Millis) []byte {
	out = at.Time().AppendFormat(append(out, '"'), time.RFC3339Nano)
	return append(out, '"')
}

// appendString writes a JSON string. Identities and names of fields hold
// nothing that would have to be escaped.
func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' || b == '"' || b == '\\' {
			return append(out, ledger.Text(s)...)
		}
	}
	return append(append(append(out, '"'), s...), '"')
}
