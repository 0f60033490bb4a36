package desk

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
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

// Overviews keeps the overviews of the last seconds, and lets one at a time be
// made: each asks the database several questions for each unit.
type Overviews struct {
	now    func() time.Time
	making chan struct{} // holds one element while one is made

	mu   sync.Mutex
	kept map[string]*overview // guarded by mu
}

const (
	overviewLife = 2 * time.Second
	maxOverviews = 64
)

// NewOverviews returns an empty cache.
func NewOverviews(now func() time.Time) *Overviews {
	return &Overviews{now: now, making: make(chan struct{}, 1), kept: map[string]*overview{}}
}

// get returns the overview of a key, made by make where there is none that is
// fresh.
func (o *Overviews) get(ctx context.Context, key string, make func() (*overview, error)) (*overview, error) {
	if v := o.fresh(key); v != nil {
		return v, nil
	}
	select {
	case o.making <- struct{}{}:
		defer func() { <-o.making }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if v := o.fresh(key); v != nil { // made while this one waited
		return v, nil
	}
	v, err := make()
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) >= maxOverviews {
		clear(o.kept)
	}
	o.kept[key] = v
	return v, nil
}

func (o *Overviews) fresh(key string) *overview {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := o.kept[key]
	if v == nil {
		return nil
	}
	if age := o.now().Sub(v.at); age < 0 || age >= overviewLife {
		return nil
	}
	return v
}

// GetOverview implements the operation getOverview.
func (s *Desk) GetOverview(ctx context.Context, request contract.GetOverviewRequestObject) (contract.GetOverviewResponseObject, error) {
	caller := gate.CallerOf(ctx)
	units, err := caller.Within(request.Params.Unit)
	if err != nil {
		return nil, err
	}
	units = slices.Sorted(slices.Values(units))
	// What staff may see depends on their role and reach alone. What the
	// overview's records name may lie outside units, in the rest of the reach.
	key := string(caller.User.Role) + "\n" + joined(units) + "\n" + joined(caller.Scope)
	v, err := s.Overviews.get(ctx, key, func() (*overview, error) { return s.makeOverview(ctx, units) })
	if err != nil {
		return nil, err
	}
	return contract.GetOverview200JSONResponse(v.answer), s.logRows(ctx, "getOverview", false, v.shown)
}

func joined(units []ledger.UnitID) string {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(string(u))
		b.WriteByte(' ')
	}
	return b.String()
}

func (s *Desk) makeOverview(ctx context.Context, units []ledger.UnitID) (*overview, error) {
	v := &overview{at: s.Now(), answer: contract.Overview{
		Units: []contract.UnitOverview{}, Petitions: []contract.PetitionDue{}, Reports: []contract.ReportDue{}, Problems: []contract.ServerProblem{},
	}}
	v.answer.AsOf = ledger.MillisOf(v.at).Time()
	if len(units) == 0 {
		return v, nil
	}
	if err := s.Store.Settle(ctx, units); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, *overview, []ledger.UnitID) error{
		s.overviewUnits, s.overviewPairs, s.overviewPeople, s.overviewPetitions, s.overviewReports, s.overviewDeliveries, s.overviewProblems,
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

// overviewUnits counts the queues of each unit.
func (s *Desk) overviewUnits(ctx context.Context, v *overview, units []ledger.UnitID) error {
	tree, err := s.Directory.Tree(ctx)
	if err != nil {
		return err
	}
	for _, id := range units {
		u, _ := tree.Unit(id)
		view := contract.UnitOverview{Unit: id, Name: u.Value.Name, People: []contract.PersonPresence{}}
		if view.Counts, err = s.queues(ctx, id); err != nil {
			return err
		}
		if view.Counts.AfterEnd, err = s.afterEnd(ctx, &u.Value); err != nil {
			return err
		}
		if view.Counts.Rejected, err = s.rejected(ctx, id); err != nil {
			return err
		}
		if view.FundVnd, err = s.fundOf(ctx, id); err != nil {
			return err
		}
		v.answer.Units = append(v.answer.Units, view)
		addCounts(&v.answer.Counts, &view.Counts)
	}
	return nil
}

// overviewPairs counts the suspected pairs, for the people who decide them.
func (s *Desk) overviewPairs(ctx context.Context, v *overview, units []ledger.UnitID) error {
	caller := gate.CallerOf(ctx)
	if caller.User.Role != form.RoleReviewer {
		return nil
	}
	for _, f := range form.All() {
		const keys = 50
		groups, err := s.Store.Backend().Alike(ctx, units, f.Kind, "", keys)
		if err != nil {
			return err
		}
		for i := range groups {
			items, _, err := pairsOf(caller, &groups[i])
			if err != nil {
				return err
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
		}
	}
	return nil
}
