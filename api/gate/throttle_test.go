package gate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/api/gate"
)

// TestDevicesHaveTheirOwnAttempts: who guesses an account's password locks neither
// a device that has proved to be its owner's, nor other accounts at another address.
func TestDevicesHaveTheirOwnAttempts(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	throttle := gate.NewThrottle(func() time.Time { return now })
	guess := func(from []gate.Attempts) bool {
		t.Helper()
		wait, err := throttle.Take(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		if wait == 0 {
			throttle.Spend(from)
		}
		return wait == 0
	}
	stranger := gate.GuessesOf("truongthon", "192.0.2.1", "")
	guesses := 0
	for guess(stranger) {
		guesses++
	}
	if guesses != 10 {
		t.Errorf("a stranger has %d guesses", guesses)
	}
	if guess(gate.GuessesOf("truongthon", "192.0.2.2", "")) {
		t.Error("from another address there are more")
	}
	if !guess(gate.GuessesOf("truongthon", "192.0.2.1", "d_owner")) {
		t.Error("the owner's phone is locked out")
	}
	now = now.Add(time.Minute)
	if !guess(stranger) || guess(stranger) {
		t.Error("after a minute there is not one guess more")
	}
}

// TestManyAtOnceAreNotGuessing: an attempt made while as many as allowed are
// being checked waits for them, and is refused only if they were wrong.
func TestManyAtOnceAreNotGuessing(t *testing.T) {
	for name, right := range map[string]bool{"right": true, "wrong": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				throttle := gate.NewThrottle(time.Now)
				from := gate.GuessesOf("truongthon", "192.0.2.1", "")
				for range 10 {
					if wait, err := throttle.Take(t.Context(), from); wait != 0 || err != nil {
						t.Fatal(wait, err)
					}
				}
				answers := make(chan time.Duration, 1)
				go func() {
					wait, _ := throttle.Take(t.Context(), from)
					answers <- wait
				}()
				synctest.Wait()
				if len(answers) > 0 {
					t.Fatalf("answered before the others were checked: wait %v", <-answers)
				}
				for range 10 {
					if right {
						throttle.GiveBack(from)
					} else {
						throttle.Spend(from)
					}
				}
				if wait := <-answers; (wait == 0) != right {
					t.Errorf("told to wait %v", wait)
				}
			})
		})
	}
}
