package jobs

import (
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
	slices.SortFunc(members, func(a, b store.Unit) int {
		switch {
		case a.ID < b.ID:
			return -1
		case a.ID > b.ID:
			return 1
		}
		return 0
	})
	return members
}

// fold folds the ledgers of a unit's report: up to the heads that are cited, or
// as far as they go where none are.
func (f *Office) fold(ctx context.Context, unit ledger.UnitID, cited []report.Head) ([]report.Member, error) {
	stored, err := f.accounts.Units.All(ctx)
	if err != nil {
		return nil, err
	}
	units := make([]store.Unit, len(stored))
	for i := range stored {
		units[i] = stored[i].Value
	}
	units = membersOf(units, unit)
	if cited != nil {
		// Units that were made or joined later are not part of it.
		units = slices.DeleteFunc(units, func(u store.Unit) bool {
			return !slices.ContainsFunc(cited, func(h report.Head) bool { return h.Unit == u.ID })
		})
	}
	if len(units) == 0 {
		return nil, fmt.Errorf("unit %s: %w", unit, store.ErrNotFound)
	}
	members := make([]report.Member, len(units))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, u := range units {
		members[i] = report.Member{Unit: u.ID, Name: u.Name, Village: u.Level == store.Village, From: u.ValidFrom, To: u.ValidTo}
		work.Go(func() error {
			var err error
			members[i].State, err = f.foldOne(ctx, u.ID, cited)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	if cited != nil && len(members) != len(cited) {
		return nil, ErrOtherHistory
	}
	return members, nil
}

func (f *Office) foldOne(ctx context.Context, unit ledger.UnitID, cited []report.Head) (*ledger.State, error) {
	if cited == nil {
		return f.store.Fold(ctx, unit, 0)
	}
	i := slices.IndexFunc(cited, func(h report.Head) bool { return h.Unit == unit })
	if cited[i].Seq == 0 {
		return ledger.NewState(unit, ledger.RulesCurrent)
	}
	s, err := f.store.Fold(ctx, unit, cited[i].Seq)
	if err != nil {
		return nil, err
	}
	if head := s.Head(); head.Seq != cited[i].Seq || head.Hash.String() != cited[i].Hash {
		return nil, fmt.Errorf("%s at %d: %w", unit, cited[i].Seq, ErrOtherHistory)
	}
	return s, nil
}
