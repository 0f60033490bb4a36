package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Head returns a unit's newest head, read from the ledger.
func (s *Store) Head(ctx context.Context, id ledger.UnitID) (ledger.Head, error) {
	u, err := s.current(ctx, id)
	if err != nil {
		return ledger.Head{}, err
	}
	u.fold.RLock()
	defer u.fold.RUnlock()
	return u.state.Head(), nil
}

// current returns a unit's fold after reading what other servers wrote.
func (s *Store) current(ctx context.Context, id ledger.UnitID) (*unit, error) {
	u, err := s.unit(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := u.refresh(ctx); err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return u, nil
}

// refresh folds new commits. Whether there are any is asked before the lock
// is taken, so that readers do not wait for each other's database.
func (u *unit) refresh(ctx context.Context) error {
	u.fold.RLock()
	head := u.state.Head()
	u.fold.RUnlock()
	now := ledger.MillisOf(u.store.opts.Now()) // what is written from now on may be missed
	commits, err := u.store.backend.Commits(ctx, u.id, head.Seq, 1)
	if err != nil {
		return err
	}
	if len(commits) == 0 {
		u.checked.Store(int64(now))
		return nil
	}
	u.fold.Lock()
	defer u.fold.Unlock()
	return u.catchUp(ctx)
}

// lately returns a record as it was at most foreignLife ago, or nil. In the
// evening all batches of a commune's phones name the same few campaigns. What a
// unit's ledger has new is read once, as refreshed remembers: however many
// records a batch names that there are not.
func (s *Store) lately(ctx context.Context, ref ledger.Ref, refreshed map[ledger.UnitID]bool) (*ledger.Record, error) {
	u, err := s.unit(ctx, ref.Unit)
	if err != nil {
		return nil, err
	}
	record := func() *ledger.Record {
		u.fold.RLock()
		defer u.fold.RUnlock()
		return u.state.Record(ref.Record)
	}
	r := record()
	age := int64(ledger.MillisOf(s.opts.Now())) - u.checked.Load()
	if r != nil && 0 <= age && age < foreignLife || refreshed[ref.Unit] {
		return r, nil
	}
	if err := u.refresh(ctx); err != nil {
		return nil, fmt.Errorf("read %s: %w", ref.Unit, err)
	}
	refreshed[ref.Unit] = true
	return record(), nil
}

// Through is how far a ledger has one epoch of a device: every counter up to
// this one.
type Through struct {
	Epoch   uint32
	Through uint64
}

// Epochs returns how far a unit's ledger has each epoch of a device, in order,
// of many the newest.
func (s *Store) Epochs(ctx context.Context, id ledger.UnitID, device ledger.DeviceID) ([]Through, error) {
	u, err := s.current(ctx, id)
	if err != nil {
		return nil, err
	}
	u.fold.RLock()
	defer u.fold.RUnlock()
	return epochsOf(u.state, device), nil
}

// Expected is the counter after the last that a ledger has of an epoch.
func Expected(epochs []Through, epoch uint32) uint64 {
	for _, e := range epochs {
		if e.Epoch == epoch {
			return e.Through + 1
		}
	}
	return 1
}

func epochsOf(state *ledger.State, device ledger.DeviceID) []Through {
	const most, looked = 64, 1024 // of a device that signed in afresh all day
	var list []Through
	for newest, back := state.Epoch(device), uint32(0); back < min(newest, looked) && len(list) < most; back++ {
		epoch := newest - back
		if line := state.Line(device, epoch); line != nil {
			list = append(list, Through{epoch, line.Through})
		}
	}
	slices.Reverse(list)
	return list
}

// Ready reports why the store cannot serve, or nil.
func (s *Store) Ready(ctx context.Context) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return ErrClosed
	}
	return s.backend.Ping(ctx)
}

// Pulled is how far a device has come in pulling a ledger.
type Pulled struct {
	Head ledger.Head // through which its last page was complete; zero before the first
	// Tip is the ledger's own head as the last page had it, while there are
	// more pages. What changed behind a page's end was left out of it. If just
	// that were lost with a restored backup, the device would never get it: so
	// the tip must still be there.
	Tip ledger.Head
	// Earlier are heads that the device had seen before, in any order. Where the
	// ledger went on otherwise, they tell how far the two are the same.
	Earlier []ledger.Head
	// Shown says which records the device is told of; nil: all. A page neither
	// holds nor counts others.
	Shown func(*ledger.Record) bool
}

// Changes is one page of a pull.
type Changes struct {
	Head    ledger.Head      // through which the page is complete
	More    bool             // the ledger goes on behind Head
	Tip     ledger.Head      // the ledger's own head: with it and what was asked, the page is determined
	Records []*ledger.Record // in order of their last change
	// Suspects are those of Records that seem to tell the same thing as others of
	// the unit, as of now.
	Suspects map[ledger.RecordID][]Suspect
}

// Changes returns the records that changed after what the device has pulled;
// the zero value is a first pull. limit is soft: a page ends with a
// commit. Where nothing has changed it waits up to wait for something. The
// error may be a *[DivergedError].
func (s *Store) Changes(ctx context.Context, id ledger.UnitID, pulled Pulled, limit int, wait time.Duration) (Changes, error) {
	u, err := s.current(ctx, id)
	if err != nil {
		return Changes{}, err
	}
	page, changed, err := u.sureChanges(ctx, pulled, limit)
	after := pulled.Head
	if len(page.Records) > 0 {
		s.stirred.Add(1)
	}
	if err != nil || len(page.Records) > 0 || page.Head.Seq > after.Seq || wait <= 0 {
		return page, err
	}
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	poll := time.NewTicker(time.Second) // for what other servers write
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return page, nil
		case <-s.closing.Done():
			return page, nil
		case <-deadline.C:
			return page, nil
		case <-poll.C:
			if err := u.refresh(ctx); err != nil {
				return page, nil // Nothing new is a true answer; the next pull meets the error.
			}
		case <-changed:
		}
		if page, changed, err = u.sureChanges(ctx, pulled, limit); err != nil || page.Head.Seq > after.Seq {
			return page, err
		}
	}
}

// sureChanges is changes, which says that a device has seen another ledger only
// after a sure look whether that goes on.
func (u *unit) sureChanges(ctx context.Context, pulled Pulled, limit int) (Changes, <-chan struct{}, error) {
	page, changed, err := u.changes(ctx, pulled, limit)
	if _, diverged := errors.AsType[*DivergedError](err); !diverged {
		return page, changed, err
	}
	u.fold.Lock()
	err = u.catchUpSurely(ctx)
	u.fold.Unlock()
	if err != nil {
		return Changes{}, nil, err
	}
	page, changed, err = u.changes(ctx, pulled, limit)
	if diverged, ok := errors.AsType[*DivergedError](err); ok {
		common, failed := u.common(ctx, pulled.Earlier)
		if failed != nil {
			return Changes{}, nil, failed
		}
		diverged.Common = common
	}
	return page, changed, err
}

// common returns the seq of the last of some heads that is in this ledger: what
// lies before it is the same. A ledger that holds a head holds all before it.
func (u *unit) common(ctx context.Context, heads []ledger.Head) (ledger.Seq, error) {
	u.fold.RLock()
	defer u.fold.RUnlock()
	own := u.state.Head()
	heads = slices.DeleteFunc(slices.Clone(heads), func(h ledger.Head) bool { return h.Log != own.Log || h.Seq > own.Seq })
	slices.SortFunc(heads, func(a, b ledger.Head) int { return cmp.Compare(a.Seq, b.Seq) })
	var failed error
	n := sort.Search(len(heads), func(i int) bool {
		hash, err := u.hashAt(ctx, heads[i].Seq)
		failed = cmp.Or(failed, err)
		return err != nil || hash != heads[i].Hash
	})
	if failed != nil || n == 0 {
		return 0, failed
	}
	return heads[n-1].Seq, nil
}

func (u *unit) changes(ctx context.Context, pulled Pulled, limit int) (Changes, <-chan struct{}, error) {
	u.fold.RLock()
	defer u.fold.RUnlock()
	for _, seen := range []ledger.Head{pulled.Head, pulled.Tip} {
		if err := u.checkHead(ctx, seen); err != nil {
			return Changes{}, nil, err
		}
	}
	records, through, more := u.state.Changed(pulled.Head.Seq, limit, pulled.Shown)
	page := Changes{Records: records, More: more, Head: u.state.Head(), Tip: u.state.Head(), Suspects: u.suspects(records)}
	if more {
		hash, err := u.hashAt(ctx, through)
		if err != nil {
			return Changes{}, nil, fmt.Errorf("read a hash: %w", err)
		}
		page.Head.Seq, page.Head.Hash = through, hash
	}
	return page, u.changed, nil
}

// Record returns a record's merged state, or ErrNotFound.
func (s *Store) Record(ctx context.Context, id ledger.UnitID, record ledger.RecordID) (*ledger.Record, error) {
	u, err := s.current(ctx, id)
	if err != nil {
		return nil, err
	}
	u.fold.RLock()
	defer u.fold.RUnlock()
	if r := u.state.Record(record); r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("record %s of %s: %w", record, id, ErrNotFound)
}

// Records returns the merged state of records that there are. What a ledger has
// new is read once.
func (s *Store) Records(ctx context.Context, refs []ledger.Ref) (map[ledger.Ref]*ledger.Record, error) {
	found := map[ledger.Ref]*ledger.Record{}
	units := map[ledger.UnitID]*unit{}
	for _, ref := range refs {
		u, ok := units[ref.Unit]
		if !ok {
			var err error
			if u, err = s.current(ctx, ref.Unit); err != nil {
				return nil, err
			}
			units[ref.Unit] = u
		}
		u.fold.RLock()
		if r := u.state.Record(ref.Record); r != nil {
			found[ref] = r
		}
		u.fold.RUnlock()
	}
	return found, nil
}

// Commits returns a page of a ledger, and whether it goes on behind the page.
func (s *Store) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) (page []*ledger.Commit, more bool, err error) {
	head, err := s.backend.Head(ctx, id) // first: what it names is there
	if err != nil {
		return nil, false, err
	}
	page, err = commitsUpTo(ctx, s.backend, id, after, head.Seq, limit)
	if err != nil || len(page) == 0 {
		return nil, false, err
	}
	return page, page[len(page)-1].Seq < head.Seq, nil
}

// Fold folds a ledger from its first commit up to a seq, without projection or
// cache: what reports are made of. A through of 0 means the newest. The fold
// ends earlier where the ledger does. It fails where this program does not know
// the version of the rules.
func (s *Store) Fold(ctx context.Context, id ledger.UnitID, through ledger.Seq, rules ledger.Rules) (*ledger.State, error) {
	state, err := ledger.NewState(id, rules)
	if err != nil {
		return nil, fmt.Errorf("fold %s: %w", id, err)
	}
	head, err := s.backend.Head(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("fold %s: %w", id, err)
	}
	if through == 0 || head.Seq < through {
		through = head.Seq
	}
	for state.Head().Seq < through {
		commits, err := commitsUpTo(ctx, s.backend, id, state.Head().Seq, through, 256)
		if err != nil {
			return nil, fmt.Errorf("fold %s: %w", id, err)
		}
		for _, c := range commits {
			if c.Seq > through {
				break
			}
			if _, err := state.Apply(c); err != nil {
				return nil, fmt.Errorf("fold %s: %w", id, err)
			}
		}
	}
	return state, nil
}

// Verify checks a ledger's chain from its first commit. The error is a
// *[ledger.Damage], or of the backend.
func Verify(ctx context.Context, log Log, id ledger.UnitID) (*ledger.Verifier, error) {
	v := ledger.NewVerifier(id)
	for {
		commits, err := log.Commits(ctx, id, v.Head().Seq, 256)
		if errors.Is(err, ledger.ErrMalformed) || errors.Is(err, ErrHole) {
			return v, &ledger.Damage{Unit: id, Seq: v.Head().Seq + 1, What: err.Error()}
		}
		if err != nil {
			return v, fmt.Errorf("verify %s: %w", id, err)
		}
		if len(commits) == 0 {
			return v, nil
		}
		for _, c := range commits {
			if err := v.Check(c); err != nil {
				return v, err
			}
		}
	}
}
