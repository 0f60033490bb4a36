package gate

import (
	"math"
	"sync"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/ledger"
)

// Throttle slows the guessing of passwords. Every wrong password costs the
// account, and the address that it came from, one of a few attempts that come
// back with time. Where they are used up, the answer is 429 before the
// password is even looked at.
//
// A stranger could so keep an account's owner out. Therefore a device that has
// signed in to the account before has attempts of its own, which strangers
// cannot use up: its id has 128 bits, and only those who work with the
// account's records get to see it.
//
// It is kept in memory: with several servers, each allows as much. Where it is
// full, what has almost recovered is forgotten first.
type Throttle struct {
	now func() time.Time

	mu   sync.Mutex
	full map[string]time.Time // when the attempts are all there again
}

// maxThrottled bounds the throttle's memory.
const maxThrottled = 10_000

// allowance is how many attempts there are, and how soon one comes back.
type allowance struct {
	burst int
	every time.Duration
}

// Mobile networks put hundreds of phones behind one address, so an address has
// more.
var (
	perAccount = allowance{burst: 10, every: time.Minute}
	perDevice  = allowance{burst: 10, every: 30 * time.Second}
	perAddress = allowance{burst: 60, every: 5 * time.Second}
)

// Attempts name what one attempt is taken from.
type Attempts struct {
	key string
	allowance
}

// GuessesOf says what a sign-in is counted against. device is empty unless it
// has signed in to the account before.
func GuessesOf(username, address string, device ledger.DeviceID) []Attempts {
	if device != "" {
		return []Attempts{{"device " + string(device), perDevice}}
	}
	return []Attempts{{"account " + username, perAccount}, {"address " + address, perAddress}}
}

// GuessesAtToken says what a recipient's word is counted against. It is another
// count than that of passwords, so that neither uses up the other's.
func GuessesAtToken(address string) []Attempts {
	return []Attempts{{"word from " + address, perAddress}}
}

// TooMany is the answer while there are no attempts left.
func TooMany(wait time.Duration) error {
	return problem.Fail("too-many-requests", nil, func(p *contract.Problem) {
		p.Message = "Bạn đã thử quá nhiều lần. Vui lòng chờ rồi thử lại."
		p.RetryAfterSeconds = int(math.Ceil(wait.Seconds()))
	})
}

// NewThrottle makes a throttle with all attempts left.
func NewThrottle(now func() time.Time) *Throttle {
	return &Throttle{now: now, full: map[string]time.Time{}}
}

// Take uses up one attempt of each, so that guesses sent at once are counted
// too. It takes none where one of them has none left, and tells how long to
// wait.
func (t *Throttle) Take(from []Attempts) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, a := range from {
		used := max(t.full[a.key].Sub(now), 0)
		wait = max(wait, used+a.every-time.Duration(a.burst)*a.every)
	}
	if wait > 0 {
		return wait
	}
	for _, a := range from {
		full := t.full[a.key]
		if full.Before(now) {
			full = now
			t.makeRoom(now)
		}
		t.full[a.key] = full.Add(a.every)
	}
	return 0
}

// GiveBack returns what was taken for an attempt that was no guess.
func (t *Throttle) GiveBack(from []Attempts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range from {
		if full, ok := t.full[a.key]; ok {
			t.full[a.key] = full.Add(-a.every)
		}
	}
}

func (t *Throttle) makeRoom(now time.Time) {
	if len(t.full) < maxThrottled {
		return
	}
	var soonest string
	for key, full := range t.full {
		if !full.After(now) {
			delete(t.full, key)
		} else if soonest == "" || full.Before(t.full[soonest]) {
			soonest = key
		}
	}
	if len(t.full) >= maxThrottled {
		delete(t.full, soonest)
	}
}
