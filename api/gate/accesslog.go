package gate

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// AccessLog notes who is shown personal data.
type AccessLog struct {
	Accounts accounts.Accounts
	Now      func() time.Time
	Location *time.Location // where a day begins
	Random   io.Reader

	mu    sync.Mutex
	day   string            // guarded by mu; the day of daily
	daily map[look]struct{} // guarded by mu; what AddDaily entered on that day
}

// look is what a device showed a person.
type look struct {
	user      ledger.UserID
	device    ledger.DeviceID
	operation string
	unit      ledger.UnitID
	record    ledger.RecordID
	sensitive bool
}

// maxDaily bounds what AddDaily remembers. Beyond it records are entered again.
const maxDaily = 200_000

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

// AddDaily enters a reading like Add or AddSensitive, and each record once a day
// for a person at a device: pages ask for some things by themselves, again and
// again, without anybody looking again. A server that was started since enters it
// once more.
func (l *AccessLog) AddDaily(ctx context.Context, operation string, unit ledger.UnitID, sensitive bool, records []ledger.RecordID) error {
	c := CallerOf(ctx)
	day := l.Now().In(l.Location).Format(time.DateOnly)
	lookAt := func(record ledger.RecordID) look {
		return look{c.User.ID, c.Device.ID, operation, unit, record, sensitive}
	}
	l.mu.Lock()
	if l.day != day || len(l.daily) > maxDaily {
		l.day, l.daily = day, map[look]struct{}{}
	}
	fresh := []ledger.RecordID{}
	for _, record := range records {
		if _, entered := l.daily[lookAt(record)]; !entered {
			fresh = append(fresh, record)
		}
	}
	l.mu.Unlock()
	if err := l.add(ctx, accounts.Access{Operation: operation, Unit: unit, Sensitive: sensitive}, fresh); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.day == day {
		for _, record := range fresh { // only what stands in the log
			l.daily[lookAt(record)] = struct{}{}
		}
	}
	return nil
}

func (l *AccessLog) add(ctx context.Context, entry accounts.Access, records []ledger.RecordID) error {
	if len(records) == 0 && (entry.Unit == "" || records != nil) {
		return nil
	}
	c := CallerOf(ctx)
	entry.At, entry.User, entry.Role, entry.Device = ledger.MillisOf(l.Now()), c.User.ID, c.User.Role, c.Device.ID
	return l.Accounts.LogAccess(ctx, l.Random, entry, records)
}
