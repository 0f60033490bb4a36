package files

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Upload is a file on its way, or one that has come.
type Upload struct {
	ID     string
	Hash   string
	Size   int64
	Offset int64 // bytes that are there; Size when it is complete
}

// upload is one as it is stored. How far it has come, its pieces tell.
type upload struct {
	User ledger.UserID `json:"user"`
	Unit ledger.UnitID `json:"unit"`
	Hash string        `json:"hash"`
	Size int64         `json:"size"`
	At   ledger.Millis `json:"at"`
}

// Promise is what a client promises to send.
type Promise struct {
	User   ledger.UserID
	Device ledger.DeviceID
	Unit   ledger.UnitID
	Hash   string // SHA-256, as [form.IsHash] wants it
	Size   int64  // bytes
	Type   string // media type
	// Seen says that the person may see the file if there is one, so that they
	// may know that its bytes are there.
	Seen bool
}

// Create begins an upload. Where the file is there, and the person may know,
// the upload is complete from the beginning.
func (f *Files) Create(ctx context.Context, p Promise) (Upload, error) {
	switch {
	case p.Type != form.PhotoType:
		return Upload{}, ErrType
	case !form.IsHash(p.Hash) || p.Size <= 0:
		return Upload{}, fmt.Errorf("%w: no such file can be", ErrChecksum)
	case p.Size > MaxBytes:
		return Upload{}, ErrTooLarge
	}
	id, err := f.newID(p.Device)
	if err != nil {
		return Upload{}, err
	}
	u := upload{User: p.User, Unit: p.Unit, Hash: p.Hash, Size: p.Size, At: ledger.MillisOf(f.Now())}
	view := Upload{ID: id, Hash: p.Hash, Size: p.Size}
	if p.Seen {
		there, err := f.files.Get(ctx, p.Hash)
		if err == nil && there.Value.Size == p.Size {
			view.Offset = p.Size
			if err := f.charge(ctx, p, 0); err != nil {
				return Upload{}, err
			}
			_, err = f.uploaded.Add(ctx, id, u)
			return view, err
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return Upload{}, err
		}
	}
	open, err := f.uploads.List(ctx, uploadsOf(p.Device), "", MaxOpen)
	if err != nil {
		return Upload{}, err
	}
	if len(open) >= MaxOpen {
		return Upload{}, ErrOpen
	}
	if err := f.charge(ctx, p, p.Size); err != nil {
		return Upload{}, err
	}
	_, err = f.uploads.Add(ctx, id, u)
	return view, err
}

// newID makes the id of an upload, which cannot be guessed and begins with what
// is its device's.
func (f *Files) newID(device ledger.DeviceID) (string, error) {
	var random [16]byte
	if _, err := io.ReadFull(f.Random, random[:]); err != nil {
		return "", fmt.Errorf("make the id of an upload: %w", err)
	}
	return uploadsOf(device) + base64.RawURLEncoding.EncodeToString(random[:]), nil
}

// uploadsOf is how the ids of a device's uploads begin.
func uploadsOf(device ledger.DeviceID) string {
	sum := sha256.Sum256([]byte(device))
	return "f_" + base64.RawURLEncoding.EncodeToString(sum[:9]) + "."
}

// Find returns a person's upload, or [store.ErrNotFound]. One whose last bytes
// were stored just before a crash is completed now.
func (f *Files) Find(ctx context.Context, user ledger.UserID, id string) (Upload, error) {
	u, complete, err := f.find(ctx, user, id)
	if err != nil {
		return Upload{}, err
	}
	view := Upload{ID: id, Hash: u.Hash, Size: u.Size, Offset: u.Size}
	if complete {
		return view, nil
	}
	if view.Offset, err = f.Backend.PiecesEnd(ctx, id); err != nil {
		return Upload{}, err
	}
	if view.Offset == u.Size {
		err = f.finish(ctx, id, u)
	}
	return view, err
}

func (f *Files) find(ctx context.Context, user ledger.UserID, id string) (u *upload, complete bool, err error) {
	s, err := f.uploads.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		complete = true
		s, err = f.uploaded.Get(ctx, id)
	}
	if err != nil {
		return nil, false, err
	}
	if s.Value.User != user || f.over(&s.Value, 0) {
		return nil, false, fmt.Errorf("find an upload: %w", store.ErrNotFound)
	}
	return &s.Value, complete, nil
}

// over reports whether an upload's time ended, and some more time has passed.
func (f *Files) over(u *upload, more time.Duration) bool {
	return f.Now().Sub(u.At.Time()) > UploadLife+more
}

// Append stores what body brings, which must begin where the upload ends: else
// the error is [ErrOffset]. Where body breaks off, what has come is kept, and
// body's error is returned.
func (f *Files) Append(ctx context.Context, user ledger.UserID, id string, offset int64, body io.Reader) (Upload, error) {
	u, complete, err := f.find(ctx, user, id)
	if err != nil {
		return Upload{}, err
	}
	view := Upload{ID: id, Hash: u.Hash, Size: u.Size, Offset: u.Size}
	if !complete {
		if view.Offset, err = f.Backend.PiecesEnd(ctx, id); err != nil {
			return Upload{}, err
		}
	}
	if offset != view.Offset {
		return view, ErrOffset
	}
	if !complete {
		if view.Offset, err = f.appendPieces(ctx, id, u, offset, body); err != nil {
			return view, err
		}
		if view.Offset == u.Size {
			err = f.finish(ctx, id, u)
		}
	}
	return view, err
}

const (
	// pieceSize is how much of a request is in memory.
	pieceSize = 64 << 10

	// keepFor bounds the write of bytes whose sender may be gone.
	keepFor = 10 * time.Second
)

func (f *Files) appendPieces(ctx context.Context, id string, u *upload, offset int64, body io.Reader) (int64, error) {
	piece := make([]byte, min(pieceSize, u.Size-offset+1))
	for {
		n, cut := io.ReadFull(body, piece[:min(int64(len(piece)), u.Size-offset+1)])
		ended := errors.Is(cut, io.EOF) || errors.Is(cut, io.ErrUnexpectedEOF)
		end := offset + int64(n)
		switch {
		case end > u.Size:
			return offset, ErrTooLarge
		case n == 0:
		case n < MinPiece && end < u.Size:
			if ended {
				return offset, ErrPiece
			}
		default:
			kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepFor)
			err := f.Backend.AddPiece(kept, id, offset, piece[:n])
			cancel()
			if errors.Is(err, store.ErrTaken) {
				return offset, ErrOffset // an earlier request of the client goes on
			}
			if err != nil {
				return offset, err
			}
			offset = end
		}
		if ended {
			return offset, nil
		}
		if cut != nil {
			return offset, cut
		}
	}
}

// finish makes a file of an upload whose bytes are all there. Cut off anywhere,
// it is done again when the client asks.
func (f *Files) finish(ctx context.Context, id string, u *upload) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	select {
	case f.finishing <- struct{}{}:
		defer func() { <-f.finishing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	body, err := f.bytesOf(ctx, id)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != u.Hash {
		return f.refuse(ctx, id, ErrChecksum)
	}
	small, err := smallCopy(body)
	if errors.Is(err, ErrType) || errors.Is(err, ErrMetadata) || errors.Is(err, ErrTooLarge) {
		return f.refuse(ctx, id, err)
	}
	if err != nil {
		return err
	}
	for at := 0; at < len(small); at += store.MaxPiece {
		err := f.Backend.AddPiece(ctx, thumbnailOf(id), int64(at), small[at:min(len(small), at+store.MaxPiece)])
		if err != nil && !errors.Is(err, store.ErrTaken) {
			return err
		}
	}
	now := ledger.MillisOf(f.Now())
	_, err = f.files.Add(ctx, u.Hash, file{Pieces: id, Size: u.Size, At: now})
	// Committed: the file is there.
	if errors.Is(err, store.ErrTaken) {
		err = f.dropUnlessUsed(ctx, id, u.Hash)
	}
	if err != nil {
		return err
	}
	if err := f.noteUploader(ctx, u, now); err != nil {
		return err
	}
	if _, err := f.uploaded.Add(ctx, id, *u); err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	return f.uploads.Delete(ctx, id)
}

func (f *Files) noteUploader(ctx context.Context, u *upload, now ledger.Millis) error {
	id := uploaderID(u.Hash, u.User)
	_, err := f.uploaders.Add(ctx, id, uploader{At: now})
	if errors.Is(err, store.ErrTaken) {
		_, err = f.uploaders.Update(ctx, id, func(s *uploader) error { s.At = now; return nil })
	}
	return err
}

// refuse drops an upload for a reason. The client begins again with another
// file, or not at all.
func (f *Files) refuse(ctx context.Context, id string, why error) error {
	if err := f.dropPieces(ctx, id); err != nil {
		return err
	}
	if err := f.uploads.Delete(ctx, id); err != nil {
		return err
	}
	return why
}

// dropUnlessUsed drops the pieces of an upload, unless the file of the hash is
// made of them.
func (f *Files) dropUnlessUsed(ctx context.Context, id, hash string) error {
	there, err := f.files.Get(ctx, hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case there.Value.Pieces == id:
		return nil
	}
	return f.dropPieces(ctx, id)
}

// dropPieces removes the bytes of a name and of its small copy.
func (f *Files) dropPieces(ctx context.Context, name string) error {
	if err := f.Backend.DropPieces(ctx, name); err != nil {
		return err
	}
	return f.Backend.DropPieces(ctx, thumbnailOf(name))
}
