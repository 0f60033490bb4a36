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
	finder  *finder
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
	r, err := s.finder.find(ctx, request.Report)
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
	answer := contract.ListFigureRecords200JSONResponse{Figure: figure, Items: []contract.CountedRecord{}}
	all, hidden, err := s.parts(ctx, compiled, request.Figure)
	if err != nil {
		return nil, err
	}
	var listed []part
	for i, p := range all {
		switch {
		case hidden[i]:
			answer.Hidden++
			answer.HiddenPart += p.value
		case comparePlaces(placeOf(p.ref), after) > 0:
			listed = append(listed, p)
		}
	}
	limit := cmp.Or(request.Params.Limit, paging.DefaultLimit)
	if len(listed) > limit {
		listed = listed[:limit]
		answer.Next = paging.Encode(placeOf(listed[limit-1].ref))
	}
	shown := map[ledger.UnitID][]ledger.RecordID{}
	then := reading{store: s.store, compiled: compiled, again: map[ledger.UnitID]*ledger.State{}}
	for _, p := range listed {
		item, err := then.item(ctx, p.ref)
		if err != nil {
			return nil, err
		}
		item.Part = p.value
		answer.Items = append(answer.Items, item)
		shown[p.ref.Unit] = append(shown[p.ref.Unit], p.ref.Record)
	}
	for _, unit := range slices.Sorted(maps.Keys(shown)) {
		if err := s.access.Add(ctx, "listFigureRecords", unit, shown[unit]); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// part is a record that was counted, and what it adds to the number.
type part struct {
	ref   ledger.Ref
	value int64
}

// parts are the records behind a figure, and which of them the caller may not
// know of: those that are confidential now, or were when they were counted.
func (s *figures) parts(ctx context.Context, compiled *report.Compiled, figure string) (all []part, hidden []bool, err error) {
	c := gate.CallerOf(ctx)
	refs, _ := compiled.Behind(figure)
	values := compiled.Parts(figure)
	var private []ledger.Ref
	for _, ref := range refs {
		if r, _ := compiled.Record(ref); !c.ReadsAll() && r != nil && form.MayBeConfidential(r.Kind) {
			private = append(private, ref)
		}
	}
	now, err := s.store.Records(ctx, private)
	if err != nil {
		return nil, nil, err
	}
	for i, ref := range refs {
		r, _ := compiled.Record(ref)
		all = append(all, part{ref, values[i]})
		hidden = append(hidden, r != nil && !c.MayRead(r) || now[ref] != nil && !c.MayRead(now[ref]))
	}
	return all, hidden, nil
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
	named, err := show.Hide(ctx, f.store, c, ref.Unit, r)
	if err != nil {
		return contract.CountedRecord{}, err
	}
	view := contract.CountedRecord{Record: show.Record(ref.Unit, named.Without(ref.Unit, r)), Changed: now == nil || now.Seq != r.Seq}
	show.Mask(&view.Record)
	for _, h := range f.compiled.Heads {
		if h.Unit == ref.Unit {
			view.UnitName = h.Name
		}
	}
	if f, ok := form.Of(r.Kind); ok {
		view.Date = r.Text(f.DateField)
	}
	view.Redacted = c.User.Role == form.RoleAuditor || !c.Reaches(ref.Unit) || !c.MayRead(now)
	if view.Redacted {
		withoutPersonal(&view.Record)
	} else {
		view.Link = "/v1/records/" + ref.Record.String() + "?unit=" + url.QueryEscape(string(ref.Unit))
		if view.Title, err = f.title(ctx, ref.Unit, r); err != nil {
			return contract.CountedRecord{}, err
		}
	}
	return view, nil
}

// title is what a person calls a record: its own name, or that of the household
// which it names, as far as the caller may read that.
func (f *reading) title(ctx context.Context, unit ledger.UnitID, r *ledger.Record) (string, error) {
	c, named := gate.CallerOf(ctx), map[string]contract.Reference{}
	if home, ok := show.Household(unit, r); ok && show.OwnTitle(r) == "" && c.Reaches(home.Unit) {
		h, err := f.store.Record(ctx, home.Unit, home.Record)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return "", err
		case c.MayRead(h):
			named[show.RefKey(home)] = contract.Reference{Kind: h.Kind, Title: show.OwnTitle(h)}
		}
	}
	return show.Title(unit, r, named), nil
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

// withoutPersonal takes out of a record what is personal, and what people wrote
// about it.
func withoutPersonal(view *contract.Record) {
	personal := func(field string) bool { return !show.Reserved(field) && form.Personal(view.Kind, field) }
	maps.DeleteFunc(view.Fields, func(field string, _ contract.FieldValue) bool { return personal(field) })
	view.Conflicts = slices.DeleteFunc(view.Conflicts, func(c contract.FieldConflict) bool { return c.Field == ledger.Review || personal(c.Field) })
	if f, ok := form.Of(view.Kind); ok {
		for name, v := range view.Fields {
			view.Fields[name] = withoutMembers(f, name, v)
		}
		for _, c := range view.Conflicts {
			for i, sibling := range c.Siblings {
				c.Siblings[i].Value = withoutMembers(f, c.Field, sibling.Value)
			}
		}
	}
	view.Note, view.Review.Note, view.Comments = "", "", nil
}

// withoutMembers is a value without the personal members of a list's objects.
func withoutMembers(f *form.Form, name string, v contract.FieldValue) contract.FieldValue {
	if field, ok := f.Field(name); ok && v != nil {
		return contract.FieldValue(field.WithoutPersonal(ledger.Value(v)))
	}
	return v
}
