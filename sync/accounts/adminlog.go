package accounts

import (
	"context"
	"fmt"
	"io"

	"github.com/sothon/sothon/sync/ledger"
)

// Change is one change that an admin made.
type Change struct {
	At        ledger.Millis   `json:"at"`
	User      ledger.UserID   `json:"user"`
	Operation string          `json:"operation"`
	Target    string          `json:"target"`
	Name      string          `json:"name,omitempty"`  // what the target was called
	Units     []ledger.UnitID `json:"units,omitempty"` // whose admins may see it; none: admins of everything
	Fields    map[string]Diff `json:"fields"`
}

// Diff is what a field was and is, as text; nil where there was nothing.
type Diff struct {
	From *string `json:"from,omitempty"`
	To   *string `json:"to,omitempty"`
}

// LogChange stores an entry. Their ids fall with time.
func (a Accounts) LogChange(ctx context.Context, random io.Reader, c Change) error {
	id, err := NewID(random, fmt.Sprintf("g_%015d_", lastMillis-int64(c.At)))
	if err != nil {
		return err
	}
	if _, err := a.Changes.Add(ctx, id, c); err != nil {
		return fmt.Errorf("log the change: %w", err)
	}
	return nil
}
