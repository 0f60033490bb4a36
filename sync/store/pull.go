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
	// Shown says which records the device may know of; nil: all. A page neither
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
func (r *reader) Changes(ctx context.Context, id ledger.UnitID, pulled Pulled, limit int, wait time.Duration) (Changes, error) {
	f, err := r.pool.current(ctx, id)
	if err != nil {
		return Changes{}, err
	}
	pull := pull{f, pulled, limit}
	page, changed, err := pull.surePage(ctx)
	after := pulled.Head
	if len(page.Records) > 0 {
		r.host.traffic.visits.Add(1)
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
		case <-r.host.background.closing.Done():
			return page, nil
		case <-deadline.C:
			return page, nil
		case <-poll.C:
			if err := f.refresh(ctx); err != nil {
				return page, nil // Nothing new is a true answer; the next pull meets the error.
			}
		case <-changed:
		}
		if page, changed, err = pull.surePage(ctx); err != nil || page.Head.Seq > after.Seq {
			return page, err
		}
	}
}

// Unchanged reports whether Changes would find nothing after a head. It loads
// no ledger: of a unit that is not in memory it says false, and nothing is known.
func (r *reader) Unchanged(ctx context.Context, id ledger.UnitID, head ledger.Head) bool {
	u := r.pool.visit(id)
	if u == nil || !u.fold.isAt(head) {
		return false
	}
	commits, err := r.host.backend.Commits(ctx, id, head.Seq, 1) // of other servers
	return err == nil && len(commits) == 0
}

// pull is one request for changes.
type pull struct {
	fold   *fold
	pulled Pulled
	limit  int
}

// surePage is page, which says that a device has seen another ledger only
// after a sure look whether that goes on.
func (p *pull) surePage(ctx context.Context) (Changes, <-chan struct{}, error) {
	page, changed, err := p.page(ctx)
	if _, diverged := errors.AsType[*DivergedError](err); !diverged {
		return page, changed, err
	}
	if err := p.fold.refreshSurely(ctx); err != nil {
		return Changes{}, nil, err
	}
	page, changed, err = p.page(ctx)
	if diverged, ok := errors.AsType[*DivergedError](err); ok {
		common, failed := p.common(ctx)
		if failed != nil {
			return Changes{}, nil, failed
		}
		diverged.Common = common
	}
	return page, changed, err
}

// common returns the seq of the last of the earlier heads that is in this ledger:
// what lies before it is the same. A ledger that holds a head holds all before it.
func (p *pull) common(ctx context.Context) (ledger.Seq, error) {
	own := p.fold.head()
	heads := slices.DeleteFunc(slices.Clone(p.pulled.Earlier), func(h ledger.Head) bool { return h.Log != own.Log || h.Seq > own.Seq })
	slices.SortFunc(heads, func(a, b ledger.Head) int { return cmp.Compare(a.Seq, b.Seq) })
	var failed error
	n := sort.Search(len(heads), func(i int) bool {
		hash, err := p.fold.hashAt(ctx, heads[i].Seq)
		failed = cmp.Or(failed, err)
		return err != nil || hash != heads[i].Hash
	})
	if failed != nil || n == 0 {
		return 0, failed
	}
	return heads[n-1].Seq, nil
}

func (p *pull) page(ctx context.Context) (Changes, <-chan struct{}, error) {
	for _, seen := range []ledger.Head{p.pulled.Head, p.pulled.Tip} {
		if err := p.fold.learn(ctx, seen); err != nil {
			return Changes{}, nil, err
		}
	}
	page, changed, err := p.read(ctx)
	if err != nil || !page.More {
		return page, changed, err
	}
	if page.Head.Hash, err = p.fold.hashAt(ctx, page.Head.Seq); err != nil {
		return Changes{}, nil, fmt.Errorf("read a hash: %w", err)
	}
	return page, changed, nil
}

// read makes a page of the fold, whose head has no hash yet where there are more.
func (p *pull) read(ctx context.Context) (Changes, <-chan struct{}, error) {
	p.fold.mu.RLock()
	defer p.fold.mu.RUnlock()
	for _, seen := range []ledger.Head{p.pulled.Head, p.pulled.Tip} {
		if err := p.fold.checkHead(ctx, seen); err != nil {
			return Changes{}, nil, err
		}
	}
	records, through, more := p.fold.state.Changed(p.pulled.Head.Seq, p.limit, p.pulled.Shown)
	page := Changes{Records: records, More: more, Head: p.fold.state.Head(), Tip: p.fold.state.Head(), Suspects: p.fold.suspects(records)}
	if more {
		page.Head.Seq, page.Head.Hash = through, ledger.Hash{}
	}
	return page, p.fold.changed, nil
}
