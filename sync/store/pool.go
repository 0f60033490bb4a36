package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
)

// pool keeps the units that are served folded in memory.
type pool struct {
	host *host
	left *unrecovered

	mu    sync.Mutex
	units map[ledger.UnitID]*unit // guarded by mu
	used  uint64                  // guarded by mu: a clock for the least recently used unit
}

func newPool(h *host, left *unrecovered) *pool {
	return &pool{host: h, left: left, units: map[ledger.UnitID]*unit{}}
}

// unit returns a unit's fold, loaded. The caller must know that the unit
// exists: an empty ledger is no proof.
func (p *pool) unit(ctx context.Context, id ledger.UnitID) (*unit, error) {
	p.mu.Lock()
	u := p.units[id]
	if u == nil {
		u = newUnit(p.host, p.left, id)
		p.units[id] = u
	}
	p.used++
	u.used = p.used
	p.mu.Unlock()
	if err := u.loader.load(ctx); err != nil {
		return nil, err
	}
	p.evict(u)
	return u, nil
}

// current returns a unit's fold after reading what other servers wrote.
func (p *pool) current(ctx context.Context, id ledger.UnitID) (*fold, error) {
	u, err := p.unit(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := u.fold.refresh(ctx); err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return &u.fold, nil
}

// inUse returns a unit if it is in memory, or nil.
func (p *pool) inUse(id ledger.UnitID) *unit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.units[id]
}

// visit is inUse for somebody who would have the unit loaded soon: it counts as
// used.
func (p *pool) visit(id ledger.UnitID) *unit {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.units[id]
	if u != nil {
		p.used++
		u.used = p.used
	}
	return u
}

// open lists the units in memory.
func (p *pool) open() []*unit {
	p.mu.Lock()
	defer p.mu.Unlock()
	units := make([]*unit, 0, len(p.units))
	for _, u := range p.units {
		units = append(units, u)
	}
	return units
}

// evict drops the folds used longest ago until the rest fits. A unit with work
// under way stays. It waits for no unit: while it holds mu, nobody is served.
func (p *pool) evict(keep *unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total := 0
	for _, u := range p.units {
		total += u.fold.len()
	}
	for total > p.host.opts.MaxRecords {
		var oldest *unit
		for _, u := range p.units {
			if u != keep && u.fold.len() > 0 && (oldest == nil || u.used < oldest.used) && u.idle() {
				oldest = u
			}
		}
		if oldest == nil {
			return
		}
		total -= oldest.fold.len()
		delete(p.units, oldest.id)
	}
}
