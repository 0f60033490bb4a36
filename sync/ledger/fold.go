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

// apply folds one op into a copy of its record. It is total: what it does not
// know changes nothing.
func (rules Rules) apply(r *Record, op *Op, s *Stamp) {
	switch op.Action {
	case ActionEdit:
		r.touch(s)
		r.resubmit(s)
		for _, a := range op.Set {
			r.write(a.Field, a.Value, s)
		}
	case ActionRemove:
		r.end(s, s.saw)
		r.remove(s, r.write(Lifecycle, removed, s))
	case ActionRestore:
		r.end(s, s.saw)
		r.write(Lifecycle, live, s)
	case ActionResolve:
		settles := rules.settles(op, s)
		if rules >= rules2 {
			r.await(op, s)
		}
		by := r.arrive(op.Field, s.origin()) // it may have been settled itself
		if op.Field == Lifecycle {
			r.end(s, settles)
			if op.Value == removed {
				r.remove(s, by)
			}
		}
		supersedes := func(w *Write) bool { return settles(w.Stamp) }
		if by != nil {
			r.replace(op.Field, supersedes)
			return
		}
		r.replace(op.Field, supersedes, Write{op.Field, r.withoutErased(op.Field, op.Value, s), s})
	case ActionReview:
		r.write(Review, reviewValue(op.Note, op.State), s)
	case ActionLink:
		r.write(Link, op.DuplicateOf.Value(), s)
		r.write(Distinct+op.DuplicateOf.Record.String(), Bool(false), s)
	case ActionUnlink:
		if op.DuplicateOf.Record.IsZero() {
			r.write(Link, Null, s)
		} else {
			r.write(Distinct+op.DuplicateOf.Record.String(), Bool(true), s)
		}
	case ActionComment:
		r.replace(Comments, func(*Write) bool { return false }, Write{Comments, op.Comment, s})
	case ActionErase:
		for _, field := range op.Fields {
			r.erase(field, s)
		}
	case ActionClose:
		r.write("period", Text(op.Period.String()), s)
		r.write(Closed, Bool(true), s)
	case ActionReopen:
		r.write("period", Text(op.Period.String()), s)
		r.write(Closed, Bool(false), s)
	}
}

// reviewValue is what a review writes into its register.
func reviewValue(note, state string) Value {
	return Value(`{"note":` + string(Text(note)) + `,"state":` + string(Text(state)) + `}`)
}

// withoutNote is a review's value after its note was erased.
func (v Value) withoutNote(class Dot) Value {
	state, _ := v.Get("state")
	text, _ := state.Text()
	return reviewValue(erasedText(class), text)
}

// erasedText stands where an erasure took a review's note away, or a member of a
// list's objects. No form lets
// a NUL into a text. Like [erased] it tells equal notes from different ones,
// so that older folds keep their conflicts.
func erasedText(class Dot) string { return "\x00" + erasedPrefix + class.String() }

// WithoutErased is a value as it may be shown: a review's without a note that was
// erased, a list without members of its objects that were. Any other is itself.
func (v Value) WithoutErased() Value {
	if v.IsArray() {
		return v.withoutErasedMembers()
	}
	note, ok := v.Get("note")
	text, _ := note.Text()
	if !ok || NoteText(text) == text {
		return v
	}
	state, _ := v.Get("state")
	said, _ := state.Text()
	return reviewValue("", said)
}

// NoteText is a review's note to show: nothing where it was erased.
func NoteText(note string) string {
	if strings.HasPrefix(note, "\x00") {
		return ""
	}
	return note
}

// replace puts one write in the place of those of its register that drop
// names. Writes stay in order, because a new dot is the greatest.
func (r *Record) replace(field string, drop func(*Write) bool, add ...Write) {
	from, _ := slices.BinarySearchFunc(r.Writes, field, func(w Write, f string) int { return strings.Compare(w.Field, f) })
	kept, to := from, from
	for ; to < len(r.Writes) && r.Writes[to].Field == field; to++ {
		if !drop(&r.Writes[to]) {
			r.Writes[kept] = r.Writes[to]
			kept++
		}
	}
	r.Writes = slices.Replace(r.Writes, kept, to, add...)
}

// write supersedes what its author had seen, and stands beside the rest. Where
// a resolve has settled it before it came, that is returned, and it does not
// stand.
func (r *Record) write(field string, v Value, s *Stamp) (settled *Stamp) {
	saw := func(w *Write) bool { return s.saw(w.Stamp) }
	v = r.withoutErased(field, v, s)
	if settled = r.arrive(field, s.origin()); settled != nil {
		r.replace(field, saw)
		return settled
	}
	r.replace(field, saw, Write{field, v, s})
	return nil
}

// settles returns what a resolve supersedes: the writes that the person saw side
// by side, and nothing else of other devices. After a restored backup a dot
// behind the base may be another op's; the origin is not.
func (rules Rules) settles(op *Op, s *Stamp) func(*Stamp) bool {
	if rules < rules2 {
		return func(w *Stamp) bool { return slices.Contains(op.Sees, w.Dot) }
	}
	named := func(w *Stamp) bool {
		if len(op.Origins) == 0 {
			return slices.Contains(op.Sees, w.Dot)
		}
		return slices.Contains(op.Origins, w.origin()) || w.Dot.Seq <= s.Base && slices.Contains(op.Sees, w.Dot)
	}
	return func(w *Stamp) bool { return named(w) || w.Device == s.Device && w.Epoch == s.Epoch && w.N < s.N }
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
func (r *Record) await(op *Op, s *Stamp) {
	for _, o := range op.Origins {
		here := func(w Write) bool { return w.origin() == o }
		known := func(a awaited) bool { return a.field == op.Field && a.origin == o }
		if o.Device == s.Device && o.Epoch == s.Epoch || slices.ContainsFunc(r.Register(op.Field), here) || slices.ContainsFunc(r.awaited, known) {
			continue
		}
		r.awaited = append(slices.Clip(r.awaited), awaited{op.Field, o, s})
	}
}

// arrive returns the resolve that settled a write before it came, or nil. Every
// op comes once.
func (r *Record) arrive(field string, o Origin) *Stamp {
	i := slices.IndexFunc(r.awaited, func(a awaited) bool { return a.field == field && a.origin == o })
	if i < 0 {
		return nil
	}
	by := r.awaited[i].by
	r.awaited = slices.Delete(slices.Clone(r.awaited), i, i+1)
	return by
}

// erase supersedes every write before it, seen or not. Of a review it takes
// the note: that a record was approved or returned is not personal data.
func (r *Record) erase(field string, s *Stamp) {
	switch field {
	case Unknown:
		return
	case Review:
		for i := range r.Writes {
			if w := &r.Writes[i]; w.Field == Review {
				w.Value = w.Value.withoutNote(s.Dot)
			}
		}
		return
	}
	if list, member, ok := strings.Cut(field, "."); ok {
		for i := range r.Writes {
			if w := &r.Writes[i]; w.Field == list {
				w.Value = w.Value.eraseMember(member, s.Dot)
			}
		}
	}
	r.replace(field, func(*Write) bool { return true }, Write{field, erased(s.Dot), s})
}

// touch makes an edit count as a sign of life, so that a removal by somebody
// who had not seen it becomes a conflict. An edit by somebody on whose screen
// the record was removed says nothing about it: only restore brings a record
// back. What was on the screen follows from what the author had seen, not from
// what stands by now, or the order of arrival would matter.
func (r *Record) touch(s *Stamp) {
	for i := range r.removals {
		if m := &r.removals[i]; s.saw(m.by) && !slices.ContainsFunc(m.ended, s.saw) {
			return
		}
	}
	r.write(Lifecycle, live, s)
}

// removal is one removal that ever was, and the ops that ended it, by
// restoring the record or by removing it again.
type removal struct {
	by    *Stamp
	ended []*Stamp
}

// remove notes a removal, which a resolve may have settled before it came.
func (r *Record) remove(s, settled *Stamp) {
	m := removal{by: s}
	if settled != nil {
		m.ended = []*Stamp{settled}
	}
	r.removals = append(r.removals, m)
}

// end notes that the op s ends the removals that it supersedes. An author who has seen s
// by base has seen everything before it too; so a second note is needed only
// from another device, whose own later ops know s whatever their base.
func (r *Record) end(s *Stamp, supersedes func(*Stamp) bool) {
	for i := range r.removals {
		m := &r.removals[i]
		noted := func(e *Stamp) bool { return e.Device == s.Device && e.Epoch == s.Epoch }
		if supersedes(m.by) && !slices.ContainsFunc(m.ended, noted) {
			m.ended = append(slices.Clip(m.ended), s)
		}
	}
}

// resubmit ends the reviews that the edit's author had seen.
func (r *Record) resubmit(s *Stamp) {
	r.replace(Review, func(w *Write) bool { return s.saw(w.Stamp) })
}

// clone makes a copy that the fold may change, with room for more writes.
func (r *Record) clone(more int) *Record {
	c := *r
	c.Writes = append(make([]Write, 0, len(r.Writes)+more), r.Writes...)
	c.removals = slices.Clone(r.removals)
	return &c
}
