package jobs

import (
	"bytes"
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

// Approval is a line of the register of numbers: what was approved, by whom,
// and under which number. It says everything that the report needs to be
// issued, so that whoever finds one whose report does not know of it can finish
// the work.
type Approval struct {
	Report  string                `json:"report"`
	Version int64                 `json:"version"` // of the report when it went to be signed
	Issue   report.Issue          `json:"issue"`
	By      Actor                 `json:"by"`
	At      ledger.Millis         `json:"at"`
	SHA256  string                `json:"sha256"` // of the content
	Files   map[Format]StoredFile `json:"files"`
}

// Signing is an approval under way. It holds the report still for a while: what
// is being signed cannot be changed meanwhile.
type Signing struct {
	By    Actor         `json:"by"`
	Until ledger.Millis `json:"until"`
	Date  string        `json:"date"`
	Role  string        `json:"symbol"` // the symbol under which a number is sought
}

// Signature is what the person who signs says.
type Signature struct {
	Date     calendar.Day // of issue; "" is today
	Position string       // "" is the letterhead's
	Name     string
	By       Actor
}

const (
	// signingFor is how long an approval holds a report.
	signingFor = 5 * time.Minute
	// numbersUntil is how long before that it stops taking numbers, so that no
	// server whose clock is a little off takes the report for free meanwhile.
	numbersUntil = 2 * time.Minute
	maxNumber    = 999_999
)

// numberID is where a number of an issuer stands in the register. It can be
// taken once.
func numberID(unit ledger.UnitID, year int, symbol string, n int) string {
	return numbersOf(unit, year, symbol) + fmt.Sprintf("%06d", n)
}

func numbersOf(unit ledger.UnitID, year int, symbol string) string {
	return fmt.Sprintf("%s/%04d/%s/", unit, year, symbol)
}

// Approve gives a draft its number and freezes it.
//
//  1. The report is put into the state signing, which nobody but an approval
//     leaves.
//  2. With the next free number all files are written and stored.
//  3. The number is inserted into the register. Committed: from here the report
//     is issued, whatever crashes. A number that somebody else took meanwhile
//     sends back to 2 with the next.
//  4. The report is brought to what the register says. Where that was cut off,
//     the next look does it ([Office.Settle]).
func (f *Office) Approve(ctx context.Context, id string, version int64, by Signature) (store.Stored[Report], error) {
	r, err := f.reports.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if r.Value.State == SigningState {
		if r, err = f.Settle(ctx, r); err != nil {
			return r, err
		}
	}
	switch {
	case r.Version != version:
		return r, store.ErrVersion
	case r.Value.State != Draft:
		return r, ErrState
	}
	for _, s := range r.Value.Content.Sections {
		if len(s.Stale) > 0 {
			return r, ErrStale
		}
	}
	issue, err := f.issue(&r.Value, by)
	if err != nil {
		return r, err
	}
	now := f.Now()
	r.Value.State = SigningState
	r.Value.Signing = &Signing{By: by.By, Until: ledger.MillisOf(now.Add(signingFor)), Date: issue.Date, Role: issue.Symbol}
	if r, err = f.reports.Replace(ctx, r); err != nil {
		return r, err
	}
	approval, tried, err := f.number(ctx, r, issue, by.By)
	switch {
	case err == nil:
		return f.finish(ctx, r, approval)
	case tried:
		return r, err // a number may have been taken: Settle finds out when the time is over
	}
	return r, f.giveUp(ctx, r, err)
}

// issue is what will stand on the report, but for the number.
func (f *Office) issue(r *Report, by Signature) (report.Issue, error) {
	issue := report.Issue{
		Symbol: r.Content.Letter.Symbol, Place: r.Content.Letter.Place, Date: string(by.Date), Position: tidy(by.Position), Name: tidy(by.Name),
	}
	if issue.Date == "" {
		issue.Date = string(f.today())
	}
	if issue.Position == "" {
		issue.Position = r.Content.Letter.Position
	}
	switch n := len([]rune(issue.Name)); {
	case n < 1 || n > 120:
		return issue, &Invalid{"name", "Cần họ tên người ký, tối đa 120 ký tự."}
	case len([]rune(issue.Position)) > 200:
		return issue, &Invalid{"position", "Chức vụ dài tối đa 200 ký tự."}
	case !calendar.Day(issue.Date).Valid() || calendar.Day(issue.Date) > f.today() || calendar.Day(issue.Date) < r.Period.AsOf:
		return issue, &Invalid{"date", "Ngày ký không được trước ngày chốt số liệu, không được sau hôm nay."}
	}
	return issue, nil
}

// number takes the next free number for a report, with all that is approved.
// tried tells that a number may have been taken though there is an error.
func (f *Office) number(ctx context.Context, r store.Stored[Report], issue report.Issue, by Actor) (a Approval, tried bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, signingFor-numbersUntil)
	defer cancel()
	approved := r.Value
	approved.Approval = &Approval{Issue: issue}
	compiled, err := f.compileAgain(ctx, &approved)
	if err != nil {
		return a, false, err
	}
	year := calendar.Day(issue.Date).Year()
	for {
		if issue.Number, err = f.next(ctx, r.Value.Unit, r.Value.Template, year, issue.Symbol); err != nil {
			return a, false, err
		}
		compiled.Sign(issue)
		a = Approval{Report: r.ID, Version: r.Version, Issue: issue, By: by, At: f.millis(), SHA256: compiled.SHA256, Files: map[Format]StoredFile{}}
		for _, format := range Formats {
			var body bytes.Buffer
			if err := Render(&body, compiled, format); err != nil {
				return a, false, fmt.Errorf("write %s as %s: %w", r.ID, format, err)
			}
			if a.Files[format], err = f.files.put(ctx, body.Bytes()); err != nil {
				return a, false, err
			}
		}
		if f.millis() >= r.Value.Signing.Until-ledger.Millis(numbersUntil/time.Millisecond) {
			return a, false, fmt.Errorf("sign %s: %w", r.ID, context.DeadlineExceeded)
		}
		_, err := f.register.Add(ctx, numberID(r.Value.Unit, year, issue.Symbol, issue.Number), a)
		// Committed: a crash from here loses nothing.
		if !errors.Is(err, store.ErrTaken) {
			return a, true, err
		}
	}
}

// next is the number after the last of an issuer in a year.
func (f *Office) next(ctx context.Context, unit ledger.UnitID, t report.Template, year int, symbol string) (int, error) {
	set, err := f.Letterhead(ctx, unit, t)
	if err != nil {
		return 0, err
	}
	n := max(1, set.Value.FirstNumbers[year])
	for after := ""; ; {
		const page = 200
		list, err := f.register.List(ctx, numbersOf(unit, year, symbol), after, page)
		if err != nil {
			return 0, err
		}
		if len(list) > 0 {
			after = list[len(list)-1].ID
			n = max(n, list[len(list)-1].Value.Issue.Number+1)
		}
		if len(list) < page {
			return n, nil
		}
	}
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
	if err := json.Unmarshal(body, &r.Value.Content); err != nil {
		return r, fmt.Errorf("read the content of %s: %w", r.ID, err)
	}
	r.Value.State, r.Value.Signing, r.Value.Approval, r.Value.Files, r.Value.Updated = Approved, nil, &a, a.Files, f.millis()
	done, err := f.reports.Replace(ctx, r)
	if errors.Is(err, store.ErrVersion) {
		// Somebody else finished it; of a report in this state nothing else changes.
		if done, err = f.reports.Get(ctx, r.ID); err == nil && done.Value.State == SigningState {
			err = ErrPending
		}
	}
	if err == nil && done.Value.Replaces != "" {
		err = f.replaced(ctx, done.Value.Replaces, done.ID)
	}
	return done, err
}

// replaced links a withdrawn report to the one that was issued instead.
func (f *Office) replaced(ctx context.Context, withdrawn, by string) error {
	_, err := f.reports.Update(ctx, withdrawn, func(r *Report) error {
		r.ReplacedBy = by
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
	all, err := f.reports.All(ctx)
	if err != nil {
		return err
	}
	for _, r := range all {
		if _, err := f.Settle(ctx, r); err != nil && !errors.Is(err, ErrPending) && !errors.Is(err, store.ErrVersion) {
			return err
		}
	}
	return nil
}
