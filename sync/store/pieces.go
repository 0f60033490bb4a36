package store

import "context"

// MaxPiece bounds a piece, in bytes: what a GridFS chunk holds, far below the
// limit of a MongoDB document.
const MaxPiece = 255 << 10

// Pieces keep the bytes of files. The pieces of a file are distinguished by the
// offset at which they begin. The name of a file is the program's own.
type Pieces interface {
	// AddPiece stores a piece once: ErrTaken if the file has a piece at the
	// offset, and nothing changes.
	AddPiece(ctx context.Context, file string, offset int64, body []byte) error
	// PiecesEnd returns where the last piece of a file ends, and 0 where there
	// is none.
	PiecesEnd(ctx context.Context, file string) (int64, error)
	// Pieces returns the pieces of a file in order of their offsets.
	Pieces(ctx context.Context, file string) ([]Piece, error)
	// DropPieces removes the pieces of a file; none is no error. Nothing of them
	// is left, not even in what the database no longer uses, as far as the
	// program can make it do so.
	DropPieces(ctx context.Context, file string) error
}

// Piece is a part of a file.
type Piece struct {
	Offset int64
	Body   []byte
}
