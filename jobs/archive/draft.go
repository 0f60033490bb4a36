package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Drafts are the reports that nobody has signed yet.
type Drafts struct {
	reports     *reportTable
	letterheads *Letterheads
	standing    *Standing
	compiler    *compiler
}

// Compile makes the draft of a report, or compiles it again where there is one:
// doing it twice makes one. Where the period has an issued report already it
// fails with ErrIssued, unless it is to be an addendum.
func (d *Drafts) Compile(ctx context.Context, q Request) (store.Stored[Report], error) {
	if err := d.check(ctx, &q); err != nil {
		return store.Stored[Report]{}, err
	}
	for {
		q := q // the next try may find another report to replace
		s, err := readSeries(ctx, d.reports.table, q.Unit, q.Template, &q.Period)
		if err != nil {
			return store.Stored[Report]{}, err
		}
		drafted, next, err := s.place(&q)
		if err != nil {
			return store.Stored[Report]{}, err
		}
		if next == "" {
			return d.reports.change(ctx, drafted.ID, drafted.Version, Draft, func(r *Report) error {
				r.Replaces = q.Replaces
				return d.recompile(ctx, r, q.Period.AsOf)
			})
		}
		r := Report{
			ID: next, Unit: q.Unit, Template: q.Template, Period: q.Period, State: Draft, Created: ledger.MillisOf(d.reports.clock.Now()), Updated: ledger.MillisOf(d.reports.clock.Now()), By: q.By,
			AddendumOf: q.AddendumOf, Replaces: q.Replaces,
		}
		if err := d.refresh(ctx, &r, d.compile); err != nil {
			return store.Stored[Report]{}, err
		}
		stored, err := d.reports.table.Add(ctx, r.ID, r)
		if errors.Is(err, store.ErrTaken) {
			continue // another server was faster
		}
		return stored, err
	}
}

// Later returns the figures of an issued report that are others now, as an
// addendum of today would tell them.
func (d *Drafts) Later(ctx context.Context, r *Report) ([]report.Change, error) {
	if !r.State.Issued() {
		return nil, ErrState
	}
	of := r.ID
	if r.AddendumOf != "" {
		of = r.AddendumOf
	}
	compiled, err := d.Preview(ctx, Request{Unit: r.Unit, AddendumOf: of})
	if err != nil {
		return nil, err
	}
	return compiled.Addendum.Changes, nil
}

// Preview compiles what a request comes to now, and keeps nothing.
func (d *Drafts) Preview(ctx context.Context, q Request) (*report.Compiled, error) {
	if err := d.check(ctx, &q); err != nil {
		return nil, err
	}
	release, err := d.compiler.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	r := Report{ID: seriesName(q.Unit, q.Template, &q.Period) + "preview", Unit: q.Unit, Template: q.Template, Period: q.Period, AddendumOf: q.AddendumOf}
	return d.compile(ctx, &r)
}

// Recompile counts a draft again, from the ledgers as they are now. What
// officials wrote stays. asOf moves the day as of which the report is made; ""
// leaves it.
func (d *Drafts) Recompile(ctx context.Context, id string, version int64, asOf calendar.Day) (store.Stored[Report], error) {
	return d.reports.change(ctx, id, version, Draft, func(r *Report) error { return d.recompile(ctx, r, asOf) })
}

func (d *Drafts) recompile(ctx context.Context, r *Report, asOf calendar.Day) error {
	if asOf != "" {
		r.Period.AsOf = asOf
	}
	if err := d.compiler.limitToUnitEnd(ctx, r.Unit, &r.Period); err != nil {
		return err
	}
	if _, err := report.CheckPeriod(r.Period); err != nil || r.Period.AsOf > d.reports.clock.Today() {
		return &entry.Invalid{Field: "asOf", Message: "Ngày chốt số liệu không đúng, hoặc sau hôm nay."}
	}
	return d.refresh(ctx, r, d.compile)
}

// refresh replaces the content of a report.
func (d *Drafts) refresh(ctx context.Context, r *Report, compile func(context.Context, *Report) (*report.Compiled, error)) error {
	release, err := d.compiler.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	compiled, err := compile(ctx, r)
	if err != nil {
		return err
	}
	r.Content = compiled.Content
	d.compiler.last.keep(compiled)
	r.Due, err = d.letterheads.due(ctx, r)
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
func (d *Drafts) Write(ctx context.Context, id string, version int64, words Words, by entry.Actor) (store.Stored[Report], error) {
	return d.reports.change(ctx, id, version, Draft, func(r *Report) error {
		if err := r.edit(words, by, ledger.MillisOf(d.reports.clock.Now())); err != nil {
			return err
		}
		return d.refresh(ctx, r, d.compiler.compileAgain)
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
			Edit: report.Edit{Text: form.Composed(form.Lines(*text)), Basis: r.Content.Basis(section)}, By: by, At: now,
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
		line = form.OneLine(*text)
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

// compile makes a report's content from the ledgers and the letterhead as they
// are now. It is for the holder of the compiler.
func (d *Drafts) compile(ctx context.Context, r *Report) (*report.Compiled, error) {
	set, err := d.letterheads.Get(ctx, r.Unit, r.Template)
	if err != nil {
		return nil, err
	}
	if r.AddendumOf != "" {
		s, err := readSeries(ctx, d.reports.table, r.Unit, r.Template, &r.Period)
		if err != nil {
			return nil, err
		}
		r.Since = s.lastAddendum(r.AddendumOf, r.ID)
		return d.compiler.compile(ctx, r, set.Value.Letter, nil)
	}
	standing, err := d.standing.texts(ctx, r.Unit, r.Template, r.Period.Type)
	if err != nil {
		return nil, err
	}
	return d.compiler.compile(ctx, r, set.Value.Letter, standing)
}
