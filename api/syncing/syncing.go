// Package syncing serves what phones push and pull: batches, changes, heads and
// the log.
package syncing

import (
	"context"
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
	pages     pages
}
