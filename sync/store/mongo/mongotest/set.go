package mongotest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Election is longer than a [Set] takes to notice that its primary is gone
// and to elect another.
const Election = 4 * time.Second

// Set is a replica set of a test's own, whose nodes can be killed and
// stopped. Its methods end the test where they cannot do what they say.
type Set struct {
	t     testing.TB
	nodes []*node
	name  string

	mu   sync.Mutex
	away map[*node]bool // guarded by mu: killed or stopped
}

// ReplicaSet starts a replica set of size nodes on free ports, each with
// 300 MB of data and a small cache, and removes all of it when the test ends.
// It elects a primary within about a second. The mongod is found as by [URI],
// except by MONGODB_URI: other people's servers are not killed.
func ReplicaSet(t testing.TB, size int) *Set {
	t.Helper()
	path := binary(t)
	s := &Set{t: t, name: "sothon-test-" + strings.ToLower(rand.Text()[:16]), away: map[*node]bool{}}
	t.Cleanup(func() {
		for _, n := range s.nodes {
			n.stop()
		}
	})
	for range size {
		n, err := newNode(path, "--oplogSize", "128")
		if err != nil {
			t.Fatalf("start %s: %v", path, err)
		}
		s.nodes = append(s.nodes, n)
	}
	if err := initiate(s.nodes); err != nil {
		t.Fatal(err, s.nodes[0].log())
	}
	s.wait()
	return s
}

// URI names one database on the set, and every node.
func (s *Set) URI() string {
	hosts := make([]string, len(s.nodes))
	for i, n := range s.nodes {
		hosts[i] = n.address
	}
	return withDatabase("mongodb://"+strings.Join(hosts, ",")+"/?replicaSet=rs0", s.name)
}

// Kill ends the primary as kill -9 does. What is returned starts it again on
// the data that it left, and waits until it has caught up with the others.
func (s *Set) Kill() (restart func()) {
	s.t.Helper()
	n := s.primary()
	s.setAway(n, true)
	n.kill()
	return func() {
		s.t.Helper()
		if err := n.start(); err != nil {
			s.t.Fatal(err)
		}
		s.setAway(n, false)
		s.wait()
	}
}

// wait waits until there is a primary and every node that runs follows it.
func (s *Set) wait() {
	s.t.Helper()
	primary := s.primary()
	for _, n := range s.nodes {
		if n != primary && !s.isAway(n) {
			s.await("a node that follows", func() bool {
				h := s.hello(n)
				return h.Secondary || h.Primary
			})
		}
	}
}

func (s *Set) setAway(n *node, away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away[n] = away
}

func (s *Set) isAway(n *node) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away[n]
}

// primary waits for the one node that takes writes.
func (s *Set) primary() *node {
	s.t.Helper()
	var primary *node
	s.await("a primary", func() bool {
		found := 0
		for _, n := range s.nodes {
			if !s.isAway(n) && s.hello(n).Primary {
				primary = n
				found++
			}
		}
		return found == 1 // one that came back may not know yet
	})
	return primary
}

func (s *Set) await(what string, done func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ; !done(); time.Sleep(50 * time.Millisecond) {
		if ctx.Err() != nil {
			var logs []error
			for _, n := range s.nodes {
				logs = append(logs, n.log())
			}
			s.t.Fatalf("timed out waiting for %s: %v", what, errors.Join(logs...))
		}
	}
}

// hello is what a node says of itself.
type hello struct {
	Primary   bool `bson:"isWritablePrimary"`
	Secondary bool `bson:"secondary"`
}

// hello asks one node; what does not answer is neither.
func (s *Set) hello(n *node) (h hello) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + n.address + "/?directConnection=true"))
	if err != nil {
		return hello{}
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	if client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&h) != nil {
		return hello{}
	}
	return h
}
