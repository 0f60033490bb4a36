package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Verified is the result of checking one ledger.
type Verified struct {
	Unit   ledger.UnitID
	Head   ledger.Head    // of the last commit that is sound
	Damage *ledger.Damage // nil where the ledger is sound, as far as it was read
	Unread error          // why it was not read to its end; nil where it was
}

// VerifyAll checks every ledger that a database has, or that one of its units
// had, and reports each: its chain, and that it still reaches the head from
// which the lists were made. A chain alone looks whole where its end is cut
// off. This finds it until a server loads the ledger, and makes the lists again.
// A ledger that cannot be read keeps none of the others from being checked. The
// error says why some were not looked at.
func VerifyAll(ctx context.Context, b Backend, tell func(Verified)) error {
	units, err := b.Ledgers(ctx)
	if err != nil {
		return fmt.Errorf("list the ledgers: %w", err)
	}
	known, err := NewTable[struct{}](b, "units").All(ctx)
	if err != nil {
		return fmt.Errorf("list the units: %w", err)
	}
	for _, u := range known {
		units = append(units, ledger.UnitID(u.ID))
	}
	slices.Sort(units)
	for _, unit := range slices.Compact(units) {
		v, err := VerifyUnit(ctx, b, unit)
		if err != nil && ctx.Err() != nil {
			return err
		}
		v.Unit, v.Unread = unit, err
		if v.Head.Seq > 0 || v.Damage != nil || v.Unread != nil {
			tell(v)
		}
	}
	return nil
}

// VerifyUnit checks one ledger as [VerifyAll] does. It reads the projected head
// before the chain: what is committed meanwhile is then no damage.
func VerifyUnit(ctx context.Context, b Backend, unit ledger.UnitID) (Verified, error) {
	projected, err := b.Projected(ctx, unit)
	if err != nil {
		return Verified{}, fmt.Errorf("verify %s: %w", unit, err)
	}
	chain, err := Verify(ctx, b, unit)
	v := Verified{Unit: unit, Head: chain.Head()}
	if errors.As(err, &v.Damage) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Damage, err = checkReach(ctx, b, v, projected)
	return v, err
}

// checkReach checks a sound chain against the head from which the lists were made.
func checkReach(ctx context.Context, b Backend, v Verified, projected ledger.Head) (*ledger.Damage, error) {
	switch {
	case projected.Seq == 0:
		return nil, nil
	case projected.Seq > v.Head.Seq:
		head, err := b.Head(ctx, v.Unit)
		if err != nil {
			return nil, err
		}
		if head.Seq > v.Head.Seq {
			return nil, fmt.Errorf("verify %s: %w", v.Unit, olderThan(head.Seq, v.Head.Seq))
		}
		what := fmt.Sprintf("missing; the ledger ends at %d, its lists were made from it up to %d", v.Head.Seq, projected.Seq)
		return &ledger.Damage{Unit: v.Unit, Seq: v.Head.Seq + 1, What: what}, nil
	}
	commits, err := b.Commits(ctx, v.Unit, projected.Seq-1, 1)
	if err != nil || len(commits) == 0 {
		return nil, err // An empty page: cut off this very moment, and found by the next look.
	}
	if c := commits[0]; c.Hash != projected.Hash || c.Log != projected.Log {
		what := fmt.Sprintf("is another than the lists were made from: their hash is %s of log %q", projected.Hash, projected.Log)
		return &ledger.Damage{Unit: v.Unit, Seq: projected.Seq, What: what}, nil
	}
	return nil, nil
}

// Verify checks a ledger's chain from its first commit. The error is a
// *[ledger.Damage], or of the backend.
func Verify(ctx context.Context, log Log, id ledger.UnitID) (*ledger.Verifier, error) {
	v := ledger.NewVerifier(id)
	for {
		commits, err := log.Commits(ctx, id, v.Head().Seq, 256)
		if errors.Is(err, ledger.ErrMalformed) || errors.Is(err, ErrHole) {
			return v, &ledger.Damage{Unit: id, Seq: v.Head().Seq + 1, What: err.Error()}
		}
		if err != nil {
			return v, fmt.Errorf("verify %s: %w", id, err)
		}
		if len(commits) == 0 {
			return v, nil
		}
		for _, c := range commits {
			if err := v.Check(c); err != nil {
				return v, err
			}
		}
	}
}
