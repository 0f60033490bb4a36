package store

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sothon/sothon/sync/ledger"
)

// backlog is what changed in a fold and is not in the lists yet.
type backlog struct {
	wake func() // starts a projection

	covered atomic.Uint64 // the commit up to which the lists are as good as they get; read without a lock

	mu        sync.Mutex
	projected ledger.Head                    // guarded by mu
	dirty     map[ledger.RecordID]ledger.Seq // guarded by mu: changed since projected, and when last
	moved     map[streamName]struct{}        // guarded by mu: streams that moved since projected
	parts     map[streamName]int             // guarded by mu: how many parts of a stream are stored
	erasures  []ledger.Erasure               // guarded by mu: to be carried out before the projection passes them
	failed    int                            // guarded by mu: erasures that failed when they were last tried
	aside     map[ledger.RecordID]ledger.Seq // guarded by mu: records too large for a row, as of which change
	refused   map[ledger.RecordID]bool       // guarded by mu: rows that the database did not take the last time
	erased    bool                           // guarded by mu: rows that are stored may hold what was erased
	scheduled bool                           // guarded by mu: a projection is on its way
}

// reset forgets everything but that a projection is on its way.
func (b *backlog) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dirty = map[ledger.RecordID]ledger.Seq{}
	b.moved, b.parts = map[streamName]struct{}{}, map[streamName]int{}
	b.aside, b.refused = map[ledger.RecordID]ledger.Seq{}, nil
	b.erasures, b.erased, b.failed = nil, false, 0
	b.cover(ledger.Head{})
}

// resume notes that the lists are at head, and how many parts of each stream are
// stored.
func (b *backlog) resume(head ledger.Head, parts map[streamName]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts = parts
	b.cover(head)
}

// cover notes up to where the lists are made: with what is set aside,
// they are as good as they get at head, but the database does not store that. The
// caller holds mu.
func (b *backlog) cover(head ledger.Head) {
	if len(b.aside) == 0 {
		b.projected = head
	}
	b.covered.Store(uint64(head.Seq))
}

// note adds what a commit changed.
func (b *backlog) note(c *ledger.Commit, changed []*ledger.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range changed {
		b.dirty[r.ID] = r.Seq
	}
	for i := range c.Entries {
		e := &c.Entries[i]
		b.moved[streamName{e.Device, e.Epoch}] = struct{}{}
	}
	if erasures := erasuresOf(c); len(erasures) > 0 {
		b.erasures, b.erased = append(b.erasures, erasures...), true
	}
}

// noteAll adds everything: the lists are to be made again.
func (b *backlog) noteAll(state *ledger.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cover(ledger.Head{})
	b.parts = map[streamName]int{}
	for r := range state.Records() {
		b.dirty[r.ID] = r.Seq
	}
	for l := range state.Streams() {
		b.moved[streamName{l.Device, l.Epoch}] = struct{}{}
	}
}

// schedule starts a projection unless one is on its way.
func (b *backlog) schedule() {
	b.mu.Lock()
	scheduled := b.scheduled
	b.scheduled = true
	b.mu.Unlock()
	if !scheduled {
		b.wake()
	}
}

// maxChunk bounds the rows written at once, so that a long projection does not
// keep commits waiting.
const maxChunk = 500

// take returns what is to be written next, or nil when nothing is left. The
// caller holds the fold whose state it is, nil where loading failed meanwhile:
// the next load schedules again.
func (b *backlog) take(state *ledger.State) *chunk {
	b.mu.Lock()
	defer b.mu.Unlock()
	if state == nil {
		b.scheduled = false
		return nil
	}
	c := &chunk{head: state.Head(), erasures: b.erasures}
	if c.head == b.projected || len(b.aside) > 0 && b.covered.Load() == uint64(c.head.Seq) {
		b.scheduled = false
		return nil
	}
	skipped := 0
	for id, seq := range b.dirty {
		if len(c.records) == maxChunk {
			break
		}
		if b.aside[id] == seq {
			skipped++
			continue
		}
		c.records = append(c.records, state.Record(id))
	}
	c.takeStreams(state, b.moved, b.parts)
	c.Erased = b.erased
	c.whole, c.skipped = len(c.records)+skipped == len(b.dirty), skipped > 0
	return c
}

// written takes a chunk off the backlog. The caller holds the fold, whose state
// is the one that the chunk was taken of.
func (b *backlog) written(state *ledger.State, c *chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	refused := map[ledger.RecordID]bool{}
	for _, r := range c.tooLarge {
		b.aside[r.ID] = r.Seq
	}
	for i := range c.refused {
		refused[c.refused[i].ID] = true
	}
	for _, r := range c.records {
		if b.aside[r.ID] == r.Seq || refused[r.ID] {
			continue // stays dirty
		}
		delete(b.aside, r.ID)
		if b.dirty[r.ID] == r.Seq {
			delete(b.dirty, r.ID)
		}
	}
	c.settleStreams(state, b.moved, b.parts)
	b.erasures = slices.Concat(c.notErased, b.erasures[len(c.erasures):])
	b.refused = refused
	if c.whole && len(refused)+len(c.notErased) == 0 {
		b.cover(c.head)
		b.erased = len(b.erasures) > 0
	}
	if len(b.dirty) == 0 {
		b.dirty = map[ledger.RecordID]ledger.Seq{} // an emptied map keeps its memory
	}
}

// setAside lists the records that have no row.
func (b *backlog) setAside() []ledger.RecordID {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Collect(maps.Keys(b.aside))
	list = slices.AppendSeq(list, maps.Keys(b.refused))
	slices.SortFunc(list, ledger.RecordID.Compare)
	return slices.Compact(list)
}

// noteFailed notes how many erasures failed when they were last tried.
func (b *backlog) noteFailed(erasures int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = erasures
}

// notErased counts the erasures that failed.
func (b *backlog) notErased() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// erasuresOf lists the erasures that a commit orders.
func erasuresOf(c *ledger.Commit) []ledger.Erasure {
	var list []ledger.Erasure
	for at, stored := range c.Stored() {
		if stored.Verdict.Status == ledger.Rejected || stored.Op.Action() != ledger.ActionErase {
			continue
		}
		if op := stored.Op.Open(); op.Fault == (ledger.Fault{}) {
			list = append(list, ledger.Erasure{Record: op.Record, Fields: op.Fields, Dots: op.Dots, Before: at, At: c.At})
		}
	}
	return list
}
