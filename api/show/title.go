package show

import (
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// References lists the records that a record names, each with its unit.
func References(unit ledger.UnitID, r *ledger.Record) []ledger.Ref {
	f, ok := form.Of(r.Kind)
	if !ok {
		return nil
	}
	var refs []ledger.Ref
	for i := range f.Fields {
		if f.Fields[i].Type != form.TypeReference {
			continue
		}
		for _, w := range r.Register(f.Fields[i].Name) { // of a conflict every value
			ref, err := ledger.ParseRef(w.Value)
			if err != nil || ref.Record.IsZero() {
				continue
			}
			ref = ref.In(unit)
			refs = append(refs, ref)
		}
	}
	if ref, ok := r.DuplicateOf(); ok {
		ref = ref.In(unit)
		refs = append(refs, ref)
	}
	return refs
}

// RefKey is the key of a reference in an answer.
func RefKey(ref ledger.Ref) string { return string(ref.Unit) + "/" + ref.Record.String() }

// OwnTitle is what a record calls itself, "" where it only names another.
func OwnTitle(r *ledger.Record) string {
	var fields []string
	switch r.Kind {
	case form.KindGift:
		fields = []string{"recipientName"}
	case form.KindHouse: // named by its household
	case form.KindFund:
		fields = []string{"purpose", "party"}
	default:
		if f, ok := form.Of(r.Kind); ok {
			fields = []string{f.NameField}
		}
	}
	for _, field := range fields {
		if text := r.Text(field); text != "" {
			return text
		}
	}
	return ""
}

// Title is what a person calls a record: its own name, or the household that it
// names.
func Title(unit ledger.UnitID, r *ledger.Record, refs map[string]contract.Reference) string {
	if own := OwnTitle(r); own != "" {
		return own
	}
	home, ok := Household(unit, r)
	if !ok {
		return ""
	}
	return refs[RefKey(home)].Title
}

// Household is the household that a record names, with its unit.
func Household(unit ledger.UnitID, r *ledger.Record) (ledger.Ref, bool) {
	v, ok := r.Current("household")
	ref, err := ledger.ParseRef(v)
	if !ok || err != nil || ref.Record.IsZero() {
		return ledger.Ref{}, false
	}
	ref = ref.In(unit)
	return ref, true
}

// maxCell bounds a value in a row, in bytes of JSON.
const maxCell = 600

// cells are the values of a record that fit a row of a list: none that is
// sensitive, and no long text or list.
func cells(r *ledger.Record) map[string]contract.FieldValue {
	f, ok := form.Of(r.Kind)
	if !ok {
		return nil
	}
	values := map[string]contract.FieldValue{}
	for i := range f.Fields {
		field := &f.Fields[i]
		switch field.Type {
		case form.TypeLongText, form.TypeList, form.TypeHashes:
			continue
		default:
		}
		if v, has := r.Current(field.Name); has && !field.Sensitive && !v.Erased() && len(v) <= maxCell {
			values[field.Name] = contract.FieldValue(v)
		}
	}
	return values
}
