package archive

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// members are the units of a unit's report, without their ledgers.
func (c *compiler) members(ctx context.Context, unit ledger.UnitID) ([]report.Member, error) {
	stored, err := c.units.All(ctx)
	if err != nil {
		return nil, err
	}
	units := accounts.NewTree(stored).Members(unit)
	if len(units) == 0 {
		return nil, fmt.Errorf("unit %s: %w", unit, store.ErrNotFound)
	}
	members := make([]report.Member, len(units))
	for i, u := range units {
		members[i] = report.Member{Unit: u.ID, Name: u.Name, Kind: u.Kind, Village: u.Level == accounts.Village, From: u.ValidFrom, To: u.ValidTo}
	}
	return members, nil
}

// fold folds the ledgers of a unit's report as far as they go.
func (c *compiler) fold(ctx context.Context, unit ledger.UnitID) ([]report.Member, error) {
	members, err := c.members(ctx, unit)
	if err != nil {
		return nil, err
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
func (c *compiler) foldCited(ctx context.Context, cited *report.Content) ([]report.Member, error) {
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
