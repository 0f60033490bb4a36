package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Project implements [store.Projections].
func (db *projections) Project(ctx context.Context, unit ledger.UnitID, p store.Projection) error {
	for _, r := range p.Rows {
		id := rowID{unit, r.ID}
		err := db.do(ctx, OpPutRow, id.String(), func() error {
			if old, ok := db.rows[id]; !ok || old.Seq < r.Seq {
				row := cloneRow(r)
				row.Unit = unit
				db.rows[id] = row
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, l := range p.Streams {
		id := streamID{unit, l.ID}
		err := db.do(ctx, OpPutStream, id.String(), func() error {
			if old, ok := db.streams[id]; !ok || old.Through < l.Through {
				db.streams[id] = cloneStream(l)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return db.do(ctx, OpPutHead, string(unit), func() error {
		if old, ok := db.heads[unit]; !ok || old.Seq < p.Head.Seq {
			db.heads[unit] = p.Head
		}
		return nil
	})
}

// Projected implements [store.Projections].
func (db *projections) Projected(ctx context.Context, unit ledger.UnitID) (head ledger.Head, err error) {
	err = db.do(ctx, OpProjected, string(unit), func() error {
		head = db.heads[unit]
		return nil
	})
	if err != nil {
		return ledger.Head{}, err
	}
	return head, nil
}

// Snapshot implements [store.Projections].
func (db *projections) Snapshot(ctx context.Context, unit ledger.UnitID) (p store.Projection, err error) {
	err = db.do(ctx, OpSnapshot, string(unit), func() error {
		p.Head = db.heads[unit]
		for _, id := range db.rowsOf(unit) {
			p.Rows = append(p.Rows, cloneRow(db.rows[id]))
		}
		for _, id := range db.streamsOf(unit) {
			p.Streams = append(p.Streams, cloneStream(db.streams[id]))
		}
		return nil
	})
	if err != nil {
		return store.Projection{}, err
	}
	return p, nil
}

// Unproject implements [store.Projections].
func (db *projections) Unproject(ctx context.Context, unit ledger.UnitID) error {
	dropHead := func() error {
		return db.do(ctx, OpDropHead, string(unit), func() error {
			delete(db.heads, unit)
			return nil
		})
	}
	if err := dropHead(); err != nil {
		return err
	}
	db.mu.Lock()
	rows, streams := db.rowsOf(unit), db.streamsOf(unit)
	db.mu.Unlock()
	for _, id := range rows {
		err := db.do(ctx, OpDropRow, id.String(), func() error {
			delete(db.rows, id)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, id := range streams {
		err := db.do(ctx, OpDropStream, id.String(), func() error {
			delete(db.streams, id)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return dropHead()
}

// Query implements [store.Projections].
func (db *projections) Query(ctx context.Context, q store.Query) (list []store.Row, err error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	err = db.do(ctx, OpQuery, "", func() error {
		for _, r := range db.rows {
			if selects(&q, &r) && (q.After == nil || q.Compare(r.Position(q.Sort), only(q.After, q.Sort)) > 0) {
				list = append(list, r)
			}
		}
		slices.SortFunc(list, func(a, b store.Row) int { return q.Compare(a.Position(q.Sort), b.Position(q.Sort)) })
		list = list[:min(len(list), max(q.Limit, 0))]
		for i := range list {
			list[i] = cloneRow(list[i])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func selects(q *store.Query, r *store.Row) bool {
	if q.Through != nil && q.Compare(r.Position(q.Sort), only(q.Through, q.Sort)) > 0 {
		return false
	}
	has := func(f string) bool { return slices.Contains(r.Facets, f) }
	dated := q.From == "" && q.To == "" || r.Date == "" && q.Undated || r.Date != "" && r.Date >= q.From && (q.To == "" || r.Date <= q.To)
	return dated && slices.Contains(q.Units, r.Unit) &&
		(len(q.IDs) == 0 || slices.Contains(q.IDs, r.ID)) &&
		(len(q.Kinds) == 0 || slices.Contains(q.Kinds, r.Kind)) &&
		(len(q.States) == 0 || slices.Contains(q.States, r.State)) &&
		(!q.Conflict || r.Conflict) &&
		!slices.ContainsFunc(q.Facets, func(f string) bool { return !has(f) }) &&
		(len(q.Any) == 0 || slices.ContainsFunc(q.Any, has)) &&
		!slices.ContainsFunc(q.Without, has) &&
		(hasWords(q, r) || slices.ContainsFunc(q.WordFacets, has))
}

func hasWords(q *store.Query, r *store.Row) bool {
	return !slices.ContainsFunc(q.Words, func(prefix string) bool {
		return !slices.ContainsFunc(r.Words, func(w string) bool { return strings.HasPrefix(w, prefix) })
	})
}

// Totals implements [store.Projections].
func (db *projections) Totals(ctx context.Context, q store.Query) (sum store.Totals, err error) {
	if err := q.Check(); err != nil {
		return sum, err
	}
	err = db.do(ctx, OpQuery, "", func() error {
		sum = store.Totals{}
		for _, r := range db.rows {
			if selects(&q, &r) {
				sum.Add(&r)
			}
		}
		return nil
	})
	return sum, err
}

// TotalsByFacet implements [store.Projections].
func (db *projections) TotalsByFacet(ctx context.Context, q store.Query, facets []string) (sums map[store.UnitFacet]store.Totals, err error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	err = db.do(ctx, OpQuery, "", func() error {
		sums = map[store.UnitFacet]store.Totals{}
		for _, r := range db.rows {
			for _, f := range r.Facets {
				if slices.Contains(facets, f) && selects(&q, &r) {
					key := store.UnitFacet{Unit: r.Unit, Facet: f}
					sum := sums[key]
					sum.Add(&r)
					sums[key] = sum
				}
			}
		}
		return nil
	})
	return sums, err
}

// only drops from a position what its order does not use.
func only(p *store.Position, sort store.Sort) *store.Position {
	row := store.Row{Unit: p.Unit, ID: p.ID, Updated: p.Updated, Waiting: p.Updated, Date: p.Text, Name: p.Text, Amount: p.Amount}
	return row.Position(sort)
}

// Alike implements [store.Projections].
func (db *projections) Alike(ctx context.Context, units []ledger.UnitID, kind ledger.Kind, after string, limit int) (list []store.Alike, err error) {
	err = db.do(ctx, OpAlike, string(kind), func() error {
		shared := map[string][]store.Row{}
		for _, unit := range slices.Compact(slices.Sorted(slices.Values(units))) {
			for _, id := range db.rowsOf(unit) {
				r := db.rows[id]
				for _, key := range r.Keys {
					if r.Kind == kind && key > after {
						shared[key] = append(shared[key], r)
					}
				}
			}
		}
		maps.DeleteFunc(shared, func(_ string, rows []store.Row) bool { return len(rows) < 2 })
		for _, key := range slices.Sorted(maps.Keys(shared)) {
			if len(list) >= limit {
				break
			}
			rows := shared[key][:min(len(shared[key]), store.MaxAlike)]
			for i := range rows {
				rows[i] = cloneRow(rows[i])
			}
			list = append(list, store.Alike{Key: key, Rows: rows})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Naming implements [store.Projections].
func (db *projections) Naming(ctx context.Context, file string, units []ledger.UnitID, limit int) (list []ledger.Ref, err error) {
	err = db.do(ctx, OpNaming, file, func() error {
		for id, r := range db.rows {
			if slices.Contains(r.Files, file) && (len(units) == 0 || slices.Contains(units, id.unit)) {
				list = append(list, ledger.Ref{Unit: id.unit, Record: id.record})
			}
		}
		slices.SortFunc(list, func(a, b ledger.Ref) int {
			return cmp.Or(strings.Compare(string(a.Unit), string(b.Unit)), a.Record.Compare(b.Record))
		})
		list = list[:min(len(list), max(limit, 0))]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (db *projections) rowsOf(unit ledger.UnitID) []rowID {
	var ids []rowID
	for id := range db.rows {
		if id.unit == unit {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b rowID) int { return a.record.Compare(b.record) })
	return ids
}

func (db *projections) streamsOf(unit ledger.UnitID) []streamID {
	var ids []streamID
	for id := range db.streams {
		if id.unit == unit {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b streamID) int { return strings.Compare(a.stream, b.stream) })
	return ids
}

func (id rowID) String() string    { return string(id.unit) + "/" + id.record.String() }
func (id streamID) String() string { return string(id.unit) + "/" + id.stream }

func cloneRow(r store.Row) store.Row {
	r.Words, r.Keys, r.Body = slices.Clone(r.Words), slices.Clone(r.Keys), bytes.Clone(r.Body)
	r.Facets, r.Files = slices.Clone(r.Facets), slices.Clone(r.Files)
	return r
}

func cloneStream(l store.Stream) store.Stream {
	l.Body = bytes.Clone(l.Body)
	return l
}
