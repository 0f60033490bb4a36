package desk

import (
	"context"
	"fmt"
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
		q := seenBy(gate.CallerOf(ctx), queue.q)
		q.Units = units
		sum, err := s.store.Backend().Totals(ctx, q)
		if err != nil {
			return counts, err
		}
		*queue.count = sum.Count
		if queue.oldest == nil || sum.Count == 0 {
			continue
		}
		q.Sort, q.Limit = store.SortUpdated, 1
		rows, err := s.store.Backend().Query(ctx, q)
		if err != nil {
			return counts, err
		}
		if len(rows) > 0 {
			*queue.oldest = rows[0].Updated.Time()
		}
	}
	return counts, nil
}

// afterEnd counts the live records of a unit whose day lies after its last.
func (s *overviews) afterEnd(ctx context.Context, u *accounts.Unit) (int, error) {
	if u.ValidTo == "" { // it has not ended
		return 0, nil
	}
	last, err := time.Parse(time.DateOnly, u.ValidTo)
	if err != nil {
		return 0, fmt.Errorf("the last day of %s: %w", u.ID, err)
	}
	q := seenBy(gate.CallerOf(ctx), store.Query{States: countedStates, From: last.AddDate(0, 0, 1).Format(time.DateOnly)})
	q.Units = []ledger.UnitID{u.ID}
	sum, err := s.store.Backend().Totals(ctx, q)
	return sum.Count, err
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
