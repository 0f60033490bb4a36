package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sothon/sothon/sync/store"
)

// AddPiece implements [store.Pieces].
func (db *pieces) AddPiece(ctx context.Context, file string, offset int64, body []byte) error {
	return db.do(ctx, OpAddPiece, file, func() error {
		if _, taken := db.pieces[file][offset]; taken {
			return fmt.Errorf("add a piece at %d: %w", offset, store.ErrTaken)
		}
		if db.pieces[file] == nil {
			db.pieces[file] = map[int64][]byte{}
		}
		db.pieces[file][offset] = bytes.Clone(body)
		return nil
	})
}

// PiecesEnd implements [store.Pieces].
func (db *pieces) PiecesEnd(ctx context.Context, file string) (end int64, err error) {
	err = db.do(ctx, OpPiecesEnd, file, func() error {
		for offset, body := range db.pieces[file] {
			end = max(end, offset+int64(len(body)))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return end, nil
}

// Pieces implements [store.Pieces].
func (db *pieces) Pieces(ctx context.Context, file string) (list []store.Piece, err error) {
	err = db.do(ctx, OpPieces, file, func() error {
		for _, offset := range slices.Sorted(maps.Keys(db.pieces[file])) {
			list = append(list, store.Piece{Offset: offset, Body: bytes.Clone(db.pieces[file][offset])})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DropPieces implements [store.Pieces].
func (db *pieces) DropPieces(ctx context.Context, file string) error {
	return db.do(ctx, OpDropFile, file, func() error {
		delete(db.pieces, file)
		return nil
	})
}
