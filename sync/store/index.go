package store

import (
	"hash/maphash"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// index finds records by what they say, for verdicts. Of a key it keeps a short
// hash: two keys that share one cost a comparison, for form.Alike has the last
// word.
//
// It is generic over what stands for a record: its place in the state, which is
// small, or for a commit that is being made its id.
type index[R comparable] struct {
	first    map[keyHash]R                // the record of a key, mostly the only one
	others   map[keyHash]map[R]struct{}   // further records of the key: they may be duplicates
	reversed map[ledger.RecordID]struct{} // fund entries that another reverses
}

type keyHash uint32

// maxAlike bounds the records that a push compares a record with, for each of
// its keys. A key that more records share means nothing: a proof number that is
// always "không", a name that half the village has. The desk's queue lists such
// records anyway, up to [MaxAlike] of them.
const maxAlike = 16

// seed makes keys that collide in one process not do so in the next.
var seed = maphash.MakeSeed()

func newIndex[R comparable]() index[R] {
	return index[R]{first: map[keyHash]R{}, others: map[keyHash]map[R]struct{}{}, reversed: map[ledger.RecordID]struct{}{}}
}

// set notes what a record says now. had are the keys that it stood under
// before, which the index itself does not remember.
func (x *index[R]) set(at R, r *ledger.Record, had, keys []keyHash) {
	for _, key := range had {
		x.drop(key, at)
	}
	for _, key := range keys {
		if _, taken := x.first[key]; !taken {
			x.first[key] = at
			continue
		}
		if x.others[key] == nil {
			x.others[key] = map[R]struct{}{}
		}
		x.others[key][at] = struct{}{}
	}
	if ref, ok := form.Reverses(r); ok {
		x.reversed[ref.Record] = struct{}{}
	}
}

func (x *index[R]) drop(key keyHash, at R) {
	others := x.others[key]
	if first, ok := x.first[key]; ok && first == at {
		if len(others) == 0 {
			delete(x.first, key)
			return
		}
		for at = range others { // any of them
			break
		}
		x.first[key] = at
	}
	if delete(others, at); len(others) == 0 {
		delete(x.others, key)
	}
}

// shared counts the records of a key.
func (x *index[R]) shared(key keyHash) int {
	if _, ok := x.first[key]; !ok {
		return 0
	}
	return 1 + len(x.others[key])
}

// alike calls consider with every record of a key.
func (x *index[R]) alike(key keyHash, consider func(R)) {
	if at, ok := x.first[key]; ok {
		consider(at)
	}
	for at := range x.others[key] {
		consider(at)
	}
}

// indexed is what one commit changes in an index.
type indexed struct {
	index[ledger.RecordID]                               // of the changed records alone
	had, keys              map[ledger.RecordID][]keyHash // of every changed record, before the commit and now
}

func newIndexed() *indexed {
	return &indexed{newIndex[ledger.RecordID](), map[ledger.RecordID][]keyHash{}, map[ledger.RecordID][]keyHash{}}
}

// before notes the keys of a record as the commit finds it; nil is one that it
// creates. It returns those that the record stands under now.
func (x *indexed) before(id ledger.RecordID, r *ledger.Record) []keyHash {
	if keys, changed := x.keys[id]; changed {
		return keys
	}
	had := keysOf(r)
	x.had[id] = had
	return had
}

// after notes what an op made of a record.
func (x *indexed) after(r *ledger.Record, keys []keyHash) {
	x.set(r.ID, r, x.keys[r.ID], keys)
	x.keys[r.ID] = keys
}

// liveKeys are the keys under which a record may be somebody's duplicate: none
// when it was removed, or is known to be a copy.
func liveKeys(r *ledger.Record) []string {
	if _, linked := r.DuplicateOf(); linked || r.Removed() {
		return nil
	}
	return form.SameKeys(r)
}

// keysOf are the hashes of a record's live keys; none of nil.
func keysOf(r *ledger.Record) []keyHash {
	if r == nil {
		return nil
	}
	keys := liveKeys(r)
	if len(keys) == 0 {
		return nil
	}
	hashes := make([]keyHash, len(keys))
	for i, key := range keys {
		hashes[i] = keyHash(maphash.String(seed, key))
	}
	return hashes
}
