package store

import (
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// refuseReferences wants what an op names to be of the right kind. A record
// that is not known here may still be on its way; one that the author may not
// see is taken for unknown, because a refusal would tell that it exists.
func (j *judge) refuseReferences(p *push, op *ledger.Op) ledger.Fault {
	for n := range form.Named(op) {
		switch {
		case n.Unit != "":
			if p.author.Sees != nil && n.Unit != j.unit && !p.author.Sees(n.Unit) {
				return ledger.Fault{Code: form.FaultUnitUnknown, Field: n.Path}
			}
		default:
			if target := j.shown(p, n.Record); target != nil && !n.Allows(target.Kind) {
				return ledger.Fault{Code: form.FaultReferenceKind, Field: n.Path}
			}
		}
	}
	return ledger.Fault{}
}

// shown returns the record that a reference leads to, or nil where the author
// is not shown it: see [form.Shown].
func (j *judge) shown(p *push, ref ledger.Ref) *ledger.Record {
	if ref.Unit != "" && ref.Unit != j.unit {
		return p.foreign[ref]
	}
	target := j.draft.Record(ref.Record)
	if target == nil || !form.Visible(target, p.author.Role, p.author.User) {
		return nil
	}
	return target
}
