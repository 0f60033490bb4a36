// Package memory is a backend that forgets. It exists for simulation: it does
// everything in the caller's goroutine and in the same way each time, it can
// fail on demand, and it can be copied, as a backup is. It holds
// its own copies as encoded bytes, so that nothing is shared with its callers by
// reference, just as nothing is with a database.
package memory

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Fault is what becomes of one operation.
type Fault int

// Faults. After either failure the caller cannot tell which it was. Older is
// none to the caller, and only [OpCommits] knows it.
const (
	None      Fault = iota
	Unapplied       // an error, and nothing happened
	Applied         // it happened, and yet an error
	Older           // the newest commits are not seen yet
)

// unseen is how many of the newest commits a read that is [Older] misses.
const unseen = 3

// ErrFault is what a fault returns: an outcome that is unknown to the caller.
var ErrFault = errors.New("memory: fault")

// Operations that faults are asked about, each with the id of what it reads or
// writes. Project and Unproject ask once for every document, in the order in
// which they write, so that they can be cut off anywhere.
const (
	OpHead       = "head"        // unit
	OpInsert     = "insert"      // commit
	OpCommits    = "commits"     // unit
	OpRedact     = "redact"      // commit
	OpLedgers    = "ledgers"     // ""
	OpPutRow     = "put-row"     // unit/record
	OpPutStream  = "put-stream"  // unit/stream
	OpPutHead    = "put-head"    // unit
	OpProjected  = "projected"   // unit
	OpSnapshot   = "snapshot"    // unit
	OpDropHead   = "drop-head"   // unit
	OpDropRow    = "drop-row"    // unit/record
	OpDropStream = "drop-stream" // unit/stream
	OpQuery      = "query"       // ""
	OpAlike      = "alike"       // kind
	OpGet        = "get"         // collection/id
	OpAdd        = "add"         // collection/id
	OpReplace    = "replace"     // collection/id
	OpDelete     = "delete"      // collection/id
	OpList       = "list"        // collection/prefix
	OpExisting   = "existing"    // collection
	OpNaming     = "naming"      // file
	OpAddPiece   = "add-piece"   // file
	OpPiecesEnd  = "ends"        // file
	OpPieces     = "pieces"      // file
	OpDropFile   = "drop-file"   // file
	OpPing       = "ping"        // ""
)

// DB is a database in memory. Each of its parts implements one of the interfaces
// of [store.Backend].
type DB struct {
	*data
	*commitLog
	*projections
	*documents
	*pieces
}

type (
	commitLog   struct{ *data }
	projections struct{ *data }
	documents   struct{ *data }
	pieces      struct{ *data }
)

// data is what a database holds.
type data struct {
	mu        sync.Mutex
	faults    func(op, id string) Fault // nil for none
	commits   map[ledger.UnitID]map[ledger.Seq]commit
	rows      map[rowID]store.Row
	streams   map[streamID]store.Stream
	heads     map[ledger.UnitID]ledger.Head
	documents map[documentID]store.Document
	pieces    map[string]map[int64][]byte // by file and offset. Invariant: bytes never change in place
	older     bool                        // the operation under way reads what was before
}

type (
	commit struct {
		head ledger.Head
		body []byte // Invariant: never changed in place, so that clones may share it
	}
	rowID struct {
		unit   ledger.UnitID
		record ledger.RecordID
	}
	streamID struct {
		unit   ledger.UnitID
		stream string
	}
	documentID struct{ collection, id string }
)

var _ store.Backend = (*DB)(nil)

// New returns an empty database.
func New() *DB {
	return newDB(&data{
		commits:   map[ledger.UnitID]map[ledger.Seq]commit{},
		rows:      map[rowID]store.Row{},
		streams:   map[streamID]store.Stream{},
		heads:     map[ledger.UnitID]ledger.Head{},
		documents: map[documentID]store.Document{},
		pieces:    map[string]map[int64][]byte{},
	})
}

func newDB(d *data) *DB {
	return &DB{d, &commitLog{d}, &projections{d}, &documents{d}, &pieces{d}}
}

// SetFaults lets faults decide the fate of each operation that begins from now
// on; nil ends that. It is called without a lock held, in the goroutine of
// the caller of the operation: faults that count are wrapped in [OneByOne].
func (db *data) SetFaults(faults func(op, id string) Fault) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.faults = faults
}

// OneByOne returns faults as they may be asked by several goroutines, such as
// a test's own and those of a store's background work. They must not use the
// database themselves, nor wait for what does.
func OneByOne(faults func(op, id string) Fault) func(op, id string) Fault {
	var mu sync.Mutex
	return func(op, id string) Fault {
		mu.Lock()
		defer mu.Unlock()
		return faults(op, id)
	}
}

// Clone returns a copy of the data as they are now, without the faults: what
// a backup taken now would restore.
func (db *DB) Clone() *DB { return newDB(db.clone()) }

func (db *data) clone() *data {
	db.mu.Lock()
	defer db.mu.Unlock()
	c := &data{
		commits:   make(map[ledger.UnitID]map[ledger.Seq]commit, len(db.commits)),
		rows:      maps.Clone(db.rows),
		streams:   maps.Clone(db.streams),
		heads:     maps.Clone(db.heads),
		documents: maps.Clone(db.documents),
		pieces:    make(map[string]map[int64][]byte, len(db.pieces)),
	}
	for file, pieces := range db.pieces {
		c.pieces[file] = maps.Clone(pieces)
	}
	for unit, commits := range db.commits {
		c.commits[unit] = maps.Clone(commits)
	}
	return c
}

// do runs one operation under the lock, unless a fault prevents it.
func (db *data) do(ctx context.Context, op, id string, run func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	db.mu.Lock()
	faults := db.faults
	db.mu.Unlock()
	fault := None
	if faults != nil {
		fault = faults(op, id)
	}
	if fault == Unapplied {
		return ErrFault
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.older = fault == Older
	err := run()
	if fault == Applied {
		return ErrFault
	}
	return err
}

// Ping does nothing, unless a fault makes it fail.
func (db *data) Ping(ctx context.Context) error {
	return db.do(ctx, OpPing, "", func() error { return nil })
}

// Close does nothing; the data can be read on.
func (db *data) Close() error { return nil }
