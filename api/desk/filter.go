package desk

import (
	"context"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// queryOf makes of the parameters of a list what the store is asked. It is false
// where nothing can match.
func (s *lists) queryOf(ctx context.Context, p *contract.ListRecordsParams) (store.Query, bool, error) {
	q := store.Query{Kinds: p.Kind, States: p.State, Conflict: p.Conflict, From: p.From, To: p.To, Limit: p.Limit}
	q.Sort = store.Sort(strings.TrimPrefix(p.Sort, "-"))
	q.Desc = strings.HasPrefix(p.Sort, "-") || p.Sort == ""
	if len(q.Kinds) == 0 {
		for _, f := range form.All() { // periods have their own list
			q.Kinds = append(q.Kinds, f.Kind)
		}
	}
	if err := addFacets(&q, p); err != nil {
		return q, false, err
	}
	if p.Q == "" {
		return q, true, nil
	}
	if q.Words = form.Query(p.Q); len(q.Words) == 0 {
		return q, false, nil
	}
	var err error
	q.Naming, err = s.householdsNamed(ctx, q.Words, p.Unit)
	return q, true, err
}

// addFacets adds what the parameters ask of a record's facets.
func addFacets(q *store.Query, p *contract.ListRecordsParams) error {
	for _, w := range p.Where {
		field, value, _ := strings.Cut(w, ":")
		if !filters(field) {
			return problem.Invalid("where", "Không lọc được theo “"+field+"”.")
		}
		q.Facets = append(q.Facets, store.FacetValue(field, value))
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
func (s *lists) totals(ctx context.Context, q store.Query, units []ledger.UnitID) (contract.Totals, error) {
	caller := gate.CallerOf(ctx)
	var err error
	if q.Units, err = caller.Within(units); err != nil || len(q.Units) == 0 {
		return contract.Totals{}, err
	}
	if caller.User.Role != form.RoleReviewer {
		q.Without = append(q.Without, store.FacetConfidential)
	}
	sum, err := s.store.Backend().Totals(ctx, q)
	return contract.Totals{Count: int64(sum.Count), AmountVnd: sum.Amount, Quantity: sum.Quantity}, err
}
