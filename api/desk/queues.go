package desk

import (
	"context"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// queues are what waits for somebody's decision.
type queues struct {
	store *store.Store
	lists *lists
	files *files.Files
}

// ListConflicts implements the operation listConflicts.
func (s *queues) ListConflicts(ctx context.Context, request contract.ListConflictsRequestObject) (contract.ListConflictsResponseObject, error) {
	p := request.Params
	rows, records, next, err := s.lists.query(ctx, selection{Query: store.Query{Kinds: p.Kind, Conflict: true, Sort: store.SortWaiting, Limit: p.Limit}}, p.Unit, p.Cursor)
	if err != nil {
		return nil, err
	}
	missing, err := s.files.MissingOf(ctx, records...)
	if err != nil {
		return nil, err
	}
	answer := contract.ListConflicts200JSONResponse{Items: []contract.ConflictItem{}, Next: next}
	if answer.Refs, err = s.lists.references(ctx, namedRows(rows, records)); err != nil {
		return nil, err
	}
	for i, r := range records {
		view := show.Record(rows[i].Unit, r)
		view.Missing = missing.Of(r)
		if !p.Sensitive {
			show.Mask(&view)
		}
		answer.Items = append(answer.Items, contract.ConflictItem{Record: view, Fields: view.Conflicts, Since: r.Waiting.Time()})
	}
	return answer, s.lists.logRows(ctx, "listConflicts", reading{p.Sensitive, p.Again}, rows)
}

// pairs is the cursor of the queue of duplicates.
type pairs struct {
	Kind ledger.Kind `json:"k"`
	Key  string      `json:"a"`           // the last of which all pairs were listed
	Told int         `json:"n,omitempty"` // pairs of the key after it that were listed
}

// maxKeys bounds the keys that one request looks at: of those whose pairs were all
// decided, nothing is listed.
const maxKeys = 2000

// eachAlike calls do for the keys after one that rows of a kind share, until it
// returns false or no more keys are left to be looked at. It reports whether those
// were all.
func eachAlike(
	ctx context.Context, rows store.Projections, units []ledger.UnitID, kind ledger.Kind, after string, left *int, do func(*store.Alike) (bool, error),
) (all bool, err error) {
	for {
		const atOnce = 50
		groups, err := rows.Alike(ctx, units, kind, after, atOnce)
		if err != nil {
			return false, err
		}
		for i := range groups {
			if *left == 0 {
				return false, nil
			}
			*left--
			if more, err := do(&groups[i]); err != nil || !more {
				return false, err
			}
			after = groups[i].Key
		}
		if len(groups) < atOnce {
			return true, nil
		}
	}
}

// ListDuplicates implements the operation listDuplicates. Of rows that share a
// key it tells the pairs of the first MaxAlike; the others come up when those
// are decided.
func (s *queues) ListDuplicates(ctx context.Context, request contract.ListDuplicatesRequestObject) (contract.ListDuplicatesResponseObject, error) {
	caller, p := gate.CallerOf(ctx), request.Params
	units, err := caller.Within(p.Unit)
	answer := contract.ListDuplicates200JSONResponse{Items: []contract.DuplicateItem{}}
	if err != nil || len(units) == 0 {
		return answer, err
	}
	if p.Limit == 0 {
		p.Limit = paging.DefaultLimit
	}
	var at pairs
	if p.Cursor != "" {
		if err := paging.Decode(p.Cursor, &at); err != nil {
			return nil, err
		}
	}
	if err := s.store.Settle(ctx, units); err != nil {
		return nil, err
	}
	var seen []store.Row
	left := maxKeys
	for _, f := range form.All() {
		if len(p.Kind) > 0 && !slices.Contains(p.Kind, f.Kind) || at.Kind != "" && at.Kind != f.Kind {
			continue
		}
		at.Kind = f.Kind
		all, err := eachAlike(ctx, s.store.Backend(), units, f.Kind, at.Key, &left, func(group *store.Alike) (bool, error) {
			items, rows, err := pairsOf(caller, group)
			if err != nil {
				return false, err
			}
			told := min(max(at.Told, 0), len(items))
			items, rows = items[told:], rows[2*told:]
			if room := p.Limit - len(answer.Items); len(items) > room {
				answer.Items, seen = append(answer.Items, items[:room]...), append(seen, rows[:2*room]...)
				at.Told = told + room
				return false, nil
			}
			answer.Items, seen = append(answer.Items, items...), append(seen, rows...)
			at.Key, at.Told = group.Key, 0
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		if !all {
			answer.Next = paging.Encode(at)
			break
		}
		at = pairs{}
	}
	return s.answer(ctx, answer, p.Sensitive, seen)
}

// answer adds what the pairs name, and enters them into the access log.
func (s *queues) answer(
	ctx context.Context, answer contract.ListDuplicates200JSONResponse, sensitive bool, seen []store.Row,
) (contract.ListDuplicatesResponseObject, error) {
	records := make([]*ledger.Record, len(seen))
	for i := range seen {
		var err error
		if records[i], err = ledger.ParseRecord(seen[i].Body); err != nil {
			return nil, err
		}
	}
	var err error
	if answer.Refs, err = s.lists.references(ctx, namedRows(seen, records)); err != nil {
		return nil, err
	}
	for i := range answer.Items {
		if !sensitive {
			show.Mask(&answer.Items[i].A)
			show.Mask(&answer.Items[i].B)
		}
	}
	return answer, s.lists.logRows(ctx, "listDuplicates", reading{sensitive: sensitive}, seen)
}

// pairsOf compares the rows that share a key, and returns the pairs with the
// two rows of each. A pair that shares several keys is listed under the first
// alone.
func pairsOf(c *gate.Caller, group *store.Alike) ([]contract.DuplicateItem, []store.Row, error) {
	records := make([]*ledger.Record, len(group.Rows))
	for i := range group.Rows {
		r, err := ledger.ParseRecord(group.Rows[i].Body)
		if err != nil {
			return nil, nil, err
		}
		records[i] = r
	}
	var items []contract.DuplicateItem
	var told []store.Row
	for i, a := range records {
		for j, b := range records[:i] {
			if !c.MayRead(a) || !c.MayRead(b) {
				continue
			}
			match, ok := form.Alike(a, b)
			if !ok || group.Key != firstShared(group.Rows[i].Keys, group.Rows[j].Keys) {
				continue
			}
			// The older of the two stands first: the other is the copy.
			x, y := i, j
			if a.Created.At > b.Created.At || a.Created.At == b.Created.At && a.ID.Compare(b.ID) > 0 {
				x, y = j, i
			}
			item := contract.DuplicateItem{
				Kind: a.Kind, Score: match.Score,
				A: show.Record(group.Rows[x].Unit, records[x]), B: show.Record(group.Rows[y].Unit, records[y]),
			}
			item.Reasons = show.Reasons(match)
			items = append(items, item)
			told = append(told, group.Rows[x], group.Rows[y])
		}
	}
	return items, told, nil
}

func firstShared(a, b []string) string {
	first := ""
	for _, key := range a {
		if slices.Contains(b, key) && (first == "" || key < first) {
			first = key
		}
	}
	return first
}
