package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/sothon/sothon/sync/store"
)

// Get implements [store.Documents].
func (db *documents) Get(ctx context.Context, collection, id string) (store.Document, error) {
	d := store.Document{ID: id}
	err := db.r.document.QueryRowContext(ctx, collection, id).Scan(&d.Version, &d.Body)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Document{}, fmt.Errorf("get from %s: %w", collection, err)
	}
	return d, nil
}

// Add implements [store.Documents].
func (db *documents) Add(ctx context.Context, collection string, d store.Document) error {
	_, err := db.w.addDocument.ExecContext(ctx, collection, d.ID, blob(d.Body))
	if err != nil {
		return fmt.Errorf("add to %s: %w", collection, refusal(err))
	}
	return nil
}

// Replace implements [store.Documents].
func (db *documents) Replace(ctx context.Context, collection string, d store.Document) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.StmtContext(ctx, db.w.replaceDocument).ExecContext(ctx, blob(d.Body), collection, d.ID, d.Version)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var version int64
		err = tx.StmtContext(ctx, db.w.documentVersion).QueryRowContext(ctx, collection, d.ID).Scan(&version)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return store.ErrVersion
	})
	if err != nil {
		return fmt.Errorf("replace in %s: %w", collection, refusal(err))
	}
	return nil
}

// Existing implements [store.Documents].
func (db *documents) Existing(ctx context.Context, collection string, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	var c condition
	c.and("collection = ?", collection)
	in(&c, "id", ids, text)
	rows, err := db.reader.QueryContext(ctx, "SELECT id FROM documents WHERE "+c.text.String(), c.args...)
	if err != nil {
		return nil, fmt.Errorf("existing of %s: %w", collection, err)
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("existing of %s: %w", collection, err)
		}
		list = append(list, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("existing of %s: %w", collection, err)
	}
	return list, nil
}

// Delete implements [store.Documents].
func (db *documents) Delete(ctx context.Context, collection, id string) error {
	if _, err := db.w.deleteDocument.ExecContext(ctx, collection, id); err != nil {
		return fmt.Errorf("delete from %s: %w", collection, refusal(err))
	}
	return nil
}

// List implements [store.Documents].
func (db *documents) List(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	list, err := db.list(ctx, collection, prefix, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", collection, err)
	}
	return list, nil
}

func (db *documents) list(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	rows, err := db.r.documents.QueryContext(ctx, collection, prefix, after, max(limit, 0))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []store.Document
	for rows.Next() {
		var d store.Document
		if err := rows.Scan(&d.ID, &d.Version, &d.Body); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(d.ID, prefix) {
			break // those with the prefix stand together, from the prefix on
		}
		list = append(list, d)
	}
	return list, rows.Err()
}
