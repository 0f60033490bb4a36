package store

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// foreignLife is how old what a verdict takes from another unit may be. Between
// reading it and the commit somebody may change it anyway.
const foreignLife = 3000 // milliseconds

// foreign are the records of other units that the verdicts on a batch depend
// on.
type foreign struct {
	pool   *pool
	unit   ledger.UnitID // the batch's own
	author Author

	found     map[ledger.Ref]*ledger.Record // nil where there is none
	refreshed map[ledger.UnitID]bool        // units whose ledgers were read for this batch
}

// readForeign reads them, before any lock is held.
func readForeign(ctx context.Context, p *pool, id ledger.UnitID, author Author, batch *ledger.Batch) (map[ledger.Ref]*ledger.Record, error) {
	f := foreign{pool: p, unit: id, author: author, found: map[ledger.Ref]*ledger.Record{}, refreshed: map[ledger.UnitID]bool{}}
	for i := range batch.Ops {
		for _, ref := range namedBy(&batch.Ops[i]) {
			if err := f.read(ctx, ref); err != nil {
				return nil, err
			}
		}
	}
	return f.found, nil
}

func (f *foreign) read(ctx context.Context, ref ledger.Ref) error {
	author := f.author
	if _, looked := f.found[ref]; looked || ref.Unit == "" || ref.Unit == f.unit || author.Sees != nil && !author.Sees(ref.Unit) {
		return nil
	}
	r, err := f.recent(ctx, ref)
	if err != nil {
		return err
	}
	if r != nil && !form.Shown(r, author.Role, author.User, author.Own == nil || author.Own(ref.Unit)) {
		r = nil // As if there were none, or the verdict would reveal it.
	}
	f.found[ref] = r
	return nil
}

// recent returns a record as it was at most foreignLife ago, or nil. In the
// evening all batches of a commune's phones name the same few campaigns. A
// unit's new commits are read once per batch, however many missing records the
// batch names.
func (f *foreign) recent(ctx context.Context, ref ledger.Ref) (*ledger.Record, error) {
	u, err := f.pool.unit(ctx, ref.Unit)
	if err != nil {
		return nil, err
	}
	r := u.fold.record(ref.Record)
	age := int64(ledger.MillisOf(f.pool.host.opts.Now())) - u.fold.checked.Load()
	if r != nil && 0 <= age && age < foreignLife || f.refreshed[ref.Unit] {
		return r, nil
	}
	if err := u.fold.refresh(ctx); err != nil {
		return nil, fmt.Errorf("read %s: %w", ref.Unit, err)
	}
	f.refreshed[ref.Unit] = true
	return u.fold.record(ref.Record), nil
}

// namedBy lists the records that an op names, besides its own.
func namedBy(op *ledger.Op) []ledger.Ref {
	if op.Fault != (ledger.Fault{}) {
		return nil
	}
	list := []ledger.Ref{op.DuplicateOf}
	if ref, ok := resolvedLink(op); ok {
		list = append(list, ref)
	}
	for n := range form.Named(op) {
		if n.Unit == "" {
			list = append(list, n.Record)
		}
	}
	return list
}

// maxRefusedCommits bounds how many commits a batch's erasures by dot may lie
// in; a dot in any other commit counts as unknown.
const maxRefusedCommits = 64

// refusedOps finds which of the ops that erasures name were refused, up to the
// commit up to which the ledger is folded. A verdict never changes, so that no
// lock is needed. Nothing is read for an op that is refused anyway.
func refusedOps(ctx context.Context, log Log, id ledger.UnitID, folded ledger.Seq, role ledger.Role, batch *ledger.Batch) (map[ledger.Dot]bool, error) {
	refused := map[ledger.Dot]bool{}
	read := map[ledger.Seq]bool{}
	for i := range batch.Ops {
		op := &batch.Ops[i]
		if op.Fault != (ledger.Fault{}) || op.Action != ledger.ActionErase || !form.MayAct(role, op.Kind, op.Action) {
			continue
		}
		for _, dot := range op.Dots {
			if dot.Seq == 0 || read[dot.Seq] || len(read) == maxRefusedCommits {
				continue
			}
			read[dot.Seq] = true
			known := min(dot.Seq, folded)
			commits, err := commitsUpTo(ctx, log, id, dot.Seq-1, known, 1)
			if err != nil {
				return nil, err
			}
			for _, c := range commits {
				for at, stored := range c.Stored() {
					refused[at] = stored.Verdict.Status == ledger.Rejected
				}
			}
		}
	}
	return refused, nil
}
