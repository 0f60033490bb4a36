package files

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/singleflight"

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

// uploads are the files on their way.
type uploads struct {
	backend   store.Backend
	now       func() time.Time
	random    io.Reader
	catalog   *catalog
	quota     *quota
	open      store.Table[upload] // by id: under way
	complete  store.Table[upload] // by id: for as long as a client may ask
	finishing singleflight.Group  // by id: requests for an upload share its finish
	turns     turns               // a person's uploads are finished one at a time: they hold up nobody else's
	whole     chan struct{}       // so many are in memory, as they came
	decoding  chan struct{}       // one picture at a time is in memory, decoded: the largest takes some 50 MB
}

func newUploads(o Options, c *catalog, q *quota) *uploads {
	return &uploads{
		backend: o.Backend, now: o.Now, random: o.Random, catalog: c, quota: q,
		open: store.NewTable[upload](o.Backend, "uploads"), complete: store.NewTable[upload](o.Backend, "uploaded"),
		whole: make(chan struct{}, maxWhole), decoding: make(chan struct{}, 1),
	}
}

// Announced is what a client says that it will send.
type Announced struct {
	User   ledger.UserID
	Device ledger.DeviceID
	Unit   ledger.UnitID
	Hash   string // SHA-256, as [form.IsHash] wants it
	Size   int64  // bytes
	Type   string // media type
	// MaySee says that the person may see the file if there is one, so that they
	// may know that its bytes are there.
	MaySee bool
}

// Create begins an upload. Where the file is there, and the person may know,
// the upload is complete from the beginning.
func (us *uploads) Create(ctx context.Context, p Announced) (Upload, error) {
	switch {
	case p.Type != form.PhotoType:
		return Upload{}, ErrType
	case !form.IsHash(p.Hash) || p.Size <= 0:
		return Upload{}, fmt.Errorf("%w: no such file can be", ErrChecksum)
	case p.Size > MaxBytes:
		return Upload{}, ErrTooLarge
	}
	id, err := us.newID(p.Device)
	if err != nil {
		return Upload{}, err
	}
	u := upload{User: p.User, Unit: p.Unit, Hash: p.Hash, Size: p.Size, At: ledger.MillisOf(us.now())}
	view := Upload{ID: id, Hash: p.Hash, Size: p.Size}
	if p.MaySee {
		there, err := us.catalog.files.Get(ctx, p.Hash)
		if err == nil && there.Value.Size == p.Size {
			view.Offset = p.Size
			if err := us.quota.charge(ctx, p, 0); err != nil {
				return Upload{}, err
			}
			_, err = us.complete.Add(ctx, id, u)
			return view, err
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return Upload{}, err
		}
	}
	open, err := us.open.List(ctx, uploadsOf(p.Device), "", MaxOpen)
	if err != nil {
		return Upload{}, err
	}
	if len(open) >= MaxOpen {
		return Upload{}, ErrOpen
	}
	if err := us.quota.charge(ctx, p, p.Size); err != nil {
		return Upload{}, err
	}
	if _, err = us.open.Add(ctx, id, u); err != nil {
		return Upload{}, err
	}
	// Others may have begun meanwhile: the last to look sees them all.
	open, err = us.open.List(ctx, uploadsOf(p.Device), "", MaxOpen+1)
	if err == nil && len(open) > MaxOpen {
		err = cmp.Or(us.open.Delete(ctx, id), ErrOpen)
	}
	if err != nil {
		return Upload{}, err
	}
	return view, nil
}

// newID makes the id of an upload, which cannot be guessed and begins with what
// is its device's.
func (us *uploads) newID(device ledger.DeviceID) (string, error) {
	var random [16]byte
	if _, err := io.ReadFull(us.random, random[:]); err != nil {
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
func (us *uploads) Find(ctx context.Context, user ledger.UserID, id string) (Upload, error) {
	u, complete, err := us.find(ctx, user, id)
	if err != nil {
		return Upload{}, err
	}
	view := Upload{ID: id, Hash: u.Hash, Size: u.Size, Offset: u.Size}
	if complete {
		return view, nil
	}
	if view.Offset, err = us.backend.PiecesEnd(ctx, id); err != nil {
		return Upload{}, err
	}
	if view.Offset == u.Size {
		err = us.finish(ctx, user, id)
	}
	return view, err
}

func (us *uploads) find(ctx context.Context, user ledger.UserID, id string) (u *upload, complete bool, err error) {
	s, err := us.open.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		complete = true
		s, err = us.complete.Get(ctx, id)
	}
	if err != nil {
		return nil, false, err
	}
	if s.Value.User != user || us.over(&s.Value, 0) {
		return nil, false, fmt.Errorf("find an upload: %w", store.ErrNotFound)
	}
	return &s.Value, complete, nil
}

// over reports whether an upload's time ended, and some more time has passed. One
// that a wrong clock began far ahead is over too.
func (us *uploads) over(u *upload, more time.Duration) bool {
	age := us.now().Sub(u.At.Time())
	return age > UploadLife+more || age < -maxAhead
}

// Append stores what body brings, which must begin where the upload ends: else
// the error is [ErrOffset]. Where body breaks off, what has come is kept, and
// body's error is returned.
func (us *uploads) Append(ctx context.Context, user ledger.UserID, id string, offset int64, body io.Reader) (Upload, error) {
	u, complete, err := us.find(ctx, user, id)
	if err != nil {
		return Upload{}, err
	}
	view := Upload{ID: id, Hash: u.Hash, Size: u.Size, Offset: u.Size}
	if !complete {
		if view.Offset, err = us.backend.PiecesEnd(ctx, id); err != nil {
			return Upload{}, err
		}
	}
	if offset != view.Offset {
		return view, ErrOffset
	}
	if !complete {
		view.Offset, err = us.appendPieces(ctx, id, u, offset, body)
		if view.Offset > offset {
			err = cmp.Or(us.dropIfGone(ctx, id, u.Hash), err)
		}
		if err != nil {
			return view, err
		}
		if view.Offset == u.Size {
			err = us.finish(ctx, user, id)
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

func (us *uploads) appendPieces(ctx context.Context, id string, u *upload, offset int64, body io.Reader) (int64, error) {
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
			err := us.backend.AddPiece(kept, id, offset, piece[:n])
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

// drop drops an upload, and then what a request that had found it has stored
// meanwhile. One that stores more looks itself: see dropIfGone.
func (us *uploads) drop(ctx context.Context, id string) error {
	if err := us.catalog.dropPieces(ctx, id); err != nil {
		return err
	}
	if err := us.open.Delete(ctx, id); err != nil {
		return err
	}
	return us.catalog.dropPieces(ctx, id)
}

// dropIfGone drops what was just stored of an upload that was dropped meanwhile, as
// where its file was erased. The error is then [store.ErrNotFound].
func (us *uploads) dropIfGone(ctx context.Context, id, hash string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepFor)
	defer cancel()
	err := us.standing(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = errors.Join(err, us.catalog.dropUnlessUsed(ctx, id, hash))
	}
	return err
}

// standing returns [store.ErrNotFound] where an upload is neither under way nor
// complete: it was dropped.
func (us *uploads) standing(ctx context.Context, id string) error {
	_, err := us.open.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		_, err = us.complete.Get(ctx, id) // another server may have finished it
	}
	return err
}

// pieceGrace is how much longer than an upload its pieces are kept: a request
// that found it in time may still be at work.
const pieceGrace = time.Hour

// dropExpired drops uploads that were not completed in time, and forgets those
// that were.
func (us *uploads) dropExpired(ctx context.Context) error {
	err := us.open.Each(ctx, "", func(s *store.Stored[upload]) error {
		if !us.over(&s.Value, pieceGrace) {
			return nil
		}
		if err := us.catalog.dropUnlessUsed(ctx, s.ID, s.Value.Hash); err != nil {
			return err
		}
		return us.open.Delete(ctx, s.ID)
	})
	if err != nil {
		return err
	}
	return us.complete.Each(ctx, "", func(s *store.Stored[upload]) error {
		if !us.over(&s.Value, pieceGrace) {
			return nil
		}
		return us.complete.Delete(ctx, s.ID)
	})
}

// dropOf drops the uploads of a file that are under way.
func (us *uploads) dropOf(ctx context.Context, hash string) error {
	return us.open.Each(ctx, "", func(s *store.Stored[upload]) error {
		if s.Value.Hash != hash {
			return nil
		}
		return us.drop(ctx, s.ID)
	})
}
