package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

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
// behind after, at most limit of them and MaxHistoryOps. more reports whether
// there may be others behind the page, which go on at next.
func (s *Store) History(ctx context.Context, id ledger.UnitID, r *ledger.Record, after ledger.Dot, limit int) (events []Event, next ledger.Dot, more bool, err error) {
	limit = min(limit, MaxHistoryOps)
	next = after
	size, read := 0, 0
	first, _ := slices.BinarySearch(r.Touched, after.Seq)
	for i, seq := range r.Touched[first:] {
		if i > 0 && read >= maxHistoryRead {
			return events, next, true, nil
		}
		commits, err := commitsUpTo(ctx, s.backend, id, seq-1, seq, 1)
		if err != nil {
			return nil, next, false, fmt.Errorf("history of %s: %w", r.ID, err)
		}
		for j := range commits[0].Entries {
			read += len(commits[0].Entries[j].Ops)
		}
		for _, e := range eventsOf(commits[0], r.ID) {
			if e.Dot.Compare(after) <= 0 {
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
