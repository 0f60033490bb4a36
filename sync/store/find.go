package store

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
)

// foundOp is an op that is in the ledger, and its verdict.
type foundOp struct {
	op      *ledger.StoredOp
	verdict *ledger.Verdict
	commit  ledger.Head // the one that it stands in
}

// lookUp finds, before any lock is taken for long, the ops of a batch that are in
// the ledger already: however old they are, nobody else of the unit waits for it.
func (f *fold) lookUp(ctx context.Context, b *ledger.Batch) ([]foundOp, error) {
	f.mu.RLock()
	stream, head := f.state.Stream(b.Device, b.Epoch), f.state.Head().Seq
	if stream != nil {
		stream = stream.Copy()
	}
	f.mu.RUnlock()
	if stream == nil {
		return nil, nil
	}
	return find(ctx, f.log, f.id, b.Ops, stream, head)
}

// findGap is how many commits that are not needed are read rather than begin
// another read behind them.
const findGap = 8

// find returns the first of the ops, those with counters that the stream has
// passed. It reads the commits in which they stand, and hardly others: what it
// costs depends on how many ops there are, not on how old they are. head is how
// far the ledger is known to go.
func find(ctx context.Context, log Log, id ledger.UnitID, ops []ledger.Op, stream *ledger.Stream, head ledger.Seq) ([]foundOp, error) {
	var places []ledger.Range
	for i := range ops {
		if ops[i].N > stream.Through {
			break
		}
		place, ok := stream.Find(ops[i].N)
		if !ok {
			return nil, fmt.Errorf("find counter %d of %s: %w", ops[i].N, stream.Device, ErrNotFound)
		}
		places = append(places, place)
	}
	found := make([]foundOp, 0, len(places))
	for len(found) < len(places) {
		from := places[len(found)].Seq
		to := from
		for _, place := range places[len(found):] {
			if place.Seq > to+findGap {
				break
			}
			to = place.Seq
		}
		commits, err := commitsUpTo(ctx, log, id, from-1, head, int(to-from)+1)
		if err != nil {
			return nil, fmt.Errorf("find counter %d of %s: %w", ops[len(found)].N, stream.Device, err)
		}
		had := len(found)
		for _, c := range commits {
			for len(found) < len(places) && places[len(found)].Seq == c.Seq {
				place, n := places[len(found)], ops[len(found)].N
				if place.Entry >= len(c.Entries) || c.Entries[place.Entry].From != place.From || c.Entries[place.Entry].To() != place.To {
					return nil, fmt.Errorf("counter %d of %s is not in %s: %w", n, stream.Device, ledger.CommitID(id, c.Seq), ErrNotFound)
				}
				e := &c.Entries[place.Entry]
				found = append(found, foundOp{&e.Ops[n-e.From], &e.Verdicts[n-e.From], c.Head()})
			}
		}
		if len(found) == had {
			return nil, fmt.Errorf("find counter %d of %s: %w", ops[had].N, stream.Device, ErrNotFound)
		}
	}
	return found, nil
}
