package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Report is a report in the archive.
type Report struct {
	ID       string          `json:"id"`
	Unit     ledger.UnitID   `json:"unit"`
	Template report.Template `json:"template"`
	Period   calendar.Period `json:"period"`
	Due      calendar.Day    `json:"due,omitempty"` // by which it is to be delivered; none of an addendum
	State    State           `json:"state"`
	Created  ledger.Millis   `json:"created"`
	By       Actor           `json:"by"` // who had it compiled first
	Updated  ledger.Millis   `json:"updated"`

	// Content is what it says. Invariant: once it is approved it stays.
	Content report.Report         `json:"content"`
	Edits   map[string]Edit       `json:"edits,omitempty"` // by section, of a draft
	Files   map[Format]StoredFile `json:"files,omitempty"` // once approved

	AddendumOf string `json:"addendumOf,omitempty"` // the issued report that it adds to
	Replaces   string `json:"replaces,omitempty"`   // the withdrawn report that it is issued instead of
	ReplacedBy string `json:"replacedBy,omitempty"`

	Signing   *Signing    `json:"signing,omitempty"`  // while an approval is under way
	Approval  *Approval   `json:"approval,omitempty"` // once approved
	Withdrawn *Withdrawal `json:"withdrawn,omitempty"`
}

// State is where a report is in its life.
type State string

// States.
const (
	Draft        State = "draft"
	SigningState State = "signing" // an approval is under way, or was cut off
	Approved     State = "approved"
	Delivered    State = "delivered"    // every recipient has been sent it
	Acknowledged State = "acknowledged" // every recipient has said that it arrived
	WithdrawnOut State = "withdrawn"
)

// Issued reports whether the report has a number and counts.
func (s State) Issued() bool { return s == Approved || s == Delivered || s == Acknowledged }

// Edit is what an official wrote in the place of a section.
type Edit struct {
	report.Edit
	By Actor         `json:"by"`
	At ledger.Millis `json:"at"`
}

// Withdrawal takes an issued report back. Its number stays used.
type Withdrawal struct {
	By     Actor         `json:"by"`
	At     ledger.Millis `json:"at"`
	Reason string        `json:"reason"`
}

// compile makes a report's content from the ledgers as they are now. It is for
// who sits at the desk.
func (f *Office) compile(ctx context.Context, r *Report) (*report.Compiled, error) {
	f.forget()
	members, err := f.fold(ctx, r.Unit)
	if err != nil {
		return nil, err
	}
	letter, err := f.letter(ctx, r.Unit, r.Template)
	if err != nil {
		return nil, err
	}
	return f.compileFrom(ctx, r, members, letter)
}

// compileAgain makes the content of a report at the heads that it cites: where
// nothing was written anew, what it is.
func (f *Office) compileAgain(ctx context.Context, r *Report) (*report.Compiled, error) {
	f.forget()
	members, err := f.foldCited(ctx, &r.Content)
	if err != nil {
		return nil, err
	}
	return f.compileFrom(ctx, r, members, r.Content.Letter)
}

func (f *Office) compileFrom(ctx context.Context, r *Report, members []report.Member, letter report.Letter) (*report.Compiled, error) {
	o := report.Order{ID: r.ID, Period: r.Period, Template: r.Template, Unit: r.Unit, Letter: letter, Edits: map[string]report.Edit{}}
	for id, e := range r.Edits {
		o.Edits[id] = e.Edit
	}
	if r.Approval != nil {
		o.Issue = &r.Approval.Issue
	}
	if r.AddendumOf != "" {
		of, err := f.reports.Get(ctx, r.AddendumOf)
		if err != nil {
			return nil, fmt.Errorf("the report that %s adds to: %w", r.ID, err)
		}
		o.Addendum = &report.Issued{ID: of.ID, Name: of.Value.cited(), Period: of.Value.Period, Figures: of.Value.Content.Figures}
		if o.Addendum.Members, err = f.foldCited(ctx, &of.Value.Content); err != nil {
			return nil, err
		}
	}
	compiled, err := report.Compile(o, members)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", r.ID, err)
	}
	return compiled, nil
}

// cited is how a text names an issued report.
func (r *Report) cited() string {
	if r.Approval == nil {
		return "Báo cáo"
	}
	i := r.Approval.Issue
	return fmt.Sprintf("Báo cáo số %02d/%s ngày %s", i.Number, i.Symbol, calendar.ShortDate(calendar.Day(i.Date)))
}

// Recompile counts a draft again, from the ledgers as they are now. What
// officials wrote stays. asOf may move the day as of which it is told; "" leaves
// it.
func (f *Office) Recompile(ctx context.Context, id string, version int64, asOf calendar.Day) (store.Stored[Report], error) {
	return f.changeDraft(ctx, id, version, func(r *Report) error { return f.recompile(ctx, r, asOf) })
}

func (f *Office) recompile(ctx context.Context, r *Report, asOf calendar.Day) error {
	if asOf != "" {
		r.Period.AsOf = asOf
	}
	if _, err := report.CheckPeriod(r.Period); err != nil || r.Period.AsOf > f.today() {
		return &Invalid{"asOf", "Ngày chốt số liệu không đúng, hoặc sau hôm nay."}
	}
	return f.refresh(ctx, r, f.compile)
}

// refresh puts the content anew.
func (f *Office) refresh(ctx context.Context, r *Report, compile func(context.Context, *Report) (*report.Compiled, error)) error {
	rise, err := f.sit(ctx)
	if err != nil {
		return err
	}
	defer rise()
	compiled, err := compile(ctx, r)
	if err != nil {
		return err
	}
	r.Content = compiled.Report
	f.remember(compiled)
	r.Due, err = f.dueDay(ctx, r)
	return err
}

// maxSection bounds the text of a section, in bytes.
const maxSection = 64 << 10

// Write changes the text of sections of a draft. A nil text takes the compiled
// one back. The numbers stay as they were counted.
func (f *Office) Write(ctx context.Context, id string, version int64, texts map[string]*string, by Actor) (store.Stored[Report], error) {
	return f.changeDraft(ctx, id, version, func(r *Report) error {
		for section, text := range texts {
			i := slices.IndexFunc(r.Content.Sections, func(s report.Section) bool { return s.ID == section })
			switch {
			case i < 0:
				return &Invalid{"sections", "Báo cáo không có mục này."}
			case text == nil:
				delete(r.Edits, section)
				continue
			case len(*text) > maxSection:
				return &Invalid{"sections", "Nội dung một mục dài tối đa 64 KB."}
			}
			if r.Edits == nil {
				r.Edits = map[string]Edit{}
			}
			r.Edits[section] = Edit{Edit: report.Edit{Text: tidy(*text), Basis: r.Content.Basis(section)}, By: by, At: f.millis()}
		}
		return f.refresh(ctx, r, f.compileAgain)
	})
}

// changeDraft changes a draft that nobody has changed since a version.
func (f *Office) changeDraft(ctx context.Context, id string, version int64, change func(*Report) error) (store.Stored[Report], error) {
	r, err := f.reports.Get(ctx, id)
	if err != nil {
		return r, err
	}
	switch {
	case r.Version != version:
		return r, store.ErrVersion
	case r.Value.State != Draft:
		return r, ErrState
	}
	if err := change(&r.Value); err != nil {
		return r, err
	}
	r.Value.Updated = f.millis()
	return f.reports.Replace(ctx, r)
}

// Get returns a report, or store.ErrNotFound.
func (f *Office) Get(ctx context.Context, id string) (store.Stored[Report], error) {
	return f.reports.Get(ctx, id)
}

// List returns the reports of units, by unit and within one by template, type
// and period.
func (f *Office) List(ctx context.Context, units []ledger.UnitID) ([]store.Stored[Report], error) {
	var all []store.Stored[Report]
	for _, unit := range units {
		list, err := each(ctx, f.reports, string(unit)+".")
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// Withdraw takes an issued report back. Its number stays used, and whoever was
// sent it is not told by the server: the office writes to them.
func (f *Office) Withdraw(ctx context.Context, id string, version int64, reason string, by Actor) (store.Stored[Report], error) {
	r, err := f.reports.Get(ctx, id)
	switch {
	case err != nil:
		return r, err
	case r.Version != version:
		return r, store.ErrVersion
	case !r.Value.State.Issued():
		return r, ErrState
	case strings.TrimSpace(reason) == "" || len(reason) > 2000:
		return r, &Invalid{"reason", "Cần ghi lý do thu hồi, tối đa 2000 ký tự."}
	}
	r.Value.State, r.Value.Updated = WithdrawnOut, f.millis()
	r.Value.Withdrawn = &Withdrawal{By: by, At: f.millis(), Reason: tidy(reason)}
	return f.reports.Replace(ctx, r)
}

// Compiled is a report with the way back from its numbers to the records: it
// is compiled again at the heads that it cites.
func (f *Office) Compiled(ctx context.Context, r *Report) (*report.Compiled, error) {
	if compiled := f.remembered(r); compiled != nil {
		return compiled, nil
	}
	rise, err := f.sit(ctx)
	if err != nil {
		return nil, err
	}
	defer rise()
	return f.compiled(ctx, r)
}

// compiled is what Compiled returns, for who sits at the desk.
func (f *Office) compiled(ctx context.Context, r *Report) (*report.Compiled, error) {
	if compiled := f.remembered(r); compiled != nil {
		return compiled, nil
	}
	compiled, err := f.compileAgain(ctx, r)
	if err != nil {
		return nil, err
	}
	f.remember(compiled)
	return compiled, nil
}

// remembered is a report if it is the one compiled last, or nil.
func (f *Office) remembered(r *Report) *report.Compiled {
	f.last.Lock()
	defer f.last.Unlock()
	if c := f.last.compiled; c != nil && c.ID == r.ID && c.SHA256 == r.Content.SHA256 {
		return c
	}
	return nil
}

// rememberFor is how long the report compiled last is kept: whoever looks at
// one figure looks at the next.
const rememberFor = time.Minute

func (f *Office) remember(compiled *report.Compiled) {
	f.last.Lock()
	defer f.last.Unlock()
	f.last.compiled = compiled
	if f.last.forget != nil {
		f.last.forget.Stop()
	}
	f.last.forget = time.AfterFunc(rememberFor, f.forget)
}

// forget lets the report compiled last go: it may be large.
func (f *Office) forget() {
	f.last.Lock()
	defer f.last.Unlock()
	f.last.compiled = nil
}

// Preview compiles what an order would come to now, and keeps nothing.
func (f *Office) Preview(ctx context.Context, o Order) (*report.Compiled, error) {
	if err := f.check(ctx, &o); err != nil {
		return nil, err
	}
	rise, err := f.sit(ctx)
	if err != nil {
		return nil, err
	}
	defer rise()
	r := Report{ID: lineName(o.Unit, o.Template, &o.Period) + "preview", Unit: o.Unit, Template: o.Template, Period: o.Period, AddendumOf: o.AddendumOf}
	return f.compile(ctx, &r)
}
