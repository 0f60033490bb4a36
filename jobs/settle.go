package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Signing is an approval under way. It holds the report still for a while: what
// is being signed cannot be changed meanwhile.
type Signing struct {
	By    Actor         `json:"by"`
	Until ledger.Millis `json:"until"`
	Date  string        `json:"date"`
	Role  string        `json:"symbol"` // the symbol under which a number is sought
}

// openSigning says that a report may be in the state signing, or have a number
// that it does not know of. It is written before the approval begins, so that
// what was cut off is found without a look at every report, and struck by
// [Office.SettleAll].
type openSigning struct {
	Report string        `json:"report"`
	Until  ledger.Millis `json:"until"`
}

// hold puts a draft into the state signing.
func (f *Office) hold(ctx context.Context, r store.Stored[Report], issue report.Issue, by Actor) (store.Stored[Report], error) {
	until := ledger.MillisOf(f.Now().Add(signingFor))
	id, err := f.newID(r.ID + "/") // of each try another, so that none strikes the next one's
	if err != nil {
		return r, err
	}
	if _, err := f.signings.Add(ctx, id, openSigning{Report: r.ID, Until: until}); err != nil {
		return r, err
	}
	r.Value.State = SigningState
	r.Value.Signing = &Signing{By: by, Until: until, Date: issue.Date, Role: issue.Symbol}
	return f.reports.Replace(ctx, r)
}

// giveUp takes a report out of the state signing after an approval that failed
// before it tried to take a number.
func (f *Office) giveUp(ctx context.Context, r store.Stored[Report], cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	r.Value.State, r.Value.Signing = Draft, nil
	_, err := f.reports.Replace(ctx, r)
	return errors.Join(cause, err)
}

// approvalOf finds the number that a report in the state signing was given, or
// nil.
func (f *Office) approvalOf(ctx context.Context, r *Report, id string) (*Approval, error) {
	prefix := numbersOf(r.Unit, calendar.Day(r.Signing.Date).Year(), r.Signing.Role)
	for after := ""; ; {
		const page = 200
		list, err := f.register.List(ctx, prefix, after, page)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].Value.Report == id {
				return &list[i].Value, nil
			}
		}
		if len(list) < page {
			return nil, nil
		}
		after = list[len(list)-1].ID
	}
}

// finish brings a report to what the register says of it.
func (f *Office) finish(ctx context.Context, r store.Stored[Report], a Approval) (store.Stored[Report], error) {
	body, err := f.files.get(ctx, a.Files[JSON])
	if err != nil {
		return r, err
	}
	var content report.Report // a fresh one: what the file does not name must not stay
	if err := json.Unmarshal(body, &content); err != nil {
		return r, fmt.Errorf("read the content of %s: %w", r.ID, err)
	}
	r.Value.Content = content
	r.Value.State, r.Value.Signing, r.Value.Approval, r.Value.Files, r.Value.Updated = Approved, nil, &a, a.Files, f.millis()
	done, err := f.reports.Replace(ctx, r)
	if errors.Is(err, store.ErrVersion) {
		// Somebody else finished it; of a report in this state nothing else changes.
		if done, err = f.reports.Get(ctx, r.ID); err == nil && done.Value.State == SigningState {
			err = ErrPending
		}
	}
	if err == nil {
		err = f.replaced(ctx, &done)
	}
	return done, err
}

// replaced links the withdrawn report to the one that was issued instead.
func (f *Office) replaced(ctx context.Context, by *store.Stored[Report]) error {
	if by.Value.Replaces == "" || by.Value.Approval == nil {
		return nil
	}
	_, err := f.reports.Update(ctx, by.Value.Replaces, func(r *Report) error {
		r.ReplacedBy = by.ID
		return nil
	})
	return err
}

// Settle finishes an approval that was cut off: forward where the report has
// its number, and else, once the time of whoever began it is over, back to a
// draft.
func (f *Office) Settle(ctx context.Context, r store.Stored[Report]) (store.Stored[Report], error) {
	if r.Value.State != SigningState {
		return r, nil
	}
	approval, err := f.approvalOf(ctx, &r.Value, r.ID)
	switch {
	case err != nil:
		return r, err
	case approval != nil:
		return f.finish(ctx, r, *approval)
	case f.millis() < r.Value.Signing.Until:
		return r, ErrPending
	}
	r.Value.State, r.Value.Signing = Draft, nil
	return f.reports.Replace(ctx, r)
}

// SettleAll settles every approval that was cut off.
func (f *Office) SettleAll(ctx context.Context) error {
	open, err := f.signings.All(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range open {
		if err := f.settle(ctx, &s); err != nil && !errors.Is(err, ErrPending) && !errors.Is(err, store.ErrVersion) {
			errs = append(errs, fmt.Errorf("settle %s: %w", s.Value.Report, err))
		}
	}
	return errors.Join(errs...)
}

// settle settles one approval, and strikes it when nothing is left to be done.
func (f *Office) settle(ctx context.Context, s *store.Stored[openSigning]) error {
	r, err := f.reports.Get(ctx, s.Value.Report)
	if err != nil {
		return err
	}
	if r, err = f.Settle(ctx, r); err != nil {
		return err
	}
	if r.Value.State == Draft && f.millis() < s.Value.Until {
		return nil // it may be about to begin
	}
	if err := f.replaced(ctx, &r); err != nil {
		return err
	}
	return f.signings.Delete(ctx, s.ID)
}
