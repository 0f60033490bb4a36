package store

import (
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// decide gives an op its verdict, once and for ever. It looks at the fold up
// to the op before it, never at a clock of the device.
func (r *round) decide(p *push, e *ledger.Entry, op *ledger.Op) ledger.Verdict {
	before := r.draft.Record(op.Record)
	if fault := r.refuse(p, before, op); fault != (ledger.Fault{}) {
		return ledger.Verdict{Status: ledger.Rejected, Code: fault.Code, Field: fault.Field}
	}
	v := ledger.Verdict{Status: ledger.Accepted}
	after := r.draft.Try(e, op)
	had, keys := r.fresh.before(op.Record, before), keysOf(after)
	v.Hides = before != nil && !form.Confidential(before) && form.Confidential(after) // by a resolve too
	if op.Action == ledger.ActionEdit {
		v.Late = r.draft.Closed(form.DayOf(op, before))
		if of, match, ok := r.suspect(after, had, keys); ok {
			v.Status, v.Of, v.Reason = ledger.Duplicate, ledger.Ref{Record: of}, match.Reasons[0]
		}
	}
	for _, field := range after.Conflicts() {
		if slices.ContainsFunc(after.Register(field), func(w ledger.Write) bool { return w.N == op.N && w.Device == e.Device && w.Epoch == e.Epoch }) {
			v.Fields = append(v.Fields, field)
			v.Status = ledger.Conflict
		}
	}
	r.fresh.after(after, keys)
	return v
}

// refuse checks the op's shape, its author's permission, its content, and the
// rules that need other records.
func (r *round) refuse(p *push, before *ledger.Record, op *ledger.Op) ledger.Fault {
	role := p.author.Role
	if op.Fault != (ledger.Fault{}) {
		return op.Fault
	}
	seen := r.head.Seq
	if p.batch.Head != nil {
		seen = p.batch.Head.Seq
	}
	switch {
	case op.Base > seen:
		return ledger.Fault{Code: ledger.FaultBaseUnknown, Field: "base"}
	case before != nil && !form.Visible(before, role, p.author.User) && role != form.RoleAdmin:
		// As if there were no such record, or the answer would tell of it.
		return ledger.Fault{Code: form.FaultRecordUnknown, Field: "record"}
	}
	if fault := form.CheckOp(role, before, op, r.today); fault != (ledger.Fault{}) {
		return fault
	}
	if !form.MayAct(role, op.Kind, op.Action) {
		return ledger.Fault{Code: form.FaultRole, Field: "action"}
	}
	switch op.Action {
	case ledger.ActionEdit:
		if before == nil {
			return r.refuseNew(p, op)
		}
	case ledger.ActionResolve:
		for _, dot := range op.Sees {
			if dot.Seq > r.head.Seq {
				return ledger.Fault{Code: ledger.FaultDot, Field: "sees"}
			}
		}
	case ledger.ActionLink:
		return r.refuseLink(p, op)
	case ledger.ActionClose, ledger.ActionReopen:
		if op.Record != ledger.PeriodID(r.unit.id, op.Period) {
			return ledger.Fault{Code: form.FaultPeriodRecord, Field: "record"}
		}
	default: // names nothing but its own record
	}
	return ledger.Fault{}
}

// refuseNew checks what creates a record: a gift of a campaign that gives once
// per household, and the reversal of a fund entry.
func (r *round) refuseNew(p *push, op *ledger.Op) ledger.Fault {
	switch op.Kind {
	case form.KindGift:
		campaign, ok1 := refOf(op, "campaign")
		household, ok2 := refOf(op, "household")
		if !ok1 || !ok2 {
			return ledger.Fault{}
		}
		// A campaign that is not known here may still be on its way.
		c := r.lookUp(p, campaign)
		if c != nil && c.Bool("onePerHousehold") && op.Record != form.GiftID(r.unit.id, campaign, household) {
			return ledger.Fault{Code: form.FaultGiftID, Field: "record"}
		}
	case form.KindFund:
		ref, ok := refOf(op, "reverses")
		if !ok {
			return ledger.Fault{}
		}
		entry := r.draft.Record(ref.Record)
		switch {
		case entry == nil || entry.Kind != form.KindFund:
			return ledger.Fault{Code: form.FaultReferenceUnknown, Field: "reverses"}
		case r.isReversed(ref.Record):
			return ledger.Fault{Code: form.FaultAlreadyReversed, Field: "reverses"}
		}
		return form.CheckReversal(entry, op)
	default: // hangs on no other record
	}
	return ledger.Fault{}
}

func (r *round) isReversed(entry ledger.RecordID) bool {
	_, before := r.unit.index.reversed[entry]
	_, now := r.fresh.reversed[entry]
	return before || now
}

// refuseLink checks that a link leads to another record of the same kind and
// not, over others, back.
func (r *round) refuseLink(p *push, op *ledger.Op) ledger.Fault {
	target := r.lookUp(p, op.DuplicateOf)
	switch {
	case op.DuplicateOf.Record == op.Record:
		return ledger.Fault{Code: form.FaultLinkSelf, Field: "duplicateOf"}
	case target == nil:
		return ledger.Fault{Code: form.FaultReferenceUnknown, Field: "duplicateOf"}
	case target.Kind != op.Kind:
		return ledger.Fault{Code: form.FaultLinkKind, Field: "duplicateOf"}
	}
	// Links inside one unit cannot close a circle. Across units they can,
	// when two are made at once; who counts is decided so that one does.
	for ref, ok := target.DuplicateOf(); ok; {
		if ref.Record == op.Record {
			return ledger.Fault{Code: form.FaultLinkCycle, Field: "duplicateOf"}
		}
		next := r.lookUp(p, ref)
		if next == nil || next == target {
			break
		}
		target = next
		ref, ok = target.DuplicateOf()
	}
	return ledger.Fault{}
}

func (r *round) lookUp(p *push, ref ledger.Ref) *ledger.Record {
	if ref.Unit == "" || ref.Unit == r.unit.id {
		return r.draft.Record(ref.Record)
	}
	return p.foreign[ref]
}

func refOf(op *ledger.Op, field string) (ledger.Ref, bool) {
	v, ok := op.Get(field)
	if !ok || v == ledger.Null {
		return ledger.Ref{}, false
	}
	ref, err := ledger.ParseRef(v)
	return ref, err == nil
}

// suspect looks for a live record that seems to tell the same thing, where the
// op gave this one a key that it did not have. The strongest match is taken,
// and of equals the one that was there first.
func (r *round) suspect(after *ledger.Record, had, keys []keyHash) (of ledger.RecordID, best form.Match, found bool) {
	var first ledger.Dot
	consider := func(id ledger.RecordID) {
		other := r.draft.Record(id)
		if id == after.ID || other == nil {
			return
		}
		m, ok := form.Alike(other, after)
		if !ok || found && (m.Score < best.Score || m.Score == best.Score && first.Compare(other.Created.Dot) <= 0) {
			return
		}
		of, best, first, found = id, m, other.Created.Dot, true
	}
	for _, key := range keys {
		if slices.Contains(had, key) {
			continue
		}
		r.unit.index.alike(key, func(at ledger.Place) {
			id := r.unit.state.At(at)
			if _, changed := r.fresh.keys[id]; !changed {
				consider(id)
			}
		})
		r.fresh.alike(key, consider)
	}
	return of, best, found
}
