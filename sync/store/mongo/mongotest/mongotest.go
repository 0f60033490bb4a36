// Package mongotest gives tests a real MongoDB.
package mongotest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// URI returns the URI of a database of the test's own, which is dropped when
// the test ends. It is on the server that MONGODB_URI names; where that is
// not set, on a mongod that this process starts as a replica set of one node,
// the binary being that which MONGOD names or the one on PATH. Where there is
// neither, the test is skipped; in CI it fails.
func URI(t testing.TB) string {
	t.Helper()
	server := os.Getenv("MONGODB_URI")
	if server == "" {
		server = start(t, binary(t))
	}
	// MongoDB compares the names of databases regardless of case.
	uri := withDatabase(server, "sothon-test-"+strings.ToLower(rand.Text()[:16]))
	t.Cleanup(func() { drop(t, uri) })
	return uri
}

// binary finds a mongod, or ends the test.
func binary(t testing.TB) string {
	t.Helper()
	name := os.Getenv("MONGOD")
	if name == "" {
		name = "mongod"
	}
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("MONGOD") != "":
		t.Fatalf("MONGOD: %v", err)
	case os.Getenv("CI") != "":
		t.Fatal("no MongoDB: set MONGODB_URI, or MONGOD to a mongod binary")
	}
	t.Skip("no MongoDB: set MONGODB_URI, or MONGOD to a mongod binary")
	return ""
}

// withDatabase puts a database into a URI, and keeps its options. A user
// logs in where the URI said before.
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
		query = strings.TrimPrefix(query+"&authSource="+url.QueryEscape(old), "&")
	}
	if query != "" {
		query = "?" + query
	}
	return fmt.Sprintf("%s://%s/%s%s", scheme, hosts, name, query)
}

func drop(t testing.TB, uri string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // t.Context is over
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = client.Disconnect(ctx) }()
	_, path, _ := strings.Cut(uri, "://")
	_, path, _ = strings.Cut(path, "/")
	name, _, _ := strings.Cut(path, "?")
	if err := client.Database(name).Drop(ctx); err != nil {
		t.Errorf("drop test database: %v", err)
	}
}
