package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// judge gives the ops of one commit their verdicts.
type judge struct {
	unit  ledger.UnitID
	at    ledger.Millis
	today string
	head  ledger.Head          // of the commit before
	state *ledger.State        // up to head
	index *index[ledger.Place] // of state
	draft *ledger.Draft        // state with the ops decided so far
	fresh *indexed             // what the records that this commit changes say now

	compared int // records that looked alike
}

// decide gives an op its verdict, once and forever. It looks at the fold up
// to the op before it, never at a clock of the device.
func (j *judge) decide(p *push, e *ledger.Entry, op *ledger.Op) ledger.Verdict {
	before := j.draft.Record(op.Record)
	if fault := j.refuse(p, before, op); fault != (ledger.Fault{}) {
		return rejected(fault)
	}
	if fault := refusePace(p.author, before, op, j.at); fault != (ledger.Fault{}) {
		return rejected(fault)
	}
	after := j.draft.Try(e, op)
	if after == nil { // an erasure of what was refused
		return ledger.Verdict{Status: ledger.Accepted}
	}
	if after.Removed() && recordsAgain(j.unit, op) {
		return ledger.Verdict{Status: ledger.Rejected, Code: form.FaultRemoved, Field: "record"}
	}
	if fault := refuseFull(p.author.Role, before, after, op); fault != (ledger.Fault{}) {
		return rejected(fault)
	}
	v := ledger.Verdict{Status: ledger.Accepted, Late: j.isLate(before, after, op), AfterEnd: j.isAfterEnd(p.author.LastDay, before, op)}
	had, keys := j.fresh.before(op.Record, before), keysOf(after)
	v.Hides = before != nil && !form.Confidential(before) && form.Confidential(after) // by a resolve too
	if op.Action == ledger.ActionEdit {
		if of, match, ok := j.suspect(p.author, after, had, keys); ok {
			v.Status, v.Of, v.Reason = ledger.Duplicate, ledger.Ref{Record: of}, match.Reasons[0]
		}
	}
	for _, field := range after.Conflicts() {
		if j.namesHidden(p, after, field) { // the author is not shown that it names anything
			continue
		}
		if slices.ContainsFunc(after.Register(field), func(w ledger.Write) bool { return w.N == op.N && w.Device == e.Device && w.Epoch == e.Epoch }) {
			v.Fields = append(v.Fields, field)
			v.Status = ledger.Conflict
		}
	}
	j.fresh.after(after, keys)
	return v
}

// rejected is the verdict on a refused op. It names no field by what may be a
// person's name: a verdict stays forever.
func rejected(fault ledger.Fault) ledger.Verdict {
	if fault.Field != "" && !isPath(fault.Field) {
		fault.Field = "set"
	}
	return ledger.Verdict{Status: ledger.Rejected, Code: fault.Code, Field: fault.Field}
}

// isPath reports whether a text leads to a field by names and places, as
// members[0].name does.
func isPath(field string) bool {
	name, rest, deeper := strings.Cut(field, "[")
	if !ledger.IsName(name) {
		return false
	}
	if !deeper {
		return true
	}
	place, rest, closed := strings.Cut(rest, "]")
	if _, err := strconv.ParseUint(place, 10, 16); err != nil || !closed {
		return false
	}
	next, dotted := strings.CutPrefix(rest, ".")
	return rest == "" || dotted && isPath(next)
}

// isLate reports whether an op adds, or takes away, something of a period
// that was closed. What only looks at the record, or destroys personal values,
// moves no figure; a review does where it returns a record, or takes back a
// return.
func (j *judge) isLate(before, after *ledger.Record, op *ledger.Op) bool {
	switch op.Action {
	case ledger.ActionErase, ledger.ActionComment, ledger.ActionClose, ledger.ActionReopen:
		return false
	case ledger.ActionReview:
		if before == nil || before.Countable() == after.Countable() {
			return false
		}
	default: // may change what counts
	}
	days := form.DaysOf(op, before)
	if before != nil {
		days = append(days, form.DaysOf(nil, before)...)
	}
	return slices.ContainsFunc(days, j.draft.Closed)
}

// isAfterEnd reports whether an op leaves a record that counts after the unit's
// last day. Of a record without a day it is the day of the receipt.
func (j *judge) isAfterEnd(lastDay string, before *ledger.Record, op *ledger.Op) bool {
	switch op.Action {
	case ledger.ActionEdit, ledger.ActionRestore, ledger.ActionResolve:
	default: // adds nothing
		return false
	}
	if lastDay == "" {
		return false
	}
	if len(form.DaysOf(op, before)) == 0 && op.Action == ledger.ActionEdit {
		return j.today > lastDay
	}
	return form.CountedAfter(lastDay, op, before)
}

// recordsAgain reports whether an edit records a gift from its beginning, as a
// form for a new one does, under the id that two phones share. Where that gift
// stays removed, the household's gift would count nowhere, and nobody knew.
func recordsAgain(unit ledger.UnitID, op *ledger.Op) bool {
	if op.Kind != form.KindGift || op.Action != ledger.ActionEdit {
		return false
	}
	campaign, household, ok := form.GiftPair(op, nil)
	return ok && op.Record == form.GiftID(unit, campaign, household)
}

// refuse checks the op's shape, its author's permission, its content, and the
// rules that need other records.
func (j *judge) refuse(p *push, before *ledger.Record, op *ledger.Op) ledger.Fault {
	role := p.author.Role
	if op.Fault != (ledger.Fault{}) {
		return op.Fault
	}
	seen := j.head.Seq
	if p.batch.Head != nil {
		seen = p.batch.Head.Seq
	}
	switch {
	case op.Base > seen:
		return ledger.Fault{Code: ledger.FaultBaseUnknown, Field: "base"}
	case before != nil && !form.Visible(before, role, p.author.User) && role != form.RoleAdmin:
		// As if there were no such record, or the answer would reveal it. A new
		// record cannot be made in its place.
		return cmp.Or(j.refuse(p, nil, op), ledger.Fault{Code: form.FaultRecordUnknown, Field: "record"})
	}
	if fault := form.CheckOp(role, before, op, j.today); fault != (ledger.Fault{}) {
		return fault
	}
	if !form.MayAct(role, op.Kind, op.Action) {
		return ledger.Fault{Code: form.FaultRole, Field: "action"}
	}
	switch op.Action {
	case ledger.ActionEdit:
		return cmp.Or(j.refuseForeign(op), j.refuseReferences(p, op), j.refuseGift(p, before, op), j.refuseReversal(before, op))
	case ledger.ActionResolve:
		return cmp.Or(j.refuseResolve(p, op), j.refuseForeign(op), j.refuseReferences(p, op), j.refuseGift(p, before, op))
	case ledger.ActionLink:
		return j.refuseLink(p, op)
	case ledger.ActionErase:
		for _, dot := range op.Dots {
			if !p.refused[dot] {
				return ledger.Fault{Code: ledger.FaultDot, Field: "dots"}
			}
		}
	case ledger.ActionClose, ledger.ActionReopen:
		if op.Record != ledger.PeriodID(j.unit, op.Period) {
			return ledger.Fault{Code: form.FaultPeriodRecord, Field: "record"}
		}
	default: // names nothing but its own record
	}
	return ledger.Fault{}
}

// refuseResolve allows a resolve only of what its author can have seen, and of a
// link only what a link may name. What lies behind the base is a write of
// somebody else's, and after a restored backup perhaps under a dot that was
// another's: the fold leaves such dots out where the op names origins too. A
// circle of links is let in: what it settles may have been one.
func (j *judge) refuseResolve(p *push, op *ledger.Op) ledger.Fault {
	for _, dot := range op.Sees {
		if dot.Seq > op.Base && len(op.Origins) == 0 {
			return ledger.Fault{Code: ledger.FaultDot, Field: "sees"}
		}
	}
	if ref, ok := resolvedLink(op); ok {
		_, fault := j.linkTarget(p, op, ref, "value")
		return fault
	}
	return ledger.Fault{}
}

// resolvedLink is the record that a resolve of a link names.
func resolvedLink(op *ledger.Op) (ledger.Ref, bool) {
	if op.Action != ledger.ActionResolve || op.Field != ledger.Link {
		return ledger.Ref{}, false
	}
	ref, err := ledger.ParseRef(op.Value)
	return ref, err == nil
}

// linkTarget returns the record that ref names, where it is another one of the
// op's kind. The fault names the member of the op that holds ref.
func (j *judge) linkTarget(p *push, op *ledger.Op, ref ledger.Ref, member string) (*ledger.Record, ledger.Fault) {
	target := j.shown(p, ref)
	switch {
	case ref.Unit == j.unit:
		return nil, ledger.Fault{Code: form.FaultReference, Field: member}
	case ref.Record == op.Record:
		return nil, ledger.Fault{Code: form.FaultLinkSelf, Field: member}
	case target == nil:
		return nil, ledger.Fault{Code: form.FaultReferenceUnknown, Field: member}
	case target.Kind != op.Kind:
		return nil, ledger.Fault{Code: form.FaultLinkKind, Field: member}
	}
	return target, ledger.Fault{}
}

// refuseForeign wants a reference into the record's own unit to name none: two
// phones that mean the same must send the same bytes, or they would be in
// conflict.
func (j *judge) refuseForeign(op *ledger.Op) ledger.Fault {
	own := func(v ledger.Value) bool {
		ref, err := ledger.ParseRef(v)
		return err == nil && ref.Unit == j.unit
	}
	for _, a := range op.Set {
		if a.Value.IsObject() && own(a.Value) {
			return ledger.Fault{Code: form.FaultReference, Field: a.Field}
		}
	}
	if op.Value.IsObject() && own(op.Value) {
		return ledger.Fault{Code: form.FaultReference, Field: "value"}
	}
	return ledger.Fault{}
}

// refuseGift allows a gift of a campaign that gives once per household only the
// one id that the two have, for as long as it names them.
func (j *judge) refuseGift(p *push, before *ledger.Record, op *ledger.Op) ledger.Fault {
	if op.Kind != form.KindGift {
		return ledger.Fault{}
	}
	oldCampaign, oldHousehold, had := form.GiftPair(nil, before)
	campaign, household, has := form.GiftPair(op, before)
	if had == has && oldCampaign == campaign && oldHousehold == household {
		return ledger.Fault{}
	}
	if had && op.Record == form.GiftID(j.unit, oldCampaign, oldHousehold) {
		return ledger.Fault{Code: form.FaultGiftFixed, Field: "record"}
	}
	// A campaign that is not known here may still be on its way.
	if c := j.shown(p, campaign); has && c != nil && c.Bool("onePerHousehold") && op.Record != form.GiftID(j.unit, campaign, household) {
		return ledger.Fault{Code: form.FaultGiftID, Field: "record"}
	}
	return ledger.Fault{}
}

// refuseReversal checks a fund entry that reverses another. Only a new one
// can: see [form.Form.WriteOnce].
func (j *judge) refuseReversal(before *ledger.Record, op *ledger.Op) ledger.Fault {
	v, _ := op.Get("reverses")
	ref, err := ledger.ParseRef(v)
	if op.Kind != form.KindFund || before != nil || err != nil {
		return ledger.Fault{}
	}
	entry := j.draft.Record(ref.Record)
	switch {
	case entry == nil || entry.Kind != form.KindFund:
		return ledger.Fault{Code: form.FaultReferenceUnknown, Field: "reverses"}
	case j.isReversed(ref.Record):
		return ledger.Fault{Code: form.FaultAlreadyReversed, Field: "reverses"}
	}
	return form.CheckReversal(entry, op)
}

func (j *judge) isReversed(entry ledger.RecordID) bool {
	_, before := j.index.reversed[entry]
	_, now := j.fresh.reversed[entry]
	return before || now
}

// refuseLink checks that a link leads to another record of the same kind and
// not, over others, back.
func (j *judge) refuseLink(p *push, op *ledger.Op) ledger.Fault {
	target, fault := j.linkTarget(p, op, op.DuplicateOf, "duplicateOf")
	if target == nil {
		return fault
	}
	// Circles still arise, by a resolve, or over records of other units; who counts
	// is decided so that one does.
	met := map[ledger.RecordID]bool{}
	for ref, ok := target.DuplicateOf(); ok && !met[ref.Record]; {
		if ref.Record == op.Record {
			return ledger.Fault{Code: form.FaultLinkCycle, Field: "duplicateOf"}
		}
		met[ref.Record] = true
		next := j.shown(p, ref)
		if next == nil {
			break
		}
		ref, ok = next.DuplicateOf()
	}
	return ledger.Fault{}
}

// namesHidden reports whether a register of a record names, in any of its
// values, a record of the unit that the author is not shown.
func (j *judge) namesHidden(p *push, of *ledger.Record, register string) bool {
	hidden := func(id ledger.RecordID) bool {
		target := j.draft.Record(id)
		return target != nil && !form.Visible(target, p.author.Role, p.author.User)
	}
	if other, ok := strings.CutPrefix(register, ledger.Distinct); ok {
		id, err := ledger.ParseRecordID(other)
		return err == nil && hidden(id)
	}
	return slices.ContainsFunc(of.Register(register), func(w ledger.Write) bool {
		ref, err := ledger.ParseRef(w.Value)
		return err == nil && (ref.Unit == "" || ref.Unit == j.unit) && hidden(ref.Record)
	})
}

// suspect looks for a live record that seems to say the same thing, where the
// op gave this one a key that it did not have. The strongest match is taken,
// and of equals the one that was there first. What the author may not see is
// left to the desk's queue: the verdict would reveal it.
func (j *judge) suspect(author Author, after *ledger.Record, had, keys []keyHash) (of ledger.RecordID, best form.Match, found bool) {
	var first ledger.Dot
	consider := func(id ledger.RecordID) {
		other := j.draft.Record(id)
		if id == after.ID || !form.Visible(other, author.Role, author.User) {
			return
		}
		j.compared++
		m, ok := form.Alike(other, after)
		if !ok || found && (m.Score < best.Score || m.Score == best.Score && first.Compare(other.Created.Dot) <= 0) {
			return
		}
		of, best, first, found = id, m, other.Created.Dot, true
	}
	for _, key := range keys {
		if slices.Contains(had, key) || j.index.shared(key)+j.fresh.shared(key) > maxAlike {
			continue
		}
		j.index.alike(key, func(at ledger.Place) {
			id := j.state.At(at)
			if _, changed := j.fresh.keys[id]; !changed {
				consider(id)
			}
		})
		j.fresh.alike(key, consider)
	}
	return of, best, found
}
