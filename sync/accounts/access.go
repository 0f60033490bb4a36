package accounts

import (
	"context"
	"fmt"
	"io"

	"github.com/sothon/sothon/sync/ledger"
)

// Access is one look of staff at personal data (Luật 91/2025/QH15: access is
// limited and logged).
type Access struct {
	At        ledger.Millis   `json:"at"`
	User      ledger.UserID   `json:"user"`
	Role      ledger.Role     `json:"role"`
	Device    ledger.DeviceID `json:"device"`
	Operation string          `json:"operation"`
	Unit      ledger.UnitID   `json:"unit,omitempty"`
	Records   []string        `json:"records,omitempty"`
	Sensitive bool            `json:"sensitive,omitempty"` // sensitive values were asked for
}

// maxAccessRecords is how many records one entry of the access log names.
const maxAccessRecords = 200

// lastMillis is subtracted from: the ids of the access log fall with time, so
// that a list in their order begins with the latest.
const lastMillis = 999_999_999_999_999

// AccessBefore is less than the id of every entry of a moment and of all
// before it, and greater than the ids of all after it.
func AccessBefore(at ledger.Millis) string { return fmt.Sprintf("a_%015d", lastMillis-int64(at)) }

// LogAccess stores an entry: as several where it names more than
// maxAccessRecords records.
func (a Accounts) LogAccess(ctx context.Context, random io.Reader, entry Access, records []ledger.RecordID) error {
	for first := true; first || len(records) > 0; first = false {
		some := records[:min(len(records), maxAccessRecords)]
		records = records[len(some):]
		entry.Records = nil
		for _, id := range some {
			entry.Records = append(entry.Records, id.String())
		}
		id, err := NewID(random, AccessBefore(entry.At)+"_")
		if err != nil {
			return err
		}
		if _, err := a.Access.Add(ctx, id, entry); err != nil {
			return fmt.Errorf("log the access: %w", err)
		}
	}
	return nil
}
