package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// load makes the fold from the projection and the commits after it. If the
// projection does not belong to this ledger, because one of the two was
// restored from a backup, or another version of the program made it, it is made
// again from the first commit.
func (u *unit) load(ctx context.Context) error {
	u.fold.Lock()
	defer u.fold.Unlock()
	if u.state != nil {
		return nil
	}
	if turn := u.store.loads; turn != nil {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return fmt.Errorf("load %s: %w", u.id, ctx.Err())
		}
	}
	if err := u.restore(ctx); err != nil {
		u.state = nil
		return fmt.Errorf("load %s: %w", u.id, err)
	}
	return nil
}

func (u *unit) restore(ctx context.Context) error {
	if err := u.reset(); err != nil {
		return err
	}
	if u.store.recovery.distrusts(u.id) {
		return u.refold(ctx)
	}
	snapshot, err := u.store.backend.Snapshot(ctx, u.id)
	if err != nil {
		return err
	}
	genuine := u.agrees(ctx, &snapshot)
	if !genuine {
		head, err := u.store.backend.Head(ctx, u.id)
		if err != nil {
			return err
		}
		if genuine, err = u.genuine(ctx, &snapshot, head); err != nil {
			return err
		}
	}
	if genuine {
		switch whole, err := u.resume(snapshot); {
		case err != nil:
			return err
		case whole:
			return u.catchUp(ctx)
		}
		if err := u.reset(); err != nil {
			return err
		}
	}
	return u.refold(ctx)
}

// refold makes the fold and the lists from the ledger alone. The caller has
// reset the fold.
func (u *unit) refold(ctx context.Context) error {
	if err := u.store.backend.Unproject(ctx, u.id); err != nil {
		return err
	}
	return u.catchUp(ctx)
}

// agrees reports whether the commits that plain reads show have left exactly
// this snapshot. That it is not genuine is concluded by a sure read alone; but
// mostly it is, and a sure read waits for a majority of the database's nodes.
func (u *unit) agrees(ctx context.Context, p *Projection) bool {
	m, err := marksOf(p, p.Head.Seq)
	if err != nil {
		return false
	}
	genuine, err := u.genuine(ctx, p, ledger.Head{Log: p.Head.Log, Seq: m.newest})
	return err == nil && genuine
}

// checkedCommits is how many commits up to the projected head are compared with the
// rows and lines, beside all commits after it.
const checkedCommits = 8

// genuine reports whether a snapshot was taken from this ledger, all parts of
// it at one moment. A projection that was restored from another backup than the ledger is
// found by its head, or by the commits around it: each must have left its
// marks, and nothing may be newer than them. The records that were
// not touched by any of these commits are believed.
func (u *unit) genuine(ctx context.Context, p *Projection, head ledger.Head) (bool, error) {
	if p.Head.Seq > head.Seq {
		return false, nil
	}
	hash, err := u.hashAt(ctx, p.Head.Seq)
	if err != nil || hash != p.Head.Hash || p.Head.Seq > 0 && p.Head.Log != head.Log {
		return false, err
	}
	after := p.Head.Seq - min(p.Head.Seq, checkedCommits)
	m, err := marksOf(p, after)
	if err != nil {
		return false, err
	}
	for at := after; at < m.newest; {
		commits, err := commitsUpTo(ctx, u.store.backend, u.id, at, head.Seq, checkedCommits)
		if err != nil {
			return false, err
		}
		if len(commits) == 0 {
			return false, nil // something is newer than the ledger
		}
		for _, c := range commits {
			if !m.leftBy(c) {
				return false, nil
			}
			at = c.Seq
		}
	}
	return len(m.unexplained) == 0, nil
}

// marks are what the latest commits left in a snapshot.
type marks struct {
	head, newest ledger.Seq
	rows         map[ledger.RecordID]*Row
	lines        map[lineName]*ledger.Line
	unexplained  map[any]struct{} // RecordIDs and lineNames that are newer than the head, until their commit was seen
}

func marksOf(p *Projection, after ledger.Seq) (*marks, error) {
	m := &marks{
		head: p.Head.Seq, newest: p.Head.Seq,
		rows: map[ledger.RecordID]*Row{}, unexplained: map[any]struct{}{},
	}
	note := func(id any, seq ledger.Seq) {
		m.newest = max(m.newest, seq)
		if seq > m.head {
			m.unexplained[id] = struct{}{}
		}
	}
	for i := range p.Rows {
		if r := &p.Rows[i]; r.Seq > after {
			m.rows[r.ID] = r
			note(r.ID, r.Seq)
		}
	}
	lines, _, err := linesOf(p)
	if err != nil {
		return nil, err
	}
	m.lines = lines
	for name, l := range lines {
		if n := len(l.Ranges); n > 0 {
			note(name, l.Ranges[n-1].Seq)
		}
	}
	return m, nil
}

// leftBy reports whether the snapshot can be of a ledger that has the commit.
func (m *marks) leftBy(c *ledger.Commit) bool {
	for i := range c.Entries {
		e := &c.Entries[i]
		name := lineName{e.Device, e.Epoch}
		if l := m.lines[name]; l != nil && l.Through >= e.To() {
			if g, ok := l.Find(e.To()); ok && g != (ledger.Range{From: e.From, To: e.To(), Seq: c.Seq, Entry: i}) {
				return false
			}
			if l.Through == e.To() {
				delete(m.unexplained, name)
			}
		} else if c.Seq <= m.head {
			return false
		}
		for j := range e.Ops {
			if e.Verdicts[j].Status == ledger.Rejected {
				continue
			}
			id := e.Ops[j].Record()
			switch r := m.rows[id]; {
			case r == nil || r.Seq < c.Seq:
				if c.Seq <= m.head {
					return false
				}
			case r.Seq == c.Seq:
				if r.Updated != c.At {
					return false
				}
				delete(m.unexplained, id)
			}
		}
	}
	return true
}

// resume continues from a snapshot, and empties it as it goes: of a large unit
// it takes several times the memory of the fold. From one whose lines do not
// tell where every counter stands, nothing is continued: it is not whole.
func (u *unit) resume(p Projection) (whole bool, err error) {
	lines, whole, err := linesOf(&p)
	if err != nil || !whole {
		return false, err
	}
	u.state.Restore(p.Head, func(yield func(*ledger.Record) bool) {
		for i := range p.Rows {
			r, malformed := ledger.ParseRecord(p.Rows[i].Body)
			if malformed != nil {
				err = fmt.Errorf("record %s: %w", p.Rows[i].ID, malformed)
				return
			}
			p.Rows[i] = Row{}
			if !yield(r) {
				return
			}
			u.index.set(u.state.Place(r.ID), r, nil, keysOf(r))
		}
	}, slices.Collect(maps.Values(lines)))
	if err != nil {
		return false, err
	}
	for name, l := range lines {
		u.parts[name] = len(l.Parts(0))
	}
	u.folded.Store(uint64(p.Head.Seq))
	u.setProjected(p.Head)
	u.size.Store(int64(u.state.Len()))
	return true, nil
}
