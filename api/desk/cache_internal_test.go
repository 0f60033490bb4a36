package desk

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/jobs/archive"
)

// An answer that takes long holds up those who want the same, and no others.
func TestSlowAnswersHoldUpNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newRecentCache[string](time.Now)
		get := func(key, answer string, err error, until chan struct{}) (string, error) {
			return cache.get(t.Context(), key, func() (string, error) {
				if until != nil {
					<-until
				}
				return answer, err
			})
		}
		var work sync.WaitGroup
		slow := make(chan struct{})
		work.Go(func() {
			if got, err := get("a", "first", nil, slow); got != "first" || err != nil {
				t.Errorf("the first: %q, %v", got, err)
			}
		})
		synctest.Wait()
		work.Go(func() {
			if got, err := get("a", "second", nil, nil); got != "first" || err != nil {
				t.Errorf("who wants the same: %q, %v", got, err)
			}
		})
		if got, err := get("b", "other", nil, nil); got != "other" || err != nil {
			t.Errorf("another: %q, %v", got, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := cache.get(ctx, "a", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("who does not wait: %v", err)
		}
		close(slow)
		work.Wait()
		if got, _ := get("a", "third", nil, nil); got != "first" {
			t.Errorf("within seconds: %q", got)
		}
		time.Sleep(cacheLife)
		if got, _ := get("a", "third", nil, nil); got != "third" {
			t.Errorf("after that: %q", got)
		}

		// Who waited for one that failed makes it.
		failing := make(chan struct{})
		bad := errors.New("no answer")
		work.Go(func() {
			if _, err := get("c", "", bad, failing); !errors.Is(err, bad) {
				t.Errorf("one that fails: %v", err)
			}
		})
		synctest.Wait()
		work.Go(func() {
			if got, err := get("c", "made", nil, nil); got != "made" || err != nil {
				t.Errorf("after one that failed: %q, %v", got, err)
			}
		})
		synctest.Wait()
		close(failing)
		work.Wait()

		// So many at once, and no more.
		held := make(chan struct{})
		for _, key := range []string{"1", "2", "3", "4"} {
			work.Go(func() { _, _ = get(key, "", nil, held) })
		}
		synctest.Wait()
		if _, err := get("5", "", nil, nil); !errors.Is(err, archive.ErrBusy) {
			t.Errorf("the fifth: %v", err)
		}
		close(held)
		work.Wait()
	})
}
