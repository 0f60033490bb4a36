// Package syncing serves what phones push and pull: batches, changes, heads and
// the log.
package syncing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/keys"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Sync implements the operations of the tag sync.
type Sync struct {
	Store     *store.Store
	Keys      *keys.Keyring
	Issuer    string // the name in notes
	Now       func() time.Time
	Access    *gate.AccessLog
	Presences *accounts.Presences
	Log       *slog.Logger
	Files     *files.Files
	Directory *accounts.Directory
	CheckedAt func(context.Context, ledger.UnitID) (time.Time, error) // when a ledger was last verified
	// SuspectRestore notes that a client knew more of a ledger than there is.
	SuspectRestore func(context.Context, ledger.UnitID) error
	// MaxPushed bounds what one person pushes in a day, in KiB; 0: nothing does.
	MaxPushed int
	Pushes    *gate.Throttle
	pages     pages
}

// suspectRestore notes what an answer that a ledger diverged tells of the server.
func (s *Sync) suspectRestore(ctx context.Context, unit ledger.UnitID, answer error) {
	if _, diverged := errors.AsType[*store.DivergedError](answer); !diverged {
		return
	}
	if err := s.SuspectRestore(ctx, unit); err != nil {
		s.Log.WarnContext(ctx, "cannot note that a backup may have been restored", "unit", unit, "error", err)
	}
}
