package desk

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
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
	now       func() time.Time
	pages     *recentCache[*campaignPage]
	ones      *recentCache[*progress]
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
	// How far the lists are is in the key: a desk that asks again after an event gets no older answer.
	key := fmt.Sprintf("%d\n%s\n%s\n%d\n%s", s.store.Projections(caller.Scope), joinUnits(units), joinUnits(caller.Scope), p.Limit, p.Cursor)
	page, err := s.pages.get(ctx, key, func() (*campaignPage, error) {
		q := store.Query{Kinds: []ledger.Kind{form.KindCampaign}, States: countedStates, Sort: store.SortDate, Desc: true, Limit: cmp.Or(p.Limit, defaultCampaigns)}
		rows, records, next, err := s.lists.query(ctx, selection{Query: q}, p.Unit, p.Cursor)
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
	return contract.ListCampaigns200JSONResponse(page.answer), s.lists.logRows(ctx, "listCampaigns", reading{}, page.shown)
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

// GetCampaign implements the operation getCampaign.
func (s *campaigns) GetCampaign(ctx context.Context, request contract.GetCampaignRequestObject) (contract.GetCampaignResponseObject, error) {
	ref := ledger.Ref{Unit: request.Params.Unit, Record: ledger.RecordID(request.Record)}
	r, err := s.campaign(ctx, ref.Unit, ref.Record)
	if err != nil {
		return nil, err
	}
	// The record's seq is in the key, and how far the lists are: a changed quota and a gift are seen at once.
	scope := gate.CallerOf(ctx).Scope
	key := fmt.Sprintf("%s %d %d\n%s", show.RefKey(ref), r.Seq, s.store.Projections(scope), joinUnits(scope))
	counted, err := s.ones.get(ctx, key, func() (*progress, error) { return s.count(ctx, ref, r) })
	if err != nil {
		return nil, err
	}
	if err := s.lists.logRead(ctx, "getCampaign", ref.Unit, reading{again: request.Params.Again}, []ledger.RecordID{ref.Record}); err != nil {
		return nil, err
	}
	return contract.GetCampaign200JSONResponse{
		AsOf: ledger.MillisOf(counted.at).Time(), Record: show.Record(ref.Unit, r), Villages: counted.villages, Partial: counted.partial,
	}, nil
}
