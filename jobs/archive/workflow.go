package archive

import (
	"context"
	"errors"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Step is one hand-over of a report between the people who write it and those who
// sign it.
type Step struct {
	By   entry.Actor   `json:"by"`
	At   ledger.Millis `json:"at"`
	Note string        `json:"note,omitempty"`
}

// maxNote bounds the note of a step, in characters.
const maxNote = 2000

func newStep(note string, by entry.Actor, now ledger.Millis) (*Step, error) {
	note = form.Composed(form.Lines(note))
	if utf8.RuneCountInString(note) > maxNote {
		return nil, &entry.Invalid{Field: "note", Message: "Ghi chú dài tối đa 2000 ký tự."}
	}
	return &Step{By: by, At: now, Note: note}, nil
}

// Submit hands a draft to the signers. Until it is returned or signed nobody
// changes it.
func (d *Drafts) Submit(ctx context.Context, id string, version int64, note string, by entry.Actor) (store.Stored[Report], error) {
	return d.reports.change(ctx, id, version, Draft, func(r *Report) error {
		for _, s := range r.Content.Sections {
			if len(s.Stale) > 0 {
				return ErrStale
			}
		}
		step, err := newStep(note, by, ledger.MillisOf(d.reports.clock.Now()))
		r.State, r.Submitted, r.Returned, r.Recalled = Submitted, step, nil, nil
		return err
	})
}

// Return gives a submitted report back to be changed. The note says what is to
// be changed.
func (d *Drafts) Return(ctx context.Context, id string, version int64, note string, by entry.Actor) (store.Stored[Report], error) {
	return d.reports.change(ctx, id, version, Submitted, func(r *Report) error {
		step, err := newStep(note, by, ledger.MillisOf(d.reports.clock.Now()))
		if err == nil && step.Note == "" {
			err = &entry.Invalid{Field: "note", Message: "Cần ghi lý do trả lại để người soạn sửa."}
		}
		r.State, r.Returned = Draft, step
		return err
	})
}

// Recall takes a submitted report back to be changed. Only who submitted it may.
func (d *Drafts) Recall(ctx context.Context, id string, version int64, note string, by entry.Actor) (store.Stored[Report], error) {
	return d.reports.change(ctx, id, version, Submitted, func(r *Report) error {
		if r.Submitted == nil || r.Submitted.By.User != by.User {
			return ErrNotSubmitter
		}
		step, err := newStep(note, by, ledger.MillisOf(d.reports.clock.Now()))
		r.State, r.Recalled = Draft, step
		return err
	})
}

// Drop takes a draft out of the archive. Its id stays used, so that nothing that
// was read of it is taken for another draft; its content goes.
func (d *Drafts) Drop(ctx context.Context, id string, version int64, by entry.Actor) error {
	_, err := d.reports.change(ctx, id, version, Draft, func(r *Report) error {
		step, err := newStep("", by, ledger.MillisOf(d.reports.clock.Now()))
		r.State, r.Dropped, r.Content, r.Edits, r.Headings = Dropped, step, report.Content{}, nil, nil
		return err
	})
	return err
}

// SectionError says that sections were changed by somebody else meanwhile.
type SectionError struct {
	Sections []string // their ids
}

func (e *SectionError) Error() string { return "sections were changed meanwhile" }

// Versions are those at which what is written over was read.
type Versions struct {
	Sections map[string]int64
	Headings int64
}

// WriteSections is Write for a draft of which nobody has changed since their
// versions what is written over. Two people who write in two sections do not
// stand in each other's way.
func (d *Drafts) WriteSections(ctx context.Context, id string, versions Versions, words Words, by entry.Actor) (store.Stored[Report], error) {
	const tries = 5
	for try := 1; ; try++ {
		r, err := d.reports.get(ctx, id)
		if err != nil {
			return r, err
		}
		done, err := d.reports.change(ctx, id, r.Version, Draft, func(r *Report) error {
			var bad SectionError
			for section := range words.Texts {
				if r.SectionVersions[section] != versions.Sections[section] {
					bad.Sections = append(bad.Sections, section)
				}
			}
			if len(words.Headings) > 0 && r.HeadingsVersion != versions.Headings {
				bad.Sections = slices.AppendSeq(bad.Sections, maps.Keys(words.Headings))
			}
			if len(bad.Sections) > 0 {
				slices.Sort(bad.Sections)
				bad.Sections = slices.Compact(bad.Sections)
				return &bad
			}
			if err := r.edit(words, by, ledger.MillisOf(d.reports.clock.Now())); err != nil {
				return err
			}
			return d.refresh(ctx, r, d.compiler.compileAgain)
		})
		if !errors.Is(err, store.ErrVersion) || try == tries {
			return done, err
		}
	}
}
