package mongotest_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

func TestMain(m *testing.M) { mongotest.Main(m) }

func TestURI(t *testing.T) {
	outer := mongotest.URI(t)
	var inner string
	t.Run("of a test", func(t *testing.T) {
		inner = mongotest.URI(t)
		if inner == outer {
			t.Fatal("two tests share a database")
		}
		if _, err := mongotest.Open(t, inner).Collection("c").InsertOne(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	})
	if names, err := mongotest.Open(t, inner).ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) > 0 {
		t.Errorf("after the test there is %v, %v", names, err)
	}
}

func TestServerOfTheEnvironment(t *testing.T) {
	for server, want := range map[string]string{
		"mongodb://h":                               "mongodb://h/NAME",
		"mongodb://h/":                              "mongodb://h/NAME",
		"mongodb://h?a=b":                           "mongodb://h/NAME?a=b",
		"mongodb://h1,h2:7/db?a=b":                  "mongodb://h1,h2:7/NAME?a=b",
		"mongodb+srv://u:p%2F@h":                    "mongodb+srv://u:p%2F@h/NAME?authSource=admin",
		"mongodb://u:p@h/db?a=b":                    "mongodb://u:p@h/NAME?a=b&authSource=db",
		"mongodb://u:p@h/?authSource=x&tls=true":    "mongodb://u:p@h/NAME?authSource=x&tls=true",
		"mongodb://h/db?replicaSet=rs0&timeoutMS=1": "mongodb://h/NAME?replicaSet=rs0&timeoutMS=1",
	} {
		if got := mongotest.WithDatabase(server, "NAME"); got != want {
			t.Errorf("%s: %s, want %s", server, got, want)
		}
	}
}
