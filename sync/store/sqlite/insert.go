package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// inserts are the commits that wait for the one connection that writes. Those
// of several units go into the file with one transaction, and so one sync of
// the disk, which costs more than all else about them.
type inserts struct {
	mu      sync.Mutex
	waiting []*insertion // guarded by mu
	busy    bool         // guarded by mu: a goroutine writes them
}

// insertion is one commit on its way into the file.
type insertion struct {
	unit ledger.UnitID
	seq  ledger.Seq
	log  ledger.LogID
	hash []byte
	body []byte
	done chan struct{} // closed when err is known
	err  error
}

// maxTogether bounds the commits of one transaction.
const maxTogether = 64

// Insert implements [store.Log]. Where ctx ends first it is not known what
// became of the commit.
func (db *DB) Insert(ctx context.Context, c *ledger.Commit) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("insert %s: %w", ledger.CommitID(c.Unit, c.Seq), err)
	}
	i := &insertion{unit: c.Unit, seq: c.Seq, log: c.Log, hash: c.Hash[:], body: c.AppendJSON(nil), done: make(chan struct{})}
	db.inserts.mu.Lock()
	db.inserts.waiting = append(db.inserts.waiting, i)
	first := !db.inserts.busy
	db.inserts.busy = true
	db.inserts.mu.Unlock()
	if first {
		go db.insertWaiting()
	}
	var err error
	select {
	case <-i.done:
		err = i.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("insert %s: %w", ledger.CommitID(c.Unit, c.Seq), err)
	}
	return nil
}

// insertWaiting writes what waits, and what comes meanwhile, until nothing
// does.
func (db *DB) insertWaiting() {
	for {
		db.inserts.mu.Lock()
		n := min(len(db.inserts.waiting), maxTogether)
		group := db.inserts.waiting[:n:n]
		db.inserts.waiting = db.inserts.waiting[n:]
		db.inserts.busy = n > 0
		db.inserts.mu.Unlock()
		if n == 0 {
			return
		}
		db.insertTogether(group)
	}
}

// insertTogether writes commits in one transaction. A place that is taken is
// left as it is, and keeps none of the others out.
func (db *DB) insertTogether(group []*insertion) {
	// Nobody's own patience bounds what others wait for too; SQLite's does.
	ctx := context.Background()
	taken := make([]bool, len(group))
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
			taken[at] = n == 0
		}
		return nil
	})
	for at, i := range group {
		switch {
		case err != nil:
			i.err = refusal(err)
		case taken[at]:
			i.err = store.ErrTaken
		}
		close(i.done)
	}
}
