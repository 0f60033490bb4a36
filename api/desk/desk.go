// Package desk serves the review desk: the overview, lists, queues, records and
// notices.
package desk

import (
	"time"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/store"
)

// Desk implements the operations of the tag desk.
type Desk struct {
	Store     *store.Store
	Files     *files.Files
	Office    *jobs.Office
	Directory *accounts.Directory
	Presences *accounts.Presences
	Access    *gate.AccessLog
	Now       func() time.Time
	Overviews *Overviews
	Events    *Events
	// Rejections is the index of what was rejected.
	Rejections *store.Rejections
}
