// Package admin serves accounts, units, devices, schedules, holidays and the
// access log.
package admin

import (
	"io"
	"time"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/accounts"
)

// Admin implements the operations of the tags admin and units.
type Admin struct {
	Accounts  accounts.Accounts
	Directory *accounts.Directory
	Office    *jobs.Office
	Now       func() time.Time
	Random    io.Reader
	Location  *time.Location
	Presences *accounts.Presences
	Log       *gate.AdminLog
}
