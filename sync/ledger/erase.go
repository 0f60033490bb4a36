package ledger

import "slices"

// Erasure says which personal values of a record an order destroys: those of
// Fields in every op before the order itself, which may lie in its commit.
type Erasure struct {
	Record RecordID
	Fields []string
	Before Dot
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
		index := -1
		for j := range c.Entries {
			for k := range c.Entries[j].Ops {
				index++
				stored := &c.Entries[j].Ops[k]
				at := Dot{c.Seq, index}
				if len(stored.Personal) == 0 || at.Compare(e.Before) >= 0 {
					continue
				}
				op := stored.Open()
				if op.Record != e.Record {
					continue
				}
				for l := range stored.Personal {
					p := &stored.Personal[l]
					field := p.field(&op)
					if !slices.Contains(e.Fields, field) || p.Erased {
						continue
					}
					if first[field] == nil {
						first[field] = map[Value]Dot{}
					}
					if _, ok := first[field][p.Value]; !ok {
						first[field][p.Value] = at
					}
					places = append(places, place{i, p, first[field][p.Value]})
				}
			}
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
