package memory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/store"
)

// Get implements [store.Documents].
func (db *documents) Get(ctx context.Context, collection, id string) (d store.Document, err error) {
	err = db.do(ctx, OpGet, collection+"/"+id, func() error {
		stored, ok := db.documents[documentID{collection, id}]
		if !ok {
			return fmt.Errorf("get from %s: %w", collection, store.ErrNotFound)
		}
		d = cloneDocument(stored)
		return nil
	})
	if err != nil {
		return store.Document{}, err
	}
	return d, nil
}

// Add implements [store.Documents].
func (db *documents) Add(ctx context.Context, collection string, d store.Document) error {
	return db.do(ctx, OpAdd, collection+"/"+d.ID, func() error {
		id := documentID{collection, d.ID}
		if _, taken := db.documents[id]; taken {
			return fmt.Errorf("add to %s: %w", collection, store.ErrTaken)
		}
		d.Version = 1
		db.documents[id] = cloneDocument(d)
		return nil
	})
}

// Replace implements [store.Documents].
func (db *documents) Replace(ctx context.Context, collection string, d store.Document) error {
	return db.do(ctx, OpReplace, collection+"/"+d.ID, func() error {
		id := documentID{collection, d.ID}
		switch stored, ok := db.documents[id]; {
		case !ok:
			return fmt.Errorf("replace in %s: %w", collection, store.ErrNotFound)
		case stored.Version != d.Version:
			return fmt.Errorf("replace in %s: %w", collection, store.ErrVersion)
		}
		d.Version++
		db.documents[id] = cloneDocument(d)
		return nil
	})
}

// Existing implements [store.Documents].
func (db *documents) Existing(ctx context.Context, collection string, ids []string) (list []string, err error) {
	err = db.do(ctx, OpExisting, collection, func() error {
		for _, id := range ids {
			if _, ok := db.documents[documentID{collection, id}]; ok {
				list = append(list, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Delete implements [store.Documents].
func (db *documents) Delete(ctx context.Context, collection, id string) error {
	return db.do(ctx, OpDelete, collection+"/"+id, func() error {
		delete(db.documents, documentID{collection, id})
		return nil
	})
}

// List implements [store.Documents].
func (db *documents) List(ctx context.Context, collection, prefix, after string, limit int) (list []store.Document, err error) {
	err = db.do(ctx, OpList, collection+"/"+prefix, func() error {
		for id, d := range db.documents {
			if id.collection == collection && strings.HasPrefix(id.id, prefix) && id.id > after {
				list = append(list, d)
			}
		}
		slices.SortFunc(list, func(a, b store.Document) int { return strings.Compare(a.ID, b.ID) })
		list = list[:min(len(list), max(limit, 0))]
		for i := range list {
			list[i] = cloneDocument(list[i])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func cloneDocument(d store.Document) store.Document {
	d.Body = bytes.Clone(d.Body)
	return d
}
