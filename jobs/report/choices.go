package report

import (
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// choice breaks a figure down by a field that has a list of choices.
type choice struct {
	id, title, heading, figure string
	kind                       ledger.Kind
	field                      string
	inherited                  bool // what a gift does not say of who received it, the household does
}

var choices = []choice{
	{"gifts-category", "Suất quà theo diện người nhận", "Diện", "gifts", form.KindGift, "category", true},
	{"houses-program", "Nhà theo chương trình", "Chương trình", "houses", form.KindHouse, "program", false},
	{"receptions-class", "Lượt tiếp công dân theo loại", "Loại", "receptions", form.KindReception, "class", false},
	{"petitions-class", "Đơn theo loại", "Loại", "petitions", form.KindPetition, "class", false},
}

// unsaid stands where a record does not say which choice it is of.
const unsaid = "unsaid"

// options are the choices that there are, and unsaid.
func (by *choice) options() []form.Option {
	f, _ := form.Of(by.kind)
	field, _ := f.Field(by.field)
	return append(slices.Clone(field.Options), form.Option{Value: unsaid, Label: "Chưa ghi rõ"})
}

// byChoice tells the parts of a figure by the choice of each record.
func (c *Compiled) byChoice(by choice, m *measure) Table {
	t := Table{ID: by.id, Title: by.title, Heading: by.heading, Columns: []Column{{Title: m.Label, Unit: m.Unit}}}
	options := by.options()
	way := c.partition(&by, options)
	parts := m.split(c.tally, way)
	for _, o := range options {
		part := parts[":"+o.Value]
		if part == nil && o.Value == unsaid {
			continue
		}
		t.Rows = append(t.Rows, Row{Label: o.Label, Cells: []Cell{c.cell(part, by.figure+":"+o.Value)}})
	}
	for _, e := range c.tally.disputed[by.kind] {
		if slices.ContainsFunc(way.fields, e.record.InConflict) {
			for part := range m.partsInDoubt(c.tally, e, way) {
				c.touch(e.ref, by.figure+part)
			}
		}
	}
	t.Rows = append(t.Rows, c.sums(by.figure))
	return t
}

// partition is by what a record says, or by what it inherits.
func (c *Compiled) partition(by *choice, options []form.Option) partition {
	part := func(chosen string) string {
		if !slices.ContainsFunc(options, func(o form.Option) bool { return o.Value == chosen }) {
			chosen = unsaid
		}
		return ":" + chosen
	}
	if !by.inherited {
		return partition{fields: []string{by.field}, of: func(_ entry, v values) string { return part(v.text(by.field)) }}
	}
	from := func(e entry, v values) (ledger.Ref, *ledger.Record) {
		if v.text(by.field) != "" {
			return ledger.Ref{}, nil
		}
		return c.household(e, v)
	}
	return partition{
		fields: []string{by.field, "household"},
		of: func(e entry, v values) string {
			if _, household := from(e, v); household != nil {
				return part(household.Text(by.field))
			}
			return part(v.text(by.field))
		},
		maybe: func(e entry, v values) (names []string) {
			ref, household := from(e, v)
			if household == nil || !household.InConflict(by.field) {
				return nil
			}
			for _, value := range distinctValues(household, by.field) {
				chosen, _ := value.Text()
				names = append(names, part(chosen))
				c.touch(ref, by.figure+part(chosen))
			}
			return names
		},
	}
}

// household is the one that a record names; nil where there is none.
func (c *Compiled) household(e entry, v values) (ledger.Ref, *ledger.Record) {
	ref, err := ledger.ParseRef(v("household"))
	if err != nil {
		return ref, nil
	}
	if ref.Unit == "" {
		ref.Unit = e.ref.Unit
	}
	if r := c.tally.records[ref]; r != nil && r.Kind == form.KindHousehold {
		return ref, r
	}
	return ref, nil
}
