package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// rowDoc is a row as it is stored.
type rowDoc struct {
	ID       string   `bson:"_id"` // childID
	Unit     string   `bson:"unit"`
	Kind     string   `bson:"kind"`
	Seq      int64    `bson:"seq"`
	State    string   `bson:"state"`
	Conflict bool     `bson:"conflict"`
	Date     string   `bson:"date"`
	Name     string   `bson:"name"` // latin1
	Updated  int64    `bson:"updated"`
	Waiting  int64    `bson:"waiting"`
	Words    []string `bson:"words,omitempty"`
	Keys     []string `bson:"keys,omitempty"`
	Files    []string `bson:"files,omitempty"`
	Facets   []string `bson:"facets,omitempty"`
	Amount   int64    `bson:"amount"`
	Quantity int64    `bson:"quantity,omitempty"`
	Body     string   `bson:"body"`
}

type streamDoc struct {
	ID     string `bson:"_id"` // childID
	Unit   string `bson:"unit"`
	Stream string `bson:"line"`
	Seq    int64  `bson:"seq"` // store.Stream.Through
	Body   string `bson:"body"`
}

type headDoc struct {
	ID   string `bson:"_id"` // the unit
	Seq  int64  `bson:"seq"`
	Log  string `bson:"log"`
	Hash string `bson:"hash"`
}

// childID is the key of what belongs to a unit. A space sorts before all that
// a unit's name is made of, so keys sort by unit and then by child, as lists
// do; behind a "/", unit A-1 would come before A.
func childID(unit ledger.UnitID, child string) string { return string(unit) + " " + child }

// childrenOf selects all that belongs to a unit.
func childrenOf(unit ledger.UnitID) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gte", Value: childID(unit, "")}, {Key: "$lt", Value: string(unit) + "!"}}},
		{Key: "unit", Value: string(unit)},
	}
}

// latin1 writes bytes as text: byte n is the code point n. Both sort alike,
// which BSON's own binary, where the shorter comes first, does not.
func latin1(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}

func unlatin1(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return string(out)
}

func newRowDoc(unit ledger.UnitID, r *store.Row) *rowDoc {
	return &rowDoc{
		ID: childID(unit, r.ID.String()), Unit: string(unit), Kind: string(r.Kind), Seq: int64(r.Seq), State: string(r.State),
		Conflict: r.Conflict, Date: r.Date, Name: latin1(r.Name), Updated: int64(r.Updated), Words: r.Words, Keys: r.Keys,
		Facets: r.Facets, Amount: r.Amount, Quantity: r.Quantity, Files: r.Files, Waiting: int64(r.Waiting), Body: string(r.Body),
	}
}

func (d *rowDoc) row() (store.Row, error) {
	id, err := ledger.ParseRecordID(strings.TrimPrefix(d.ID, childID(ledger.UnitID(d.Unit), "")))
	if err != nil {
		return store.Row{}, fmt.Errorf("%w: the key of a row: %w", ledger.ErrMalformed, err)
	}
	return store.Row{
		Unit: ledger.UnitID(d.Unit), ID: id, Kind: ledger.Kind(d.Kind), Seq: ledger.Seq(d.Seq), State: store.State(d.State),
		Conflict: d.Conflict, Date: d.Date, Name: unlatin1(d.Name), Updated: ledger.Millis(d.Updated), Words: d.Words, Keys: d.Keys,
		Facets: d.Facets, Amount: d.Amount, Quantity: d.Quantity, Files: d.Files, Waiting: ledger.Millis(d.Waiting), Body: []byte(d.Body),
	}, nil
}

// newer is a document that replaces a stored one of a lower seq.
type newer struct {
	id  string
	seq int64
	doc any
}

// Project implements [store.Projections].
func (db *projections) Project(ctx context.Context, unit ledger.UnitID, p store.Projection) error {
	rows := make([]newer, len(p.Rows))
	for i := range p.Rows {
		d := newRowDoc(unit, &p.Rows[i])
		rows[i] = newer{d.ID, d.Seq, d}
	}
	streams := make([]newer, len(p.Streams))
	for i, l := range p.Streams {
		d := &streamDoc{ID: childID(unit, l.ID), Unit: string(unit), Stream: l.ID, Seq: int64(l.Through), Body: string(l.Body)}
		streams[i] = newer{d.ID, d.Seq, d}
	}
	head := &headDoc{ID: string(unit), Seq: int64(p.Head.Seq), Log: string(p.Head.Log), Hash: p.Head.Hash.String()}

	// Both at once, for each waits for a majority; the head only when both stand.
	written := make(chan error)
	go func() { written <- putNewer(ctx, db.streams, streams) }()
	err := putNewer(ctx, db.rows, rows)
	if err = errors.Join(err, <-written); err == nil {
		err = putNewer(ctx, db.heads, []newer{{head.ID, head.Seq, head}})
	}
	return wrap(ctx, "project "+string(unit), err)
}

// putNewer stores each document unless the stored one is as new.
//
// Where the stored one is as new, the filter misses it, and the insert that
// follows meets its key. But the key is met too where somebody else inserted
// an older one between filter and insert; so those are tried again, without
// inserting.
func putNewer(ctx context.Context, in *mongo.Collection, list []newer) error {
	if len(list) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(list))
	for i, n := range list {
		models[i] = n.model().SetUpsert(true)
	}
	_, err := in.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	e, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || e.WriteConcernError != nil {
		return err
	}
	models = models[:0]
	for _, w := range e.WriteErrors {
		if w.Code != duplicateKey || w.Index < 0 || w.Index >= len(list) {
			return err
		}
		models = append(models, list[w.Index].model())
	}
	if len(models) == 0 {
		return err
	}
	_, err = in.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	return err
}

func (n *newer) model() *mongo.ReplaceOneModel {
	return mongo.NewReplaceOneModel().SetReplacement(n.doc).SetFilter(bson.D{
		{Key: "_id", Value: n.id},
		{Key: "seq", Value: bson.D{{Key: "$lt", Value: n.seq}}},
	})
}

// Projected implements [store.Projections].
func (db *projections) Projected(ctx context.Context, unit ledger.UnitID) (ledger.Head, error) {
	h, err := db.projected(ctx, unit)
	if err != nil {
		return ledger.Head{}, wrap(ctx, "projected head of "+string(unit), err)
	}
	return h, nil
}

func (db *projections) projected(ctx context.Context, unit ledger.UnitID) (ledger.Head, error) {
	var h headDoc
	switch err := db.heads.FindOne(ctx, bson.D{{Key: "_id", Value: string(unit)}}).Decode(&h); {
	case errors.Is(err, mongo.ErrNoDocuments):
		return ledger.Head{}, nil
	case err != nil:
		return ledger.Head{}, err
	}
	return head(h.Log, h.Seq, h.Hash)
}

// Snapshot implements [store.Projections]. It reads the head first: what it
// reads afterwards is as new or newer.
func (db *projections) Snapshot(ctx context.Context, unit ledger.UnitID) (store.Projection, error) {
	p, err := db.snapshot(ctx, unit)
	if err != nil {
		return store.Projection{}, wrap(ctx, "snapshot of "+string(unit), err)
	}
	return p, nil
}

func (db *projections) snapshot(ctx context.Context, unit ledger.UnitID) (p store.Projection, err error) {
	if p.Head, err = db.projected(ctx, unit); err != nil {
		return p, err
	}
	inOrder := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})
	if p.Rows, err = findRows(ctx, db.rows, childrenOf(unit), inOrder); err != nil {
		return p, err
	}
	cursor, err := db.streams.Find(ctx, childrenOf(unit), inOrder)
	if err != nil {
		return p, err
	}
	var streams []streamDoc
	if err := cursor.All(ctx, &streams); err != nil {
		return p, err
	}
	for _, l := range streams {
		p.Streams = append(p.Streams, store.Stream{ID: l.Stream, Through: uint64(l.Seq), Body: []byte(l.Body)})
	}
	return p, nil
}

func findRows(ctx context.Context, in *mongo.Collection, filter bson.D, opts *options.FindOptionsBuilder) ([]store.Row, error) {
	cursor, err := in.Find(ctx, filter, opts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	var list []store.Row
	for cursor.Next(ctx) {
		var d rowDoc
		if err := cursor.Decode(&d); err != nil {
			return nil, err
		}
		r, err := d.row()
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, cursor.Err()
}

// Unproject implements [store.Projections].
func (db *projections) Unproject(ctx context.Context, unit ledger.UnitID) error {
	head := bson.D{{Key: "_id", Value: string(unit)}}
	_, err := db.heads.DeleteOne(ctx, head)
	if err == nil {
		_, err = db.rows.DeleteMany(ctx, childrenOf(unit))
	}
	if err == nil {
		_, err = db.streams.DeleteMany(ctx, childrenOf(unit))
	}
	if err == nil {
		_, err = db.heads.DeleteOne(ctx, head)
	}
	return wrap(ctx, "unproject "+string(unit), err)
}
