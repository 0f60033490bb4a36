package reports

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// figures leads from a report's numbers to their records.
type figures struct {
	shelf   *shelf
	archive *archive.Archive
	store   *store.Store
	access  *gate.AccessLog
}

// place is the cursor of the records behind a figure: the last that was shown.
type place struct {
	Unit   ledger.UnitID `json:"u"`
	Record string        `json:"r"`
}

func comparePlaces(a, b place) int {
	return cmp.Or(strings.Compare(string(a.Unit), string(b.Unit)), strings.Compare(a.Record, b.Record))
}

func placeOf(ref ledger.Ref) place { return place{ref.Unit, ref.Record.String()} }

// ListFigureRecords implements the operation listFigureRecords.
func (s *figures) ListFigureRecords(ctx context.Context, request contract.ListFigureRecordsRequestObject) (contract.ListFigureRecordsResponseObject, error) {
	r, err := s.shelf.find(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	var after place
	if err := paging.Decode(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	compiled, err := s.archive.Compiled(ctx, &r.Value)
	if err != nil {
		return nil, err
	}
	figure, ok := compiled.Figure(request.Figure)
	if !ok {
		return nil, problem.ErrNotFound
	}
	refs, _ := compiled.Behind(request.Figure)
	refs = slices.DeleteFunc(slices.Clone(refs), func(ref ledger.Ref) bool { return comparePlaces(placeOf(ref), after) <= 0 })
	parts := compiled.Parts(request.Figure)
	parts = parts[len(parts)-len(refs):] // what lies behind the cursor is the end of the list
	answer := contract.ListFigureRecords200JSONResponse{Figure: figure, Items: []contract.CountedRecord{}}
	limit := cmp.Or(request.Params.Limit, paging.DefaultLimit)
	if len(refs) > limit {
		refs = refs[:limit]
		answer.Next = paging.Encode(placeOf(refs[limit-1]))
	}
	shown := map[ledger.UnitID][]ledger.RecordID{}
	then := reading{store: s.store, compiled: compiled, again: map[ledger.UnitID]*ledger.State{}}
	for i, ref := range refs {
		item, err := then.item(ctx, ref)
		if err != nil {
			return nil, err
		}
		item.Part = parts[i]
		answer.Items = append(answer.Items, item)
		shown[ref.Unit] = append(shown[ref.Unit], ref.Record)
	}
	for _, unit := range slices.Sorted(maps.Keys(shown)) {
		if err := s.access.Add(ctx, "listFigureRecords", unit, shown[unit]); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// reading reads records as a report counted them.
type reading struct {
	store    *store.Store
	compiled *report.Compiled
	// again are folds at the cited heads, made for this request. The compiled
	// report may be from before an erasure.
	again map[ledger.UnitID]*ledger.State
}

// item shows one of the records. What the caller may not read in the record
// itself, they do not read here: personal values are left out then, as they are
// in the report's workbook.
func (f *reading) item(ctx context.Context, ref ledger.Ref) (contract.CountedRecord, error) {
	c := gate.CallerOf(ctx)
	r, now, err := f.record(ctx, ref)
	if err != nil {
		return contract.CountedRecord{}, err
	}
	view := contract.CountedRecord{Record: show.Record(ref.Unit, r), Changed: now == nil || now.Seq != r.Seq}
	show.Mask(&view.Record)
	for _, h := range f.compiled.Heads {
		if h.Unit == ref.Unit {
			view.UnitName = h.Name
		}
	}
	if f, ok := form.Of(r.Kind); ok {
		view.Date = r.Text(f.DateField)
	}
	readable := func(r *ledger.Record) bool { return form.Visible(r, c.User.Role, c.User.ID) }
	view.Redacted = c.User.Role == form.RoleAuditor || !c.Reaches(ref.Unit) || !readable(r) || !readable(now)
	if view.Redacted {
		withoutPersonal(&view.Record)
	} else {
		view.Link = "/v1/records/" + ref.Record.String() + "?unit=" + url.QueryEscape(string(ref.Unit))
	}
	return view, nil
}

// record returns a record as it was counted, without what was erased since, and
// as it is now: nil where there is none any more.
func (f *reading) record(ctx context.Context, ref ledger.Ref) (r, now *ledger.Record, err error) {
	r, counted := f.compiled.Record(ref)
	if !counted {
		return nil, nil, problem.ErrNotFound
	}
	now, err = f.store.Record(ctx, ref.Unit, ref.Record)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return nil, nil, err
	case err == nil && now.Seq == r.Seq:
		return r, now, nil
	}
	fold, made := f.again[ref.Unit]
	if !made {
		i := slices.IndexFunc(f.compiled.Heads, func(h report.Head) bool { return h.Unit == ref.Unit })
		if fold, err = f.store.Fold(ctx, ref.Unit, f.compiled.Heads[i].Seq, f.compiled.Rules); err != nil {
			return nil, nil, err
		}
		f.again[ref.Unit] = fold
	}
	if r = fold.Record(ref.Record); r == nil {
		return nil, nil, problem.ErrNotFound
	}
	return r, now, nil
}

// withoutPersonal takes out of a record what is personal, and what reviewers
// wrote about it.
func withoutPersonal(view *contract.Record) {
	personal := func(field string) bool { return !show.Reserved(field) && form.Personal(view.Kind, field) }
	maps.DeleteFunc(view.Fields, func(field string, _ contract.FieldValue) bool { return personal(field) })
	view.Conflicts = slices.DeleteFunc(view.Conflicts, func(c contract.FieldConflict) bool { return c.Field == ledger.Review || personal(c.Field) })
	view.Note = ""
}
