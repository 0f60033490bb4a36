package archive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Hold keeps others from changing a report while it is being approved.
type Hold struct {
	By     entry.Actor   `json:"by"`
	Until  ledger.Millis `json:"until"`
	Date   string        `json:"date"`
	Symbol string        `json:"symbol"` // of the number that is taken
	// From is the state that the report goes back to if it gets no number; "" is
	// Draft.
	From State `json:"from,omitempty"`
}

// back is the state of a report whose approval failed.
func (h *Hold) back() State { return cmp.Or(h.From, Draft) }

// openSigning says that a report may be in the state signing, or may have a
// number that it does not know of. It is written before the approval begins, so
// that a cut-off approval is found without reading every report.
// [Approvals.SettleAll] deletes it.
type openSigning struct {
	Report string        `json:"report"`
	Until  ledger.Millis `json:"until"`
	Year   int           `json:"year"`
	Symbol string        `json:"symbol"` // of the number that is taken
}

// hold puts a draft into the state signing.
func (p *Approvals) hold(ctx context.Context, r store.Stored[Report], issue report.Issue, by entry.Actor) (store.Stored[Report], error) {
	until := ledger.MillisOf(p.clock.Now().Add(signingFor))
	id, err := entry.NewID(p.random, r.ID+"/") // each try has its own, so that none deletes the next one's
	if err != nil {
		return r, err
	}
	if _, err := p.open.Add(ctx, id, openSigning{Report: r.ID, Until: until, Year: calendar.Day(issue.Date).Year(), Symbol: issue.Symbol}); err != nil {
		return r, err
	}
	r.Value.Signing = &Hold{By: by, Until: until, Date: issue.Date, Symbol: issue.Symbol, From: r.Value.State}
	r.Value.State = Signing
	return p.reports.Replace(ctx, r)
}

// giveUp takes a report out of the state signing after an approval that failed
// before it tried to take a number.
func (p *Approvals) giveUp(ctx context.Context, r store.Stored[Report], cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	r.Value.State, r.Value.Signing = r.Value.Signing.back(), nil
	_, err := p.reports.Replace(ctx, r)
	return errors.Join(cause, err)
}

// finish updates a report to what the register says of it.
func (p *Approvals) finish(ctx context.Context, r store.Stored[Report], a Approval) (store.Stored[Report], error) {
	body, err := p.files.get(ctx, a.Files[JSON])
	if err != nil {
		return r, err
	}
	var content report.Content // a fresh one: what the file does not name must not stay
	if err := json.Unmarshal(body, &content); err != nil {
		return r, fmt.Errorf("read the content of %s: %w", r.ID, err)
	}
	p.backUpNumber(ctx, r.Value.Unit, &a)
	r.Value.Content = content
	r.Value.State, r.Value.Signing, r.Value.Approval, r.Value.Files, r.Value.Updated = Signed, nil, &a, a.Files, ledger.MillisOf(p.clock.Now())
	done, err := p.reports.Replace(ctx, r)
	if errors.Is(err, store.ErrVersion) {
		done, err = p.reports.Get(ctx, r.ID)
		switch {
		case err != nil:
		case done.Value.State == Signing:
			err = ErrPending
		case done.Value.State.open():
			// A server whose clock is ahead gave the hold up. The register decides.
			return p.finish(ctx, done, a)
		}
	}
	if err == nil {
		err = p.linkReplaced(ctx, &done)
	}
	return done, err
}

// linkReplaced links the withdrawn report to its replacement.
func (p *Approvals) linkReplaced(ctx context.Context, by *store.Stored[Report]) error {
	if by.Value.Replaces == "" || by.Value.Approval == nil {
		return nil
	}
	_, err := p.reports.Update(ctx, by.Value.Replaces, func(r *Report) error {
		r.ReplacedBy = by.ID
		return nil
	})
	return err
}

// Settle finishes an approval that was cut off: forward if the report has its
// number, else back to the state before it once the hold is over.
func (p *Approvals) Settle(ctx context.Context, r store.Stored[Report]) (store.Stored[Report], error) {
	if r.Value.State != Signing {
		return r, nil
	}
	h := r.Value.Signing
	approval, err := p.register.find(ctx, r.Value.Unit, calendar.Day(h.Date).Year(), h.Symbol, r.ID)
	switch {
	case err != nil:
		return r, err
	case approval != nil:
		return p.finish(ctx, r, *approval)
	case !p.watch.Over(r.ID, r.Version, h.Until.Time(), signingFor, p.clock.Now()):
		return r, ErrPending
	}
	r.Value.State, r.Value.Signing = r.Value.Signing.back(), nil
	return p.reports.Replace(ctx, r)
}

// SettleAll settles every approval that was cut off.
func (p *Approvals) SettleAll(ctx context.Context) error {
	open, err := p.open.All(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range open {
		if err := p.settle(ctx, &s); err != nil && !errors.Is(err, ErrPending) && !errors.Is(err, store.ErrVersion) {
			errs = append(errs, fmt.Errorf("settle %s: %w", s.Value.Report, err))
		}
	}
	return errors.Join(errs...)
}

// settle settles one approval, and deletes its mark when nothing is left to do.
func (p *Approvals) settle(ctx context.Context, s *store.Stored[openSigning]) error {
	r, err := p.reports.Get(ctx, s.Value.Report)
	if err != nil {
		return err
	}
	if r, err = p.Settle(ctx, r); err != nil {
		return err
	}
	if r.Value.State.open() {
		if !p.watch.Over(s.ID, s.Version, s.Value.Until.Time(), signingFor, p.clock.Now()) {
			return nil // it may be about to begin
		}
		// A server whose clock is ahead may have taken the report out of the state
		// signing before its number was inserted.
		approval, err := p.register.find(ctx, r.Value.Unit, s.Value.Year, s.Value.Symbol, r.ID)
		if err != nil {
			return err
		}
		if approval != nil {
			if r, err = p.finish(ctx, r, *approval); err != nil {
				return err
			}
		}
	}
	if err := p.linkReplaced(ctx, &r); err != nil {
		return err
	}
	return p.open.Delete(ctx, s.ID)
}
