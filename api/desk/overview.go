package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// overview is an answer, and the rows that it shows.
type overview struct {
	answer contract.Overview
	shown  []store.Row
	at     time.Time
}

// overviews are what waits in units, who is at work in them, and what is due.
// Those of the last seconds are kept.
type overviews struct {
	store      *store.Store
	lists      *lists
	fund       *fund
	people     *people
	rejections *rejections
	directory  *accounts.Directory
	archive    *archive.Archive
	outbox     *outbox.Outbox
	reminders  *reminders.Reminders
	problems   func(context.Context, []ledger.UnitID, []store.Stored[outbox.Delivery]) ([]jobs.Problem, error)
	now        func() time.Time
	cache      *recentCache[*overview]
}

// GetOverview implements the operation getOverview.
func (s *overviews) GetOverview(ctx context.Context, request contract.GetOverviewRequestObject) (contract.GetOverviewResponseObject, error) {
	caller := gate.CallerOf(ctx)
	units, err := caller.Within(request.Params.Unit)
	if err != nil {
		return nil, err
	}
	units = slices.Sorted(slices.Values(units))
	// What staff may see depends on their role and reach alone. What the
	// overview's records name may lie outside units, in the rest of the reach.
	key := string(caller.User.Role) + "\n" + joinUnits(units) + "\n" + joinUnits(caller.Scope)
	v, err := s.cache.get(ctx, key, func() (*overview, error) { return s.make(ctx, units) })
	if err != nil {
		return nil, err
	}
	return contract.GetOverview200JSONResponse(v.answer), s.lists.logRows(ctx, "getOverview", reading{again: true}, v.shown)
}

func joinUnits(units []ledger.UnitID) string {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(string(u))
		b.WriteByte(' ')
	}
	return b.String()
}

func (s *overviews) make(ctx context.Context, units []ledger.UnitID) (*overview, error) {
	v := &overview{at: s.now(), answer: contract.Overview{
		Units: []contract.UnitOverview{}, Petitions: []contract.PetitionDue{}, Reports: []contract.ReportDue{}, Problems: []contract.ServerProblem{},
	}}
	v.answer.AsOf = ledger.MillisOf(v.at).Time()
	if len(units) == 0 {
		return v, nil
	}
	if err := s.store.Settle(ctx, units); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, *overview, []ledger.UnitID) error{
		s.addUnits, s.addPairs, s.people.add, s.addPetitions, s.addReports, s.addOffice,
	} {
		if err := part(ctx, v, units); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// unit returns the part of an overview about a unit, or nil.
func (v *overview) unit(id ledger.UnitID) *contract.UnitOverview {
	i, ok := slices.BinarySearchFunc(v.answer.Units, id, func(u contract.UnitOverview, id ledger.UnitID) int {
		return strings.Compare(string(u.Unit), string(id))
	})
	if !ok {
		return nil
	}
	return &v.answer.Units[i]
}

// addUnits counts the queues of each unit.
func (s *overviews) addUnits(ctx context.Context, v *overview, units []ledger.UnitID) error {
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return err
	}
	afterEnd, err := s.afterEnd(ctx, tree, units)
	if err != nil {
		return err
	}
	for _, id := range units {
		u, _ := tree.Unit(id)
		view := contract.UnitOverview{Unit: id, Name: u.Value.Name, People: []contract.PersonPresence{}}
		if view.Counts, err = s.count(ctx, id); err != nil {
			return err
		}
		view.Counts.AfterEnd = afterEnd[id]
		if view.Counts.Rejected, err = s.rejections.open(ctx, id); err != nil {
			return err
		}
		if view.FundVnd, err = s.fund.held(ctx, fundEntries([]ledger.UnitID{id})); err != nil {
			return err
		}
		v.answer.Units = append(v.answer.Units, view)
		addCounts(&v.answer.Counts, &view.Counts)
	}
	return nil
}

// addPairs counts the suspected pairs, for the people who decide them: those of the
// first [maxKeys] keys that rows share.
func (s *overviews) addPairs(ctx context.Context, v *overview, units []ledger.UnitID) error {
	caller := gate.CallerOf(ctx)
	if caller.User.Role != form.RoleReviewer {
		return nil
	}
	left := maxKeys
	for _, f := range form.All() {
		_, err := eachAlike(ctx, s.store.Backend(), units, f.Kind, "", &left, func(group *store.Alike) (bool, error) {
			items, _, err := pairsOf(caller, group)
			if err != nil {
				return false, err
			}
			v.answer.Counts.Duplicates += len(items)
			for j := range items {
				a, b := v.unit(items[j].A.Unit), v.unit(items[j].B.Unit)
				if a != nil {
					a.Counts.Duplicates++
				}
				if b != nil && b != a {
					b.Counts.Duplicates++
				}
			}
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
