package gate

import (
	"context"
	"io"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// AccessLog notes who is shown personal data.
type AccessLog struct {
	Accounts accounts.Accounts
	Now      func() time.Time
	Random   io.Reader
}

// Add enters that the caller is about to be shown records. It is called before
// the answer: what cannot be noted is not shown. No records stand for a whole
// ledger where a unit is named, unless the list is empty but not nil: then
// nothing was shown, and nothing is noted.
func (l *AccessLog) Add(ctx context.Context, operation string, unit ledger.UnitID, records []ledger.RecordID) error {
	return l.add(ctx, accounts.Access{Operation: operation, Unit: unit}, records)
}

// AddSensitive enters a reading like Add, and that the sensitive values of the
// records were shown too.
func (l *AccessLog) AddSensitive(ctx context.Context, operation string, unit ledger.UnitID, records []ledger.RecordID) error {
	return l.add(ctx, accounts.Access{Operation: operation, Unit: unit, Sensitive: true}, records)
}

func (l *AccessLog) add(ctx context.Context, entry accounts.Access, records []ledger.RecordID) error {
	if len(records) == 0 && (entry.Unit == "" || records != nil) {
		return nil
	}
	c := CallerOf(ctx)
	entry.At, entry.User, entry.Role, entry.Device = ledger.MillisOf(l.Now()), c.User.ID, c.User.Role, c.Device.ID
	return l.Accounts.LogAccess(ctx, l.Random, entry, records)
}
