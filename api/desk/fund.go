package desk

import (
	"context"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// fund is the book of what units took in and gave out.
type fund struct {
	store *store.Store
	lists *lists
}

// GetFund implements the operation getFund.
func (s *fund) GetFund(ctx context.Context, request contract.GetFundRequestObject) (contract.GetFundResponseObject, error) {
	p := request.Params
	units, err := gate.CallerOf(ctx).Within(p.Unit)
	if err != nil || len(units) == 0 {
		return contract.GetFund200JSONResponse{Entries: []contract.FundEntry{}}, err
	}
	q := fundEntries(units)
	q.From, q.To, q.Sort, q.Limit = p.From, p.To, store.SortDate, p.Limit
	rows, records, next, err := s.lists.query(ctx, selection{Query: q}, p.Unit, p.Cursor)
	if err != nil {
		return nil, err
	}
	book, before, err := s.book(ctx, q, p.Cursor)
	if err != nil {
		return nil, err
	}
	refs, err := s.lists.references(ctx, namedRows(rows, records))
	if err != nil {
		return nil, err
	}
	reversals, err := s.reversals(ctx, rows, records)
	if err != nil {
		return nil, err
	}
	balance := before
	for i := range rows {
		balance += effect(records[i])
		entry := contract.FundEntry{Record: show.Summary(&rows[i], records[i], refs), BalanceVnd: balance}
		other := reversals[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}]
		entry.Record.ReversedBy, entry.PairedOn = contract.RecordID(other.reversedBy), other.on
		book.Entries = append(book.Entries, entry)
	}
	book.Next = next
	return contract.GetFund200JSONResponse(book), s.lists.logRows(ctx, "getFund", reading{again: request.Params.Again}, rows)
}

// fundEntries asks for the entries that count.
func fundEntries(units []ledger.UnitID) store.Query {
	return store.Query{Units: units, Kinds: []ledger.Kind{form.KindFund}, States: countedStates}
}

// effect is by how much an entry changes what the fund holds.
func effect(r *ledger.Record) int64 {
	if r.Text("direction") == form.FundOut {
		return -r.Int("amountVnd")
	}
	return r.Int("amountVnd")
}

// book sums up the book that q asks for, and what the fund held before the
// page that begins at the cursor.
func (s *fund) book(ctx context.Context, q store.Query, cursor string) (book contract.FundBook, before int64, err error) {
	book.Entries = []contract.FundEntry{}
	if q.From != "" {
		first, err := time.Parse(time.DateOnly, q.From)
		if err != nil {
			return book, 0, problem.Malformed("from is not a day", err)
		}
		earlier := fundEntries(q.Units)
		earlier.To = first.AddDate(0, 0, -1).Format(time.DateOnly)
		if book.OpeningVnd, err = s.held(ctx, earlier); err != nil {
			return book, 0, err
		}
	}
	if book.InVnd, book.OutVnd, err = s.moved(ctx, q); err != nil {
		return book, 0, err
	}
	book.ClosingVnd = book.OpeningVnd + book.InVnd - book.OutVnd
	if cursor == "" {
		return book, book.OpeningVnd, nil
	}
	if q.Through, err = afterCursor(cursor, q.Sort); err != nil {
		return book, 0, err
	}
	passed, err := s.held(ctx, q)
	return book, book.OpeningVnd + passed, err
}

// moved adds up what came into the fund and what went out, in đồng.
func (s *fund) moved(ctx context.Context, q store.Query) (in, out int64, err error) {
	sum := func(direction string) (int64, error) {
		q.Facets = []string{store.FacetValue("direction", direction)}
		total, err := s.store.Backend().Totals(ctx, q)
		return total.Amount, err
	}
	if in, err = sum(form.FundIn); err != nil {
		return 0, 0, err
	}
	out, err = sum(form.FundOut)
	return in, out, err
}

// held is what came into the fund without what went out, in đồng.
func (s *fund) held(ctx context.Context, q store.Query) (int64, error) {
	in, out, err := s.moved(ctx, q)
	return in - out, err
}

// reversal is what a fund entry has to do with another.
type reversal struct {
	reversedBy ledger.RecordID // zero where nothing reverses it
	on         string          // the day of the other, of whichever way
}

// reversals finds of a page's fund entries which of them are reversed, and the days
// of those that they reverse. Rows of other kinds have none.
func (s *fund) reversals(ctx context.Context, rows []store.Row, records []*ledger.Record) (map[ledger.Ref]reversal, error) {
	found := map[ledger.Ref]reversal{}
	var facets []string
	var units []ledger.UnitID
	var reversed []ledger.RecordID
	for i := range rows {
		if rows[i].Kind != form.KindFund {
			continue
		}
		if !slices.Contains(units, rows[i].Unit) {
			units = append(units, rows[i].Unit)
		}
		if ref, ok := form.Reverses(records[i]); ok {
			reversed = append(reversed, ref.Record)
			continue
		}
		facets = append(facets, store.FacetReference(ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}))
	}
	if len(facets) > 0 {
		q := fundEntries(units)
		q.Any, q.Sort, q.Limit = facets, store.SortDate, len(facets) // one reverses it at most
		others, err := s.store.Backend().Query(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range others {
			r, err := ledger.ParseRecord(others[i].Body)
			if err != nil {
				return nil, err
			}
			if ref, ok := form.Reverses(r); ok {
				found[ledger.Ref{Unit: others[i].Unit, Record: ref.Record}] = reversal{reversedBy: r.ID, on: others[i].Date}
			}
		}
	}
	if len(reversed) == 0 {
		return found, nil
	}
	q := fundEntries(units)
	q.IDs, q.Limit = reversed, len(reversed)
	others, err := s.store.Backend().Query(ctx, q)
	if err != nil {
		return nil, err
	}
	days := map[ledger.Ref]string{}
	for i := range others {
		days[ledger.Ref{Unit: others[i].Unit, Record: others[i].ID}] = others[i].Date
	}
	for i := range rows {
		if ref, ok := form.Reverses(records[i]); ok {
			found[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}] = reversal{on: days[ledger.Ref{Unit: rows[i].Unit, Record: ref.Record}]}
		}
	}
	return found, nil
}
