package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Options are what an outbox needs. All are required but Channel, Inside
// and PublicURL.
type Options struct {
	Documents store.Documents
	Now       func() time.Time
	Random    io.Reader // identities and secrets: crypto/rand
	Server    string    // the name of this server among those of the database
	Log       *slog.Logger
	// Pack returns the files of an issued report for a recipient, and its
	// description for machines. For a withdrawn report the error wraps
	// post.ErrRefused.
	Pack func(ctx context.Context, report string, to *Recipient) (*post.Parcel, error)
	// Progress stores the state that all deliveries of a report have reached,
	// as look finds it: Sent, Acknowledged, or "" for neither.
	Progress func(ctx context.Context, report string, look func(context.Context) (State, error)) error
	// Channel opens the way to a recipient. An error is the setting's, and
	// shown. nil: nothing can be sent.
	Channel func(Recipient) (post.Channel, error)
	// Inside are the webhooks, as host:port, that may be reached by http and at a
	// private address.
	Inside []string
	// PublicURL is where recipients reach this server to acknowledge, as
	// https://sothon.example.vn; "" sends no such link.
	PublicURL string
}

// Outbox delivers reports to their recipients.
type Outbox struct {
	Recipients *Recipients

	options    Options
	deliveries deliveries
	tokens     tokens
	sender     *sender
	queued     chan struct{} // holds one element after something was queued
}

// ErrState says that a delivery is not in a state for this.
var ErrState = errors.New("the delivery is not in a state for this")

// New opens the outbox of a database.
func New(o Options) *Outbox {
	recipients := &Recipients{random: o.Random, inside: o.Inside, list: store.NewTable[Recipient](o.Documents, "recipients")}
	deliveries := newDeliveries(o.Documents)
	return &Outbox{
		Recipients: recipients, options: o, deliveries: deliveries,
		tokens: tokens{random: o.Random, secrets: store.NewTable[[]byte](o.Documents, "secrets")},
		sender: &sender{options: o, recipients: recipients, deliveries: deliveries},
		queued: make(chan struct{}, 1),
	}
}

// Issued is an issued report, as far as its deliveries need it.
type Issued struct {
	Report   string // id
	Unit     ledger.UnitID
	Template report.Template // of the issuer: with the date it decides who the recipients are
	Sender   string          // the issuer as a letter names it
	Date     calendar.Day    // of issue
	Name     string          // as a text cites it: Báo cáo số 56/BC-UBND ngày …
	Subject  string
	SHA256   string // of its content, or of the signed copy; hex
	Signed   bool   // a signed copy is sent
}

// Deliver queues an issued report for everybody who is its recipient on the day
// of its issue. Doing it twice queues it once.
func (o *Outbox) Deliver(ctx context.Context, r *Issued, by entry.Actor) ([]store.Stored[Delivery], error) {
	recipients, err := o.RecipientsOf(ctx, r)
	if err != nil {
		return nil, err
	}
	now := ledger.MillisOf(o.options.Now())
	for _, to := range recipients {
		d := Delivery{
			ID: r.Report + "." + strings.TrimPrefix(to.ID, string(r.Unit)+"."), Report: r.Report, Unit: r.Unit, Recipient: to.ID, To: to.Value,
			State: Queued, Queued: now, By: by, Next: now, Attempts: []Attempt{},
		}
		d.To.Secret = ""
		if d.Cover, err = o.cover(ctx, r, &d); err != nil {
			return nil, err
		}
		if err := o.deliveries.enqueue(ctx, d); err != nil {
			return nil, err
		}
	}
	o.wake()
	return o.Of(ctx, r.Report)
}

// RecipientsOf returns who gets a report: the recipients of its unit on the day
// of its issue. It is an entry.Invalid where there are none.
func (o *Outbox) RecipientsOf(ctx context.Context, r *Issued) ([]store.Stored[Recipient], error) {
	recipients, err := o.Recipients.Of(ctx, r.Unit)
	if err != nil {
		return nil, err
	}
	recipients = slices.DeleteFunc(recipients, func(to store.Stored[Recipient]) bool { return !to.Value.gets(r) })
	if len(recipients) == 0 {
		return nil, &entry.Invalid{Field: "recipients", Message: "Đơn vị chưa có nơi nhận nào vào ngày phát hành báo cáo."}
	}
	return recipients, nil
}

func (o *Outbox) cover(ctx context.Context, r *Issued, d *Delivery) (c CoverLetter, err error) {
	c.Subject = fmt.Sprintf("%s: %s", r.Name, r.Subject)
	of := "nội dung"
	if r.Signed {
		of = "tệp PDF đã ký"
	}
	c.Text = report.NonBreaking(fmt.Sprintf("Kính gửi: %s\n\n%s trân trọng gửi %s %s.\n\nMã kiểm tra %s (SHA-256): %s\n", d.To.Name, r.Sender, report.Cited(r.Name), report.About(r.Subject), of, r.SHA256))
	if o.options.PublicURL != "" {
		var token string
		token, err = o.tokens.of(ctx, d.ID)
		c.AckURL = o.options.PublicURL + "/v1/acknowledgements/" + token
	}
	return c, err
}

// Of returns the deliveries of a report.
func (o *Outbox) Of(ctx context.Context, report string) ([]store.Stored[Delivery], error) {
	return o.deliveries.of(ctx, report)
}

// OfUnits returns the deliveries of units in a state, or in any for "".
func (o *Outbox) OfUnits(ctx context.Context, units []ledger.UnitID, state State) ([]store.Stored[Delivery], error) {
	var all []store.Stored[Delivery]
	for _, unit := range units {
		list, err := o.deliveries.all.AllOf(ctx, string(unit)+".")
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return slices.DeleteFunc(all, func(d store.Stored[Delivery]) bool { return state != "" && d.Value.State != state }), nil
}

// ToUnits returns the deliveries to units, of any unit's reports.
func (o *Outbox) ToUnits(ctx context.Context, units []ledger.UnitID) ([]store.Stored[Delivery], error) {
	return o.deliveries.to(ctx, units)
}

// Dispatch sends what is due, and returns how many deliveries were taken by the
// other side.
func (o *Outbox) Dispatch(ctx context.Context) (sent int, err error) { return o.sender.dispatch(ctx) }

// GivenUp is how many deliveries this server has given up since it started.
func (o *Outbox) GivenUp() int64 { return o.sender.givenUp.Load() }

// Queued receives after something was queued on this server.
func (o *Outbox) Queued() <-chan struct{} { return o.queued }

// wake lets Queued receive.
func (o *Outbox) wake() {
	select {
	case o.queued <- struct{}{}:
	default: // it will receive anyway
	}
}

// Resend tries a dead delivery again, or one that was sent and is said not to
// have arrived.
func (o *Outbox) Resend(ctx context.Context, id string) (store.Stored[Delivery], error) {
	d, err := o.deliveries.all.Get(ctx, id)
	if err != nil {
		return d, err
	}
	if d.Value.State != Dead && d.Value.State != Sent {
		return d, ErrState
	}
	d, err = o.deliveries.again(ctx, d, ledger.MillisOf(o.options.Now()))
	if err == nil {
		o.wake()
	}
	return d, err
}

// ByToken returns the delivery that a recipient's token names, or
// store.ErrNotFound.
func (o *Outbox) ByToken(ctx context.Context, token string) (store.Stored[Delivery], error) {
	id, err := o.tokens.delivery(ctx, token)
	if err != nil {
		return store.Stored[Delivery]{}, err
	}
	return o.deliveries.all.Get(ctx, id)
}

// Acknowledge notes that a delivery has arrived, by the recipient's token. The
// first time counts.
func (o *Outbox) Acknowledge(ctx context.Context, token string) (store.Stored[Delivery], error) {
	d, err := o.ByToken(ctx, token)
	if err != nil {
		return d, err
	}
	return o.arrive(ctx, d, &Acknowledgement{Via: "link"})
}

// Confirm notes that a delivery has arrived, as a person of the unit that it
// goes to says. The first time counts.
func (o *Outbox) Confirm(ctx context.Context, d store.Stored[Delivery], by entry.Actor) (store.Stored[Delivery], error) {
	return o.arrive(ctx, d, &Acknowledgement{Via: "desk", By: by})
}

func (o *Outbox) arrive(ctx context.Context, d store.Stored[Delivery], how *Acknowledgement) (store.Stored[Delivery], error) {
	if d.Value.Arrived == nil {
		how.At = ledger.MillisOf(o.options.Now())
		var err error
		d, err = o.deliveries.all.Update(ctx, d.ID, func(d *Delivery) error {
			if d.Arrived == nil {
				d.State, d.Arrived = Acknowledged, how
			}
			return nil
		})
		if err != nil {
			return d, err
		}
	}
	return d, o.sender.report(ctx, d.Value.Report)
}
