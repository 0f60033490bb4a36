package desk

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// queryOf makes of the parameters of a list what it selects. It is false where
// nothing can match.
func (s *lists) queryOf(ctx context.Context, p *contract.ListRecordsParams) (selection, bool, error) {
	q := selection{Query: store.Query{Kinds: p.Kind, States: p.State, Conflict: p.Conflict, From: p.From, To: p.To, Limit: p.Limit}}
	q.Sort = store.Sort(strings.TrimPrefix(p.Sort, "-"))
	q.Desc = strings.HasPrefix(p.Sort, "-") || p.Sort == ""
	if len(q.Kinds) == 0 {
		for _, f := range form.All() { // periods have their own list
			q.Kinds = append(q.Kinds, f.Kind)
		}
	}
	if err := addFacets(&q.Query, p); err != nil {
		return q, false, err
	}
	if q.Sort == sortDue {
		if some, err := s.orderByDue(ctx, &q); err != nil || !some {
			return q, false, err
		}
	}
	if some, err := s.narrowByDay(ctx, &q, p); err != nil || !some {
		return q, false, err
	}
	if p.Q == "" {
		return q, true, nil
	}
	if q.Words = form.Query(p.Q); len(q.Words) == 0 {
		return q, false, nil
	}
	var err error
	q.WordFacets, err = s.householdsNamed(ctx, q.Words, p.Unit)
	return q, true, err
}

// narrowByDay adds what the parameters ask that depends on today or on a unit's
// last day, and so is in no facet. It is false where nothing can match.
func (s *lists) narrowByDay(ctx context.Context, q *selection, p *contract.ListRecordsParams) (bool, error) {
	if p.Entitled != "" && !s.narrowToEntitled(q, p.Entitled == contract.ListRecordsParamsEntitledEnded) {
		return false, nil
	}
	if p.Due != "" {
		if some, err := s.narrowToDue(ctx, q, p.Due); err != nil || !some {
			return false, err
		}
	}
	if p.AfterEnd {
		return s.narrowToAfterEnd(ctx, q, p)
	}
	return true, nil
}

// only leaves one kind of those that q asks for, and reports whether it was
// among them.
func only(q *selection, kind ledger.Kind) bool {
	asked := slices.Contains(q.Kinds, kind)
	q.Kinds = []ledger.Kind{kind}
	return asked
}

// narrowToEntitled leaves households whose category has ended, or has not.
func (s *lists) narrowToEntitled(q *selection, wantEnded bool) bool {
	today := string(s.clock.Today())
	if len(q.States) == 0 {
		q.States = countedStates
	}
	q.keepOnly(func(_ ledger.UnitID, r *ledger.Record) bool {
		last := r.Text("categoryTo")
		return (last != "" && last < today) == wantEnded
	})
	return only(q, form.KindHousehold)
}

// narrowToDue leaves petitions of which a step is late, or nearly; or those of
// which one was late at any time, or never.
func (s *lists) narrowToDue(ctx context.Context, q *selection, due contract.ListRecordsParamsDue) (bool, error) {
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return false, err
	}
	if len(q.States) == 0 {
		q.States = countedStates
	}
	switch due {
	case contract.ListRecordsParamsDueMissed:
		q.keepOnly(func(_ ledger.UnitID, r *ledger.Record) bool { return watch.Late(r) })
	case contract.ListRecordsParamsDueKept:
		q.keepOnly(func(_ ledger.UnitID, r *ledger.Record) bool { return !watch.Late(r) })
	default:
		q.Without = append(q.Without, ended...)
		q.keepOnly(func(_ ledger.UnitID, r *ledger.Record) bool {
			var late, near bool
			for _, d := range watch.Deadlines(r) {
				late, near = late || d.Near && d.Late, near || d.Near
			}
			return near && late == (due == contract.ListRecordsParamsDueLate)
		})
	}
	return only(q, form.KindPetition), nil
}

// sortDue is the order of petitions by the day on which their next step is due.
const sortDue store.Sort = "due"

// orderByDue leaves petitions, in that order; those of which nothing is due come
// last. The day depends on the holidays that are known, and so is in no row.
func (s *lists) orderByDue(ctx context.Context, q *selection) (bool, error) {
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return false, err
	}
	never := "never" // behind every day
	if q.Desc {
		never = ""
	}
	q.place = func(row *store.Row, r *ledger.Record) *store.Position {
		return &store.Position{Text: cmp.Or(string(watch.Next(r)), never), Unit: row.Unit, ID: row.ID}
	}
	return only(q, form.KindPetition), nil
}

// narrowToAfterEnd leaves live records that are dated after their unit's last
// day, as the overview counts them, and of the units those that have one.
func (s *lists) narrowToAfterEnd(ctx context.Context, q *selection, p *contract.ListRecordsParams) (bool, error) {
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return false, err
	}
	units, err := gate.CallerOf(ctx).Within(p.Unit)
	if err != nil {
		return false, err
	}
	last := lastDays(tree, units)
	p.Unit = slices.Sorted(maps.Keys(last))
	if len(q.States) == 0 {
		q.States = countedStates
	}
	q.keepAfterEnd(last)
	return len(last) > 0 && len(q.Kinds) > 0, nil
}

// lastDays are the last days of those units that have one.
func lastDays(tree *accounts.Tree, units []ledger.UnitID) map[ledger.UnitID]string {
	last := map[ledger.UnitID]string{}
	for _, unit := range units {
		if u, ok := tree.Unit(unit); ok && u.Value.ValidTo != "" {
			last[unit] = u.Value.ValidTo
		}
	}
	return last
}

// keepAfterEnd leaves records that are dated after the last day of their unit. A house
// that is not handed over has no day in its row.
func (q *selection) keepAfterEnd(last map[ledger.UnitID]string) {
	q.Undated = q.From == "" && q.To == ""
	if len(last) > 0 {
		q.From = max(q.From, slices.Min(slices.Collect(maps.Values(last))))
	}
	q.Kinds = slices.DeleteFunc(slices.Clone(q.Kinds), func(kind ledger.Kind) bool { return !form.HasDay(kind) })
	q.keepOnly(func(unit ledger.UnitID, r *ledger.Record) bool { return form.CountedAfter(last[unit], nil, r) })
}

// addFacets adds what the parameters ask of a record's facets.
func addFacets(q *store.Query, p *contract.ListRecordsParams) error {
	for _, w := range p.Where {
		w, without := strings.CutPrefix(w, "!")
		field, value, _ := strings.Cut(w, ":")
		switch {
		case !filters(field):
			return problem.Invalid("where", "Không lọc được theo “"+field+"”.")
		case without:
			q.Without = append(q.Without, store.FacetValue(field, value))
		default:
			q.Facets = append(q.Facets, store.FacetValue(field, value))
		}
	}
	if p.Ref != "" {
		unit, id, _ := strings.Cut(p.Ref, "/")
		record, err := ledger.ParseRecordID(id)
		if err != nil {
			return problem.Malformed("ref is not a unit and a record", err)
		}
		q.Facets = append(q.Facets, store.FacetReference(ledger.Ref{Unit: ledger.UnitID(unit), Record: record}))
	}
	if p.Author != "" {
		q.Facets = append(q.Facets, store.FacetAuthor(p.Author))
	}
	if p.Late {
		q.Facets = append(q.Facets, store.FacetLate)
	}
	if p.Stale {
		q.Facets = append(q.Facets, store.FacetStale)
	}
	switch p.Photos {
	case "some":
		q.Facets = append(q.Facets, store.FacetPhotos)
	case "none":
		q.Without = append(q.Without, store.FacetPhotos)
	}
	return nil
}

// filters reports whether lists can be narrowed by a field of some form.
func filters(name string) bool {
	for _, f := range form.All() {
		if field, ok := f.Field(name); ok && field.Filter && (field.Type == form.TypeChoice || field.Type == form.TypeBoolean) {
			return true
		}
	}
	return false
}

// maxNamed bounds the households whose gifts and houses words find: who names
// more has to say more.
const maxNamed = 200

// householdsNamed returns the facets of the records that name a household which
// has all the words.
func (s *lists) householdsNamed(ctx context.Context, words []string, units []ledger.UnitID) ([]string, error) {
	within, err := gate.CallerOf(ctx).Within(units)
	if err != nil || len(within) == 0 {
		return nil, err
	}
	rows, err := s.store.Backend().Query(ctx, store.Query{
		Units: within, Kinds: []ledger.Kind{form.KindHousehold}, Words: words, Sort: store.SortName, Limit: maxNamed,
	})
	if err != nil {
		return nil, err
	}
	facets := make([]string, len(rows))
	for i := range rows {
		facets[i] = store.FacetReference(ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID})
	}
	return facets, nil
}

// totals adds up a list as the caller may see it.
func (s *lists) totals(ctx context.Context, q selection, units []ledger.UnitID) (contract.Totals, error) {
	caller := gate.CallerOf(ctx)
	var err error
	if q.Units, err = caller.Within(units); err != nil || len(q.Units) == 0 {
		return contract.Totals{}, err
	}
	q.Sort = store.SortUpdated // a sum is the same in any order
	if q.keep != nil {
		q.Query = seenBy(caller, q.Query)
		return s.totalsKept(ctx, q)
	}
	sum, err := s.sum(ctx, q, math.MaxInt)
	return contract.Totals{Count: int64(sum.Count), AmountVnd: sum.Amount, Quantity: sum.Quantity}, err
}

// totalsKept adds up a list record by record.
func (s *lists) totalsKept(ctx context.Context, q selection) (contract.Totals, error) {
	var sum contract.Totals
	for q.Limit, q.After = keptPage, nil; ; {
		rows, _, err := s.visible(ctx, q)
		if err != nil {
			return sum, err
		}
		for i := range rows {
			sum.Count++
			sum.AmountVnd += rows[i].Amount
			sum.Quantity += rows[i].Quantity
		}
		if len(rows) < keptPage {
			return sum, nil
		}
		q.After = rows[len(rows)-1].Position(q.Sort)
	}
}
