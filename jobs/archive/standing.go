package archive

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// StandingText is a text of an issuer's own with which a section begins in each
// report of a type: what only people know, written once.
type StandingText struct {
	Text    string        `json:"text"` // "" once it was taken away
	Version int64         `json:"version"`
	By      entry.Actor   `json:"by"`
	At      ledger.Millis `json:"at"`
}

// standingTexts are those of an issuer and a type, by section.
type standingTexts struct {
	Texts map[string]StandingText `json:"texts"`
}

// Standing keeps the texts of all issuers.
type Standing struct {
	clock   calendar.Clock
	kept    store.Table[standingTexts]
	reports store.Table[Report]
}

// MaxStanding bounds one text, in characters.
const MaxStanding = 16_000

// standingID names an issuer, which is a unit and a template, and a type of
// report.
func standingID(unit ledger.UnitID, t report.Template, of calendar.Type) string {
	return fmt.Sprintf("%s.%s.%s", unit, t, of)
}

// Of returns the texts of an issuer and a type, by section.
func (s *Standing) Of(ctx context.Context, unit ledger.UnitID, t report.Template, of calendar.Type) (map[string]StandingText, error) {
	kept, err := s.kept.Get(ctx, standingID(unit, t, of))
	if errors.Is(err, store.ErrNotFound) {
		return map[string]StandingText{}, nil
	}
	return kept.Value.Texts, err
}

// texts are those that a report takes up.
func (s *Standing) texts(ctx context.Context, unit ledger.UnitID, t report.Template, of calendar.Type) (map[string]string, error) {
	texts, err := s.Of(ctx, unit, t, of)
	bySection := map[string]string{}
	for section, text := range texts {
		bySection[section] = text.Text
	}
	return bySection, err
}

// Set changes the text of a section, unless it has changed since a version; 0
// is that of a text that was never set. "" takes it away. Drafts take it up when
// they are compiled again.
func (s *Standing) Set(ctx context.Context, unit ledger.UnitID, t report.Template, of calendar.Type, section string, version int64, text string, by entry.Actor) (StandingText, error) {
	text = form.Composed(form.Lines(text))
	switch {
	case !report.HasSection(t, section):
		return StandingText{}, &entry.Invalid{Field: "section", Message: "Mẫu báo cáo không có mục này."}
	case utf8.RuneCountInString(text) > MaxStanding:
		return StandingText{}, &entry.Invalid{Field: "text", Message: fmt.Sprintf("Lời văn dùng lại dài tối đa %d ký tự.", MaxStanding)}
	}
	id := standingID(unit, t, of)
	now := StandingText{Text: text, Version: version + 1, By: by, At: ledger.MillisOf(s.clock.Now())}
	change := func(kept *standingTexts) error {
		if kept.Texts[section].Version != version {
			return store.ErrVersion
		}
		if kept.Texts = maps.Clone(kept.Texts); kept.Texts == nil {
			kept.Texts = map[string]StandingText{}
		}
		kept.Texts[section] = now
		return nil
	}
	_, err := s.kept.Update(ctx, id, change)
	if errors.Is(err, store.ErrNotFound) {
		var first standingTexts
		if err := change(&first); err != nil {
			return StandingText{}, err
		}
		if _, err = s.kept.Add(ctx, id, first); errors.Is(err, store.ErrTaken) { // another section was faster
			_, err = s.kept.Update(ctx, id, change)
		}
	}
	return now, err
}

// Last returns the issuer's latest issued report of a type whose period began
// before a day, or nil: what its sections said may be said again.
func (s *Standing) Last(ctx context.Context, unit ledger.UnitID, t report.Template, of calendar.Type, before calendar.Day) (*Report, error) {
	all, err := s.reports.AllOf(ctx, fmt.Sprintf("%s.%s.%s.", unit, t, of))
	if err != nil {
		return nil, err
	}
	var last *Report
	for i := range all {
		r := &all[i].Value
		if r.State.Issued() && r.AddendumOf == "" && r.Period.From < before && (last == nil || r.Period.From > last.Period.From) {
			last = r
		}
	}
	return last, nil
}

// standingIn are the texts that stand in a report already.
func standingIn(r *report.Content) map[string]string {
	texts := map[string]string{}
	for _, s := range r.Sections {
		if s.Standing != "" {
			texts[s.ID] = s.Standing
		}
	}
	return texts
}

// SectionsOf returns the sections that a report says, without those that say
// nothing.
func SectionsOf(r *Report) []report.Section {
	return slices.DeleteFunc(slices.Clone(r.Content.Sections), func(s report.Section) bool { return strings.TrimSpace(s.Text) == "" })
}
