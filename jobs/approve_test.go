package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// drafts makes n reports of terms.
func (w *host) drafts(n int) []store.Stored[archive.Report] {
	w.t.Helper()
	var list []store.Stored[archive.Report]
	for i := range n {
		list = append(list, w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: calendar.Term(2000+i, 2001+i, ""), By: clerk}))
	}
	return list
}

// numbers are those that reports were given, in order.
func (w *host) numbers() []int {
	w.t.Helper()
	all, err := w.office.Archive.List(w.t.Context(), []ledger.UnitID{commune})
	if err != nil {
		w.t.Fatal(err)
	}
	var list []int
	for _, r := range all {
		if r.Value.State.Issued() {
			list = append(list, r.Value.Approval.Issue.Number)
		}
	}
	slices.Sort(list)
	return list
}

// gapless is first, first+1, … n numbers.
func gapless(first, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	return list
}

// Two servers approve at once: numbers have neither gaps nor doubles.
func TestNumbersOfTwoServers(t *testing.T) {
	w := newHost(t)
	const reports = 8
	list := w.drafts(reports)
	offices := []*jobs.Office{w.office, w.open("máy 2")}
	var wg sync.WaitGroup
	for i, r := range list {
		for _, office := range offices { // both try each
			wg.Go(func() {
				_, err := office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, signature)
				if err != nil && !errors.Is(err, store.ErrVersion) && !errors.Is(err, archive.ErrPending) && !errors.Is(err, archive.ErrState) {
					t.Errorf("report %d: %v", i, err)
				}
			})
		}
	}
	wg.Wait()
	if got := w.numbers(); !slices.Equal(got, gapless(1, reports)) {
		t.Errorf("numbers %v", got)
	}
}

// Each write of an approval fails, applied and not; then the work is taken up
// again. A report is issued or a draft in the end, its number once, and no
// number is lost.
func TestApprovalCutOffAnywhere(t *testing.T) {
	for _, fault := range []memory.Fault{memory.Unapplied, memory.Applied} {
		for at := 0; ; at++ {
			w := newHost(t)
			w.gift(village1, "2000-05-01", 3)
			list := w.drafts(2)
			writes := 0
			w.db.SetFaults(memory.OneByOne(func(op, id string) memory.Fault {
				if op != memory.OpAdd && op != memory.OpReplace || !strings.HasPrefix(id, "re") && !strings.HasPrefix(id, "signings") {
					return memory.None
				}
				writes++
				if writes-1 == at {
					return fault
				}
				return memory.None
			}))
			_, err := w.office.Archive.Approvals.Approve(t.Context(), list[0].ID, list[0].Version, signature)
			w.db.SetFaults(nil)
			if err == nil && writes <= at {
				break // every write has had its turn
			}
			name := fmt.Sprintf("write %d, applied %v", at, fault == memory.Applied)
			w.pass(10 * time.Minute)
			if err := w.office.Archive.Approvals.SettleAll(t.Context()); err != nil {
				t.Fatalf("%s: settle: %v", name, err)
			}
			switch r := w.get(list[0].ID); r.Value.State {
			case archive.Draft:
				w.approve(r)
			case archive.Signed:
			default:
				t.Errorf("%s: the report is %s", name, r.Value.State)
			}
			w.approve(list[1])
			if got := w.numbers(); !slices.Equal(got, gapless(1, 2)) {
				t.Errorf("%s: numbers %v", name, got)
			}
			first := w.get(list[0].ID)
			if verified, err := w.office.Archive.Verify(t.Context(), &first.Value); err != nil || !verified.Same() {
				t.Errorf("%s: compiled again: %v %v", name, verified, err)
			}
		}
	}
}

// An approval that is under way holds the report still.
func TestSigningHoldsStill(t *testing.T) {
	w := newHost(t)
	r := w.drafts(1)[0]
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpAdd && strings.HasPrefix(id, "register") {
			return memory.Unapplied
		}
		return memory.None
	})
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, signature); !errors.Is(err, memory.ErrFault) {
		t.Fatal(err)
	}
	w.db.SetFaults(nil)
	r = w.get(r.ID)
	if _, err := w.office.Archive.Drafts.Write(t.Context(), r.ID, r.Version, archive.Words{Texts: map[string]*string{"other": ptr("x")}}, clerk); !errors.Is(err, archive.ErrState) {
		t.Errorf("writing while it is signed: %v", err)
	}
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, signature); !errors.Is(err, archive.ErrPending) {
		t.Errorf("signing while it is signed: %v", err)
	}
	w.pass(6 * time.Minute)
	r, err := w.office.Archive.Approvals.Settle(t.Context(), r)
	if err != nil || r.Value.State != archive.Draft {
		t.Fatalf("settled: %s, %v", r.Value.State, err)
	}
	w.approve(r)
}

// Numbers begin at 1 each year, or where the office's own book ends.
func TestFirstNumbers(t *testing.T) {
	w := newHost(t)
	set, err := w.office.Archive.Letterheads.Get(t.Context(), commune, report.UBND)
	if err != nil {
		t.Fatal(err)
	}
	set.Value.FirstNumbers = map[int]int{2024: 56}
	if _, err := w.office.Archive.Letterheads.Set(t.Context(), commune, report.UBND, set.Version, set.Value); err != nil {
		t.Fatal(err)
	}
	list := w.drafts(3)
	w.approve(list[0])
	w.approve(list[1])
	w.pass(300 * 24 * time.Hour) // 2025
	if r := w.approve(list[2]); r.Value.Approval.Issue.Number != 1 {
		t.Errorf("the first of the next year has number %d", r.Value.Approval.Issue.Number)
	}
	if got := w.numbers(); !slices.Equal(got, []int{1, 56, 57}) {
		t.Errorf("numbers %v", got)
	}
}

func TestSignaturesThatCannotBeMeant(t *testing.T) {
	w := newHost(t)
	r := w.compile(archive.Request{})
	for _, test := range []struct {
		field string
		by    archive.Signature
	}{
		{"name", archive.Signature{}},
		{"position", archive.Signature{Name: "A", Position: strings.Repeat("x", 201)}},
		{"date", archive.Signature{Name: "A", Date: "2024-04-12"}},
		{"date", archive.Signature{Name: "A", Date: "2024-04-10"}},
	} {
		_, err := w.office.Archive.Approvals.Approve(context.WithoutCancel(t.Context()), r.ID, r.Version, test.by)
		if invalid, ok := errors.AsType[*entry.Invalid](err); !ok || invalid.Field != test.field {
			t.Errorf("%+v: %v", test.by, err)
		}
	}
}

// What breaks a line in a signer's name or position, as where it was pasted, is a blank.
func TestSignersAreOnOneLine(t *testing.T) {
	w := newHost(t)
	by := signature
	by.Name, by.Position = "Người\u2028ký\u000bmẫu ", "Chủ\ntịch\u0085mẫu"
	r := w.compile(archive.Request{})
	signed, err := w.office.Archive.Approvals.Approve(t.Context(), r.ID, r.Version, by)
	if err != nil {
		t.Fatal(err)
	}
	if i := signed.Value.Approval.Issue; i.Name != "Người ký mẫu" || i.Position != "CHỦ TỊCH MẪU" {
		t.Errorf("signed by %q, %q", i.Name, i.Position)
	}
}

// A deputy signs for the head, and every file says so.
func TestDeputiesSignForTheHead(t *testing.T) {
	for _, test := range []struct{ position, printed string }{
		{"", "TM. ỦY BAN NHÂN DÂN, CHỦ TỊCH"},
		{"Phó Chủ tịch", "TM. ỦY BAN NHÂN DÂN, KT. CHỦ TỊCH, PHÓ CHỦ TỊCH"},
		{"Q. Chủ tịch", "TM. ỦY BAN NHÂN DÂN, Q. CHỦ TỊCH"},
	} {
		w := newHost(t)
		draft := w.compile(archive.Request{})
		by := signature
		by.Position = test.position
		r, err := w.office.Archive.Approvals.Approve(t.Context(), draft.ID, draft.Version, by)
		if err != nil {
			t.Fatal(err)
		}
		printed := r.Value.Content.Document().Signature
		if got := strings.Join(append(printed.Authority, printed.Position), ", "); got != test.printed {
			t.Errorf("%q: %s", test.position, got)
		}
		if verified, err := w.office.Archive.Verify(t.Context(), &r.Value); err != nil || !verified.Same() {
			t.Errorf("%q: compiled again: %v %v", test.position, verified, err)
		}
	}
}
