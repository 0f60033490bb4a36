package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// countedStates are the states of records that count.
var countedStates = []store.State{store.Pending, store.Approved, store.Returned}

// seenBy leaves out of a query what a caller may not see, where it is counted.
func seenBy(c *gate.Caller, q store.Query) store.Query {
	if c.User.Role != form.RoleReviewer {
		q.Without = append(q.Without, store.FacetConfidential)
	}
	if len(q.Kinds) == 0 {
		for _, f := range form.All() { // as the lists: periods are none of them
			q.Kinds = append(q.Kinds, f.Kind)
		}
	}
	return q
}

// maxDoubtful bounds the rows of a unit and a queue that an overview counts one by
// one.
const maxDoubtful = 2000

// sum adds up a list as the caller may see it. The database adds up all rows but
// those that may be in another state to the caller than stored, of which at most
// limit are looked at.
func (s *lists) sum(ctx context.Context, q selection, limit int) (sum store.Totals, err error) {
	caller := gate.CallerOf(ctx)
	q.Query = seenBy(caller, q.Query)
	certain, doubtful := []store.Query{q.Query}, store.Query{}
	if !caller.ReadsAll() && (len(q.States) > 0 || tellsOfNamed(&q.Query)) {
		certain, doubtful = splitDoubtful(caller, &q.Query)
	}
	for _, c := range certain {
		part, err := s.store.Backend().Totals(ctx, c)
		if err != nil {
			return sum, err
		}
		sum.Count, sum.Amount, sum.Quantity = sum.Count+part.Count, sum.Amount+part.Amount, sum.Quantity+part.Quantity
	}
	if len(doubtful.Kinds) == 0 {
		return sum, nil
	}
	doubtful.Sort, doubtful.Limit, doubtful.After = store.SortUpdated, min(keptPage, limit), nil
	q.Limit = limit
	rows, _, err := s.pick(ctx, doubtful, q)
	for i := range rows {
		sum.Count, sum.Amount, sum.Quantity = sum.Count+1, sum.Amount+rows[i].Amount, sum.Quantity+rows[i].Quantity
	}
	return sum, err
}

// tellsOfNamed reports whether a query selects rows by the records that they name, or
// by a conflict, which may be about those.
func tellsOfNamed(q *store.Query) bool {
	return q.Conflict || slices.ContainsFunc(q.Facets, store.IsReference)
}

// splitDoubtful parts a query into those of the rows that the caller sees as they
// are stored, and that of the others, of no kinds where there are none.
func splitDoubtful(c *gate.Caller, q *store.Query) (certain []store.Query, doubtful store.Query) {
	rest, maybe := *q, *q
	rest.Kinds, maybe.Kinds = nil, nil
	for _, kind := range q.Kinds {
		if form.MayBeConfidential(kind) {
			maybe.Kinds = append(maybe.Kinds, kind)
		} else {
			rest.Kinds = append(rest.Kinds, kind)
		}
	}
	if len(rest.Kinds) > 0 {
		certain = append(certain, rest)
	}
	maybe.States = statesBehind(c, &maybe)
	if len(maybe.Kinds) == 0 || tellsOfNamed(q) {
		return certain, maybe
	}
	asStored := maybe
	asStored.States = slices.DeleteFunc(slices.Clone(maybe.States), func(s store.State) bool { return s == store.Duplicate })
	if len(asStored.States) > 0 {
		certain = append(certain, asStored)
	}
	if !slices.Contains(maybe.States, store.Duplicate) {
		return certain, store.Query{}
	}
	maybe.States = []store.State{store.Duplicate}
	return certain, maybe
}

// count counts what waits in a unit.
func (s *overviews) count(ctx context.Context, unit ledger.UnitID) (counts contract.QueueCounts, err error) {
	units := []ledger.UnitID{unit}
	for _, queue := range []struct {
		count  *int
		oldest *time.Time
		q      store.Query
	}{
		{&counts.Pending, &counts.OldestPending, store.Query{States: []store.State{store.Pending}}},
		{&counts.Returned, &counts.OldestReturned, store.Query{States: []store.State{store.Returned}}},
		{&counts.Conflicts, nil, store.Query{Conflict: true}},
		{&counts.Stale, nil, store.Query{States: countedStates, Facets: []string{store.FacetStale}}},
		{&counts.Late, nil, store.Query{States: countedStates, Facets: []string{store.FacetLate}}},
	} {
		q := selection{Query: queue.q}
		q.Units = units
		sum, err := s.lists.sum(ctx, q, maxDoubtful)
		if err != nil {
			return counts, err
		}
		*queue.count = sum.Count
		if queue.oldest == nil || sum.Count == 0 {
			continue
		}
		q.Query = seenBy(gate.CallerOf(ctx), q.Query)
		q.Sort, q.Limit = store.SortUpdated, 1
		rows, _, err := s.lists.visible(ctx, q)
		if err != nil {
			return counts, err
		}
		if len(rows) > 0 {
			*queue.oldest = rows[0].Updated.Time()
		}
	}
	return counts, nil
}

// afterEnd counts the live records whose day lies after the last of their unit, by
// unit: the first [maxDoubtful] of them.
func (s *overviews) afterEnd(ctx context.Context, tree *accounts.Tree, units []ledger.UnitID) (map[ledger.UnitID]int, error) {
	last := lastDays(tree, units)
	if len(last) == 0 {
		return nil, nil
	}
	q := selection{Query: seenBy(gate.CallerOf(ctx), store.Query{
		Units: slices.Sorted(maps.Keys(last)), States: countedStates, Sort: store.SortDate, Limit: maxDoubtful,
	})}
	q.keepAfterEnd(last)
	rows, _, err := s.lists.visible(ctx, q)
	counts := map[ledger.UnitID]int{}
	for i := range rows {
		counts[rows[i].Unit]++
	}
	return counts, err
}

// addCounts adds the queues of a unit to the sum.
func addCounts(sum, unit *contract.QueueCounts) {
	sum.Pending += unit.Pending
	sum.Returned += unit.Returned
	sum.Conflicts += unit.Conflicts
	sum.Stale += unit.Stale
	sum.Late += unit.Late
	sum.AfterEnd += unit.AfterEnd
	sum.Rejected += unit.Rejected
	sum.OldestPending = earlier(sum.OldestPending, unit.OldestPending)
	sum.OldestReturned = earlier(sum.OldestReturned, unit.OldestReturned)
}

// earlier returns the first of two moments. The zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
