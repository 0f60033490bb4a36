package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sothon/sothon/sync/store"
)

// documentDoc is a document as it is stored.
type documentDoc struct {
	ID      string `bson:"_id"` // collection/id
	Version int64  `bson:"version"`
	Body    string `bson:"body"`
}

func documentID(collection, id string) bson.E {
	return bson.E{Key: "_id", Value: collection + "/" + id}
}

// Get implements [store.Documents].
func (db *documents) Get(ctx context.Context, collection, id string) (store.Document, error) {
	var d documentDoc
	err := db.documents.FindOne(ctx, bson.D{documentID(collection, id)}).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Document{}, fmt.Errorf("get from %s: %w", collection, store.ErrNotFound)
	}
	if err != nil {
		return store.Document{}, wrap(ctx, "get from "+collection, err)
	}
	return store.Document{ID: id, Version: d.Version, Body: []byte(d.Body)}, nil
}

// Add implements [store.Documents].
func (db *documents) Add(ctx context.Context, collection string, d store.Document) error {
	_, err := db.documents.InsertOne(ctx, documentDoc{ID: collection + "/" + d.ID, Version: 1, Body: string(d.Body)})
	if mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("add to %s: %w", collection, store.ErrTaken)
	}
	return wrap(ctx, "add to "+collection, err)
}

// Replace implements [store.Documents].
func (db *documents) Replace(ctx context.Context, collection string, d store.Document) error {
	doing, id := "replace in "+collection, documentID(collection, d.ID)
	result, err := db.documents.ReplaceOne(ctx, bson.D{id, {Key: "version", Value: d.Version}},
		documentDoc{ID: collection + "/" + d.ID, Version: d.Version + 1, Body: string(d.Body)})
	if err != nil {
		return wrap(ctx, doing, err)
	}
	if result.MatchedCount == 1 {
		return nil
	}
	return notReplaced(ctx, doing, db.documents, bson.D{id})
}

// notReplaced says why a document was not there as it should be.
func notReplaced(ctx context.Context, doing string, in *mongo.Collection, id bson.D) error {
	n, err := in.CountDocuments(ctx, id, options.Count().SetLimit(1))
	switch {
	case err != nil:
		return wrap(ctx, doing, err)
	case n == 0:
		return fmt.Errorf("%s: %w", doing, store.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", doing, store.ErrVersion)
}

// Existing implements [store.Documents].
func (db *documents) Existing(ctx context.Context, collection string, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	from := collection + "/"
	named := make(bson.A, len(ids))
	for i, id := range ids {
		named[i] = from + id
	}
	cursor, err := db.documents.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: named}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, wrap(ctx, "existing of "+collection, err)
	}
	var docs []documentDoc
	if err := cursor.All(ctx, &docs); err != nil {
		return nil, wrap(ctx, "existing of "+collection, err)
	}
	list := make([]string, len(docs))
	for i, d := range docs {
		list[i] = strings.TrimPrefix(d.ID, from)
	}
	return list, nil
}

// Delete implements [store.Documents].
func (db *documents) Delete(ctx context.Context, collection, id string) error {
	_, err := db.documents.DeleteOne(ctx, bson.D{documentID(collection, id)})
	return wrap(ctx, "delete from "+collection, err)
}

// List implements [store.Documents].
func (db *documents) List(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	if limit <= 0 {
		return nil, ctx.Err() // to MongoDB, 0 is no limit
	}
	from := collection + "/"
	ids := bson.D{
		{Key: "$gte", Value: from + prefix},
		{Key: "$gt", Value: from + after},
		{Key: "$lt", Value: behind(from + prefix)},
	}
	cursor, err := db.documents.Find(ctx, bson.D{{Key: "_id", Value: ids}}, options.Find().
		SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, wrap(ctx, "list "+collection, err)
	}
	var docs []documentDoc
	if err := cursor.All(ctx, &docs); err != nil {
		return nil, wrap(ctx, "list "+collection, err)
	}
	list := make([]store.Document, len(docs))
	for i, d := range docs {
		list[i] = store.Document{ID: strings.TrimPrefix(d.ID, from), Version: d.Version, Body: []byte(d.Body)}
	}
	return list, nil
}

// behind is the least text that is greater than all that begin with prefix:
// the last character that has a next one is replaced by it. The prefix has
// one, for it begins with a collection.
func behind(prefix string) string {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case r == utf8.MaxRune:
			continue
		case r == 0xd7ff:
			r = 0xe000 // between them are the surrogates, no characters
		default:
			r++
		}
		return prefix + string(r)
	}
	return ""
}
