package measure

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// rawMongoDB is two collections in the database of the run, which it drops
// when it is closed.
type rawMongoDB struct {
	client             *mongo.Client
	db                 *mongo.Database
	inserted, upserted *mongo.Collection
}

func openRawMongoDB(ctx context.Context, uri, name string) (*rawMongoDB, error) {
	journal := true
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		if strings.Contains(uri, "@") {
			err = errors.New("not valid") // the reason may quote the password
		}
		return nil, fmt.Errorf("-db: %w", err)
	}
	client, err := mongo.Connect(opts.SetReadConcern(readconcern.Majority()).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}))
	if err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	r := &rawMongoDB{client: client, db: client.Database(name)}
	r.inserted, r.upserted = r.db.Collection("raw-inserted"), r.db.Collection("raw-upserted")
	if err := r.index(ctx); err != nil {
		return nil, fmt.Errorf("open the baseline: %w", errors.Join(err, client.Disconnect(ctx)))
	}
	return r, nil
}

func (r *rawMongoDB) index(ctx context.Context) error {
	_, err := r.upserted.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "unit", Value: 1}}})
	return err
}

func (r *rawMongoDB) version(ctx context.Context) (string, error) {
	var info struct{ Version string }
	err := r.db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info)
	return info.Version, err
}

func (r *rawMongoDB) insert(ctx context.Context, batch []gift) error {
	_, err := r.inserted.InsertMany(ctx, batch, options.InsertMany().SetOrdered(false))
	return err
}

func (r *rawMongoDB) upsert(ctx context.Context, batch []gift) error {
	models := make([]mongo.WriteModel, len(batch))
	for i := range batch {
		models[i] = mongo.NewReplaceOneModel().SetUpsert(true).SetFilter(bson.D{{Key: "_id", Value: batch[i].ID}}).SetReplacement(&batch[i])
	}
	_, err := r.upserted.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	return err
}

func (r *rawMongoDB) read(ctx context.Context, unit string) (int, error) {
	cursor, err := r.upserted.Find(ctx, bson.D{{Key: "unit", Value: unit}})
	if err != nil {
		return 0, err
	}
	var list []bson.Raw
	err = cursor.All(ctx, &list)
	return len(list), err
}

func (r *rawMongoDB) empty(ctx context.Context) error {
	_, err := r.upserted.DeleteMany(ctx, bson.D{})
	return err
}

func (r *rawMongoDB) close(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // the database goes, also where the run was given up
	return errors.Join(r.db.Drop(ctx), r.client.Disconnect(ctx))
}

// withDatabase puts a database into a URI, and keeps its options. A user who logs
// in does so where the URI said before.
func withDatabase(uri, name string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	hosts, path, _ := strings.Cut(rest, "/")
	if i := strings.Index(hosts, "?"); i >= 0 { // no path, yet options
		hosts, path = hosts[:i], hosts[i:]
	}
	old, query, _ := strings.Cut(path, "?")
	if strings.Contains(hosts, "@") && !strings.Contains(query, "authSource=") {
		if old == "" {
			old = "admin"
		}
		query = strings.TrimPrefix(query+"&authSource="+old, "&")
	}
	if query != "" {
		query = "?" + query
	}
	return scheme + "://" + hosts + "/" + name + query
}
