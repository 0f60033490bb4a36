package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// How long lists lie behind the ledgers while nobody reads them: a batch of a
// phone is often followed by its next.
const (
	projectAfter  = 250 * time.Millisecond
	projectWithin = 5 * time.Second
)

// wiring puts together what works on one database.
type wiring struct {
	now        func() time.Time
	at         *time.Location
	log        *slog.Logger
	maxRecords int           // folded in memory
	recovery   *recoveryFile // of erasure, and numbers, kept outside of the database
	lost       *lostErasures // nil where nobody asks
}

// files hosts the photos of a database.
func (w *wiring) files(db store.Backend) *files.Files {
	return files.New(files.Options{Backend: db, Now: w.now, Random: rand.Reader, Location: w.at})
}

// store hosts the ledgers of a database. What is erased from them takes its
// photos with it.
func (w *wiring) store(db store.Backend, photos *files.Files, metrics *operations.Metrics) *store.Store {
	s := store.New(db, store.Options{
		Now: w.now, Random: rand.Reader, Location: w.at, MaxRecords: w.maxRecords, ProjectAfter: projectAfter, ProjectWithin: projectWithin,
		Committed: metrics.Committed,
		Erasing: func(ctx context.Context, unit ledger.UnitID, e ledger.Erasure, commits []*ledger.Commit) error {
			if err := w.recovery.note(unit, &e); err != nil { // the order itself comes first
				w.log.Error("an order of erasure is kept in the ledger alone; repair the file that -erasures names", "unit", unit, "error", err)
			}
			return photos.Erasing(ctx, unit, e, commits)
		},
		Erased: func(ctx context.Context, unit ledger.UnitID) {
			if err := photos.Sweep(ctx); err != nil { // what is left, the next clean-up does
				w.log.Error("erased photos are not destroyed yet; the schedule files tries again", "unit", unit, "error", err)
			}
		},
		Failed: w.failed,
	})
	metrics.Observe(s)
	return s
}

// failed logs what a unit's background work could not do.
func (w *wiring) failed(unit ledger.UnitID, err error) {
	switch {
	case errors.Is(err, store.ErrFull): // store.WatchSpace reports that
	case errors.Is(err, store.ErrSetAside):
		w.log.Error("a record's row is not stored, and lists show the record as it was before; settle or shorten the record that the error names, or see why the database refuses it: it is tried again with the unit's next change", "unit", unit, "error", err)
	case errors.Is(err, store.ErrNotErased):
		w.log.Error("an order of erasure is not carried out: commits still hold what it destroys; mend what the error names, and see by \"server verify\" whether the ledger is damaged: it is tried again each minute", "unit", unit, "error", err)
	default:
		w.log.Warn("background work of a unit failed and is tried again", "unit", unit, "error", err)
	}
}

// office makes the reports of a store, and sends them as the settings say.
func (w *wiring) office(s *store.Store, photos *files.Files, c *config) (*jobs.Office, error) {
	name, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this server: %w", err)
	}
	o := jobs.Options{
		Store: s, Now: w.now, Random: rand.Reader, Location: w.at, Log: w.log, Server: name + "/" + strconv.Itoa(os.Getpid()),
		Channel:      func(r outbox.Recipient) (post.Channel, error) { return c.channel(r, w.now) },
		Clean:        photos.Clean,
		Inside:       c.webhooksInside(),
		NumberBackup: w.recovery.numberBackup(),
		PublicURL:    strings.TrimSuffix(c.PublicURL, "/"),
	}
	if w.lost != nil {
		o.LostErasures = w.lost.byUnit
	}
	return jobs.New(o), nil
}
