package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
//     leaves. Only then is it looked for what else of its period is issued, or
//     being signed: of two servers that sign two reports of one period, each
//     has said so before it looks, and one at least sees the other.
//  2. It is compiled once more at the heads that the draft cites. Where that
//     comes to something else than was read, since units have changed or the
//     program has, it becomes the draft, to be looked at again.
//  3. With the next free number all files are written and stored.
//  4. The number is inserted into the register. Committed: from here the report
//     is issued, whatever crashes. A number that somebody else took meanwhile
//     sends back to 3 with the next.
//  5. The report is brought to what the register says. Where that was cut off,
//     the next look does it ([Office.Settle]).
//
// An addendum may be approved while what it adds to is being withdrawn: it then
// counts as approved before.
func (f *Office) Approve(ctx context.Context, id string, version int64, by Signature) (store.Stored[Report], error) {
	r, err := f.ready(ctx, id, version)
	if err != nil {
		return r, err
	}
	issue, err := f.issue(&r.Value, by)
	if err != nil {
		return r, err
	}
	rise, err := f.sit(ctx)
	if err != nil {
		return r, err
	}
	defer rise()
	ctx, cancel := context.WithTimeout(ctx, signingFor-numbersUntil)
	defer cancel()
	if r, err = f.hold(ctx, r, issue, by.By); err != nil {
		return r, err
	}
	compiled, err := f.reread(ctx, &r)
	if err != nil {
		return r, f.giveUp(ctx, r, err)
	}
	approval, tried, err := f.number(ctx, r, compiled, issue, by.By)
	switch {
	case err == nil:
		return f.finish(ctx, r, approval)
	case tried:
		return r, err // a number may have been taken: Settle finds out when the time is over
	}
	return r, f.giveUp(ctx, r, err)
}

// ready returns a draft that may be signed.
func (f *Office) ready(ctx context.Context, id string, version int64) (store.Stored[Report], error) {
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
	return r, f.unopposed(ctx, &r)
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
	issue.Position = strings.ToUpper(issue.Position) // Nghị định 30/2020/NĐ-CP, Phụ lục I
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

// authority is what stands over the position of who signs. A deputy signs for
// the head ("ký thay"), which is said in a line of its own (Nghị định
// 30/2020/NĐ-CP, Phụ lục I).
func authority(l *report.Letter, position string) []string {
	const deputy = "PHÓ "
	head := strings.ToUpper(l.Position)
	forHead := "KT. " + head
	if !strings.HasPrefix(position, deputy) || strings.HasPrefix(head, deputy) || slices.Contains(l.Authority, forHead) {
		return l.Authority
	}
	return append(slices.Clone(l.Authority), forHead)
}

// reread compiles a report that is being signed once more, and reports whether
// it is what was read and nothing has come in its way.
func (f *Office) reread(ctx context.Context, r *store.Stored[Report]) (*report.Compiled, error) {
	if err := f.unopposed(ctx, r); err != nil {
		return nil, err
	}
	compiled, err := f.compileAgain(ctx, &r.Value)
	if err != nil {
		return nil, err
	}
	if compiled.SHA256 != r.Value.Content.SHA256 {
		r.Value.Content, r.Value.Updated = compiled.Report, f.millis()
		return nil, store.ErrVersion
	}
	return compiled, nil
}

// number takes the next free number for a report, with all that is approved.
// tried tells that a number may have been taken though there is an error.
func (f *Office) number(ctx context.Context, r store.Stored[Report], compiled *report.Compiled, issue report.Issue, by Actor) (a Approval, tried bool, err error) {
	year := calendar.Day(issue.Date).Year()
	compiled.Letter.Authority = authority(&compiled.Letter, issue.Position)
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
