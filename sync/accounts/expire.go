package accounts

import (
	"context"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// expiredFor is how long a session is kept after it has ended, for who asks
// what became of it.
const expiredFor = 30 * 24 * time.Hour

// Expire removes sessions and enrolment codes that ended long ago, and counts
// them.
func (a Accounts) Expire(ctx context.Context, now time.Time) (sessions, codes int, err error) {
	before := ledger.MillisOf(now.Add(-expiredFor))
	sessions, err = removeIf(ctx, a.Sessions, func(s *Session) bool { return s.Expires < before })
	if err != nil {
		return sessions, 0, err
	}
	codes, err = removeIf(ctx, a.Enrolments, func(e *Enrolment) bool { return e.Expires < before })
	return sessions, codes, err
}

// removeIf deletes the documents of a table that are over, and counts them.
func removeIf[T any](ctx context.Context, table store.Table[T], over func(*T) bool) (removed int, err error) {
	for after := ""; ; {
		const page = 500
		list, err := table.List(ctx, "", after, page)
		if err != nil {
			return removed, err
		}
		for i := range list {
			after = list[i].ID
			if over(&list[i].Value) {
				if err := table.Delete(ctx, after); err != nil {
					return removed, err
				}
				removed++
			}
		}
		if len(list) < page {
			return removed, nil
		}
	}
}
