package store

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
)

// commitsUpTo reads commits after a seq of a ledger that is known to have all
// up to through. Where none of those is seen, the read was an old one, and
// nothing may be concluded from what it lacks: the error is [ErrOlder].
func commitsUpTo(ctx context.Context, log Log, id ledger.UnitID, after, through ledger.Seq, limit int) ([]*ledger.Commit, error) {
	commits, err := log.Commits(ctx, id, after, limit)
	if err == nil && len(commits) == 0 && after < through {
		err = olderThan(through, after)
	}
	return commits, err
}

// olderThan says that commits were read that end before those which are known
// to be there.
func olderThan(through, end ledger.Seq) error {
	return fmt.Errorf("%w: its head is %d, and its commits end at %d", ErrOlder, through, end)
}
