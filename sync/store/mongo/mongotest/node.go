package mongotest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// shared is the replica set of one node that the tests of a process use.
var shared struct {
	sync.Mutex
	users int // tests, and Main
	node  *node
	err   error // why it cannot be started
}

// Main runs a package's tests with one mongod, should any of them ask for it.
// A package whose TestMain does not call it gets a new one whenever no test is
// left that uses the last, which takes half a second.
func Main(m *testing.M) {
	shared.users++
	code := m.Run()
	leave()
	os.Exit(code)
}

// leave stops the shared node when nobody uses it any more.
func leave() {
	shared.Lock()
	defer shared.Unlock()
	if shared.users--; shared.users == 0 && shared.node != nil {
		shared.node.stop()
		shared.node = nil
	}
}

// start returns the URI of the shared node, which runs until the test ends.
func start(t testing.TB, binary string) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.node == nil && shared.err == nil {
		if shared.node, shared.err = startSet(binary); shared.err != nil {
			shared.err = fmt.Errorf("start %s: %w", binary, shared.err)
		}
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	shared.users++
	t.Cleanup(leave)
	return "mongodb://" + shared.node.address + "/?replicaSet=rs0"
}

// folders is how the names of data folders begin; the process that made them
// follows.
const folders = "sothon-mongod-"

// node is one mongod and its data. It may be killed and started again.
type node struct {
	binary  string
	address string
	folder  string // its data; an empty one takes 300 MB
	more    []string
	process *exec.Cmd
	exited  chan struct{} // closed when the process is gone
}

// startSet starts a replica set of one node, and waits until it takes writes.
func startSet(binary string) (*node, error) {
	n, err := newNode(binary)
	if err != nil {
		return nil, err
	}
	if err := initiate([]*node{n}); err != nil {
		err = errors.Join(err, n.log())
		n.stop()
		return nil, err
	}
	return n, nil
}

// newNode starts a new node, and waits until it answers. Somebody may take its
// port before it does: then it is tried on another. more are options of
// mongod.
func newNode(binary string, more ...string) (*node, error) {
	var failed error
	for range 3 {
		n, err := placeNode(binary, more)
		if err != nil {
			return nil, err
		}
		if err := n.start(); err != nil {
			return nil, err
		}
		if err = n.listens(); err == nil {
			return n, nil
		}
		failed = errors.Join(err, n.log())
		n.stop()
	}
	return nil, failed
}

// placeNode makes a node's folder and finds it a port.
func placeNode(binary string, more []string) (*node, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	sweep()
	folder, err := os.MkdirTemp("", folders+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, err
	}
	return &node{binary: binary, address: "127.0.0.1:" + strconv.Itoa(port), folder: folder, more: more}, nil
}

// freePort finds a port below those that systems give to clients: there
// nobody takes it while a node that was killed is to come back.
func freePort() (int, error) {
	var err error
	for range 50 {
		port := 10_000 + rand.IntN(20_000)
		var listener net.Listener
		if listener, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			return port, listener.Close()
		}
	}
	return 0, err
}

// start starts the mongod, which waits for the setup of its replica set unless its
// data says so already.
func (n *node) start() error {
	_, port, err := net.SplitHostPort(n.address)
	if err != nil {
		return err
	}
	n.process = exec.Command(n.binary, append([]string{
		"--dbpath", n.folder, "--port", port, "--bind_ip", "127.0.0.1", "--replSet", "rs0",
		"--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--logpath", filepath.Join(n.folder, "mongod.log"), "--logappend",
	}, n.more...)...)
	n.exited = make(chan struct{})
	process, exited, started := n.process, n.exited, make(chan error)
	go func() {
		// The kernel ends the child when the thread that started it ends, so
		// this one must stay for as long.
		release := tieToThisThread(process)
		defer release()
		err := process.Start()
		started <- err
		if err == nil {
			_ = process.Wait()
		}
		close(exited)
	}()
	if err := <-started; err != nil {
		_ = os.RemoveAll(n.folder)
		return err
	}
	return nil
}

// listens waits until the node accepts connections: replSetInitiate fails at
// once where one of the members does not yet.
func (n *node) listens() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", n.address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-n.exited:
			return errors.New("it ended before it listened")
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to listen: %w", n.address, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill ends the node's process, and leaves its data as it is.
func (n *node) kill() {
	_ = n.process.Process.Kill()
	<-n.exited
}

// stop kills the node, waits for its end and removes its data.
func (n *node) stop() {
	n.kill()
	_ = os.RemoveAll(n.folder)
}

// log is the end of what the node had to say, as an error.
func (n *node) log() error {
	text, err := os.ReadFile(filepath.Join(n.folder, "mongod.log"))
	if err != nil {
		return err
	}
	return fmt.Errorf("its log ends: %s", text[max(0, len(text)-2000):])
}

// initiate makes the nodes a replica set, and waits until one of them leads.
func initiate(nodes []*node) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	first := nodes[0]
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + first.address + "/?directConnection=true"))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	admin := client.Database("admin")
	var members bson.A
	for i, n := range nodes {
		members = append(members, bson.D{{Key: "_id", Value: i}, {Key: "host", Value: n.address}})
	}
	err = admin.RunCommand(ctx, bson.D{{Key: "replSetInitiate", Value: bson.D{
		{Key: "_id", Value: "rs0"},
		{Key: "members", Value: members},
		{Key: "settings", Value: bson.D{{Key: "electionTimeoutMillis", Value: 1000}, {Key: "heartbeatIntervalMillis", Value: 200}}},
	}}}).Err()
	if err != nil {
		return err
	}
	for {
		var hello struct {
			Primary  bool   `bson:"isWritablePrimary"`
			Follows  bool   `bson:"secondary"`
			Followed string `bson:"primary"`
		}
		if err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
			return err
		}
		if hello.Primary || hello.Follows && hello.Followed != "" {
			return nil
		}
		select {
		case <-first.exited:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
