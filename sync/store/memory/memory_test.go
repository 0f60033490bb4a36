package memory_test

import (
	"errors"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/conformance"
	"github.com/sothon/sothon/sync/store/memory"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(*testing.T) store.Backend { return memory.New() })
}

func TestFaults(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	var fault memory.Fault
	var asked []string
	db.SetFaults(func(op, id string) memory.Fault {
		asked = append(asked, op+" "+id)
		return fault
	})
	c := &ledger.Commit{Unit: "A", Seq: 1, Log: "L1"}
	for _, step := range []struct {
		fault  memory.Fault
		err    error
		stored int
	}{
		{memory.Unapplied, memory.ErrFault, 0},
		{memory.Applied, memory.ErrFault, 1},
		{memory.None, store.ErrTaken, 1},
	} {
		fault = step.fault
		if err := db.Insert(ctx, c); !errors.Is(err, step.err) {
			t.Errorf("fault %d: error %v, want %v", step.fault, err, step.err)
		}
		fault = memory.None
		if list, err := db.Commits(ctx, "A", 0, 9); err != nil || len(list) != step.stored {
			t.Errorf("fault %d: %d commits, %v; want %d", step.fault, len(list), err, step.stored)
		}
	}
	if asked[0] != "insert A:0000000001" || asked[1] != "commits A" {
		t.Errorf("asked %q", asked)
	}
}

// A projection that is cut off leaves rows newer than the head.
func TestProjectCutOff(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	left := 2
	db.SetFaults(func(op, _ string) memory.Fault {
		if left--; left < 0 && op != memory.OpSnapshot {
			return memory.Unapplied
		}
		return memory.None
	})
	p := store.Projection{Head: ledger.Head{Seq: 1}, Rows: []store.Row{{ID: ledger.RecordID{1}}, {ID: ledger.RecordID{2}}}}
	if err := db.Project(ctx, "A", p); !errors.Is(err, memory.ErrFault) {
		t.Fatal(err)
	}
	got, err := db.Snapshot(ctx, "A")
	if err != nil || len(got.Rows) != 2 || got.Head.Seq != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestClone(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	add := func(db *memory.DB, seq ledger.Seq) {
		t.Helper()
		err := errors.Join(
			db.Insert(ctx, &ledger.Commit{Unit: "A", Seq: seq}),
			db.Project(ctx, "A", store.Projection{Head: ledger.Head{Seq: seq}, Rows: []store.Row{{ID: ledger.RecordID{1}, Seq: seq}}}))
		if err != nil {
			t.Fatal(err)
		}
	}
	add(db, 1)
	backup := db.Clone()
	add(db, 2)
	for _, c := range []struct {
		db   *memory.DB
		want ledger.Seq
	}{{db, 2}, {backup, 1}} {
		head, err := c.db.Head(ctx, "A")
		p, err2 := c.db.Snapshot(ctx, "A")
		if err := errors.Join(err, err2); err != nil || head.Seq != c.want || p.Head.Seq != c.want || p.Rows[0].Seq != c.want {
			t.Errorf("head %d, projected %+v, %v; want %d", head.Seq, p, err, c.want)
		}
	}
}
