package admin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
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
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	answer := contract.ListAccessLog200JSONResponse{Items: []contract.Access{}, Next: paging.Next(next)}
	for i := range entries {
		view, err := accessView(&entries[i])
		if err != nil {
			return nil, err
		}
		view.UserName = names[view.User]
		answer.Items = append(answer.Items, view)
	}
	answer.Refs, err = s.accessed(ctx, entries)
	return answer, err
}

// Bounds of what the log tells of records.
const (
	namedOfEntry = 10
	namedOfPage  = 2000
)

// accessed tells what the records of entries are, without personal values, in
// one question to the database for each unit. An admin learns of no petition or
// reception what it is: if only denunciations had no name, that would name them.
func (s *logs) accessed(ctx context.Context, entries []store.Stored[accounts.Access]) (map[string]contract.AccessedRecord, error) {
	role := gate.CallerOf(ctx).User.Role
	wanted, n := map[ledger.UnitID]map[ledger.RecordID]bool{}, 0
	for i := range entries {
		a := &entries[i].Value
		for _, text := range a.Records[:min(len(a.Records), namedOfEntry)] {
			id, err := ledger.ParseRecordID(text)
			if err != nil || a.Unit == "" || wanted[a.Unit][id] || n >= namedOfPage {
				continue
			}
			if wanted[a.Unit] == nil {
				wanted[a.Unit] = map[ledger.RecordID]bool{}
			}
			wanted[a.Unit][id] = true
			n++
		}
	}
	refs := map[string]contract.AccessedRecord{}
	for unit, set := range wanted {
		ids := slices.SortedFunc(maps.Keys(set), ledger.RecordID.Compare)
		rows, err := s.rows.Query(ctx, store.Query{Units: []ledger.UnitID{unit}, IDs: ids, Limit: len(ids)})
		if err != nil {
			return nil, err
		}
		for i := range rows {
			r, err := ledger.ParseRecord(rows[i].Body)
			if err != nil {
				return nil, err
			}
			if form.MayBeConfidential(r.Kind) && !form.Visible(r, role, "") {
				continue
			}
			refs[show.RefKey(ledger.Ref{Unit: unit, Record: r.ID})] = accessedRecord(r)
		}
	}
	return refs, nil
}

func accessedRecord(r *ledger.Record) contract.AccessedRecord {
	view := contract.AccessedRecord{Kind: r.Kind, Date: form.Day(r)}
	f, ok := form.Of(r.Kind)
	if !ok {
		return view
	}
	if name, named := f.Field(f.NameField); named && !name.Personal {
		view.Title = r.Text(f.NameField)
	}
	if r.Kind == form.KindHousehold {
		view.Code = r.Text("code")
	}
	return view
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
