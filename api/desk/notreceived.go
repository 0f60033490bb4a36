package desk

import (
	"cmp"
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

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
				answer.Next = cursorOf(shown[len(shown)-1].Position(q.Sort), q.Sort)
				return answer, s.lists.logRows(ctx, "listNotReceived", reading{}, shown)
			}
			shown = append(shown, rows[i])
			answer.Items = append(answer.Items, show.Summary(&rows[i], r, nil))
		}
		if len(rows) < q.Limit {
			return answer, s.lists.logRows(ctx, "listNotReceived", reading{}, shown)
		}
		answer.Next = cursorOf(rows[len(rows)-1].Position(q.Sort), q.Sort)
		q.After = rows[len(rows)-1].Position(q.Sort)
	}
	return answer, s.lists.logRows(ctx, "listNotReceived", reading{}, shown)
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
