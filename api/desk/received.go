package desk

import (
	"context"
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// lastGifts tells when each of these households received a gift last, from
// whichever unit. The gifts are read from the newest on, and a household that was
// found is not asked for again, so that each question but the last finds one at
// least.
func (s *lists) lastGifts(ctx context.Context, rows []store.Row) (map[ledger.Ref]string, error) {
	last := map[ledger.Ref]string{}
	if !slices.ContainsFunc(rows, func(r store.Row) bool { return r.Kind == form.KindHousehold }) {
		return last, nil
	}
	q := gifts(ctx)
	if err := s.store.Settle(ctx, q.Units); err != nil { // the list's own units are not all that gifts come from
		return nil, err
	}
	q.States, q.Sort, q.Desc, q.Limit = []store.State{store.Pending, store.Approved}, store.SortDate, true, countedAtOnce
	for {
		q.Any = nil
		for i := range rows {
			ref := ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}
			if _, found := last[ref]; !found && rows[i].Kind == form.KindHousehold {
				q.Any = append(q.Any, store.FacetReference(ref))
			}
		}
		if len(q.Any) == 0 {
			return last, nil
		}
		read, err := s.store.Backend().Query(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range read {
			r, err := ledger.ParseRecord(read[i].Body)
			if err != nil {
				return nil, err
			}
			ref, ok := householdOf(read[i].Unit, r)
			if _, found := last[ref]; ok && !found {
				last[ref] = read[i].Date
			}
		}
		if len(read) < q.Limit {
			return last, nil
		}
		q.After = read[len(read)-1].Position(q.Sort)
	}
}
