package store_test

import (
	"context"
	"errors"
	"fmt"
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
		var unread error
		err = store.VerifyAll(t.Context(), db, func(v store.Verified) {
			damage, unread = v.Damage, errors.Join(unread, v.Unread)
		})
		return damage, errors.Join(err, unread)
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

// unreadableUnit has a unit of which nothing can be read.
type unreadableUnit struct {
	store.Backend
	unit ledger.UnitID
}

func (b *unreadableUnit) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	if unit == b.unit {
		return nil, errors.New("the disk is damaged here")
	}
	return b.Backend.Commits(ctx, unit, after, limit)
}

// A ledger that cannot be read keeps no other from being checked; a check that is
// called off says so.
func TestVerifyGoesOnBehindWhatCannotBeRead(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		units := []ledger.UnitID{"21133-01-20040101", "21133-02-20040101", "21133-03-20040101"}
		for _, unit := range units {
			pushTo(t, s, unit, 1)
		}
		tell := func() {}
		check := func(ctx context.Context) (said []string, err error) {
			err = store.VerifyAll(ctx, &unreadableUnit{h.backend, units[1]}, func(v store.Verified) {
				said = append(said, fmt.Sprint(v.Unit, v.Head.Seq, v.Damage != nil, v.Unread != nil))
				tell()
			})
			return said, err
		}
		said, err := check(t.Context())
		want := fmt.Sprint([]string{fmt.Sprint(units[0], 1, false, false), fmt.Sprint(units[1], 0, false, true), fmt.Sprint(units[2], 1, false, false)})
		if err != nil || fmt.Sprint(said) != want {
			t.Errorf("%v, %v; want %s", said, err, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		tell = cancel // after the first
		if said, err := check(ctx); err == nil || len(said) != 1 {
			t.Errorf("a check that was called off: %v, %v", said, err)
		}
	})
}
