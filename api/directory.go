package api

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// directory looks up who is who for every request. It remembers for a moment:
// what this server changes holds at once, what another server changes after
// directoryLife.
type directory struct {
	users    *cache[store.Stored[store.User]]
	devices  *cache[store.Stored[store.Device]]
	sessions *cache[store.Stored[store.Session]]
	tree     *cache[*tree] // under theTree alone
}

const (
	directoryLife = 3 * time.Second
	maxRemembered = 10_000
	theTree       = ""
)

func newDirectory(accounts store.Accounts, now func() time.Time) *directory {
	return &directory{
		users:    newCache(now, accounts.Users.Get),
		devices:  newCache(now, accounts.Devices.Get),
		sessions: newCache(now, accounts.Sessions.Get),
		tree: newCache(now, func(ctx context.Context, _ string) (*tree, error) {
			units, err := accounts.Units.All(ctx)
			return newTree(units), err
		}),
	}
}

// units returns all units as they stand to each other.
func (d *directory) units(ctx context.Context) (*tree, error) { return d.tree.get(ctx, theTree) }

// cache remembers what was loaded for directoryLife.
type cache[V any] struct {
	now  func() time.Time
	load func(ctx context.Context, id string) (V, error)

	mu        sync.Mutex
	entries   map[string]cached[V]
	forgotten uint64 // how often something was
}

type cached[V any] struct {
	value V
	at    time.Time
}

func newCache[V any](now func() time.Time, load func(context.Context, string) (V, error)) *cache[V] {
	return &cache[V]{now: now, load: load, entries: map[string]cached[V]{}}
}

// get returns what the database holds, or held a moment ago.
func (c *cache[V]) get(ctx context.Context, id string) (V, error) {
	c.mu.Lock()
	entry, ok := c.entries[id]
	forgotten := c.forgotten
	c.mu.Unlock()
	if ok && c.fresh(entry) {
		return entry.value, nil
	}
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

func (c *cache[V]) fresh(entry cached[V]) bool {
	age := c.now().Sub(entry.at)
	return 0 <= age && age < directoryLife
}

// forget is called after this server has changed, or tried to change, what an
// id stands for.
func (c *cache[V]) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, id)
	c.forgotten++
}

// tree is all units as they stand to each other.
type tree struct {
	units map[ledger.UnitID]store.Stored[store.Unit]
	below map[ledger.UnitID][]ledger.UnitID
	all   []ledger.UnitID // in order
}

func newTree(units []store.Stored[store.Unit]) *tree {
	t := &tree{units: map[ledger.UnitID]store.Stored[store.Unit]{}, below: map[ledger.UnitID][]ledger.UnitID{}}
	for _, u := range units {
		t.units[u.Value.ID] = u
		t.all = append(t.all, u.Value.ID)
		if u.Value.Parent != "" {
			t.below[u.Value.Parent] = append(t.below[u.Value.Parent], u.Value.ID)
		}
	}
	slices.Sort(t.all)
	return t
}

// existing returns those of the units that there are, in order.
func (t *tree) existing(units []ledger.UnitID) []ledger.UnitID {
	var list []ledger.UnitID
	for _, unit := range units {
		if _, ok := t.units[unit]; ok {
			list = append(list, unit)
		}
	}
	return sorted(list)
}

// subtree returns the units and all below them, in order.
func (t *tree) subtree(units []ledger.UnitID) []ledger.UnitID {
	seen := map[ledger.UnitID]bool{}
	var list []ledger.UnitID
	for next := slices.Clone(units); len(next) > 0; {
		unit := next[len(next)-1]
		next = next[:len(next)-1]
		if !seen[unit] {
			seen[unit] = true
			list = append(list, unit)
			next = append(next, t.below[unit]...)
		}
	}
	return sorted(list)
}

// communes returns the communes that the units lie in, in order, without those
// that are named themselves.
func (t *tree) communes(units []ledger.UnitID) []ledger.UnitID {
	var list []ledger.UnitID
	for _, unit := range units {
		if t.units[unit].Value.Level != store.Village {
			continue
		}
		// Villages may lie in villages; a ring of them, which nothing should
		// have stored, ends the search.
		above := t.units[unit].Value.Parent
		for range len(t.units) {
			if t.units[above].Value.Level != store.Village {
				break
			}
			above = t.units[above].Value.Parent
		}
		if t.units[above].Value.Level == store.Commune && !slices.Contains(units, above) {
			list = append(list, above)
		}
	}
	return sorted(list)
}

func sorted(units []ledger.UnitID) []ledger.UnitID {
	slices.Sort(units)
	return slices.Compact(units)
}

// reach fills in which units the caller's account reaches.
func (t *tree) reach(c *caller) {
	c.home = t.existing(c.user.Units)
	switch c.user.Role {
	case form.RoleCollector:
		c.scope, c.parents = c.home, t.communes(c.home)
	case form.RoleReviewer, form.RoleApprover, form.RoleAuditor:
		c.scope = t.subtree(c.home)
	case form.RoleAdmin:
		if c.scope = t.subtree(c.home); c.managesAll() {
			c.scope = t.all
		}
	}
}
