package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// entry is a record, and where it stands.
type entry struct {
	ref    ledger.Ref // Invariant: Unit is set
	record *ledger.Record
}

// tally knows which records of several ledgers count.
type tally struct {
	members map[ledger.UnitID]*Member
	records map[ledger.Ref]*ledger.Record
	byKind  map[ledger.Kind][]entry // in order of unit and record
	// disputed are those with a conflict that nobody has settled, in the same order.
	disputed map[ledger.Kind][]entry
	group    map[ledger.Ref]ledger.Ref
	elected  map[ledger.Ref]ledger.Ref // of each group of copies, the one that counts; none where none may
}

func newTally(members []Member) *tally {
	t := &tally{
		members: map[ledger.UnitID]*Member{},
		records: map[ledger.Ref]*ledger.Record{}, byKind: map[ledger.Kind][]entry{}, disputed: map[ledger.Kind][]entry{},
		group: map[ledger.Ref]ledger.Ref{}, elected: map[ledger.Ref]ledger.Ref{},
	}
	for i := range members {
		m := &members[i]
		t.members[m.Unit] = m
		for r := range m.State.Records() {
			ref := ledger.Ref{Unit: m.Unit, Record: r.ID}
			t.records[ref] = r
			t.byKind[r.Kind] = append(t.byKind[r.Kind], entry{ref, r})
		}
	}
	for kind, entries := range t.byKind {
		slices.SortFunc(entries, func(a, b entry) int { return compareRefs(a.ref, b.ref) })
		for _, e := range entries {
			if len(e.record.Conflicts()) > 0 {
				t.disputed[kind] = append(t.disputed[kind], e)
			}
		}
	}
	t.chooseCounted()
	return t
}

func compareRefs(a, b ledger.Ref) int {
	return cmp.Or(strings.Compare(string(a.Unit), string(b.Unit)), a.Record.Compare(b.Record))
}

// original returns the record that another is linked to as a copy. A link to a
// record of another kind is not one: copies tell the same thing.
func (t *tally) original(copied ledger.Ref) (ledger.Ref, bool) {
	r := t.records[copied]
	if r == nil {
		return ledger.Ref{}, false
	}
	ref, linked := r.DuplicateOf()
	if !linked {
		return ledger.Ref{}, false
	}
	ref = ref.In(copied.Unit)
	if target := t.records[ref]; target != nil && target.Kind != r.Kind {
		return ledger.Ref{}, false
	}
	return ref, true
}

// chooseCounted finds the groups of copies and chooses in each the one that counts.
//
// A record has one link at most, so that every group has either one root, the
// record that is a copy of nothing, or one circle: two links that were made at
// once in two ledgers may close one. The root counts. Where there is none, or
// it may not count, or it stands in a ledger that is not part of the report,
// the first countable member does, by unit and id: meaningless, but the same
// everywhere. No gift is left out because it was recorded twice.
func (t *tally) chooseCounted() {
	members := map[ledger.Ref][]ledger.Ref{}
	for _, entries := range t.byKind {
		for _, e := range entries {
			if _, linked := t.original(e.ref); linked {
				t.join(e.ref)
			}
		}
	}
	for ref, name := range t.group {
		members[name] = append(members[name], ref)
	}
	for name, group := range members {
		if _, linked := t.original(name); !linked && t.countable(name) {
			t.elected[name] = name
			continue
		}
		slices.SortFunc(group, compareRefs)
		if i := slices.IndexFunc(group, t.countable); i >= 0 {
			t.elected[name] = group[i]
		}
	}
}

// join names the group of a linked record, and of all on the way from it. A
// group is named by its root, or by the first member of its circle.
func (t *tally) join(ref ledger.Ref) {
	var way []ledger.Ref
	onWay := map[ledger.Ref]int{}
	name := ref
	for {
		if known, ok := t.group[name]; ok {
			name = known
			break
		}
		if from, ok := onWay[name]; ok {
			name = slices.MinFunc(way[from:], compareRefs)
			break
		}
		onWay[name] = len(way)
		way = append(way, name)
		next, linked := t.original(name)
		if !linked {
			break
		}
		name = next
	}
	for _, ref := range way {
		t.group[ref] = name
	}
}

// within reports whether a unit was one on a day.
func (t *tally) within(unit ledger.UnitID, d string) bool {
	return d != "" && t.members[unit].inTime(d)
}

func (t *tally) countable(ref ledger.Ref) bool {
	r := t.records[ref]
	return r != nil && r.Countable()
}

// counts reports whether a record counts, for itself and for its copies.
func (t *tally) counts(e entry) bool {
	if name, grouped := t.group[e.ref]; grouped {
		return t.elected[name] == e.ref
	}
	return e.record.Countable()
}

// mayCount reports whether a record counts, or would if the conflicts about it
// as a whole went another way.
func (t *tally) mayCount(e entry) bool {
	if t.counts(e) {
		return true
	}
	name, grouped := t.group[e.ref]
	_, led := t.elected[name]
	if grouped && led && !e.record.InConflict(ledger.Link) && !slices.ContainsFunc(e.record.Conflicts(), isDistinct) {
		return false // a copy, and nobody says otherwise
	}
	if e.record.Countable() {
		return true
	}
	return anyStanding(e.record, ledger.Lifecycle, func(v ledger.Value) bool { return v != removed }) &&
		anyStanding(e.record, ledger.Review, func(v ledger.Value) bool {
			state, _ := v.Get("state")
			return state != ledger.Text(ledger.Returned)
		})
}

// removed is what the lifecycle of a removed record says.
const removed ledger.Value = `"removed"`

// anyStanding reports whether a register says nothing, or one of its
// siblings is good.
func anyStanding(r *ledger.Record, register string, good func(ledger.Value) bool) bool {
	writes := r.Register(register)
	return len(writes) == 0 || slices.ContainsFunc(writes, func(w ledger.Write) bool { return good(w.Value) })
}

func isDistinct(register string) bool { return strings.HasPrefix(register, ledger.Distinct) }

// reversals tells what the entries of the fund come to as of a day: which were
// reversed by then, and which reversals stand. A reversal stands when the entry
// that it cancels counts: cancelling a copy takes nothing away, because the
// copy added nothing.
func (t *tally) reversals(asOf string) (reversed, standing map[ledger.Ref]bool) {
	reversed, standing = map[ledger.Ref]bool{}, map[ledger.Ref]bool{}
	for _, e := range t.byKind[form.KindFund] {
		target, r := t.reverses(e.ref, current(e.record))
		if r == nil || !t.counts(e) || e.record.Text("date") > asOf || !t.counts(entry{target, r}) || r.Text("date") > asOf {
			continue
		}
		reversed[target], standing[e.ref] = true, true
	}
	return reversed, standing
}

// reverses returns the entry of the fund that another cancels; nil where there
// is none.
func (t *tally) reverses(ref ledger.Ref, v values) (ledger.Ref, *ledger.Record) {
	target, err := ledger.ParseRef(v("reverses"))
	if err != nil {
		return target, nil
	}
	target = target.In(ref.Unit)
	if r := t.records[target]; r != nil && r.Kind == form.KindFund {
		return target, r
	}
	return target, nil
}

// entryDay is the day by which an entry of the fund is in the time of its unit:
// of a reversal, that of the entry which it cancels. Where the unit has come to
// an end between the two, they still count together.
func (t *tally) entryDay(ref ledger.Ref, v values) string {
	if _, r := t.reverses(ref, v); r != nil {
		return r.Text("date")
	}
	return v.text("date")
}
