package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// commitDoc is a commit as it is stored. Body is all of it; the others are
// for finding it, and for people who look.
type commitDoc struct {
	ID   string `bson:"_id"` // ledger.CommitID
	Unit string `bson:"unit"`
	Seq  int64  `bson:"seq"`
	Log  string `bson:"log"`
	Prev string `bson:"prev"`
	Hash string `bson:"hash"`
	At   int64  `bson:"at"`
	Body string `bson:"body"` // ledger.Commit.AppendJSON
}

func newCommitDoc(c *ledger.Commit) commitDoc {
	return commitDoc{
		ID: ledger.CommitID(c.Unit, c.Seq), Unit: string(c.Unit), Seq: int64(c.Seq), Log: string(c.Log),
		Prev: c.Prev.String(), Hash: c.Hash.String(), At: int64(c.At), Body: string(c.AppendJSON(nil)),
	}
}

// maxSeq is the last that a commit's id can number.
const maxSeq = 9_999_999_999

// commitsAfter selects by _id, so that a sharded collection is asked in one
// place. The unit is named too: another unit's id may lie in the range, if
// only one that package ledger would not let through.
func commitsAfter(unit ledger.UnitID, after ledger.Seq) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{
			{Key: "$gt", Value: ledger.CommitID(unit, after)},
			{Key: "$lte", Value: ledger.CommitID(unit, maxSeq)},
		}},
		{Key: "unit", Value: string(unit)},
	}
}

// headTimeout bounds a read that waits for a majority.
const headTimeout = 10 * time.Second

// Head implements [store.Log]. A former primary that does not know yet that it
// was replaced answers other reads with what a majority had before; it cannot
// answer this one.
func (db *commitLog) Head(ctx context.Context, unit ledger.UnitID) (ledger.Head, error) {
	ctx, cancel := context.WithTimeout(ctx, headTimeout)
	defer cancel()
	var d commitDoc
	err := db.linearizable.FindOne(ctx, commitsAfter(unit, 0), options.FindOne().
		SetSort(bson.D{{Key: "_id", Value: -1}}).
		SetProjection(bson.D{{Key: "log", Value: 1}, {Key: "seq", Value: 1}, {Key: "hash", Value: 1}}),
	).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return ledger.Head{}, nil
	}
	if err != nil {
		return ledger.Head{}, wrap(ctx, "head of "+string(unit), err)
	}
	return head(d.Log, d.Seq, d.Hash)
}

func head(log string, seq int64, hash string) (ledger.Head, error) {
	h, err := ledger.ParseHash(hash)
	if err != nil {
		return ledger.Head{}, fmt.Errorf("%w: stored head %d: %w", ledger.ErrMalformed, seq, err)
	}
	return ledger.Head{Log: ledger.LogID(log), Seq: ledger.Seq(seq), Hash: h}, nil
}

// maxTogether bounds the commits of one command.
const maxTogether = 16

// Insert implements [store.Log]. Where ctx ends first the outcome of the
// commit is unknown.
//
// Commits of several units go with one command, and so wait for one answer of
// the majority.
func (db *commitLog) Insert(ctx context.Context, c *ledger.Commit) error {
	d := newCommitDoc(c)
	return wrap(ctx, "insert "+d.ID, db.inserts.Do(ctx, d))
}

// insertTogether writes commits with one command. A place that is taken keeps
// none of the others out.
func (db *commitLog) insertTogether(ctx context.Context, group []commitDoc) []error {
	_, err := db.commits.InsertMany(ctx, group, options.InsertMany().SetOrdered(false))
	if err == nil {
		return nil
	}
	errs := make([]error, len(group))
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || bulk.WriteConcernError != nil { // what was not refused may be there or not
		for at := range errs {
			errs[at] = err
		}
	}
	for _, refused := range bulk.WriteErrors {
		if refused.Code == duplicateKey {
			errs[refused.Index] = store.ErrTaken
		} else {
			errs[refused.Index] = err
		}
	}
	return errs
}

// Commits implements [store.Log].
func (db *commitLog) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) (list []*ledger.Commit, err error) {
	if limit <= 0 {
		return nil, ctx.Err() // to MongoDB, 0 is no limit
	}
	doing := "commits after " + ledger.CommitID(unit, after)
	cursor, err := db.commits.Find(ctx, commitsAfter(unit, after), options.Find().
		SetSort(bson.D{{Key: "_id", Value: 1}}).
		SetLimit(int64(limit)).
		SetProjection(bson.D{{Key: "seq", Value: 1}, {Key: "body", Value: 1}}))
	if err != nil {
		return nil, wrap(ctx, doing, err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for size := 0; cursor.Next(ctx); {
		var d commitDoc
		if err := cursor.Decode(&d); err != nil {
			return nil, wrap(ctx, doing, err)
		}
		want, seq := after+ledger.Seq(len(list))+1, ledger.Seq(d.Seq)
		size += len(d.Body)
		if len(list) > 0 && (seq != want || size > store.MaxRead) {
			return list, nil
		}
		if seq != want {
			return nil, fmt.Errorf("%s: %w: %s before %s", doing, store.ErrHole, ledger.CommitID(unit, want), ledger.CommitID(unit, seq))
		}
		c, err := ledger.ParseCommit([]byte(d.Body))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ledger.CommitID(unit, seq), err)
		}
		list = append(list, c)
	}
	if err := cursor.Err(); err != nil {
		return nil, wrap(ctx, doing, err)
	}
	return list, nil
}

// Redact implements [store.Log].
func (db *commitLog) Redact(ctx context.Context, stored []byte, c *ledger.Commit) error {
	d := newCommitDoc(c)
	doing, id := "redact "+d.ID, bson.D{{Key: "_id", Value: d.ID}, {Key: "hash", Value: d.Hash}}
	result, err := db.commits.ReplaceOne(ctx, append(id, bson.E{Key: "body", Value: string(stored)}), d)
	if err != nil {
		return wrap(ctx, doing, err)
	}
	if result.MatchedCount == 1 {
		return nil
	}
	return notReplaced(ctx, doing, db.commits, id)
}

// Ledgers implements [store.Log].
func (db *commitLog) Ledgers(ctx context.Context) ([]ledger.UnitID, error) {
	cursor, err := db.commits.Find(ctx, bson.D{{Key: "seq", Value: 1}}, options.Find().
		SetSort(bson.D{{Key: "unit", Value: 1}}).
		SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "unit", Value: 1}}))
	if err != nil {
		return nil, wrap(ctx, "ledgers", err)
	}
	var list []commitDoc
	if err := cursor.All(ctx, &list); err != nil {
		return nil, wrap(ctx, "ledgers", err)
	}
	units := make([]ledger.UnitID, len(list))
	for i, d := range list {
		units[i] = ledger.UnitID(d.Unit)
	}
	return units, nil
}
