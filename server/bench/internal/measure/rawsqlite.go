package measure

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// rawSQLite is a file beside the server's, opened as the server opens its own:
// a write-ahead log, synchronous FULL, one connection that writes and a few that
// read.
type rawSQLite struct {
	writer, reader         *sql.DB
	inserts, upserts, find *sql.Stmt
}

func openRawSQLite(ctx context.Context, path string) (*rawSQLite, error) {
	_, _ = sqlite.Fdatasync(true)
	open := func(pragmas ...string) (*sql.DB, error) {
		query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
		return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}).String())
	}
	r := &rawSQLite{}
	var err1, err2 error
	r.writer, err1 = open("journal_mode(WAL)", "synchronous(FULL)", "cache_size(-8192)", "wal_autocheckpoint(4000)")
	r.reader, err2 = open("query_only(1)", "cache_size(-2048)")
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("open the baseline: %w", err)
	}
	r.writer.SetMaxOpenConns(1)
	r.reader.SetMaxOpenConns(4)
	r.reader.SetMaxIdleConns(4)
	if err := r.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open the baseline: %w", errors.Join(err, r.close(ctx)))
	}
	return r, nil
}

func (r *rawSQLite) prepare(ctx context.Context) error {
	var mode string
	var synchronous int
	err := errors.Join(
		r.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode),
		r.writer.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous))
	if err != nil || mode != "wal" || synchronous != 2 {
		return errors.Join(err, fmt.Errorf("journal mode %s, synchronous %d", mode, synchronous))
	}
	const columns = `(id TEXT NOT NULL PRIMARY KEY, unit TEXT NOT NULL, campaign TEXT NOT NULL, household TEXT NOT NULL,
		recipient TEXT NOT NULL, date TEXT NOT NULL, quantity INTEGER NOT NULL, value INTEGER NOT NULL, items TEXT NOT NULL) STRICT`
	for _, statement := range []string{
		"CREATE TABLE inserted " + columns, "CREATE TABLE upserted " + columns, "CREATE INDEX by_unit ON upserted (unit)",
	} {
		if _, err := r.writer.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	const values = ` VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	var err1, err2, err3 error
	r.inserts, err1 = r.writer.PrepareContext(ctx, "INSERT INTO inserted"+values)
	r.upserts, err2 = r.writer.PrepareContext(ctx, "INSERT INTO upserted"+values+` ON CONFLICT (id) DO UPDATE SET
		unit = excluded.unit, campaign = excluded.campaign, household = excluded.household, recipient = excluded.recipient,
		date = excluded.date, quantity = excluded.quantity, value = excluded.value, items = excluded.items`)
	r.find, err3 = r.reader.PrepareContext(ctx, "SELECT id, campaign, household, recipient, date, quantity, value, items FROM upserted WHERE unit = ?")
	return errors.Join(err1, err2, err3)
}

func (r *rawSQLite) version(ctx context.Context) (version string, err error) {
	err = r.reader.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
	return version, err
}

func (r *rawSQLite) insert(ctx context.Context, batch []gift) error {
	return r.put(ctx, r.inserts, batch)
}

func (r *rawSQLite) upsert(ctx context.Context, batch []gift) error {
	return r.put(ctx, r.upserts, batch)
}

func (r *rawSQLite) put(ctx context.Context, statement *sql.Stmt, batch []gift) error {
	tx, err := r.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// Statements that watch no context are the faster ones.
	inner := context.WithoutCancel(ctx)
	put := tx.StmtContext(inner, statement)
	for i := range batch {
		g := &batch[i]
		if _, err := put.ExecContext(inner, g.ID, g.Unit, g.Campaign.Unit+"/"+g.Campaign.Record, g.Household, g.Recipient, g.Date, g.Quantity, g.Value, g.Items); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (r *rawSQLite) read(ctx context.Context, unit string) (int, error) {
	rows, err := r.find.QueryContext(ctx, unit)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for ; rows.Next(); n++ {
		var g gift
		if err := rows.Scan(&g.ID, &g.Campaign.Record, &g.Household, &g.Recipient, &g.Date, &g.Quantity, &g.Value, &g.Items); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func (r *rawSQLite) empty(ctx context.Context) error {
	_, err := r.writer.ExecContext(ctx, "DELETE FROM upserted")
	return err
}

func (r *rawSQLite) close(context.Context) error {
	return errors.Join(r.reader.Close(), r.writer.Close())
}
