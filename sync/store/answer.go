package store

import (
	"errors"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
)

// Author is who pushes. The caller has checked that the unit is in the
// author's scope and that the device is the author's.
type Author struct {
	User ledger.UserID
	Role ledger.Role
	// Sees reports which other units' records the author may refer to; what lies
	// elsewhere is taken for unknown. Nil means every unit.
	Sees func(ledger.UnitID) bool
	// Own reports of which of these units the author is shown what their role
	// shows; of the others, what a commune shows its villages. Nil means all.
	Own func(ledger.UnitID) bool
	// LastDay is the unit's, where it has ended or will end.
	LastDay string
}

// Answer is the outcome of a batch.
type Answer struct {
	Head    ledger.Head // the commit that holds the last op of the batch
	From    uint64
	Through uint64           // every counter up to this one is in the ledger
	Results []ledger.Verdict // one per op of the batch
}

// What Append's errors wrap or are.
var (
	// ErrFenced: the app was reinstalled and pushes in a newer epoch.
	ErrFenced = errors.New("the device has a newer epoch")
	// ErrForked: a counter is in the ledger with another payload, and the
	// batch goes on behind it: two devices use one identity.
	ErrForked = errors.New("two devices use one identity")
	// ErrBusy: the unit's queue is full.
	ErrBusy = errors.New("too many batches wait for this unit")
	// ErrUnavailable: no commit could be written before the deadline. The
	// outcome is unknown; the same bytes may be sent again.
	ErrUnavailable = errors.New("the ledger cannot be written now")
)

// GapError says that the batch begins behind the next counter.
type GapError struct{ Expected uint64 }

func (e *GapError) Error() string { return fmt.Sprintf("counter gap: expected %d", e.Expected) }

// ReuseError says that a counter is in the ledger with another payload.
type ReuseError struct{ N uint64 }

func (e *ReuseError) Error() string {
	return fmt.Sprintf("counter %d is in the ledger with another payload", e.N)
}

// DivergedError says that the head that the device has seen is not in this
// ledger, as after a restored backup.
type DivergedError struct {
	Head   ledger.Head // the ledger's own
	Common ledger.Seq  // the highest seq known to be shared; 0 when unknown
	// Expected is the counter after the last that this ledger has of the
	// device; 0 where no device asked.
	Expected uint64
	Epochs   []Through // the device's, as [Store.Epochs] has them
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("log diverged: this ledger is %s at %d", e.Head.Log, e.Head.Seq)
}
