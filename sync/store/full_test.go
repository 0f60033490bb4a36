package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// maxStored is what the row of a record that is full may take, in bytes: far
// below the 16 MiB of a document of MongoDB.
const maxStored = 4 << 20

func storedRow(t *testing.T, h *host, s *store.Store, record ledger.RecordID) []byte {
	t.Helper()
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	rows, err := h.backend.Query(t.Context(), store.Query{Units: []ledger.UnitID{village}, IDs: []ledger.RecordID{record}, Limit: 1})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[0].Body
}

// TestSiblingsAreBounded has one person install the app again and again, each
// time writing to one record without having seen what stands there. The record
// fills up by verdict, is stored, and can still be settled.
func TestSiblingsAreBounded(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		first := newPhone(t, "A")
		first.mustPush(s, first.edit(id(1), 0, meeting(1)), 1)
		const installations = 150
		full := 0
		for n := range installations {
			p := newPhone(t, "A")
			p.epoch = uint32(n + 2)
			a := p.mustPush(s, p.edit(id(1), 0, fmt.Sprintf(`{"opinions":%d}`, n+1)), 1)
			if v := a.Results[0]; v.Code == form.FaultRecordFull {
				full++
			}
		}
		if full == 0 {
			t.Errorf("none of %d versions side by side was refused", installations)
		}
		if n := len(storedRow(t, h, s, id(1))); n > maxStored {
			t.Errorf("the record takes %d bytes", n)
		}
		r, err := s.Record(t.Context(), village, id(1))
		if err != nil {
			t.Fatal(err)
		}
		desk := staff(t, "desk")
		sees := ""
		for _, w := range r.Register("opinions") {
			if sees != "" {
				sees += ","
			}
			sees += fmt.Sprintf("%q", w.Dot)
		}
		head, err := s.Head(t.Context(), village)
		if err != nil {
			t.Fatal(err)
		}
		n := desk.write(id(1), form.KindMeeting, ledger.ActionResolve, head.Seq, `,"field":"opinions","value":7,"sees":[`+sees+`]`)
		if got := statuses(desk.mustPush(s, n, n)); got != "accepted" && got != "conflict" {
			t.Errorf("the full record cannot be settled: %s", got)
		}
		if r, err = s.Record(t.Context(), village, id(1)); err != nil || r.InConflict("opinions") || r.Int("opinions") != 7 {
			t.Errorf("after the resolve: %v, %v", r.Register("opinions"), err)
		}
		mustAgree(t, h, s)
	})
}

// TestRemovalsAreBounded removes one record again and again.
func TestRemovalsAreBounded(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a := newPhone(t, "A")
		a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
		full := 0
		for range 8 {
			from := uint64(len(a.ops) + 1)
			for range 500 {
				a.write(id(1), form.KindMeeting, ledger.ActionRemove, 0, "")
			}
			for _, v := range a.mustPush(s, from, uint64(len(a.ops))).Results {
				if v.Code == form.FaultRecordFull {
					full++
				}
			}
		}
		r, err := s.Record(t.Context(), village, id(1))
		if err != nil {
			t.Fatal(err)
		}
		if w := r.Weight(); full < 3800 || w.Removals > 200 {
			t.Errorf("%d of 4000 removals refused, the record keeps %d", full, w.Removals)
		}
		if n := len(storedRow(t, h, s, id(1))); n > maxStored {
			t.Errorf("the record takes %d bytes", n)
		}
		mustAgree(t, h, s)
	})
}

// TestCommitsFitTheDatabase has three phones push at once what takes the most room for what
// is sent: ops of nothing but short fields, each of which is stored apart since all are
// refused. No commit comes near the 16 MiB of a document of MongoDB.
func TestCommitsFitTheDatabase(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var set strings.Builder
	for n := 0; set.Len() < ledger.MaxOpBytes-300; n++ {
		name := ""
		for i := n; name == "" || i > 0; i /= len(letters) {
			name += letters[i%len(letters):][:1]
		}
		fmt.Fprintf(&set, `,"%s":1`, name)
	}
	db := memory.New()
	release := make(chan struct{})
	s := openStore(t, db, func(o *store.Options) {
		o.Deadline = time.Minute
		o.Go = func(work func()) {
			go func() {
				<-release
				work()
			}()
		}
	})
	const phones, ops = 3, 15
	answers := make(chan error, phones)
	for i := range phones {
		p := newPhone(t, ledger.DeviceID(fmt.Sprint("d", i)))
		for range ops {
			p.edit(id(1), 0, "{"+set.String()[1:]+"}")
		}
		go func() {
			_, err := p.push(s, 1, ops)
			answers <- err
		}()
		for s.QueueDepth() <= i {
			time.Sleep(time.Millisecond)
		}
	}
	close(release)
	for range phones {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	stored := 0
	for after := ledger.Seq(0); ; {
		commits, err := db.Commits(t.Context(), village, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(commits) == 0 {
			break
		}
		c := commits[0]
		if n := len(c.AppendJSON(nil)); n > 12<<20 {
			t.Errorf("commit %d takes %d bytes", c.Seq, n)
		}
		for i := range c.Entries {
			stored += len(c.Entries[i].Ops)
		}
		after = c.Seq
	}
	if stored != phones*ops {
		t.Errorf("%d ops are stored, want %d", stored, phones*ops)
	}
}
