package store_test

import (
	"errors"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// An end that was cut off is found by the lists that were made from it. A read
// that misses the newest commits is no such end.
func TestVerifyFindsTheEnd(t *testing.T) {
	whole := memory.New()
	h := &host{t, whole}
	s, p := h.server(), newPhone(t, "A")
	push := func(i int) {
		p.edit(id(i), 0, meeting(i))
		p.mustPush(s, uint64(i), uint64(i))
		mustAgree(t, h, s)
	}
	push(1)
	short := whole.Clone()
	push(2)
	verify := func(db *memory.DB) (damage *ledger.Damage, err error) {
		err = store.VerifyAll(t.Context(), db, func(v store.Verified) { damage = v.Damage })
		return damage, err
	}
	if damage, err := verify(whole); damage != nil || err != nil {
		t.Errorf("the whole ledger: %v, %v", damage, err)
	}

	lists, err := whole.Snapshot(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	if err := short.Project(t.Context(), village, lists); err != nil {
		t.Fatal(err)
	}
	if damage, err := verify(short); err != nil || damage == nil || damage.Seq != 2 {
		t.Errorf("a ledger without its end: %v, %v", damage, err)
	}

	whole.SetFaults(olderReads)
	if damage, err := verify(whole); damage != nil || !errors.Is(err, store.ErrOlder) {
		t.Errorf("reads of what was before: %v, %v", damage, err)
	}
}
