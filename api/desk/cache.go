package desk

import (
	"context"
	"sync"
	"time"
)

// recentCache keeps the answers of the last seconds, and lets one at a time be made:
// each asks the database several questions for each unit.
type recentCache[T any] struct {
	now    func() time.Time
	making chan struct{} // holds one element while one is made

	mu   sync.Mutex
	kept map[string]cachedAnswer[T] // guarded by mu
}

type cachedAnswer[T any] struct {
	answer T
	at     time.Time
}

const (
	cacheLife = 2 * time.Second
	maxCached = 64
)

func newRecentCache[T any](now func() time.Time) *recentCache[T] {
	return &recentCache[T]{now: now, making: make(chan struct{}, 1), kept: map[string]cachedAnswer[T]{}}
}

// get returns the answer of a key, made by make where there is none that is
// fresh.
func (o *recentCache[T]) get(ctx context.Context, key string, make func() (T, error)) (answer T, err error) {
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
	if len(o.kept) >= maxCached {
		clear(o.kept)
	}
	o.kept[key] = cachedAnswer[T]{answer, at}
	return answer, nil
}

func (o *recentCache[T]) fresh(key string) (answer T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v, ok := o.kept[key]
	if !ok {
		return answer, false
	}
	if age := o.now().Sub(v.at); age < 0 || age >= cacheLife {
		return answer, false
	}
	return v.answer, true
}
