package demo

import (
	"context"
	"math/rand/v2"
	"net/http"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// Wrong reports whether what an act says is not so.
func (a *Act) Wrong() bool { return a.wrong }

// Phone is a phone of one unit, for the tests of phones alone.
type Phone struct{ p *phone }

// NewPhone makes one that is signed in already. drops is how often the answer
// to a push is lost.
func NewPhone(c *http.Client, url string, unit ledger.UnitID, drops float64) Phone {
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // A play is drawn, not hidden.
	p := newPhone(c, url, Login{Username: "thon1.truongthon"}, random, drops, false)
	p.State.Access, p.State.Refresh, p.State.Device = "access-1", "refresh-1", client.Device{ID: "d_1", Epoch: 1}
	p.open(unit)
	return Phone{p}
}

// Write saves a form.
func (t Phone) Write(a *Act) error { return t.p.write(a) }

// Sync sends and pulls as far as the signal goes.
func (t Phone) Sync(ctx context.Context) error { return t.p.sync(ctx) }

// Flush sends until everything is acknowledged.
func (t Phone) Flush(ctx context.Context) error { return t.p.flush(ctx) }

// Pull pulls all that is new.
func (t Phone) Pull(ctx context.Context) error { return t.p.pullAll(ctx) }

// Waiting counts the ops that were not acknowledged.
func (t Phone) Waiting() int { return t.p.books[0].Waiting() }

// Counts tells ops acknowledged, pushes, pushes sent again and ops refused.
func (t Phone) Counts() (ops, batches, resends, refused int) {
	return t.p.counts.Ops, t.p.counts.Batches, t.p.counts.Resends, t.p.counts.Refused
}
