package desk

import (
	"context"
	"sync"
	"time"
)

// recent keeps the answers of the last seconds, and lets one at a time be made:
// each asks the database several questions for each unit.
type recent[T any] struct {
	now    func() time.Time
	making chan struct{} // holds one element while one is made

	mu   sync.Mutex
	kept map[string]made[T] // guarded by mu
}

type made[T any] struct {
	answer T
	at     time.Time
}

const (
	recentLife = 2 * time.Second
	maxRecent  = 64
)

func newRecent[T any](now func() time.Time) *recent[T] {
	return &recent[T]{now: now, making: make(chan struct{}, 1), kept: map[string]made[T]{}}
}

// get returns the answer of a key, made by make where there is none that is
// fresh.
func (o *recent[T]) get(ctx context.Context, key string, make func() (T, error)) (answer T, err error) {
	if v, ok := o.fresh(key); ok {
		return v, nil
	}
	select {
	case o.making <- struct{}{}:
		defer func() { <-o.making }()
	case <-ctx.Done():
		return answer, ctx.Err()
	}
	if v, ok := o.fresh(key); ok { // made while this one waited
		return v, nil
	}
	at := o.now()
	answer, err = make()
	if err != nil {
		return answer, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) >= maxRecent {
		clear(o.kept)
	}
	o.kept[key] = made[T]{answer, at}
	return answer, nil
}

func (o *recent[T]) fresh(key string) (answer T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v, ok := o.kept[key]
	if !ok {
		return answer, false
	}
	if age := o.now().Sub(v.at); age < 0 || age >= recentLife {
		return answer, false
	}
	return v.answer, true
}
