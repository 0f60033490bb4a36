package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Conflict is a record about which people disagree, and nobody has decided yet.
type Conflict struct {
	Unit    ledger.UnitID `json:"unit"`
	Village string        `json:"village"` // what the unit is called
	Record  string        `json:"record"`
	Kind    ledger.Kind   `json:"kind"`
	Label   string        `json:"label"` // of the kind, Vietnamese
	Date    string        `json:"date"`  // of the record
	// Fields are what is disputed, by their labels, with the values where they
	// are short and not personal.
	Fields  []Dispute `json:"fields"`
	Figures []string  `json:"figures"` // those that it may change, and cells of tables
}

// Dispute is one field of a conflict.
type Dispute struct {
	Field  string   `json:"field"`
	Label  string   `json:"label"`
	Values []string `json:"values,omitempty"` // as people read them; none where they are personal or long
}

// conflicts lists the records whose conflicts touch a figure, or a cell of a
// table. Those that are confidential are only counted: their village and day are
// enough to find a person.
func (v *evidence) conflicts(measures []measure) (list []Conflict, hidden int) {
	touched := map[ledger.Ref][]string{}
	for i := range measures {
		m := &measures[i]
		for _, e := range v.tally.disputed[m.kind] {
			if m.touchedBy(v.tally, e) {
				touched[e.ref] = append(touched[e.ref], m.ID)
			}
		}
	}
	for ref, cells := range v.touched {
		slices.Sort(cells)
		touched[ref] = append(touched[ref], slices.Compact(cells)...)
	}
	list = []Conflict{}
	for _, ref := range slices.SortedFunc(maps.Keys(touched), compareRefs) {
		if form.Confidential(v.tally.records[ref]) {
			hidden++
			continue
		}
		list = append(list, v.conflict(entry{ref, v.tally.records[ref]}, touched[ref]))
	}
	return list, hidden
}

func (v *evidence) conflict(e entry, figures []string) Conflict {
	f, _ := form.Of(e.record.Kind)
	out := Conflict{
		Unit: e.ref.Unit, Village: upperFirst(v.tally.members[e.ref.Unit].fullName()), Record: e.ref.Record.String(), Kind: e.record.Kind,
		Label: f.Label, Date: countedDay(e.record), Figures: figures, Fields: []Dispute{},
	}
	for _, register := range e.record.Conflicts() {
		out.Fields = append(out.Fields, disputeOf(f, e.record, register))
	}
	return out
}

func disputeOf(f *form.Form, r *ledger.Record, register string) Dispute {
	d := Dispute{Field: register}
	switch {
	case register == ledger.Lifecycle:
		d.Label = "Đưa vào hay đưa ra khỏi số liệu"
	case register == ledger.Review:
		d.Label = "Kết quả rà soát"
	case register == ledger.Link, isDistinct(register):
		d.Label = "Có trùng với trường hợp khác hay không"
	default:
		d.Label = register
		field, known := f.Field(register)
		if known {
			d.Label = field.Label
		}
		if known && !field.Personal && printable(field.Type) {
			for _, v := range distinctValues(r, register) {
				d.Values = append(d.Values, shown(field, field.WithoutPersonal(v)))
			}
		}
	}
	return d
}

// printable reports whether the annex has room for values of a type, and people
// can read them.
func printable(t form.Type) bool {
	return t != form.TypeLongText && t != form.TypeReference && t != form.TypeHashes
}

// shown is a value as people read it.
func shown(f *form.Field, v ledger.Value) string {
	if v == ledger.Null {
		return "(để trống)"
	}
	text, isText := v.Text()
	switch f.Type {
	case form.TypeChoice:
		return f.OptionLabel(text)
	case form.TypeChoices:
		var labels []string
		for item := range v.Elements() {
			value, _ := item.Text()
			labels = append(labels, f.OptionLabel(value))
		}
		return strings.Join(labels, ", ")
	case form.TypeDate:
		return shortDate(text)
	case form.TypeInteger, form.TypeMoney:
		if n, ok := v.Int(); ok {
			return form.Grouped(n)
		}
	case form.TypeBoolean:
		if v == "true" {
			return "Có"
		}
		return "Không"
	case form.TypeList:
		return strings.ReplaceAll(listed(f, v), "\n", "; ")
	case form.TypeText, form.TypeLongText, form.TypePhone, form.TypeNationalID, form.TypeUnit, form.TypeReference, form.TypeHashes:
	}
	if isText {
		return strings.TrimSpace(text)
	}
	return string(v)
}

// listed writes a list's objects on a line each, what they are before how much:
// "Tiền mặt: 37.000.000 đồng", and days by what they are: "Từ ngày 02/6/2026, tiếp tục
// từ ngày 05/6/2026". It leaves out what is personal.
func listed(f *form.Field, v ledger.Value) string {
	var lines []string
	for object := range v.Elements() {
		var kinds, parts []string
		for i := range f.Items {
			item := &f.Items[i]
			member, ok := object.Get(item.Name)
			switch {
			case item.Personal || !ok || member == ledger.Null:
			case item.Type == form.TypeChoice:
				kinds = append(kinds, shown(item, member))
			case item.Type == form.TypeDate:
				parts = append(parts, LowerFirst(item.Label)+" "+shown(item, member))
			case item.Type == form.TypeMoney:
				parts = append(parts, shown(item, member)+" đồng")
			default:
				parts = append(parts, shown(item, member))
			}
		}
		line := strings.Join(kinds, ", ")
		if len(kinds) > 0 && len(parts) > 0 {
			line += ": "
		}
		lines = append(lines, upperFirst(line+strings.Join(parts, ", ")))
	}
	return strings.Join(lines, "\n")
}
