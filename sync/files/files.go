package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Bounds of what is kept.
const (
	MaxBytes  = form.MaxPhotoBytes
	MaxPixels = form.MaxPhotoPixels
	// MinPiece is the least that a request may add to an upload, but for its
	// last bytes: it bounds the pieces of a file.
	MinPiece = 4 << 10

	MaxOpen = 20 // uploads under way from one device

	// By day of the calendar. Promised bytes are counted.
	MaxFilesOfUser = 500
	MaxBytesOfUser = 128 << 20
	MaxFilesOfUnit = 2000
	MaxBytesOfUnit = 512 << 20

	UploadLife = 24 * time.Hour
	OrphanLife = 30 * 24 * time.Hour
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

// Records are the merged records as they are now.
type Records interface {
	Record(ctx context.Context, unit ledger.UnitID, record ledger.RecordID) (*ledger.Record, error)
}

// Options are what files need from outside. All are required.
type Options struct {
	Backend  store.Backend
	Now      func() time.Time
	Random   io.Reader      // ids of uploads
	Location *time.Location // where a day begins
}

// Files keeps files in a database.
type Files struct {
	Options
	uploads   store.Table[upload]    // by id: under way
	uploaded  store.Table[upload]    // by id: complete, for as long as a client may ask
	files     store.Table[file]      // by hash
	uploaders store.Table[uploader]  // by hash/user
	usage     store.Table[usage]     // by day/…
	condemned store.Table[condemned] // by hash and order
	doomed    store.Table[doomed]    // by the name of the pieces
	finishing chan struct{}          // one picture at a time is in memory, decoded: the largest takes some 50 MB
}

// file is a complete one. It never changes but for Orphaned.
type file struct {
	Pieces   string        `json:"pieces"` // the name of its pieces
	Size     int64         `json:"size"`
	At       ledger.Millis `json:"at"`
	Orphaned ledger.Millis `json:"orphaned,omitempty"` // when it was first seen that no record names it
}

// thumbnailOf is the name of the pieces of a file's small copy.
func thumbnailOf(pieces string) string { return pieces + ".320" }

// uploader is a person who sent a file's bytes.
type uploader struct {
	At ledger.Millis `json:"at"`
}

// New opens the files of a database.
func New(o Options) *Files {
	d := o.Backend
	return &Files{
		Options: o,
		uploads: store.NewTable[upload](d, "uploads"), uploaded: store.NewTable[upload](d, "uploaded"),
		files: store.NewTable[file](d, "files"), uploaders: store.NewTable[uploader](d, "uploaders"),
		usage: store.NewTable[usage](d, "usage"), condemned: store.NewTable[condemned](d, "condemned"),
		doomed: store.NewTable[doomed](d, "doomed"), finishing: make(chan struct{}, 1),
	}
}

// Reader is a person who asks for a file.
type Reader struct {
	User  ledger.UserID
	Role  ledger.Role
	Units []ledger.UnitID // that the role reaches
}

// maxNaming bounds the records that are looked at for one file.
const maxNaming = 100

// Seen returns by which record a reader may see a file, the zero reference
// where they may because they sent it themselves, and [store.ErrNotFound] where
// they may not.
func (f *Files) Seen(ctx context.Context, records Records, hash string, r Reader) (ledger.Ref, error) {
	if len(r.Units) > 0 { // to the database, none are all
		refs, err := f.Backend.Naming(ctx, hash, r.Units, maxNaming)
		if err != nil {
			return ledger.Ref{}, err
		}
		for _, ref := range refs {
			// Lists may be behind; what the record says now decides.
			record, err := records.Record(ctx, ref.Unit, ref.Record)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return ledger.Ref{}, err
			}
			if form.Visible(record, r.Role, r.User) && slices.Contains(form.Files(record), hash) {
				return ref, nil
			}
		}
	}
	sent, err := f.uploaders.Get(ctx, uploaderID(hash, r.User))
	if err != nil {
		return ledger.Ref{}, err
	}
	if f.Now().Sub(sent.Value.At.Time()) > OrphanLife {
		return ledger.Ref{}, fmt.Errorf("see a file: %w", store.ErrNotFound)
	}
	return ledger.Ref{}, nil
}

func uploaderID(hash string, user ledger.UserID) string { return hash + "/" + string(user) }

// Read returns a file's bytes, or those of its small copy, or
// [store.ErrNotFound]. Whether the reader may see it, [Files.Seen] says.
func (f *Files) Read(ctx context.Context, hash string, small bool) ([]byte, error) {
	stored, err := f.files.Get(ctx, hash)
	if err != nil {
		return nil, err
	}
	name := stored.Value.Pieces
	if small {
		name = thumbnailOf(name)
	}
	body, err := f.bytesOf(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 || !small && int64(len(body)) != stored.Value.Size { // it was dropped meanwhile
		return nil, fmt.Errorf("read a file: %w", store.ErrNotFound)
	}
	return body, nil
}

// bytesOf joins the pieces of a name, up to a gap.
func (f *Files) bytesOf(ctx context.Context, name string) ([]byte, error) {
	pieces, err := f.Backend.Pieces(ctx, name)
	if err != nil {
		return nil, err
	}
	var body []byte
	for _, p := range pieces {
		if p.Offset != int64(len(body)) {
			break
		}
		body = append(body, p.Body...)
	}
	return body, nil
}
