package client

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Problem is an answer that is no success (RFC 9457).
type Problem struct {
	Status            int        `json:"status"`
	Code              string     `json:"code"`
	Title             string     `json:"title,omitempty"`
	Detail            string     `json:"detail,omitempty"`
	Message           string     `json:"message,omitempty"`  // in Vietnamese, fit to show
	Expected          uint64     `json:"expected,omitempty"` // counter-gap, log-diverged
	N                 uint64     `json:"n,omitempty"`        // the op concerned
	Common            ledger.Seq `json:"common,omitempty"`   // log-diverged
	Epochs            []Through  `json:"epochs,omitempty"`   // log-diverged
	RetryAfterSeconds int        `json:"retryAfterSeconds,omitempty"`

	Call string `json:"-"` // method and path
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s: %d %s: %s %s", p.Call, p.Status, p.Code, p.Title, p.Detail)
}

// Wait is how long to wait before the same request again.
func (p *Problem) Wait() time.Duration {
	return time.Duration(max(p.RetryAfterSeconds, 1)) * time.Second
}

// Step is what a client does next.
type Step string

// The steps.
const (
	StepAgain  Step = "again"  // send again what Next or Query makes now, after Problem.Wait where the server asks for it
	StepRenew  Step = "renew"  // refresh the session, then as StepAgain
	StepSignIn Step = "signIn" // a person must sign in, or see the commune
	StepFresh  Step = "fresh"  // sign in with fresh and the device that is Known, and Adopt the device of the answer
	StepPull   Step = "pull"   // pull from the beginning, then push
	StepWrite  Step = "write"  // op Problem.N must be written otherwise: see Rewrite
	StepUpdate Step = "update" // a person must update the app
	StepReport Step = "report" // the contract has no such answer: keep everything and report it
)

// changes reports whether the answer to a request has changed the book, so that
// the next request is another. batch is nil for a pull.
func (p *Problem) changes(batch *Batch) bool {
	if p.Status == http.StatusRequestTimeout {
		return batch != nil && batch.ops() > 1
	}
	return p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests
}

// Refuse takes an answer to a push or a pull of a unit that is no 200, and
// changes the book as the table of openapi.yaml says. sent is nil for a pull; now
// is the time by the client's clock. Nothing is ever taken out of the outbox.
func (s *State) Refuse(b *Book, sent *Batch, p *Problem, now time.Time) Step {
	switch {
	case p.Status == http.StatusTooManyRequests, p.Status >= http.StatusInternalServerError:
		return StepAgain
	case p.Status == http.StatusUnauthorized && p.Code == "token-expired":
		return StepRenew
	case p.Status == http.StatusUnauthorized, p.Status == http.StatusForbidden, p.Status == http.StatusNotFound:
		return StepSignIn
	case p.Status == http.StatusUpgradeRequired:
		return StepUpdate
	case p.Code == "log-diverged":
		return b.diverge(s.Device, p)
	case p.Code == "view-changed":
		b.empty()
		return StepPull
	case sent == nil:
		return StepReport
	case p.Code == "counter-gap":
		b.Doubt = len(b.Before) > 0
		return b.unsendFrom(p.Expected, StepAgain)
	case p.Code == "epoch-fenced", p.Code == "device-forked", p.Code == "counter-reuse":
		s.fence(now)
		return StepFresh
	case p.Status == http.StatusBadRequest:
		if sent.From == sent.Through {
			p.N = sent.From
			return StepWrite
		}
		b.Single = max(b.Single, sent.Through)
		return StepAgain
	case p.Status == http.StatusRequestTimeout: // the line is too slow for so much at once
		b.MostOps = (sent.ops() + 1) / 2
		return StepAgain
	case p.Status == http.StatusRequestEntityTooLarge:
		return b.halve(sent, p)
	case p.Status == http.StatusUnsupportedMediaType && !s.Plain:
		s.Plain = true
		return StepAgain
	}
	return StepReport
}

// unsendFrom marks ops as not sent. Where the server lacks ops that are no
// longer kept, the gap cannot be filled, and only a new epoch goes on.
func (b *Book) unsendFrom(n uint64, then Step) Step {
	if n < b.first() && n <= b.Last {
		return StepFresh // Adopt and Epochs find what is kept of them.
	}
	for o := b.Op(max(n, b.first())); o != nil; o = b.Op(o.N + 1) {
		o.unsend()
	}
	return then
}

// diverge begins the recovery from a ledger that does not hold the cursor:
// what the ledger lacks is sent again, as written by an author who had seen no
// more than what both share. How much that is, the server is asked first: the
// next pull names the heads that were seen before.
func (b *Book) diverge(d Device, p *Problem) Step {
	if p.Common == 0 && !b.Asked && b.Cursor != nil && len(b.Heads) > 0 {
		b.Asked = true
		return StepPull
	}
	b.Heads = slices.DeleteFunc(b.Heads, func(h Head) bool { return h.Seq > p.Common })
	b.empty()
	b.Pushed, b.Earlier = 0, 0
	step := b.unsendFrom(p.Expected, StepPull)
	for o := b.Op(max(p.Expected, b.first())); o != nil; o = b.Op(o.N + 1) {
		o.Base = min(o.Base, p.Common)
	}
	return b.lost(d, p.Epochs, p.Common, step)
}

// empty drops what was pulled. The outbox stays.
func (b *Book) empty() {
	b.Cursor, b.Tip, b.View, b.Seen, b.Records, b.Asked = nil, nil, "", 0, nil, false
}

// halve answers a batch that is too large.
func (b *Book) halve(sent *Batch, p *Problem) Step {
	ops := sent.ops()
	if ops == 1 {
		p.N = sent.From
	}
	if p.N > 0 {
		return StepWrite
	}
	b.MostOps = ops / 2
	return StepAgain
}
