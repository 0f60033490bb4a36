package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Table keeps documents of one type in one collection.
type Table[T any] struct {
	documents  Documents
	collection string
	onStored   func(id string) // called after each document that is stored through this table; may be nil
}

// NewTable names the collection of a type.
func NewTable[T any](documents Documents, collection string) Table[T] {
	return Table[T]{documents: documents, collection: collection}
}

// OnStored returns the table with a function that is called after each document
// that is stored through it. Of what another server stores it hears nothing.
func (t Table[T]) OnStored(do func(id string)) Table[T] {
	t.onStored = do
	return t
}

// Stored is a document with the version that it was read at.
type Stored[T any] struct {
	ID      string
	Version int64
	Value   T
}

func (t Table[T]) decode(d Document) (Stored[T], error) {
	s := Stored[T]{ID: d.ID, Version: d.Version}
	if err := json.Unmarshal(d.Body, &s.Value); err != nil {
		return s, fmt.Errorf("read %s: %w", t.collection, err)
	}
	return s, nil
}

// Get returns a document, or ErrNotFound.
func (t Table[T]) Get(ctx context.Context, id string) (Stored[T], error) {
	d, err := t.documents.Get(ctx, t.collection, id)
	if err != nil {
		return Stored[T]{}, err
	}
	return t.decode(d)
}

// Add stores a new document; ErrTaken if the id exists.
func (t Table[T]) Add(ctx context.Context, id string, value T) (Stored[T], error) {
	body, err := json.Marshal(value)
	if err != nil {
		return Stored[T]{}, fmt.Errorf("add to %s: %w", t.collection, err)
	}
	if err := t.documents.Add(ctx, t.collection, Document{ID: id, Body: body}); err != nil {
		return Stored[T]{}, err
	}
	t.notify(id)
	return Stored[T]{ID: id, Version: 1, Value: value}, nil
}

// Replace stores s.Value if nobody changed the document since it was read;
// else ErrVersion.
func (t Table[T]) Replace(ctx context.Context, s Stored[T]) (Stored[T], error) {
	body, err := json.Marshal(s.Value)
	if err != nil {
		return s, fmt.Errorf("replace in %s: %w", t.collection, err)
	}
	if err := t.documents.Replace(ctx, t.collection, Document{ID: s.ID, Version: s.Version, Body: body}); err != nil {
		return s, err
	}
	s.Version++
	t.notify(s.ID)
	return s, nil
}

func (t Table[T]) notify(id string) {
	if t.onStored != nil {
		t.onStored(id)
	}
}

// Update changes a document, again if somebody else did meanwhile. An error of
// change is returned as it is, and nothing is stored.
func (t Table[T]) Update(ctx context.Context, id string, change func(*T) error) (Stored[T], error) {
	for {
		s, err := t.Get(ctx, id)
		if err != nil {
			return s, err
		}
		if err := change(&s.Value); err != nil {
			return s, err
		}
		next, err := t.Replace(ctx, s)
		if !errors.Is(err, ErrVersion) {
			return next, err
		}
	}
}

// Delete removes a document; one that is not there is no error.
func (t Table[T]) Delete(ctx context.Context, id string) error {
	return t.documents.Delete(ctx, t.collection, id)
}

// List returns documents in order of their ids: those that begin with prefix
// and are greater than after.
func (t Table[T]) List(ctx context.Context, prefix, after string, limit int) ([]Stored[T], error) {
	documents, err := t.documents.List(ctx, t.collection, prefix, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Stored[T], len(documents))
	for i, d := range documents {
		if list[i], err = t.decode(d); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// All returns every document of the collection.
func (t Table[T]) All(ctx context.Context) ([]Stored[T], error) { return t.AllOf(ctx, "") }

// AllOf returns every document whose id begins with a prefix.
func (t Table[T]) AllOf(ctx context.Context, prefix string) ([]Stored[T], error) {
	var all []Stored[T]
	err := t.Each(ctx, prefix, func(s *Stored[T]) error {
		all = append(all, *s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Each does something with every document whose id begins with a prefix, in order
// of their ids, until that fails. It may change and delete what it is given.
func (t Table[T]) Each(ctx context.Context, prefix string, do func(*Stored[T]) error) error {
	const page = 500
	for after := ""; ; {
		list, err := t.List(ctx, prefix, after, page)
		if err != nil {
			return err
		}
		for i := range list {
			after = list[i].ID // do may change it
			if err := do(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
	}
}
