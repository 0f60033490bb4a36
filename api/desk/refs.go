package desk

import (
	"context"
	"maps"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// named is a record of a unit, as answers are made of them.
type named struct {
	unit   ledger.UnitID
	record *ledger.Record
}

// references tells what the records of an answer name, in one question to the
// database for each unit. What the caller may not see is left out, as if it did
// not exist.
func (s *lists) references(ctx context.Context, records []named) (map[string]contract.Reference, error) {
	caller := gate.CallerOf(ctx)
	wanted := map[ledger.UnitID]map[ledger.RecordID]bool{}
	for _, n := range records {
		for _, ref := range show.References(n.unit, n.record) {
			if !caller.Reaches(ref.Unit) {
				continue
			}
			if wanted[ref.Unit] == nil {
				wanted[ref.Unit] = map[ledger.RecordID]bool{}
			}
			wanted[ref.Unit][ref.Record] = true
		}
	}
	refs := map[string]contract.Reference{}
	for _, unit := range slices.Sorted(maps.Keys(wanted)) {
		ids := slices.SortedFunc(maps.Keys(wanted[unit]), ledger.RecordID.Compare)
		rows, err := s.store.Backend().Query(ctx, store.Query{Units: []ledger.UnitID{unit}, IDs: ids, Limit: len(ids)})
		if err != nil {
			return nil, err
		}
		rows, records, err := s.asSeen(ctx, rows)
		if err != nil {
			return nil, err
		}
		for i, r := range records {
			ref := contract.Reference{Kind: r.Kind, Title: show.OwnTitle(r), State: rows[i].State}
			if r.Kind == form.KindHousehold {
				ref.Code = r.Text("code")
			}
			refs[show.RefKey(ledger.Ref{Unit: unit, Record: r.ID})] = ref
		}
	}
	return refs, nil
}
