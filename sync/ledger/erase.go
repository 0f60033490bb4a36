package ledger

import (
	"iter"
	"slices"
	"strings"
)

// Erasure says which personal values an order destroys: those of Fields in every
// op on Record before the order itself, which may lie in its commit; and all of
// the ops at Dots that were refused.
type Erasure struct {
	Record RecordID
	Fields []string
	Dots   []Dot
	Before Dot
	At     Millis // when it was given: the time of its commit
}

// Reaches reports whether the order concerns an op, which is stored at a dot.
func (e *Erasure) Reaches(at Dot, op *StoredOp, v *Verdict) bool {
	if at.Compare(e.Before) >= 0 {
		return false
	}
	return len(e.Fields) > 0 && op.Record() == e.Record || e.refused(at, v)
}

// refused reports whether the order names an op as one that was refused.
func (e *Erasure) refused(at Dot, v *Verdict) bool {
	return v.Status == Rejected && slices.Contains(e.Dots, at)
}

// names reports whether the order names a field, or members of the list that is
// in it: what a refused op said in a list is kept whole.
func (e *Erasure) names(field string) bool {
	return slices.ContainsFunc(e.Fields, func(name string) bool {
		return name == field || strings.HasPrefix(name, field+".")
	})
}

// Stored yields the ops of a commit by their dots, as they are stored.
func (c *Commit) Stored() iter.Seq2[Dot, StoredWith] {
	return func(yield func(Dot, StoredWith) bool) {
		at := Dot{Seq: c.Seq}
		for i := range c.Entries {
			e := &c.Entries[i]
			for j := range e.Ops {
				if !yield(at, StoredWith{&e.Ops[j], &e.Verdicts[j]}) {
					return
				}
				at.Index++
			}
		}
	}
}

// StoredWith is an op of a commit with its verdict.
type StoredWith struct {
	Op      *StoredOp
	Verdict *Verdict
}

// target is a value that an erasure destroys.
type target struct {
	at    Dot
	field string
	value *PersonalValue
}

// targets yields what a commit still holds of what the order destroys.
func (e *Erasure) targets(c *Commit) iter.Seq[target] {
	return func(yield func(target) bool) {
		for at, stored := range c.Stored() {
			if len(stored.Op.Personal) == 0 || !e.Reaches(at, stored.Op, stored.Verdict) {
				continue
			}
			op := stored.Op.Open()
			whole := e.refused(at, stored.Verdict)
			for i := range stored.Op.Personal {
				p := &stored.Op.Personal[i]
				field := p.field(&op)
				if p.Erased || !whole && !e.names(field) {
					continue
				}
				if !yield(target{at, field, p}) {
					return
				}
			}
		}
	}
}

// Changes reports whether [Redact] changes a commit. It needs no others.
func (e *Erasure) Changes(c *Commit) bool {
	for range e.targets(c) {
		return true
	}
	return false
}

// Redact carries out an erasure on the commits that touch its record, given
// in rising order, and returns the indexes of those it changed, in falling
// order. They must be stored in that order: what was erased is compared by
// its first occurrence, which therefore goes last, so that the work can be
// cut off anywhere and resumed.
//
// Hashes stay as they are; [Commit.Sum] gives the same as before.
func Redact(commits []*Commit, e Erasure) []int {
	first := map[string]map[Value]Dot{} // field → value → its first write
	type place struct {
		commit int
		value  *PersonalValue
		class  Dot
	}
	var places []place
	for i, c := range commits {
		for t := range e.targets(c) {
			if first[t.field] == nil {
				first[t.field] = map[Value]Dot{}
			}
			if _, ok := first[t.field][t.value.Value]; !ok {
				first[t.field][t.value.Value] = t.at
			}
			places = append(places, place{i, t.value, first[t.field][t.value.Value]})
		}
	}
	var changed []int
	for _, at := range slices.Backward(places) {
		*at.value = PersonalValue{Path: at.value.Path, Erased: true, Leaf: at.value.leaf(nil), Class: at.class}
		if !slices.Contains(changed, at.commit) {
			changed = append(changed, at.commit)
		}
	}
	return changed
}

// WithoutPersonal returns a copy of the commit in which every personal value
// is replaced by its leaf, for auditors who verify and must not read. It has the
// commit's hash.
func (c *Commit) WithoutPersonal() *Commit {
	out := *c
	out.Entries = slices.Clone(c.Entries)
	for i := range out.Entries {
		e := &out.Entries[i]
		e.Ops = slices.Clone(e.Ops)
		for j := range e.Ops {
			op := &e.Ops[j]
			op.Personal = slices.Clone(op.Personal)
			for k := range op.Personal {
				p := &op.Personal[k]
				*p = PersonalValue{Path: p.Path, Erased: true, Leaf: p.leaf(nil), Class: p.Class}
			}
		}
	}
	return &out
}
