//go:build linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// phone drives the reference client through servers that die. Its book keeps
// all that it ever wrote, with the verdicts that it was answered. One goroutine
// uses it.
type phone struct {
	c        *commune
	random   *rand.Rand
	username string
	client   client.Client
	book     *client.Book // Invariant: its ops count from 1, and those that were acknowledged come first
	counted  int          // of the ops that were acknowledged, those that the tally has
}

// newPhone makes a phone that is not signed in.
func newPhone(c *commune, random *rand.Rand, username string, unit ledger.UnitID) *phone {
	state := &client.State{Plain: true}
	return &phone{
		c: c, random: random, username: username, book: state.Book(unit),
		client: client.Client{State: state, HTTP: c.http, Now: time.Now, Tries: 1}, // what to do about a refusal, call decides
	}
}

// shared is how many records of a village everybody writes to.
const shared = 10

// write saves a form: something new, something that others write too, or
// something that will be refused.
func (p *phone) write() {
	meeting := func(place string) string {
		return fmt.Sprintf(`"kind":"meeting","action":"edit","set":{"date":"2026-11-20","level":"commune","place":%q,"attendance":%d}`, place, p.random.IntN(300))
	}
	own := func(n int) ledger.RecordID { return ledger.NameID("faults", fmt.Sprint(p.username, n)) }
	everybodys := ledger.NameID("faults", fmt.Sprint(p.book.Unit, p.random.IntN(shared)))
	n := len(p.book.Outbox)
	var id ledger.RecordID
	var rest string
	switch luck := p.random.IntN(20); {
	case luck < 9 || n == 0:
		id, rest = own(n), meeting(fmt.Sprint("Điểm mẫu ", p.username, " ", n))
	case luck < 12:
		id, rest = own(p.random.IntN(n)), meeting("Điểm mẫu chung") // often there already
	case luck < 16:
		id = everybodys
		rest = fmt.Sprintf(`"kind":"household","action":"edit","set":{"headName":"Hộ mẫu %03d","category":%q}`,
			p.random.IntN(1000), []string{form.CategoryPoor, form.CategoryMerit}[p.random.IntN(2)])
	case luck < 18:
		id, rest = everybodys, fmt.Sprintf(`"kind":"household","action":%q`, []string{"remove", "restore"}[p.random.IntN(2)])
	default:
		id, rest = own(n), `"kind":"meeting","action":"edit","set":{"place":"Không có ngày"}`
	}
	text := fmt.Sprintf(`{"record":%q,"at":%q,%s}`, id, time.Now().UTC().Format(time.RFC3339), rest)
	p.book.Append(p.book.Seen, []byte(text))
}

// live writes, pushes and pulls until ctx ends.
func (p *phone) live(ctx context.Context) {
	for ctx.Err() == nil {
		if p.book.Waiting() < 40 { // without a signal people write on, for a while
			for range p.random.IntN(5) {
				p.write()
			}
		}
		p.push(ctx, p.chance())
		if p.random.IntN(3) == 0 && p.probe(ctx) {
			p.pull(ctx, p.chance())
		}
		pause(ctx, time.Duration(p.random.IntN(60))*time.Millisecond)
	}
}

// chance picks a server, and how long to wait for it. Some signals are so bad
// that no answer arrives in time.
func (p *phone) chance() chance {
	c := chance{url: p.c.servers[p.random.IntN(len(p.c.servers))].url(), timeout: 30 * time.Second}
	if p.random.IntN(12) == 0 {
		c.timeout = time.Duration(1+p.random.IntN(40)) * time.Millisecond
	}
	return c
}

type chance struct {
	url     string
	timeout time.Duration
}

// drain pushes until everything is acknowledged, and pulls. It reports
// whether that was done before ctx ended.
func (p *phone) drain(ctx context.Context) bool {
	for ctx.Err() == nil {
		if p.book.Waiting() == 0 && p.probe(ctx) && p.pull(ctx, p.chance()) && p.book.Waiting() == 0 {
			return true
		}
		p.push(ctx, p.chance())
	}
	return false
}

// probe does before each pull what the book asks for.
func (p *phone) probe(ctx context.Context) bool {
	batch := p.book.Probe(p.client.State.Device)
	return batch == nil || p.send(ctx, p.chance(), batch)
}

// again sends all that it ever sent, in other cuts. Its verdicts must stay.
func (p *phone) again(ctx context.Context) {
	for from := uint64(1); from <= p.book.Last && ctx.Err() == nil; {
		batch := p.cut(from, 1+p.random.IntN(100))
		if p.send(ctx, p.chance(), batch) {
			from = batch.Through + 1
		}
	}
}

// push sends some of what waits, at times together with what need not be sent.
func (p *phone) push(ctx context.Context, by chance) {
	from := p.acknowledged() + 1
	if p.random.IntN(8) == 0 {
		from = max(1, from-p.random.IntN(20))
	}
	if from <= len(p.book.Outbox) {
		p.send(ctx, by, p.cut(uint64(from), 1+p.random.IntN(20)))
	}
}

// acknowledged counts the ops that were answered 200.
func (p *phone) acknowledged() int { return len(p.book.Outbox) - p.book.Waiting() }

func (p *phone) cut(from uint64, most int) *client.Batch {
	return p.book.Cut(p.client.State.Device, from, client.Limits{MaxOps: most})
}

// send sends a batch, and reports whether it was acknowledged.
func (p *phone) send(ctx context.Context, by chance, batch *client.Batch) bool {
	p.c.count(func(n *tally) {
		n.batches++
		if batch.Again {
			n.resends++
		}
	})
	before := map[uint64]string{}
	for n := batch.From; n <= batch.Through; n++ {
		if v := p.book.Op(n).Verdict; v != nil {
			before[n] = verdict(v)
		}
	}
	restored := p.c.restored.Load()
	done := p.call(ctx, by, func(ctx context.Context) (client.Step, error) { return p.client.Deliver(ctx, p.book, batch) })
	for n, answered := range before {
		// What a restored ledger lacked it decides again.
		if v := p.book.Op(n).Verdict; v != nil && verdict(v) != answered && !restored {
			p.c.t.Errorf("%s: op %d was answered %s, now %s", p.username, n, answered, verdict(v))
		}
	}
	return done
}

// verdict is an answer to an op as text, without what people read.
func verdict(v *client.Verdict) string {
	return fmt.Sprint(v.N, " ", v.Status, " ", v.Fields, " ", string(v.Of), " ", v.Reason, " ", v.Code, " ", v.Field, " ", v.Late)
}

// pull asks for what is new until there is no more.
func (p *phone) pull(ctx context.Context, by chance) bool {
	for more := true; more; {
		page := func(ctx context.Context) (step client.Step, err error) {
			more, step, err = p.client.Fetch(ctx, p.book, 20+p.random.IntN(200))
			return step, err
		}
		if !p.call(ctx, by, page) {
			return false
		}
	}
	return true
}

// signIn begins a session, on the phone's device where it has one.
func (p *phone) signIn(ctx context.Context, by chance) bool {
	before := p.client.State.Device
	done := p.call(ctx, by, func(ctx context.Context) (client.Step, error) {
		return client.StepAgain, p.client.SignIn(ctx, p.username, password, client.Machine{Name: "Máy mẫu", Platform: "test"})
	})
	if now := p.client.State.Device; now != before && before.ID != "" && !p.c.restored.Load() {
		p.c.t.Errorf("%s: device %v became %v", p.username, before, now)
	}
	return done
}

// forgetDevice makes the next sign-in that of a device that the server has
// never seen.
func (p *phone) forgetDevice() { p.client.State.Device = client.Device{} }

// call sends one request, and does what its answer asks for, so that the
// request may be made again. It reports whether the answer was 200.
func (p *phone) call(ctx context.Context, by chance, request func(context.Context) (client.Step, error)) bool {
	limited, cancel := context.WithTimeout(ctx, by.timeout)
	defer cancel()
	p.client.URL = by.url
	started := time.Now()
	step, err := request(limited)
	took := time.Since(started)
	p.settle()
	var problem *client.Problem
	switch {
	case err == nil:
		p.c.count(func(n *tally) { n.longest = max(n.longest, took) })
	case errors.As(err, &problem):
		p.refused(ctx, by, step, problem)
	case step == client.StepReport:
		p.c.t.Errorf("%s: %v", p.username, err) // an answer that does not fit
	default:
		p.c.count(func(n *tally) { n.unanswered++ })
		pause(ctx, 10*time.Millisecond) // the server is away
	}
	return err == nil
}

// settle tells the tally how many ops are acknowledged now: after a restored
// backup they may be fewer.
func (p *phone) settle() {
	if n := p.acknowledged(); n != p.counted {
		p.c.acknowledged(n - p.counted)
		p.counted = n
	}
}

// refused does what the client leaves to its caller. Which refusals there may
// be depends on whether a backup was restored.
func (p *phone) refused(ctx context.Context, by chance, step client.Step, problem *client.Problem) {
	p.c.count(func(n *tally) { n.refused[fmt.Sprint(problem.Status, " ", problem.Code)]++ })
	restored := p.c.restored.Load()
	switch {
	case problem.Status == http.StatusServiceUnavailable && problem.RetryAfterSeconds > 0:
		pause(ctx, time.Duration(p.random.IntN(300))*time.Millisecond) // sooner than it asks for
	case step == client.StepRenew, problem.Status == http.StatusUnauthorized && restored:
		p.signIn(ctx, by)
	case step == client.StepPull && restored, problem.Code == "counter-gap" && step == client.StepAgain && restored:
		// The book has changed: it sends again what the ledger lacks.
	default:
		p.c.t.Errorf("%s: %v", p.username, problem)
		pause(ctx, 100*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
