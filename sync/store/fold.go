package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// fold is a ledger in memory: a state that is always the fold of a whole prefix
// of the ledger. What changes in it goes on to the backlog.
type fold struct {
	id      ledger.UnitID
	log     Log
	now     func() time.Time
	backlog *backlog

	// Read without mu.
	folded  atomic.Uint64 // the seq of the last commit
	size    atomic.Int64  // records
	checked atomic.Int64  // when the fold was last seen to be the whole ledger: milliseconds by the store's clock

	mu      sync.RWMutex  // guards what follows
	state   *ledger.State // nil until loaded
	index   index[ledger.Place]
	hashes  map[ledger.Seq]ledger.Hash // of commits seen lately, to check heads against
	older   map[ledger.Seq]ledger.Hash // of others that were asked for
	changed chan struct{}              // closed when the state moves on

	behind         bool // the ledger may have gone on, and the next commit must find out
	mustVerifyHead bool // a batch would be refused: read the head again before that
}

// len counts the records. It takes no lock.
func (f *fold) len() int { return int(f.size.Load()) }

// reset makes the fold that of an empty ledger. The caller holds mu.
func (f *fold) reset() error {
	state, err := ledger.NewState(f.id, ledger.RulesCurrent)
	if err != nil {
		return err
	}
	f.state = state
	f.index = newIndex[ledger.Place]()
	f.hashes, f.older = map[ledger.Seq]ledger.Hash{}, map[ledger.Seq]ledger.Hash{}
	f.backlog.reset() // before folded: it is never ahead
	f.folded.Store(0)
	f.size.Store(0)
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return nil
}

// catchUp folds the commits after the head, of all servers.
// The caller holds mu.
func (f *fold) catchUp(ctx context.Context) error {
	for {
		now := ledger.MillisOf(f.now())
		commits, err := f.log.Commits(ctx, f.id, f.state.Head().Seq, 256)
		if err != nil {
			return fmt.Errorf("read commits: %w", err)
		}
		if len(commits) == 0 {
			f.behind = false
			f.checked.Store(int64(now))
			return nil
		}
		for _, c := range commits {
			had := keysBefore(f.state, c)
			changed, err := f.state.Apply(c)
			if err != nil {
				return err
			}
			for _, r := range changed {
				f.index.set(f.state.Place(r.ID), r, had[r.ID], keysOf(r))
			}
			f.advance(c, changed)
		}
		f.backlog.schedule()
	}
}

// catchUpTo catches up to the ledger's head as a sure read had it, also if the
// first read of commits comes from an outdated node. Only after it may an answer
// say that the ledger lacks something. The caller holds mu, and has read the head
// before that.
func (f *fold) catchUpTo(ctx context.Context, head ledger.Head) error {
	if err := f.catchUp(ctx); err != nil {
		return err
	}
	if own := f.state.Head(); own.Seq < head.Seq {
		return olderThan(head.Seq, own.Seq)
	}
	return nil
}

// sureHead reads the ledger's current head, which may take as long as an
// election. The caller does not hold mu.
func (f *fold) sureHead(ctx context.Context) (ledger.Head, error) {
	head, err := f.log.Head(ctx, f.id)
	if err != nil {
		return head, fmt.Errorf("read the head: %w", err)
	}
	return head, nil
}

// refreshSurely folds all commits that the ledger has.
func (f *fold) refreshSurely(ctx context.Context) error {
	head, err := f.sureHead(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.catchUpTo(ctx, head)
}

// refresh folds new commits. Whether there are any is asked before the lock
// is taken, so that readers do not wait for each other's database.
func (f *fold) refresh(ctx context.Context) error {
	head := f.head()
	now := ledger.MillisOf(f.now()) // what is written from now on may be missed
	commits, err := f.log.Commits(ctx, f.id, head.Seq, 1)
	if err != nil {
		return err
	}
	if len(commits) == 0 {
		f.checked.Store(int64(now))
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.catchUp(ctx)
}

// publish moves the fold on to a commit that was made of a draft of it, unless a
// reader who caught up already did. fresh is what the commit changes in the index.
func (f *fold) publish(c *ledger.Commit, draft *ledger.Draft, fresh *indexed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Head().Seq < c.Seq {
		f.checked.Store(int64(c.At))
		changed := draft.Publish(c)
		for _, r := range changed {
			f.index.set(f.state.Place(r.ID), r, fresh.had[r.ID], fresh.keys[r.ID])
		}
		f.advance(c, changed)
		f.backlog.schedule()
	}
}

// mayBeBehind notes that the ledger may have gone on without the fold.
func (f *fold) mayBeBehind() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.behind = true
}

// advance notes that the state has moved on to a commit. The caller holds mu.
func (f *fold) advance(c *ledger.Commit, changed []*ledger.Record) {
	f.backlog.note(c, changed)
	f.hashes[c.Seq] = c.Hash
	delete(f.hashes, c.Seq-rememberedHashes)
	f.size.Store(int64(f.state.Len()))
	f.folded.Store(uint64(c.Seq))
	close(f.changed)
	f.changed = make(chan struct{})
}

// record returns a record as it is now, or nil.
func (f *fold) record(id ledger.RecordID) *ledger.Record {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.state.Record(id)
}

// head returns the head up to which the ledger is folded.
func (f *fold) head() ledger.Head {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.state.Head()
}

// isAt reports whether just this head is folded. It waits for no load.
func (f *fold) isAt(head ledger.Head) bool {
	if f.folded.Load() != uint64(head.Seq) {
		return false
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.state != nil && f.state.Head() == head
}

// epochs returns how far the ledger has each epoch of a device: see
// [Store.Epochs].
func (f *fold) epochs(device ledger.DeviceID) []Through {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return epochsOf(f.state, device)
}

// keysBefore returns the keys of the records that a commit may change, as they
// are before it.
func keysBefore(state *ledger.State, c *ledger.Commit) map[ledger.RecordID][]keyHash {
	had := map[ledger.RecordID][]keyHash{}
	for i := range c.Entries {
		for j := range c.Entries[i].Ops {
			id := c.Entries[i].Ops[j].Record()
			if _, noted := had[id]; noted {
				continue
			}
			if r := state.Record(id); r != nil {
				had[id] = keysOf(r)
			}
		}
	}
	return had
}

// rememberedHashes bounds the hashes in memory: of the latest commits, and of
// older ones.
const rememberedHashes = 4096

// checkHead checks that a head which a device has seen is in this ledger. The
// caller holds mu, and has called learn before that.
func (f *fold) checkHead(ctx context.Context, seen ledger.Head) error {
	own := f.state.Head()
	if seen.Seq == 0 && (seen.Log == "" || seen.Log == own.Log || own.Seq == 0) {
		return nil
	}
	diverged := &DivergedError{Head: own}
	if seen.Log != own.Log || seen.Seq > own.Seq {
		return diverged
	}
	hash, known := f.knownHash(seen.Seq)
	if !known {
		var err error
		if hash, err = hashAt(ctx, f.log, f.id, seen.Seq); err != nil {
			return fmt.Errorf("check the head: %w", err)
		}
	}
	if hash != seen.Hash {
		return diverged
	}
	return nil
}

// learn reads what checkHead needs for a head, so that nobody waits for that
// read.
func (f *fold) learn(ctx context.Context, seen ledger.Head) error {
	if own := f.head(); seen.Log != own.Log || seen.Seq > own.Seq {
		return nil
	}
	if _, err := f.hashAt(ctx, seen.Seq); err != nil {
		return fmt.Errorf("check the head: %w", err)
	}
	return nil
}

// hashAt returns the hash of a commit that the ledger is known to have, and the
// zero hash for 0. The caller does not hold mu.
func (f *fold) hashAt(ctx context.Context, seq ledger.Seq) (ledger.Hash, error) {
	f.mu.RLock()
	hash, known := f.knownHash(seq)
	f.mu.RUnlock()
	if known {
		return hash, nil
	}
	hash, err := hashAt(ctx, f.log, f.id, seq)
	if err != nil {
		return ledger.Hash{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.older) >= rememberedHashes {
		clear(f.older)
	}
	f.older[seq] = hash
	return hash, nil
}

// knownHash returns the hash of a commit if it is in memory. The caller holds mu.
func (f *fold) knownHash(seq ledger.Seq) (hash ledger.Hash, known bool) {
	if head := f.state.Head(); seq == head.Seq {
		return head.Hash, true
	}
	if hash, known = f.hashes[seq]; !known {
		hash, known = f.older[seq]
	}
	return hash, known || seq == 0
}

// hashAt reads the hash of a commit that the ledger is known to have.
func hashAt(ctx context.Context, log Log, id ledger.UnitID, seq ledger.Seq) (ledger.Hash, error) {
	if seq == 0 {
		return ledger.Hash{}, nil
	}
	commits, err := commitsUpTo(ctx, log, id, seq-1, seq, 1)
	if err != nil {
		return ledger.Hash{}, err
	}
	return commits[0].Hash, nil
}
