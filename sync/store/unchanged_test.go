package store_test

import (
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// TestUnchanged: a head is where a ledger stands until anybody's next commit, on
// whatever server, and one that looks like it is not. A unit that is not in memory
// is not loaded for the answer.
func TestUnchanged(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s, other := h.server(), h.server()
		a, b := newPhone(t, "A"), newPhone(t, "B")
		first := a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1).Head
		check := func(what string, head ledger.Head, want bool) {
			t.Helper()
			if got := s.Unchanged(t.Context(), village, head); got != want {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		check("its head", first, true)
		check("an empty ledger", ledger.Head{}, false)
		check("another log", ledger.Head{Log: "elsewhere", Seq: 1, Hash: first.Hash}, false)
		check("another hash, as after a restore", ledger.Head{Log: first.Log, Seq: 1, Hash: ledger.Hash{1}}, false)
		check("beyond it", ledger.Head{Log: first.Log, Seq: 2, Hash: first.Hash}, false)
		if other.Unchanged(t.Context(), village, first) {
			t.Error("a server that has not loaded the unit knows of it")
		}
		second := b.mustPush(other, b.edit(id(2), 0, meeting(2)), 1).Head
		check("before another server's commit", first, false)
		check("that commit, which was not read yet", second, false)
		if _, err := s.Head(t.Context(), village); err != nil {
			t.Fatal(err)
		}
		check("that commit", second, true)
	})
}
