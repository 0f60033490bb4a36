package api

import (
	"context"
	"errors"

	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// ListNotices implements the operation listNotices.
func (s *Server) ListNotices(ctx context.Context, request ListNoticesRequestObject) (ListNoticesResponseObject, error) {
	p := request.Params
	units, err := callerOf(ctx).within(p.Unit)
	if err != nil {
		return nil, err
	}
	list, err := s.Office.Reminders.List(ctx, units, p.Open)
	if err != nil {
		return nil, err
	}
	when := func(n *store.Stored[reminders.Notice]) moment { return moment{n.Value.At, n.ID} }
	page, next, err := latest(list, p.Limit, p.Cursor, when, func(n *store.Stored[reminders.Notice]) (bool, error) {
		return s.mayKnow(ctx, &n.Value)
	})
	answer := ListNotices200JSONResponse{Items: []Notice{}, Next: next}
	for i := range page {
		answer.Items = append(answer.Items, noticeView(&page[i]))
	}
	return answer, err
}

// mayKnow reports whether the caller may read the petition of a notice. A
// deadline tells what kind of petition it is.
func (s *Server) mayKnow(ctx context.Context, n *reminders.Notice) (bool, error) {
	c := callerOf(ctx)
	if !c.reaches(n.Unit) {
		return false, nil
	}
	r, err := s.store.Record(ctx, n.Unit, n.Record)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && form.Visible(r, c.user.Role, c.user.ID), err
}

// SeeNotice implements the operation seeNotice.
func (s *Server) SeeNotice(ctx context.Context, request SeeNoticeRequestObject) (SeeNoticeResponseObject, error) {
	n, err := s.Office.Reminders.Get(ctx, request.Notice)
	if err != nil {
		return nil, err
	}
	known, err := s.mayKnow(ctx, &n.Value)
	if err == nil && !known {
		err = errNotFound
	}
	if err != nil {
		return nil, err
	}
	n, err = s.Office.Reminders.See(ctx, request.Notice, callerOf(ctx).actor())
	return SeeNotice200JSONResponse(noticeView(&n)), err
}

func noticeView(n *store.Stored[reminders.Notice]) Notice {
	v := &n.Value
	view := Notice{
		ID: n.ID, Unit: v.Unit, Record: RecordID(v.Record), Step: string(v.Step), Label: v.Label, Law: v.Law, Due: string(v.Due),
		Late: v.Late, Unsure: v.Unsure, At: v.At.Time(),
	}
	for _, sight := range v.Seen {
		view.Seen = append(view.Seen, Sight{By: actorView(sight.By), At: sight.At.Time()})
	}
	return view
}
