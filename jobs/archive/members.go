package archive

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// membersOf returns the units that a unit's report is made of, in order: what
// lies in it, and what it or one of them took the place of. A report of 2024 to
// 2029 of a commune that was merged in 2025 is made of the communes before it
// too; one of 2019 to 2024 of the old commune, of that alone.
func membersOf(units []store.Unit, unit ledger.UnitID) []store.Unit {
	below, before := map[ledger.UnitID][]store.Unit{}, map[ledger.UnitID][]store.Unit{}
	var members []store.Unit
	for _, u := range units {
		below[u.Parent] = append(below[u.Parent], u)
		before[u.Successor] = append(before[u.Successor], u)
		if u.ID == unit {
			members = append(members, u)
		}
	}
	seen := map[ledger.UnitID]bool{unit: true}
	for i := 0; i < len(members); i++ {
		for _, u := range slices.Concat(below[members[i].ID], before[members[i].ID]) {
			if !seen[u.ID] {
				seen[u.ID] = true
				members = append(members, u)
			}
		}
	}
	slices.SortFunc(members, func(a, b store.Unit) int { return cmp.Compare(a.ID, b.ID) })
	return members
}

// fold folds the ledgers of a unit's report as far as they go.
func (c *compiler) fold(ctx context.Context, unit ledger.UnitID) ([]report.Member, error) {
	stored, err := c.units.All(ctx)
	if err != nil {
		return nil, err
	}
	units := make([]store.Unit, len(stored))
	for i := range stored {
		units[i] = stored[i].Value
	}
	units = membersOf(units, unit)
	if len(units) == 0 {
		return nil, fmt.Errorf("unit %s: %w", unit, store.ErrNotFound)
	}
	members := make([]report.Member, len(units))
	for i, u := range units {
		members[i] = report.Member{Unit: u.ID, Name: u.Name, Village: u.Level == store.Village, From: u.ValidFrom, To: u.ValidTo}
	}
	return members, eachMember(ctx, members, func(ctx context.Context, m *report.Member) (err error) {
		m.State, err = c.store.Fold(ctx, m.Unit, 0, ledger.RulesCurrent)
		return err
	})
}

// foldCited folds the ledgers that a report cites, up to its heads and by the
// rules that it was counted with. What its units were called, and when they
// were units, stands in it too: one that is renamed, merged or moved later
// changes no report.
func (c *compiler) foldCited(ctx context.Context, cited *report.Report) ([]report.Member, error) {
	members := make([]report.Member, len(cited.Heads))
	heads := map[ledger.UnitID]report.Head{}
	for i, h := range cited.Heads {
		members[i] = h.Member()
		heads[h.Unit] = h
	}
	return members, eachMember(ctx, members, func(ctx context.Context, m *report.Member) (err error) {
		m.State, err = c.foldHead(ctx, heads[m.Unit], cited.Rules)
		return err
	})
}

// foldHead folds a ledger up to a head, which must be its own.
func (c *compiler) foldHead(ctx context.Context, h report.Head, rules ledger.Rules) (*ledger.State, error) {
	if h.Seq == 0 {
		return ledger.NewState(h.Unit, rules)
	}
	s, err := c.store.Fold(ctx, h.Unit, h.Seq, rules)
	if err != nil {
		return nil, err
	}
	if head := s.Head(); head.Seq != h.Seq || head.Hash.String() != h.Hash {
		return nil, fmt.Errorf("%s at %d: %w", h.Unit, h.Seq, ErrOtherHistory)
	}
	return s, nil
}

// eachMember calls do for each member, as many at once as there are processors.
func eachMember(ctx context.Context, members []report.Member, do func(context.Context, *report.Member) error) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i := range members {
		work.Go(func() error { return do(ctx, &members[i]) })
	}
	return work.Wait()
}
