package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// ErrNotErased says that an order of erasure could not be carried out: commits
// still hold what it destroys. It is tried again, at the latest after the next
// start. The lists show the record as the order leaves it.
var ErrNotErased = errors.New("an order of erasure is not carried out yet")

// erase carries out the erasures of a chunk, and leaves in it those that fail; the
// error is then an [ErrNotErased]. Any other is the database's, which takes
// nothing else either. Unless again is set, erasures that failed the last time
// are not tried: each time costs a read of the ledger.
func (p *projector) erase(ctx context.Context, chunk *chunk, again bool) error {
	if len(chunk.erasures) == 0 {
		return nil
	}
	cause := error(nil)
	if chunk.notErased = chunk.erasures; again || len(chunk.erasures) != p.notErased {
		if chunk.notErased, cause = p.redactAll(ctx, chunk.erasures); ends(ctx, cause) {
			return fmt.Errorf("erase from %s: %w", p.unit, cause)
		}
		p.notErased = len(chunk.notErased)
	}
	p.backlog.noteFailed(len(chunk.notErased))
	if len(chunk.notErased) == 0 {
		return nil
	}
	chunk.Head = ledger.Head{} // so that the next start finds them
	if cause == nil {
		return fmt.Errorf("erase from %s: %w", p.unit, ErrNotErased)
	}
	return fmt.Errorf("erase from %s: %w: %w", p.unit, ErrNotErased, cause)
}

// ends reports whether an error is of a database that takes nothing, or the
// caller's end.
func ends(ctx context.Context, err error) bool {
	return err != nil && (errors.Is(err, ErrUnreachable) || errors.Is(err, ErrFull) || ctx.Err() != nil)
}

// maxRedactions is how often an erasure is begun again because another server
// changed a commit meanwhile. A commit that this program cannot store as it was
// read looks the same each time.
const maxRedactions = 5

// redactAll carries out orders, which are in the order of the ledger, and returns
// those that fail, and why.
func (p *projector) redactAll(ctx context.Context, orders []ledger.Erasure) (failed []ledger.Erasure, err error) {
	var errs []error
	for begun := 1; len(orders) > 0; {
		commits, through, err := p.holders(ctx, orders)
		if ends(ctx, err) {
			return nil, err
		}
		if err != nil {
			errs = append(errs, err)
		}
		next := 0
		for err = nil; next < len(orders) && orders[next].Before.Seq <= through && err == nil; next++ {
			err = p.redact(ctx, orders[next], commits)
		}
		switch {
		case ends(ctx, err):
			return nil, err
		case err == nil: // the rest cannot be read
			failed, orders = append(failed, orders[next:]...), nil
		case errors.Is(err, ErrVersion) && begun < maxRedactions:
			begun, orders = begun+1, orders[next-1:]
		default:
			failed, errs = append(failed, orders[next-1]), append(errs, err)
			begun, orders = 1, orders[next:]
		}
	}
	return failed, errors.Join(errs...)
}

// holders returns the commits that one of the orders reaches, of as much of the
// ledger as can be read.
func (p *projector) holders(ctx context.Context, orders []ledger.Erasure) (list []*ledger.Commit, through ledger.Seq, err error) {
	last := orders[len(orders)-1].Before.Seq
	for through < last {
		commits, err := commitsUpTo(ctx, p.host.backend, p.unit, through, last, 256)
		if err != nil {
			return list, through, err
		}
		for _, c := range commits {
			if slices.ContainsFunc(orders, func(e ledger.Erasure) bool { return reaches(&e, c) }) {
				list = append(list, c)
			}
			through = c.Seq
		}
	}
	return list, through, nil
}

// redact carries out one order on commits, and stores them newest first: see
// [ledger.Redact].
func (p *projector) redact(ctx context.Context, e ledger.Erasure, commits []*ledger.Commit) error {
	var reached, changing []*ledger.Commit
	var stored [][]byte // of those that change
	for _, c := range commits {
		if reaches(&e, c) {
			reached = append(reached, c)
		}
		if e.Changes(c) {
			changing, stored = append(changing, c), append(stored, c.AppendJSON(nil))
		}
	}
	if err := p.host.opts.Erasing(ctx, p.unit, e, reached); err != nil {
		return err
	}
	for _, i := range ledger.Redact(changing, e) {
		if err := p.host.backend.Redact(ctx, stored[i], changing[i]); err != nil {
			return err
		}
	}
	return nil
}

func reaches(e *ledger.Erasure, c *ledger.Commit) bool {
	for at, stored := range c.Stored() {
		if len(stored.Op.Personal) > 0 && e.Reaches(at, stored.Op, stored.Verdict) {
			return true
		}
	}
	return false
}
