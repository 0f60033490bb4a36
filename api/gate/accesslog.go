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
	return l.note(ctx, accounts.Access{Operation: operation, Unit: unit}, records)
}

// NoteSensitive notes a reading like Note, and that the sensitive values of the
// records were shown too.
func (l *AccessLog) NoteSensitive(ctx context.Context, operation string, unit ledger.UnitID, records []ledger.RecordID) error {
	return l.note(ctx, accounts.Access{Operation: operation, Unit: unit, Sensitive: true}, records)
}

func (l *AccessLog) note(ctx context.Context, entry accounts.Access, records []ledger.RecordID) error {
	if len(records) == 0 && (entry.Unit == "" || records != nil) {
		return nil
	}
	c := CallerOf(ctx)
	entry.At, entry.User, entry.Role, entry.Device = ledger.MillisOf(l.Now()), c.User.ID, c.User.Role, c.Device.ID
	return l.Accounts.LogAccess(ctx, l.Random, entry, records)
}
