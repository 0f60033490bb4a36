// Package sqlite keeps everything in one SQLite file: what a commune needs.
//
// One connection writes, so that writers of this process queue in Go rather
// than at the file's lock; a few others read, which a write-ahead log lets
// them do meanwhile. Other processes may have the same file open.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sothon/sothon/sync/store"
)

// DB is a database file. Each of its parts implements one of the interfaces of
// [store.Backend].
type DB struct {
	*connections
	*commitLog
	*projections
	*documents
	*pieces
}

// connections are those to one file.
type connections struct {
	writer *sql.DB // Invariant: one connection, and so one transaction
	reader *sql.DB
	w      writes
	r      reads
}

type (
	commitLog struct {
		*connections
		inserts store.Batcher[insertion]
	}
	projections struct{ *connections }
	documents   struct{ *connections }
	pieces      struct{ *connections }
)

var _ store.Backend = (*DB)(nil)

const (
	readers = 4

	// busyTimeout is how long a writer waits for one in another process.
	busyTimeout = 10 * time.Second
)

// Open opens the database in a file, which it creates with its folder where
// it is not there, readable by its owner only.
func Open(ctx context.Context, path string) (*DB, error) {
	c := &connections{}
	db := &DB{c, &commitLog{connections: c}, &projections{c}, &documents{c}, &pieces{c}}
	db.inserts = store.Batcher[insertion]{Write: db.insertTogether, Most: maxTogether, AtOnce: 1}
	if err := db.open(ctx, path); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return db, nil
}

func (db *connections) open(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := prepareFile(path); err != nil {
		return err
	}
	// SQLite's own build for Linux syncs by fdatasync; this one has to be set up.
	// Where there is none, nothing changes.
	_, _ = sqlite.Fdatasync(true)

	// secure_delete: what an update or an erasure takes out of a page is
	// overwritten there, also where the page is no longer used: an erasure comes
	// long after the row was last changed.
	//
	// wal_autocheckpoint: the log grows to 16 MB before it is copied into the
	// file, for lists change the same pages of their indexes again and again. The
	// system caches the file anyway, so that the connections need little.
	db.writer, err = sql.Open("sqlite",
		source(path, "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "cache_size(-4096)", "wal_autocheckpoint(4000)")+"&_txlock=immediate")
	if err != nil {
		return err
	}
	db.writer.SetMaxOpenConns(1)
	if err := connect(ctx, db.writer); err != nil {
		return err
	}
	if err := migrate(ctx, db.writer); err != nil {
		return err
	}
	if db.reader, err = sql.Open("sqlite", source(path, "query_only(1)", "cache_size(-1024)")); err != nil {
		return err
	}
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	return db.prepare(ctx)
}

// prepareFile makes the file private before there is anything in it; SQLite
// gives its companions the same mode. A file that is there is not opened: to
// close it again, other than through SQLite, would drop every lock that this
// process has on it.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return os.Chmod(path, 0o600)
	}
	return nil
}

func source(path string, pragmas ...string) string {
	file := filepath.ToSlash(path)
	if !strings.HasPrefix(file, "/") {
		file = "/" + file // C:/… on Windows
	}
	values := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_pragma":       pragmas,
	}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: values.Encode()}).String()
}

// connect makes the first connection. Switching a file to a write-ahead log
// needs it alone, and SQLite does not wait for that, so this does.
func connect(ctx context.Context, db *sql.DB) error {
	const pause = 50 * time.Millisecond
	for range busyTimeout / pause {
		err := db.PingContext(ctx)
		if !isCode(err, sqlite3.SQLITE_BUSY) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return db.PingContext(ctx)
}

// Ping implements [store.Backend].
func (db *connections) Ping(ctx context.Context) error {
	var one int
	if err := db.reader.QueryRowContext(ctx, "SELECT 1 FROM sqlite_schema LIMIT 1").Scan(&one); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

// Close implements [store.Backend].
func (db *connections) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.reader, db.writer} { // the last one out folds the log into the file
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// write runs do in one transaction, which holds the file's write lock from
// its beginning.
func (db *connections) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	return unavailable(within(ctx, db.writer, do))
}

// read runs do in one transaction, so that it sees one state of the file.
func (db *connections) read(ctx context.Context, do func(tx *sql.Tx) error) error {
	return within(ctx, db.reader, do)
}

func within(ctx context.Context, pool *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback()
		if ctx.Err() != nil {
			return ctx.Err() // rather than that the transaction was done
		}
		return err
	}
	return tx.Commit()
}

// isCode compares the primary code, or the extended one where want has one.
func isCode(err error, want int) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == want || e.Code()&0xff == want)
}

// refusal is why a write was refused, in the contract's words.
func refusal(err error) error {
	if isTaken(err) {
		return store.ErrTaken
	}
	return unavailable(err)
}

// unavailable says in the contract's words that no write can be taken now, where
// that is why one failed.
func unavailable(err error) error {
	switch {
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrUnreachable):
		return err // it says so
	case isCode(err, sqlite3.SQLITE_FULL), isCode(err, sqlite3.SQLITE_IOERR_WRITE): // the latter at a limit of the file's size
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case isCode(err, sqlite3.SQLITE_BUSY): // another process has written for longer than busyTimeout
		return fmt.Errorf("%w: %w", store.ErrUnreachable, err)
	}
	return err
}

func isTaken(err error) bool {
	return isCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) || isCode(err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
