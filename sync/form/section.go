package form

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Section is a group of fields under one heading of a form.
type Section struct {
	Title  string     // Vietnamese
	Fields []string   // in the order in which they are filled in
	When   *Condition // the section is shown where it holds; nil: always
	Folded bool       // shut until a person opens it: nothing in it is needed
}

// Condition holds where a field has one of several values. It decides what a
// form shows, never what the server accepts: see [Rule] for that.
type Condition struct {
	Field  string
	Values []string // of a choice, or "true" and "false"; none: any value
}

func when(field string, values ...string) *Condition { return &Condition{Field: field, Values: values} }

// Actions returns what each role may do with records of the kind, as [MayAct]
// says. Roles that may do nothing are left out.
func (f *Form) Actions() map[ledger.Role][]ledger.Action {
	all := map[ledger.Role][]ledger.Action{}
	for _, role := range roleLabels {
		for _, action := range actionLabels {
			if MayAct(ledger.Role(role.Value), f.Kind, ledger.Action(action.Value)) {
				all[ledger.Role(role.Value)] = append(all[ledger.Role(role.Value)], ledger.Action(action.Value))
			}
		}
	}
	return all
}

// dates returns the fields whose days count: see [Form.Dates].
func (f *Form) dates() []string {
	if f.Dates == nil && f.DateField != "" {
		return []string{f.DateField}
	}
	return slices.Clone(f.Dates)
}
