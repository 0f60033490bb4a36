package store

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/sothon/sothon/sync/ledger"
)

// unit is one ledger being served: its queue, and its fold.
type unit struct {
	id    ledger.UnitID
	store *Store
	used  uint64 // guarded by store.mu
	size  atomic.Int64

	// What this server has folded and projected, for metrics, which
	// must not wait for fold.
	folded, covered atomic.Uint64

	checked atomic.Int64 // when the fold was last seen to be the whole ledger: milliseconds by the store's clock

	mu      sync.Mutex
	queue   []*push // guarded by mu
	pushing bool    // guarded by mu: a goroutine drains the queue

	// fold guards what follows. It is never held while the backend writes.
	fold    sync.RWMutex
	state   *ledger.State // nil until loaded
	index   index[ledger.Place]
	hashes  map[ledger.Seq]ledger.Hash // of commits seen lately, to check heads against
	changed chan struct{}              // closed when the state moves on

	behind         bool // the ledger may have gone on, and the next commit must find out
	mustVerifyHead bool // a batch is to be refused unless it has: the next must be sure of it

	projecting sync.Mutex                     // one projection at a time
	projected  ledger.Head                    // guarded by fold
	dirty      map[ledger.RecordID]ledger.Seq // guarded by fold: changed since projected, and when last
	moved      map[lineName]struct{}          // guarded by fold: lines that moved since projected
	parts      map[lineName]int               // guarded by fold: how many parts of a line are stored
	erasures   []ledger.Erasure               // guarded by fold: to be carried out before the projection passes them
	aside      map[ledger.RecordID]ledger.Seq // guarded by fold: records too large for a row, as of which change
	refused    map[ledger.RecordID]bool       // guarded by fold: rows that the database did not take the last time
	failures   int                            // guarded by projecting: projections that failed one after another
	erased     bool                           // guarded by fold: rows that are stored may hold what was erased
	scheduled  bool                           // guarded by fold: a projection is on its way
}

type lineName struct {
	device ledger.DeviceID
	epoch  uint32
}

func (n lineName) String() string {
	return string(n.device) + "/" + strconv.FormatUint(uint64(n.epoch), 10)
}

func newUnit(s *Store, id ledger.UnitID) *unit { return &unit{store: s, id: id} }

// idle reports whether nothing is under way, so that the fold may be dropped.
func (u *unit) idle() bool {
	if !u.mu.TryLock() {
		return false
	}
	busy := u.pushing || len(u.queue) > 0
	u.mu.Unlock()
	return !busy && u.lag() == 0
}

// lag counts the commits that are folded and not projected yet. It takes no
// lock: who holds fold may be waiting for the database.
func (u *unit) lag() int {
	covered := u.covered.Load() // first: it only grows, and never beyond folded
	return int(u.folded.Load() - covered)
}

// setProjected notes up to where the lists are made: with what is set aside,
// they are as good as they get at head, but the database does not store that. The
// caller holds fold.
func (u *unit) setProjected(head ledger.Head) {
	if len(u.aside) == 0 {
		u.projected = head
	}
	u.covered.Store(uint64(head.Seq))
}

func (u *unit) reset() error {
	state, err := ledger.NewState(u.id, ledger.RulesCurrent)
	if err != nil {
		return err
	}
	u.state = state
	u.index = newIndex[ledger.Place]()
	u.hashes = map[ledger.Seq]ledger.Hash{}
	u.dirty = map[ledger.RecordID]ledger.Seq{}
	u.moved, u.parts = map[lineName]struct{}{}, map[lineName]int{}
	u.aside, u.refused = map[ledger.RecordID]ledger.Seq{}, nil
	u.erasures, u.erased = nil, false
	u.setProjected(ledger.Head{})
	u.folded.Store(0)
	u.size.Store(0)
	if u.changed == nil {
		u.changed = make(chan struct{})
	}
	return nil
}

// catchUp folds the commits after the head, of all servers.
// The caller holds fold.
func (u *unit) catchUp(ctx context.Context) error {
	for {
		now := ledger.MillisOf(u.store.opts.Now())
		commits, err := u.store.backend.Commits(ctx, u.id, u.state.Head().Seq, 256)
		if err != nil {
			return fmt.Errorf("read commits: %w", err)
		}
		if len(commits) == 0 {
			u.behind = false
			u.checked.Store(int64(now))
			return nil
		}
		for _, c := range commits {
			had := u.keysBefore(c)
			changed, err := u.state.Apply(c)
			if err != nil {
				return err
			}
			for _, r := range changed {
				u.index.set(u.state.Place(r.ID), r, had[r.ID], keysOf(r))
			}
			u.published(c, changed)
		}
		u.schedule()
	}
}

// catchUpSurely is catchUp, up to what the ledger's head was just now, on
// whatever node of the database it stands. Only after
// this may an answer say that something is not in the ledger. The caller holds fold.
func (u *unit) catchUpSurely(ctx context.Context) error {
	head, err := u.store.backend.Head(ctx, u.id)
	if err != nil {
		return fmt.Errorf("read the head: %w", err)
	}
	if err := u.catchUp(ctx); err != nil {
		return err
	}
	if own := u.state.Head(); own.Seq < head.Seq {
		return olderThan(head.Seq, own.Seq)
	}
	u.mustVerifyHead = false
	return nil
}

// keysBefore returns the keys of the records that a commit may change, as they
// are before it.
func (u *unit) keysBefore(c *ledger.Commit) map[ledger.RecordID][]keyHash {
	had := map[ledger.RecordID][]keyHash{}
	for i := range c.Entries {
		for j := range c.Entries[i].Ops {
			id := c.Entries[i].Ops[j].Record()
			if _, noted := had[id]; noted {
				continue
			}
			if r := u.state.Record(id); r != nil {
				had[id] = keysOf(r)
			}
		}
	}
	return had
}

// published notes what a commit changed. The caller holds fold.
func (u *unit) published(c *ledger.Commit, changed []*ledger.Record) {
	for _, r := range changed {
		u.dirty[r.ID] = r.Seq
	}
	for i := range c.Entries {
		e := &c.Entries[i]
		u.moved[lineName{e.Device, e.Epoch}] = struct{}{}
	}
	u.noteErasures(c)
	const remembered = 4096
	u.hashes[c.Seq] = c.Hash
	delete(u.hashes, c.Seq-remembered)
	u.size.Store(int64(u.state.Len()))
	u.folded.Store(uint64(c.Seq))
	close(u.changed)
	u.changed = make(chan struct{})
}

func (u *unit) noteErasures(c *ledger.Commit) {
	for at, stored := range c.Stored() {
		if stored.Verdict.Status == ledger.Rejected || stored.Op.Action() != ledger.ActionErase {
			continue
		}
		if op := stored.Op.Open(); op.Fault == (ledger.Fault{}) {
			u.erasures = append(u.erasures, ledger.Erasure{Record: op.Record, Fields: op.Fields, Dots: op.Dots, Before: at, At: c.At})
			u.erased = true
		}
	}
}

// hashAt returns the hash of a commit that the ledger is known to have, and the
// zero hash for 0.
func (u *unit) hashAt(ctx context.Context, seq ledger.Seq) (ledger.Hash, error) {
	if seq == 0 {
		return ledger.Hash{}, nil
	}
	if head := u.state.Head(); seq == head.Seq {
		return head.Hash, nil
	}
	if h, ok := u.hashes[seq]; ok {
		return h, nil
	}
	commits, err := commitsUpTo(ctx, u.store.backend, u.id, seq-1, seq, 1)
	if err != nil {
		return ledger.Hash{}, err
	}
	return commits[0].Hash, nil
}
