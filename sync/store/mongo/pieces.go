package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sothon/sothon/sync/store"
)

// pieceDoc is a piece as it is stored.
type pieceDoc struct {
	ID     string `bson:"_id"` // pieceID
	File   string `bson:"file"`
	Offset int64  `bson:"offset"`
	Size   int64  `bson:"size"`
	Body   []byte `bson:"body"`
}

// pieceID sorts the pieces of a file by their offsets.
func pieceID(file string, offset int64) string { return fmt.Sprintf("%s %012d", file, offset) }

// piecesOf selects the pieces of a file.
func piecesOf(file string) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gte", Value: file + " "}, {Key: "$lt", Value: file + "!"}}},
		{Key: "file", Value: file},
	}
}

// AddPiece implements [store.Pieces].
func (db *pieces) AddPiece(ctx context.Context, file string, offset int64, body []byte) error {
	_, err := db.pieces.InsertOne(ctx, pieceDoc{
		ID: pieceID(file, offset), File: file, Offset: offset, Size: int64(len(body)), Body: body,
	})
	if mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("add a piece at %d: %w", offset, store.ErrTaken)
	}
	return wrap(ctx, fmt.Sprintf("add a piece at %d", offset), err)
}

// PiecesEnd implements [store.Pieces].
func (db *pieces) PiecesEnd(ctx context.Context, file string) (int64, error) {
	var last pieceDoc
	err := db.pieces.FindOne(ctx, piecesOf(file), options.FindOne().
		SetSort(bson.D{{Key: "_id", Value: -1}}).SetProjection(bson.D{{Key: "offset", Value: 1}, {Key: "size", Value: 1}})).Decode(&last)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, nil
	}
	return last.Offset + last.Size, wrap(ctx, "end of the pieces", err)
}

// Pieces implements [store.Pieces].
func (db *pieces) Pieces(ctx context.Context, file string) ([]store.Piece, error) {
	cursor, err := db.pieces.Find(ctx, piecesOf(file), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, wrap(ctx, "pieces", err)
	}
	var docs []pieceDoc
	if err := cursor.All(ctx, &docs); err != nil {
		return nil, wrap(ctx, "pieces", err)
	}
	list := make([]store.Piece, len(docs))
	for i, d := range docs {
		list[i] = store.Piece{Offset: d.Offset, Body: d.Body}
	}
	return list, nil
}

// DropPieces implements [store.Pieces].
func (db *pieces) DropPieces(ctx context.Context, file string) error {
	_, err := db.pieces.DeleteMany(ctx, piecesOf(file))
	return wrap(ctx, "drop pieces", err)
}
