package accounts

import (
	"context"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Directory looks up who is who for every request. It remembers for a moment:
// what this server changes holds at once, what another server changes after
// directoryLife.
type Directory struct {
	Users    *Cache[store.Stored[User]]
	Devices  *Cache[store.Stored[Device]]
	Sessions *Cache[store.Stored[Session]]
	// Of these there is one each, under all.
	tree    *Cache[*Tree]
	people  *Cache[[]store.Stored[User]]
	devices *Cache[[]store.Stored[Device]]
}

const (
	directoryLife = 3 * time.Second
	maxRemembered = 10_000
	all           = ""
	readTimeout   = 30 * time.Second
)

// NewDirectory opens a directory of the accounts.
func NewDirectory(accounts Accounts, now func() time.Time) *Directory {
	return &Directory{
		Users:    newCache(now, accounts.Users.Get),
		Devices:  newCache(now, accounts.Devices.Get),
		Sessions: newCache(now, accounts.Sessions.Get),
		tree: newCache(now, func(ctx context.Context, _ string) (*Tree, error) {
			units, err := accounts.Units.All(ctx)
			return NewTree(units), err
		}),
		people:  newCache(now, func(ctx context.Context, _ string) ([]store.Stored[User], error) { return accounts.Users.All(ctx) }),
		devices: newCache(now, func(ctx context.Context, _ string) ([]store.Stored[Device], error) { return accounts.Devices.All(ctx) }),
	}
}

// Tree returns all units as they stand to each other.
func (d *Directory) Tree(ctx context.Context) (*Tree, error) { return d.tree.Get(ctx, all) }

// Cache remembers what was loaded for directoryLife.
type Cache[V any] struct {
	now  func() time.Time
	load func(ctx context.Context, id string) (V, error)

	reads     singleflight.Group
	mu        sync.Mutex
	entries   map[string]cached[V]
	forgotten uint64 // how often something was
}

type cached[V any] struct {
	value V
	at    time.Time
}

func newCache[V any](now func() time.Time, load func(context.Context, string) (V, error)) *Cache[V] {
	return &Cache[V]{now: now, load: load, entries: map[string]cached[V]{}}
}

// Get returns what the database holds, or held a moment ago. Callers that ask at
// once for what is not remembered share one read.
func (c *Cache[V]) Get(ctx context.Context, id string) (V, error) {
	c.mu.Lock()
	entry, ok := c.entries[id]
	forgotten := c.forgotten
	c.mu.Unlock()
	if ok && c.fresh(entry) {
		return entry.value, nil
	}
	// A call after a change does not share a read that began before it.
	key := strconv.FormatUint(forgotten, 10) + " " + id
	read := c.reads.DoChan(key, func() (any, error) {
		// It goes on for the others when the first of them gives up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		defer cancel()
		return c.read(ctx, id, forgotten)
	})
	select {
	case r := <-read:
		value, _ := r.Val.(V)
		return value, r.Err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (c *Cache[V]) read(ctx context.Context, id string, forgotten uint64) (V, error) {
	at := c.now()
	value, err := c.load(ctx, id)
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// What was read while somebody changed it may be from before.
	if c.forgotten == forgotten {
		if len(c.entries) >= maxRemembered {
			clear(c.entries)
		}
		c.entries[id] = cached[V]{value, at}
	}
	return value, nil
}

func (c *Cache[V]) fresh(entry cached[V]) bool {
	age := c.now().Sub(entry.at)
	return 0 <= age && age < directoryLife
}

// forget is called after this server has changed, or tried to change, what an
// id stands for.
func (c *Cache[V]) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, id)
	c.forgotten++
}

// ForgetTree is called after this server has changed, or tried to change, a
// unit.
func (d *Directory) ForgetTree() { d.tree.forget(all) }

// People returns all accounts in order of their ids. The list is shared: it
// must not be changed.
func (d *Directory) People(ctx context.Context) ([]store.Stored[User], error) {
	return d.people.Get(ctx, all)
}

// AllDevices returns all devices in order of their ids. The list is shared: it
// must not be changed.
func (d *Directory) AllDevices(ctx context.Context) ([]store.Stored[Device], error) {
	return d.devices.Get(ctx, all)
}

// ForgetUser is called after this server has changed, or tried to change, an
// account.
func (d *Directory) ForgetUser(id ledger.UserID) {
	d.Users.forget(string(id))
	d.people.forget(all)
}

// ForgetDevice is called after this server has changed, or tried to change, a
// device.
func (d *Directory) ForgetDevice(id ledger.DeviceID) {
	d.Devices.forget(string(id))
	d.devices.forget(all)
}
