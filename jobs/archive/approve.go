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
	"time"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Approvals gives drafts their numbers.
type Approvals struct {
	clock    calendar.Clock
	random   io.Reader
	log      *slog.Logger
	reports  store.Table[Report]
	register register
	// suspicions are of restores, by unit: where no number is kept outside.
	suspicions store.Table[suspicion]
	open       store.Table[openSigning]
	files      files
	compiler   *compiler
	watch      skew.Watch
}

// Signature is what the person who signs says.
type Signature struct {
	Date     calendar.Day // of issue; "" is today
	Position string       // "" is the letterhead's
	Name     string
	By       entry.Actor
	// Number is a number given by hand; 0 is the next.
	Number int
	// Reason says why a number is given out of order, or a day that is long past.
	Reason string
	// Confirms are the warnings that the signer has read (see Warnings).
	Confirms []WarningCode
}

// backdatedFrom is how many days before today a day of issue needs a reason.
const backdatedFrom = 90

const (
	// signingFor is how long an approval holds a report.
	signingFor = 5 * time.Minute
	// numbersUntil is how long before that it stops taking numbers, so that no
	// server whose clock is a little off takes the report for free meanwhile.
	numbersUntil = 2 * time.Minute
)

// Approve gives a draft its number and freezes it.
//
//  1. The report enters the state signing, which only an approval leaves. Then
//     the other reports of its period are read, to see whether one is issued or
//     being signed: of two servers that sign two reports of one period, each
//     has entered the state before it reads, so one at least sees the other.
//  2. It is compiled once more at the heads that the draft cites. If the result
//     differs from what was read, because the program has changed, it becomes
//     the draft, to be read again.
//  3. All files are written with the next free number, and stored.
//  4. The number is inserted into the register. Committed: from here the report
//     is issued, whatever crashes. If the number was taken meanwhile, step 3 is
//     repeated with the next.
//  5. The report is updated to what the register says. If that is cut off,
//     [Approvals.Settle] does it later.
//
// An addendum may be approved while what it adds to is being withdrawn: it then
// counts as approved before.
func (p *Approvals) Approve(ctx context.Context, id string, version int64, by Signature) (store.Stored[Report], error) {
	r, err := p.ready(ctx, id, version)
	if err != nil {
		return r, err
	}
	by.Reason = form.Composed(form.Lines(by.Reason))
	issue, err := p.issue(&r.Value, by)
	if err != nil {
		return r, err
	}
	if err := p.confirmed(ctx, &r.Value, &by); err != nil {
		return r, err
	}
	// Invalid requests are refused before the report is held.
	asked := issue
	if _, err := p.register.choose(ctx, r.Value.Unit, r.Value.Template, &asked, by.Number, by.Reason); err != nil {
		return r, err
	}
	release, err := p.compiler.acquire(ctx)
	if err != nil {
		return r, err
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, signingFor-numbersUntil)
	defer cancel()
	if r, err = p.hold(ctx, r, issue, by.By); err != nil {
		return r, err
	}
	compiled, err := p.reread(ctx, &r)
	if err != nil {
		return r, p.giveUp(ctx, r, err)
	}
	approval, tried, err := p.number(ctx, r, compiled, issue, by)
	switch {
	case err == nil:
		return p.finish(ctx, r, approval)
	case tried:
		return r, err // a number may have been taken: Settle finds out when the time is over
	}
	return r, p.giveUp(ctx, r, err)
}

// ready returns a draft that may be signed.
func (p *Approvals) ready(ctx context.Context, id string, version int64) (store.Stored[Report], error) {
	r, err := p.reports.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if r.Value.State == Signing {
		if r, err = p.Settle(ctx, r); err != nil {
			return r, err
		}
	}
	switch {
	case r.Version != version:
		return r, store.ErrVersion
	case !r.Value.State.open():
		return r, ErrState
	}
	for _, s := range r.Value.Content.Sections {
		if len(s.Stale) > 0 {
			return r, ErrStale
		}
	}
	return r, checkIssue(ctx, p.reports, &r)
}

// issue is what will stand on the report, except for the number.
func (p *Approvals) issue(r *Report, by Signature) (report.Issue, error) {
	issue := report.Issue{
		Symbol: r.Content.Letter.Symbol, Place: r.Content.Letter.Place, Date: string(by.Date), Position: form.OneLine(by.Position), Name: form.OneLine(by.Name),
	}
	if issue.Date == "" {
		issue.Date = string(p.clock.Today())
	}
	if issue.Position == "" {
		issue.Position = r.Content.Letter.Position
	}
	issue.Position = strings.ToUpper(issue.Position) // Nghị định 30/2020/NĐ-CP, Phụ lục I
	switch n := len([]rune(issue.Name)); {
	case n < 1 || n > 120:
		return issue, &entry.Invalid{Field: "name", Message: "Cần họ tên người ký, tối đa 120 ký tự."}
	case len([]rune(issue.Position)) > 200:
		return issue, &entry.Invalid{Field: "position", Message: "Chức vụ dài tối đa 200 ký tự."}
	case utf8.RuneCountInString(by.Reason) > 500:
		return issue, &entry.Invalid{Field: "reason", Message: "Lý do dài tối đa 500 ký tự."}
	case !calendar.Day(issue.Date).Valid() || calendar.Day(issue.Date) > p.clock.Today() || calendar.Day(issue.Date) < r.Period.AsOf:
		return issue, &entry.Invalid{Field: "date", Message: "Ngày ký không được trước ngày chốt số liệu, không được sau hôm nay."}
	}
	if calendar.Day(issue.Date) < p.clock.Today().AddDays(-backdatedFrom) && by.Reason == "" {
		return issue, &entry.Invalid{Field: "reason", Message: fmt.Sprintf("Ngày ký cách hôm nay hơn %d ngày; cần ghi lý do.", backdatedFrom)}
	}
	return issue, nil
}

// authority is what stands over the position of who signs. A deputy signs for
// the head ("ký thay"), which is said in its own line (Nghị định
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
func (p *Approvals) reread(ctx context.Context, r *store.Stored[Report]) (*report.Compiled, error) {
	if err := checkIssue(ctx, p.reports, r); err != nil {
		return nil, err
	}
	compiled, err := p.compiler.compileAgain(ctx, &r.Value)
	if err != nil {
		return nil, err
	}
	if compiled.SHA256 != r.Value.Content.SHA256 {
		r.Value.Content, r.Value.Updated = compiled.Content, ledger.MillisOf(p.clock.Now())
		return nil, store.ErrVersion
	}
	return compiled, nil
}

// number takes the next free number for a report, with all that is approved.
// tried tells that a number may have been taken though there is an error.
func (p *Approvals) number(ctx context.Context, r store.Stored[Report], compiled *report.Compiled, issue report.Issue, by Signature) (a Approval, tried bool, err error) {
	year := calendar.Day(issue.Date).Year()
	compiled.Letter.Authority = authority(&compiled.Letter, issue.Position)
	for {
		byHand, err := p.register.choose(ctx, r.Value.Unit, r.Value.Template, &issue, by.Number, by.Reason)
		if err != nil {
			return a, false, err
		}
		compiled.Sign(issue)
		a = Approval{
			Report: r.ID, Version: r.Version, Issue: issue, By: by.By, At: ledger.MillisOf(p.clock.Now()),
			ByHand: byHand, Reason: by.Reason, SHA256: compiled.SHA256, Files: map[Format]StoredFile{}, Writer: Writer,
		}
		for _, format := range Formats {
			var body bytes.Buffer
			if err := Render(&body, compiled, format); err != nil {
				return a, false, fmt.Errorf("write %s as %s: %w", r.ID, format, err)
			}
			if a.Files[format], err = p.files.put(ctx, body.Bytes()); err != nil {
				return a, false, err
			}
		}
		if ledger.MillisOf(p.clock.Now()) >= r.Value.Signing.Until-ledger.Millis(numbersUntil/time.Millisecond) {
			return a, false, fmt.Errorf("sign %s: %w", r.ID, context.DeadlineExceeded)
		}
		err = p.register.take(ctx, r.Value.Unit, year, a)
		// Committed: a crash from here loses nothing.
		if err == nil && (byHand || by.Reason != "") {
			p.log.WarnContext(ctx, "a number was given by hand, or a day long past", "report", r.ID, "number", issue.Number, "symbol", issue.Symbol,
				"date", issue.Date, "by", by.By.User, "reason", by.Reason)
		}
		if !errors.Is(err, store.ErrTaken) {
			return a, true, err
		}
	}
}
