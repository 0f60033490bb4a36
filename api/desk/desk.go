// Package desk serves the review desk: the overview, lists, queues, records and
// notices.
package desk

import (
	"log/slog"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/store"
)

// Options are what the parts need from outside. All are required.
type Options struct {
	Store     *store.Store
	Files     *files.Files
	Office    *jobs.Office // of the same store
	Directory *accounts.Directory
	Presences *accounts.Presences
	Access    *gate.AccessLog
	Clock     calendar.Clock
	Log       *slog.Logger
}

// Desk implements the operations of the tag desk.
type Desk struct {
	*overviews
	*records
	*exports
	*queues
	*campaigns
	*fund
	*notices
	*rejections
	*events
}

// New makes the parts.
func New(o Options) Desk {
	d := o.Store.Backend()
	l := &lists{store: o.Store, access: o.Access, directory: o.Directory, reminders: o.Office.Reminders, clock: o.Clock, scan: newSlot(1)}
	f := &fund{store: o.Store, lists: l}
	p := &people{directory: o.Directory, presences: o.Presences}
	r := &rejections{lists: l, index: store.NewRejections(d)}
	e := newEvents(d.Projected, o.Store.Closing(), o.Log)
	o.Office.Archive.Watch(e.tellReport)
	return Desk{
		overviews: &overviews{
			store: o.Store, lists: l, fund: f, people: p, rejections: r, directory: o.Directory, archive: o.Office.Archive, outbox: o.Office.Outbox,
			reminders: o.Office.Reminders, problems: o.Office.Problems, now: o.Clock.Now, cache: newRecentCache[*overview](o.Clock.Now),
		},
		records: &records{store: o.Store, lists: l, fund: f, files: o.Files, directory: o.Directory, reminders: o.Office.Reminders},
		exports: &exports{lists: l, directory: o.Directory, reminders: o.Office.Reminders, clock: o.Clock, one: newSlot(1)},
		queues:  &queues{store: o.Store, lists: l, files: o.Files},
		campaigns: &campaigns{
			store: o.Store, lists: l, people: p, directory: o.Directory, now: o.Clock.Now,
			pages: newRecentCache[*campaignPage](o.Clock.Now), ones: newRecentCache[*progress](o.Clock.Now),
		},
		fund:       f,
		notices:    &notices{store: o.Store, reminders: o.Office.Reminders},
		rejections: r,
		events:     e,
	}
}
