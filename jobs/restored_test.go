package jobs_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// restoreWarning returns the warning that a backup was restored, or nil.
func (w *host) restoreWarning(r store.Stored[archive.Report]) *archive.Warning {
	w.t.Helper()
	all, err := w.office.Archive.Approvals.Warnings(w.t.Context(), &r.Value)
	if err != nil {
		w.t.Fatal(err)
	}
	if i := slices.IndexFunc(all, func(w archive.Warning) bool { return w.Code == archive.Restored }); i >= 0 {
		return &all[i]
	}
	return nil
}

// Where no number is kept outside of the database, a client that knows more than
// the server lets who signs know, once.
func TestSuspectedRestore(t *testing.T) {
	w := newHost(t)
	w.gift(village1, "2000-05-01", 3)
	list := w.drafts(3)
	w.approve(list[0])
	if got := w.restoreWarning(list[1]); got != nil {
		t.Fatalf("without a reason: %+v", got)
	}
	w.pass(1)
	suspect := func(unit ledger.UnitID) {
		t.Helper()
		if err := w.office.Archive.Approvals.SuspectRestore(t.Context(), unit); err != nil {
			t.Fatal(err)
		}
	}
	suspect(district)
	if got := w.restoreWarning(list[1]); got != nil {
		t.Fatalf("of a unit that the report does not cite: %+v", got)
	}
	w.pass(1e6)
	suspect(village1)
	if got := w.restoreWarning(list[1]); got == nil || !strings.Contains(got.Message, "số tiếp theo là 02") {
		t.Fatalf("%+v", got)
	}
	_, err := w.office.Archive.Approvals.Approve(t.Context(), list[1].ID, list[1].Version, signature)
	if needed, ok := errors.AsType[*archive.UnconfirmedError](err); !ok || len(needed.Warnings) != 1 || needed.Warnings[0].Code != archive.Restored {
		t.Fatalf("unconfirmed: %v", err)
	}
	by := signature
	by.Confirms = append(slices.Clone(everything), archive.Restored)
	w.pass(1e6)
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), list[1].ID, list[1].Version, by); err != nil {
		t.Fatal(err)
	}
	suspect(village1) // the next phone, of the same restore
	if got := w.restoreWarning(list[2]); got != nil {
		t.Errorf("after somebody has read it: %+v", got)
	}
	w.approve(list[2])
}

// A number that is kept outside of the database and not in its register was given after
// the backup that was restored: it is not given again, and who signs is warned.
func TestNumbersOutsideAreNotGivenAgain(t *testing.T) {
	w := newHost(t)
	var outside []archive.Number
	w.office = w.openWith("máy 1", 0, func(o *jobs.Options) {
		o.NumberBackup = archive.NumberBackup{
			Add:  func(n ...archive.Number) error { outside = append(outside, n...); return nil },
			List: func() ([]archive.Number, error) { return slices.Clone(outside), nil },
		}
	})
	w.gift(village1, "2000-05-01", 3)
	list := w.drafts(2)
	w.approve(list[0])
	if len(outside) != 1 || outside[0].Number != 1 {
		t.Fatalf("kept outside: %+v", outside)
	}
	lost := outside[0]
	lost.Number, lost.Report, lost.At = 7, "rp_lost", lost.At+60_000
	outside = append(outside, lost)
	if got := w.restoreWarning(list[1]); got == nil || !strings.Contains(got.Message, "07/") || !strings.Contains(got.Message, "Số tiếp theo là 08") {
		t.Fatalf("%+v", got)
	}
	if _, err := w.office.Archive.Approvals.Approve(t.Context(), list[1].ID, list[1].Version, signature); err == nil {
		t.Error("signed unwarned")
	}
	by := signature
	by.Confirms = append(slices.Clone(everything), archive.Restored)
	signed, err := w.office.Archive.Approvals.Approve(t.Context(), list[1].ID, list[1].Version, by)
	if err != nil || signed.Value.Approval.Issue.Number != 8 {
		t.Errorf("%+v, %v", signed.Value.Approval, err)
	}
}
