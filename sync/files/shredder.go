package files

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// erasedFile is a file that an erased value named. Each order that erases it has
// its own.
type erasedFile struct {
	Hash   string        `json:"hash"`
	Unit   ledger.UnitID `json:"unit"`
	Record string        `json:"record"` // whose value it was
	Before ledger.Seq    `json:"before"` // the commit of the order
}

// deletion is a file whose bytes are being destroyed.
type deletion struct {
	Hash string `json:"hash"`
}

// shredder destroys files: those that an erasure names, and those that no
// record names any more.
type shredder struct {
	backend   store.Backend
	now       func() time.Time
	catalog   *catalog
	uploads   *uploads
	erased    store.Table[erasedFile] // by hash and order
	deletions store.Table[deletion]   // by the name of the pieces
}

func newShredder(backend store.Backend, now func() time.Time, c *catalog, u *uploads) *shredder {
	return &shredder{
		backend: backend, now: now, catalog: c, uploads: u,
		erased: store.NewTable[erasedFile](backend, "condemned"), deletions: store.NewTable[deletion](backend, "doomed"),
	}
}

// Erasing notes every file that the commits name in what an erasure takes out of
// them. It is called before the commits are changed, so that after a crash either
// the values or the notes are still there.
func (d *shredder) Erasing(ctx context.Context, unit ledger.UnitID, e ledger.Erasure, commits []*ledger.Commit) error {
	for _, c := range commits {
		for at, stored := range c.Stored() {
			if !e.Reaches(at, stored.Op, stored.Verdict) {
				continue
			}
			op := stored.Op.Open()
			fields := e.Fields
			if slices.Contains(e.Dots, at) {
				fields = nil // all of them
			}
			for _, hash := range form.FilesOfOp(&op, fields) {
				id := fmt.Sprintf("%s/%s/%s/%s", hash, unit, op.Record, e.Before)
				_, err := d.erased.Add(ctx, id, erasedFile{Hash: hash, Unit: unit, Record: op.Record.String(), Before: e.Before.Seq})
				if err != nil && !errors.Is(err, store.ErrTaken) {
					return fmt.Errorf("note an erased file: %w", err)
				}
			}
		}
	}
	return nil
}

// Sweep destroys the erased files that no record names. A file that another
// record names stays. It is called when lists no longer show what was erased.
func (d *shredder) Sweep(ctx context.Context) error {
	list, err := d.erased.All(ctx)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	for i := range list {
		if err := d.settle(ctx, &list[i]); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return d.finishDeletions(ctx)
}

func (d *shredder) settle(ctx context.Context, s *store.Stored[erasedFile]) error {
	c := &s.Value
	if shown, err := d.shows(ctx, c); err != nil || !shown {
		return err
	}
	named, err := d.backend.Naming(ctx, c.Hash, nil, 1)
	if err != nil {
		return err
	}
	if len(named) == 0 {
		if err := d.destroy(ctx, c.Hash); err != nil {
			return err
		}
		if err := d.uploads.dropOf(ctx, c.Hash); err != nil {
			return err
		}
		// An upload that was just being finished may have made a file before it was
		// dropped.
		if err := d.destroy(ctx, c.Hash); err != nil {
			return err
		}
	}
	return d.erased.Delete(ctx, s.ID)
}

// shows reports whether the lists show the record as the erasure left it. The
// head of the lists alone does not tell: a unit with a row that cannot be stored
// has an old one for good.
func (d *shredder) shows(ctx context.Context, c *erasedFile) (bool, error) {
	record, err := ledger.ParseRecordID(c.Record)
	if err != nil {
		return false, err
	}
	rows, err := d.backend.Query(ctx, store.Query{Units: []ledger.UnitID{c.Unit}, IDs: []ledger.RecordID{record}, Limit: 1})
	if err != nil {
		return false, err
	}
	if len(rows) > 0 {
		return rows[0].Seq >= c.Before, nil
	}
	projected, err := d.backend.Projected(ctx, c.Unit) // or the record was never accepted
	return projected.Seq >= c.Before, err
}

// destroy drops a file, if there is one. Its deletion names the pieces until
// they are gone.
func (d *shredder) destroy(ctx context.Context, hash string) error {
	there, err := d.catalog.files.Get(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	pieces := there.Value.Pieces
	if _, err := d.deletions.Add(ctx, pieces, deletion{Hash: hash}); err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	return d.execute(ctx, pieces, hash)
}

// execute does a deletion: the file first, so that nobody reads it, the
// bytes, and who sent them.
func (d *shredder) execute(ctx context.Context, pieces, hash string) error {
	if err := d.catalog.forget(ctx, hash, pieces); err != nil {
		return err
	}
	if err := d.catalog.dropPieces(ctx, pieces); err != nil {
		return err
	}
	if err := d.catalog.dropUploaders(ctx, hash); err != nil {
		return err
	}
	return d.deletions.Delete(ctx, pieces)
}

func (d *shredder) finishDeletions(ctx context.Context) error {
	list, err := d.deletions.All(ctx)
	if err != nil {
		return fmt.Errorf("finish the deletions: %w", err)
	}
	for i := range list {
		if err := d.execute(ctx, list[i].ID, list[i].Value.Hash); err != nil {
			return fmt.Errorf("finish the deletions: %w", err)
		}
	}
	return nil
}

func (d *shredder) dropOrphans(ctx context.Context) error {
	now := ledger.MillisOf(d.now())
	return d.catalog.each(ctx, func(s *store.Stored[file]) error {
		named, err := d.backend.Naming(ctx, s.ID, nil, 1)
		if err != nil {
			return err
		}
		orphaned := s.Value.Orphaned
		switch {
		case len(named) > 0 && orphaned == 0:
			return nil
		case len(named) > 0:
			s.Value.Orphaned = 0
		case orphaned == 0, orphaned.Time().Sub(now.Time()) > maxAhead: // a wrong clock was ahead
			s.Value.Orphaned = now
		case now.Time().Sub(orphaned.Time()) > OrphanLife:
			return d.destroy(ctx, s.ID)
		default:
			return nil
		}
		if _, err = d.catalog.files.Replace(ctx, *s); errors.Is(err, store.ErrVersion) || errors.Is(err, store.ErrNotFound) {
			return nil // another server was first
		}
		return err
	})
}
