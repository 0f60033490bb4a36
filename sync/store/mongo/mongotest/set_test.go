//go:build unix

package mongotest_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// A set elects another primary when one is killed or stopped, and both come
// back.
func TestReplicaSet(t *testing.T) {
	set := mongotest.ReplicaSet(t, 3)
	db := mongotest.Open(t, set.URI()+"&w=majority")
	insert := func() {
		t.Helper()
		if _, err := db.Collection("c").InsertOne(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
	insert()
	restart := set.Kill()
	insert()
	restart()
	goOn := set.Stop()
	time.Sleep(mongotest.Election)
	insert()
	goOn()
	insert()
	if n, err := db.Collection("c").CountDocuments(t.Context(), bson.D{}); err != nil || n != 4 {
		t.Errorf("%d documents, %v; want 4", n, err)
	}
}
