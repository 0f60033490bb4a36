package post

import "time"

const (
	// Shortest is the least time between two attempts.
	Shortest = time.Minute
	// Longest is the most.
	Longest = 6 * time.Hour
)

// Backoff is how long to wait after an attempt that failed, the first being 1.
// Any time from Shortest to a bound is as likely as another; the bound doubles
// with each attempt, from two minutes to Longest at the ninth. Over the whole
// of that span and not around its end, so that what failed together, when a
// mail server was down, does not come back together.
//
// random returns a number from 0 to n-1, as [math/rand/v2.Int64N] does.
func Backoff(attempt int, random func(n int64) int64) time.Duration {
	bound := Longest
	if doublings := max(attempt, 1); doublings < 9 {
		bound = Shortest << doublings
	}
	return Shortest + time.Duration(random(int64(bound-Shortest)+1))
}
