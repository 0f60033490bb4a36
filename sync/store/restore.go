package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sothon/sothon/sync/ledger"
)

// loader fills a fold that is not loaded yet.
type loader struct {
	host *host
	left *unrecovered
	fold *fold

	loaded atomic.Bool
	shared singleflight.Group
}

// maxLoad bounds a load, and with it how long a database that does not answer
// holds a turn. A ledger of a million ops is folded from its first commit in a
// minute.
const maxLoad = 10 * time.Minute

// load returns once the fold is filled. All who wait for that share one load. It
// goes on when they give up, or the largest units would be begun again and again
// by phones whose connection does not last that long.
func (l *loader) load(ctx context.Context) error {
	if l.loaded.Load() {
		return nil
	}
	if l.host.loads == nil { // a simulation does everything in one goroutine
		return l.fill(ctx)
	}
	load := l.shared.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(l.host.background.ctx, maxLoad)
		defer cancel()
		return nil, l.fill(ctx)
	})
	select {
	case r := <-load:
		return r.Err
	case <-ctx.Done():
		return fmt.Errorf("load %s: %w", l.fold.id, ctx.Err())
	}
}

// fill makes the fold from the projection and the commits after it. If the
// projection does not belong to this ledger, because one of the two was
// restored from a backup, or another version of the program made it, it is made
// again from the first commit.
func (l *loader) fill(ctx context.Context) error {
	f := l.fold
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state != nil {
		return nil
	}
	release, err := l.host.loads.acquire(ctx)
	if err != nil {
		return fmt.Errorf("load %s: %w", f.id, err)
	}
	defer release()
	if err := l.restore(ctx); err != nil {
		f.state = nil
		return fmt.Errorf("load %s: %w", f.id, err)
	}
	l.loaded.Store(true)
	return nil
}

func (l *loader) restore(ctx context.Context) error {
	if err := l.fold.reset(); err != nil {
		return err
	}
	if l.left.isOutdated(l.fold.id) {
		return l.refold(ctx)
	}
	snapshot, err := l.host.backend.Snapshot(ctx, l.fold.id)
	if err != nil {
		return err
	}
	isGenuine := agrees(ctx, l.host.backend, l.fold.id, &snapshot)
	if !isGenuine {
		head, err := l.host.backend.Head(ctx, l.fold.id)
		if err != nil {
			return err
		}
		if isGenuine, err = genuine(ctx, l.host.backend, l.fold.id, &snapshot, head); err != nil {
			return err
		}
	}
	if isGenuine {
		switch whole, err := l.resume(snapshot); {
		case err != nil:
			return err
		case whole:
			return l.fold.catchUp(ctx)
		}
		if err := l.fold.reset(); err != nil {
			return err
		}
	}
	return l.refold(ctx)
}

// refold makes the fold and the lists from the ledger alone. The caller has
// reset the fold.
func (l *loader) refold(ctx context.Context) error {
	if err := l.host.backend.Unproject(ctx, l.fold.id); err != nil {
		return err
	}
	return l.fold.catchUp(ctx)
}

// agrees reports whether the commits that plain reads show have left exactly
// this snapshot. That it is not genuine is concluded by a sure read alone; but
// mostly it is, and a sure read waits for a majority of the database's nodes.
func agrees(ctx context.Context, log Log, id ledger.UnitID, p *Projection) bool {
	m, err := marksOf(p, p.Head.Seq)
	if err != nil {
		return false
	}
	ok, err := genuine(ctx, log, id, p, ledger.Head{Log: p.Head.Log, Seq: m.newest})
	return err == nil && ok
}

// checkedCommits is how many commits up to the projected head are compared with the
// rows and streams, beside all commits after it.
const checkedCommits = 8

// genuine reports whether a snapshot was taken from this ledger, all parts of
// it at one moment. A projection that was restored from another backup than the ledger is
// found by its head, or by the commits around it: each must have left its
// marks, and nothing may be newer than them. The records that were
// not touched by any of these commits are believed.
func genuine(ctx context.Context, log Log, id ledger.UnitID, p *Projection, head ledger.Head) (bool, error) {
	if p.Head.Seq > head.Seq {
		return false, nil
	}
	hash, err := hashAt(ctx, log, id, p.Head.Seq)
	if err != nil || hash != p.Head.Hash || p.Head.Seq > 0 && p.Head.Log != head.Log {
		return false, err
	}
	after := p.Head.Seq - min(p.Head.Seq, checkedCommits)
	m, err := marksOf(p, after)
	if err != nil {
		return false, err
	}
	for at := after; at < m.newest; {
		commits, err := commitsUpTo(ctx, log, id, at, head.Seq, checkedCommits)
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
	streams      map[streamName]*ledger.Stream
	unexplained  map[any]struct{} // ids of records and names of streams newer than the head, until their commit is seen
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
	streams, _, err := streamsOf(p)
	if err != nil {
		return nil, err
	}
	m.streams = streams
	for name, l := range streams {
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
		name := streamName{e.Device, e.Epoch}
		if l := m.streams[name]; l != nil && l.Through >= e.To() {
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
// it takes several times the memory of the fold. From one whose streams do not
// tell where every counter stands, nothing is continued: it is not whole.
func (l *loader) resume(p Projection) (whole bool, err error) {
	streams, whole, err := streamsOf(&p)
	if err != nil || !whole {
		return false, err
	}
	f := l.fold
	f.state.Restore(p.Head, func(yield func(*ledger.Record) bool) {
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
			f.index.set(f.state.Place(r.ID), r, nil, keysOf(r))
		}
	}, slices.Collect(maps.Values(streams)))
	if err != nil {
		return false, err
	}
	parts := make(map[streamName]int, len(streams))
	for name, stream := range streams {
		parts[name] = len(stream.Parts(0))
	}
	f.folded.Store(uint64(p.Head.Seq))
	f.backlog.resume(p.Head, parts)
	f.size.Store(int64(f.state.Len()))
	return true, nil
}
