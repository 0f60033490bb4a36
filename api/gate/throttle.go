package gate

import (
	"context"
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
// So a stranger could keep an account's owner out. Therefore a device that has
// signed in to the account before, and proves by its last refresh token that it
// is that device, has its own attempts. Its id alone proves nothing: it
// stands in every record that it wrote.
//
// It also bounds what people begin that is kept for ever: see [SeriesOf].
//
// It is kept in memory: with several servers, each allows as much. Where it is
// full, what has almost recovered is forgotten first.
type Throttle struct {
	now func() time.Time

	mu   sync.Mutex
	full map[string]time.Time // when the attempts are all there again
	// checking counts the attempts whose outcome is not known yet.
	checking map[string]int
	checked  chan struct{} // closed when one of them is, and then replaced
	waiting  int           // how many wait for that, about
}

// maxThrottled bounds the throttle's memory.
const maxThrottled = 10_000

// maxWaiting bounds the requests that wait for others to be checked.
const maxWaiting = 1000

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
	perCode    = allowance{burst: 20, every: time.Minute}
	perAddress = allowance{burst: 60, every: 5 * time.Second}
	perPerson  = allowance{burst: 60, every: time.Hour}
)

// Attempts name what one attempt is taken from.
type Attempts struct {
	key string
	allowance
	more int // how many it takes beside one
}

// cost is how long what is taken needs to come back.
func (a Attempts) cost() time.Duration { return time.Duration(1+a.more) * a.every }

// GuessesOf says what a sign-in is counted against. device is empty unless it
// has signed in to the account before, and has proved to be that device.
func GuessesOf(username, address string, device ledger.DeviceID) []Attempts {
	if device != "" {
		return []Attempts{{key: "device " + string(device), allowance: perDevice}}
	}
	return []Attempts{{key: "account " + username, allowance: perAccount}, {key: "address " + address, allowance: perAddress}}
}

// SeriesOf says what a sign-in is counted against that begins new counters, on a new
// device or in a new epoch. Each is kept for ever, by the ledgers that it writes to
// and in the list of devices that desks ask for. A phone begins few in its
// life, and a client of a restored server some dozens at once.
func SeriesOf(user ledger.UserID) []Attempts {
	return []Attempts{{key: "series of " + string(user), allowance: perPerson}}
}

// PushOf says what a push is counted against: the KiB that one person sends in a day,
// an op being one at least, of which there are most. Ledgers keep it for ever, also
// what they refuse.
func PushOf(user ledger.UserID, ops, bytes, most int) []Attempts {
	perDay := allowance{burst: most, every: 24 * time.Hour / time.Duration(most)}
	return []Attempts{{key: "push of " + string(user), allowance: perDay, more: max(ops, bytes>>10, 1) - 1}}
}

// GuessesAtToken says what a recipient's word is counted against. It is another
// count than that of passwords, so that neither uses up the other's.
func GuessesAtToken(address string) []Attempts {
	return []Attempts{{key: "word from " + address, allowance: perAddress}}
}

// GuessesAtCode says what an enrolment code is counted against. Codes are short:
// an address has few attempts.
func GuessesAtCode(address string) []Attempts {
	return []Attempts{{key: "code from " + address, allowance: perCode}}
}

// TooMany is the answer while there are no attempts left.
func TooMany(wait time.Duration) error {
	return problem.Fail("too-many-requests", nil, func(p *contract.Problem) {
		p.Message = "Đã thử quá nhiều lần. Vui lòng chờ rồi thử lại."
		p.RetryAfterSeconds = int(math.Ceil(wait.Seconds()))
	})
}

// NewThrottle makes a throttle with all attempts left.
func NewThrottle(now func() time.Time) *Throttle {
	return &Throttle{now: now, full: map[string]time.Time{}, checking: map[string]int{}, checked: make(chan struct{})}
}

// Take uses up one attempt of each, so that guesses sent at once are counted
// too. It takes none where one of them has none left, and tells how long to
// wait; where that is only because others are still being checked, it waits for
// them: many who sign in at once are not guessing. What was taken is given back
// by GiveBack, or spent by Spend.
func (t *Throttle) Take(ctx context.Context, from []Attempts) (wait time.Duration, err error) {
	for {
		wait, checked := t.tryTake(from)
		if wait == 0 || checked == nil {
			return wait, nil
		}
		select {
		case <-checked:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// tryTake returns a channel where the attempts that are being checked may be
// given back, and Take is to wait for that.
func (t *Throttle) tryTake(from []Attempts) (wait time.Duration, checked <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	spent := time.Duration(0) // how long to wait if all that is being checked were right
	for _, a := range from {
		used := max(t.full[a.key].Sub(now), 0)
		over := used + a.cost() - time.Duration(a.burst)*a.every
		wait = max(wait, over)
		spent = max(spent, over-time.Duration(t.checking[a.key])*a.every)
	}
	switch {
	case spent > 0 || wait > 0 && t.waiting >= maxWaiting:
		return wait, nil
	case wait > 0:
		t.waiting++
		return wait, t.checked
	}
	for _, a := range from {
		full := t.full[a.key]
		if full.Before(now) {
			full = now
			t.makeRoom(now)
		}
		t.full[a.key] = full.Add(a.cost())
		t.checking[a.key] += 1 + a.more
	}
	return 0, nil
}

// GiveBack returns what was taken for an attempt that was not a guess.
func (t *Throttle) GiveBack(from []Attempts) {
	t.settle(from, func(a Attempts) {
		if full, ok := t.full[a.key]; ok {
			t.full[a.key] = full.Add(-a.cost())
		}
	})
}

// Spend keeps what was taken for an attempt that was wrong.
func (t *Throttle) Spend(from []Attempts) { t.settle(from, func(Attempts) {}) }

func (t *Throttle) settle(from []Attempts, do func(Attempts)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range from {
		do(a)
		if t.checking[a.key] -= 1 + a.more; t.checking[a.key] <= 0 {
			delete(t.checking, a.key)
		}
	}
	// All who wait try again.
	close(t.checked)
	t.checked, t.waiting = make(chan struct{}), 0
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
