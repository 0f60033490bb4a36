package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
	"github.com/sothon/sothon/sync/store/sqlite"
)

func TestMain(m *testing.M) { mongotest.Main(m) }

const village ledger.UnitID = "21133-01-20040101"

var day = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

// host runs servers over one database.
type host struct {
	t       testing.TB
	backend store.Backend
}

// onEvery runs a test over each database.
func onEvery(t *testing.T, test func(t *testing.T, h *host)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, &host{t, memory.New()}) })
	t.Run("sqlite", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), t.TempDir()+"/test.db")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, &host{t, db})
	})
	t.Run("mongo", func(t *testing.T) {
		db, err := mongo.Open(t.Context(), mongotest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, &host{t, db})
	})
}

var seeds atomic.Uint64

// server starts one more server on the database.
func (h *host) server() *store.Store {
	h.t.Helper()
	s := store.New(h.backend, store.Options{
		Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{byte(seeds.Add(1))}), Location: time.UTC,
		Deadline: 20 * time.Second,
	})
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			h.t.Error(err)
		}
	})
	return s
}

// phone keeps every op it ever made.
type phone struct {
	t      testing.TB
	device ledger.DeviceID
	epoch  uint32
	author store.Author
	ops    []string
	head   *ledger.Head
}

func newPhone(t testing.TB, device ledger.DeviceID) *phone {
	t.Helper()
	return &phone{t: t, device: device, epoch: 1, author: store.Author{User: ledger.UserID("u_" + device), Role: form.RoleCollector}}
}

func staff(t testing.TB, device ledger.DeviceID) *phone {
	t.Helper()
	p := newPhone(t, device)
	p.author.Role = form.RoleReviewer
	return p
}

// write appends an op to the outbox and returns its counter. rest holds the
// members that differ by action.
func (p *phone) write(record ledger.RecordID, kind ledger.Kind, action ledger.Action, base ledger.Seq, rest string) uint64 {
	n := uint64(len(p.ops) + 1)
	p.ops = append(p.ops, fmt.Sprintf(`{"n":%d,"record":%q,"kind":%q,"action":%q,"base":%d,"at":"2026-11-20T02:10:00Z"%s}`, n, record, kind, action, base, rest))
	return n
}

func (p *phone) edit(record ledger.RecordID, base ledger.Seq, set string) uint64 {
	return p.write(record, form.KindMeeting, ledger.ActionEdit, base, `,"set":`+set)
}

// meeting is a valid record of little, like no other.
func meeting(i int) string {
	return fmt.Sprintf(`{"date":"2026-11-20","level":"commune","place":"Điểm mẫu %d","attendance":%d}`, i, i)
}

func (p *phone) batch(from, to uint64) *ledger.Batch {
	p.t.Helper()
	head := ""
	if p.head != nil {
		head = fmt.Sprintf(`"head":{"log":%q,"seq":%d,"hash":%q},`, p.head.Log, p.head.Seq, p.head.Hash)
	}
	b, err := ledger.ParseBatch([]byte(fmt.Sprintf(`{"device":%q,"epoch":%d,"from":%d,%s"ops":[%s]}`, p.device, p.epoch, from, head, strings.Join(p.ops[from-1:to], ","))))
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func (p *phone) push(s *store.Store, from, to uint64) (store.Answer, error) {
	return s.Append(p.t.Context(), village, p.author, p.batch(from, to))
}

func (p *phone) mustPush(s *store.Store, from, to uint64) store.Answer {
	p.t.Helper()
	a, err := p.push(s, from, to)
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

// mustFill writes records, each in a commit of its own, and waits until the lists
// have them. It returns the heads.
func (p *phone) mustFill(s *store.Store, records int) []ledger.Head {
	p.t.Helper()
	heads := make([]ledger.Head, records)
	for n := range heads {
		at := p.edit(id(n), 0, meeting(n))
		heads[n] = p.mustPush(s, at, at).Head
	}
	if err := s.Settle(p.t.Context(), []ledger.UnitID{village}); err != nil {
		p.t.Fatal(err)
	}
	return heads
}

func id(n int) ledger.RecordID { return ledger.NameID("test", fmt.Sprint(n)) }

func statuses(a store.Answer) string {
	var out []string
	for _, v := range a.Results {
		s := string(v.Status)
		if v.Code != "" {
			s += "(" + v.Code + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func mustVerify(t testing.TB, b store.Backend) *ledger.Verifier {
	t.Helper()
	v, err := store.Verify(t.Context(), b, village)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// mustAgree checks that what a server shows, what it projected, and the fold
// of the ledger are the same.
func mustAgree(t testing.TB, h *host, s *store.Store) {
	t.Helper()
	fold, err := s.Fold(t.Context(), village, 0, ledger.RulesCurrent)
	if err != nil {
		t.Fatal(err)
	}
	want := dump(fold)
	var held []string
	var pulled store.Pulled
	seen := map[ledger.RecordID]*ledger.Record{}
	for {
		page, err := s.Changes(t.Context(), village, pulled, 7, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			seen[r.ID] = r
		}
		pulled = store.Pulled{Head: page.Head, Tip: page.Tip}
		if !page.More {
			break
		}
	}
	for r := range fold.Records() {
		held = append(held, string(seen[r.ID].AppendJSON(nil)))
	}
	if got := strings.Join(held, "\n"); got != want || len(seen) != fold.Len() || pulled.Head != fold.Head() {
		t.Fatalf("pulled to %v:\n%s\nfolded to %v:\n%s", pulled.Head, got, fold.Head(), want)
	}
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	p, err := h.backend.Snapshot(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[ledger.RecordID]string{}
	for _, row := range p.Rows {
		rows[row.ID] = string(row.Body)
	}
	for r := range fold.Records() {
		if rows[r.ID] != string(r.AppendJSON(nil)) {
			t.Fatalf("projected %s, folded %s", rows[r.ID], r.AppendJSON(nil))
		}
	}
	if p.Head != fold.Head() || len(rows) != fold.Len() {
		t.Fatalf("projected %d records to %v, folded %d to %v", len(rows), p.Head, fold.Len(), fold.Head())
	}
}

func dump(s *ledger.State) string {
	var out []string
	for r := range s.Records() {
		out = append(out, string(r.AppendJSON(nil)))
	}
	return strings.Join(out, "\n")
}

func TestResendInAnyCut(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		p := newPhone(t, "A")
		for i := range 10 {
			p.edit(id(i), 0, meeting(i))
		}
		p.edit(id(1), 0, `{"attendance":-1}`) // refused
		first := p.mustPush(s, 1, 4)
		whole := p.mustPush(s, 1, 11)
		for _, cut := range [][2]uint64{{1, 1}, {1, 4}, {3, 8}, {11, 11}, {1, 11}} {
			again := p.mustPush(s, cut[0], cut[1])
			if again.Through != 11 || statuses(again) != statuses(store.Answer{Results: whole.Results[cut[0]-1 : cut[1]]}) {
				t.Errorf("cut %v: through %d, %s", cut, again.Through, statuses(again))
			}
		}
		if statuses(first) != "accepted accepted accepted accepted" || statuses(whole) != strings.Repeat("accepted ", 10)+"rejected(too-small)" {
			t.Errorf("verdicts %s, then %s", statuses(first), statuses(whole))
		}
		if v := mustVerify(t, h.backend); v.Ops() != 11 || v.Head().Seq != 2 {
			t.Errorf("%d ops in %d commits, want 11 in 2", v.Ops(), v.Head().Seq)
		}
		mustAgree(t, h, s)
	})
}

func TestCounters(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		p := newPhone(t, "A")
		for i := range 6 {
			p.edit(id(i), 0, meeting(i))
		}
		p.mustPush(s, 1, 2)
		var gap *store.GapError
		if _, err := p.push(s, 5, 6); !errors.As(err, &gap) || gap.Expected != 3 {
			t.Errorf("a gap: %v", err)
		}
		p.ops[1] = strings.Replace(p.ops[1], `"attendance":1`, `"attendance":7`, 1)
		var reuse *store.ReuseError
		if _, err := p.push(s, 1, 2); !errors.As(err, &reuse) || reuse.N != 2 {
			t.Errorf("another payload: %v", err)
		}
		if _, err := p.push(s, 1, 3); !errors.Is(err, store.ErrForked) {
			t.Errorf("another payload, going on: %v", err)
		}
		b := p.batch(1, 1)
		b.Epoch = 2
		if _, err := s.Append(t.Context(), village, p.author, b); err != nil {
			t.Errorf("a new epoch: %v", err)
		}
		if _, err := p.push(s, 3, 4); !errors.Is(err, store.ErrFenced) {
			t.Errorf("the old epoch: %v", err)
		}
		mustVerify(t, h.backend)
		mustAgree(t, h, s)
	})
}

// TestServersMeet lets three servers write the same unit at once: each op is
// in the ledger exactly once.
func TestServersMeet(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		servers := []*store.Store{h.server(), h.server(), h.server()}
		const phones, ops = 8, 12
		var wait sync.WaitGroup
		for i := range phones {
			p := newPhone(t, ledger.DeviceID(fmt.Sprint("phone", i)))
			for j := range ops {
				p.edit(id(100*i+j), 0, meeting(j))
			}
			wait.Go(func() {
				for n := uint64(1); n <= ops; n += 3 {
					// The same batch to two servers: one of the answers is a resend's.
					var both sync.WaitGroup
					for k := range 2 {
						both.Go(func() {
							if _, err := p.push(servers[(i+k)%len(servers)], n, n+2); err != nil {
								t.Errorf("%s: %v", p.device, err)
							}
						})
					}
					both.Wait()
				}
			})
		}
		wait.Wait()
		if v := mustVerify(t, h.backend); v.Ops() != phones*ops {
			t.Errorf("%d ops in the ledger, want %d", v.Ops(), phones*ops)
		}
		for _, s := range servers {
			mustAgree(t, h, s)
		}
	})
}

func TestDiverged(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		p := newPhone(t, "A")
		p.edit(id(1), 0, meeting(1))
		p.edit(id(2), 0, meeting(2))
		first := p.mustPush(s, 1, 1)
		p.head = &first.Head
		p.mustPush(s, 2, 2)

		var diverged *store.DivergedError
		other := first.Head
		other.Hash[0]++
		for name, head := range map[string]ledger.Head{
			"another hash": other,
			"another log":  {Log: "elsewhere", Seq: 1, Hash: first.Head.Hash},
			"the future":   {Log: first.Head.Log, Seq: 99, Hash: first.Head.Hash},
		} {
			p.head = &head
			if _, err := p.push(s, 1, 2); !errors.As(err, &diverged) || diverged.Expected != 3 || diverged.Head.Seq != 2 {
				t.Errorf("push with %s: %v, %+v", name, err, diverged)
			}
			if _, err := s.Changes(t.Context(), village, store.Pulled{Head: head}, 10, 0); !errors.As(err, &diverged) {
				t.Errorf("pull with %s: %v", name, err)
			}
		}
	})
}

// TestRestart starts a second server on what a first one left, with its
// projection cut off at every place.
func TestRestart(t *testing.T) {
	db := memory.New()
	h := &host{t, db}
	s := h.server()
	p := newPhone(t, "A")
	for i := range 9 {
		p.edit(id(i%4), 0, meeting(i))
	}
	p.mustPush(s, 1, 3)
	if err := s.Settle(t.Context(), []ledger.UnitID{village}); err != nil {
		t.Fatal(err)
	}
	for cut := range 12 {
		left := db.Clone()
		calls := 0
		left.SetFaults(memory.OneByOne(func(op, _ string) memory.Fault {
			if op != memory.OpPutRow && op != memory.OpPutStream && op != memory.OpPutHead {
				return memory.None
			}
			calls++
			if calls > cut {
				return memory.Unapplied
			}
			return memory.None
		}))
		dying := store.New(left, store.Options{Now: func() time.Time { return day }, Random: rand.NewChaCha8([32]byte{1}), Location: time.UTC})
		q := &phone{t: t, device: "A", epoch: 1, author: p.author, ops: p.ops}
		if _, err := q.push(dying, 4, 9); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_ = dying.Close(ctx) // it cannot finish: that is the crash
		cancel()
		left = left.Clone() // what the crash left; the dying server keeps the old one

		after := &host{t, left}
		next := after.server()
		if err := next.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		head, err := left.Projected(t.Context(), village)
		if err != nil || head.Seq != 2 {
			t.Fatalf("cut %d: projected to %v, %v", cut, head, err)
		}
		if a := q.mustPush(next, 1, 9); a.Through != 9 {
			t.Fatalf("cut %d: a resend after the restart: %+v", cut, a)
		}
		mustAgree(t, after, next)
	}
}
