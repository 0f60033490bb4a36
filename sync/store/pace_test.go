package store_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// TestPaceIsBounded has one person write to one record all day, in batches of
// any size and over two servers. What goes beyond is refused and kept; others
// and other records are not concerned, and the next day it goes on.
func TestPaceIsBounded(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		var later atomic.Int64
		clock := func(o *store.Options) {
			o.Now = func() time.Time { return day.Add(time.Duration(later.Load())) }
		}
		s := openStore(t, h.backend, clock)
		a, b := newPhone(t, "A"), newPhone(t, "B")
		write := func(p *phone, s *store.Store, record ledger.RecordID, times int) (taken int, codes string) {
			t.Helper()
			from := uint64(len(p.ops) + 1)
			for range times {
				p.edit(record, 0, meeting(len(p.ops)))
			}
			for _, v := range p.mustPush(s, from, uint64(len(p.ops))).Results {
				if v.Status != ledger.Rejected {
					taken++
				} else if !strings.Contains(codes, v.Code) {
					codes += v.Code
				}
			}
			return taken, codes
		}
		const most = 200
		total := 0
		for _, times := range []int{1, 1, 100} {
			n, _ := write(a, s, id(1), times)
			total += n
		}
		if total != 102 {
			t.Fatalf("%d of 102 taken", total)
		}
		if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
			t.Fatal(err)
		}
		next := openStore(t, h.backend, clock) // knows what the database keeps
		later.Store(int64(23 * time.Hour))
		n, codes := write(a, next, id(1), 300)
		if total += n; total != most+1 || codes != form.FaultRecordPace {
			t.Errorf("%d taken in a day, want %d and the creation; refused for %q", total, most, codes)
		}
		if n, codes = write(a, next, id(1), 1); n != 0 || codes != form.FaultRecordPace {
			t.Errorf("one more: %d taken, %q", n, codes)
		}
		if n, codes = write(a, next, id(2), 2); n != 2 {
			t.Errorf("another record: %d taken, %q", n, codes)
		}
		if n, codes = write(b, next, id(1), 2); n != 2 {
			t.Errorf("somebody else: %d taken, %q", n, codes)
		}
		kept := uint64(len(a.ops))
		first := statuses(a.mustPush(next, kept-200, kept))
		if again := statuses(a.mustPush(s, kept-200, kept)); again != first {
			t.Errorf("sent again the verdicts are %s, and were %s", again, first)
		}
		if v := mustVerify(t, h.backend); v.Ops() != len(a.ops)+len(b.ops) {
			t.Errorf("%d ops in the ledger, want %d", v.Ops(), len(a.ops)+len(b.ops))
		}
		later.Store(int64(24 * time.Hour))
		if n, codes = write(a, next, id(1), 2); n != 2 {
			t.Errorf("a day after the first change: %d taken, %q", n, codes)
		}
		desk := staff(t, "desk")
		if n, codes = write(desk, next, id(1), 450); n != 2*most || codes != form.FaultRecordPace {
			t.Errorf("staff: %d taken, %q", n, codes)
		}
		mustAgree(t, h, next)
	})
}
