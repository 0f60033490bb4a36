package accounts

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Presence is what a device last said of itself. It is apart from the device,
// whose document is changed by people.
type Presence struct {
	LastPush    ledger.Millis `json:"lastPush,omitempty"`
	LastPull    ledger.Millis `json:"lastPull,omitempty"`
	Unsent      int           `json:"unsent,omitempty"` // ops
	Photos      int           `json:"photos,omitempty"` // unsent
	UnsentSince ledger.Millis `json:"unsentSince,omitempty"`
	Client      string        `json:"client,omitempty"`
	Skew        int           `json:"skew,omitempty"` // seconds by which its clock is ahead, as far as is known
}

// Unsent is how much a device had not sent when it made a request.
type Unsent struct{ Ops, Photos int }

const maxUnsent = 1_000_000

var unsentFormat = regexp.MustCompile(`^([0-9]{1,7})(?:;photos=([0-9]{1,7}))?$`)

// ParseUnsent reads the form "12;photos=3". It reports false for another.
func ParseUnsent(text string) (Unsent, bool) {
	m := unsentFormat.FindStringSubmatch(text)
	if m == nil {
		return Unsent{}, false
	}
	ops, _ := strconv.Atoi(m[1])    // digits only
	photos, _ := strconv.Atoi(m[2]) // or nothing: 0
	return Unsent{min(ops, maxUnsent), min(photos, maxUnsent)}, true
}

// Heartbeat is what one request says of its device.
type Heartbeat struct {
	Push, Pull bool
	Unsent     *Unsent // nil: it did not say
	Skew       *int    // nil: nothing is known by the request
	Client     string
}

// Presences notes what devices say of themselves. Not every request is a
// write: what has not changed is stored every presenceEvery.
type Presences struct {
	table store.Table[Presence]
	now   func() time.Time

	mu     sync.Mutex
	stored map[ledger.DeviceID]storedPresence
}

type storedPresence struct {
	Presence
	at time.Time
}

const (
	presenceEvery = 5 * time.Minute  // while nothing changes
	presenceAtMin = 15 * time.Second // between writes of figures that change
	maxPresences  = 10_000           // remembered; beyond that all are read again
)

// NewPresences opens the table of a database.
func NewPresences(d store.Documents, now func() time.Time) *Presences {
	return &Presences{table: store.NewTable[Presence](d, "presence"), now: now, stored: map[ledger.DeviceID]storedPresence{}}
}

// Record keeps what a device said with a request.
func (p *Presences) Record(ctx context.Context, device ledger.DeviceID, h Heartbeat) error {
	now := p.now()
	p.mu.Lock()
	last, known := p.stored[device]
	p.mu.Unlock()
	if known && !last.isDue(h, now) {
		return nil
	}
	change := func(v *Presence) error { v.apply(h, ledger.MillisOf(now)); return nil }
	updated, err := p.table.Update(ctx, string(device), change)
	if errors.Is(err, store.ErrNotFound) {
		var first Presence
		first.apply(h, ledger.MillisOf(now))
		if updated, err = p.table.Add(ctx, string(device), first); errors.Is(err, store.ErrTaken) {
			updated, err = p.table.Update(ctx, string(device), change)
		}
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.stored) >= maxPresences {
		clear(p.stored)
	}
	p.stored[device] = storedPresence{updated.Value, now}
	return nil
}

func (last *storedPresence) isDue(h Heartbeat, now time.Time) bool {
	age := now.Sub(last.at)
	if age < 0 || age >= presenceEvery || h.Push && last.LastPush == 0 || h.Pull && last.LastPull == 0 {
		return true
	}
	if h.Unsent == nil || *h.Unsent == (Unsent{last.Unsent, last.Photos}) {
		return false
	}
	return age >= presenceAtMin || *h.Unsent == Unsent{} || last.Unsent+last.Photos == 0
}

func (v *Presence) apply(h Heartbeat, now ledger.Millis) {
	if h.Push {
		v.LastPush = now
	}
	if h.Pull {
		v.LastPull = now
	}
	if h.Client != "" {
		v.Client = h.Client
	}
	if h.Skew != nil {
		v.Skew = *h.Skew
	}
	if h.Unsent == nil {
		return
	}
	v.Unsent, v.Photos = h.Unsent.Ops, h.Unsent.Photos
	switch {
	case v.Unsent+v.Photos == 0:
		v.UnsentSince = 0
	case v.UnsentSince == 0, v.UnsentSince > now: // a wrong clock stored it
		v.UnsentSince = now
	}
}

// Of returns what a device said last; the zero Presence where it said nothing.
func (p *Presences) Of(ctx context.Context, device ledger.DeviceID) (Presence, error) {
	stored, err := p.table.Get(ctx, string(device))
	if errors.Is(err, store.ErrNotFound) {
		return Presence{}, nil
	}
	return stored.Value, err
}
