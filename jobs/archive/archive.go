package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Options are what an archive needs.
type Options struct {
	Store  *store.Store
	Units  store.Table[accounts.Unit]
	Clock  calendar.Clock
	Random io.Reader // identities: crypto/rand
	Log    *slog.Logger
	// WorkingDays tells the days on which offices work.
	WorkingDays func(context.Context) (calendar.Holidays, error)
	// NumberBackup keeps numbers where a restore does not reach; its functions are nil
	// where nothing does.
	NumberBackup NumberBackup
}

// Archive makes and keeps the reports of all units of a database.
type Archive struct {
	Drafts      *Drafts
	Letterheads *Letterheads
	Approvals   *Approvals
	Standing    *Standing

	reports  *reportTable
	files    files
	compiler *compiler
	watchers *watchers
}

// Errors that people can do something about.
var (
	ErrState   = errors.New("the report is not in a state for this")
	ErrStale   = errors.New("a section tells numbers that have changed")
	ErrIssued  = errors.New("there is an issued report of this period")
	ErrPending = errors.New("an approval of this report is under way")
	ErrBusy    = errors.New("other reports are being compiled")
	// ErrNotSubmitter: the report was submitted by somebody else.
	ErrNotSubmitter = errors.New("somebody else submitted the report")
	// ErrOtherHistory: a backup was restored, and history went on differently.
	ErrOtherHistory = errors.New("a ledger is not the one that the report cites")
)

// New opens the archive of a store.
func New(o Options) *Archive {
	d := o.Store.Backend()
	w := &watchers{}
	reports, files := store.NewTable[Report](d, "reports").OnStored(w.tell), newFiles(d)
	k := &reportTable{table: reports, clock: o.Clock}
	letterheads := &Letterheads{set: store.NewTable[Letterhead](d, "letterheads"), units: o.Units, workingDays: o.WorkingDays}
	texts := &Standing{clock: o.Clock, kept: store.NewTable[standingTexts](d, "standing"), reports: reports}
	compiler := newCompiler(o.Store, o.Units, reports)
	return &Archive{
		Drafts:      &Drafts{reports: k, letterheads: letterheads, standing: texts, compiler: compiler},
		Letterheads: letterheads,
		Approvals: &Approvals{
			clock: o.Clock, random: o.Random, log: o.Log, reports: reports, files: files, compiler: compiler,
			register:   register{numbers: store.NewTable[Approval](d, "register"), letterheads: letterheads, backup: o.NumberBackup},
			suspicions: store.NewTable[suspicion](d, "suspicions"),
			open:       store.NewTable[openSigning](d, "signings"),
		},
		Standing: texts, reports: k, files: files, compiler: compiler, watchers: w,
	}
}

// Get returns a report, or store.ErrNotFound.
func (a *Archive) Get(ctx context.Context, id string) (store.Stored[Report], error) {
	return a.reports.get(ctx, id)
}

// List returns the reports of units, by unit and within one by template, type
// and period.
func (a *Archive) List(ctx context.Context, units []ledger.UnitID) ([]store.Stored[Report], error) {
	var all []store.Stored[Report]
	for _, unit := range units {
		list, err := a.reports.table.AllOf(ctx, string(unit)+".")
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return slices.DeleteFunc(all, func(r store.Stored[Report]) bool { return r.Value.State == Dropped }), nil
}

// Withdraw takes an issued report back. Its number stays used. The server tells
// none of its recipients: the office writes to them.
func (a *Archive) Withdraw(ctx context.Context, id string, version int64, reason string, by entry.Actor) (store.Stored[Report], error) {
	r, err := a.reports.table.Get(ctx, id)
	switch {
	case err != nil:
		return r, err
	case r.Version != version:
		return r, store.ErrVersion
	case !r.Value.State.Issued():
		return r, ErrState
	case strings.TrimSpace(reason) == "" || utf8.RuneCountInString(reason) > 2000:
		return r, &entry.Invalid{Field: "reason", Message: "Cần ghi lý do thu hồi, tối đa 2000 ký tự."}
	}
	now := ledger.MillisOf(a.reports.clock.Now())
	r.Value.State, r.Value.Updated = Withdrawn, now
	r.Value.Withdrawn = &Withdrawal{By: by, At: now, Reason: form.Composed(form.Lines(reason))}
	return a.reports.table.Replace(ctx, r)
}

// errUnchanged says that nothing is to be stored.
var errUnchanged = errors.New("nothing changes")

// SetProgress brings an issued report's state to that of its deliveries. look
// is called with each try, so that what is stored last has seen the latest; ""
// leaves the state.
func (a *Archive) SetProgress(ctx context.Context, id string, look func(context.Context) (State, error)) error {
	_, err := a.reports.table.Update(ctx, id, func(r *Report) error {
		state, err := look(ctx)
		switch {
		case err != nil:
			return err
		case !r.State.Issued(), state == "", state == r.State:
			return errUnchanged
		}
		r.State = state
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// Compiled returns a report with the way back from its numbers to the records:
// it is compiled again at the heads that it cites.
func (a *Archive) Compiled(ctx context.Context, r *Report) (*report.Compiled, error) {
	if compiled := a.compiler.last.get(r); compiled != nil {
		return compiled, nil
	}
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return a.compiler.compiled(ctx, r)
}

// File returns a report in a format: as it was approved, or a draft as it is. The
// PDF is the signed copy where there is one.
func (a *Archive) File(ctx context.Context, r *Report, format Format) ([]byte, error) {
	if stored, frozen := r.Stored(format); frozen {
		return a.files.get(ctx, stored)
	}
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	compiled, err := a.compiler.compiled(ctx, r)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := Render(&body, compiled, format); err != nil {
		return nil, fmt.Errorf("write %s as %s: %w", r.ID, format, err)
	}
	return body.Bytes(), nil
}

// WriteRegister writes the register of citizens received (Mẫu số 03/TCD) of a
// unit and of the units in it that the reader reaches, as the ledgers are now.
// It is full of personal data: what a commune took over when it was merged stays
// with who may read the records themselves.
func (a *Archive) WriteRegister(ctx context.Context, w io.Writer, unit ledger.UnitID, from, to calendar.Day, reaches func(ledger.UnitID) bool) error {
	if !from.Valid() || !to.Valid() || to < from {
		return &entry.Invalid{Field: "to", Message: "Ngày đầu và ngày cuối không đúng."}
	}
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	members, err := a.compiler.fold(ctx, unit)
	if err != nil {
		return err
	}
	members = slices.DeleteFunc(members, func(m report.Member) bool { return !reaches(m.Unit) })
	if err := paper.WriteXLSX(w, report.Register(members, string(from), string(to))); err != nil {
		return fmt.Errorf("write the register of %s: %w", unit, err)
	}
	return nil
}
