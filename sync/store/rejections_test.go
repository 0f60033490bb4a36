package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// told is an index as a test reads it: the place of each rejection, its
// action, and the fields that are open.
func told(t *testing.T, x *store.Rejections) []string {
	t.Helper()
	list, err := x.Of(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range list {
		open := fmt.Sprint(r.Fields)
		if r.Corrected {
			open = "mended"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", r.Dot(), r.Action, open))
	}
	return lines
}

func wantTold(t *testing.T, x *store.Rejections, want ...string) {
	t.Helper()
	if got := told(t, x); !slices.Equal(got, want) {
		t.Errorf("rejections %q, want %q", got, want)
	}
}

func TestRejections(t *testing.T) {
	db := memory.New()
	h := &host{t, db}
	s, p := h.server(), newPhone(t, "A")
	x := store.NewRejections(db)
	wantTold(t, x)
	push := func(from uint64) { p.mustPush(s, from, uint64(len(p.ops))) }

	p.edit(id(1), 0, `{"date":"2026-02-30","level":"commune","place":"Điểm mẫu","attendance":1}`)
	p.edit(id(2), 0, meeting(2))
	push(1)
	p.edit(id(2), 1, `{"attendance":-1,"place":"Điểm khác"}`)
	push(3)
	wantTold(t, x, "1.0 edit [attendance date level place]", "2.0 edit [attendance place]")

	list, err := x.Of(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	events, err := x.Read(t.Context(), list)
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	event := events[1]
	if place, _ := event.Op.Get("place"); event.Device != "A" || event.Verdict.Field != "attendance" || event.Op.Record != id(2) || place != `"Điểm khác"` {
		t.Errorf("read back: %+v", event)
	}

	// What is written again is mended, field by field, also by somebody else.
	q := staff(t, "B")
	q.edit(id(2), 2, `{"place":"Điểm khác"}`)
	q.mustPush(s, 1, 1)
	wantTold(t, x, "1.0 edit [attendance date level place]", "2.0 edit [attendance]")
	p.edit(id(1), 2, meeting(1))
	p.edit(id(2), 2, `{"attendance":3}`)
	push(4)
	wantTold(t, x, "1.0 edit mended", "2.0 edit mended")
	wantTold(t, store.NewRejections(db), "1.0 edit mended", "2.0 edit mended")

	// A removal ends the question; other acts on the record do not.
	p.edit(id(2), 4, `{"level":"nowhere"}`)
	p.edit(id(1), 4, `{"level":"nowhere"}`)
	p.write(id(1), form.KindMeeting, ledger.ActionRemove, 4, "")
	push(6)
	wantTold(t, x, "1.0 edit mended", "2.0 edit mended", "5.0 edit [level]", "5.1 edit mended")

	// A name that no form has may be a person's: it stays in the ledger.
	p.edit(id(3), 4, `{"Hộ mẫu 012":1,"place":"Điểm mẫu"}`)
	push(9)
	wantTold(t, x, "1.0 edit mended", "2.0 edit mended", "5.0 edit [level]", "5.1 edit mended", "6.0 edit [place]")
}

// A restored backup is another ledger, of which nothing is kept.
func TestRejectionsOfARestoredLedger(t *testing.T) {
	db := memory.New()
	h := &host{t, db}
	s, p := h.server(), newPhone(t, "A")
	p.edit(id(1), 0, meeting(1))
	p.mustPush(s, 1, 1)
	backup := db.Clone()
	p.edit(id(1), 1, `{"level":"nowhere"}`)
	p.mustPush(s, 2, 2)
	wantTold(t, store.NewRejections(db), "2.0 edit [level]")

	// The index is as it was, the ledger is not.
	for _, collection := range []string{"rejections", "rejections-ends"} {
		documents, err := db.List(t.Context(), collection, "", "", 10)
		if err != nil || len(documents) != 1 {
			t.Fatalf("%s: %d documents, %v", collection, len(documents), err)
		}
		if err := backup.Add(t.Context(), collection, documents[0]); err != nil {
			t.Fatal(err)
		}
	}
	h.backend = backup
	again, r := h.server(), newPhone(t, "C")
	x := store.NewRejections(backup)
	wantTold(t, x)
	r.edit(id(9), 0, meeting(9))
	r.edit(id(9), 0, `{"attendance":-1}`)
	r.mustPush(again, 1, 2)
	wantTold(t, x, "2.1 edit [attendance]")
}

// A ledger that is read again leaves no word in the index that it would not write
// there now: an earlier version kept what a client called an action.
func TestRejectionsWrittenAgain(t *testing.T) {
	const secret = "Hộ mẫu bí mật"
	db := memory.New()
	s, p := (&host{t, db}).server(), newPhone(t, "A")
	p.write(id(1), form.KindMeeting, secret, 0, "")
	p.mustPush(s, 1, 1)
	place := village + ":0000000001.00000"
	body := fmt.Sprintf(`{"seq":1,"index":0,"received":1,"record":%q,"action":%q}`, id(1), secret)
	if err := db.Add(t.Context(), "rejections", store.Document{ID: string(place), Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
	wantTold(t, store.NewRejections(db), "1.0  []")
}

// A client that repeats its mistake fills its own unit's list alone.
func TestRejectionsAreBounded(t *testing.T) {
	db := memory.New()
	h := &host{t, db}
	s, p := h.server(), newPhone(t, "A")
	for n := 0; n < store.MaxRejections+10; n += 101 {
		for range 101 {
			p.edit(id(1), 0, `{"level":"nowhere"}`)
		}
		p.mustPush(s, uint64(n+1), uint64(n+101))
	}
	deleting := &deletions{Backend: db}
	x := store.NewRejections(deleting)
	look := func(last ledger.Dot, deleted int64) {
		t.Helper()
		list, err := x.Of(t.Context(), village)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != store.MaxRejections || list[len(list)-1].Dot() != last {
			t.Errorf("%d kept, the last %s", len(list), list[len(list)-1].Dot())
		}
		if n := deleting.count.Swap(0); n != deleted {
			t.Errorf("%d deleted, want %d: what was never stored need not be", n, deleted)
		}
	}
	look(ledger.Dot{Seq: 10, Index: 100}, 0)
	for range 3 {
		p.edit(id(1), 0, `{"level":"nowhere"}`)
	}
	p.mustPush(s, uint64(len(p.ops)-2), uint64(len(p.ops)))
	look(ledger.Dot{Seq: 11, Index: 2}, 3)
}

// deletions counts the documents that are deleted.
type deletions struct {
	store.Backend
	count atomic.Int64
}

func (b *deletions) Delete(ctx context.Context, collection, id string) error {
	b.count.Add(1)
	return b.Backend.Delete(ctx, collection, id)
}

// hangingUnit is a database in which a read of one unit hangs.
type hangingUnit struct {
	store.Backend
	unit         ledger.UnitID
	halted, goOn chan struct{}
}

func (b *hangingUnit) Head(ctx context.Context, unit ledger.UnitID) (ledger.Head, error) {
	if unit == b.unit {
		close(b.halted)
		<-b.goOn
	}
	return b.Backend.Head(ctx, unit)
}

// The list of one unit that hangs holds up no other.
func TestRejectionsOfAUnitThatHangs(t *testing.T) {
	const other ledger.UnitID = "21133-02-20040101"
	db := &hangingUnit{memory.New(), other, make(chan struct{}), make(chan struct{})}
	s, p := (&host{t, db.Backend}).server(), newPhone(t, "A")
	p.edit(id(1), 0, `{"level":"nowhere"}`)
	p.mustPush(s, 1, 1)
	x := store.NewRejections(db)
	hung, read := make(chan error, 1), make(chan error, 1)
	of := func(unit ledger.UnitID, done chan error) {
		_, err := x.Of(t.Context(), unit)
		done <- err
	}
	go of(other, hung)
	<-db.halted
	go of(village, read)
	select {
	case err := <-read:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for another unit")
	}
	close(db.goOn)
	if err := <-hung; err != nil {
		t.Error(err)
	}
}

// What one page of a long ledger stored, and a later one drops, is deleted.
func TestRejectionsAreBoundedOverPages(t *testing.T) {
	db := memory.New()
	s, p := (&host{t, db}).server(), newPhone(t, "A")
	const commits, each = 260, 5
	for range commits {
		for range each {
			p.edit(id(1), 0, `{"level":"nowhere"}`)
		}
		p.mustPush(s, uint64(len(p.ops)-each+1), uint64(len(p.ops)))
	}
	list, err := store.NewRejections(db).Of(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != store.MaxRejections || list[len(list)-1].Dot() != (ledger.Dot{Seq: commits, Index: each - 1}) {
		t.Errorf("%d kept, the last %s", len(list), list[len(list)-1].Dot())
	}
}
