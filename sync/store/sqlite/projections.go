package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Project implements [store.Projections]. It is one transaction: here, no
// row is ever newer than the head.
func (db *projections) Project(ctx context.Context, unit ledger.UnitID, p store.Projection) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		// Only the transaction watches ctx; for each statement to do so would
		// cost more than the statement.
		inner := context.WithoutCancel(ctx)
		put := rowPutter{ctx: inner, unit: unit}
		put.add, put.old, put.row = tx.StmtContext(inner, db.w.addRow), tx.StmtContext(inner, db.w.oldRow), tx.StmtContext(inner, db.w.putRow)
		put.key, put.dropKey = tx.StmtContext(inner, db.w.putKey), tx.StmtContext(inner, db.w.dropKey)
		put.name, put.dropName = tx.StmtContext(inner, db.w.putName), tx.StmtContext(inner, db.w.dropName)
		for i := range p.Rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := put.put(&p.Rows[i]); err != nil {
				return fmt.Errorf("row %s: %w", p.Rows[i].ID, err)
			}
		}
		stream := tx.StmtContext(inner, db.w.putStream)
		for _, l := range p.Streams {
			if _, err := stream.ExecContext(inner, string(unit), l.ID, int64(l.Through), blob(l.Body)); err != nil {
				return fmt.Errorf("stream %s: %w", l.ID, err)
			}
		}
		_, err := tx.StmtContext(inner, db.w.putHead).ExecContext(inner, string(unit), int64(p.Head.Seq), string(p.Head.Log), p.Head.Hash[:])
		return err
	})
	if err == nil && p.Erased {
		err = unavailable(db.emptyLog(ctx))
	}
	if err != nil {
		return fmt.Errorf("project %s: %w", unit, err)
	}
	return nil
}

// rowPutter stores rows of one unit within a transaction.
type rowPutter struct {
	ctx                         context.Context //nolint:containedctx // of the one call that it serves
	unit                        ledger.UnitID
	add, old, row, key, dropKey *sql.Stmt
	name, dropName              *sql.Stmt
}

// put adds the row, as most are new. Only where one is there it is looked at,
// whether it is older, and which keys it has.
func (p *rowPutter) put(r *store.Row) error {
	keys, files := joinKeys(r.Keys), joinWords(r.Files)
	columns := []any{
		string(p.unit), r.ID[:], string(r.Kind), int64(r.Seq), string(r.State), r.Conflict,
		r.Date, []byte(r.Name), int64(r.Updated), joinWords(r.Words), keys, blob(r.Body),
		joinFacets(r.Facets), r.Amount, r.Quantity, files, int64(r.Waiting),
	}
	result, err := p.add.ExecContext(p.ctx, columns...)
	if err != nil {
		return err
	}
	if added, err := result.RowsAffected(); err != nil {
		return err
	} else if added > 0 {
		return errors.Join(p.putKeys(r), p.putNames(r))
	}
	var seq ledger.Seq
	var oldKind ledger.Kind
	var oldKeys, oldFiles string
	if err := p.old.QueryRowContext(p.ctx, string(p.unit), r.ID[:]).Scan(&seq, &oldKind, &oldKeys, &oldFiles); err != nil || seq >= r.Seq {
		return err
	}
	if _, err := p.row.ExecContext(p.ctx, columns...); err != nil {
		return err
	}
	if oldFiles != files {
		for _, file := range strings.Fields(oldFiles) {
			if _, err := p.dropName.ExecContext(p.ctx, file, string(p.unit), r.ID[:]); err != nil {
				return err
			}
		}
		if err := p.putNames(r); err != nil {
			return err
		}
	}
	if oldKind == r.Kind && oldKeys == keys {
		return nil
	}
	gone, err := splitKeys(oldKeys)
	if err != nil {
		return err
	}
	for _, key := range gone {
		if _, err := p.dropKey.ExecContext(p.ctx, string(oldKind), key, string(p.unit), r.ID[:]); err != nil {
			return err
		}
	}
	return p.putKeys(r)
}

func (p *rowPutter) putKeys(r *store.Row) error {
	for _, key := range r.Keys {
		if _, err := p.key.ExecContext(p.ctx, string(r.Kind), key, string(p.unit), r.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

func (p *rowPutter) putNames(r *store.Row) error {
	for _, file := range r.Files {
		if _, err := p.name.ExecContext(p.ctx, file, string(p.unit), r.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

// Projected implements [store.Projections].
func (db *projections) Projected(ctx context.Context, unit ledger.UnitID) (ledger.Head, error) {
	head, err := scanHead(db.r.projected.QueryRowContext(ctx, string(unit)))
	if err != nil {
		return ledger.Head{}, fmt.Errorf("projected head of %s: %w", unit, err)
	}
	return head, nil
}

// Snapshot implements [store.Projections].
func (db *projections) Snapshot(ctx context.Context, unit ledger.UnitID) (store.Projection, error) {
	var p store.Projection
	err := db.read(ctx, func(tx *sql.Tx) (err error) {
		if p.Head, err = scanHead(tx.StmtContext(ctx, db.r.projected).QueryRowContext(ctx, string(unit))); err != nil {
			return err
		}
		rows, err := tx.StmtContext(ctx, db.r.rows).QueryContext(ctx, string(unit))
		if err != nil {
			return err
		}
		if p.Rows, err = scanRows(rows); err != nil {
			return err
		}
		streams, err := tx.StmtContext(ctx, db.r.streams).QueryContext(ctx, string(unit))
		if err != nil {
			return err
		}
		p.Streams, err = scanStreams(streams)
		return err
	})
	if err != nil {
		return store.Projection{}, fmt.Errorf("snapshot of %s: %w", unit, err)
	}
	return p, nil
}

// Unproject implements [store.Projections].
func (db *projections) Unproject(ctx context.Context, unit ledger.UnitID) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		for _, drop := range []*sql.Stmt{db.w.dropHead, db.w.dropRows, db.w.dropKeys, db.w.dropNames, db.w.dropStreams} {
			if _, err := tx.StmtContext(ctx, drop).ExecContext(ctx, string(unit)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("unproject %s: %w", unit, err)
	}
	return nil
}

const rowColumns = "unit, id, kind, seq, state, conflict, date, name, updated, words, keys, body, facets, amount, quantity, files, waiting"

// scanRows reads rowColumns, and closes rows.
func scanRows(rows *sql.Rows) ([]store.Row, error) {
	defer func() { _ = rows.Close() }()
	var list []store.Row
	for rows.Next() {
		var r store.Row
		var id, name sql.RawBytes
		var words, keys, facets, files string
		err := rows.Scan(&r.Unit, &id, &r.Kind, &r.Seq, &r.State, &r.Conflict, &r.Date, &name, &r.Updated, &words, &keys, &r.Body,
			&facets, &r.Amount, &r.Quantity, &files, &r.Waiting)
		if err != nil {
			return nil, err
		}
		if len(id) != len(r.ID) {
			return nil, fmt.Errorf("%w: a record's id of %d bytes", ledger.ErrMalformed, len(id))
		}
		copy(r.ID[:], id)
		r.Name = string(name)
		r.Words, r.Facets, r.Files = strings.Fields(words), strings.Fields(facets), strings.Fields(files)
		if r.Keys, err = splitKeys(keys); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func scanStreams(rows *sql.Rows) ([]store.Stream, error) {
	defer func() { _ = rows.Close() }()
	var list []store.Stream
	for rows.Next() {
		var l store.Stream
		if err := rows.Scan(&l.ID, &l.Through, &l.Body); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// joinWords puts a space before each word, so that what begins a word is
// found as " what". Words hold no space.
func joinWords(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

// joinFacets puts a space before and behind each facet, so that a whole one is
// found as " facet ". Facets hold no space.
func joinFacets(facets []string) string {
	if len(facets) == 0 {
		return ""
	}
	return " " + strings.Join(facets, " ") + " "
}

func joinKeys(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	out, err := json.Marshal(slices.Sorted(slices.Values(keys)))
	if err != nil {
		panic(err) // texts can always be written
	}
	return string(out)
}

func splitKeys(joined string) (keys []string, err error) {
	if joined == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(joined), &keys); err != nil {
		return nil, fmt.Errorf("%w: keys: %w", ledger.ErrMalformed, err)
	}
	return keys, nil
}

// blob keeps an empty body from being bound as NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
