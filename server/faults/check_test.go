//go:build linux

package faults_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// check compares the database with what the phones were answered. No server runs
// any more.
func (c *commune) check() {
	c.t.Helper()
	if out := mustRun(c.t, "verify", "-db", c.db); strings.Count(out, " ok\n") != villages {
		c.t.Errorf("verify: %s", out)
	}
	db := c.open(c.db)
	defer func() { _ = db.Close() }()
	s := store.New(db, store.Options{Now: time.Now, Random: rand.Reader, Location: time.UTC})
	for _, unit := range []ledger.UnitID{c.phones[0].book.Unit, c.phones[1].book.Unit} {
		stored := c.stored(db, unit)
		fold, err := s.Fold(c.t.Context(), unit, 0, ledger.RulesCurrent)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, p := range c.phones {
			if p.book.Unit == unit {
				c.checkOps(p, stored)
				c.checkHeld(p, fold)
			}
		}
		if len(stored) > 0 {
			c.t.Errorf("%s holds %d ops that no phone sent, or that are there twice", unit, len(stored))
		}
		c.checkRows(db, fold)
	}
}

// stored reads every op of a ledger, by device, epoch and counter.
func (c *commune) stored(db store.Backend, unit ledger.UnitID) map[string][]storedOp {
	c.t.Helper()
	all := map[string][]storedOp{}
	for after := ledger.Seq(0); ; {
		commits, err := db.Commits(c.t.Context(), unit, after, 256)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(commits) == 0 {
			return all
		}
		for _, commit := range commits {
			for _, e := range commit.Entries {
				for i := range e.Ops {
					key := fmt.Sprint(e.Device, "/", e.Epoch, "/", e.From+uint64(i))
					all[key] = append(all[key], storedOp{e.Ops[i].Open(), answered(e.From+uint64(i), &e.Verdicts[i])})
				}
			}
			after = commit.Seq
		}
	}
}

type storedOp struct {
	op      ledger.Op
	verdict string // as it is answered
}

// answered is a stored verdict as it is answered.
func answered(n uint64, v *ledger.Verdict) string {
	r := client.Verdict{N: n, Status: v.Status, Fields: v.Fields, Reason: v.Reason, Code: v.Code, Field: v.Field, Late: v.Late}
	if !v.Of.Record.IsZero() {
		r.Of = json.RawMessage(v.Of.Value())
	}
	return verdict(&r)
}

// checkOps finds each op of a phone once, with the verdict that the phone was
// answered, and takes it out of what is stored.
func (c *commune) checkOps(p *phone, stored map[string][]storedOp) {
	c.t.Helper()
	for i := range p.book.Outbox {
		o := &p.book.Outbox[i]
		key := fmt.Sprint(p.client.State.Device.ID, "/", p.client.State.Device.Epoch, "/", o.N)
		found := stored[key]
		text, err := ledger.Canonical(o.Text())
		if err != nil {
			c.t.Fatal(err)
		}
		switch {
		case len(found) != 1:
			c.t.Errorf("%s: op %d, answered %v, is in the ledger %d times", p.username, o.N, o.Verdict, len(found))
		case found[0].op.Text != text:
			c.t.Errorf("%s: op %d was sent as %s and is in the ledger as %s", p.username, o.N, text, found[0].op.Text)
		case o.Verdict == nil || found[0].verdict != verdict(o.Verdict):
			c.t.Errorf("%s: op %d was answered %v, stored is %s", p.username, o.N, o.Verdict, found[0].verdict)
		default:
			delete(stored, key)
		}
	}
}

// checkHeld compares what a phone pulled, through all that happened, with the
// fold.
func (c *commune) checkHeld(p *phone, fold *ledger.State) {
	c.t.Helper()
	if h := fold.Head(); p.book.Cursor == nil || p.book.Cursor.Seq != h.Seq || p.book.Cursor.Hash != h.Hash.String() || p.book.Cursor.Log != h.Log {
		c.t.Errorf("%s: its cursor is %+v, the ledger is at %v", p.username, p.book.Cursor, h)
	}
	if len(p.book.Records) != fold.Len() {
		c.t.Errorf("%s holds %d records, the fold has %d", p.username, len(p.book.Records), fold.Len())
	}
	for want := range fold.Records() {
		var got struct {
			Seq       ledger.Seq
			State     store.State
			Fields    map[string]json.RawMessage
			Conflicts []struct{ Field string }
		}
		if err := json.Unmarshal(p.book.Records[want.ID.String()], &got); err != nil {
			c.t.Errorf("%s: record %s: %v", p.username, want.ID, err)
			continue
		}
		fields := 0
		for _, name := range want.Fields() {
			value, ok := want.Current(name)
			if !ok || strings.HasPrefix(name, "_") {
				continue
			}
			fields++
			if text, err := ledger.Canonical(got.Fields[name]); err != nil || text != value {
				c.t.Errorf("%s: record %s: %s is %s, the fold has %s", p.username, want.ID, name, got.Fields[name], value)
			}
		}
		if got.Seq != want.Seq || got.State != store.StateOf(want) || len(got.Fields) != fields || len(got.Conflicts) != len(want.Conflicts()) {
			c.t.Errorf("%s: record %s is %+v, the fold has it at %d with %d fields and conflicts in %v", p.username, want.ID, got, want.Seq, fields, want.Conflicts())
		}
	}
}

// checkRows holds what lists are made of against the fold.
func (c *commune) checkRows(db store.Backend, fold *ledger.State) {
	c.t.Helper()
	snapshot, err := db.Snapshot(c.t.Context(), fold.Unit())
	if err != nil {
		c.t.Fatal(err)
	}
	if snapshot.Head != fold.Head() || len(snapshot.Rows) != fold.Len() {
		c.t.Errorf("%s: %d rows at %v, the fold has %d at %v", fold.Unit(), len(snapshot.Rows), snapshot.Head, fold.Len(), fold.Head())
	}
	for i := range snapshot.Rows {
		row := &snapshot.Rows[i]
		if r := fold.Record(row.ID); r == nil || !bytes.Equal(row.Body, r.AppendJSON(nil)) {
			c.t.Errorf("%s: row %s differs from the fold: %s", fold.Unit(), row.ID, row.Body)
		}
	}
}
