package desk

import (
	"cmp"
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// records are the lists of records, and single ones with their history.
type records struct {
	store     *store.Store
	lists     *lists
	fund      *fund
	files     *files.Files
	directory *accounts.Directory
	reminders *reminders.Reminders
}

// ListRecords implements the operation listRecords.
func (s *records) ListRecords(ctx context.Context, request contract.ListRecordsRequestObject) (contract.ListRecordsResponseObject, error) {
	p := request.Params
	q, some, err := s.lists.queryOf(ctx, &p)
	if err != nil || !some {
		return contract.ListRecords200JSONResponse{Items: []contract.RecordSummary{}}, err
	}
	if q.keep != nil || q.place != nil {
		release, err := s.lists.scan.acquire(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	rows, records, next, err := s.lists.query(ctx, q, p.Unit, p.Cursor)
	if err != nil {
		return nil, err
	}
	answer := contract.ListRecords200JSONResponse{Items: []contract.RecordSummary{}, Next: next}
	if p.Totals {
		if answer.Totals, err = s.lists.totals(ctx, q, p.Unit); err != nil {
			return nil, err
		}
	}
	if answer.Refs, err = s.lists.references(ctx, namedRows(rows, records)); err != nil {
		return nil, err
	}
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	reversals, err := s.fund.reversals(ctx, rows, records)
	if err != nil {
		return nil, err
	}
	var lastGifts map[ledger.Ref]string
	if p.Received {
		if lastGifts, err = s.lists.lastGifts(ctx, rows); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		summary := show.Summary(&rows[i], records[i], answer.Refs)
		summary.LastGift = lastGifts[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}]
		summary.AfterEnd = isAfterEnd(tree, rows[i].Unit, records[i])
		summary.ReversedBy = contract.RecordID(reversals[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}].reversedBy)
		summary.Due = string(watch.Next(records[i]))
		answer.Items = append(answer.Items, summary)
	}
	return answer, s.lists.logRows(ctx, "listRecords", reading{}, rows)
}

// isAfterEnd reports whether a record counts in no report, because its unit had
// ended by its day. The day may have been set after the record was written.
func isAfterEnd(tree *accounts.Tree, unit ledger.UnitID, r *ledger.Record) bool {
	u, _ := tree.Unit(unit)
	return form.CountedAfter(u.Value.ValidTo, nil, r)
}

// happened is the cursor of a record's history: the place in the ledger up to
// which it was shown.
type happened struct {
	Seq   ledger.Seq `json:"s"`
	Index int        `json:"i"`
}

// GetRecord implements the operation getRecord.
func (s *records) GetRecord(ctx context.Context, request contract.GetRecordRequestObject) (contract.GetRecordResponseObject, error) {
	caller, unit := gate.CallerOf(ctx), request.Params.Unit
	if !caller.Reaches(unit) {
		return nil, problem.ErrNotFound
	}
	r, err := s.store.Record(ctx, unit, ledger.RecordID(request.Record))
	if err != nil {
		return nil, err
	}
	if !caller.MayRead(r) {
		return nil, problem.ErrNotFound
	}
	var at happened
	if err := paging.Decode(request.Params.Cursor, &at); err != nil {
		return nil, err
	}
	limit := cmp.Or(request.Params.Limit, store.MaxHistoryOps)
	told, err := s.past(ctx, unit, r, ledger.Dot{Seq: at.Seq, Index: at.Index}, limit)
	if err != nil {
		return nil, err
	}
	sensitive := request.Params.Sensitive
	if err := s.lists.logRead(ctx, "getRecord", unit, reading{sensitive, request.Params.Again}, []ledger.RecordID{r.ID}); err != nil {
		return nil, err
	}
	missing, err := s.files.MissingOf(ctx, r)
	if err != nil {
		return nil, err
	}
	r = told.hidden.Without(unit, r)
	view := show.Record(unit, r)
	view.Missing = missing.Of(r)
	refs, err := s.lists.references(ctx, []named{{unit, r}})
	if err != nil {
		return nil, err
	}
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	answer := contract.GetRecord200JSONResponse{
		Record: view, AfterEnd: isAfterEnd(tree, unit, r), Refs: refs, Deadlines: show.Deadlines(watch, r), History: show.History(r, told.events),
	}
	told.hidden.WithoutHistory(unit, r.Kind, answer.History)
	if !sensitive {
		show.Mask(&answer.Record)
		show.MaskHistory(r.Kind, answer.History)
	}
	if told.more {
		answer.Next = paging.Encode(happened{told.next.Seq, told.next.Index})
	}
	return answer, nil
}

// past is a page of a record's history.
type past struct {
	events []store.Event
	next   ledger.Dot // where it goes on, if there is more
	more   bool
	hidden show.Hidden // what the record and its history name that the caller is not shown
}

// past reads a page of a record's history as the caller may see it: an op that only
// names a hidden record leaves no trace.
func (s *records) past(ctx context.Context, unit ledger.UnitID, r *ledger.Record, after ledger.Dot, limit int) (p past, err error) {
	caller := gate.CallerOf(ctx)
	if caller.ReadsAll() {
		p.events, p.next, p.more, err = s.store.History(ctx, unit, r, after, limit, nil)
		return p, err
	}
	if p.hidden, err = show.Hide(ctx, s.store, caller, unit, r); err != nil {
		return p, err
	}
	if p.hidden == nil {
		p.hidden = show.Hidden{}
	}
	var failed error
	p.events, p.next, p.more, err = s.store.History(ctx, unit, r, after, limit, func(e *store.Event) bool {
		says, err := p.hidden.Says(ctx, s.store, caller, unit, r.Kind, &e.Op)
		failed = cmp.Or(failed, err)
		return says
	})
	return p, cmp.Or(err, failed)
}
