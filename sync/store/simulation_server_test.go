package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// node is a server of the simulation. It runs on the simulation's goroutine:
// what the store would do in the background is kept, and done when the
// simulation says so, or never.
type node struct {
	s           *simulation
	store       *store.Store
	skew        time.Duration
	drains      []func() // what pushes wait for
	projections []func()
	draining    int  // drains on the stack
	ran         int  // how often drains were run
	writing     bool // the innermost work on the stack is a drain
	dead        bool // it does nothing any more; its callers see a crash
}

var errCrashed = errors.New("the server has crashed")

// start starts a server on what the database holds.
func (s *simulation) start() *node {
	n := &node{s: s, skew: time.Duration(s.rng.IntN(48*60)-24*60) * time.Minute}
	var key [32]byte
	for i := range key {
		key[i] = byte(s.rng.Uint32())
	}
	n.store = store.New(s.db, store.Options{
		Now: func() time.Time { return s.now.Add(n.skew) }, Random: rand.NewChaCha8(key), Location: time.UTC,
		MaxRecords: s.habits.maxRecords, Deadline: time.Hour, Go: n.background, Pause: n.pause,
	})
	for {
		var err error
		n.serve(func() { err = n.store.Recover(s.t.Context()) })
		switch {
		case n.dead:
			return s.start()
		case err == nil:
			s.count["servers started"]++
			return n
		case !errors.Is(err, memory.ErrFault) && !errors.Is(err, store.ErrUnreachable):
			s.fail("recover: %v", err)
		}
	}
}

// serve runs work of the server.
func (n *node) serve(work func()) {
	before := n.s.serving
	n.s.serving = n
	work()
	n.s.serving = before
}

// background keeps work. Drains are what Append waits for; what else a store
// starts are projections.
func (n *node) background(work func()) {
	if strings.HasSuffix(runtime.FuncForPC(reflect.ValueOf(work).Pointer()).Name(), ".drain-fm") {
		n.drains = append(n.drains, work)
	} else {
		n.projections = append(n.projections, work)
	}
}

// pause is over at once. That it ends with an error is a deadline, for pushes,
// and a crash for everything.
func (n *node) pause(context.Context, time.Duration) error {
	switch {
	case n.dead:
		return errCrashed
	case n.writing && !n.s.calm && n.s.chance(0.2):
		n.s.count["deadlines missed"]++
		return context.DeadlineExceeded
	}
	return nil
}

// run runs what pushes wait for.
func (n *node) run() {
	n.ran++
	for len(n.drains) > 0 {
		work := n.drains[0]
		n.drains = n.drains[1:]
		before := n.writing
		n.writing = true
		n.draining++
		n.serve(work)
		n.draining--
		n.writing = before
	}
}

// work does something that was left for later.
func (n *node) work() {
	if n.dead {
		return
	}
	if len(n.drains) > 0 {
		n.run()
	}
	if len(n.projections) > 0 && !n.dead {
		n.s.count["projections"]++
		i := n.s.rng.IntN(len(n.projections))
		work := n.projections[i]
		n.projections = append(n.projections[:i], n.projections[i+1:]...)
		n.serve(work)
	}
}

// crash ends the server. What it had not written is gone.
func (n *node) crash(where string) {
	if !n.dead {
		n.dead = true
		n.s.count["servers crashed "+where]++
	}
}

// request is the context of one push. A store asks for Done when it has
// nothing left to do but wait: then time passes.
type request struct {
	wait func() <-chan struct{}
	err  error
}

func (r *request) Deadline() (time.Time, bool) { return time.Time{}, false }
func (r *request) Done() <-chan struct{}       { return r.wait() }
func (r *request) Err() error                  { return r.err }
func (r *request) Value(any) any               { return nil }

var gaveUp = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// append hands a push to the server. Others may come to wait beside it, and
// be written in one commit with it; or the phone gives up, which the server
// notices in time or not.
func (n *node) append(p *parcel) (answer store.Answer, err error) {
	s := n.s
	r := &request{}
	var timer *time.Timer
	stranded := make(chan struct{})
	r.wait = func() <-chan struct{} {
		if n.draining == 0 {
			ran := n.ran
			s.meanwhile(n)
			if n.ran == ran && (s.calm || !n.dead && !s.chance(s.habits.giveUp)) {
				n.run()
			}
			if n.ran != ran { // the answer is there, perhaps by another one's wait
				timer = time.AfterFunc(10*time.Second, func() { close(stranded) })
				return stranded
			}
		}
		s.count["requests given up"]++
		r.err = context.Canceled
		return gaveUp
	}
	author := p.from.author
	if p.unit == mergedUnit {
		author.LastDay = s.lastDay
	}
	n.serve(func() { answer, err = n.store.Append(r, p.unit, author, p.batch) })
	if timer != nil {
		timer.Stop()
	}
	select {
	case <-stranded:
		s.fail("a push to %s waits for an answer that nothing will bring", p.unit)
	default:
	}
	if s.chance(0.7) {
		r.err = nil
	}
	return answer, err
}

// fault decides what becomes of a call to the database.
func (s *simulation) fault(op, _ string) memory.Fault {
	n, h := s.serving, &s.habits
	if n == nil {
		return memory.None
	}
	rate, name := h.read, "reads failed"
	switch op {
	case memory.OpInsert:
		s.meanwhile(pick(s, s.nodes)) // another server may be first
		rate, name = h.insert, "inserts failed"
	case memory.OpPutRow, memory.OpPutStream, memory.OpPutHead, memory.OpRedact:
		if s.chance(0.02) {
			s.meanwhile(pick(s, s.nodes))
		}
		rate, name = h.project, "projections failed"
	case memory.OpDropHead, memory.OpDropRow, memory.OpDropStream:
		// Nobody comes now: the ledger is being loaded, and on one goroutine
		// a caller that waited for it would wait forever.
		rate, name = h.project, "projections failed"
	default:
		if n.dead || !s.calm && s.chance(rate) {
			s.count[name]++
			return memory.Unapplied
		}
		if op == memory.OpCommits && !s.calm && s.chance(3*rate) {
			s.count["reads of what was before"]++
			return memory.Older
		}
		return memory.None
	}
	switch {
	case n.dead:
		return memory.Unapplied
	case s.calm:
		return memory.None
	case s.chance(h.crash):
		if op == memory.OpInsert {
			n.crash("around an insert")
			return memory.Fault(s.rng.IntN(3))
		}
		n.crash("in a projection")
		return memory.Fault(1 + s.rng.IntN(2))
	case s.chance(rate):
		if s.chance(0.5) {
			s.count[name+", applied"]++
			return memory.Applied
		}
		s.count[name+", not applied"]++
		return memory.Unapplied
	}
	return memory.None
}
