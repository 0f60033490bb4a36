package measure

import "context"

// baseline writes the records as a program would that has no ledger: straight
// through the driver, durable when a call returns.
type baseline interface {
	// version is the database's own.
	version(ctx context.Context) (string, error)
	// insert stores a batch of new records.
	insert(ctx context.Context, batch []gift) error
	// upsert stores a batch of records, new or not, where read finds them.
	upsert(ctx context.Context, batch []gift) error
	// read returns how many records of a village were upserted, having read
	// them all.
	read(ctx context.Context, unit string) (int, error)
	// empty forgets what was upserted.
	empty(ctx context.Context) error
	close(ctx context.Context) error
}
