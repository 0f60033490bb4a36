package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// checked is what the last check of all ledgers found, in its stored form. A
// ledger that was checked alone since then is in Single.
type checked struct {
	At      ledger.Millis                   `json:"at"`
	Ledgers int                             `json:"ledgers"`
	Damaged map[ledger.UnitID]string        `json:"damaged,omitempty"`
	Single  map[ledger.UnitID]ledger.Millis `json:"single,omitempty"`
}

const (
	checkID = "ledgers"

	// maxCheck is how long the check of one ledger may take.
	maxCheck = 2 * time.Minute
)

// verifyChains checks every ledger. Damage is a failure of the run, which names
// the commit, and so is a ledger that cannot be read. What was known of that stays.
func (f *Office) verifyChains(ctx context.Context) (string, error) {
	found := checked{At: ledger.MillisOf(f.clock.Now()), Damaged: map[ledger.UnitID]string{}}
	var errs []error
	var unread []ledger.UnitID
	err := store.VerifyAll(ctx, f.store.Backend(), func(v store.Verified) {
		if v.Unread != nil {
			errs, unread = append(errs, v.Unread), append(unread, v.Unit)
			return
		}
		found.Ledgers++
		if v.Damage != nil {
			errs = append(errs, v.Damage)
			found.Damaged[v.Unit] = v.Damage.Error()
			f.logDamage(ctx, v.Damage)
		}
	})
	if err == nil {
		err = f.changeChecked(ctx, func(last *checked) {
			for _, unit := range unread {
				if text, damaged := last.Damaged[unit]; damaged {
					found.Damaged[unit] = text
				}
			}
			*last = found
		})
		f.damaged.Store(int64(len(found.Damaged)))
	}
	made := fmt.Sprintf("%d ledgers, %d damaged", found.Ledgers, len(found.Damaged))
	if len(unread) > 0 {
		made += fmt.Sprintf(", %d not read", len(unread))
	}
	return made, errors.Join(append(errs, err)...)
}

func (f *Office) logDamage(ctx context.Context, damage *ledger.Damage) {
	f.log.ErrorContext(ctx, "a ledger is damaged: keep the database as it is, and compare it with a backup by \"server verify\"", "unit", damage.Unit, "error", damage)
}

// CheckLedger checks the ledger of one unit, and keeps what it found beside the
// last check of all. A server runs one such check at a time: a second one fails
// with [store.ErrBusy].
func (f *Office) CheckLedger(ctx context.Context, unit ledger.UnitID) (store.Verified, time.Time, error) {
	if !f.checking.TryLock() {
		return store.Verified{}, time.Time{}, fmt.Errorf("check the ledger of %s: another check is under way: %w", unit, store.ErrBusy)
	}
	defer f.checking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, maxCheck)
	defer cancel()
	now := f.clock.Now()
	v, err := store.VerifyUnit(ctx, f.store.Backend(), unit)
	if err != nil {
		return v, now, fmt.Errorf("check the ledger of %s: %w", unit, err)
	}
	if v.Damage != nil {
		f.logDamage(ctx, v.Damage)
	}
	err = f.changeChecked(ctx, func(last *checked) {
		if last.Single == nil {
			last.Single = map[ledger.UnitID]ledger.Millis{}
		}
		if last.Damaged == nil {
			last.Damaged = map[ledger.UnitID]string{}
		}
		last.Single[unit] = ledger.MillisOf(now)
		delete(last.Damaged, unit)
		if v.Damage != nil {
			last.Damaged[unit] = v.Damage.Error()
		}
	})
	return v, now, err
}

// CheckedAt is when the ledger of a unit was last checked, alone or with all
// others; zero where it never was.
func (f *Office) CheckedAt(ctx context.Context, unit ledger.UnitID) (time.Time, error) {
	last, err := f.checks.Get(ctx, checkID)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	at := max(last.Value.At, last.Value.Single[unit])
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return at.Time(), nil
}

// changeChecked stores what a check found.
func (f *Office) changeChecked(ctx context.Context, change func(last *checked)) error {
	var first checked
	change(&first)
	_, err := f.checks.Add(ctx, checkID, first)
	if errors.Is(err, store.ErrTaken) {
		_, err = f.checks.Update(ctx, checkID, func(last *checked) error {
			change(last)
			return nil
		})
	}
	return err
}
