package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// defaultPage is how many items a list's page holds unless asked.
const defaultPage = 50

// position is the cursor of a list of records.
type position struct {
	Sort    store.Sort    `json:"s"`
	Updated ledger.Millis `json:"u,omitempty"`
	Text    []byte        `json:"t,omitempty"`
	Unit    ledger.UnitID `json:"n"`
	Record  string        `json:"r"`
}

// ListRecords implements the operation listRecords.
func (s *Server) ListRecords(ctx context.Context, request ListRecordsRequestObject) (ListRecordsResponseObject, error) {
	p := request.Params
	q := store.Query{Kinds: p.Kind, States: p.State, Conflict: p.Conflict, From: p.From, To: p.To, Limit: p.Limit}
	q.Sort = store.Sort(strings.TrimPrefix(p.Sort, "-"))
	q.Desc = strings.HasPrefix(p.Sort, "-") || p.Sort == ""
	if p.Q != "" {
		q.Words = strings.Fields(form.FoldText(p.Q))
		if len(q.Words) == 0 {
			return ListRecords200JSONResponse{Items: []RecordSummary{}}, nil // nothing can match
		}
	}
	rows, records, next, err := s.query(ctx, q, p.Unit, p.Cursor)
	if err != nil {
		return nil, err
	}
	answer := ListRecords200JSONResponse{Items: []RecordSummary{}, Next: next}
	for i := range rows {
		answer.Items = append(answer.Items, summaryView(&rows[i], records[i]))
	}
	return answer, s.logRows(ctx, "listRecords", rows)
}

// query reads one page of rows within the caller's reach, and the cursor of
// the next.
func (s *Server) query(ctx context.Context, q store.Query, units []ledger.UnitID, cursor string) ([]store.Row, []*ledger.Record, string, error) {
	caller := callerOf(ctx)
	var err error
	if q.Units, err = caller.within(units); err != nil || len(q.Units) == 0 {
		return nil, nil, "", err
	}
	if q.Sort == "" {
		q.Sort = store.SortUpdated
	}
	if q.Limit == 0 {
		q.Limit = defaultPage
	}
	limit := q.Limit
	q.Limit++
	if cursor != "" {
		var p position
		if err := decodeCursor(cursor, &p); err != nil {
			return nil, nil, "", err
		}
		id, err := ledger.ParseRecordID(p.Record)
		if err != nil || p.Sort != q.Sort {
			return nil, nil, "", malformed("the cursor is of another list", err)
		}
		q.After = &store.Position{Updated: p.Updated, Text: string(p.Text), Unit: p.Unit, ID: id}
	}
	if err := s.store.Settle(ctx, q.Units); err != nil {
		return nil, nil, "", err
	}
	rows, err := s.store.Backend().Query(ctx, q)
	if err != nil {
		return nil, nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := &rows[limit-1]
		p := position{Sort: q.Sort, Unit: last.Unit, Record: last.ID.String()}
		switch q.Sort {
		case store.SortUpdated:
			p.Updated = last.Updated
		case store.SortDate:
			p.Text = []byte(last.Date)
		case store.SortName:
			p.Text = []byte(last.Name)
		}
		next = encodeCursor(p)
	}
	var kept []store.Row
	var records []*ledger.Record
	for i := range rows {
		r, err := ledger.ParseRecord(rows[i].Body)
		if err != nil {
			return nil, nil, "", err
		}
		if form.Visible(r, caller.user.Role, caller.user.ID) {
			kept, records = append(kept, rows[i]), append(records, r)
		}
	}
	return kept, records, next, nil
}

// logRows enters a list's rows into the access log, unit by unit.
func (s *Server) logRows(ctx context.Context, operation string, rows []store.Row) error {
	byUnit := map[ledger.UnitID][]ledger.RecordID{}
	for i := range rows {
		byUnit[rows[i].Unit] = append(byUnit[rows[i].Unit], rows[i].ID)
	}
	for _, unit := range slices.Sorted(maps.Keys(byUnit)) {
		if err := s.logAccess(ctx, operation, unit, byUnit[unit]); err != nil {
			return err
		}
	}
	return nil
}

// within returns the units of a filter, all of the caller's where it is empty.
// A unit out of reach is answered as if it had no records.
func (c *caller) within(units []ledger.UnitID) ([]ledger.UnitID, error) {
	if len(units) == 0 {
		return c.scope, nil
	}
	var reached []ledger.UnitID
	for _, unit := range units {
		if !c.reaches(unit) {
			return nil, errNotFound
		}
		if !slices.Contains(reached, unit) {
			reached = append(reached, unit)
		}
	}
	return reached, nil
}

// GetRecord implements the operation getRecord.
func (s *Server) GetRecord(ctx context.Context, request GetRecordRequestObject) (GetRecordResponseObject, error) {
	caller, unit := callerOf(ctx), request.Params.Unit
	if !caller.reaches(unit) {
		return nil, errNotFound
	}
	r, err := s.store.Record(ctx, unit, ledger.RecordID(request.Record))
	if err != nil {
		return nil, err
	}
	if !form.Visible(r, caller.user.Role, caller.user.ID) {
		return nil, errNotFound
	}
	events, err := s.store.History(ctx, unit, r)
	if err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, "getRecord", unit, []ledger.RecordID{r.ID}); err != nil {
		return nil, err
	}
	return GetRecord200JSONResponse{Record: recordView(unit, r), History: historyView(r, events)}, nil
}
