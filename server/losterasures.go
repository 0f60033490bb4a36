package main

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// lostErasures are the orders of erasure that a restored backup lacks, until they are
// given again.
type lostErasures struct {
	file *recoveryFile
	db   store.Log
	now  func() time.Time

	mu     sync.Mutex
	orders []erasureOrder // guarded by mu
	found  time.Time      // guarded by mu; zero until the ledgers were read

	looked map[ledger.UnitID]ledger.Seq // up to where ledgers were read; for look alone
}

// lookAgain is how often the ledgers of lost orders are read on to see whether they
// were given again.
const lookAgain = time.Minute

// watch looks for lost orders until there are none, or ctx ends. A backup is restored
// while no server runs: once after a start there is nothing more to find.
func (l *lostErasures) watch(ctx context.Context, log *slog.Logger) {
	for {
		left, err := l.look(ctx, log)
		if err == nil && left == 0 || ctx.Err() != nil {
			return
		}
		if err != nil {
			log.Error("cannot look for lost orders of erasure yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookAgain):
		}
	}
}

// look finds lost orders in all ledgers and logs them, and from then on which of them
// are left.
func (l *lostErasures) look(ctx context.Context, log *slog.Logger) (left int, err error) {
	l.mu.Lock()
	orders, found := l.orders, l.found
	l.mu.Unlock()
	looked := map[ledger.UnitID]ledger.Seq{}
	maps.Copy(looked, l.looked) // after an error it is read again
	if !found.IsZero() {
		orders, err = missingOf(ctx, l.db, orders, looked)
	} else if orders, err = l.file.missing(ctx, l.db, looked); err == nil {
		found = l.now()
		for i := range orders {
			log.Error("a backup was restored that lacks an order of erasure; give it again", "order", orders[i].String())
		}
	}
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders, l.found, l.looked = orders, found, looked
	return len(orders), nil
}

// byUnit counts the orders that were still lost at the last look. It reads no ledger:
// metrics ask for it.
func (l *lostErasures) byUnit() map[ledger.UnitID]jobs.LostErasures {
	l.mu.Lock()
	defer l.mu.Unlock()
	units := map[ledger.UnitID]jobs.LostErasures{}
	for i := range l.orders {
		id := l.orders[i].Unit
		units[id] = jobs.LostErasures{Orders: units[id].Orders + 1, Found: ledger.MillisOf(l.found)}
	}
	return units
}
