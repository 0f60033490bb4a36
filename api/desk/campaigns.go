package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// campaigns are those in which gifts are handed out. What was counted of them in
// the last seconds is kept.
type campaigns struct {
	store     *store.Store
	lists     *lists
	people    *people
	directory *accounts.Directory
	access    *gate.AccessLog
	now       func() time.Time
	pages     *recent[*campaignPage]
	ones      *recent[*progress]
}

// campaignPage is an answer, and the rows that it shows.
type campaignPage struct {
	answer contract.CampaignPage
	shown  []store.Row
}

// defaultCampaigns is how many campaigns a page holds unless asked.
const defaultCampaigns = 20

// ListCampaigns implements the operation listCampaigns.
func (s *campaigns) ListCampaigns(ctx context.Context, request contract.ListCampaignsRequestObject) (contract.ListCampaignsResponseObject, error) {
	p := request.Params
	caller := gate.CallerOf(ctx)
	units, err := caller.Within(p.Unit)
	if err != nil || len(units) == 0 {
		return contract.ListCampaigns200JSONResponse{Items: []contract.CampaignSummary{}}, err
	}
	key := fmt.Sprintf("%s\n%s\n%d\n%s", joined(units), joined(caller.Scope), p.Limit, p.Cursor)
	page, err := s.pages.get(ctx, key, func() (*campaignPage, error) {
		q := store.Query{Kinds: []ledger.Kind{form.KindCampaign}, States: live, Sort: store.SortDate, Desc: true, Limit: cmp.Or(p.Limit, defaultCampaigns)}
		rows, records, next, err := s.lists.query(ctx, q, p.Unit, p.Cursor)
		if err != nil {
			return nil, err
		}
		v := &campaignPage{shown: rows, answer: contract.CampaignPage{Items: []contract.CampaignSummary{}, Next: next}}
		campaigns := make([]ledger.Ref, len(rows))
		for i := range rows {
			campaigns[i] = ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}
		}
		sums, err := s.handedOut(ctx, campaigns)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			v.answer.Items = append(v.answer.Items, campaignSummary(&rows[i], records[i], sums[campaigns[i]]))
		}
		return v, nil
	})
	if err != nil {
		return nil, err
	}
	return contract.ListCampaigns200JSONResponse(page.answer), s.lists.logRows(ctx, "listCampaigns", false, page.shown)
}

// gifts asks for the gifts that count, in all units of the caller.
func gifts(ctx context.Context) store.Query {
	return store.Query{Units: gate.CallerOf(ctx).Scope, Kinds: []ledger.Kind{form.KindGift}, States: live}
}

// giftsOf asks for those of a campaign.
func giftsOf(ctx context.Context, campaign ledger.Ref) store.Query {
	q := gifts(ctx)
	q.Facets = []string{store.FacetReference(campaign)}
	return q
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

func campaignSummary(row *store.Row, r *ledger.Record, sums map[ledger.UnitID]store.Totals) contract.CampaignSummary {
	view := contract.CampaignSummary{Record: show.Summary(row, r, nil)}
	for _, sum := range sums {
		view.Gifts += sum.Count
		view.Quantity += sum.Quantity
		view.ValueVnd += sum.Amount
	}
	for unit, quota := range form.Quotas(r) {
		view.Quota += quota
		if quota > 0 {
			view.Villages++
			if sums[unit].Quantity >= quota {
				view.Done++
			}
		}
	}
	return view
}

// campaign reads a campaign that the caller may see.
func (s *campaigns) campaign(ctx context.Context, unit ledger.UnitID, id ledger.RecordID) (*ledger.Record, error) {
	if !gate.CallerOf(ctx).Reaches(unit) {
		return nil, problem.ErrNotFound
	}
	r, err := s.store.Record(ctx, unit, id)
	if err != nil {
		return nil, err
	}
	if r.Kind != form.KindCampaign {
		return nil, problem.ErrNotFound
	}
	return r, nil
}

// progress is what was counted of a campaign.
type progress struct {
	at       time.Time
	villages []contract.CampaignVillage
	partial  bool
}

// GetCampaign implements the operation getCampaign.
func (s *campaigns) GetCampaign(ctx context.Context, request contract.GetCampaignRequestObject) (contract.GetCampaignResponseObject, error) {
	ref := ledger.Ref{Unit: request.Params.Unit, Record: ledger.RecordID(request.Record)}
	r, err := s.campaign(ctx, ref.Unit, ref.Record)
	if err != nil {
		return nil, err
	}
	// The record's seq is in the key: who has changed a quota sees it at once.
	key := fmt.Sprintf("%s %d\n%s", show.RefKey(ref), r.Seq, joined(gate.CallerOf(ctx).Scope))
	counted, err := s.ones.get(ctx, key, func() (*progress, error) { return s.count(ctx, ref, r) })
	if err != nil {
		return nil, err
	}
	if err := s.access.Add(ctx, "getCampaign", ref.Unit, []ledger.RecordID{ref.Record}); err != nil {
		return nil, err
	}
	return contract.GetCampaign200JSONResponse{
		AsOf: ledger.MillisOf(counted.at).Time(), Record: show.Record(ref.Unit, r), Villages: counted.villages, Partial: counted.partial,
	}, nil
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
		q.After = positionOf(&rows[len(rows)-1], q.Sort)
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
	return ledger.Ref{Unit: cmp.Or(ref.Unit, unit), Record: ref.Record}, true
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
	q := store.Query{Units: units, Kinds: []ledger.Kind{form.KindHousehold}, States: live, Sort: store.SortName}
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

// maxRounds bounds the households that are looked at for a page: so many times
// its limit.
const maxRounds = 10

// ListNotReceived implements the operation listNotReceived.
func (s *campaigns) ListNotReceived(ctx context.Context, request contract.ListNotReceivedRequestObject) (contract.ListNotReceivedResponseObject, error) {
	p := request.Params
	ref := ledger.Ref{Unit: p.Unit, Record: ledger.RecordID(request.Record)}
	campaign, err := s.campaign(ctx, ref.Unit, ref.Record)
	if err != nil {
		return nil, err
	}
	units, err := s.villagesOf(ctx, p.Unit)
	if err != nil {
		return nil, err
	}
	if len(p.Village) > 0 {
		if units, err = gate.CallerOf(ctx).Within(p.Village); err != nil {
			return nil, err
		}
	}
	answer := contract.ListNotReceived200JSONResponse{Items: []contract.RecordSummary{}}
	if len(units) == 0 {
		return answer, nil
	}
	if err := s.store.Settle(ctx, gate.CallerOf(ctx).Scope); err != nil {
		return nil, err
	}
	q := households(units, campaign)
	q.Limit = cmp.Or(p.Limit, paging.DefaultLimit)
	if p.Cursor != "" {
		if q.After, err = afterCursor(p.Cursor, q.Sort); err != nil {
			return nil, err
		}
	}
	var shown []store.Row
	for range maxRounds {
		rows, err := s.store.Backend().Query(ctx, q)
		if err != nil {
			return nil, err
		}
		received, err := s.receivedOf(ctx, ref, rows)
		if err != nil {
			return nil, err
		}
		answer.Next = ""
		for i := range rows {
			r, err := ledger.ParseRecord(rows[i].Body)
			if err != nil {
				return nil, err
			}
			if left(r) || received[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}] {
				continue
			}
			if len(shown) == q.Limit {
				answer.Next = cursorOf(&shown[len(shown)-1], q.Sort)
				return answer, s.lists.logRows(ctx, "listNotReceived", false, shown)
			}
			shown = append(shown, rows[i])
			answer.Items = append(answer.Items, show.Summary(&rows[i], r, nil))
		}
		if len(rows) < q.Limit {
			return answer, s.lists.logRows(ctx, "listNotReceived", false, shown)
		}
		answer.Next = cursorOf(&rows[len(rows)-1], q.Sort)
		q.After = positionOf(&rows[len(rows)-1], q.Sort)
	}
	return answer, s.lists.logRows(ctx, "listNotReceived", false, shown)
}

// receivedOf tells which of these households a gift of a campaign names. A
// household that was found is not asked for again, so that each question but the
// last finds one at least.
func (s *campaigns) receivedOf(ctx context.Context, campaign ledger.Ref, households []store.Row) (map[ledger.Ref]bool, error) {
	received := map[ledger.Ref]bool{}
	for {
		q := giftsOf(ctx, campaign)
		q.Limit = countedAtOnce
		for i := range households {
			if ref := (ledger.Ref{Unit: households[i].Unit, Record: households[i].ID}); !received[ref] {
				q.Any = append(q.Any, store.FacetReference(ref))
			}
		}
		if len(q.Any) == 0 {
			return received, nil
		}
		gifts, err := s.store.Backend().Query(ctx, q)
		if err != nil {
			return nil, err
		}
		before := len(received)
		for i := range gifts {
			r, err := ledger.ParseRecord(gifts[i].Body)
			if err != nil {
				return nil, err
			}
			if ref, ok := householdOf(gifts[i].Unit, r); ok {
				received[ref] = true
			}
		}
		if len(gifts) < q.Limit || len(received) == before {
			return received, nil
		}
	}
}
