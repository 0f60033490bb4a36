package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// insertion is one commit on its way into the file.
type insertion struct {
	unit ledger.UnitID
	seq  ledger.Seq
	log  ledger.LogID
	hash []byte
	body []byte
}

// maxTogether bounds the commits of one transaction.
const maxTogether = 64

// Insert implements [store.Log]. Where ctx ends first the outcome of the
// commit is unknown.
//
// Commits that wait for the one connection that writes go into the file with
// one transaction, and so one sync of the disk.
func (db *commitLog) Insert(ctx context.Context, c *ledger.Commit) error {
	err := db.inserts.Do(ctx, insertion{unit: c.Unit, seq: c.Seq, log: c.Log, hash: c.Hash[:], body: c.AppendJSON(nil)})
	if err != nil {
		return fmt.Errorf("insert %s: %w", ledger.CommitID(c.Unit, c.Seq), err)
	}
	return nil
}

// insertTogether writes commits in one transaction. A place that is taken is
// left as it is, and keeps none of the others out.
func (db *commitLog) insertTogether(ctx context.Context, group []insertion) []error {
	ctx = context.WithoutCancel(ctx) // SQLite's busy timeout bounds it, and statements that watch no context are the faster ones
	errs := make([]error, len(group))
	err := db.write(ctx, func(tx *sql.Tx) error {
		insert := tx.StmtContext(ctx, db.w.insert)
		for at, i := range group {
			result, err := insert.ExecContext(ctx, string(i.unit), int64(i.seq), string(i.log), i.hash, i.body)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			if n == 0 {
				errs[at] = store.ErrTaken
			}
		}
		return nil
	})
	if err != nil {
		err = refusal(err)
		for at := range errs {
			errs[at] = err
		}
	}
	return errs
}
