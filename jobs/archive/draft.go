package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Compile makes the draft of a report, or compiles it again where there is one:
// doing it twice makes one. Where the period has an issued report already it
// fails with ErrIssued, unless it is to be an addendum.
func (a *Archive) Compile(ctx context.Context, o Request) (store.Stored[Report], error) {
	if err := a.check(ctx, &o); err != nil {
		return store.Stored[Report]{}, err
	}
	for {
		o := o // the next try may find another report to replace
		s, err := readSeries(ctx, a.reports, o.Unit, o.Template, &o.Period)
		if err != nil {
			return store.Stored[Report]{}, err
		}
		drafted, next, err := s.place(&o)
		if err != nil {
			return store.Stored[Report]{}, err
		}
		if next == "" {
			return a.change(ctx, drafted.ID, drafted.Version, Draft, func(r *Report) error {
				r.Replaces = o.Replaces
				return a.recompile(ctx, r, o.Period.AsOf)
			})
		}
		r := Report{
			ID: next, Unit: o.Unit, Template: o.Template, Period: o.Period, State: Draft, Created: ledger.MillisOf(a.clock.Now()), Updated: ledger.MillisOf(a.clock.Now()), By: o.By,
			AddendumOf: o.AddendumOf, Replaces: o.Replaces,
		}
		if err := a.refresh(ctx, &r, a.compile); err != nil {
			return store.Stored[Report]{}, err
		}
		stored, err := a.reports.Add(ctx, r.ID, r)
		if errors.Is(err, store.ErrTaken) {
			continue // another server was faster
		}
		return stored, err
	}
}

// Later returns the figures of an issued report that are others now, as an
// addendum of today would tell them.
func (a *Archive) Later(ctx context.Context, r *Report) ([]report.Change, error) {
	if !r.State.Issued() {
		return nil, ErrState
	}
	of := r.ID
	if r.AddendumOf != "" {
		of = r.AddendumOf
	}
	compiled, err := a.Preview(ctx, Request{Unit: r.Unit, AddendumOf: of})
	if err != nil {
		return nil, err
	}
	return compiled.Addendum.Changes, nil
}

// Preview compiles what a request comes to now, and keeps nothing.
func (a *Archive) Preview(ctx context.Context, o Request) (*report.Compiled, error) {
	if err := a.check(ctx, &o); err != nil {
		return nil, err
	}
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	r := Report{ID: seriesName(o.Unit, o.Template, &o.Period) + "preview", Unit: o.Unit, Template: o.Template, Period: o.Period, AddendumOf: o.AddendumOf}
	return a.compile(ctx, &r)
}

// Recompile counts a draft again, from the ledgers as they are now. What
// officials wrote stays. asOf moves the day as of which the report is made; ""
// leaves it.
func (a *Archive) Recompile(ctx context.Context, id string, version int64, asOf calendar.Day) (store.Stored[Report], error) {
	return a.change(ctx, id, version, Draft, func(r *Report) error { return a.recompile(ctx, r, asOf) })
}

func (a *Archive) recompile(ctx context.Context, r *Report, asOf calendar.Day) error {
	if asOf != "" {
		r.Period.AsOf = asOf
	}
	if err := a.compiler.untilItsEnd(ctx, r.Unit, &r.Period); err != nil {
		return err
	}
	if _, err := report.CheckPeriod(r.Period); err != nil || r.Period.AsOf > a.clock.Today() {
		return &entry.Invalid{Field: "asOf", Message: "Ngày chốt số liệu không đúng, hoặc sau hôm nay."}
	}
	return a.refresh(ctx, r, a.compile)
}

// refresh replaces the content of a report.
func (a *Archive) refresh(ctx context.Context, r *Report, compile func(context.Context, *Report) (*report.Compiled, error)) error {
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	compiled, err := compile(ctx, r)
	if err != nil {
		return err
	}
	r.Content = compiled.Report
	a.compiler.last.keep(compiled)
	r.Due, err = a.Letterheads.due(ctx, r, a.workingDays)
	return err
}

// Bounds of what officials write.
const (
	maxSection = 64 << 10 // of a section, in bytes
	maxSubject = 500      // characters
	maxTitle   = 200      // characters
)

// Words are what officials write in the place of what was compiled. A nil text
// restores that.
type Words struct {
	Texts    map[string]*string // by section
	Headings map[string]*string // titles by section, and the subject by report.SubjectID
}

// Write changes the text and the headings of a draft. The numbers stay as they
// were counted.
func (a *Archive) Write(ctx context.Context, id string, version int64, words Words, by entry.Actor) (store.Stored[Report], error) {
	return a.change(ctx, id, version, Draft, func(r *Report) error {
		if err := r.edit(words, by, ledger.MillisOf(a.clock.Now())); err != nil {
			return err
		}
		return a.refresh(ctx, r, a.compiler.compileAgain)
	})
}

// edit changes the text and the titles of sections, and the subject.
func (r *Report) edit(words Words, by entry.Actor, now ledger.Millis) error {
	for section, text := range words.Texts {
		i := r.section(section)
		switch {
		case i < 0:
			return &entry.Invalid{Field: "sections", Message: "Báo cáo không có mục này."}
		case text != nil && len(*text) > maxSection:
			return &entry.Invalid{Field: "sections", Message: "Nội dung một mục dài tối đa 64 KB."}
		}
		if r.SectionVersions == nil {
			r.SectionVersions = map[string]int64{}
		}
		r.SectionVersions[section]++
		if text == nil {
			delete(r.Edits, section)
			continue
		}
		if r.Edits == nil {
			r.Edits = map[string]Edit{}
		}
		r.Edits[section] = Edit{
			Edit: report.Edit{Text: entry.Clean(*text), Basis: r.Content.Basis(section)}, By: by, At: now,
		}
	}
	if len(words.Headings) > 0 {
		r.HeadingsVersion++
	}
	for section, text := range words.Headings {
		if err := r.head(section, text, by, now); err != nil {
			return err
		}
	}
	return nil
}

// head changes a title or the subject. It is one line; an empty one restores
// what was compiled.
func (r *Report) head(section string, text *string, by entry.Actor, now ledger.Millis) error {
	most := maxTitle
	if section == report.SubjectID {
		most = maxSubject
	} else if i := r.section(section); i < 0 || r.Content.Sections[i].Level == 0 {
		return &entry.Invalid{Field: "headings", Message: "Báo cáo không có đề mục này."}
	}
	line := ""
	if text != nil {
		line = strings.Join(strings.Fields(entry.Clean(*text)), " ")
	}
	switch {
	case utf8.RuneCountInString(line) > most:
		return &entry.Invalid{Field: "headings", Message: fmt.Sprintf("Trích yếu dài tối đa %d ký tự, đề mục dài tối đa %d ký tự.", maxSubject, maxTitle)}
	case line == "":
		delete(r.Headings, section)
		return nil
	}
	if r.Headings == nil {
		r.Headings = map[string]Heading{}
	}
	r.Headings[section] = Heading{Text: line, By: by, At: now}
	return nil
}

func (r *Report) section(id string) int {
	return slices.IndexFunc(r.Content.Sections, func(s report.Section) bool { return s.ID == id })
}

// change changes a report in a state, unless it has changed since a version.
func (a *Archive) change(ctx context.Context, id string, version int64, state State, change func(*Report) error) (store.Stored[Report], error) {
	r, err := a.Get(ctx, id)
	if err != nil {
		return r, err
	}
	switch {
	case r.Version != version:
		return r, store.ErrVersion
	case r.Value.State != state:
		return r, ErrState
	}
	if err := change(&r.Value); err != nil {
		return r, err
	}
	r.Value.Updated = ledger.MillisOf(a.clock.Now())
	return a.reports.Replace(ctx, r)
}

// compile makes a report's content from the ledgers and the letterhead as they
// are now. It is for the holder of the compiler.
func (a *Archive) compile(ctx context.Context, r *Report) (*report.Compiled, error) {
	set, err := a.Letterheads.Get(ctx, r.Unit, r.Template)
	if err != nil {
		return nil, err
	}
	if r.AddendumOf != "" {
		s, err := readSeries(ctx, a.reports, r.Unit, r.Template, &r.Period)
		if err != nil {
			return nil, err
		}
		r.Since = s.lastAddendum(r.AddendumOf, r.ID)
		return a.compiler.compile(ctx, r, set.Value.Letter, nil)
	}
	standing, err := a.Standing.told(ctx, r.Unit, r.Template, r.Period.Type)
	if err != nil {
		return nil, err
	}
	return a.compiler.compile(ctx, r, set.Value.Letter, standing)
}
