// Package mongo keeps everything in MongoDB, on a standalone server, a
// replica set or a sharded cluster: it asks for no transaction, and every key
// begins with the unit, so that collections can be sharded on _id by range.
//
// Every write is acknowledged by a majority that has it in its journal, and
// every read is of what a majority has. Everything that is not in an index for
// search is stored as the text or bytes it came as, and read back unchanged.
//
// Values from outside are only ever Go strings and numbers in the place of a
// value, which BSON keeps apart from operators; there is no $regex and no
// $where.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/sothon/sothon/sync/store"
)

// DB is a MongoDB database. Each of its parts implements one of the interfaces
// of [store.Backend].
type DB struct {
	client *mongo.Client
	*commitLog
	*projections
	*documents
	*pieces
}

type (
	commitLog struct {
		commits      *mongo.Collection // commitDoc
		linearizable *mongo.Collection // commits, for reads that no later primary contradicts
		inserts      store.Batcher[commitDoc]
	}
	projections struct {
		heads   *mongo.Collection // headDoc
		rows    *mongo.Collection // rowDoc
		streams *mongo.Collection // streamDoc, under an older name
	}
	documents struct {
		documents *mongo.Collection // documentDoc
	}
	pieces struct {
		pieces *mongo.Collection // pieceDoc
	}
)

var _ store.Backend = (*DB)(nil)

// Open connects to the database that the URI's path names, "sothon" if it
// names none, and creates the indexes that are not there.
func Open(ctx context.Context, uri string) (*DB, error) {
	journal := true
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		if strings.Contains(uri, "@") {
			err = errors.New("not valid") // the reason may quote the password
		}
		return nil, fmt.Errorf("open MongoDB: URI: %w", err)
	}
	// A timeout of 0 is none, and lets the driver try again for as long as there
	// is a primary to be found: one election may follow another.
	opts.SetAppName("sothon").SetRetryReads(true).SetRetryWrites(true).SetTimeout(0).
		SetReadPreference(readpref.Primary()).
		SetReadConcern(readconcern.Majority()).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal})
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, wrap(ctx, "open MongoDB", err)
	}
	data := client.Database(databaseName(uri))
	db := &DB{
		client:      client,
		commitLog:   &commitLog{commits: data.Collection("commits")},
		projections: &projections{heads: data.Collection("heads"), rows: data.Collection("rows"), streams: data.Collection("lines")},
		documents:   &documents{data.Collection("documents")},
		pieces:      &pieces{data.Collection("pieces")},
	}
	db.inserts = store.Batcher[commitDoc]{Write: db.insertTogether, Most: maxTogether, AtOnce: 2}
	if err := db.createIndexes(ctx); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, wrap(ctx, "open MongoDB: create indexes", err)
	}
	if err := db.chooseReads(ctx); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, wrap(ctx, "open MongoDB: ask what it is", err)
	}
	return db, nil
}

// chooseReads finds out how to read what no later primary contradicts. A
// standalone server has no other node, and refuses to be asked for it.
func (db *DB) chooseReads(ctx context.Context) error {
	var hello struct {
		Set     string `bson:"setName"`
		Message string `bson:"msg"` // of a router
	}
	if err := db.client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return err
	}
	db.linearizable = db.commits
	if hello.Set != "" || hello.Message == "isdbgrid" {
		db.linearizable = db.commits.Clone(options.Collection().SetReadConcern(readconcern.Linearizable()))
	}
	return nil
}

// databaseName is the path of the URI. A URI that lists several hosts is not
// valid to package url.
func databaseName(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	if name, err := url.PathUnescape(path); err == nil && name != "" {
		return name
	}
	return "sothon"
}

func (db *DB) createIndexes(ctx context.Context) error {
	index := func(only bson.D, keys ...string) mongo.IndexModel {
		var d bson.D
		for _, key := range keys {
			d = append(d, bson.E{Key: key, Value: 1})
		}
		opts := options.Index()
		if only != nil {
			opts.SetPartialFilterExpression(only)
		}
		return mongo.IndexModel{Keys: d, Options: opts}
	}
	// One entry per ledger: each begins with commit 1.
	_, err := db.commits.Indexes().CreateOne(ctx, index(bson.D{{Key: "seq", Value: 1}}, "seq", "unit"))
	if err != nil {
		return err
	}
	_, err = db.rows.Indexes().CreateMany(ctx, []mongo.IndexModel{
		// The units of a query are few, and each is one walk in order.
		index(nil, "unit", "updated", "_id"),
		index(nil, "unit", "date", "_id"),
		index(nil, "unit", "name", "_id"),
		index(nil, "unit", "amount", "_id"),
		index(bson.D{{Key: "conflict", Value: true}}, "unit", "conflict", "updated", "_id"),
		index(bson.D{{Key: "conflict", Value: true}}, "unit", "conflict", "waiting", "_id"),
		index(nil, "unit", "words"),
		index(bson.D{{Key: "keys", Value: bson.D{{Key: "$exists", Value: true}}}}, "unit", "kind", "keys"),
		index(bson.D{{Key: "files", Value: bson.D{{Key: "$exists", Value: true}}}}, "files", "_id"),
	})
	return err
}

// IsElection reports whether an error says that the node which was asked is
// gone, or is no longer the primary: another soon answers.
func IsElection(err error) bool {
	if mongo.IsNetworkError(err) {
		return true
	}
	// The command may have failed, or only what a majority was to say of it.
	e, ok := errors.AsType[mongo.ServerError](err)
	return ok && slices.ContainsFunc(electionCodes, e.HasErrorCode)
}

// electionCodes are those on which MongoDB's specification of retryable writes
// lets a command be sent again, and that of a read which no majority confirmed.
var electionCodes = []int{
	91,    // ShutdownInProgress
	187,   // LinearizableReadConcernError
	189,   // PrimarySteppedDown
	10107, // NotWritablePrimary
	11600, // InterruptedAtShutdown
	11602, // InterruptedDueToReplStateChange
	13435, // NotPrimaryNoSecondaryOk
	13436, // NotPrimaryOrSecondary
}

// Ping implements [store.Backend].
func (db *DB) Ping(ctx context.Context) error {
	return wrap(ctx, "ping", db.client.Ping(ctx, readpref.Primary()))
}

// Close implements [store.Backend].
func (db *DB) Close() error {
	return wrap(context.Background(), "close MongoDB", db.client.Disconnect(context.Background()))
}

// failure is an error of the driver without the server's words, which may
// quote what was written. They can still be had by unwrapping.
type failure struct {
	doing string
	cause error
	kind  error // store.ErrUnreachable, or nil
}

func (f *failure) Error() string { return f.doing + ": " + describe(f.cause) }
func (f *failure) Unwrap() []error {
	if f.kind == nil {
		return []error{f.cause}
	}
	return []error{f.cause, f.kind}
}

// wrap says what was tried. A nil error stays nil.
func wrap(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if done := ctx.Err(); done != nil && !errors.Is(err, done) {
		err = fmt.Errorf("%w: %w", done, err)
	}
	f := &failure{doing: doing, cause: err}
	if IsElection(err) || mongo.IsTimeout(err) {
		f.kind = store.ErrUnreachable
	}
	return f
}

func describe(err error) string {
	code := func(name string, code int) string { return fmt.Sprintf("MongoDB error %d %s", code, name) }
	var list []string
	concern := func(e *mongo.WriteConcernError) {
		if e != nil {
			list = append(list, code(e.Name, e.Code))
		}
	}
	if e, ok := errors.AsType[mongo.CommandError](err); ok && e.Code != 0 {
		return code(e.Name, int(e.Code))
	}
	if e, ok := errors.AsType[mongo.WriteException](err); ok {
		for _, w := range e.WriteErrors {
			list = append(list, code("on write", w.Code))
		}
		concern(e.WriteConcernError)
	}
	if e, ok := errors.AsType[mongo.BulkWriteException](err); ok {
		for _, w := range e.WriteErrors {
			list = append(list, code("on write", w.Code))
		}
		concern(e.WriteConcernError)
	}
	if len(list) == 0 {
		return err.Error()
	}
	if more := len(list) - 3; more > 0 {
		list = append(list[:3], fmt.Sprint("and ", more, " more"))
	}
	return strings.Join(list, ", ")
}

// duplicateKey is the server's code for a key that exists.
const duplicateKey = 11000
