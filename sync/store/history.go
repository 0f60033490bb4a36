package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// history reads the ledgers themselves, without a cache.
type history struct{ log Log }

// Event is one op of a record's history.
type Event struct {
	Dot      ledger.Dot
	Received ledger.Millis
	Device   ledger.DeviceID
	User     ledger.UserID
	Role     ledger.Role
	Op       ledger.Op
	Verdict  ledger.Verdict
}

// Bounds of a page of a history.
const (
	MaxHistoryOps   = 256
	MaxHistoryBytes = 1 << 20 // of the ops as they were sent; a page holds at least one
	// maxHistoryRead bounds the ops of the commits that are read for a page: a
	// commit may hold thousands that are about other records.
	maxHistoryRead = 1 << 14
)

// History returns a page of the accepted ops on a record, oldest first: those
// behind after, at most limit of them and MaxHistoryOps, without those that are
// not shown. more reports whether there may be others behind the page, which go on
// at next.
func (h *history) History(
	ctx context.Context, id ledger.UnitID, r *ledger.Record, after ledger.Dot, limit int, shown func(*Event) bool,
) (events []Event, next ledger.Dot, more bool, err error) {
	limit = min(limit, MaxHistoryOps)
	next = after
	size, read := 0, 0
	first, _ := slices.BinarySearch(r.Touched, after.Seq)
	for i, seq := range r.Touched[first:] {
		if i > 0 && read >= maxHistoryRead {
			return events, next, true, nil
		}
		commits, err := commitsUpTo(ctx, h.log, id, seq-1, seq, 1)
		if err != nil {
			return nil, next, false, fmt.Errorf("history of %s: %w", r.ID, err)
		}
		for j := range commits[0].Entries {
			read += len(commits[0].Entries[j].Ops)
		}
		for _, e := range eventsOf(commits[0], r.ID) {
			if e.Dot.Compare(after) <= 0 || shown != nil && !shown(&e) {
				continue
			}
			size += len(e.Op.Text)
			if len(events) > 0 && (len(events) == limit || size > MaxHistoryBytes) {
				return events, next, true, nil
			}
			events, next = append(events, e), e.Dot
		}
		next = ledger.Dot{Seq: seq + 1, Index: -1} // before whatever the next commit holds
	}
	return events, next, false, nil
}

func eventsOf(c *ledger.Commit, id ledger.RecordID) []Event {
	var events []Event
	index := 0
	for i := range c.Entries {
		e := &c.Entries[i]
		for j := range e.Ops {
			if op := e.Ops[j].Open(); op.Record == id && e.Verdicts[j].Status != ledger.Rejected {
				events = append(events, Event{
					Dot: ledger.Dot{Seq: c.Seq, Index: index}, Received: c.At,
					Device: e.Device, User: e.User, Role: e.Role, Op: op, Verdict: e.Verdicts[j],
				})
			}
			index++
		}
	}
	return events
}

// Commits returns a page of a ledger, and whether it goes on behind the page.
func (h *history) Commits(ctx context.Context, id ledger.UnitID, after ledger.Seq, limit int) (page []*ledger.Commit, more bool, err error) {
	head, err := h.log.Head(ctx, id) // first: what it names is there
	if err != nil {
		return nil, false, err
	}
	page, err = commitsUpTo(ctx, h.log, id, after, head.Seq, limit)
	if err != nil || len(page) == 0 {
		return nil, false, err
	}
	return page, page[len(page)-1].Seq < head.Seq, nil
}

// Fold folds a ledger from its first commit up to a seq, without projection or
// cache: what reports are made of. A through of 0 means the newest. The fold
// ends earlier where the ledger does. It fails where this program does not know
// the version of the rules.
func (h *history) Fold(ctx context.Context, id ledger.UnitID, through ledger.Seq, rules ledger.Rules) (*ledger.State, error) {
	state, err := ledger.NewState(id, rules)
	if err != nil {
		return nil, fmt.Errorf("fold %s: %w", id, err)
	}
	head, err := h.log.Head(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("fold %s: %w", id, err)
	}
	if through == 0 || head.Seq < through {
		through = head.Seq
	}
	for state.Head().Seq < through {
		commits, err := commitsUpTo(ctx, h.log, id, state.Head().Seq, through, 256)
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
