package desk

import (
	"context"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// progress is what was counted of a campaign.
type progress struct {
	at       time.Time
	villages []contract.CampaignVillage
	partial  bool
}

// count tells of each village what was given in it and what is missing.
func (s *campaigns) count(ctx context.Context, ref ledger.Ref, campaign *ledger.Record) (*progress, error) {
	scope := gate.CallerOf(ctx).Scope
	p := &progress{at: s.now(), villages: []contract.CampaignVillage{}}
	if err := s.store.Settle(ctx, scope); err != nil {
		return nil, err
	}
	handedOut, err := s.handedOut(ctx, []ledger.Ref{ref})
	if err != nil {
		return nil, err
	}
	sums := handedOut[ref]
	quotas := form.Quotas(campaign)
	villages, err := s.villagesOf(ctx, ref.Unit)
	if err != nil {
		return nil, err
	}
	received, given, err := s.receivers(ctx, ref, p)
	if err != nil {
		return nil, err
	}
	eligible, missing, err := s.eligible(ctx, villages, campaign, received, p)
	if err != nil {
		return nil, err
	}
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	people := &overview{} // only its units and their people
	for _, unit := range scope {
		sum, handsOut := sums[unit]
		if !slices.Contains(villages, unit) && !handsOut && quotas[unit] == 0 {
			continue
		}
		u, _ := tree.Unit(unit)
		view := contract.CampaignVillage{
			Unit: unit, Name: u.Value.Name, Households: max(eligible[unit], len(given[unit])), Given: len(given[unit]), Missing: missing[unit],
			Gifts: sum.Count, Quantity: sum.Quantity, ValueVnd: sum.Amount, Quota: int(quotas[unit]),
		}
		if handsOut {
			view.UpdatedAt = sum.Updated.Time()
		}
		p.villages = append(p.villages, view)
		people.answer.Units = append(people.answer.Units, contract.UnitOverview{Unit: unit})
	}
	if err := s.people.add(ctx, people, nil); err != nil {
		return nil, err
	}
	for i := range p.villages {
		for _, person := range people.answer.Units[i].People {
			p.villages[i].Collectors++
			if person.LastPushAt.After(p.villages[i].LastPushAt) {
				p.villages[i].LastPushAt = person.LastPushAt
			}
		}
	}
	return p, nil
}

// villagesOf lists the caller's villages below a unit that are not over.
func (s *campaigns) villagesOf(ctx context.Context, unit ledger.UnitID) ([]ledger.UnitID, error) {
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	caller := gate.CallerOf(ctx)
	return slices.DeleteFunc(tree.Subtree([]ledger.UnitID{unit}), func(id ledger.UnitID) bool {
		u, ok := tree.Unit(id)
		return !ok || u.Value.Level != accounts.Village || u.Value.ValidTo != "" || !caller.Reaches(id)
	}), nil
}

// maxCounted bounds the gifts and the households that are looked at one by one.
const maxCounted, countedAtOnce = 20_000, 500

// each calls visit with the records of a list, the first maxCounted of them. It
// reports whether there are more.
func (s *campaigns) each(ctx context.Context, q store.Query, visit func(*store.Row, *ledger.Record)) (more bool, err error) {
	q.Limit = countedAtOnce
	for seen := 0; seen < maxCounted; seen += countedAtOnce {
		rows, err := s.store.Backend().Query(ctx, q)
		if err != nil {
			return false, err
		}
		for i := range rows {
			r, err := ledger.ParseRecord(rows[i].Body)
			if err != nil {
				return false, err
			}
			visit(&rows[i], r)
		}
		if len(rows) < q.Limit {
			return false, nil
		}
		q.After = rows[len(rows)-1].Position(q.Sort)
	}
	return true, nil
}

// householdOf is the household that a gift of a unit names.
func householdOf(unit ledger.UnitID, gift *ledger.Record) (ledger.Ref, bool) {
	v, ok := gift.Current("household")
	ref, err := ledger.ParseRef(v)
	if !ok || err != nil {
		return ledger.Ref{}, false
	}
	return ref.In(unit), true
}

// receivers finds the households that gifts of a campaign name, and who received
// something from each unit: households, and gifts to people outside any.
func (s *campaigns) receivers(ctx context.Context, campaign ledger.Ref, p *progress) (received map[ledger.Ref]bool, given map[ledger.UnitID]map[ledger.Ref]bool, err error) {
	received, given = map[ledger.Ref]bool{}, map[ledger.UnitID]map[ledger.Ref]bool{}
	q := giftsOf(ctx, campaign)
	q.Sort = store.SortDate
	more, err := s.each(ctx, q, func(row *store.Row, r *ledger.Record) {
		who, household := householdOf(row.Unit, r)
		if household {
			received[who] = true
		} else {
			who = ledger.Ref{Unit: row.Unit, Record: row.ID}
		}
		if given[row.Unit] == nil {
			given[row.Unit] = map[ledger.Ref]bool{}
		}
		given[row.Unit][who] = true
	})
	p.partial = p.partial || more
	return received, given, err
}

// households asks for the households of a campaign's categories, those that have
// left among them.
func households(units []ledger.UnitID, campaign *ledger.Record) store.Query {
	q := store.Query{Units: units, Kinds: []ledger.Kind{form.KindHousehold}, States: countedStates, Sort: store.SortName}
	for _, c := range form.Categories(campaign) {
		q.Any = append(q.Any, store.FacetValue("category", c))
	}
	return q
}

// left reports whether a household is no longer in its village.
func left(household *ledger.Record) bool {
	_, gone := household.Current("leftOn")
	return gone
}

// eligible counts the households that a campaign is for, and those of them that
// received nothing.
func (s *campaigns) eligible(ctx context.Context, units []ledger.UnitID, campaign *ledger.Record, received map[ledger.Ref]bool, p *progress) (all, missing map[ledger.UnitID]int, err error) {
	all, missing = map[ledger.UnitID]int{}, map[ledger.UnitID]int{}
	if len(units) == 0 {
		return all, missing, nil
	}
	more, err := s.each(ctx, households(units, campaign), func(row *store.Row, r *ledger.Record) {
		if left(r) {
			return
		}
		all[row.Unit]++
		if !received[ledger.Ref{Unit: row.Unit, Record: row.ID}] {
			missing[row.Unit]++
		}
	})
	p.partial = p.partial || more
	return all, missing, err
}

// handedOut adds up the gifts of campaigns, unit by unit.
func (s *campaigns) handedOut(ctx context.Context, campaigns []ledger.Ref) (map[ledger.Ref]map[ledger.UnitID]store.Totals, error) {
	facets := make([]string, len(campaigns))
	of := map[string]map[ledger.UnitID]store.Totals{}
	sums := map[ledger.Ref]map[ledger.UnitID]store.Totals{}
	for i, c := range campaigns {
		facets[i] = store.FacetReference(c)
		of[facets[i]] = map[ledger.UnitID]store.Totals{}
		sums[c] = of[facets[i]]
	}
	all, err := s.store.Backend().TotalsByFacet(ctx, gifts(ctx), facets)
	for key, sum := range all {
		of[key.Facet][key.Unit] = sum
	}
	return sums, err
}

// gifts asks for the gifts that count, in all units of the caller.
func gifts(ctx context.Context) store.Query {
	return store.Query{Units: gate.CallerOf(ctx).Scope, Kinds: []ledger.Kind{form.KindGift}, States: countedStates}
}

// giftsOf asks for those of a campaign.
func giftsOf(ctx context.Context, campaign ledger.Ref) store.Query {
	q := gifts(ctx)
	q.Facets = []string{store.FacetReference(campaign)}
	return q
}
