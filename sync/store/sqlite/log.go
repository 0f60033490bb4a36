package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Head implements [store.Log].
func (db *commitLog) Head(ctx context.Context, unit ledger.UnitID) (ledger.Head, error) {
	head, err := scanHead(db.r.head.QueryRowContext(ctx, string(unit)))
	if err != nil {
		return ledger.Head{}, fmt.Errorf("head of %s: %w", unit, err)
	}
	return head, nil
}

// scanHead reads seq, log and hash; no row is the zero head.
func scanHead(row *sql.Row) (ledger.Head, error) {
	var head ledger.Head
	var hash []byte
	switch err := row.Scan(&head.Seq, &head.Log, &hash); {
	case errors.Is(err, sql.ErrNoRows):
		return ledger.Head{}, nil
	case err != nil:
		return ledger.Head{}, err
	case len(hash) != len(head.Hash):
		return ledger.Head{}, fmt.Errorf("%w: a hash of %d bytes", ledger.ErrMalformed, len(hash))
	}
	copy(head.Hash[:], hash)
	return head, nil
}

// Commits implements [store.Log].
func (db *commitLog) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	list, err := db.commitsAfter(ctx, unit, after, limit)
	if err != nil {
		return nil, fmt.Errorf("commits after %s: %w", ledger.CommitID(unit, after), err)
	}
	return list, nil
}

func (db *commitLog) commitsAfter(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) ([]*ledger.Commit, error) {
	rows, err := db.r.commits.QueryContext(ctx, string(unit), int64(after), max(limit, 0))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []*ledger.Commit
	var body sql.RawBytes
	for size := 0; rows.Next(); {
		var seq ledger.Seq
		if err := rows.Scan(&seq, &body); err != nil {
			return nil, err
		}
		want := after + ledger.Seq(len(list)) + 1
		size += len(body)
		if len(list) > 0 && (seq != want || size > store.MaxRead) {
			return list, nil
		}
		if seq != want {
			return nil, fmt.Errorf("%w: %s before %s", store.ErrHole, ledger.CommitID(unit, want), ledger.CommitID(unit, seq))
		}
		c, err := ledger.ParseCommit(body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ledger.CommitID(unit, seq), err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Redact implements [store.Log]. What it takes out is in neither the
// file nor its log afterwards.
func (db *commitLog) Redact(ctx context.Context, stored []byte, c *ledger.Commit) error {
	if err := db.redact(ctx, stored, c); err != nil {
		return fmt.Errorf("redact %s: %w", ledger.CommitID(c.Unit, c.Seq), err)
	}
	return db.emptyLog(ctx)
}

func (db *commitLog) redact(ctx context.Context, stored []byte, c *ledger.Commit) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var same bool
		err := tx.QueryRowContext(ctx, "SELECT body = ? FROM commits WHERE unit = ? AND seq = ? AND hash = ?",
			stored, string(c.Unit), int64(c.Seq), c.Hash[:]).Scan(&same)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return store.ErrNotFound
		case err != nil:
			return err
		case !same:
			return store.ErrVersion
		}
		_, err = tx.ExecContext(ctx, "UPDATE commits SET body = ? WHERE unit = ? AND seq = ?", c.AppendJSON(nil), string(c.Unit), int64(c.Seq))
		return err
	})
}

// emptyLog copies the write-ahead log into the file and empties it: it still
// has pages as they were before an erasure. A reader may keep it from that; then
// a later checkpoint writes over them.
func (db *connections) emptyLog(ctx context.Context) error {
	if _, err := db.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	return nil
}

// Ledgers implements [store.Log].
func (db *commitLog) Ledgers(ctx context.Context) ([]ledger.UnitID, error) {
	rows, err := db.r.ledgers.QueryContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("ledgers: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var units []ledger.UnitID
	for rows.Next() {
		var unit ledger.UnitID
		if err := rows.Scan(&unit); err != nil {
			return nil, fmt.Errorf("ledgers: %w", err)
		}
		units = append(units, unit)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ledgers: %w", err)
	}
	return units, nil
}
