package main

import (
	"context"
	"log/slog"
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
	found  time.Time      // guarded by mu
	looked time.Time      // guarded by mu: whether they are still lost
}

// lookAgain is how often the ledgers of lost orders are read to see whether they were
// given again, while somebody asks.
const lookAgain = time.Minute

// find looks for lost orders in all ledgers, and logs them. A backup is restored
// while no server runs: once after a start is enough, and is tried until ctx ends.
func (l *lostErasures) find(ctx context.Context, log *slog.Logger) {
	lost, err := l.file.missing(ctx, l.db)
	for err != nil {
		log.Error("cannot look for lost orders of erasure yet", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookAgain):
		}
		lost, err = l.file.missing(ctx, l.db)
	}
	now := l.now()
	for i := range lost {
		log.Error("a backup was restored that lacks an order of erasure; give it again", "order", lost[i].String())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders, l.found, l.looked = lost, now, now
}

// byUnit counts the orders that are still lost.
func (l *lostErasures) byUnit(ctx context.Context) (map[ledger.UnitID]jobs.LostErasures, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if since := now.Sub(l.looked); len(l.orders) > 0 && (since < 0 || since >= lookAgain) {
		if lost, err := missingOf(ctx, l.db, l.orders); err == nil { // else they count as lost until their ledgers can be read
			l.orders = lost
		}
		l.looked = now
	}
	units := map[ledger.UnitID]jobs.LostErasures{}
	for i := range l.orders {
		id := l.orders[i].Unit
		units[id] = jobs.LostErasures{Orders: units[id].Orders + 1, Found: ledger.MillisOf(l.found)}
	}
	return units, nil
}
