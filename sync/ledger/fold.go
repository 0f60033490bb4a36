package ledger

import (
	"slices"
	"strings"
)

// Rules is the version of the fold. A commit names the version by which its ops
// are folded, forever: what people saw of it does not change with the program.
// A version once published is never changed, only followed by another. A report
// cites the latest version that its folds knew.
type Rules int

// RulesCurrent is the version that new commits name.
const RulesCurrent = rules2

const (
	rules1 Rules = 1
	// rules2 differs in what a resolve settles: also what the same device wrote
	// before it, and what it names by its origin, even if that comes later.
	rules2 Rules = 2
)

// folding is an op on its way into a copy of its record.
type folding struct {
	rules Rules
	*Record
	stamp *Stamp // who wrote the op, when, and what they had seen
}

// apply folds the op. It is total: what it does not know changes nothing.
func (f folding) apply(op *Op) {
	switch op.Action {
	case ActionEdit:
		f.touch()
		f.resubmit()
		for _, a := range op.Set {
			f.write(a.Field, a.Value)
		}
	case ActionRemove:
		f.end(f.stamp.saw)
		f.remove(f.write(Lifecycle, removed))
	case ActionRestore:
		f.end(f.stamp.saw)
		f.write(Lifecycle, live)
	case ActionResolve:
		settles := f.settles(op)
		if f.rules >= rules2 {
			f.await(op)
		}
		by := f.arrive(op.Field, f.stamp.origin()) // it may have been settled itself
		if op.Field == Lifecycle {
			f.end(settles)
			if op.Value == removed {
				f.remove(by)
			}
		}
		supersedes := func(w *Write) bool { return settles(w.Stamp) }
		if by != nil {
			f.replace(op.Field, supersedes)
			return
		}
		f.replace(op.Field, supersedes, Write{op.Field, f.withoutErased(op.Field, op.Value), f.stamp})
	case ActionReview:
		f.write(Review, reviewValue(op.Note, op.State))
	case ActionLink:
		f.write(Link, op.DuplicateOf.Value())
		f.write(Distinct+op.DuplicateOf.Record.String(), Bool(false))
	case ActionUnlink:
		if op.DuplicateOf.Record.IsZero() {
			f.write(Link, Null)
		} else {
			f.write(Distinct+op.DuplicateOf.Record.String(), Bool(true))
		}
	case ActionComment:
		f.replace(Comments, func(*Write) bool { return false }, Write{Comments, op.Comment, f.stamp})
	case ActionErase:
		for _, field := range op.Fields {
			f.erase(field)
		}
	case ActionClose:
		f.write("period", Text(op.Period.String()))
		f.write(Closed, Bool(true))
	case ActionReopen:
		f.write("period", Text(op.Period.String()))
		f.write(Closed, Bool(false))
	}
}

// replace puts one write in the place of those of its register that drop
// names. Writes stay in order, because a new dot is the greatest.
func (f folding) replace(field string, drop func(*Write) bool, add ...Write) {
	from, _ := slices.BinarySearchFunc(f.Writes, field, func(w Write, f string) int { return strings.Compare(w.Field, f) })
	kept, to := from, from
	for ; to < len(f.Writes) && f.Writes[to].Field == field; to++ {
		if !drop(&f.Writes[to]) {
			f.Writes[kept] = f.Writes[to]
			kept++
		}
	}
	f.Writes = slices.Replace(f.Writes, kept, to, add...)
}

// write supersedes what its author had seen, and stands beside the rest. Where
// a resolve has settled it before it came, that is returned, and it does not
// stand.
func (f folding) write(field string, v Value) (settled *Stamp) {
	saw := func(w *Write) bool { return f.stamp.saw(w.Stamp) }
	v = f.withoutErased(field, v)
	if settled = f.arrive(field, f.stamp.origin()); settled != nil {
		f.replace(field, saw)
		return settled
	}
	f.replace(field, saw, Write{field, v, f.stamp})
	return nil
}

// settles returns what a resolve supersedes: the writes that the person saw side
// by side, and nothing else of other devices. After a restored backup a dot
// behind the base may be another op's; the origin is not.
func (f folding) settles(op *Op) func(*Stamp) bool {
	if f.rules < rules2 {
		return func(w *Stamp) bool { return slices.Contains(op.Sees, w.Dot) }
	}
	named := func(w *Stamp) bool {
		if len(op.Origins) == 0 {
			return slices.Contains(op.Sees, w.Dot)
		}
		return slices.Contains(op.Origins, w.origin()) || w.Dot.Seq <= f.stamp.Base && slices.Contains(op.Sees, w.Dot)
	}
	return func(w *Stamp) bool {
		return named(w) || w.Device == f.stamp.Device && w.Epoch == f.stamp.Epoch && w.N < f.stamp.N
	}
}

// awaited is a write that a resolve settled and that is not here: a restored
// backup had lost it, and its device will send it again.
type awaited struct {
	field  string
	origin Origin
	by     *Stamp // the resolve
}

// await notes the writes that a resolve names and that do not stand. Some were
// superseded meanwhile, and will not come again; that does no harm.
func (f folding) await(op *Op) {
	for _, o := range op.Origins {
		here := func(w Write) bool { return w.origin() == o }
		known := func(a awaited) bool { return a.field == op.Field && a.origin == o }
		if o.Device == f.stamp.Device && o.Epoch == f.stamp.Epoch || slices.ContainsFunc(f.Register(op.Field), here) || slices.ContainsFunc(f.awaited, known) {
			continue
		}
		f.awaited = append(slices.Clip(f.awaited), awaited{op.Field, o, f.stamp})
	}
}

// arrive returns the resolve that settled a write before it came, or nil. Every
// op comes once.
func (f folding) arrive(field string, o Origin) *Stamp {
	i := slices.IndexFunc(f.awaited, func(a awaited) bool { return a.field == field && a.origin == o })
	if i < 0 {
		return nil
	}
	by := f.awaited[i].by
	f.awaited = slices.Delete(slices.Clone(f.awaited), i, i+1)
	return by
}

// erase supersedes every write before it, seen or not. Of a review it takes
// the note: that a record was approved or returned is not personal data.
func (f folding) erase(field string) {
	switch field {
	case Unknown:
		return
	case Review:
		for i := range f.Writes {
			if w := &f.Writes[i]; w.Field == Review {
				w.Value = w.Value.withoutNote(f.stamp.Dot)
			}
		}
		return
	}
	if list, member, ok := strings.Cut(field, "."); ok {
		for i := range f.Writes {
			if w := &f.Writes[i]; w.Field == list {
				w.Value = w.Value.eraseMember(member, f.stamp.Dot)
			}
		}
	}
	f.replace(field, func(*Write) bool { return true }, Write{field, erased(f.stamp.Dot), f.stamp})
}

// touch makes an edit count as a sign of life, so that a removal by somebody
// who had not seen it becomes a conflict. An edit by somebody on whose screen
// the record was removed says nothing about it: only restore brings a record
// back. What was on the screen follows from what the author had seen, not from
// what stands by now, or the order of arrival would matter.
func (f folding) touch() {
	for i := range f.removals {
		if m := &f.removals[i]; f.stamp.saw(m.by) && !slices.ContainsFunc(m.ended, f.stamp.saw) {
			return
		}
	}
	f.write(Lifecycle, live)
}

// removal is one removal that ever was, and the ops that ended it, by
// restoring the record or by removing it again.
type removal struct {
	by    *Stamp
	ended []*Stamp
}

// remove notes a removal, which a resolve may have settled before it came.
func (f folding) remove(settled *Stamp) {
	m := removal{by: f.stamp}
	if settled != nil {
		m.ended = []*Stamp{settled}
	}
	f.removals = append(f.removals, m)
}

// end notes that the op ends the removals that it supersedes. An author who has
// seen the op by base has seen everything before it too; so a second note is
// needed only from another device, whose own later ops know the op whatever
// their base.
func (f folding) end(supersedes func(*Stamp) bool) {
	for i := range f.removals {
		m := &f.removals[i]
		noted := func(e *Stamp) bool { return e.Device == f.stamp.Device && e.Epoch == f.stamp.Epoch }
		if supersedes(m.by) && !slices.ContainsFunc(m.ended, noted) {
			m.ended = append(slices.Clip(m.ended), f.stamp)
		}
	}
}

// resubmit ends the reviews that the edit's author had seen.
func (f folding) resubmit() {
	f.replace(Review, func(w *Write) bool { return f.stamp.saw(w.Stamp) })
}

// clone makes a copy that the fold may change, with room for more writes.
func (r *Record) clone(more int) *Record {
	c := *r
	c.Writes = append(make([]Write, 0, len(r.Writes)+more), r.Writes...)
	c.removals = slices.Clone(r.removals)
	return &c
}
