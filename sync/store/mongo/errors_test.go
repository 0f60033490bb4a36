package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// The server quotes in its errors what was written. Ours do not.
func TestErrorsTellNoData(t *testing.T) {
	const secret = `{"name":"Lương Thị Bí Mật"}`
	uri := mongotest.URI(t)
	db := open(t, uri)
	raw := rawDatabase(t, uri)
	for _, id := range []string{"a", "b"} {
		if err := db.Add(t.Context(), "accounts", store.Document{ID: id, Body: []byte(`{"name":"` + id + `"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	unique := driver.IndexModel{Keys: bson.D{{Key: "body", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := raw.Collection("documents").Indexes().CreateOne(t.Context(), unique); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Collection("rows").Indexes().CreateOne(t.Context(), unique); err != nil {
		t.Fatal(err)
	}

	if err := db.Replace(t.Context(), "accounts", store.Document{ID: "a", Version: 1, Body: []byte(secret)}); err != nil {
		t.Fatal(err)
	}
	err := db.Replace(t.Context(), "accounts", store.Document{ID: "b", Version: 1, Body: []byte(secret)})
	if !driver.IsDuplicateKeyError(err) {
		t.Fatalf("error %v: this test wants the server to complain", err)
	}
	tellsNothing(t, err)

	err = db.Project(t.Context(), "A", store.Projection{Rows: []store.Row{
		{ID: ledger.RecordID{1}, Seq: 1, Body: []byte(secret)}, {ID: ledger.RecordID{2}, Seq: 1, Body: []byte(secret)},
	}})
	tellsNothing(t, err)

	huge := store.Document{ID: "huge", Body: []byte(strings.Repeat(secret, 17<<20/len(secret)))}
	tellsNothing(t, db.Add(t.Context(), "accounts", huge))
}

func tellsNothing(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "Bí Mật") {
		t.Errorf("the error tells data: %v", err)
	}
}

// A write that never got an answer has an outcome that is unknown.
func TestUnknownOutcome(t *testing.T) {
	db, err := mongo.Open(t.Context(), mongotest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	err = db.Insert(t.Context(), &ledger.Commit{Unit: "A", Seq: 1})
	if err == nil || errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrVersion) {
		t.Errorf("error %v", err)
	}
}

// Where there is no server, that is said in the contract's words.
func TestUnreachable(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := mongo.Open(ctx, "mongodb://localhost:1/?serverSelectionTimeoutMS=100"); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
}

func TestOpenTellsNoPassword(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, uri := range []string{
		"mongodb://me:b%zzimat@localhost/", "mongodb://me:bimat:x@y@localhost/", "mongodb://me:bimat@", "mongo://me:bimat@localhost",
		"mongodb://me:bimat@localhost:1/?w=bimat", "mongodb://me:bimat@localhost:1/",
	} {
		db, err := mongo.Open(ctx, uri)
		if err == nil {
			_ = db.Close()
			t.Errorf("%s: opened", uri)
		} else if strings.Contains(err.Error(), "mat") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestDatabaseName(t *testing.T) {
	uri := mongotest.URI(t)
	open(t, uri)
	names, err := rawDatabase(t, uri).ListCollectionNames(t.Context(), bson.D{})
	if err != nil || len(names) == 0 {
		t.Errorf("collections %v, %v: not in the database that the URI names", names, err)
	}
}

// rawDatabase is the database of a test's URI, without what it is tested for.
func rawDatabase(t *testing.T, uri string) *driver.Database {
	t.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) })
	_, path, _ := strings.Cut(uri, "://")
	_, path, _ = strings.Cut(path, "/")
	name, _, _ := strings.Cut(path, "?")
	return client.Database(name)
}

// An election shows in a command's own error, or in what the majority was to
// say of a command that was carried out.
func TestElections(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"of a command":     {driver.CommandError{Code: 189}, true},
		"of a majority":    {driver.WriteException{WriteConcernError: &driver.WriteConcernError{Code: 189}}, true},
		"of many writes":   {driver.BulkWriteException{WriteConcernError: &driver.WriteConcernError{Code: 91}}, true},
		"wrapped":          {fmt.Errorf("create indexes: %w", driver.CommandError{Code: 10107}), true},
		"a taken key":      {driver.WriteException{WriteErrors: driver.WriteErrors{{Code: 11000}}}, false},
		"a password":       {driver.CommandError{Code: 18}, false},
		"nothing of those": {errors.New("no"), false},
	} {
		if got := mongo.IsElection(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
