package desk

import (
	"context"
	"sync"
	"time"
)

// recentCache keeps the answers of the last seconds. Of a key one at a time is made,
// and of all keys a few: each asks the database several questions for each unit.
type recentCache[T any] struct {
	now   func() time.Time
	slots slot

	mu     sync.Mutex
	kept   map[string]cachedAnswer[T] // guarded by mu
	making map[string]chan struct{}   // guarded by mu; closed once the answer is made, or was not
}

type cachedAnswer[T any] struct {
	answer T
	at     time.Time
}

const (
	cacheLife     = 2 * time.Second
	maxCached     = 64
	maxMadeAtOnce = 4
)

func newRecentCache[T any](now func() time.Time) *recentCache[T] {
	return &recentCache[T]{now: now, slots: newSlot(maxMadeAtOnce), kept: map[string]cachedAnswer[T]{}, making: map[string]chan struct{}{}}
}

// get returns the answer of a key, made by make where there is none that is
// fresh.
func (o *recentCache[T]) get(ctx context.Context, key string, make func() (T, error)) (answer T, err error) {
	for {
		v, ok, made := o.begin(key)
		switch {
		case ok:
			return v, nil
		case made == nil:
			return o.fill(ctx, key, make)
		}
		select {
		case <-made: // or it failed, and this one makes it
		case <-ctx.Done():
			return answer, ctx.Err()
		}
	}
}

// begin returns the answer of a key, or what is closed once somebody who makes it has
// ended; else the caller makes it.
func (o *recentCache[T]) begin(key string) (answer T, ok bool, made <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if answer, ok = o.fresh(key); ok {
		return answer, true, nil
	}
	if made, begun := o.making[key]; begun {
		return answer, false, made
	}
	o.making[key] = make(chan struct{})
	return answer, false, nil
}

// fill makes an answer that was begun, and keeps it.
func (o *recentCache[T]) fill(ctx context.Context, key string, make func() (T, error)) (answer T, err error) {
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		close(o.making[key])
		delete(o.making, key)
	}()
	release, err := o.slots.acquire(ctx)
	if err != nil {
		return answer, err
	}
	defer release()
	at := o.now()
	if answer, err = make(); err != nil {
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

// fresh returns the answer of a key, if it is. mu is held.
func (o *recentCache[T]) fresh(key string) (answer T, ok bool) {
	v, ok := o.kept[key]
	if !ok {
		return answer, false
	}
	if age := o.now().Sub(v.at); age < 0 || age >= cacheLife {
		return answer, false
	}
	return v.answer, true
}
