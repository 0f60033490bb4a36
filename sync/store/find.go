package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// foundOp is an op that is in the ledger, and what became of it.
type foundOp struct {
	op      *ledger.StoredOp
	verdict *ledger.Verdict
	commit  ledger.Head // the one that it stands in
}

// finder looks for the ops of one device in one epoch, in rising order. It
// remembers the page that it read last: what is sent again mostly stands close
// together.
type finder struct {
	unit   *unit
	device ledger.DeviceID
	epoch  uint32
	page   []*ledger.Commit
}

// findPage is how many commits are read at once.
const findPage = 64

func (u *unit) newFinder(device ledger.DeviceID, epoch uint32) *finder {
	return &finder{unit: u, device: device, epoch: epoch}
}

// lookUp finds, before any lock is taken for long, the ops of a batch that are in
// the ledger already: however old they are, nobody else of the unit waits for it.
func (u *unit) lookUp(ctx context.Context, b *ledger.Batch) ([]foundOp, error) {
	u.fold.RLock()
	line, head := u.state.Line(b.Device, b.Epoch), u.state.Head().Seq
	if line != nil {
		line = &ledger.Line{Through: line.Through, Ranges: line.Ranges[:len(line.Ranges):len(line.Ranges)]}
	}
	u.fold.RUnlock()
	if line == nil || b.From > line.Through {
		return nil, nil
	}
	f := u.newFinder(b.Device, b.Epoch)
	var all []foundOp
	for i := range b.Ops {
		if b.Ops[i].N > line.Through {
			break
		}
		found, err := f.find(ctx, b.Ops[i].N, line, head)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return all, nil
}

// find returns the op with a counter that the line has passed. head is how far
// the ledger is known to go.
func (f *finder) find(ctx context.Context, n uint64, line *ledger.Line, head ledger.Seq) (foundOp, error) {
	if found, ok := f.onPage(n); ok {
		return found, nil
	}
	if where, ok := line.Find(n); ok {
		if err := f.read(ctx, where.Seq-1, head); err != nil {
			return foundOp{}, fmt.Errorf("find counter %d: %w", n, err)
		}
		if found, ok := f.onPage(n); ok {
			return found, nil
		}
	}
	after, before := line.Between(n)
	if before == 0 {
		before = head + 1
	}
	found, err := f.search(ctx, n, after, before)
	if err != nil {
		return foundOp{}, fmt.Errorf("find counter %d: %w", n, err)
	}
	return found, nil
}

// search looks between two commits by halves: a device's counters rise with the
// seq, so that any entry of the device tells on which side of it n stands.
func (f *finder) search(ctx context.Context, n uint64, after, before ledger.Seq) (foundOp, error) {
	for after+1 < before {
		middle := after
		if before-after > findPage {
			middle = after + (before-after)/2
		}
		at := middle // read from here on until an entry of the device is met
		met := false
		for !met && at+1 < before {
			if err := f.read(ctx, at, before-1); err != nil {
				return foundOp{}, err
			}
			if found, ok := f.onPage(n); ok {
				return found, nil
			}
			for _, c := range f.page {
				at = max(at, c.Seq)
				e := f.entryOf(c)
				switch {
				case e == nil || c.Seq >= before:
				case e.To() < n:
					after, met = c.Seq, true
				case !met || e.From > n:
					before, met = c.Seq, true
				}
				if c.Seq >= before {
					break
				}
			}
		}
		if !met {
			before = middle + 1 // none of the device's entries stands behind it
		}
	}
	return foundOp{}, ErrNotFound
}

func (f *finder) read(ctx context.Context, after, through ledger.Seq) (err error) {
	f.page, err = commitsUpTo(ctx, f.unit.store.backend, f.unit.id, after, through, findPage)
	return err
}

// onPage returns an op that stands in the page read last.
func (f *finder) onPage(n uint64) (foundOp, bool) {
	for _, c := range f.page {
		for i := range c.Entries {
			e := &c.Entries[i]
			if e.Device == f.device && e.Epoch == f.epoch && e.From <= n && n <= e.To() {
				return foundOp{&e.Ops[n-e.From], &e.Verdicts[n-e.From], c.Head()}, true
			}
		}
	}
	return foundOp{}, false
}

// entryOf returns the device's entry in a commit, or nil: it has one at most.
func (f *finder) entryOf(c *ledger.Commit) *ledger.Entry {
	i := slices.IndexFunc(c.Entries, func(e ledger.Entry) bool { return e.Device == f.device && e.Epoch == f.epoch })
	if i < 0 {
		return nil
	}
	return &c.Entries[i]
}
