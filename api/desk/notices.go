package desk

import (
	"context"
	"errors"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/store"
)

// notices are what reviewers are reminded of.
type notices struct {
	store     *store.Store
	reminders *reminders.Reminders
}

// ListNotices implements the operation listNotices.
func (s *notices) ListNotices(ctx context.Context, request contract.ListNoticesRequestObject) (contract.ListNoticesResponseObject, error) {
	p := request.Params
	units, err := gate.CallerOf(ctx).Within(p.Unit)
	if err != nil {
		return nil, err
	}
	list, err := s.reminders.List(ctx, units, p.Open)
	if err != nil {
		return nil, err
	}
	when := func(n *store.Stored[reminders.Notice]) paging.Moment { return paging.Moment{At: n.Value.At, ID: n.ID} }
	page, next, err := paging.Latest(list, p.Limit, p.Cursor, when, func(n *store.Stored[reminders.Notice]) (bool, error) {
		return s.mayKnow(ctx, &n.Value)
	})
	answer := contract.ListNotices200JSONResponse{Items: []contract.Notice{}, Next: next}
	for i := range page {
		answer.Items = append(answer.Items, noticeView(&page[i]))
	}
	return answer, err
}

// mayKnow reports whether the caller may read the petition of a notice. A
// deadline tells what kind of petition it is.
func (s *notices) mayKnow(ctx context.Context, n *reminders.Notice) (bool, error) {
	c := gate.CallerOf(ctx)
	if !c.Reaches(n.Unit) {
		return false, nil
	}
	r, err := s.store.Record(ctx, n.Unit, n.Record)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.MayRead(r), err
}

// SeeNotice implements the operation seeNotice.
func (s *notices) SeeNotice(ctx context.Context, request contract.SeeNoticeRequestObject) (contract.SeeNoticeResponseObject, error) {
	n, err := s.reminders.Get(ctx, request.Notice)
	if err != nil {
		return nil, err
	}
	known, err := s.mayKnow(ctx, &n.Value)
	if err == nil && !known {
		err = problem.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	n, err = s.reminders.See(ctx, request.Notice, gate.CallerOf(ctx).Actor())
	return contract.SeeNotice200JSONResponse(noticeView(&n)), err
}

func noticeView(n *store.Stored[reminders.Notice]) contract.Notice {
	v := &n.Value
	view := contract.Notice{
		ID: n.ID, Unit: v.Unit, Record: contract.RecordID(v.Record), Step: string(v.Step), Label: v.Label, Law: v.Law, Due: string(v.Due),
		Late: v.Late, Unsure: v.Unsure, At: v.At.Time(),
	}
	for _, sight := range v.Seen {
		view.Seen = append(view.Seen, contract.Sight{By: show.Actor(sight.By), At: sight.At.Time()})
	}
	return view
}
