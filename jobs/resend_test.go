package jobs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/store/memory"
)

// dead has the delivery of an issued report refused.
func (w *host) dead() outbox.Delivery {
	w.t.Helper()
	r := w.issue()
	w.deliver(r.ID)
	w.sent.answers = []error{post.ErrRefused}
	w.dispatch()
	d := w.delivery(r.ID)
	if d.State != outbox.Dead {
		w.t.Fatalf("the delivery is %s", d.State)
	}
	return d
}

// during runs something once, just before a write to a collection.
func (w *host) during(op, collection string, do func()) {
	done := false
	w.db.SetFaults(func(got, id string) memory.Fault {
		if got == op && strings.HasPrefix(id, collection+"/") && !done {
			done = true
			do()
		}
		return memory.None
	})
	w.t.Cleanup(func() {
		if !done {
			w.t.Errorf("no %s of %s", op, collection)
		}
	})
}

// Another server dispatches at any moment of a resend: the delivery is sent.
func TestResendAndDispatchAtOnce(t *testing.T) {
	for _, at := range [][2]string{{memory.OpAdd, "outbox"}, {memory.OpReplace, "deliveries"}} {
		w := newHost(t)
		d := w.dead()
		other := w.open("máy 2")
		w.during(at[0], at[1], func() {
			if _, err := other.Outbox.Dispatch(t.Context()); err != nil {
				t.Error(err)
			}
		})
		if _, err := w.office.Outbox.Resend(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
		w.db.SetFaults(nil)
		w.dispatch()
		if d := w.delivery(d.Report); d.State != outbox.Sent || len(w.sent.parcels) != 2 {
			t.Errorf("before %v: %s after %d parcels", at, d.State, len(w.sent.parcels))
		}
	}
}

// Somebody resends a delivery that has just died, before the server that gave it
// up takes it out of the queue.
func TestResendBeforeItLeavesTheQueue(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.sent.answers = []error{post.ErrRefused}
	w.during(memory.OpDelete, "outbox", func() {
		if _, err := w.open("máy 2").Outbox.Resend(t.Context(), w.delivery(r.ID).ID); err != nil {
			t.Error(err)
		}
	})
	w.dispatch()
	w.db.SetFaults(nil)
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent || len(w.sent.parcels) != 2 {
		t.Errorf("%s after %d parcels", d.State, len(w.sent.parcels))
	}
}

// Each write of a resend fails, applied and not. What is then sent, is sent once
// for each time that the button is pressed, at most.
func TestResendCutOffAnywhere(t *testing.T) {
	for _, fault := range []memory.Fault{memory.Unapplied, memory.Applied} {
		for at := 0; ; at++ {
			w := newHost(t)
			d := w.dead()
			writes := w.failWrite(at, fault)
			_, resent := w.office.Outbox.Resend(t.Context(), d.ID)
			w.db.SetFaults(nil)
			if resent == nil && *writes <= at {
				break
			}
			w.dispatch()
			if resent != nil && w.delivery(d.Report).State == outbox.Dead {
				if _, err := w.office.Outbox.Resend(t.Context(), d.ID); err != nil {
					t.Fatal(err)
				}
			}
			w.pass(7 * time.Hour)
			w.dispatch()
			name := fmt.Sprintf("write %d, applied %v", at, fault == memory.Applied)
			if d := w.delivery(d.Report); d.State != outbox.Sent || len(w.sent.parcels) != 2 {
				t.Errorf("%s: %s after %d parcels", name, d.State, len(w.sent.parcels))
			}
			if sent, err := w.office.Outbox.Dispatch(t.Context()); sent != 0 || err != nil {
				t.Errorf("%s: sent %d again, %v", name, sent, err)
			}
		}
	}
}

// Two people press the button at once: it is sent once more.
func TestResendTwiceAtOnce(t *testing.T) {
	w := newHost(t)
	d := w.dead()
	w.during(memory.OpAdd, "outbox", func() {
		if _, err := w.open("máy 2").Outbox.Resend(t.Context(), d.ID); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.office.Outbox.Resend(t.Context(), d.ID); err != nil && !errors.Is(err, outbox.ErrState) {
		t.Fatal(err)
	}
	w.db.SetFaults(nil)
	w.dispatch()
	w.dispatch()
	if d := w.delivery(d.Report); d.State != outbox.Sent || len(w.sent.parcels) != 2 {
		t.Errorf("%s after %d parcels", d.State, len(w.sent.parcels))
	}
}
