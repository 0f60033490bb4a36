package desk

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// lists reads rows as their caller may see them, and notes what was read.
type lists struct {
	store     *store.Store
	access    *gate.AccessLog
	directory *accounts.Directory
	reminders *reminders.Reminders
	clock     calendar.Clock
	scan      slot // for lists that are kept record by record
}

// selection is what a list shows: the rows of a query whose records keep keeps.
type selection struct {
	store.Query
	keep func(ledger.UnitID, *ledger.Record) bool // nil: all
	// place is where a row stands in an order that the database does not know: nil
	// where it does. The order is named by Sort.
	place func(*store.Row, *ledger.Record) *store.Position
}

// placeOf is where a row stands in the list.
func (q *selection) placeOf(row *store.Row, r *ledger.Record) *store.Position {
	if q.place != nil {
		return q.place(row, r)
	}
	return row.Position(q.Sort)
}

// keepOnly narrows a selection further.
func (q *selection) keepOnly(keep func(ledger.UnitID, *ledger.Record) bool) {
	before := q.keep
	q.keep = func(unit ledger.UnitID, r *ledger.Record) bool {
		return (before == nil || before(unit, r)) && keep(unit, r)
	}
}

// position is the cursor of a list of records.
type position struct {
	Sort    store.Sort    `json:"s"`
	Updated ledger.Millis `json:"u,omitempty"`
	Amount  int64         `json:"a,omitempty"`
	Text    []byte        `json:"t,omitempty"`
	Unit    ledger.UnitID `json:"n"`
	Record  string        `json:"r"`
}

// query reads one page of rows that the caller may see, and the cursor of the
// next.
func (s *lists) query(ctx context.Context, q selection, units []ledger.UnitID, cursor string) ([]store.Row, []*ledger.Record, string, error) {
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
	if err := s.store.Settle(ctx, q.Units); err != nil {
		return nil, nil, "", err
	}
	limit := q.Limit
	q.Limit++
	var rows []store.Row
	var records []*ledger.Record
	if q.place != nil {
		rows, records, err = s.ordered(ctx, q)
	} else {
		rows, records, err = s.visible(ctx, q)
	}
	if err != nil || len(rows) <= limit {
		return rows, records, "", err
	}
	return rows[:limit], records[:limit], cursorOf(q.placeOf(&rows[limit-1], records[limit-1]), q.Sort), nil
}

// ordered reads all rows that q selects, and returns those from its place on, at
// most as many as it wants.
func (s *lists) ordered(ctx context.Context, q selection) ([]store.Row, []*ledger.Record, error) {
	read, all := q.Query, q
	read.States = statesBehind(gate.CallerOf(ctx), &q.Query)
	read.Sort, read.After, read.Limit, all.Limit = store.SortUpdated, nil, keptPage, math.MaxInt
	rows, records, err := s.pick(ctx, read, all)
	if err != nil {
		return nil, nil, err
	}
	type placed struct {
		at     *store.Position
		row    store.Row
		record *ledger.Record
	}
	var list []placed
	for i := range rows {
		at := q.place(&rows[i], records[i])
		if q.After == nil || q.Compare(at, q.After) > 0 {
			list = append(list, placed{at, rows[i], records[i]})
		}
	}
	slices.SortFunc(list, func(a, b placed) int { return q.Compare(a.at, b.at) })
	rows, records = nil, nil
	for _, p := range list[:min(len(list), q.Limit)] {
		rows, records = append(rows, p.row), append(records, p.record)
	}
	return rows, records, nil
}

// withoutHidden takes out of rows and their records what names a record that the
// caller may not see, and what follows from it.
func (s *lists) withoutHidden(ctx context.Context, rows []store.Row, records []*ledger.Record) error {
	caller := gate.CallerOf(ctx)
	byUnit := map[ledger.UnitID][]*ledger.Record{}
	for i, r := range records {
		byUnit[rows[i].Unit] = append(byUnit[rows[i].Unit], r)
	}
	hidden := map[ledger.UnitID]show.Hidden{}
	for _, unit := range slices.Sorted(maps.Keys(byUnit)) {
		var err error
		if hidden[unit], err = show.Hide(ctx, s.store, caller, unit, byUnit[unit]...); err != nil {
			return err
		}
	}
	for i, r := range records {
		unit := rows[i].Unit
		if without := hidden[unit].Without(unit, r); without != r {
			records[i], rows[i].State, rows[i].Conflict = without, store.StateOf(without), len(without.Conflicts()) > 0
			rows[i].Facets = store.FacetsOf(unit, without)
		}
	}
	return nil
}

// cursorOf is the cursor of what stands behind a place.
func cursorOf(at *store.Position, sort store.Sort) string {
	return paging.Encode(position{Sort: sort, Updated: at.Updated, Amount: at.Amount, Text: []byte(at.Text), Unit: at.Unit, Record: at.ID.String()})
}

// keptPage is how many rows are read at once where a list keeps some of them only.
const keptPage = 500

// visible reads rows until there are as many as q wants that it keeps and the
// caller may see. What they may not see leaves no trace in the answer: no gap, and not
// a place where a page ends.
func (s *lists) visible(ctx context.Context, q selection) ([]store.Row, []*ledger.Record, error) {
	read := q.Query
	read.States = statesBehind(gate.CallerOf(ctx), &q.Query)
	if q.keep != nil { // it may leave none of a page: a client's small one is no reason to ask the database often
		read.Limit = max(read.Limit, keptPage)
	}
	return s.pick(ctx, read, q)
}

// pick reads rows until there are as many as q wants that it selects as the caller
// sees them.
func (s *lists) pick(ctx context.Context, read store.Query, q selection) (rows []store.Row, records []*ledger.Record, err error) {
	for {
		page, err := s.store.Backend().Query(ctx, read)
		if err != nil {
			return nil, nil, err
		}
		pageRows, pageRecords, err := s.asSeen(ctx, page)
		if err != nil {
			return nil, nil, err
		}
		for i := range pageRows {
			if q.selects(&pageRows[i], pageRecords[i]) {
				rows, records = append(rows, pageRows[i]), append(records, pageRecords[i])
			}
			if len(rows) == q.Limit {
				return rows, records, nil
			}
		}
		if len(page) < read.Limit {
			return rows, records, nil
		}
		read.After, read.Limit = page[len(page)-1].Position(read.Sort), max(read.Limit, keptPage)
	}
}

// asSeen returns those of the rows that the caller may see, as they see them, with
// their records.
func (s *lists) asSeen(ctx context.Context, read []store.Row) ([]store.Row, []*ledger.Record, error) {
	caller := gate.CallerOf(ctx)
	var rows []store.Row
	var records []*ledger.Record
	for i := range read {
		r, err := ledger.ParseRecord(read[i].Body)
		if err != nil {
			return nil, nil, err
		}
		if caller.MayRead(r) {
			rows, records = append(rows, read[i]), append(records, r)
		}
	}
	return rows, records, s.withoutHidden(ctx, rows, records)
}

// selects reports whether a row belongs into a list, as the caller sees it.
func (q *selection) selects(row *store.Row, r *ledger.Record) bool {
	for _, f := range q.Facets {
		if !slices.Contains(row.Facets, f) {
			return false
		}
	}
	return (len(q.States) == 0 || slices.Contains(q.States, row.State)) && (!q.Conflict || row.Conflict) && (q.keep == nil || q.keep(row.Unit, r))
}

// statesBehind are the stored states of the rows that the caller may see in the
// states of a query: a copy of what is hidden from them is none to them.
func statesBehind(c *gate.Caller, q *store.Query) []store.State {
	asksLive := slices.ContainsFunc(q.States, func(s store.State) bool { return slices.Contains(countedStates, s) })
	if c.ReadsAll() || !asksLive || slices.Contains(q.States, store.Duplicate) || len(q.Kinds) > 0 && !slices.ContainsFunc(q.Kinds, form.MayBeConfidential) {
		return q.States
	}
	return append(slices.Clone(q.States), store.Duplicate)
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
	return &store.Position{Updated: p.Updated, Amount: p.Amount, Text: string(p.Text), Unit: p.Unit, ID: id}, nil
}

// reading is how records are read: with sensitive values, and again, by a page that
// shows them and asks by itself. Of those that are read again each is entered into
// the access log once a day.
type reading struct{ sensitive, again bool }

// logRows enters a list's rows into the access log, unit by unit.
func (s *lists) logRows(ctx context.Context, operation string, how reading, rows []store.Row) error {
	return eachUnit(rows, func(unit ledger.UnitID, records []ledger.RecordID) error {
		return s.logRead(ctx, operation, unit, how, records)
	})
}

func eachUnit(rows []store.Row, do func(ledger.UnitID, []ledger.RecordID) error) error {
	byUnit := map[ledger.UnitID][]ledger.RecordID{}
	for i := range rows {
		byUnit[rows[i].Unit] = append(byUnit[rows[i].Unit], rows[i].ID)
	}
	for _, unit := range slices.Sorted(maps.Keys(byUnit)) {
		if err := do(unit, byUnit[unit]); err != nil {
			return err
		}
	}
	return nil
}

// logRead enters records of a unit into the access log.
func (s *lists) logRead(ctx context.Context, operation string, unit ledger.UnitID, how reading, records []ledger.RecordID) error {
	switch {
	case how.again:
		return s.access.AddDaily(ctx, operation, unit, how.sensitive, records)
	case how.sensitive:
		return s.access.AddSensitive(ctx, operation, unit, records)
	}
	return s.access.Add(ctx, operation, unit, records)
}

func namedRows(rows []store.Row, records []*ledger.Record) []named {
	list := make([]named, len(rows))
	for i := range rows {
		list[i] = named{rows[i].Unit, records[i]}
	}
	return list
}
