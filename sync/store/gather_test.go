package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// TestGatherer brings items from many goroutines while the first is held: the
// others come in groups no larger than allowed, each gets its own answer, and
// none is written twice.
func TestGatherer(t *testing.T) {
	const items, most = 100, 16
	odd := errors.New("odd")
	held, groups := make(chan struct{}), make(chan []int, items)
	g := store.Gatherer[int]{Most: most, AtOnce: 1, Write: func(_ context.Context, group []int) []error {
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

// TestGathererLetsGo: who gives up returns at once, and does not end what
// others wait for.
func TestGathererLetsGo(t *testing.T) {
	var calls atomic.Int32
	begun, held := make(chan context.Context, 2), make(chan struct{})
	g := store.Gatherer[int]{Most: 8, AtOnce: 1, Write: func(ctx context.Context, group []int) []error {
		calls.Add(1)
		begun <- ctx
		<-held
		return nil
	}}
	hurried, giveUp := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- g.Do(hurried, 1) }()
	first := <-begun
	patient, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	stayed := make(chan error, 1)
	go func() { stayed <- g.Do(patient, 2) }()
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: %v", err)
	}
	if first.Err() != nil {
		t.Errorf("the write ended too: %v", first.Err())
	}
	if err := g.Do(hurried, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("who had given up before: %v", err)
	}
	close(held)
	if err := <-stayed; err != nil {
		t.Errorf("who stayed: %v", err)
	}
	if deadline, ok := (<-begun).Deadline(); !ok || time.Until(deadline) < 50*time.Minute {
		t.Errorf("the second write ends at %v, %v", deadline, ok)
	}
	if n := calls.Load(); n != 2 {
		t.Errorf("%d writes", n)
	}
}
