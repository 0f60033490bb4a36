package accounts

import (
	"cmp"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Tree is all units as they stand to each other.
type Tree struct {
	units map[ledger.UnitID]store.Stored[Unit]
	below map[ledger.UnitID][]ledger.UnitID
	// replaced are the units whose place a unit took.
	replaced map[ledger.UnitID][]ledger.UnitID
	// members are the units that are in a unit, or once were.
	members map[ledger.UnitID][]ledger.UnitID
	all     []ledger.UnitID // in order
}

// NewTree arranges units.
func NewTree(units []store.Stored[Unit]) *Tree {
	t := &Tree{units: map[ledger.UnitID]store.Stored[Unit]{}, below: map[ledger.UnitID][]ledger.UnitID{}, replaced: map[ledger.UnitID][]ledger.UnitID{}, members: map[ledger.UnitID][]ledger.UnitID{}}
	for _, u := range units {
		t.units[u.Value.ID] = u
		t.all = append(t.all, u.Value.ID)
		if u.Value.Parent != "" {
			t.below[u.Value.Parent] = append(t.below[u.Value.Parent], u.Value.ID)
		}
		for _, m := range u.Value.memberships() {
			if !slices.Contains(t.members[m.parent], u.Value.ID) {
				t.members[m.parent] = append(t.members[m.parent], u.Value.ID)
			}
		}
		if u.Value.Successor != "" {
			t.replaced[u.Value.Successor] = append(t.replaced[u.Value.Successor], u.Value.ID)
		}
	}
	slices.Sort(t.all)
	return t
}

// Existing returns those of the units that there are, in order.
func (t *Tree) Existing(units []ledger.UnitID) []ledger.UnitID {
	var list []ledger.UnitID
	for _, unit := range units {
		if _, ok := t.units[unit]; ok {
			list = append(list, unit)
		}
	}
	return SortUnits(list)
}

// Subtree returns the units and all below them, in order.
func (t *Tree) Subtree(units []ledger.UnitID) []ledger.UnitID {
	return closure(units, func(u ledger.UnitID) []ledger.UnitID { return t.below[u] })
}

// Members returns the units that a unit's report is made of, in order: what
// is in it or was for a time, and what it or one of them took the place
// of. Their ValidFrom and ValidTo are the days on which they belonged to it, from
// the first to the last. A report of 2024 to 2029 of a commune that was merged in
// 2025 is made of the communes before it too; one of 2019 to 2024 of the old
// commune, of that alone. There are none where there is no such unit.
func (t *Tree) Members(unit ledger.UnitID) []Unit {
	whole, ok := t.units[unit]
	if !ok {
		return nil
	}
	found := map[ledger.UnitID]Unit{unit: whole.Value}
	for todo := []ledger.UnitID{unit}; len(todo) > 0; {
		of := found[todo[0]]
		todo = todo[1:]
		add := func(u Unit) {
			known, again := found[u.ID]
			if again {
				u = joined(known, u)
			}
			if again && u.ValidFrom == known.ValidFrom && u.ValidTo == known.ValidTo || u.ID == unit {
				return
			}
			found[u.ID] = u
			todo = append(todo, u.ID)
		}
		for _, id := range t.members[of.ID] {
			u := t.units[id].Value
			for _, m := range u.memberships() {
				if m.parent != of.ID {
					continue
				}
				u := u
				u.ValidFrom, u.ValidTo = max(m.from, of.ValidFrom), earlier(m.to, of.ValidTo)
				if u.ValidTo == "" || u.ValidFrom <= u.ValidTo {
					add(u)
				}
			}
		}
		for _, id := range t.replaced[of.ID] {
			add(t.units[id].Value)
		}
	}
	list := make([]Unit, 0, len(found))
	for _, u := range found {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b Unit) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// joined is a unit over both of its times, and what lies between.
func joined(a, b Unit) Unit {
	a.ValidFrom = min(a.ValidFrom, b.ValidFrom)
	if a.ValidTo == "" || b.ValidTo == "" {
		a.ValidTo = ""
	} else {
		a.ValidTo = max(a.ValidTo, b.ValidTo)
	}
	return a
}

// earlier returns the earlier of two last days; "" is none.
func earlier(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// closure returns the units and all that next leads to, in order.
func closure(units []ledger.UnitID, next func(ledger.UnitID) []ledger.UnitID) []ledger.UnitID {
	seen := map[ledger.UnitID]bool{}
	var list []ledger.UnitID
	for todo := slices.Clone(units); len(todo) > 0; {
		unit := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[unit] {
			seen[unit] = true
			list = append(list, unit)
			todo = append(todo, next(unit)...)
		}
	}
	return SortUnits(list)
}

// Replaced returns the units whose place a unit took, in order.
func (t *Tree) Replaced(unit ledger.UnitID) []ledger.UnitID {
	return SortUnits(slices.Clone(t.replaced[unit]))
}

// Unit returns a unit, if there is one.
func (t *Tree) Unit(id ledger.UnitID) (store.Stored[Unit], bool) {
	u, ok := t.units[id]
	return u, ok
}

// All returns the units in order. The list is shared: it must not be changed.
func (t *Tree) All() []ledger.UnitID { return t.all }

// Above returns a unit and those that it lies in, from below.
func (t *Tree) Above(unit ledger.UnitID) []ledger.UnitID {
	var list []ledger.UnitID
	for next := unit; next != "" && !slices.Contains(list, next); next = t.units[next].Value.Parent {
		if _, ok := t.units[next]; !ok {
			break
		}
		list = append(list, next)
	}
	return list
}

// Communes returns the communes that the units lie in, in order, without those
// that are named themselves.
func (t *Tree) Communes(units []ledger.UnitID) []ledger.UnitID {
	var list []ledger.UnitID
	for _, unit := range units {
		if t.units[unit].Value.Level != Village {
			continue
		}
		// Villages may lie in villages; a ring of them, which nothing should
		// have stored, ends the search.
		above := t.units[unit].Value.Parent
		for range len(t.units) {
			if t.units[above].Value.Level != Village {
				break
			}
			above = t.units[above].Value.Parent
		}
		if t.units[above].Value.Level == Commune && !slices.Contains(units, above) {
			list = append(list, above)
		}
	}
	return SortUnits(list)
}

// SortUnits puts units in order, each once.
func SortUnits(units []ledger.UnitID) []ledger.UnitID {
	slices.Sort(units)
	return slices.Compact(units)
}
