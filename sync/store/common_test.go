package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
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

// TestManyEpochs asks for the epochs of a device that signs in afresh day after
// day: each of the newest thousand is named, or its ops would be sent again.
func TestManyEpochs(t *testing.T) {
	h := &host{t, memory.New()}
	s := h.server()
	a := newPhone(t, "A")
	const all = 1100
	for epoch := uint32(1); epoch <= all; epoch++ {
		a.epoch, a.ops = epoch, nil
		if epoch > 80 && epoch%100 != 0 && epoch < all-3 {
			continue
		}
		a.mustPush(s, a.edit(id(int(epoch)), 0, meeting(int(epoch))), 1)
	}
	epochs, err := s.Epochs(t.Context(), village, "A")
	if err != nil {
		t.Fatal(err)
	}
	named := map[uint32]bool{}
	for _, e := range epochs {
		named[e.Epoch] = true
	}
	for epoch := uint32(all - 1000); epoch <= all; epoch++ {
		if wrote := epoch%100 == 0 || epoch >= all-3; named[epoch] != wrote {
			t.Errorf("epoch %d is named: %v, it wrote: %v", epoch, named[epoch], wrote)
		}
	}
	for epoch := uint32(1); epoch <= 76; epoch++ { // within a known bound
		if named[epoch] {
			t.Fatalf("epoch %d is named of %d", epoch, all)
		}
	}
	b := newPhone(t, "B")
	for epoch := uint32(1); epoch <= 80; epoch++ {
		b.epoch, b.ops = epoch, nil
		b.mustPush(s, b.edit(id(2000+int(epoch)), 0, meeting(int(epoch))), 1)
	}
	if epochs, err := s.Epochs(t.Context(), village, "B"); err != nil || len(epochs) != 80 {
		t.Errorf("%d of 80 epochs are named, %v", len(epochs), err)
	}
}
