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

// Note notes that the caller is about to be shown records. It is called before
// the answer: what cannot be noted is not shown. No records stand for a whole
// ledger where a unit is named, unless the list is empty but not nil: then
// nothing was shown, and nothing is noted.
func (l *AccessLog) Note(ctx context.Context, operation string, unit ledger.UnitID, records []ledger.RecordID) error {
	if len(records) == 0 && (unit == "" || records != nil) {
		return nil
	}
	c := CallerOf(ctx)
	return l.Accounts.LogAccess(ctx, l.Random, accounts.Access{
		At: ledger.MillisOf(l.Now()), User: c.User.ID, Role: c.User.Role, Device: c.Device.ID, Operation: operation, Unit: unit,
	}, records)
}
