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

// condemned is a file that an erased value named, under an id of its order's
// own.
type condemned struct {
	Hash   string        `json:"hash"`
	Unit   ledger.UnitID `json:"unit"`
	Record string        `json:"record"` // whose value it was
	Before ledger.Seq    `json:"before"` // the commit of the order
}

// doomed is a file whose bytes are being destroyed.
type doomed struct {
	Hash string `json:"hash"`
}

// Erasing condemns every file that the commits name in what an erasure takes
// out of them. It is called before the commits are changed, so that after a
// crash either the values or the condemnation are still there.
func (f *Files) Erasing(ctx context.Context, unit ledger.UnitID, e ledger.Erasure, commits []*ledger.Commit) error {
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
				_, err := f.condemned.Add(ctx, id, condemned{Hash: hash, Unit: unit, Record: op.Record.String(), Before: e.Before.Seq})
				if err != nil && !errors.Is(err, store.ErrTaken) {
					return fmt.Errorf("condemn a file: %w", err)
				}
			}
		}
	}
	return nil
}

// Sweep destroys the condemned files that no record names. A file that another
// record names stays. It is called when lists no longer show what was erased.
func (f *Files) Sweep(ctx context.Context) error {
	list, err := f.condemned.All(ctx)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	for i := range list {
		if err := f.judge(ctx, &list[i]); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return f.destroyDoomed(ctx)
}

func (f *Files) judge(ctx context.Context, s *store.Stored[condemned]) error {
	c := &s.Value
	if shown, err := f.shows(ctx, c); err != nil || !shown {
		return err
	}
	named, err := f.Backend.Naming(ctx, c.Hash, nil, 1)
	if err != nil {
		return err
	}
	if len(named) == 0 {
		if err := f.destroy(ctx, c.Hash); err != nil {
			return err
		}
		if err := f.dropUploadsOf(ctx, c.Hash); err != nil {
			return err
		}
	}
	return f.condemned.Delete(ctx, s.ID)
}

// shows reports whether the lists show the record as the erasure left it. The
// head of the lists alone does not tell: a unit with a row that cannot be stored
// has an old one for good.
func (f *Files) shows(ctx context.Context, c *condemned) (bool, error) {
	record, err := ledger.ParseRecordID(c.Record)
	if err != nil {
		return false, err
	}
	rows, err := f.Backend.Query(ctx, store.Query{Units: []ledger.UnitID{c.Unit}, IDs: []ledger.RecordID{record}, Limit: 1})
	if err != nil {
		return false, err
	}
	if len(rows) > 0 {
		return rows[0].Seq >= c.Before, nil
	}
	projected, err := f.Backend.Projected(ctx, c.Unit) // or the record was never accepted
	return projected.Seq >= c.Before, err
}

// dropUploadsOf drops what has come of a file so far.
func (f *Files) dropUploadsOf(ctx context.Context, hash string) error {
	return each(ctx, f.uploads, func(s *store.Stored[upload]) error {
		if s.Value.Hash != hash {
			return nil
		}
		if err := f.dropPieces(ctx, s.ID); err != nil {
			return err
		}
		return f.uploads.Delete(ctx, s.ID)
	})
}

// destroy drops a file, if there is one. The pieces are named by what is doomed
// until they are gone.
func (f *Files) destroy(ctx context.Context, hash string) error {
	there, err := f.files.Get(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	pieces := there.Value.Pieces
	if _, err := f.doomed.Add(ctx, pieces, doomed{Hash: hash}); err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	return f.execute(ctx, pieces, hash)
}

// execute destroys what is doomed: the file first, so that nobody reads it, the
// bytes, and who sent them.
func (f *Files) execute(ctx context.Context, pieces, hash string) error {
	there, err := f.files.Get(ctx, hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case there.Value.Pieces == pieces:
		if err := f.files.Delete(ctx, hash); err != nil {
			return err
		}
	}
	if err := f.dropPieces(ctx, pieces); err != nil {
		return err
	}
	if err := f.dropUploaders(ctx, hash); err != nil {
		return err
	}
	return f.doomed.Delete(ctx, pieces)
}

func (f *Files) dropUploaders(ctx context.Context, hash string) error {
	for {
		const page = 100
		list, err := f.uploaders.List(ctx, hash+"/", "", page)
		if err != nil {
			return err
		}
		for i := range list {
			if err := f.uploaders.Delete(ctx, list[i].ID); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

func (f *Files) destroyDoomed(ctx context.Context) error {
	list, err := f.doomed.All(ctx)
	if err != nil {
		return fmt.Errorf("destroy what is doomed: %w", err)
	}
	for i := range list {
		if err := f.execute(ctx, list[i].ID, list[i].Value.Hash); err != nil {
			return fmt.Errorf("destroy what is doomed: %w", err)
		}
	}
	return nil
}

// afterLife is how much longer than an upload its pieces are kept: a request
// that found it in time may still be at work.
const afterLife = time.Hour

// Clean drops what nobody needs any more: uploads that were not completed in
// time, files that no record names for [OrphanLife], old counts; and it does
// what an erasure left undone. Several servers may do so at once.
func (f *Files) Clean(ctx context.Context) error {
	if err := f.Sweep(ctx); err != nil {
		return err
	}
	for _, drop := range []func(context.Context) error{f.dropUploads, f.dropUploaded, f.dropOrphans, f.dropCounts} {
		if err := drop(ctx); err != nil {
			return fmt.Errorf("clean up files: %w", err)
		}
	}
	return nil
}

func (f *Files) dropUploads(ctx context.Context) error {
	return each(ctx, f.uploads, func(s *store.Stored[upload]) error {
		if !f.over(&s.Value, afterLife) {
			return nil
		}
		if err := f.dropUnlessUsed(ctx, s.ID, s.Value.Hash); err != nil {
			return err
		}
		return f.uploads.Delete(ctx, s.ID)
	})
}

func (f *Files) dropUploaded(ctx context.Context) error {
	return each(ctx, f.uploaded, func(s *store.Stored[upload]) error {
		if !f.over(&s.Value, afterLife) {
			return nil
		}
		return f.uploaded.Delete(ctx, s.ID)
	})
}

func (f *Files) dropOrphans(ctx context.Context) error {
	now := ledger.MillisOf(f.Now())
	return each(ctx, f.files, func(s *store.Stored[file]) error {
		named, err := f.Backend.Naming(ctx, s.ID, nil, 1)
		if err != nil {
			return err
		}
		orphaned := s.Value.Orphaned
		switch {
		case len(named) > 0 && orphaned == 0:
			return nil
		case len(named) > 0:
			s.Value.Orphaned = 0
		case orphaned == 0:
			s.Value.Orphaned = now
		case now.Time().Sub(orphaned.Time()) > OrphanLife:
			return f.destroy(ctx, s.ID)
		default:
			return nil
		}
		if _, err = f.files.Replace(ctx, *s); errors.Is(err, store.ErrVersion) || errors.Is(err, store.ErrNotFound) {
			return nil // another server was first
		}
		return err
	})
}

func (f *Files) dropCounts(ctx context.Context) error {
	yesterday := f.Now().In(f.Location).AddDate(0, 0, -1).Format(time.DateOnly)
	return each(ctx, f.usage, func(s *store.Stored[usage]) error {
		if s.ID >= yesterday {
			return nil
		}
		return f.usage.Delete(ctx, s.ID)
	})
}

// each does something with every document of a table, a page at a time.
func each[T any](ctx context.Context, table store.Table[T], do func(*store.Stored[T]) error) error {
	const page = 200
	for after := ""; ; {
		list, err := table.List(ctx, "", after, page)
		if err != nil {
			return err
		}
		for i := range list {
			if err := do(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
		after = list[len(list)-1].ID
	}
}
