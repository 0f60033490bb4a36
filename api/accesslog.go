package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// maxAccessRecords is how many records one entry of the access log names.
const maxAccessRecords = 200

// lastMillis is subtracted from: the ids of the access log fall with time, so
// that a list in their order begins with the latest.
const lastMillis = 999_999_999_999_999

// accessBefore is less than the id of every entry of a moment and of all
// before it, and greater than the ids of all after it.
func accessBefore(at ledger.Millis) string { return fmt.Sprintf("a_%015d", lastMillis-int64(at)) }

// logAccess notes that the caller is about to be shown records. It is called
// before the answer: what cannot be noted is not shown. No records stand for a
// whole ledger where a unit is named, unless the list is empty but not nil;
// then nothing was shown, and nothing is noted.
func (s *Server) logAccess(ctx context.Context, operation string, unit ledger.UnitID, records []ledger.RecordID) error {
	if len(records) == 0 && (unit == "" || records != nil) {
		return nil
	}
	c := callerOf(ctx)
	entry := store.Access{
		At: ledger.MillisOf(s.Now()), User: c.user.ID, Role: c.user.Role, Device: c.device.ID, Operation: operation, Unit: unit,
	}
	for whole := len(records) == 0; whole || len(records) > 0; whole = false {
		some := records[:min(len(records), maxAccessRecords)]
		records = records[len(some):]
		entry.Records = nil
		for _, id := range some {
			entry.Records = append(entry.Records, id.String())
		}
		id, err := newID(s.Random, accessBefore(entry.At)+"_")
		if err != nil {
			return err
		}
		if _, err := s.accounts.Access.Add(ctx, id, entry); err != nil {
			return fmt.Errorf("log the access: %w", err)
		}
	}
	return nil
}

// ListAccessLog implements the operation listAccessLog.
func (s *Server) ListAccessLog(ctx context.Context, request ListAccessLogRequestObject) (ListAccessLogResponseObject, error) {
	c, p := callerOf(ctx), request.Params
	var after afterID
	if err := decodeCursor(p.Cursor, &after); err != nil {
		return nil, err
	}
	var from ledger.Millis
	if p.From != "" {
		day, err := time.ParseInLocation(time.DateOnly, p.From, s.Location)
		if err != nil {
			return nil, malformed("from is not a day", err)
		}
		from = ledger.MillisOf(day)
	}
	if p.To != "" {
		day, err := time.ParseInLocation(time.DateOnly, p.To, s.Location)
		if err != nil {
			return nil, malformed("to is not a day", err)
		}
		after.ID = max(after.ID, accessBefore(ledger.MillisOf(day.AddDate(0, 0, 1))-1))
	}
	record := ""
	if id := ledger.RecordID(p.Record); !id.IsZero() {
		record = id.String()
	}
	entries, next, err := scan(ctx, s.accounts.Access, after.ID, p.Limit, func(a *store.Stored[store.Access]) (pick, error) {
		switch {
		case a.Value.At < from:
			return stop, nil
		case p.User != "" && a.Value.User != p.User, record != "" && !slices.Contains(a.Value.Records, record):
			return skip, nil
		}
		if visible, err := s.mayAudit(ctx, c, &a.Value); !visible {
			return skip, err
		}
		return take, nil
	})
	if err != nil {
		return nil, err
	}
	answer := ListAccessLog200JSONResponse{Items: []Access{}, Next: nextPage(next)}
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
func (s *Server) mayAudit(ctx context.Context, c *caller, a *store.Access) (bool, error) {
	if c.managesAll() || a.Unit != "" {
		return c.managesAll() || c.reaches(a.Unit), nil
	}
	return s.manages(ctx, c, a.User)
}

func accessView(a *store.Stored[store.Access]) (Access, error) {
	view := Access{
		ID: a.ID, At: a.Value.At.Time(), User: a.Value.User, Role: a.Value.Role, Device: a.Value.Device,
		Operation: a.Value.Operation, Unit: a.Value.Unit,
	}
	for _, text := range a.Value.Records {
		id, err := ledger.ParseRecordID(text)
		if err != nil {
			return view, fmt.Errorf("read entry %s of the access log: %w", a.ID, err)
		}
		view.Records = append(view.Records, RecordID(id))
	}
	return view, nil
}
