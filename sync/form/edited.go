package form

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// edited is a record as an edit would leave it: what stands now, with what the
// edit sets laid over it. Of siblings it shows the provisional one.
type edited struct {
	before *ledger.Record
	op     *ledger.Op
}

// Value returns a field's value, and whether there is one. A value that was
// erased is there, but tells nothing.
func (v *edited) Value(field string) (ledger.Value, bool) {
	if v.op != nil {
		if value, ok := v.op.Get(field); ok {
			return value, value != ledger.Null
		}
	}
	if v.before != nil {
		return v.before.Current(field)
	}
	return ledger.Null, false
}

// Has reports whether a field holds anything: not nothing, a blank text or an
// empty list.
func (v *edited) Has(field string) bool {
	value, ok := v.Value(field)
	return ok && !blank(value)
}

// Text returns a field's value where it is text, else "".
func (v *edited) Text(field string) string {
	value, _ := v.Value(field)
	s, _ := value.Text()
	return s
}

// Int returns a field's value where it is an integer, else 0.
func (v *edited) Int(field string) int64 {
	value, _ := v.Value(field)
	n, _ := value.Int()
	return n
}

// Bool returns a field's value where it is a truth value, else false.
func (v *edited) Bool(field string) bool {
	value, _ := v.Value(field)
	return value == "true"
}

// blank reports whether a value is there only by its form.
func blank(v ledger.Value) bool {
	s, isText := v.Text()
	return v == ledger.Null || v == "[]" || isText && strings.TrimSpace(s) == ""
}

// Relation is what a [Rule] demands of its fields.
type Relation string

// Relations.
const (
	RelationOrder Relation = "order" // the day in Fields[0] is not after the one in Fields[1], where both are set
	RelationAny   Relation = "any"   // at least one of Fields is set
	RelationNeeds Relation = "needs" // where When holds one of Values (of none: anything), all Fields are set
)

// Rule is a check across fields that is data, so that a phone can make it
// before it saves.
type Rule struct {
	Relation Relation
	Fields   []string
	When     string
	Values   []string
}

func inOrder(first, second string) Rule {
	return Rule{Relation: RelationOrder, Fields: []string{first, second}}
}

func anyOf(fields ...string) Rule { return Rule{Relation: RelationAny, Fields: fields} }

func needs(when string, values []string, field string) Rule {
	return Rule{Relation: RelationNeeds, When: when, Values: values, Fields: []string{field}}
}

// check returns the fault of a view that breaks the rule.
func (r *Rule) check(v *edited) ledger.Fault {
	switch r.Relation {
	case RelationOrder:
		first, second := v.Text(r.Fields[0]), v.Text(r.Fields[1])
		if first != "" && second != "" && first > second {
			return ledger.Fault{Code: FaultOrder, Field: r.Fields[1]}
		}
	case RelationAny:
		if !slices.ContainsFunc(r.Fields, v.Has) {
			return ledger.Fault{Code: FaultOneOf, Field: r.Fields[0]}
		}
	case RelationNeeds:
		if !v.Has(r.When) || len(r.Values) > 0 && !slices.Contains(r.Values, v.Text(r.When)) {
			return ledger.Fault{}
		}
		for _, field := range r.Fields {
			if !v.Has(field) {
				return ledger.Fault{Code: ledger.FaultMissing, Field: field}
			}
		}
	}
	return ledger.Fault{}
}

// faults returns everything across fields that is wrong with a view, in the
// order of the rules, Check last.
func (f *Form) faults(v *edited) []ledger.Fault {
	var all []ledger.Fault
	for i := range f.Rules {
		if fault := f.Rules[i].check(v); fault != (ledger.Fault{}) {
			all = append(all, fault)
		}
	}
	if f.Check != nil {
		if fault := f.Check(v); fault != (ledger.Fault{}) {
			all = append(all, fault)
		}
	}
	return all
}
