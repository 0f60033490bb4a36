package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Query implements [store.Projections].
func (db *projections) Query(ctx context.Context, q store.Query) ([]store.Row, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		return nil, ctx.Err() // to MongoDB, 0 is no limit
	}
	filter, field, way := selection(&q)
	rows, err := findRows(ctx, db.rows, filter, options.Find().
		SetSort(bson.D{{Key: field, Value: way}, {Key: "_id", Value: way}}).SetLimit(int64(q.Limit)))
	if err != nil {
		return nil, wrap(ctx, "query", err)
	}
	return rows, nil
}

func selection(q *store.Query) (filter bson.D, field string, way int) {
	and := func(key string, value any) { filter = append(filter, bson.E{Key: key, Value: value}) }
	and("unit", in(q.Units))
	if len(q.IDs) > 0 {
		var ids []string
		for _, unit := range q.Units {
			for _, id := range q.IDs {
				ids = append(ids, childID(unit, id.String()))
			}
		}
		and("_id", in(ids))
	}
	if len(q.Kinds) > 0 {
		and("kind", in(q.Kinds))
	}
	if len(q.States) > 0 {
		and("state", in(q.States))
	}
	if q.Conflict {
		and("conflict", true)
	}
	var all bson.A
	if q.From != "" || q.To != "" {
		days := bson.D{{Key: "$gt", Value: ""}}
		if q.From != "" {
			days = append(days, bson.E{Key: "$gte", Value: q.From})
		}
		if q.To != "" {
			days = append(days, bson.E{Key: "$lte", Value: q.To})
		}
		if q.Undated {
			all = append(all, bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: "date", Value: ""}}, bson.D{{Key: "date", Value: days}}}}})
		} else {
			and("date", days)
		}
	}
	if words := ownWords(q); len(words) > 0 {
		all = append(all, words)
	}
	if len(q.Facets) > 0 {
		and("facets", bson.D{{Key: "$all", Value: texts(q.Facets)}})
	}
	if len(q.Any) > 0 {
		all = append(all, bson.D{{Key: "facets", Value: in(q.Any)}})
	}
	if len(q.Without) > 0 {
		all = append(all, bson.D{{Key: "facets", Value: bson.D{{Key: "$nin", Value: texts(q.Without)}}}})
	}

	field, way, behind, before := q.Sort.Column(), 1, "$gt", "$lt"
	if q.Desc {
		way, behind, before = -1, "$lt", "$gt"
	}
	all = append(all, beside(q.Sort, behind, "", q.After)...)
	all = append(all, beside(q.Sort, before, "e", q.Through)...)
	if len(all) > 0 {
		and("$and", all)
	}
	return filter, field, way
}

// beside asks for the rows on one side of a position, where there is one; with
// an equal of "e" for its row too. The first line lets the walk begin or end at
// the value, the second at the row.
func beside(sort store.Sort, side, equal string, p *store.Position) bson.A {
	if p == nil {
		return nil
	}
	field := sort.Column()
	var value any
	switch sort {
	case store.SortDate:
		value = p.Text
	case store.SortName:
		value = latin1(p.Text)
	case store.SortAmount:
		value = p.Amount
	default:
		value = int64(p.Updated)
	}
	return bson.A{
		bson.D{{Key: field, Value: bson.D{{Key: side + "e", Value: value}}}},
		bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: field, Value: bson.D{{Key: side, Value: value}}}},
			bson.D{{Key: field, Value: value}, {Key: "_id", Value: bson.D{{Key: side + equal, Value: childID(p.Unit, p.ID.String())}}}},
		}}},
	}
}

// ownWords asks for a row's own words, or for a facet that stands for them.
func ownWords(q *store.Query) bson.D {
	if len(q.Words) == 0 {
		return nil
	}
	var own bson.A
	for _, w := range q.Words {
		// A word of a-z and 0-9 begins all that sorts from it on to it and "{",
		// which is what follows "z".
		own = append(own, bson.D{{Key: "words", Value: bson.D{{Key: "$elemMatch", Value: bson.D{
			{Key: "$gte", Value: w}, {Key: "$lt", Value: w + "{"},
		}}}}})
	}
	words := bson.D{{Key: "$and", Value: own}}
	if len(q.WordFacets) == 0 {
		return words
	}
	return bson.D{{Key: "$or", Value: bson.A{words, bson.D{{Key: "facets", Value: in(q.WordFacets)}}}}}
}

func texts(list []string) bson.A {
	values := make(bson.A, len(list))
	for i, s := range list {
		values[i] = s
	}
	return values
}

// Totals implements [store.Projections].
func (db *projections) Totals(ctx context.Context, q store.Query) (store.Totals, error) {
	sums, err := db.totals(ctx, q, nil, bson.D{{Key: "unit", Value: ""}, {Key: "facet", Value: ""}})
	return sums[store.UnitFacet{}], err
}

// TotalsByFacet implements [store.Projections].
func (db *projections) TotalsByFacet(ctx context.Context, q store.Query, facets []string) (map[store.UnitFacet]store.Totals, error) {
	stage := func(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }
	one := stage("$match", bson.D{{Key: "facets", Value: in(facets)}})
	return db.totals(ctx, q, mongo.Pipeline{one, stage("$unwind", "$facets"), one},
		bson.D{{Key: "unit", Value: "$unit"}, {Key: "facet", Value: "$facets"}})
}

// totals adds up the rows that share a key of a unit and a facet, once they have
// passed the stages.
func (db *projections) totals(ctx context.Context, q store.Query, stages mongo.Pipeline, key bson.D) (map[store.UnitFacet]store.Totals, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	q.After = nil
	filter, _, _ := selection(&q)
	fold := func(operator string, value any) bson.D { return bson.D{{Key: operator, Value: value}} }
	pipeline := append(mongo.Pipeline{bson.D{{Key: "$match", Value: filter}}}, stages...)
	cursor, err := db.rows.Aggregate(ctx, append(pipeline, bson.D{{Key: "$group", Value: bson.D{
		{Key: "_id", Value: key},
		{Key: "count", Value: fold("$sum", 1)},
		{Key: "amount", Value: fold("$sum", "$amount")},
		{Key: "quantity", Value: fold("$sum", "$quantity")},
		{Key: "updated", Value: fold("$max", "$updated")},
	}}}))
	if err != nil {
		return nil, wrap(ctx, "totals", err)
	}
	var groups []struct {
		Key                              struct{ Unit, Facet string } `bson:"_id"`
		Count, Amount, Quantity, Updated int64
	}
	if err := cursor.All(ctx, &groups); err != nil {
		return nil, wrap(ctx, "totals", err)
	}
	sums := map[store.UnitFacet]store.Totals{}
	for _, g := range groups {
		sums[store.UnitFacet{Unit: ledger.UnitID(g.Key.Unit), Facet: g.Key.Facet}] = store.Totals{
			Count: int(g.Count), Amount: g.Amount, Quantity: g.Quantity, Updated: ledger.Millis(g.Updated),
		}
	}
	return sums, nil
}

// in asks for one of several texts.
func in[S ~string](list []S) bson.D {
	values := make(bson.A, len(list))
	for i, s := range list {
		values[i] = string(s)
	}
	return bson.D{{Key: "$in", Value: values}}
}

// Naming implements [store.Projections].
func (db *projections) Naming(ctx context.Context, file string, units []ledger.UnitID, limit int) ([]ledger.Ref, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	filter := bson.D{{Key: "files", Value: file}}
	if len(units) > 0 {
		filter = append(filter, bson.E{Key: "unit", Value: in(units)})
	}
	rows, err := findRows(ctx, db.rows, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).
		SetLimit(int64(limit)).SetProjection(bson.D{{Key: "unit", Value: 1}}))
	if err != nil {
		return nil, wrap(ctx, "naming", err)
	}
	list := make([]ledger.Ref, len(rows))
	for i := range rows {
		list[i] = ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}
	}
	return list, nil
}

// Alike implements [store.Projections].
func (db *projections) Alike(ctx context.Context, units []ledger.UnitID, kind ledger.Kind, after string, limit int) ([]store.Alike, error) {
	if len(units) == 0 || limit <= 0 {
		return nil, ctx.Err()
	}
	keys, err := db.sharedKeys(ctx, units, kind, after, limit)
	if err != nil {
		return nil, wrap(ctx, "alike", err)
	}
	var list []store.Alike
	for _, key := range keys {
		rows, err := findRows(ctx, db.rows, bson.D{
			{Key: "unit", Value: in(units)}, {Key: "kind", Value: string(kind)}, {Key: "keys", Value: key},
		}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(store.MaxAlike))
		if err != nil {
			return nil, wrap(ctx, "alike", err)
		}
		if len(rows) > 1 { // fewer, if one has moved on meanwhile
			list = append(list, store.Alike{Key: key, Rows: rows})
		}
	}
	return list, nil
}

func (db *projections) sharedKeys(ctx context.Context, units []ledger.UnitID, kind ledger.Kind, after string, limit int) ([]string, error) {
	behind := bson.D{{Key: "$gt", Value: after}}
	stage := func(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }
	cursor, err := db.rows.Aggregate(ctx, mongo.Pipeline{
		stage("$match", bson.D{{Key: "unit", Value: in(units)}, {Key: "kind", Value: string(kind)}, {Key: "keys", Value: behind}}),
		stage("$project", bson.D{{Key: "keys", Value: 1}}),
		stage("$unwind", "$keys"),
		stage("$match", bson.D{{Key: "keys", Value: behind}}),
		stage("$group", bson.D{{Key: "_id", Value: "$keys"}, {Key: "n", Value: stage("$sum", 1)}}),
		stage("$match", bson.D{{Key: "n", Value: stage("$gt", 1)}}),
		stage("$sort", bson.D{{Key: "_id", Value: 1}}),
		stage("$limit", limit),
	})
	if err != nil {
		return nil, err
	}
	var groups []struct {
		Key string `bson:"_id"`
	}
	if err := cursor.All(ctx, &groups); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	keys := make([]string, len(groups))
	for i, g := range groups {
		keys[i] = g.Key
	}
	return keys, nil
}
