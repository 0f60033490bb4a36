package store

import (
	"context"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// foreignLife is how old what a verdict takes from another unit may be. Between
// reading it and the commit somebody may change it anyway.
const foreignLife = 3000 // milliseconds

// foreign reads the records of other units that verdicts depend on, before
// any lock is held.
func (s *Store) foreign(ctx context.Context, id ledger.UnitID, author Author, batch *ledger.Batch) (map[ledger.Ref]*ledger.Record, error) {
	found := map[ledger.Ref]*ledger.Record{} // nil where there is none
	refreshed := map[ledger.UnitID]bool{}
	look := func(ref ledger.Ref) error {
		if _, looked := found[ref]; looked || ref.Unit == "" || ref.Unit == id || author.Sees != nil && !author.Sees(ref.Unit) {
			return nil
		}
		r, err := s.lately(ctx, ref, refreshed)
		if err != nil {
			return err
		}
		if r != nil && !form.Shown(r, author.Role, author.User, author.Own == nil || author.Own(ref.Unit)) {
			r = nil // As if there were none, or the verdict would reveal it.
		}
		found[ref] = r
		return nil
	}
	for i := range batch.Ops {
		for _, ref := range namedBy(&batch.Ops[i]) {
			if err := look(ref); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
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
// in; what lies in others is as unknown as a dot that there is not.
const maxRefusedCommits = 64

// refusedOps finds which of the ops that erasures name were refused. A verdict
// never changes, so that no lock is needed.
func (u *unit) refusedOps(ctx context.Context, batch *ledger.Batch) (map[ledger.Dot]bool, error) {
	refused := map[ledger.Dot]bool{}
	read := map[ledger.Seq]bool{}
	for i := range batch.Ops {
		for _, dot := range batch.Ops[i].Dots {
			if dot.Seq == 0 || read[dot.Seq] || len(read) == maxRefusedCommits {
				continue
			}
			read[dot.Seq] = true
			known := min(dot.Seq, ledger.Seq(u.folded.Load()))
			commits, err := commitsUpTo(ctx, u.store.backend, u.id, dot.Seq-1, known, 1)
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
