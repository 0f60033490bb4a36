package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Delivery is one report on its way to one recipient.
type Delivery struct {
	ID        string        `json:"id"`
	Report    string        `json:"report"`
	Unit      ledger.UnitID `json:"unit"`
	Recipient string        `json:"recipient"` // id
	To        Recipient     `json:"to"`        // as it was when it was ordered, without its secret
	Cover     Cover         `json:"cover"`
	State     DeliveryState `json:"state"`
	Ordered   ledger.Millis `json:"ordered"`
	By        Actor         `json:"by"`
	Next      ledger.Millis `json:"next"`            // not tried before
	Until     ledger.Millis `json:"until,omitempty"` // an attempt is under way, and is taken for cut off after this
	Attempts  []Attempt     `json:"attempts"`
	Failures  int           `json:"failures"` // attempts since it was ordered, or sent again by hand
	Arrived   *Arrival      `json:"arrived,omitempty"`
}

// Cover is what is said beside the report. It is written when the delivery is
// ordered, and stays: a parcel that is sent again must not have another content.
type Cover struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	AckURL  string `json:"ackUrl,omitempty"` // by which the recipient says that it has arrived
}

// DeliveryState is where a delivery is.
type DeliveryState string

// States of a delivery.
const (
	Queued   DeliveryState = "queued"
	Sending  DeliveryState = "sending"
	Sent     DeliveryState = "sent"
	Received DeliveryState = "acknowledged" // the recipient has said so
	Dead     DeliveryState = "dead"         // given up; a person may send it again
)

// Attempt is one try.
type Attempt struct {
	At      ledger.Millis `json:"at"`
	Server  string        `json:"server"`
	Ended   ledger.Millis `json:"ended,omitempty"`
	Outcome string        `json:"outcome"` // "", then sent, retry, refused or uncertain
	Error   string        `json:"error,omitempty"`
	Answer  string        `json:"answer,omitempty"` // what the other side calls it
	// Repeat tells that an earlier attempt may have arrived: it is sent again
	// under the same id, and says so.
	Repeat bool `json:"repeat,omitempty"`
}

// Arrival is what a recipient said.
type Arrival struct {
	At  ledger.Millis `json:"at"`
	Via string        `json:"via"` // link or answer
}

// Deliver orders an issued report for everybody who is its recipient on the day
// of its issue. Ordering twice orders once.
func (f *Office) Deliver(ctx context.Context, id string, by Actor) ([]store.Stored[Delivery], error) {
	r, err := f.reports.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.Value.State.Issued() {
		return nil, ErrState
	}
	recipients, err := f.Recipients(ctx, r.Value.Unit)
	if err != nil {
		return nil, err
	}
	recipients = slices.DeleteFunc(recipients, func(to store.Stored[Recipient]) bool {
		return !to.Value.on(calendar.Day(r.Value.Approval.Issue.Date))
	})
	if len(recipients) == 0 {
		return nil, &Invalid{"recipients", "Đơn vị chưa có nơi nhận nào vào ngày phát hành báo cáo."}
	}
	for _, to := range recipients {
		d := Delivery{
			ID: r.ID + "." + strings.TrimPrefix(to.ID, string(r.Value.Unit)+"."), Report: r.ID, Unit: r.Value.Unit, Recipient: to.ID, To: to.Value,
			State: Queued, Ordered: f.millis(), By: by, Next: f.millis(), Attempts: []Attempt{},
		}
		d.To.Secret = ""
		if d.Cover, err = f.cover(ctx, &r.Value, &d); err != nil {
			return nil, err
		}
		// The outbox first: an order there whose delivery is missing is
		// completed, a delivery that is not there would wait for ever.
		if err := f.enqueue(ctx, d); err != nil {
			return nil, err
		}
	}
	f.wake()
	return f.Deliveries(ctx, r.ID)
}

func (f *Office) cover(ctx context.Context, r *Report, d *Delivery) (c Cover, err error) {
	c.Subject = fmt.Sprintf("%s: %s", r.cited(), r.Content.Subject)
	c.Text = fmt.Sprintf("Kính gửi: %s\n\n%s gửi %s.\n\nMã kiểm tra nội dung (SHA-256): %s\n", d.To.Name, r.Content.UnitName, c.Subject, r.Content.SHA256)
	if f.PublicURL != "" {
		var token string
		token, err = f.token(ctx, d.ID)
		c.AckURL = f.PublicURL + "/v1/acknowledgements/" + token
	}
	return c, err
}

func (f *Office) enqueue(ctx context.Context, d Delivery) error {
	if _, err := f.deliveries.Get(ctx, d.ID); !errors.Is(err, store.ErrNotFound) {
		return err // it was ordered before
	}
	if _, err := f.outbox.Add(ctx, d.ID, d); err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	_, err := f.record(ctx, d)
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	return err
}

// record stores a delivery that was ordered, and before it where those whom it
// goes to find it.
func (f *Office) record(ctx context.Context, d Delivery) (store.Stored[Delivery], error) {
	if d.To.To != "" {
		if _, err := f.inboxes.Add(ctx, inbox(d.To.To)+d.ID, d.ID); err != nil && !errors.Is(err, store.ErrTaken) {
			return store.Stored[Delivery]{}, err
		}
	}
	return f.deliveries.Add(ctx, d.ID, d)
}

// Deliveries lists those of a report.
func (f *Office) Deliveries(ctx context.Context, id string) ([]store.Stored[Delivery], error) {
	const most = 500
	return f.deliveries.List(ctx, id+".", "", most)
}

// DeliveriesOf lists those of units in a state, or in any for "".
func (f *Office) DeliveriesOf(ctx context.Context, units []ledger.UnitID, state DeliveryState) ([]store.Stored[Delivery], error) {
	var all []store.Stored[Delivery]
	for _, unit := range units {
		list, err := each(ctx, f.deliveries, string(unit)+".")
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return slices.DeleteFunc(all, func(d store.Stored[Delivery]) bool { return state != "" && d.Value.State != state }), nil
}

// DeliveriesTo lists those to units, whosever reports they are.
func (f *Office) DeliveriesTo(ctx context.Context, units []ledger.UnitID) ([]store.Stored[Delivery], error) {
	var all []store.Stored[Delivery]
	for _, unit := range units {
		list, err := each(ctx, f.inboxes, inbox(unit))
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			d, err := f.deliveries.Get(ctx, id.Value)
			if err != nil && !errors.Is(err, store.ErrNotFound) { // its order may have been cut off
				return nil, err
			}
			if err == nil {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// inbox is where the deliveries to a unit are found.
func inbox(to ledger.UnitID) string { return string(to) + "/" }

// each lists all documents whose ids begin with a prefix.
func each[T any](ctx context.Context, t store.Table[T], prefix string) ([]store.Stored[T], error) {
	const page = 200
	var all []store.Stored[T]
	for after := ""; ; after = all[len(all)-1].ID {
		list, err := t.List(ctx, prefix, after, page)
		all = append(all, list...)
		if err != nil || len(list) < page {
			return all, err
		}
	}
}

// Resend tries a dead delivery again, or one that was sent and is said not to
// have arrived.
func (f *Office) Resend(ctx context.Context, id string) (store.Stored[Delivery], error) {
	defer f.wake()
	return f.deliveries.Update(ctx, id, func(d *Delivery) error {
		if d.State != Dead && d.State != Sent {
			return ErrState
		}
		d.State, d.Failures, d.Next, d.Until = Queued, 0, f.millis(), 0
		// Should this crash before the report's delivery is stored, the outbox
		// finds a delivery that is done, and forgets it.
		if _, err := f.outbox.Add(ctx, id, *d); err != nil && !errors.Is(err, store.ErrTaken) {
			return err
		}
		return nil
	})
}
