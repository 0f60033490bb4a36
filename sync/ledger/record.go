package ledger

import (
	"cmp"
	"slices"
	"strings"
)

// Stamp is what the ledger knows of one op: its place, what its author had
// seen, and who wrote it where and when. All writes of the op share it.
type Stamp struct {
	Dot    Dot
	Base   Seq // Invariant: Base < Dot.Seq
	Device DeviceID
	Epoch  uint32
	N      uint64
	User   UserID
	Role   Role
	At     Millis // the device's clock, but never later than the server's receipt
	Action Action
}

// saw reports whether the author of s knew the write w when writing.
func (s *Stamp) saw(w *Stamp) bool {
	return w.Dot.Seq <= s.Base || s.Device == w.Device && s.Epoch == w.Epoch && w.N < s.N
}

// origin names the op that the stamp is of.
func (s *Stamp) origin() Origin { return Origin{s.Device, s.Epoch, s.N} }

// Origin names the op that the write is of.
func (w *Write) Origin() Origin { return w.origin() }

// Write is one standing value of one register.
type Write struct {
	Field string
	Value Value
	*Stamp
}

// Record is the merged state of one record. A Record that a [State] has given
// out never changes; the fold makes a new one.
type Record struct {
	ID      RecordID
	Kind    Kind
	Seq     Seq     // the last commit that changed it
	Updated Millis  // when the server received that commit
	Created *Stamp  // the op that named it first
	Writes  []Write // what is not superseded, in order of Field, then Dot
	Touched []Seq   // every commit with an op on it, rising
	Late    bool    // an op of it was late: see [Verdict.Late]
	Hidden  Seq     // the commit with which it last became confidential, or 0
	Waiting Millis  // since when, by the server's clock, it is in conflict; 0 while it is not

	removals []removal // every removal that ever was, in order of their dots
	awaited  []awaited // writes that were settled before they came
	paces    []Pace    // who changed it how often within a day, each person once
}

// Register returns the standing writes of one register in order of their
// dots: none, one, or siblings.
func (r *Record) Register(field string) []Write {
	from, _ := slices.BinarySearchFunc(r.Writes, field, func(w Write, f string) int { return strings.Compare(w.Field, f) })
	to := from
	for to < len(r.Writes) && r.Writes[to].Field == field {
		to++
	}
	return r.Writes[from:to:to]
}

// Current returns the value to show for a register: the only one, or of
// siblings the provisional one.
func (r *Record) Current(field string) (Value, bool) {
	w := provisional(r.Register(field))
	if w == nil || w.Value == Null {
		return Null, false
	}
	return w.Value, true
}

// Shown returns the write whose value [Record.Current] shows.
func (r *Record) Shown(field string) (Write, bool) {
	w := provisional(r.Register(field))
	if w == nil {
		return Write{}, false
	}
	return *w, true
}

// Text returns a field's value where it is text, else "".
func (r *Record) Text(field string) string {
	v, _ := r.Current(field)
	s, _ := v.Text()
	return s
}

// Int returns a field's value where it is an integer, else 0.
func (r *Record) Int(field string) int64 {
	v, _ := r.Current(field)
	n, _ := v.Int()
	return n
}

// Bool returns a field's value where it is a truth value, else false.
func (r *Record) Bool(field string) bool {
	v, _ := r.Current(field)
	return v == "true"
}

// Fields returns the names of the registers that have a standing write, the
// reserved ones too, in order.
func (r *Record) Fields() []string {
	var names []string
	for i := range r.Writes {
		if len(names) == 0 || names[len(names)-1] != r.Writes[i].Field {
			names = append(names, r.Writes[i].Field)
		}
	}
	return names
}

// Conflicts returns the registers whose siblings differ, in order.
func (r *Record) Conflicts() []string {
	var names []string
	for from := 0; from < len(r.Writes); {
		to := from + 1
		differ := false
		for to < len(r.Writes) && r.Writes[to].Field == r.Writes[from].Field {
			differ = differ || r.Writes[to].Value != r.Writes[from].Value
			to++
		}
		if differ && r.Writes[from].Field != Comments {
			names = append(names, r.Writes[from].Field)
		}
		from = to
	}
	return names
}

// conflicted reports whether any register has siblings that differ.
func (r *Record) conflicted() bool {
	for i := 1; i < len(r.Writes); i++ {
		// Siblings that are all equal are equal to their neighbours.
		if w, last := &r.Writes[i], &r.Writes[i-1]; w.Field == last.Field && w.Value != last.Value && w.Field != Comments {
			return true
		}
	}
	return false
}

// InConflict reports whether a register has siblings that differ.
func (r *Record) InConflict(field string) bool {
	if field == Comments {
		return false
	}
	writes := r.Register(field)
	for i := 1; i < len(writes); i++ {
		if writes[i].Value != writes[0].Value {
			return true
		}
	}
	return false
}

// provisional chooses which of the siblings to show until a person decides.
// The order is total and the same everywhere: an erasure, because the law
// outranks the writers; a resolution, because a person chose it; staff over
// collectors; the later clock; the later dot, which is meaningless but
// unbiased. Of lifecycles a live one is shown: nothing disappears silently.
func provisional(writes []Write) *Write {
	if len(writes) == 0 {
		return nil
	}
	best := &writes[0]
	for i := 1; i < len(writes); i++ {
		if w := &writes[i]; rank(w, best) > 0 {
			best = w
		}
	}
	return best
}

func rank(a, b *Write) int {
	return cmp.Or(
		compareBool(a.Action == ActionErase, b.Action == ActionErase),
		compareBool(a.Field == Lifecycle && a.Value == live, b.Field == Lifecycle && b.Value == live),
		compareBool(a.Action == ActionResolve, b.Action == ActionResolve),
		compareBool(a.Role != RoleCollector, b.Role != RoleCollector),
		cmp.Compare(a.At, b.At),
		a.Dot.Compare(b.Dot),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// RoleCollector is the one role that the fold itself knows: everybody who is not a
// collector is staff.
const RoleCollector Role = "collector"

// Values of the [Lifecycle] register.
const (
	live    Value = `"live"`
	removed Value = `"removed"`
)

// Removed reports whether the record is out of lists and counts. While a
// removal is in conflict with an edit it is not.
func (r *Record) Removed() bool {
	w := provisional(r.Register(Lifecycle))
	return w != nil && w.Value == removed
}

// ReviewState is what staff last said of a record.
type ReviewState struct {
	State string // "", Approved or Returned; a review that was taken back is ""
	Note  string
	By    *Stamp
	// Erased says that there was a note, and that an erasure took it away.
	Erased bool
	Stale  bool // the record has a standing edit that the reviewer had not seen
}

// Review returns the state of review. An edit whose author had seen the
// review ends it: a returned record that was edited waits for review again.
func (r *Record) Review() ReviewState {
	w := provisional(r.Register(Review))
	if w == nil {
		return ReviewState{}
	}
	state, _ := w.Value.Get("state")
	note, _ := w.Value.Get("note")
	out := ReviewState{By: w.Stamp}
	if out.State, _ = state.Text(); out.State == Pending {
		out.State = ""
	}
	said, _ := note.Text()
	out.Note = NoteText(said)
	out.Erased = out.Note != said
	for i := range r.Writes {
		if edit := &r.Writes[i]; edit.Action == ActionEdit && !w.saw(edit.Stamp) {
			out.Stale = true
		}
	}
	return out
}

// DuplicateOf returns the record that this one is linked to as a copy.
func (r *Record) DuplicateOf() (Ref, bool) {
	v, ok := r.Current(Link)
	if !ok {
		return Ref{}, false
	}
	ref, err := ParseRef(v)
	return ref, err == nil && !r.DistinctFrom(ref.Record)
}

// DistinctFrom reports whether a person said that this record and the other
// are no duplicates.
func (r *Record) DistinctFrom(other RecordID) bool { return r.Bool(Distinct + other.String()) }

// Countable reports whether the record may count in a figure as far as its
// own state tells: not removed, and not returned to its collector. A linked
// copy is countable too; who counts needs to look at the whole group.
func (r *Record) Countable() bool { return !r.Removed() && r.Review().State != Returned }
