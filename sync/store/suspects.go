package store

import (
	"cmp"
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Suspect is another record that seems to tell the same thing.
type Suspect struct {
	Of ledger.RecordID
	form.Match
}

// suspects looks for live records of the unit that seem to say the same thing
// as one of the given. Denunciations are always left out: a phone would
// learn of one. The caller holds mu.
func (f *fold) suspects(records []*ledger.Record) map[ledger.RecordID][]Suspect {
	var all map[ledger.RecordID][]Suspect
	for _, r := range records {
		if form.Confidential(r) {
			continue
		}
		if list := suspectsOf(f.state, &f.index, r); len(list) > 0 {
			if all == nil {
				all = map[ledger.RecordID][]Suspect{}
			}
			all[r.ID] = list
		}
	}
	return all
}

// suspectsOf lists them, the most likely first, at most [maxAlike].
func suspectsOf(state *ledger.State, index *index[ledger.Place], r *ledger.Record) []Suspect {
	var list []Suspect
	for _, key := range keysOf(r) {
		if n := index.shared(key); n < 2 || n > maxAlike {
			continue
		}
		index.alike(key, func(at ledger.Place) {
			id := state.At(at)
			if id == r.ID || slices.ContainsFunc(list, func(s Suspect) bool { return s.Of == id }) {
				return
			}
			other := state.Record(id)
			if form.Confidential(other) {
				return
			}
			if match, ok := form.Alike(other, r); ok {
				list = append(list, Suspect{id, match})
			}
		})
	}
	slices.SortFunc(list, func(a, b Suspect) int { return cmp.Or(cmp.Compare(b.Score, a.Score), a.Of.Compare(b.Of)) })
	return list[:min(len(list), maxAlike)]
}
