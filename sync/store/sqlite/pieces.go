package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sothon/sothon/sync/store"
)

// AddPiece implements [store.Pieces].
func (db *pieces) AddPiece(ctx context.Context, file string, offset int64, body []byte) error {
	if _, err := db.w.addPiece.ExecContext(ctx, file, offset, blob(body)); err != nil {
		return fmt.Errorf("add a piece at %d: %w", offset, refusal(err))
	}
	return nil
}

// PiecesEnd implements [store.Pieces].
func (db *pieces) PiecesEnd(ctx context.Context, file string) (end int64, err error) {
	err = db.r.piecesEnd.QueryRowContext(ctx, file).Scan(&end)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("end of the pieces: %w", err)
	}
	return end, nil
}

// Pieces implements [store.Pieces].
func (db *pieces) Pieces(ctx context.Context, file string) ([]store.Piece, error) {
	rows, err := db.r.pieces.QueryContext(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("pieces: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []store.Piece
	for rows.Next() {
		var p store.Piece
		if err := rows.Scan(&p.Offset, &p.Body); err != nil {
			return nil, fmt.Errorf("pieces: %w", err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("pieces: %w", err)
	}
	return list, nil
}

// DropPieces implements [store.Pieces]. What it removes is in neither
// the file nor its log afterwards.
func (db *pieces) DropPieces(ctx context.Context, file string) error {
	result, err := db.w.dropPieces.ExecContext(ctx, file)
	if err != nil {
		return fmt.Errorf("drop pieces: %w", refusal(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return db.emptyLog(ctx)
}
