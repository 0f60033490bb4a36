package admin

import (
	"context"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ListAdminLog implements the operation listAdminLog.
func (s *logs) ListAdminLog(ctx context.Context, request contract.ListAdminLogRequestObject) (contract.ListAdminLogResponseObject, error) {
	c := gate.CallerOf(ctx)
	var after paging.AfterID
	if err := paging.Decode(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	entries, next, err := paging.Scan(ctx, s.accounts.Changes, after.ID, request.Params.Limit, func(e *store.Stored[accounts.Change]) (paging.Pick, error) {
		if c.ManagesAll() || slices.ContainsFunc(e.Value.Units, c.Reaches) {
			return paging.Take, nil
		}
		return paging.Skip, nil
	})
	answer := contract.ListAdminLog200JSONResponse{Items: []contract.AdminLogEntry{}, Next: paging.Next(next)}
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx)
	for i := range entries {
		e := &entries[i]
		view := contract.AdminLogEntry{
			ID: e.ID, At: e.Value.At.Time(), User: e.Value.User, UserName: names[e.Value.User], Operation: e.Value.Operation, Target: e.Value.Target, Name: e.Value.Name,
			Changes: map[string]contract.AdminChange{},
		}
		for field, d := range e.Value.Fields {
			view.Changes[field] = contract.AdminChange{From: d.From, To: d.To}
		}
		answer.Items = append(answer.Items, view)
	}
	return answer, err
}

// names are what people are called, also outside the caller's reach: a log
// shows who did what.
func (s *logs) names(ctx context.Context) (map[ledger.UserID]string, error) {
	users, err := s.directory.People(ctx)
	names := make(map[ledger.UserID]string, len(users))
	for i := range users {
		names[users[i].Value.ID] = users[i].Value.Name
	}
	return names, err
}
