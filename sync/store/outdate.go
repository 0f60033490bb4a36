package store

import (
	"context"
	"errors"

	"github.com/sothon/sothon/sync/ledger"
)

// rowsVersion grows when the same record gives another row: when forms search,
// sort or compare by something else, or the tables of golang.org/x/text change;
// and when streams are stored otherwise.
const rowsVersion = 7

// projectedBy says what made the projections in a database.
type projectedBy struct {
	Rows  int          `json:"rows"`
	Rules ledger.Rules `json:"rules"`
}

const versionsID = "projections"

// outdated reports whether the rows in the database were made by another
// version of the program. An empty database is not.
func outdated(ctx context.Context, d Documents) (bool, error) {
	was, err := NewTable[projectedBy](d, "versions").Get(ctx, versionsID)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return err == nil && was.Value != projectedBy{rowsVersion, ledger.RulesCurrent}, err
}

// noteVersion notes that this version of the program made the rows. Cut off
// before that, they are made again at the next start.
func noteVersion(ctx context.Context, d Documents) error {
	table := NewTable[projectedBy](d, "versions")
	now := projectedBy{rowsVersion, ledger.RulesCurrent}
	was, err := table.Get(ctx, versionsID)
	switch {
	case errors.Is(err, ErrNotFound):
		_, err = table.Add(ctx, versionsID, now)
	case err == nil && was.Value != now:
		was.Value = now
		_, err = table.Replace(ctx, was)
	}
	if errors.Is(err, ErrTaken) || errors.Is(err, ErrVersion) {
		return nil // another server was first
	}
	return err
}
