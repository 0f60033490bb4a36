package reports

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// letterheads are what stands above and below a unit's reports.
type letterheads struct {
	kept *archive.Letterheads
	log  *gate.AdminLog
}

// GetLetterhead implements the operation getLetterhead.
func (s *letterheads) GetLetterhead(ctx context.Context, request contract.GetLetterheadRequestObject) (contract.GetLetterheadResponseObject, error) {
	if !gate.CallerOf(ctx).Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	set, err := s.kept.Get(ctx, request.Unit, request.Template)
	return contract.GetLetterhead200JSONResponse(letterheadView(&set)), err
}

// SetLetterhead implements the operation setLetterhead.
func (s *letterheads) SetLetterhead(ctx context.Context, request contract.SetLetterheadRequestObject) (contract.SetLetterheadResponseObject, error) {
	if !gate.CallerOf(ctx).Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	in := request.Body
	l := archive.Letterhead{Letter: in.Letter, Rule: in.Rule, TermTold: calendar.MonthDay(in.TermTold)}
	for text, n := range in.FirstNumbers {
		year, err := strconv.Atoi(text)
		if err != nil {
			return nil, problem.Invalid("firstNumbers", "Cần ghi theo năm, ví dụ 2026.")
		}
		if l.FirstNumbers == nil {
			l.FirstNumbers = map[int]int{}
		}
		l.FirstNumbers[year] = n
	}
	was, err := s.kept.Get(ctx, request.Unit, request.Template)
	if err != nil {
		return nil, err
	}
	set, err := s.kept.Set(ctx, request.Unit, request.Template, in.Version, l)
	if errors.Is(err, store.ErrNotFound) {
		err = store.ErrVersion // there is no version yet
	}
	if err != nil {
		return nil, withPath(err)
	}
	view := letterheadView(&set)
	target := string(request.Unit) + "." + string(request.Template)
	return contract.SetLetterhead200JSONResponse(view), s.log.Add(ctx, "setLetterhead", target, []ledger.UnitID{request.Unit}, letterheadView(&was), view)
}

// withPath names a member of a letterhead as the contract nests it.
func withPath(err error) error {
	bad, ok := errors.AsType[*entry.Invalid](err)
	switch {
	case !ok, bad.Field == "termTold", bad.Field == "firstNumbers":
		return err
	case slices.Contains([]string{"halfEnds", "yearEnds", "within"}, bad.Field):
		return problem.Invalid("rule."+bad.Field, bad.Message)
	}
	return problem.Invalid("letter."+bad.Field, bad.Message)
}

func letterheadView(set *store.Stored[archive.Letterhead]) contract.Letterhead {
	view := contract.Letterhead{Version: set.Version, Letter: set.Value.Letter, Rule: set.Value.Rule, TermTold: string(set.Value.TermTold)}
	for year, n := range set.Value.FirstNumbers {
		if view.FirstNumbers == nil {
			view.FirstNumbers = map[string]int{}
		}
		view.FirstNumbers[strconv.Itoa(year)] = n
	}
	return view
}
