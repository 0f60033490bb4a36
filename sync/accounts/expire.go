package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// expiredFor is how long a session is kept after it has ended, for those
// who ask what became of it.
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
	err = table.Each(ctx, "", func(s *store.Stored[T]) error {
		if !over(&s.Value) {
			return nil
		}
		if err := table.Delete(ctx, s.ID); err != nil {
			return err
		}
		removed++
		return nil
	})
	return removed, err
}

// maxLeap is how far an end may lie too far away: a server's clock that is
// further behind than this has leapt, and Correct is not called by it (package
// schedule).
const maxLeap = 7 * 24 * time.Hour

// Correct gives sessions, enrolment codes and units that are being left, which a
// wrong clock made for a time far ahead, the longest time that they can still have.
func (a Accounts) Correct(ctx context.Context, now time.Time) error {
	err := correct(ctx, a.Sessions, func(s *Session) bool {
		s.Created = min(s.Created, ledger.MillisOf(now))
		return bound(&s.Expires, now, refreshLife)
	})
	if err != nil {
		return err
	}
	err = correct(ctx, a.Enrolments, func(e *Enrolment) bool { return bound(&e.Expires, now, enrolmentLife) })
	if err != nil {
		return err
	}
	return correct(ctx, a.Users, func(u *User) (changed bool) {
		for i := range u.Former {
			changed = bound(&u.Former[i].Until, now, formerUnitLife) || changed
		}
		return changed
	})
}

// bound moves an end that lies further away than a life lasts, and reports whether
// it did.
func bound(end *ledger.Millis, now time.Time, life time.Duration) bool {
	if end.Time().Sub(now) <= life+maxLeap {
		return false
	}
	*end = ledger.MillisOf(now.Add(life))
	return true
}

// correct stores the documents of a table that change. One that somebody else
// changes meanwhile is left to the next time.
func correct[T any](ctx context.Context, table store.Table[T], change func(*T) bool) error {
	return table.Each(ctx, "", func(s *store.Stored[T]) error {
		if !change(&s.Value) {
			return nil
		}
		_, err := table.Replace(ctx, *s)
		if errors.Is(err, store.ErrVersion) || errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
}
