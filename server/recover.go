package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// How often the recovery is logged while it goes on, and how long it waits
// before what failed is tried again.
const (
	recoveryLogged = 5 * time.Second
	recoveryRetry  = 10 * time.Second
)

// recoverLists brings the lists up to the ledgers while the server serves, and
// logs how far it is. It returns when all are, or ctx ends.
func recoverLists(ctx context.Context, s *store.Store, log *slog.Logger) {
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(recoveryLogged)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				c := s.Condition()
				log.Info("bringing lists up to their ledgers", "left", c.Left, "ledgers", c.Ledgers)
			}
		}
	}()
	for {
		err := s.Recover(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		log.Error("some lists are not up to their ledgers; they are tried again, and the rest is served", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(recoveryRetry):
		}
	}
}
