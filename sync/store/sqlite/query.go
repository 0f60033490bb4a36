package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// condition builds a WHERE clause. Only constants become part of its text;
// whatever comes from outside is bound.
type condition struct {
	text strings.Builder
	args []any
	sets []int64 // of anyOf
}

// end gives back what the condition holds, once its query has been answered.
func (c *condition) end() {
	for _, number := range c.sets {
		anyOf.drop(number)
	}
}

func (c *condition) and(text string, args ...any) {
	if c.text.Len() > 0 {
		c.text.WriteString(" AND ")
	}
	c.text.WriteString(text)
	c.args = append(c.args, args...)
}

// in asks for one of several values; none asks for nothing.
func in[T any](c *condition, column string, list []T, bind func(T) any) {
	if len(list) == 0 {
		return
	}
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = bind(v)
	}
	c.and(column+" IN (?"+strings.Repeat(",?", len(list)-1)+")", args...)
}

func text[S ~string](s S) any { return string(s) }

// Query implements [store.Projections].
func (db *projections) Query(ctx context.Context, q store.Query) ([]store.Row, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	var c condition
	defer c.end()
	statement := selection(&c, &q)
	rows, err := db.reader.QueryContext(ctx, statement, append(c.args, max(q.Limit, 0))...)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	list, err := scanRows(rows)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	return list, nil
}

func selection(c *condition, q *store.Query) (statement string) {
	column := q.Sort.Column()
	index := "rows_by_" + column
	c.selection(q)
	sign, way := ">", ""
	if q.Desc {
		sign, way = "<", " DESC"
	}
	c.beside(q.Sort, sign, q.After)
	// The planner does not know how many rows there are, so the hint says:
	// walk the list in its order and stop at the limit, unless rows are named
	// or few.
	from := "rows INDEXED BY " + index
	switch {
	case len(q.IDs) > 0:
		from = "rows"
	case q.Conflict && column == "updated":
		from = "rows INDEXED BY rows_in_conflict"
	case q.Conflict && column == "waiting":
		from = "rows INDEXED BY rows_waiting"
	case q.Conflict || column == "waiting":
		from = "rows"
	}
	return "SELECT " + rowColumns + " FROM " + from + " WHERE " + c.text.String() +
		" ORDER BY " + column + way + ", unit" + way + ", id" + way + " LIMIT ?"
}

// beside asks for the rows on one side of a position, where there is one.
func (c *condition) beside(sort store.Sort, sign string, p *store.Position) {
	if p == nil {
		return
	}
	var value any
	switch sort {
	case store.SortDate:
		value = p.Text
	case store.SortName:
		value = []byte(p.Text)
	case store.SortAmount:
		value = p.Amount
	default:
		value = int64(p.Updated)
	}
	c.and("("+sort.Column()+", unit, id) "+sign+" (?, ?, ?)", value, string(p.Unit), p.ID[:])
}

// Naming implements [store.Projections].
func (db *projections) Naming(ctx context.Context, file string, units []ledger.UnitID, limit int) ([]ledger.Ref, error) {
	var c condition
	c.and("file = ?", file)
	in(&c, "unit", units, text)
	rows, err := db.reader.QueryContext(ctx, "SELECT unit, id FROM named WHERE "+c.text.String()+" ORDER BY unit, id LIMIT ?",
		append(c.args, max(limit, 0))...)
	if err != nil {
		return nil, fmt.Errorf("naming: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []ledger.Ref
	for rows.Next() {
		var ref ledger.Ref
		var id sql.RawBytes
		if err := rows.Scan(&ref.Unit, &id); err != nil {
			return nil, fmt.Errorf("naming: %w", err)
		}
		if len(id) != len(ref.Record) {
			return nil, fmt.Errorf("naming: %w: a record's id of %d bytes", ledger.ErrMalformed, len(id))
		}
		copy(ref.Record[:], id)
		list = append(list, ref)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("naming: %w", err)
	}
	return list, nil
}

// selection asks for the rows that a query selects, whatever their order.
func (c *condition) selection(q *store.Query) {
	in(c, "unit", q.Units, text)
	in(c, "id", q.IDs, func(id ledger.RecordID) any { return id[:] })
	in(c, "kind", q.Kinds, text)
	in(c, "state", q.States, text)
	if q.Conflict {
		c.and("conflict = 1")
	}
	switch {
	case q.From == "" && q.To == "":
	case q.Undated:
		c.and("(date = '' OR date >= ? AND (? = '' OR date <= ?))", q.From, q.To, q.To)
	default:
		c.and("date <> ''")
		if q.From != "" {
			c.and("date >= ?", q.From)
		}
		if q.To != "" {
			c.and("date <= ?", q.To)
		}
	}
	c.words(q)
	for _, f := range q.Facets {
		if few, ok := rare[f]; ok {
			c.and(few.condition)
		} else {
			c.and("instr(facets, ?) > 0", " "+f+" ")
		}
	}
	if len(q.Any) > 0 {
		c.any(q.Any)
	}
	for _, f := range q.Without {
		c.and("instr(facets, ?) = 0", " "+f+" ")
	}
	last := "<="
	if q.Desc {
		last = ">="
	}
	c.beside(q.Sort, last, q.Through)
}

// fewFacets are as many as are looked for one by one. More are a set: a hundred
// conditions for each row take longer than splitting its facets.
const fewFacets = 8

// any asks for one of some facets.
func (c *condition) any(facets []string) {
	if len(facets) > fewFacets {
		set := anyOf.add(facets)
		c.sets = append(c.sets, set)
		c.and("has_any(facets, ?)", set)
		return
	}
	args := make([]any, len(facets))
	for i, f := range facets {
		args[i] = " " + f + " "
	}
	c.and("(instr(facets, ?) > 0"+strings.Repeat(" OR instr(facets, ?) > 0", len(facets)-1)+")", args...)
}

// words asks for a row's own words, or for a facet that stands for them.
func (c *condition) words(q *store.Query) {
	if len(q.Words) == 0 {
		return
	}
	own, args := "instr(words, ?) > 0"+strings.Repeat(" AND instr(words, ?) > 0", len(q.Words)-1), make([]any, 0, len(q.Words)+1)
	for _, w := range q.Words {
		args = append(args, " "+w)
	}
	if len(q.WordFacets) == 0 {
		c.and(own, args...)
		return
	}
	set := anyOf.add(q.WordFacets)
	c.sets = append(c.sets, set)
	c.and("(("+own+") OR has_any(facets, ?))", append(args, set)...)
}

// Totals implements [store.Projections].
func (db *projections) Totals(ctx context.Context, q store.Query) (sum store.Totals, err error) {
	if err := q.Check(); err != nil {
		return sum, err
	}
	var c condition
	defer c.end()
	c.selection(&q)
	const sums = "count(*), coalesce(sum(amount), 0), coalesce(sum(quantity), 0), coalesce(max(updated), 0)"
	row := db.reader.QueryRowContext(ctx, "SELECT "+sums+" FROM "+summed(&q)+" WHERE "+c.text.String(), c.args...)
	if err := row.Scan(&sum.Count, &sum.Amount, &sum.Quantity, &sum.Updated); err != nil {
		return sum, fmt.Errorf("totals: %w", err)
	}
	return sum, nil
}

// rare are the facets that few rows have. Each has an index of its own, which
// SQLite takes only where the query repeats its condition word for word.
var rare = map[string]struct{ index, condition string }{
	store.FacetStale: {"rows_stale", "instr(facets, ' stale ') > 0"},
	store.FacetLate:  {"rows_late", "instr(facets, ' late ') > 0"},
}

// summed is where to look for the rows to add up. The planner does not know
// how few rows an index names, so the hint says.
func summed(q *store.Query) string {
	if len(q.IDs) > 0 {
		return "rows"
	}
	for _, f := range q.Facets {
		if few, ok := rare[f]; ok {
			return "rows INDEXED BY " + few.index
		}
	}
	return "rows INDEXED BY rows_summed"
}

// TotalsByFacet implements [store.Projections].
func (db *projections) TotalsByFacet(ctx context.Context, q store.Query, facets []string) (map[store.UnitFacet]store.Totals, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	sums := map[store.UnitFacet]store.Totals{}
	if len(facets) == 0 {
		return sums, nil
	}
	var c condition
	defer c.end()
	c.selection(&q)
	c.any(facets)
	rows, err := db.reader.QueryContext(ctx, "SELECT unit, facets, amount, quantity, updated FROM "+summed(&q)+" WHERE "+c.text.String(), c.args...)
	if err != nil {
		return nil, fmt.Errorf("totals by facet: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r store.Row
		var has string
		if err := rows.Scan(&r.Unit, &has, &r.Amount, &r.Quantity, &r.Updated); err != nil {
			return nil, fmt.Errorf("totals by facet: %w", err)
		}
		for facet := range strings.FieldsSeq(has) {
			if slices.Contains(facets, facet) {
				key := store.UnitFacet{Unit: r.Unit, Facet: facet}
				sum := sums[key]
				sum.Add(&r)
				sums[key] = sum
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("totals by facet: %w", err)
	}
	return sums, nil
}

// Alike implements [store.Projections].
func (db *projections) Alike(ctx context.Context, units []ledger.UnitID, kind ledger.Kind, after string, limit int) ([]store.Alike, error) {
	if len(units) == 0 {
		return nil, nil
	}
	var list []store.Alike
	err := db.read(ctx, func(tx *sql.Tx) (err error) {
		list, err = sharedKeys(ctx, tx, units, kind, after, limit)
		if err != nil {
			return err
		}
		for i := range list {
			var c condition
			c.and("k.kind = ? AND k.key = ?", string(kind), list[i].Key)
			in(&c, "k.unit", units, text)
			rows, err := tx.QueryContext(ctx, "SELECT r."+strings.ReplaceAll(rowColumns, ", ", ", r.")+
				" FROM keys k CROSS JOIN rows r ON r.unit = k.unit AND r.id = k.id WHERE "+c.text.String()+
				" ORDER BY k.unit, k.id LIMIT ?", append(c.args, store.MaxAlike)...)
			if err != nil {
				return err
			}
			if list[i].Rows, err = scanRows(rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("alike: %w", err)
	}
	return list, nil
}

func sharedKeys(ctx context.Context, tx *sql.Tx, units []ledger.UnitID, kind ledger.Kind, after string, limit int) ([]store.Alike, error) {
	var c condition
	c.and("kind = ? AND key > ?", string(kind), after)
	in(&c, "+unit", units, text) // the plus keeps the walk in order of keys
	rows, err := tx.QueryContext(ctx, "SELECT key FROM keys WHERE "+c.text.String()+
		" GROUP BY key HAVING count(*) > 1 ORDER BY key LIMIT ?", append(c.args, max(limit, 0))...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []store.Alike
	for rows.Next() {
		var a store.Alike
		if err := rows.Scan(&a.Key); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}
