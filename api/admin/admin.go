// Package admin serves accounts, units, devices, schedules, holidays, the
// access log and the checks of ledgers.
package admin

import (
	"io"
	"time"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/accounts"
)

// Options are what the parts need from outside. All are required.
type Options struct {
	Accounts  accounts.Accounts
	Directory *accounts.Directory
	Office    *jobs.Office
	Now       func() time.Time
	Random    io.Reader
	Location  *time.Location
	Presences *accounts.Presences
	Log       *gate.AdminLog
}

// Admin implements the operations of the tags admin and units.
type Admin struct {
	people
	units
	timetable
	logs
	ledgers
}

// New makes the parts.
func New(o Options) Admin {
	return Admin{
		people:    people{Accounts: o.Accounts, Directory: o.Directory, Presences: o.Presences, Now: o.Now, Random: o.Random, Log: o.Log},
		units:     units{Accounts: o.Accounts, Directory: o.Directory, Now: o.Now, Location: o.Location, Log: o.Log},
		timetable: timetable{Office: o.Office, Directory: o.Directory, Log: o.Log},
		logs:      logs{Accounts: o.Accounts, Directory: o.Directory, Location: o.Location},
		ledgers:   ledgers{Office: o.Office},
	}
}

// people are accounts and their devices.
type people struct {
	Accounts  accounts.Accounts
	Directory *accounts.Directory
	Presences *accounts.Presences
	Now       func() time.Time
	Random    io.Reader
	Log       *gate.AdminLog
}

// units are the tree of units.
type units struct {
	Accounts  accounts.Accounts
	Directory *accounts.Directory
	Now       func() time.Time
	Location  *time.Location // where a day begins
	Log       *gate.AdminLog
}

// timetable is what is done by the clock, and on which days nobody works.
type timetable struct {
	Office    *jobs.Office
	Directory *accounts.Directory
	Log       *gate.AdminLog
}

// logs are who read personal data, and who changed what here.
type logs struct {
	Accounts  accounts.Accounts
	Directory *accounts.Directory
	Location  *time.Location // where a day begins
}

// ledgers are the checks of single ledgers.
type ledgers struct {
	Office *jobs.Office
}
