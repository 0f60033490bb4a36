package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// catalog is the complete files, and who sent them.
type catalog struct {
	backend   store.Backend
	now       func() time.Time
	files     store.Table[file]     // by hash
	uploaders store.Table[uploader] // by hash/user
}

func newCatalog(backend store.Backend, now func() time.Time) *catalog {
	return &catalog{backend, now, store.NewTable[file](backend, "files"), store.NewTable[uploader](backend, "uploaders")}
}

// file is a complete one. It never changes except for Orphaned.
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

// Reader is a person who asks for a file.
type Reader struct {
	User  ledger.UserID
	Role  ledger.Role
	Units []ledger.UnitID // that the role reaches
}

// maxNaming bounds the records that are looked at for one file.
const maxNaming = 100

// MaySee returns by which record a reader may see a file, the zero reference
// where they may because they sent it themselves, and [store.ErrNotFound] where
// they may not.
func (c *catalog) MaySee(ctx context.Context, records records, hash string, r Reader) (ledger.Ref, error) {
	if len(r.Units) > 0 { // to the database, none are all
		refs, err := c.backend.Naming(ctx, hash, r.Units, maxNaming)
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
	sent, err := c.uploaders.Get(ctx, uploaderID(hash, r.User))
	if err != nil {
		return ledger.Ref{}, err
	}
	if c.now().Sub(sent.Value.At.Time()) > OrphanLife {
		return ledger.Ref{}, fmt.Errorf("see a file: %w", store.ErrNotFound)
	}
	return ledger.Ref{}, nil
}

// Named reports whether a record of a unit names a file.
func (c *catalog) Named(ctx context.Context, records records, hash string, unit ledger.UnitID) (bool, error) {
	refs, err := c.backend.Naming(ctx, hash, []ledger.UnitID{unit}, maxNaming)
	if err != nil {
		return false, err
	}
	for _, ref := range refs {
		// Lists may be behind; what the record says now decides.
		record, err := records.Record(ctx, ref.Unit, ref.Record)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		if slices.Contains(form.Files(record), hash) {
			return true, nil
		}
	}
	return false, nil
}

func uploaderID(hash string, user ledger.UserID) string { return hash + "/" + string(user) }

// Read returns a file's bytes, or those of its small copy, or
// [store.ErrNotFound]. Whether the reader may see it, [Files.MaySee] says.
func (c *catalog) Read(ctx context.Context, hash string, small bool) ([]byte, error) {
	stored, err := c.files.Get(ctx, hash)
	if err != nil {
		return nil, err
	}
	name := stored.Value.Pieces
	if small {
		name = thumbnailOf(name)
	}
	body, err := c.bytesOf(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 || !small && int64(len(body)) != stored.Value.Size { // it was dropped meanwhile
		return nil, fmt.Errorf("read a file: %w", store.ErrNotFound)
	}
	return body, nil
}

// each does something with every file, a page at a time. A version of November 2026
// kept pieces of reports beside them, under longer ids: they are passed over.
func (c *catalog) each(ctx context.Context, do func(*store.Stored[file]) error) error {
	const page = 200
	for after := ""; ; {
		list, err := c.backend.List(ctx, "files", "", after, page)
		if err != nil {
			return err
		}
		for _, d := range list {
			if after = d.ID; len(d.ID) != hex.EncodedLen(sha256.Size) {
				continue
			}
			s := store.Stored[file]{ID: d.ID, Version: d.Version}
			if err := json.Unmarshal(d.Body, &s.Value); err != nil {
				return fmt.Errorf("read the file %s: %w", d.ID, err)
			}
			if err := do(&s); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

// bytesOf joins the pieces of a name, up to a gap.
func (c *catalog) bytesOf(ctx context.Context, name string) ([]byte, error) {
	pieces, err := c.backend.Pieces(ctx, name)
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

// noteUploader notes that a person sent a file's bytes.
func (c *catalog) noteUploader(ctx context.Context, hash string, user ledger.UserID, now ledger.Millis) error {
	id := uploaderID(hash, user)
	_, err := c.uploaders.Add(ctx, id, uploader{At: now})
	if errors.Is(err, store.ErrTaken) {
		_, err = c.uploaders.Update(ctx, id, func(s *uploader) error { s.At = now; return nil })
	}
	return err
}

func (c *catalog) dropUploaders(ctx context.Context, hash string) error {
	for {
		const page = 100
		list, err := c.uploaders.List(ctx, hash+"/", "", page)
		if err != nil {
			return err
		}
		for i := range list {
			if err := c.uploaders.Delete(ctx, list[i].ID); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

// forget removes the file of a hash where it is made of some pieces.
func (c *catalog) forget(ctx context.Context, hash, pieces string) error {
	there, err := c.files.Get(ctx, hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err == nil && there.Value.Pieces == pieces:
		err = c.files.Delete(ctx, hash)
	}
	return err
}

// dropUnlessUsed drops the pieces of an upload, unless the file of the hash is
// made of them.
func (c *catalog) dropUnlessUsed(ctx context.Context, id, hash string) error {
	there, err := c.files.Get(ctx, hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case there.Value.Pieces == id:
		return nil
	}
	return c.dropPieces(ctx, id)
}

// dropPieces removes the bytes of a name and of its small copy.
func (c *catalog) dropPieces(ctx context.Context, name string) error {
	if err := c.backend.DropPieces(ctx, name); err != nil {
		return err
	}
	return c.backend.DropPieces(ctx, thumbnailOf(name))
}
