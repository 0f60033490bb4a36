// Package reports serves the reports of a unit and their delivery.
package reports

import (
	"context"

	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/store"
)

// Options are what the parts need from outside. All are required.
type Options struct {
	Store     *store.Store
	Office    *jobs.Office // of the same store
	Directory *accounts.Directory
	Guesses   *gate.Throttle
	Access    *gate.AccessLog
	Log       *gate.AdminLog
	Clock     calendar.Clock
}

// Reports implements the operations of the tags reports and delivery.
type Reports struct {
	catalogue
	drafts
	signing
	figures
	counts
	standing
	letterheads
	periods
	recipients
	deliveries
	acknowledgements
}

// New makes the parts.
func New(o Options) Reports {
	a, box := o.Office.Archive, o.Office.Outbox
	s := &finder{archive: a, outbox: box}
	late := func(ctx context.Context) (archive.Late, error) {
		watch, err := o.Office.Reminders.Watch(ctx)
		return watch.Late, err
	}
	return Reports{
		catalogue:        catalogue{finder: s, archive: a},
		drafts:           drafts{finder: s, archive: a, clock: o.Clock},
		signing:          signing{finder: s, archive: a},
		figures:          figures{finder: s, archive: a, store: o.Store, access: o.Access},
		counts:           counts{archive: a, late: late, access: o.Access},
		standing:         standing{kept: a.Standing, clock: o.Clock},
		letterheads:      letterheads{kept: a.Letterheads, log: o.Log},
		periods:          periods{archive: a, store: o.Store, directory: o.Directory, reminders: o.Office.Reminders},
		recipients:       recipients{kept: box.Recipients, directory: o.Directory, log: o.Log},
		deliveries:       deliveries{finder: s, outbox: box, deliver: o.Office.Deliver},
		acknowledgements: acknowledgements{archive: a, outbox: box, guesses: o.Guesses, location: o.Clock.Location},
	}
}
