package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ListAccessLog implements the operation listAccessLog.
func (s *logs) ListAccessLog(ctx context.Context, request contract.ListAccessLogRequestObject) (contract.ListAccessLogResponseObject, error) {
	c, p := gate.CallerOf(ctx), request.Params
	var after paging.AfterID
	if err := paging.Decode(p.Cursor, &after); err != nil {
		return nil, err
	}
	var from ledger.Millis
	if p.From != "" {
		day, err := time.ParseInLocation(time.DateOnly, p.From, s.location)
		if err != nil {
			return nil, problem.Malformed("from is not a day", err)
		}
		from = ledger.MillisOf(day)
	}
	if p.To != "" {
		day, err := time.ParseInLocation(time.DateOnly, p.To, s.location)
		if err != nil {
			return nil, problem.Malformed("to is not a day", err)
		}
		after.ID = max(after.ID, accounts.AccessBefore(ledger.MillisOf(day.AddDate(0, 0, 1))-1))
	}
	record := ""
	if id := ledger.RecordID(p.Record); !id.IsZero() {
		record = id.String()
	}
	entries, next, err := paging.Scan(ctx, s.accounts.Access, after.ID, p.Limit, func(a *store.Stored[accounts.Access]) (paging.Pick, error) {
		switch {
		case a.Value.At < from:
			return paging.Stop, nil
		case p.User != "" && a.Value.User != p.User, record != "" && !slices.Contains(a.Value.Records, record):
			return paging.Skip, nil
		}
		if visible, err := s.mayAudit(ctx, c, &a.Value); !visible {
			return paging.Skip, err
		}
		return paging.Take, nil
	})
	if err != nil {
		return nil, err
	}
	answer := contract.ListAccessLog200JSONResponse{Items: []contract.Access{}, Next: paging.Next(next)}
	for i := range entries {
		view, err := accessView(&entries[i])
		if err != nil {
			return nil, err
		}
		answer.Items = append(answer.Items, view)
	}
	return answer, nil
}

// mayAudit reports whether the caller may see an entry: what was read, or
// where that spans units, who read it, is within their reach.
func (s *logs) mayAudit(ctx context.Context, c *gate.Caller, a *accounts.Access) (bool, error) {
	if c.ManagesAll() || a.Unit != "" {
		return c.ManagesAll() || c.Reaches(a.Unit), nil
	}
	return manages(ctx, s.directory, c, a.User)
}

func accessView(a *store.Stored[accounts.Access]) (contract.Access, error) {
	view := contract.Access{
		ID: a.ID, At: a.Value.At.Time(), User: a.Value.User, Role: a.Value.Role, Device: a.Value.Device,
		Operation: a.Value.Operation, Unit: a.Value.Unit, Sensitive: a.Value.Sensitive,
	}
	for _, text := range a.Value.Records {
		id, err := ledger.ParseRecordID(text)
		if err != nil {
			return view, fmt.Errorf("read entry %s of the access log: %w", a.ID, err)
		}
		view.Records = append(view.Records, contract.RecordID(id))
	}
	return view, nil
}
