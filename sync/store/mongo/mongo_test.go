package mongo_test

import (
	"testing"

	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/conformance"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

func TestMain(m *testing.M) { mongotest.Main(m) }

func open(t testing.TB, uri string) *mongo.DB {
	t.Helper()
	db, err := mongo.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) store.Backend {
		t.Helper()
		return open(t, mongotest.URI(t))
	})
}

func TestShared(t *testing.T) {
	conformance.Shared(t, func(t *testing.T) func(*testing.T) store.Backend {
		t.Helper()
		uri := mongotest.URI(t)
		return func(t *testing.T) store.Backend { t.Helper(); return open(t, uri) }
	})
}

func BenchmarkMongoDB(b *testing.B) {
	conformance.Benchmark(b, func(b *testing.B) store.Backend {
		b.Helper()
		return open(b, mongotest.URI(b))
	})
}
