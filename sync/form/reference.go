package form

import (
	"fmt"
	"iter"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Name is what a value of an op names: a record, or a unit.
type Name struct {
	Path   string // of the field, as in a fault: "quotas[0].unit"
	Record ledger.Ref
	Unit   ledger.UnitID // "" where Record is named
	kinds  []ledger.Kind
}

// Allows reports whether the field may name a record of the kind.
func (n *Name) Allows(kind ledger.Kind) bool { return slices.Contains(n.kinds, kind) }

// Named yields what an edit or a resolve names in fields of its form. Values
// that name nothing are left out; [CheckOp] refuses them.
func Named(op *ledger.Op) iter.Seq[*Name] {
	return func(yield func(*Name) bool) {
		f, ok := Of(op.Kind)
		if !ok {
			return
		}
		if op.Action == ledger.ActionResolve {
			if field, ok := f.Field(op.Field); ok {
				field.named("value", op.Value, yield)
			}
			return
		}
		for _, a := range op.Set {
			if field, ok := f.Field(a.Field); ok && !field.named(a.Field, a.Value, yield) {
				return
			}
		}
	}
}

// named yields what one value names, and reports whether to go on.
func (f *Field) named(path string, v ledger.Value, yield func(*Name) bool) bool {
	switch f.Type {
	case TypeReference:
		if ref, err := ledger.ParseRef(v); err == nil && !ref.Record.IsZero() {
			return yield(&Name{Path: path, Record: ref, kinds: f.References})
		}
	case TypeUnit:
		if s, ok := v.Text(); ok && unitPattern.MatchString(s) {
			return yield(&Name{Path: path, Unit: ledger.UnitID(s)})
		}
	case TypeList:
		i := 0
		for item := range v.Elements() {
			for key, member := range item.Members() {
				if field, ok := fieldOf(f.Items, key); ok && !field.named(fmt.Sprintf("%s[%d].%s", path, i, key), member, yield) {
					return false
				}
			}
			i++
		}
	default: // names nothing
	}
	return true
}
