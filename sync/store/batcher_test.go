package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// TestBatcher brings items from many goroutines while the first is held: the
// others come in groups no larger than allowed, each gets its own answer, and
// none is written twice.
func TestBatcher(t *testing.T) {
	const items, most = 100, 16
	odd := errors.New("odd")
	held, groups := make(chan struct{}), make(chan []int, items)
	g := store.Batcher[int]{Most: most, AtOnce: 1, Write: func(_ context.Context, group []int) []error {
		<-held
		groups <- group
		errs := make([]error, len(group))
		for i, n := range group {
			if n%2 == 1 {
				errs[i] = fmt.Errorf("%d is %w", n, odd)
			}
		}
		return errs
	}}
	var brought, done sync.WaitGroup
	for n := range items {
		brought.Add(1)
		done.Go(func() {
			brought.Done()
			if err := g.Do(t.Context(), n); errors.Is(err, odd) != (n%2 == 1) {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	brought.Wait()
	close(held)
	done.Wait()
	close(groups)
	var all []int
	for group := range groups {
		if len(group) > most {
			t.Errorf("a group of %d", len(group))
		}
		all = append(all, group...)
	}
	slices.Sort(all)
	if len(all) != items || all[0] != 0 || all[items-1] != items-1 || len(slices.Compact(all)) != items {
		t.Errorf("written: %v", all)
	}
}

// TestBatcherLetsGo: a caller that gives up returns at once, and does not end what
// others wait for. What had not begun by then is not written.
func TestBatcherLetsGo(t *testing.T) {
	type call struct {
		ctx   context.Context //nolint:containedctx // It is looked at.
		group []int
	}
	begun, held := make(chan call, 3), make(chan struct{})
	g := store.Batcher[int]{Most: 8, AtOnce: 1, Write: func(ctx context.Context, group []int) []error {
		begun <- call{ctx, group}
		<-held
		return nil
	}}
	do := func(ctx context.Context, n int) <-chan error {
		done := make(chan error, 1)
		go func() { done <- g.Do(ctx, n) }()
		return done
	}
	hurried, giveUp := context.WithCancel(t.Context())
	patient, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	writing := do(hurried, 1)
	first := <-begun
	waiting, staying := do(hurried, 2), do(patient, 3)
	for range 100 { // the two are most probably in the queue
		runtime.Gosched()
	}
	giveUp()
	for _, gone := range []<-chan error{writing, waiting} {
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up: %v", err)
		}
	}
	if first.ctx.Err() != nil {
		t.Errorf("the write ended too: %v", first.ctx.Err())
	}
	if err := g.Do(hurried, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("who had given up before: %v", err)
	}
	close(held)
	if err := <-staying; err != nil {
		t.Errorf("who stayed: %v", err)
	}
	second := <-begun
	if deadline, ok := second.ctx.Deadline(); !ok || time.Until(deadline) < 50*time.Minute {
		t.Errorf("the second write ends at %v, %v", deadline, ok)
	}
	if !slices.Equal(second.group, []int{3}) || len(begun) > 0 {
		t.Errorf("then %v was written, and %d more", second.group, len(begun))
	}
}
