package store

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Options are what a store needs from outside. Now, Random and Location are
// required; the zero value of any other is a default.
type Options struct {
	Now    func() time.Time
	Random io.Reader // salts and log identities; crypto/rand outside of simulations
	// Location is where "today" is, for dates in the future.
	Location *time.Location
	// MaxRecords bounds the records kept folded in memory, over all units. Zero is
	// 120,000.
	MaxRecords int
	// MaxRow bounds a stored record, in bytes. One that is larger is set aside:
	// see [ErrSetAside]. Zero is 12 MiB; MongoDB takes 16.
	MaxRow int
	// Deadline bounds the attempts to commit one group of batches. Zero is 10 s.
	Deadline time.Duration

	// A unit's lists are brought up to its ledger when ProjectAfter has passed
	// and no batch is under way, and at the latest after ProjectWithin: what
	// changes again meanwhile is written once. A reader of the lists does not
	// wait for it. Zero means at once.
	ProjectAfter, ProjectWithin time.Duration

	// Go starts background work, and Pause waits before work is tried again;
	// nil means a goroutine and a timer. A simulation gives others, and with
	// them a store does everything in its caller's goroutine.
	Go    func(func())
	Pause func(context.Context, time.Duration) error

	// Erasing is called before an erasure changes commits, with all that hold
	// something of the record, and Erased when the lists no longer show what was
	// erased from a unit: what is kept elsewhere goes with it. An error of Erasing
	// puts the erasure off. Both may be nil.
	Erasing func(context.Context, ledger.UnitID, ledger.Erasure, []*ledger.Commit) error
	Erased  func(context.Context, ledger.UnitID)

	Committed func(Committed)            // hook for metrics; may be nil
	Failed    func(ledger.UnitID, error) // hook for logs: background work that will be tried again; may be nil
}

// Committed describes one commit to the hook.
type Committed struct {
	Unit       ledger.UnitID
	Batches    int
	Ops        int
	Conflicts  int
	Duplicates int
	Rejected   int
	Compared   int // records that share what makes them alike with an op's
	Took       time.Duration
}

// ErrClosed is returned once the store is shutting down.
var ErrClosed = errors.New("the store is closed")
