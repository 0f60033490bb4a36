package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sothon/sothon/sync/ledger"
)

// What a backend's errors wrap.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("the id is taken")
	ErrVersion  = errors.New("changed by somebody else meanwhile")
	ErrHole     = errors.New("a commit is missing")

	// These say why, not whether: as with an error that wraps none of these,
	// the outcome is unknown.
	ErrFull        = errors.New("the database has no room")
	ErrUnreachable = errors.New("the database does not answer")
	// ErrOlder is an ErrUnreachable: the read is older than what is known
	// to be there, because the database is changing its primary.
	ErrOlder = fmt.Errorf("%w with its newest", ErrUnreachable)
)

// Backend is a database. It needs no transaction across documents, no counter
// and no change stream; every method is atomic per document, durable when it
// returns, and safe for concurrent use by several processes. An error that
// wraps none of the above means that the outcome is unknown.
//
// [conformance] tests every backend against this contract.
//
// [conformance]: https://pkg.go.dev/github.com/sothon/sothon/sync/store/conformance
type Backend interface {
	Log
	Projections
	Documents
	Pieces
	Ping(ctx context.Context) error
	Close() error
}

// Bounds of what one call returns.
const (
	MaxRead  = 16 << 20 // bytes of commits
	MaxAlike = 50       // rows that share a key

	MaxExisting = 500 // ids that one call asks for
)

// Log keeps the ledgers: the truth, from which all else can be made again.
type Log interface {
	// Head returns the head of a unit's ledger, and the zero head of an empty
	// one. It is no older than any commit whose insert had returned, on whatever
	// server, when Head was called. Other reads may be older, as where a node of
	// MongoDB does not know yet that another was elected in its place.
	Head(ctx context.Context, unit ledger.UnitID) (ledger.Head, error)
	// Insert stores a commit under its id, once: a second insert of the same
	// id fails with ErrTaken and changes nothing. MongoDB writes with majority
	// and journal, SQLite with synchronous FULL.
	Insert(ctx context.Context, c *ledger.Commit) error
	// Commits returns commits after a seq in rising order without gaps: at
	// most limit, and fewer when their stored form would exceed MaxRead, but
	// at least one where there is one. Where one is missing, what lies behind
	// it is not returned, and a read that would begin there is ErrHole: a hole
	// is damage, and must not be taken for the end.
	Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error)
	// Redact replaces a commit, whose stored form is given, by what an erasure
	// left of it. The id and the hash must be those stored, else ErrNotFound;
	// and the stored form too, else ErrVersion: there was another erasure.
	Redact(ctx context.Context, stored []byte, c *ledger.Commit) error
	// Ledgers lists the units that have a commit, in order.
	Ledgers(ctx context.Context) ([]ledger.UnitID, error)
}

// Projections keep what the fold of each ledger came to: rows for the desk's
// lists, and with the streams the snapshot from which a server starts. Losing
// them loses nothing.
type Projections interface {
	// Project stores rows and streams, each where the stored one is older, and
	// then the head, where the stored one is older. Cut off in between, it
	// leaves rows newer than the head; that is allowed.
	Project(ctx context.Context, unit ledger.UnitID, p Projection) error
	// Projected returns the head up to which a unit was projected, and the
	// zero head where nothing was.
	Projected(ctx context.Context, unit ledger.UnitID) (ledger.Head, error)
	// Snapshot returns all that was projected for a unit. Rows and streams may
	// be newer than the head, never older.
	Snapshot(ctx context.Context, unit ledger.UnitID) (Projection, error)
	// Unproject removes the unit's head, its rows and streams, and the head again:
	// another server may have projected meanwhile, and its head must not
	// make rows look valid that are gone.
	Unproject(ctx context.Context, unit ledger.UnitID) error
	// Query lists rows, each as it was projected. It returns at most q.Limit
	// of them, and the error of q.Check if there is one.
	Query(ctx context.Context, q Query) ([]Row, error)
	// Totals adds up all rows that q selects, whatever its limit and where it
	// begins. It returns the error of q.Check if there is one.
	Totals(ctx context.Context, q Query) (Totals, error)
	// TotalsByFacet adds up those of the same rows that have one of the facets,
	// for each unit and facet apart. What no row has is left out.
	TotalsByFacet(ctx context.Context, q Query, facets []string) (map[UnitFacet]Totals, error)
	// Alike returns the keys, greater than after in order, that more than one
	// live row of the units and the kind shares, with the first MaxAlike of
	// their rows by unit and record. It returns at most limit keys.
	Alike(ctx context.Context, units []ledger.UnitID, kind ledger.Kind, after string, limit int) ([]Alike, error)
	// Naming returns the records whose rows name a file, by unit and record, at
	// most limit of them. Without units it looks in all.
	Naming(ctx context.Context, file string, units []ledger.UnitID, limit int) ([]ledger.Ref, error)
}

// Projection is the fold of one ledger, or the part of it that changed.
type Projection struct {
	Head    ledger.Head
	Rows    []Row
	Streams []Stream
	// Erased says that the rows take the place of some whose values were
	// erased: of those nothing may be left, not even in what the database no
	// longer uses, as far as the program can make it do so.
	Erased bool
}

// Stream is a device's stream in its stored form.
type Stream struct {
	ID      string // device and epoch
	Through uint64 // the version: greater is newer
	Body    []byte // JSON
}

// Row is one record as lists need it. Body is the record in its stored form.
type Row struct {
	Unit     ledger.UnitID
	ID       ledger.RecordID
	Kind     ledger.Kind
	Seq      ledger.Seq // the version: greater is newer
	State    State
	Conflict bool
	Waiting  ledger.Millis // since when it is in conflict; 0 where it is not
	Date     string        // the record's day, YYYY-MM-DD, or ""
	Name     string        // its collation key: any bytes, compared as such
	Updated  ledger.Millis // when the last change was received
	Words    []string      // folded to a-z and 0-9, each once, for search
	Keys     []string      // each once; rows that share one may be duplicates; none on rows that are not live
	Files    []string      // each once; the SHA-256 of the files that the record names, in hex
	Facets   []string      // each once, without blanks: what a list is narrowed by, see [Facets]
	Amount   int64         // đồng
	Quantity int64         // gifts handed out
	Body     []byte
}

// Position is the row's place in a list of an order.
func (r *Row) Position(sort Sort) *Position {
	at := &Position{Unit: r.Unit, ID: r.ID}
	switch sort {
	case SortDate:
		at.Text = r.Date
	case SortName:
		at.Text = r.Name
	case SortWaiting:
		at.Updated = r.Waiting
	case SortAmount:
		at.Amount = r.Amount
	default:
		at.Updated = r.Updated
	}
	return at
}

// State is the state of a record for reviewers.
type State string

// States of a row.
const (
	Pending   State = "pending"
	Approved  State = "approved"
	Returned  State = "returned"
	Removed   State = "removed"
	Duplicate State = "duplicate" // linked as a copy of another record
)

// Query selects and orders rows. Empty members select all. The words apart,
// which Check holds to their letters, texts may be anything: what no row has
// selects none.
type Query struct {
	Units      []ledger.UnitID // Invariant: never empty; the caller's scope
	IDs        []ledger.RecordID
	Kinds      []ledger.Kind
	States     []State
	Conflict   bool     // only rows in conflict
	From, To   string   // days, both included; with either, rows without a date are left out
	Undated    bool     // but not these, then
	Words      []string // every one must begin a word of the row; a-z and 0-9 only
	WordFacets []string // a row with one of these facets counts as having the words
	Facets     []string // every one must be a facet of the row
	Any        []string // at least one of these too
	Without    []string // and none of these
	Sort       Sort
	Desc       bool      // turns the whole order round, ties too
	After      *Position // continue behind this row
	Through    *Position // end with this row
	Limit      int       // 0 returns none
}

// Check reports a query that no backend answers.
func (q *Query) Check() error {
	if len(q.Units) == 0 {
		return errors.New("a query without units has no scope")
	}
	for _, w := range q.Words {
		if !isWord(w) {
			return errors.New("a word to search for is not of a-z and 0-9")
		}
	}
	for _, f := range slices.Concat(q.WordFacets, q.Facets, q.Any, q.Without) {
		if f == "" || strings.ContainsFunc(f, unicode.IsSpace) {
			return errors.New("a facet is not a text without blanks")
		}
	}
	switch q.Sort {
	case "", SortUpdated, SortDate, SortName, SortWaiting, SortAmount:
		return nil
	}
	return errors.New("unknown order of a list")
}

func isWord(s string) bool {
	for _, r := range s {
		if !('a' <= r && r <= 'z' || '0' <= r && r <= '9') {
			return false
		}
	}
	return s != ""
}

// Sort is the order of a list. Ties break by unit and record. An empty one is
// SortUpdated.
type Sort string

// Orders.
const (
	SortUpdated Sort = "updated"
	SortDate    Sort = "date"
	SortName    Sort = "name"
	SortWaiting Sort = "waiting" // of rows in conflict
	SortAmount  Sort = "amount"
)

// Column is the name under which a database keeps what rows are ordered by. An
// order that is none is by the last change.
func (s Sort) Column() string {
	switch s {
	case SortDate, SortName, SortWaiting, SortAmount:
		return string(s)
	default:
		return string(SortUpdated)
	}
}

// Totals are what the rows of a list come to.
type Totals struct {
	Count            int
	Amount, Quantity int64
	Updated          ledger.Millis // when the last of them changed
}

// UnitFacet stands for the rows of a unit that have a facet.
type UnitFacet struct {
	Unit  ledger.UnitID
	Facet string
}

// Add adds a row to the totals.
func (t *Totals) Add(r *Row) {
	t.Count++
	t.Amount += r.Amount
	t.Quantity += r.Quantity
	t.Updated = max(t.Updated, r.Updated)
}

// Position is the place of a row in a list.
type Position struct {
	Updated ledger.Millis // of Sort's value, the one that is used; of SortWaiting it is Row.Waiting
	Text    string        // date or name
	Amount  int64
	Unit    ledger.UnitID
	ID      ledger.RecordID
}

// Compare says which of two places comes first in the list of a query.
func (q *Query) Compare(a, b *Position) int {
	c := cmp.Or(cmp.Compare(a.Updated, b.Updated), cmp.Compare(a.Amount, b.Amount), strings.Compare(a.Text, b.Text),
		strings.Compare(string(a.Unit), string(b.Unit)), a.ID.Compare(b.ID))
	if q.Desc {
		return -c
	}
	return c
}

// Alike is a key that several rows share.
type Alike struct {
	Key  string
	Rows []Row
}

// Documents keep everything that is not a record: accounts, devices,
// sessions, units, keys. A document is a JSON text with a version. The name
// of a collection is the program's own, of a-z and "-"; an id may be any text.
type Documents interface {
	// Get returns a document, or ErrNotFound.
	Get(ctx context.Context, collection, id string) (Document, error)
	// Add stores a document at version 1; ErrTaken if the id exists.
	Add(ctx context.Context, collection string, d Document) error
	// Replace stores d.Body at version d.Version+1 if the stored version is
	// d.Version; else ErrVersion, or ErrNotFound.
	Replace(ctx context.Context, collection string, d Document) error
	// Existing returns those of the ids that there is a document of, in any order.
	// There are at most MaxExisting.
	Existing(ctx context.Context, collection string, ids []string) ([]string, error)
	// Delete removes a document; one that is not there is no error.
	Delete(ctx context.Context, collection, id string) error
	// List returns at most limit documents in byte order of their ids, those
	// whose ids begin with prefix and are greater than after.
	List(ctx context.Context, collection, prefix, after string, limit int) ([]Document, error)
}

// Document is one of them.
type Document struct {
	ID      string
	Version int64
	Body    []byte // JSON
}
