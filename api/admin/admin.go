// Package admin serves accounts, units, devices, schedules, holidays, the
// access log and the checks of ledgers.
package admin

import (
	"context"
	"io"
	"time"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/holidays"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
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
	Rows      store.Projections
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
		people:    people{accounts: o.Accounts, directory: o.Directory, presences: o.Presences, now: o.Now, random: o.Random, log: o.Log},
		units:     units{accounts: o.Accounts, directory: o.Directory, now: o.Now, location: o.Location, log: o.Log},
		timetable: timetable{holidays: o.Office.Holidays, schedules: o.Office.Schedules, runs: o.Office.Runs, directory: o.Directory, log: o.Log},
		logs:      logs{accounts: o.Accounts, rows: o.Rows, directory: o.Directory, location: o.Location},
		ledgers:   ledgers{check: o.Office.CheckLedger},
	}
}

// people are accounts and their devices.
type people struct {
	accounts  accounts.Accounts
	directory *accounts.Directory
	presences *accounts.Presences
	now       func() time.Time
	random    io.Reader
	log       *gate.AdminLog
}

// units are the tree of units.
type units struct {
	accounts  accounts.Accounts
	directory *accounts.Directory
	now       func() time.Time
	location  *time.Location // where a day begins
	log       *gate.AdminLog
}

// timetable is what is done by the clock, and on which days nobody works.
type timetable struct {
	holidays  *holidays.Book
	schedules *jobs.Schedules
	runs      func(ctx context.Context, schedule string, limit int) ([]schedule.Run, error)
	directory *accounts.Directory
	log       *gate.AdminLog
}

// logs are who read personal data, and who changed what here.
type logs struct {
	accounts  accounts.Accounts
	directory *accounts.Directory
	location  *time.Location // where a day begins
	rows      store.Projections
}

// ledgers are the checks of single ledgers.
type ledgers struct {
	check func(context.Context, ledger.UnitID) (store.Verified, time.Time, error)
}
