package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// Warning is something that the signer of a report must know and confirm by its
// code.
type Warning struct {
	Code    WarningCode
	Count   int
	Message string // Vietnamese
}

// WarningCode names a warning.
type WarningCode string

// Codes of warnings.
const (
	OpenConflicts  WarningCode = "conflicts"       // records whose versions nobody has settled
	SilentVillages WarningCode = "villages-silent" // villages that sent nothing since the period began
	NotReviewed    WarningCode = "not-reviewed"    // records of the period that nobody has looked at
	EmptySections  WarningCode = "sections-empty"  // sections without a text, which are not printed
	Overdrawn      WarningCode = "fund-overdrawn"  // the fund gave more than it had
	Restored       WarningCode = "restored"        // numbers may have been given that the register lacks
)

// UnconfirmedError says which warnings the signer has not confirmed.
type UnconfirmedError struct {
	Warnings []Warning
}

func (e *UnconfirmedError) Error() string {
	codes := make([]string, len(e.Warnings))
	for i, w := range e.Warnings {
		codes[i] = string(w.Code)
	}
	return "not confirmed: " + strings.Join(codes, ", ")
}

// Warnings returns what must be confirmed before a report that has no number yet
// is signed; of any other, nothing.
func (p *Approvals) Warnings(ctx context.Context, r *Report) ([]Warning, error) {
	if !r.State.open() {
		return nil, nil
	}
	var all []Warning
	if n := len(r.Content.Conflicts) + r.Content.HiddenConflicts; n > 0 {
		all = append(all, Warning{OpenConflicts, n, fmt.Sprintf("Còn %d mục có số liệu khác nhau chưa thống nhất.", n)})
	}
	silent, err := p.silent(ctx, r)
	if err != nil {
		return nil, err
	}
	if n := len(silent); n > 0 {
		const most = 20
		names := strings.Join(silent[:min(n, most)], ", ")
		if n > most {
			names += "…"
		}
		all = append(all, Warning{SilentVillages, n, fmt.Sprintf("%d đơn vị chưa gửi số liệu nào trong kỳ: %s.", n, names)})
	}
	if err := p.compiler.store.Settle(ctx, unitsOf(&r.Content)); err != nil {
		return nil, err
	}
	pending, err := p.compiler.store.Backend().Totals(ctx, store.Query{
		Units: unitsOf(&r.Content), States: []store.State{store.Pending}, From: string(r.Period.From), To: string(r.Period.AsOf),
	})
	if err != nil {
		return nil, err
	}
	if pending.Count > 0 {
		all = append(all, Warning{NotReviewed, pending.Count, fmt.Sprintf("Còn %d mục trong kỳ chưa được duyệt.", pending.Count)})
	}
	if empty := emptySections(&r.Content); empty != nil {
		all = append(all, *empty)
	}
	if short := overdrawn(&r.Content); short != nil {
		all = append(all, *short)
	}
	restored, err := p.restored(ctx, r)
	if restored != nil {
		all = append(all, *restored)
	}
	return all, err
}

// emptySections warns of those that nobody has written or left out.
func emptySections(c *report.Content) *Warning {
	unfilled := c.Unfilled()
	if len(unfilled) == 0 {
		return nil
	}
	titles := make([]string, len(unfilled))
	for i := range unfilled {
		titles[i] = "“" + unfilled[i].Title + "”"
	}
	return &Warning{EmptySections, len(titles), fmt.Sprintf("%d đề mục chưa có nội dung, sẽ không in: %s.", len(titles), strings.Join(titles, "; "))}
}

// overdrawn warns of a fund whose book says that it gave more than it had: money
// that came in is missing, or an amount is wrong.
func overdrawn(c *report.Content) *Warning {
	var told []string
	for _, list := range [][]report.Figure{c.Details, c.Figures} { // the opening balance first
		for _, f := range list {
			if (f.ID == "fund.opening" || f.ID == "fund.balance") && f.Value < 0 {
				told = append(told, report.LowerFirst(f.Label)+" là âm "+form.Grouped(-f.Value)+" đồng")
			}
		}
	}
	if told == nil {
		return nil
	}
	return &Warning{Overdrawn, len(told), "Sổ thu, chi Quỹ ghi chi nhiều hơn thu: " + strings.Join(told, "; ") + "."}
}

// confirmed reports an UnconfirmedError unless who signs has confirmed all
// warnings of a report. That of a restore is answered by a number given by hand,
// too.
func (p *Approvals) confirmed(ctx context.Context, r *Report, by *Signature) error {
	all, err := p.Warnings(ctx, r)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(w Warning) bool {
		return slices.Contains(by.Confirms, w.Code) || w.Code == Restored && by.Number > 0 && by.Reason != ""
	})
	if len(all) > 0 {
		return &UnconfirmedError{all}
	}
	return nil
}

// silent names the villages of the period that have sent nothing since it began.
func (p *Approvals) silent(ctx context.Context, r *Report) ([]string, error) {
	var names []string
	for _, h := range r.Content.Heads {
		from, to := calendar.Day(h.From), calendar.Day(h.To)
		if !h.Village || from > r.Period.AsOf || to != "" && to < r.Period.From {
			continue
		}
		sent, err := p.sentSince(ctx, h, max(from, r.Period.From))
		if err != nil {
			return nil, err
		}
		if !sent {
			names = append(names, h.Name)
		}
	}
	return names, nil
}

// sentSince reports whether the last commit that a report cites of a ledger was
// received on a day or later.
func (p *Approvals) sentSince(ctx context.Context, h report.Head, day calendar.Day) (bool, error) {
	if h.Seq == 0 {
		return false, nil
	}
	commits, err := p.compiler.store.Backend().Commits(ctx, h.Unit, h.Seq-1, 1)
	if err != nil || len(commits) == 0 {
		return false, err
	}
	return calendar.DayOf(commits[0].At.Time().In(p.clock.Location)) >= day, nil
}
