package outbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// deliveries keeps every delivery, and which of them are not done yet.
type deliveries struct {
	all     store.Table[Delivery]
	queue   store.Table[Delivery] // those not done yet, as they were queued
	inboxes store.Table[string]   // ids of deliveries, by the unit that they go to
}

func newDeliveries(d store.Documents) deliveries {
	return deliveries{
		all: store.NewTable[Delivery](d, "deliveries"), queue: store.NewTable[Delivery](d, "outbox"), inboxes: store.NewTable[string](d, "inboxes"),
	}
}

// enqueue queues a delivery, unless it was queued before.
func (l *deliveries) enqueue(ctx context.Context, d Delivery) error {
	if _, err := l.all.Get(ctx, d.ID); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	// The queue comes first: the sender completes an entry whose delivery is
	// missing, but a delivery without an entry would wait forever.
	if _, err := l.queue.Add(ctx, d.ID, d); err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	_, err := l.record(ctx, d)
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	return err
}

// again queues the next round of a delivery that is done.
func (l *deliveries) again(ctx context.Context, d store.Stored[Delivery], now ledger.Millis) (store.Stored[Delivery], error) {
	next := d.Value
	next.requeue(next.Round+1, now)
	// The queue comes first, as in enqueue.
	if _, err := l.queue.Add(ctx, next.queueID(), next); err != nil && !errors.Is(err, store.ErrTaken) {
		return d, err
	}
	return l.begin(ctx, d.ID, next.Round, now)
}

// begin brings a delivery to a round that has its entry in the queue. Where the
// round has begun, nothing changes.
func (l *deliveries) begin(ctx context.Context, id string, round int, now ledger.Millis) (store.Stored[Delivery], error) {
	d, err := l.all.Update(ctx, id, func(d *Delivery) error {
		if d.Round >= round {
			return errUnchanged
		}
		d.requeue(round, now)
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return l.all.Get(ctx, id)
	}
	return d, err
}

// errUnchanged says that nothing is to be stored.
var errUnchanged = errors.New("nothing changes")

// queueID is the id of a delivery's entry in the queue.
func (d *Delivery) queueID() string {
	if d.Round == 0 {
		return d.ID
	}
	return fmt.Sprintf("%s~%d", d.ID, d.Round)
}

// requeue begins a round.
func (d *Delivery) requeue(round int, now ledger.Millis) {
	d.Round, d.State, d.Failures, d.Next, d.Until = round, Queued, 0, now, 0
}

// record stores a queued delivery, and first its entry in the inbox of the
// unit that it goes to.
func (l *deliveries) record(ctx context.Context, d Delivery) (store.Stored[Delivery], error) {
	if d.To.To != "" {
		if _, err := l.inboxes.Add(ctx, inbox(d.To.To)+d.ID, d.ID); err != nil && !errors.Is(err, store.ErrTaken) {
			return store.Stored[Delivery]{}, err
		}
	}
	return l.all.Add(ctx, d.ID, d)
}

// inbox is where the deliveries to a unit are found.
func inbox(to ledger.UnitID) string { return string(to) + "/" }

// of returns the deliveries of a report.
func (l *deliveries) of(ctx context.Context, report string) ([]store.Stored[Delivery], error) {
	const most = 500
	return l.all.List(ctx, report+".", "", most)
}

// to returns the deliveries to units.
func (l *deliveries) to(ctx context.Context, units []ledger.UnitID) ([]store.Stored[Delivery], error) {
	var all []store.Stored[Delivery]
	for _, unit := range units {
		list, err := l.inboxes.AllOf(ctx, inbox(unit))
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			d, err := l.all.Get(ctx, id.Value)
			if err != nil && !errors.Is(err, store.ErrNotFound) { // queueing it may have been cut off
				return nil, err
			}
			if err == nil {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// reached is the state that all deliveries of a report have reached: Sent,
// Acknowledged, or "" for neither.
func (l *deliveries) reached(ctx context.Context, report string) (State, error) {
	list, err := l.of(ctx, report)
	if err != nil || len(list) == 0 {
		return "", err
	}
	state := Acknowledged
	for _, d := range list {
		switch d.Value.State {
		case Acknowledged:
		case Sent:
			state = Sent
		case Queued, Sending, Dead:
			return "", nil
		}
	}
	return state, nil
}
