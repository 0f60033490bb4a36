package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Bounds of what is kept.
const (
	MaxBytes  = form.MaxPhotoBytes
	MaxPixels = form.MaxPhotoPixels
	// MinPiece is the least that a request may add to an upload, except for its
	// last bytes: it bounds the pieces of a file.
	MinPiece = 4 << 10

	MaxOpen = 20 // uploads under way from one device

	// By day of the calendar. Promised bytes are counted.
	maxFilesOfUser = 500
	MaxBytesOfUser = 128 << 20
	maxFilesOfUnit = 2000
	maxBytesOfUnit = 512 << 20

	UploadLife = 24 * time.Hour
	OrphanLife = 30 * 24 * time.Hour

	// maxAhead is how far a stored time may lie ahead: beyond it a wrong
	// clock stored it.
	maxAhead = time.Hour
)

// Why a file is refused.
var (
	ErrTooLarge = errors.New("the file is larger than allowed, or than was promised")
	ErrType     = errors.New("not a picture that is taken: a JPEG in sequential mode")
	ErrMetadata = errors.New("the picture holds metadata")
	ErrChecksum = errors.New("the bytes are not those that the hash names")
	ErrOffset   = errors.New("the upload does not end there")
	ErrPiece    = errors.New("the piece is too small")
	ErrOpen     = errors.New("too many uploads are under way from the device")
	ErrDay      = errors.New("too much was uploaded today")
)

// records are the merged records as they are now.
type records interface {
	Record(ctx context.Context, unit ledger.UnitID, record ledger.RecordID) (*ledger.Record, error)
}

// Options are what files need from outside. All are required.
type Options struct {
	Backend  store.Backend
	Now      func() time.Time
	Random   io.Reader      // ids of uploads
	Location *time.Location // where a day begins
}

// Files keeps files in a database. Its parts know nothing of one another but
// what New gives them.
type Files struct {
	*catalog
	*quota
	*uploads
	*shredder
}

// New opens the files of a database.
func New(o Options) *Files {
	c := newCatalog(o.Backend, o.Now)
	q := newQuota(o.Backend, o.Now, o.Location)
	u := newUploads(o, c, q)
	return &Files{c, q, u, newShredder(o.Backend, o.Now, c, u)}
}

// Clean does what an erasure left undone, and drops what is over by the clock
// unless that is in doubt: uploads that were not completed in time, files that no
// record names for [OrphanLife], old counts. Several servers may do so at once.
func (f *Files) Clean(ctx context.Context, byClock bool) error {
	if err := f.Sweep(ctx); err != nil || !byClock {
		return err
	}
	for _, drop := range []func(context.Context) error{f.dropExpired, f.dropOrphans, f.dropCounts} {
		if err := drop(ctx); err != nil {
			return fmt.Errorf("clean up files: %w", err)
		}
	}
	return nil
}
