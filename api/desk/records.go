package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"

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

// position is the cursor of a list of records.
type position struct {
	Sort    store.Sort    `json:"s"`
	Updated ledger.Millis `json:"u,omitempty"`
	Text    []byte        `json:"t,omitempty"`
	Unit    ledger.UnitID `json:"n"`
	Record  string        `json:"r"`
}

// ListRecords implements the operation listRecords.
func (s *Desk) ListRecords(ctx context.Context, request contract.ListRecordsRequestObject) (contract.ListRecordsResponseObject, error) {
	p := request.Params
	q, some, err := s.queryOf(ctx, &p)
	if err != nil || !some {
		return contract.ListRecords200JSONResponse{Items: []contract.RecordSummary{}}, err
	}
	rows, records, next, err := s.query(ctx, q, p.Unit, p.Cursor)
	if err != nil {
		return nil, err
	}
	answer := contract.ListRecords200JSONResponse{Items: []contract.RecordSummary{}, Next: next}
	if p.Totals {
		if answer.Totals, err = s.totals(ctx, q, p.Unit); err != nil {
			return nil, err
		}
	}
	if answer.Refs, err = s.references(ctx, namedRows(rows, records)); err != nil {
		return nil, err
	}
	watch, err := s.Office.Reminders.Watch(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.Directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	pairs, err := s.pairs(ctx, rows, records)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		summary := show.Summary(&rows[i], records[i], answer.Refs)
		summary.AfterEnd = isAfterEnd(tree, rows[i].Unit, records[i])
		summary.ReversedBy = contract.RecordID(pairs[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}].reversedBy)
		summary.Due = string(watch.Next(records[i]))
		answer.Items = append(answer.Items, summary)
	}
	return answer, s.logRows(ctx, "listRecords", false, rows)
}

// isAfterEnd reports whether a record has a day after its unit's last, and so
// counts in no report. The day may have been set after the record was written.
func isAfterEnd(tree *accounts.Tree, unit ledger.UnitID, r *ledger.Record) bool {
	u, _ := tree.Unit(unit)
	last := u.Value.ValidTo
	return last != "" && slices.ContainsFunc(form.DaysOf(nil, r), func(day string) bool { return day > last })
}

func namedRows(rows []store.Row, records []*ledger.Record) []named {
	list := make([]named, len(rows))
	for i := range rows {
		list[i] = named{rows[i].Unit, records[i]}
	}
	return list
}

// query reads one page of rows that the caller may see, and the cursor of the
// next.
func (s *Desk) query(ctx context.Context, q store.Query, units []ledger.UnitID, cursor string) ([]store.Row, []*ledger.Record, string, error) {
	var err error
	if q.Units, err = gate.CallerOf(ctx).Within(units); err != nil || len(q.Units) == 0 {
		return nil, nil, "", err
	}
	if q.Sort == "" {
		q.Sort = store.SortUpdated
	}
	if q.Limit == 0 {
		q.Limit = paging.DefaultLimit
	}
	if cursor != "" {
		if q.After, err = afterCursor(cursor, q.Sort); err != nil {
			return nil, nil, "", err
		}
	}
	if err := s.Store.Settle(ctx, q.Units); err != nil {
		return nil, nil, "", err
	}
	limit := q.Limit
	q.Limit++
	rows, records, err := s.visible(ctx, q)
	if err != nil || len(rows) <= limit {
		return rows, records, "", err
	}
	return rows[:limit], records[:limit], cursorOf(&rows[limit-1], q.Sort), nil
}

// cursorOf is the cursor of what stands behind a row.
func cursorOf(r *store.Row, sort store.Sort) string {
	at := positionOf(r, sort)
	return paging.Encode(position{Sort: sort, Updated: at.Updated, Text: []byte(at.Text), Unit: at.Unit, Record: at.ID.String()})
}

// visible reads rows until there are as many as q wants that the caller may
// see. What they may not see leaves no trace in the answer: no gap, and not
// a place where a page ends.
func (s *Desk) visible(ctx context.Context, q store.Query) (rows []store.Row, records []*ledger.Record, err error) {
	caller := gate.CallerOf(ctx)
	for {
		read, err := s.Store.Backend().Query(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		for i := range read {
			r, err := ledger.ParseRecord(read[i].Body)
			if err != nil {
				return nil, nil, err
			}
			if form.Visible(r, caller.User.Role, caller.User.ID) {
				rows, records = append(rows, read[i]), append(records, r)
			}
			if len(rows) == q.Limit {
				return rows, records, nil
			}
		}
		if len(read) < q.Limit {
			return rows, records, nil
		}
		q.After = positionOf(&read[len(read)-1], q.Sort)
	}
}

// positionOf is a row's place in a list.
func positionOf(r *store.Row, sort store.Sort) *store.Position {
	at := &store.Position{Unit: r.Unit, ID: r.ID}
	switch sort {
	case store.SortUpdated:
		at.Updated = r.Updated
	case store.SortDate:
		at.Text = r.Date
	case store.SortName:
		at.Text = r.Name
	case store.SortWaiting:
		at.Updated = r.Waiting
	}
	return at
}

func afterCursor(cursor string, sort store.Sort) (*store.Position, error) {
	var p position
	if err := paging.Decode(cursor, &p); err != nil {
		return nil, err
	}
	id, err := ledger.ParseRecordID(p.Record)
	if err != nil || p.Sort != sort {
		return nil, problem.Malformed("the cursor is of another list", err)
	}
	return &store.Position{Updated: p.Updated, Text: string(p.Text), Unit: p.Unit, ID: id}, nil
}

// logRows enters a list's rows into the access log, unit by unit.
func (s *Desk) logRows(ctx context.Context, operation string, sensitive bool, rows []store.Row) error {
	byUnit := map[ledger.UnitID][]ledger.RecordID{}
	for i := range rows {
		byUnit[rows[i].Unit] = append(byUnit[rows[i].Unit], rows[i].ID)
	}
	for _, unit := range slices.Sorted(maps.Keys(byUnit)) {
		if err := s.logRead(ctx, operation, unit, sensitive, byUnit[unit]); err != nil {
			return err
		}
	}
	return nil
}

// logRead enters records of a unit into the access log.
func (s *Desk) logRead(ctx context.Context, operation string, unit ledger.UnitID, sensitive bool, records []ledger.RecordID) error {
	if sensitive {
		return s.Access.NoteSensitive(ctx, operation, unit, records)
	}
	return s.Access.Note(ctx, operation, unit, records)
}

// happened is the cursor of a record's history: the place in the ledger up to
// which it was shown.
type happened struct {
	Seq   ledger.Seq `json:"s"`
	Index int        `json:"i"`
}

// GetRecord implements the operation getRecord.
func (s *Desk) GetRecord(ctx context.Context, request contract.GetRecordRequestObject) (contract.GetRecordResponseObject, error) {
	caller, unit := gate.CallerOf(ctx), request.Params.Unit
	if !caller.Reaches(unit) {
		return nil, problem.ErrNotFound
	}
	r, err := s.Store.Record(ctx, unit, ledger.RecordID(request.Record))
	if err != nil {
		return nil, err
	}
	if !form.Visible(r, caller.User.Role, caller.User.ID) {
		return nil, problem.ErrNotFound
	}
	var at happened
	if err := paging.Decode(request.Params.Cursor, &at); err != nil {
		return nil, err
	}
	limit := cmp.Or(request.Params.Limit, store.MaxHistoryOps)
	events, next, more, err := s.Store.History(ctx, unit, r, ledger.Dot{Seq: at.Seq, Index: at.Index}, limit)
	if err != nil {
		return nil, err
	}
	sensitive := request.Params.Sensitive
	if err := s.logRead(ctx, "getRecord", unit, sensitive, []ledger.RecordID{r.ID}); err != nil {
		return nil, err
	}
	missing, err := s.Files.MissingOf(ctx, r)
	if err != nil {
		return nil, err
	}
	view := show.Record(unit, r)
	view.Missing = missing.Of(r)
	refs, err := s.references(ctx, []named{{unit, r}})
	if err != nil {
		return nil, err
	}
	watch, err := s.Office.Reminders.Watch(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.Directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	answer := contract.GetRecord200JSONResponse{
		Record: view, AfterEnd: isAfterEnd(tree, unit, r), Refs: refs, Deadlines: show.Deadlines(watch.Deadlines(r)), History: show.History(r, events),
	}
	if !sensitive {
		show.Mask(&answer.Record)
		show.MaskHistory(r.Kind, answer.History)
	}
	if more {
		answer.Next = paging.Encode(happened{next.Seq, next.Index})
	}
	return answer, nil
}
