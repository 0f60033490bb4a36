// Package skew judges times that another server stored, whose clock may have
// been wrong. A time that lies further ahead than any right clock can have put
// it must not stop the work that waits for it.
package skew

import (
	"sync"
	"time"
)

// Tolerance is how far the clocks of two servers may differ. Beyond it one of
// them counts as wrong.
const Tolerance = 5 * time.Minute

// Harmless is how far the clocks of two servers may differ without harm: beyond it
// the one refuses access tokens of the other, and beyond half of it operators
// are warned.
const Harmless = time.Minute

// Ahead reports whether a stored moment lies so far after now that a wrong clock
// must have stored it.
func Ahead(stored, now time.Time) bool { return stored.Sub(now) > Tolerance }

// Watch remembers since when this server has seen documents unchanged. It
// measures spans by one clock, so it holds however wrong that clock is. The zero
// value is ready, and safe for concurrent use.
type Watch struct {
	mu   sync.Mutex
	seen map[string]sighting // by id
}

type sighting struct {
	version int64
	since   time.Time
}

// Over reports whether a hold is over: one that another server has on a document
// until a moment, and for longest at most. Where that moment lies further ahead,
// the hold is over when this server has seen the document unchanged for as long.
func (w *Watch) Over(id string, version int64, until time.Time, longest time.Duration, now time.Time) bool {
	longest += Tolerance
	if until.Sub(now) <= longest {
		return !now.Before(until)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last, found := w.seen[id]
	if !found || last.version != version || last.since.After(now) {
		if w.seen == nil {
			w.seen = map[string]sighting{}
		}
		w.seen[id] = sighting{version: version, since: now}
		return false
	}
	if now.Sub(last.since) < longest {
		return false
	}
	delete(w.seen, id)
	return true
}
