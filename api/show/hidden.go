package show

import (
	"context"
	"slices"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Hidden are records that somebody is not shown, though records that they are
// shown name them.
type Hidden map[ledger.Ref]bool

// Reader is a person to whom records are shown.
type Reader interface {
	// Reaches reports whether a unit is the reader's.
	Reaches(unit ledger.UnitID) bool
	// MayRead reports whether the reader is shown a record of such a unit.
	MayRead(r *ledger.Record) bool
	// ReadsAll reports whether the reader is shown every record of such units.
	ReadsAll() bool
}

// Hide finds which of the records that are named are hidden from the reader. It
// looks only at kinds that may be, in units that the reader reaches.
func Hide(ctx context.Context, s *store.Store, reader Reader, unit ledger.UnitID, records ...*ledger.Record) (Hidden, error) {
	if reader.ReadsAll() {
		return nil, nil
	}
	var refs []ledger.Ref
	for _, r := range records {
		for i := range r.Writes {
			if ref, ok := namedBy(unit, r.Kind, r.Writes[i].Field, r.Writes[i].Value); ok && reader.Reaches(ref.Unit) {
				refs = append(refs, ref)
			}
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	found, err := s.Records(ctx, refs)
	hidden := Hidden{}
	for ref, r := range found {
		if !reader.MayRead(r) {
			hidden[ref] = true
		}
	}
	return hidden, err
}

// namedBy returns the record that a write names, where it may be a confidential
// one.
func namedBy(unit ledger.UnitID, kind ledger.Kind, field string, v ledger.Value) (ledger.Ref, bool) {
	if other, ok := strings.CutPrefix(field, ledger.Distinct); ok {
		id, err := ledger.ParseRecordID(other)
		return ledger.Ref{Unit: unit, Record: id}, err == nil && form.MayBeConfidential(kind)
	}
	if field == ledger.Link {
		if !form.MayBeConfidential(kind) {
			return ledger.Ref{}, false
		}
	} else {
		f, _ := form.Of(kind)
		if f == nil {
			return ledger.Ref{}, false
		}
		of, ok := f.Field(field)
		if !ok || of.Type != form.TypeReference || !slices.ContainsFunc(of.References, form.MayBeConfidential) {
			return ledger.Ref{}, false
		}
	}
	ref, err := ledger.ParseRef(v)
	ref = ref.In(unit)
	return ref, err == nil && !ref.Record.IsZero()
}

// names reports whether a write names a hidden record.
func (h Hidden) names(unit ledger.UnitID, kind ledger.Kind, field string, v ledger.Value) bool {
	if len(h) == 0 {
		return false
	}
	ref, ok := namedBy(unit, kind, field, v)
	return ok && h[ref]
}

// Without returns a record as if it did not name what is hidden.
func (h Hidden) Without(unit ledger.UnitID, r *ledger.Record) *ledger.Record {
	names := func(w ledger.Write) bool { return h.names(unit, r.Kind, w.Field, w.Value) }
	if len(h) == 0 || !slices.ContainsFunc(r.Writes, names) {
		return r
	}
	without := *r
	without.Writes = slices.DeleteFunc(slices.Clone(r.Writes), names)
	return &without
}

// Says reports whether an op of a record's history says anything that the reader may
// know: not where it only names hidden records. What it names is noted in h, hidden or
// not.
func (h Hidden) Says(ctx context.Context, s *store.Store, reader Reader, unit ledger.UnitID, kind ledger.Kind, op *ledger.Op) (bool, error) {
	writes := writesOf(op)
	says := len(writes) == 0
	for _, a := range writes {
		ref, ok := namedBy(unit, kind, a.Field, a.Value)
		if !ok || !reader.Reaches(ref.Unit) {
			says = true
			continue
		}
		hides, known := h[ref]
		if !known {
			found, err := s.Records(ctx, []ledger.Ref{ref})
			if err != nil {
				return false, err
			}
			hides = found[ref] != nil && !reader.MayRead(found[ref])
			h[ref] = hides
		}
		says = says || !hides
	}
	return says, nil
}

// WithoutHistory takes out of a record's history what names a hidden record.
func (h Hidden) WithoutHistory(unit ledger.UnitID, kind ledger.Kind, history []contract.HistoryEntry) {
	for i := range history {
		history[i].Changes = slices.DeleteFunc(history[i].Changes, func(c contract.HistoryChange) bool {
			return h.names(unit, kind, c.Field, ledger.Value(c.Value))
		})
	}
}
