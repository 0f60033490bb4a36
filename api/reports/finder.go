package reports

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// finder finds the reports that a caller may see, and shows them.
type finder struct {
	archive *archive.Archive
	outbox  *outbox.Outbox
}

// storedReport is a report with the version that it was read at.
type storedReport = store.Stored[archive.Report]

// find returns a report within the caller's reach; to a superior one that was
// delivered to them. An approval that was cut off is finished first.
func (s *finder) find(ctx context.Context, id string) (storedReport, error) {
	c := gate.CallerOf(ctx)
	r, err := s.archive.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if !c.Reaches(r.Value.Unit) {
		received, err := s.hasReceived(ctx, c, id)
		if err == nil && !received {
			err = problem.ErrNotFound
		}
		return r, err
	}
	if r.Value.State != archive.Signing {
		return r, nil
	}
	settled, err := s.archive.Approvals.Settle(ctx, r)
	switch {
	case errors.Is(err, archive.ErrPending):
		return r, nil // it is shown as it is
	case errors.Is(err, store.ErrVersion):
		return s.archive.Get(ctx, id) // somebody else was faster
	}
	return settled, err
}

// hasReceived reports whether a report was delivered to a superior.
func (s *finder) hasReceived(ctx context.Context, c *gate.Caller, id string) (bool, error) {
	if c.User.Role != form.RoleSuperior {
		return false, nil
	}
	deliveries, err := s.deliveredTo(ctx, c, id)
	return len(deliveries) > 0, err
}

// deliveredTo returns the deliveries of a report to a superior that have gone
// out.
func (s *finder) deliveredTo(ctx context.Context, c *gate.Caller, id string) ([]store.Stored[outbox.Delivery], error) {
	deliveries, err := s.outbox.Of(ctx, id)
	return slices.DeleteFunc(deliveries, func(d store.Stored[outbox.Delivery]) bool {
		return !c.Receives(d.Value.To.To) || !delivered(&d.Value)
	}), err
}

// arrived shows when the first of a report's deliveries to a superior was said
// to have arrived.
func arrived(deliveries []store.Stored[outbox.Delivery]) contract.Arrival {
	var first *outbox.Acknowledgement
	for i := range deliveries {
		if a := deliveries[i].Value.Arrived; a != nil && (first == nil || a.At < first.At) {
			first = a
		}
	}
	return arrivalView(first)
}

// delivered reports whether a delivery has gone out, also if it is on its way
// once more.
func delivered(d *outbox.Delivery) bool {
	return d.State == outbox.Sent || d.State == outbox.Acknowledged ||
		slices.ContainsFunc(d.Attempts, func(a outbox.Attempt) bool { return a.Outcome == "sent" })
}

// received returns the reports that were delivered to a superior, and their
// deliveries. A unit that none of them is of is answered as if it did not
// exist.
func (s *finder) received(ctx context.Context, c *gate.Caller, units []ledger.UnitID) ([]storedReport, map[string][]store.Stored[outbox.Delivery], error) {
	deliveries, err := s.outbox.ToUnits(ctx, c.Home)
	if err != nil {
		return nil, nil, err
	}
	of := map[ledger.UnitID]bool{}
	ways := map[string][]store.Stored[outbox.Delivery]{}
	for _, d := range deliveries {
		if delivered(&d.Value) {
			of[d.Value.Unit] = true
			if len(units) == 0 || slices.Contains(units, d.Value.Unit) {
				ways[d.Value.Report] = append(ways[d.Value.Report], d)
			}
		}
	}
	if slices.ContainsFunc(units, func(unit ledger.UnitID) bool { return !of[unit] }) {
		return nil, nil, problem.ErrNotFound
	}
	var list []storedReport
	for _, id := range slices.Sorted(maps.Keys(ways)) {
		r, err := s.archive.Get(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, r)
	}
	return list, ways, nil
}
