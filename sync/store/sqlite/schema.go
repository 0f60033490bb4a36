package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// version counts the schemas. A file of an older one is brought up to it; one
// of a newer one is refused, for this program would not know what it breaks.
const version = 6

// schema is applied in order: schema[i] brings a file from version i to i+1.
//
// The indexes of rows by an order hold all by which lists are filtered, so that
// only rows that are wanted are read. They begin with the order, not with the
// unit: a commune's desk lists all of its villages together.
//
// rows_summed holds all that totals add up, so that no row is read for them;
// rows_stale and rows_late name the few that a desk counts.
var schema = [version]string{`
CREATE TABLE commits (
	unit TEXT    NOT NULL,
	seq  INTEGER NOT NULL,
	log  TEXT    NOT NULL,
	hash BLOB    NOT NULL,
	body BLOB    NOT NULL,
	UNIQUE (unit, seq)
) STRICT;

CREATE TABLE heads (
	unit TEXT    NOT NULL PRIMARY KEY,
	seq  INTEGER NOT NULL,
	log  TEXT    NOT NULL,
	hash BLOB    NOT NULL
) STRICT;

CREATE TABLE rows (
	unit     TEXT    NOT NULL,
	id       BLOB    NOT NULL,
	kind     TEXT    NOT NULL,
	seq      INTEGER NOT NULL,
	state    TEXT    NOT NULL,
	conflict INTEGER NOT NULL,
	date     TEXT    NOT NULL,
	name     BLOB    NOT NULL,
	updated  INTEGER NOT NULL,
	words    TEXT    NOT NULL, -- each after a space
	keys     TEXT    NOT NULL, -- JSON
	body     BLOB    NOT NULL,
	UNIQUE (unit, id)
) STRICT;
CREATE INDEX rows_by_updated  ON rows (updated, unit, id, kind, state);
CREATE INDEX rows_by_date     ON rows (date,    unit, id, kind, state);
CREATE INDEX rows_by_name     ON rows (name,    unit, id, kind, state);
CREATE INDEX rows_in_conflict ON rows (updated, unit, id, kind, state) WHERE conflict = 1;

CREATE TABLE keys (
	kind TEXT NOT NULL,
	key  TEXT NOT NULL,
	unit TEXT NOT NULL,
	id   BLOB NOT NULL,
	PRIMARY KEY (kind, key, unit, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lines (
	unit    TEXT    NOT NULL,
	id      TEXT    NOT NULL,
	through INTEGER NOT NULL,
	body    BLOB    NOT NULL,
	UNIQUE (unit, id)
) STRICT;

CREATE TABLE documents (
	collection TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	version    INTEGER NOT NULL,
	body       BLOB    NOT NULL,
	UNIQUE (collection, id)
) STRICT;
`, `
ALTER TABLE rows ADD COLUMN facets   TEXT    NOT NULL DEFAULT ''; -- each between spaces
ALTER TABLE rows ADD COLUMN amount   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rows ADD COLUMN quantity INTEGER NOT NULL DEFAULT 0;
`, `
ALTER TABLE rows ADD COLUMN files TEXT NOT NULL DEFAULT ''; -- each after a space

CREATE TABLE named (
	file TEXT NOT NULL,
	unit TEXT NOT NULL,
	id   BLOB NOT NULL,
	PRIMARY KEY (file, unit, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE pieces (
	file   TEXT    NOT NULL,
	offset INTEGER NOT NULL,
	body   BLOB    NOT NULL,
	UNIQUE (file, offset)
) STRICT;
`, `
ALTER TABLE rows ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rows_waiting ON rows (waiting, unit, id, kind, state) WHERE conflict = 1;
`, `
CREATE INDEX rows_summed ON rows (unit, kind, state, conflict, date, updated, amount, quantity);
CREATE INDEX rows_stale  ON rows (unit, kind, state) WHERE instr(facets, ' stale ') > 0;
CREATE INDEX rows_late   ON rows (unit, kind, state) WHERE instr(facets, ' late ') > 0;
`, `
CREATE INDEX rows_by_amount ON rows (amount, unit, id, kind, state);
`}

func migrate(ctx context.Context, db *sql.DB) error {
	return within(ctx, db, func(tx *sql.Tx) error {
		var at int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&at); err != nil {
			return err
		}
		if at == version {
			return nil
		}
		if at > version {
			return fmt.Errorf("its schema is version %d, and this program knows %d: use a newer program", at, version)
		}
		for _, step := range schema[at:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("schema: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}

// writes are the statements of the writing connection.
type writes struct {
	insert                           *sql.Stmt
	addRow, oldRow, putRow           *sql.Stmt
	putKey, dropKey                  *sql.Stmt
	putName, dropName                *sql.Stmt
	putStream, putHead               *sql.Stmt
	dropHead, dropRows               *sql.Stmt
	dropKeys, dropStreams, dropNames *sql.Stmt
	addDocument, replaceDocument     *sql.Stmt
	documentVersion, deleteDocument  *sql.Stmt
	addPiece, dropPieces             *sql.Stmt
}

// reads are the statements of the reading connections. Lists have as many
// forms as there are filters, and are not among them.
type reads struct {
	head, commits, ledgers   *sql.Stmt
	projected, rows, streams *sql.Stmt
	document, documents      *sql.Stmt
	piecesEnd, pieces        *sql.Stmt
}

func (db *connections) prepare(ctx context.Context) error {
	var first error
	statement := func(pool *sql.DB, text string) *sql.Stmt {
		s, err := pool.PrepareContext(ctx, text)
		if err != nil && first == nil {
			first = fmt.Errorf("prepare %q: %w", text, err)
		}
		return s
	}
	w := func(text string) *sql.Stmt { return statement(db.writer, text) }
	r := func(text string) *sql.Stmt { return statement(db.reader, text) }
	db.w = writes{
		insert: w("INSERT INTO commits (unit, seq, log, hash, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
		oldRow: w("SELECT seq, kind, keys, files FROM rows WHERE unit = ? AND id = ?"),
		addRow: w("INSERT INTO rows (unit, id, kind, seq, state, conflict, date, name, updated, words, keys, body, facets, amount, quantity, files, waiting)" +
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT (unit, id) DO NOTHING"),
		putRow: w(`UPDATE rows SET kind = ?3, seq = ?4, state = ?5, conflict = ?6, date = ?7, name = ?8, updated = ?9,
				words = ?10, keys = ?11, body = ?12, facets = ?13, amount = ?14, quantity = ?15, files = ?16, waiting = ?17
			WHERE unit = ?1 AND id = ?2 AND seq < ?4`),
		putKey:   w("INSERT OR IGNORE INTO keys (kind, key, unit, id) VALUES (?, ?, ?, ?)"),
		dropKey:  w("DELETE FROM keys WHERE kind = ? AND key = ? AND unit = ? AND id = ?"),
		putName:  w("INSERT OR IGNORE INTO named (file, unit, id) VALUES (?, ?, ?)"),
		dropName: w("DELETE FROM named WHERE file = ? AND unit = ? AND id = ?"),
		putStream: w(`INSERT INTO lines (unit, id, through, body) VALUES (?, ?, ?, ?)
			ON CONFLICT (unit, id) DO UPDATE SET through = excluded.through, body = excluded.body
			WHERE excluded.through > lines.through`),
		putHead: w(`INSERT INTO heads (unit, seq, log, hash) VALUES (?, ?, ?, ?)
			ON CONFLICT (unit) DO UPDATE SET seq = excluded.seq, log = excluded.log, hash = excluded.hash
			WHERE excluded.seq > heads.seq`),
		dropHead:        w("DELETE FROM heads WHERE unit = ?"),
		dropRows:        w("DELETE FROM rows WHERE unit = ?"),
		dropKeys:        w("DELETE FROM keys WHERE unit = ?"),
		dropStreams:     w("DELETE FROM lines WHERE unit = ?"),
		dropNames:       w("DELETE FROM named WHERE unit = ?"),
		addPiece:        w("INSERT INTO pieces (file, offset, body) VALUES (?, ?, ?)"),
		dropPieces:      w("DELETE FROM pieces WHERE file = ?"),
		addDocument:     w("INSERT INTO documents (collection, id, version, body) VALUES (?, ?, 1, ?)"),
		replaceDocument: w("UPDATE documents SET version = version + 1, body = ? WHERE collection = ? AND id = ? AND version = ?"),
		documentVersion: w("SELECT version FROM documents WHERE collection = ? AND id = ?"),
		deleteDocument:  w("DELETE FROM documents WHERE collection = ? AND id = ?"),
	}
	db.r = reads{
		head:    r("SELECT seq, log, hash FROM commits WHERE unit = ? ORDER BY seq DESC LIMIT 1"),
		commits: r("SELECT seq, body FROM commits WHERE unit = ? AND seq > ? ORDER BY seq LIMIT ?"),
		// Each step seeks the next unit, however many commits lie between.
		ledgers: r(`WITH RECURSIVE u (unit) AS (
				SELECT min(unit) FROM commits
				UNION ALL SELECT (SELECT min(unit) FROM commits WHERE unit > u.unit) FROM u WHERE u.unit IS NOT NULL)
			SELECT unit FROM u WHERE unit IS NOT NULL`),
		projected: r("SELECT seq, log, hash FROM heads WHERE unit = ?"),
		rows:      r("SELECT " + rowColumns + " FROM rows WHERE unit = ? ORDER BY id"),
		streams:   r("SELECT id, through, body FROM lines WHERE unit = ? ORDER BY id"),
		piecesEnd: r("SELECT offset + length(body) FROM pieces WHERE file = ? ORDER BY offset DESC LIMIT 1"),
		pieces:    r("SELECT offset, body FROM pieces WHERE file = ? ORDER BY offset"),
		document:  r("SELECT version, body FROM documents WHERE collection = ? AND id = ?"),
		documents: r("SELECT id, version, body FROM documents WHERE collection = ? AND id >= ? AND id > ? ORDER BY id LIMIT ?"),
	}
	return first
}
