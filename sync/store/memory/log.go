package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Head implements [store.Log].
func (db *commitLog) Head(ctx context.Context, unit ledger.UnitID) (head ledger.Head, err error) {
	err = db.do(ctx, OpHead, string(unit), func() error {
		for seq, c := range db.commits[unit] {
			if seq > head.Seq {
				head = c.head
			}
		}
		return nil
	})
	if err != nil {
		return ledger.Head{}, err
	}
	return head, nil
}

// Insert implements [store.Log].
func (db *commitLog) Insert(ctx context.Context, c *ledger.Commit) error {
	id := ledger.CommitID(c.Unit, c.Seq)
	return db.do(ctx, OpInsert, id, func() error {
		if _, taken := db.commits[c.Unit][c.Seq]; taken {
			return fmt.Errorf("insert %s: %w", id, store.ErrTaken)
		}
		if db.commits[c.Unit] == nil {
			db.commits[c.Unit] = map[ledger.Seq]commit{}
		}
		db.commits[c.Unit][c.Seq] = commit{c.Head(), c.AppendJSON(nil)}
		return nil
	})
}

// Commits implements [store.Log].
func (db *commitLog) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) (list []*ledger.Commit, err error) {
	err = db.do(ctx, OpCommits, string(unit), func() error {
		size := 0
		seqs := slices.Sorted(maps.Keys(db.commits[unit]))
		if db.older {
			seqs = seqs[:max(len(seqs)-unseen, 0)]
		}
		for _, seq := range seqs {
			body := db.commits[unit][seq].body
			switch want := after + ledger.Seq(len(list)) + 1; {
			case seq <= after:
				continue
			case len(list) >= limit:
				return nil
			case seq != want && len(list) == 0:
				return fmt.Errorf("%w: %s before %s", store.ErrHole, ledger.CommitID(unit, want), ledger.CommitID(unit, seq))
			case seq != want || size+len(body) > store.MaxRead && len(list) > 0:
				return nil
			}
			c, err := ledger.ParseCommit(body)
			if err != nil {
				return fmt.Errorf("read %s: %w", ledger.CommitID(unit, seq), err)
			}
			list, size = append(list, c), size+len(body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Redact implements [store.Log].
func (db *commitLog) Redact(ctx context.Context, stored []byte, c *ledger.Commit) error {
	id := ledger.CommitID(c.Unit, c.Seq)
	return db.do(ctx, OpRedact, id, func() error {
		switch there, ok := db.commits[c.Unit][c.Seq]; {
		case !ok || there.head.Hash != c.Hash:
			return fmt.Errorf("redact %s: %w", id, store.ErrNotFound)
		case !bytes.Equal(there.body, stored):
			return fmt.Errorf("redact %s: %w", id, store.ErrVersion)
		}
		db.commits[c.Unit][c.Seq] = commit{c.Head(), c.AppendJSON(nil)}
		return nil
	})
}

// Ledgers implements [store.Log].
func (db *commitLog) Ledgers(ctx context.Context) (units []ledger.UnitID, err error) {
	err = db.do(ctx, OpLedgers, "", func() error {
		units = slices.Sorted(maps.Keys(db.commits))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return units, nil
}
