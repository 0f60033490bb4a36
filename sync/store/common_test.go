package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// A device whose cursor is not in the ledger gets the last of the heads it
// names that is, in any order of naming them, and how far the ledger has each
// of its epochs.
func TestDivergedTellsWhatIsShared(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, b := newPhone(t, "A"), newPhone(t, "B")
		var heads []ledger.Head
		for i := range 3 {
			n := a.edit(id(i), 0, meeting(i))
			heads = append(heads, a.mustPush(s, n, n).Head)
		}
		a.epoch, a.ops = 2, nil
		for i := range 2 {
			n := a.edit(id(10+i), 0, meeting(10+i))
			heads = append(heads, a.mustPush(s, n, n).Head)
		}
		b.mustPush(s, b.edit(id(20), 0, meeting(20)), 1)

		// What the device had seen beyond the third commit went another way.
		other := func(seq ledger.Seq) ledger.Head {
			return ledger.Head{Log: heads[0].Log, Seq: seq, Hash: ledger.Hash{byte(seq)}}
		}
		for _, c := range []struct {
			name    string
			earlier []ledger.Head
			common  ledger.Seq
		}{
			{"nothing named", nil, 0},
			{"all that is shared", []ledger.Head{other(5), heads[2], heads[0], other(4), heads[1]}, 3},
			{"sparse heads", []ledger.Head{heads[0], other(4), other(60)}, 1},
			{"nothing shared", []ledger.Head{other(1), other(2)}, 0},
			{"of another log", []ledger.Head{{Log: "elsewhere", Seq: 2, Hash: heads[1].Hash}}, 0},
		} {
			_, err := s.Changes(t.Context(), village, store.Pulled{Head: other(5), Earlier: c.earlier}, 10, 0)
			var diverged *store.DivergedError
			if !errors.As(err, &diverged) || diverged.Common != c.common {
				t.Errorf("%s: %v, common %+v, want %d", c.name, err, diverged, c.common)
			}
		}
		epochs, err := s.Epochs(t.Context(), village, "A")
		if got, want := fmt.Sprint(epochs), "[{1 3} {2 2}]"; err != nil || got != want {
			t.Errorf("the epochs are %s, %v; want %s", got, err, want)
		}
		for epoch, want := range map[uint32]uint64{1: 4, 2: 3, 3: 1} {
			if got := store.Expected(epochs, epoch); got != want {
				t.Errorf("expected %d in epoch %d, want %d", got, epoch, want)
			}
		}
		if none, err := s.Epochs(t.Context(), village, "nobody"); err != nil || len(none) != 0 {
			t.Errorf("of a device that wrote nothing: %v, %v", none, err)
		}
		head := other(5)
		a.head = &head
		_, err = a.push(s, 2, 2)
		var diverged *store.DivergedError
		if !errors.As(err, &diverged) || diverged.Expected != 3 || fmt.Sprint(diverged.Epochs) != fmt.Sprint(epochs) {
			t.Errorf("a push: %v, %+v", err, diverged)
		}
	})
}
