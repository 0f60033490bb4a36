package reports

import (
	"context"
	"maps"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
)

// standing are texts that a unit's reports begin with.
type standing struct {
	kept  *archive.Standing
	clock calendar.Clock
}

// GetStanding implements the operation getStanding.
func (s *standing) GetStanding(ctx context.Context, request contract.GetStandingRequestObject) (contract.GetStandingResponseObject, error) {
	if !gate.CallerOf(ctx).Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	kept := s.kept
	texts, err := kept.Of(ctx, request.Unit, request.Template, request.Type)
	if err != nil {
		return nil, err
	}
	answer := contract.GetStanding200JSONResponse{Texts: []contract.StandingText{}}
	for _, section := range slices.Sorted(maps.Keys(texts)) {
		answer.Texts = append(answer.Texts, standingView(section, texts[section]))
	}
	before := calendar.Day(request.Params.Before)
	if before == "" {
		before = s.clock.Today()
	}
	last, err := kept.Last(ctx, request.Unit, request.Template, request.Type, before)
	if err != nil || last == nil {
		return answer, err
	}
	answer.Last = contract.LastWords{Report: last.ID, Name: last.Name(), PeriodName: last.Period.Label}
	for _, section := range archive.SectionsOf(last) {
		answer.Last.Sections = append(answer.Last.Sections, struct {
			Section string `json:"section"`
			Text    string `json:"text"`
		}{section.ID, section.Text})
	}
	return answer, nil
}

// SetStanding implements the operation setStanding.
func (s *standing) SetStanding(ctx context.Context, request contract.SetStandingRequestObject) (contract.SetStandingResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	if !c.Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	text, err := s.kept.Set(ctx, request.Unit, request.Template, request.Type, request.Section, in.Version, in.Text, c.Actor())
	return contract.SetStanding200JSONResponse(standingView(request.Section, text)), err
}

func standingView(section string, t archive.StandingText) contract.StandingText {
	return contract.StandingText{Section: section, Text: t.Text, Version: t.Version, By: show.Actor(t.By), At: t.At.Time()}
}
