// Package desk serves the review desk: lists, queues, records and notices.
package desk

import (
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/store"
)

// Desk implements the operations of the tag desk.
type Desk struct {
	Store     *store.Store
	Files     *files.Files
	Reminders *reminders.Reminders
	Access    *gate.AccessLog
}
