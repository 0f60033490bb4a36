package store_test

import (
	"errors"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestProjectionOfAnotherMoment puts the ledger of one backup and the rows and
// streams of another into one database, as somebody might who restores
// collections one by one. The server notices and makes them again.
func TestProjectionOfAnotherMoment(t *testing.T) {
	first := memory.New()
	h := &host{t, first}
	a, b := newPhone(t, "A"), newPhone(t, "B")
	s := h.server()
	for i := range 4 {
		a.edit(id(i), 0, meeting(i))
	}
	a.mustPush(s, 1, 4)
	mustAgree(t, h, s)
	early := first.Clone()

	// From here history goes on in two ways, which meet in the seqs.
	goOn := func(db *memory.DB, edits ...func(p *phone)) {
		h := &host{t, db}
		s := h.server()
		for _, edit := range edits {
			p := newPhone(t, b.device)
			edit(p)
			p.mustPush(s, 1, uint64(len(p.ops)))
		}
		mustAgree(t, h, s)
	}
	other := early.Clone()
	goOn(first, func(p *phone) { p.edit(id(7), 0, meeting(7)); p.edit(id(1), 0, `{"attendance":70}`) })
	goOn(other, func(p *phone) { p.edit(id(8), 0, meeting(8)); p.edit(id(2), 0, `{"attendance":80}`) })

	snapshot := func(db *memory.DB) store.Projection {
		p, err := db.Snapshot(t.Context(), village)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, c := range map[string]struct {
		ledger *memory.DB
		of     store.Projection
		head   ledger.Head
	}{
		"rows of another history":       {first, snapshot(other), ledger.Head{}},
		"rows of another, a head of it": {first, snapshot(other), snapshot(first).Head},
		"rows of an earlier moment":     {first, snapshot(early), snapshot(first).Head},
		"rows of a later moment":        {early, snapshot(first), snapshot(early).Head},
		"streams alone":                 {first, store.Projection{Streams: snapshot(other).Streams}, ledger.Head{}},
		"a head alone":                  {first, store.Projection{}, snapshot(first).Head},
		"all of this moment":            {first, snapshot(first), snapshot(first).Head},
	} {
		t.Run(name, func(t *testing.T) {
			db := c.ledger.Clone()
			if err := db.Unproject(t.Context(), village); err != nil {
				t.Fatal(err)
			}
			c.of.Head = c.head
			if err := db.Project(t.Context(), village, c.of); err != nil {
				t.Fatal(err)
			}
			h := &host{t, db}
			s := h.server()
			mustAgree(t, h, s)
			if a := a.mustPush(s, 1, 4); a.Through != 4 {
				t.Errorf("acknowledged through %d", a.Through)
			}
		})
	}
}

// A read that misses the newest commits, while a server loads the unit, is no
// proof that the lists of other servers are of another ledger: they stay.
func TestOlderReadsWhileLoading(t *testing.T) {
	for name, cut := range map[string]bool{"the projected head is newer": false, "rows are newer, for their projection was cut off": true} {
		t.Run(name, func(t *testing.T) {
			db := memory.New()
			var broken, older atomic.Bool
			db.SetFaults(func(op, _ string) memory.Fault {
				switch {
				case op == memory.OpPutHead && broken.Load():
					return memory.Unapplied
				case op == memory.OpCommits && older.Load():
					return memory.Older
				}
				return memory.None
			})
			h := &host{t, db}
			p, s := newPhone(t, "A"), h.server()
			p.edit(id(0), 0, meeting(0))
			p.mustPush(s, 1, 1)
			mustAgree(t, h, s)
			broken.Store(cut)
			for range 3 {
				n := p.edit(id(len(p.ops)), 0, meeting(len(p.ops)))
				p.mustPush(s, n, n)
			}
			if err := s.Settle(t.Context(), []ledger.UnitID{village}); (err != nil) != cut {
				t.Fatal(err)
			}
			before, err := db.Snapshot(t.Context(), village)
			if err != nil {
				t.Fatal(err)
			}

			older.Store(true)
			if _, err := h.server().Changes(t.Context(), village, store.Pulled{}, 10, 0); !errors.Is(err, store.ErrOlder) {
				t.Errorf("a pull: %v", err)
			}
			if after, err := db.Snapshot(t.Context(), village); err != nil || !reflect.DeepEqual(after, before) {
				t.Errorf("the lists, %v: %+v, before: %+v", err, after, before)
			}
			older.Store(false)
			broken.Store(false)
			mustAgree(t, h, h.server())
		})
	}
}

// The next version of the program makes again what an older one projected.
func TestProjectionOfAnotherVersion(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a := newPhone(t, "A")
		for i := range 4 {
			a.edit(id(i), 0, meeting(i))
		}
		a.mustPush(s, 1, 4)
		mustAgree(t, h, s)
		restart := func() {
			t.Helper()
			if err := h.server().Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		restart() // which notes this version
		old, err := h.backend.Snapshot(t.Context(), village)
		if err != nil {
			t.Fatal(err)
		}
		for i := range old.Rows {
			old.Rows[i].Words = []string{"khac"}
		}
		if err := h.backend.Unproject(t.Context(), village); err != nil {
			t.Fatal(err)
		}
		if err := h.backend.Project(t.Context(), village, old); err != nil {
			t.Fatal(err)
		}
		found := func(word string) int {
			t.Helper()
			rows, err := h.backend.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, Words: []string{word}, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			return len(rows)
		}
		if restart(); found("khac") != 4 {
			t.Error("what this version made was made again")
		}
		makeOlder(t, h.backend)
		if restart(); found("khac") != 0 || found("diem") != 4 {
			t.Error("what an older version made was kept")
		}
		mustAgree(t, h, h.server())
	})
}
