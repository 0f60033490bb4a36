//go:build linux

package faults_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/sqlite"
)

const (
	phones   = 16
	villages = 2
	password = "mat-khau-mau"
)

// commune is a database, the servers over it, and the phones that push to
// them.
type commune struct {
	t       *testing.T
	db      string // as -db has it
	random  *mathrand.Rand
	servers []*instance
	phones  []*phone
	http    *http.Client

	restored atomic.Bool // from a backup: phones may have to begin again

	mu     sync.Mutex
	tally  tally         // guarded by mu
	waited chan struct{} // guarded by mu: closed when enough is acknowledged
	enough int           // guarded by mu
}

// tally is what happened.
type tally struct {
	acknowledged int // ops
	batches      int
	resends      int // batches with something that was sent before
	unanswered   int // requests
	refused      map[string]int
	longest      time.Duration // until a 200

	serverKills, primaryKills, primaryStops, startsKilled int
	unprojected                                           int // kills between an insert and its projection
	looks                                                 int // kills after which that was looked at
}

// newCommune makes villages and accounts in an empty database, starts servers
// and signs the phones in.
func newCommune(t *testing.T, db string, servers int) *commune {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Log("seed ", seed)
	c := &commune{
		t: t, db: db, random: mathrand.New(mathrand.NewPCG(seed, 0)), //nolint:gosec // Faults are drawn, not hidden.
		http:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: phones}},
		tally: tally{refused: map[string]int{}},
	}
	t.Cleanup(c.http.CloseIdleConnections)
	c.settle()
	for range servers {
		s := newInstance(t, db)
		c.servers = append(c.servers, s)
		s.start()
	}
	c.everyone(func(p *phone) {
		for !p.signIn(t.Context(), p.chance()) {
		}
	})
	return c
}

// settle stores the villages and the accounts, and makes the phones.
func (c *commune) settle() {
	c.t.Helper()
	db := c.open(c.db)
	defer func() { _ = db.Close() }()
	tables := accounts.New(db)
	unit, err := tables.AddUnit(c.t.Context(), accounts.Unit{Code: "21133", Name: "Xã mẫu", Level: accounts.Commune, ValidFrom: "2004-01-01"})
	if err != nil {
		c.t.Fatal(err)
	}
	first, err := tables.AddUser(c.t.Context(), rand.Reader, time.Now(), accounts.NewUser{
		Username: "admin", Password: password, Name: "Quản trị", Role: form.RoleAdmin,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	var units []ledger.UnitID
	for i := range villages {
		village, err := tables.AddUnit(c.t.Context(), accounts.Unit{
			Code: fmt.Sprint("21133-0", i+1), Name: fmt.Sprint("Thôn mẫu ", i+1), Level: accounts.Village, ValidFrom: "2004-01-01", Parent: unit.ID,
		})
		if err != nil {
			c.t.Fatal(err)
		}
		units = append(units, village.ID)
	}
	for i := range phones {
		random := mathrand.New(mathrand.NewPCG(c.random.Uint64(), 0)) //nolint:gosec // As above.
		p := newPhone(c, random, fmt.Sprint("thon", i), units[i%villages])
		user := accounts.User{
			ID: ledger.UserID("u_" + p.username), Username: p.username, Name: "Người mẫu", Role: form.RoleCollector, Units: []ledger.UnitID{p.book.Unit},
			PasswordHash: first.PasswordHash, Created: ledger.MillisOf(time.Now()), Generation: 1, // a hash takes its time
		}
		_, err1 := tables.Usernames.Add(c.t.Context(), p.username, user.ID)
		_, err2 := tables.Users.Add(c.t.Context(), string(user.ID), user)
		if err := cmp.Or(err1, err2); err != nil {
			c.t.Fatal(err)
		}
		c.phones = append(c.phones, p)
	}
}

// open opens a database beside its servers.
func (c *commune) open(name string) (db store.Backend) {
	c.t.Helper()
	c.retryDuringElection(func() (err error) {
		if path, ok := strings.CutPrefix(name, "sqlite:"); ok {
			db, err = sqlite.Open(c.t.Context(), path)
		} else {
			db, err = mongo.Open(c.t.Context(), name)
		}
		return err
	})
	return db
}

// retryDuringElection does again what an election cut off.
func (c *commune) retryDuringElection(do func() error) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := do()
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnreachable) || time.Now().After(end) {
			c.t.Fatal(err)
		}
	}
}

// everyone lets all phones do something at once.
func (c *commune) everyone(do func(p *phone)) {
	var wait sync.WaitGroup
	for _, p := range c.phones {
		wait.Go(func() { do(p) })
	}
	wait.Wait()
}

// during lets the phones live while something happens to their servers.
func (c *commune) during(happens func(), lives ...*phone) {
	c.t.Helper()
	if len(lives) == 0 {
		lives = c.phones
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	var wait sync.WaitGroup
	for _, p := range lives {
		wait.Go(func() { p.live(ctx) })
	}
	defer wait.Wait() // also when it ends the test
	defer cancel()
	happens()
}

func (c *commune) count(do func(*tally)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(&c.tally)
}

// acknowledged counts ops, and wakes those waiting for them.
func (c *commune) acknowledged(ops int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.acknowledged += ops
	if c.waited != nil && c.tally.acknowledged >= c.enough {
		close(c.waited)
		c.waited = nil
	}
}

// progress waits until that many more ops are acknowledged, and returns in the
// moment in which the last of them is.
func (c *commune) progress(ops int) {
	c.t.Helper()
	waited := make(chan struct{})
	c.mu.Lock()
	c.waited, c.enough = waited, c.tally.acknowledged+ops
	c.mu.Unlock()
	select {
	case <-waited:
	case <-time.After(60 * time.Second):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.t.Fatalf("nothing was acknowledged for too long: %+v", c.tally)
	}
}

// finish lets the phones send what is left, and checks that all is well.
func (c *commune) finish() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Minute)
	defer cancel()
	c.everyone(func(p *phone) {
		if !p.drain(ctx) {
			c.t.Errorf("%s still has %d ops that were not acknowledged", p.username, p.book.Waiting())
		}
	})
	if c.t.Failed() {
		return
	}
	c.everyone(func(p *phone) { p.again(ctx) })
	c.everyone(func(p *phone) { // what the others wrote meanwhile
		for !p.pull(ctx, p.chance()) && ctx.Err() == nil {
		}
	})
	for _, s := range c.servers {
		s.stop()
	}
	c.check()
	n := &c.tally
	c.t.Logf("%d server kills (%d more while starting), %d primary kills, %d primary stops", n.serverKills, n.startsKilled, n.primaryKills, n.primaryStops)
	c.t.Logf("%d of %d kills of all servers were between an insert and its projection", n.unprojected, n.looks)
	c.t.Logf("%d ops acknowledged, %d batches, %d of them resends, %d requests unanswered, refused %v, the slowest 200 took %v",
		n.acknowledged, n.batches, n.resends, n.unanswered, n.refused, n.longest.Round(time.Millisecond))
}
