package jobs

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

const (
	sendingFor   = 6 * time.Minute // after this an attempt is taken for cut off
	sendWithin   = 4 * time.Minute // a mail server may look for viruses that long
	maxFailures  = 12              // with the pauses between them about two days
	maxAttempts  = 100             // kept of one delivery
	maxErrorText = 500
)

// Dispatch sends what is due, one after the other, and tells how many arrived.
// Several servers may do it at once: each takes a delivery by a write that only
// one of them can make.
func (f *Office) Dispatch(ctx context.Context) (sent int, err error) {
	open, err := f.outbox.All(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, order := range open {
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		arrived, err := f.dispatch(ctx, order)
		if arrived {
			sent++
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("deliver %s: %w", order.ID, err))
		}
	}
	return sent, errors.Join(errs...)
}

// dispatch takes one order a step further.
func (f *Office) dispatch(ctx context.Context, order store.Stored[Delivery]) (sent bool, err error) {
	d, err := f.deliveries.Get(ctx, order.ID)
	if errors.Is(err, store.ErrNotFound) {
		d, err = f.deliveries.Add(ctx, order.ID, order.Value) // its order was cut off
	}
	if err != nil {
		return false, err
	}
	now := f.millis()
	switch d.Value.State {
	case Sent, Received, Dead:
		return false, f.done(ctx, &d.Value)
	case Queued:
		if now < d.Value.Next {
			return false, nil
		}
	case Sending:
		if now < d.Value.Until {
			return false, nil // another server is at it
		}
		// It was cut off between sending and noting: whether it was sent is not
		// known.
		last := &d.Value.Attempts[len(d.Value.Attempts)-1]
		last.Ended, last.Outcome, last.Error = now, "uncertain", "máy chủ ngừng trước khi ghi kết quả"
	}
	d, err = f.begin(ctx, d)
	if errors.Is(err, store.ErrVersion) {
		return false, nil // another server took it
	}
	if err != nil {
		return false, err
	}
	receipt, failure := f.send(ctx, &d.Value)
	if d, err = f.end(ctx, d, receipt, failure); err != nil {
		return false, err
	}
	if d.Value.State == Queued {
		return false, nil
	}
	return failure == nil, f.done(ctx, &d.Value)
}

// done takes a delivery out of the outbox, last: until then its work is taken
// up again.
func (f *Office) done(ctx context.Context, d *Delivery) error {
	if err := f.note(ctx, d.Report); err != nil {
		return err
	}
	return f.outbox.Delete(ctx, d.ID)
}

// begin notes an attempt before it is made.
func (f *Office) begin(ctx context.Context, d store.Stored[Delivery]) (store.Stored[Delivery], error) {
	now := f.millis()
	attempt := Attempt{At: now, Server: f.Server}
	for _, a := range d.Value.Attempts {
		attempt.Repeat = attempt.Repeat || a.Outcome == "uncertain" || a.Outcome == "sent"
	}
	if over := len(d.Value.Attempts) + 1 - maxAttempts; over > 0 {
		d.Value.Attempts = slices.Delete(d.Value.Attempts, 0, over)
	}
	d.Value.Attempts = append(d.Value.Attempts, attempt)
	d.Value.State, d.Value.Until = Sending, now+ledger.Millis(sendingFor/time.Millisecond)
	return f.deliveries.Replace(ctx, d)
}

// send makes one attempt.
func (f *Office) send(ctx context.Context, d *Delivery) (post.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	to, err := f.recipients.Get(ctx, d.Recipient)
	if err != nil {
		return post.Receipt{}, err
	}
	if f.Channel == nil {
		return post.Receipt{}, errors.New("no way to send is set up on this server")
	}
	channel, err := f.Channel(to.Value)
	if err != nil {
		return post.Receipt{}, err
	}
	parcel, err := f.parcel(ctx, d)
	if err != nil {
		return post.Receipt{}, err
	}
	return channel.Send(ctx, parcel)
}

// parcel packs a report for a recipient.
func (f *Office) parcel(ctx context.Context, d *Delivery) (*post.Parcel, error) {
	r, err := f.reports.Get(ctx, d.Report)
	if err != nil {
		return nil, err
	}
	if !r.Value.State.Issued() {
		return nil, fmt.Errorf("%w: báo cáo đã thu hồi", post.ErrRefused)
	}
	c, i := &r.Value.Content, r.Value.Approval.Issue
	p := &post.Parcel{
		ID: strings.ReplaceAll(d.ID, ".", "_"), Subject: fmt.Sprintf("%s: %s", r.Value.cited(), c.Subject),
		Report: post.Report{
			ID: r.ID, Number: i.Number, Symbol: i.Symbol, Unit: string(c.Unit), UnitName: c.UnitName, From: c.From, To: c.To, SHA256: c.SHA256,
		},
	}
	for _, format := range Formats {
		body, err := f.files.get(ctx, r.Value.Files[format])
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, post.File{Name: "report." + string(format), Type: format.MediaType(), Body: body})
	}
	if f.PublicURL != "" {
		token, err := f.token(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		p.AckURL = f.PublicURL + "/v1/acknowledgements/" + token
	}
	p.Text = letterText(&r.Value, d, p.AckURL)
	p.Repeat = d.Attempts[len(d.Attempts)-1].Repeat
	return p, nil
}

// letterText is what a mail says. It is the same in every attempt.
func letterText(r *Report, d *Delivery, ack string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Kính gửi: %s\n\n%s gửi %s: %s.\n", d.To.Name, r.Content.UnitName, r.cited(), r.Content.Subject)
	if ack != "" {
		fmt.Fprintf(&b, "\nXin xác nhận đã nhận tại: %s\n", ack)
	}
	fmt.Fprintf(&b, "\nMã kiểm tra nội dung (SHA-256): %s\n", r.Content.SHA256)
	return b.String()
}

// end notes what came of an attempt.
func (f *Office) end(ctx context.Context, d store.Stored[Delivery], receipt post.Receipt, failure error) (store.Stored[Delivery], error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	now := f.millis()
	attempt := &d.Value.Attempts[len(d.Value.Attempts)-1]
	attempt.Ended, d.Value.Until = now, 0
	if failure == nil {
		attempt.Outcome, attempt.Answer, d.Value.State = "sent", receipt.Reference, Sent
		if receipt.Acknowledged {
			d.Value.State, d.Value.Arrived = Received, &Arrival{At: now, Via: "answer"}
		}
		return f.deliveries.Replace(ctx, d)
	}
	attempt.Error = short(failure.Error())
	d.Value.Failures++
	wait, err := f.pause(d.Value.Failures, failure)
	if err != nil {
		return d, err
	}
	d.Value.State, d.Value.Next, attempt.Outcome = Queued, now+ledger.Millis(wait/time.Millisecond), "retry"
	switch {
	case errors.Is(failure, post.ErrRefused):
		d.Value.State, attempt.Outcome = Dead, "refused"
	case errors.Is(failure, post.ErrUncertain):
		attempt.Outcome = "uncertain"
	}
	if d.Value.Failures >= maxFailures {
		d.Value.State = Dead
	}
	return f.deliveries.Replace(ctx, d)
}

// pause is how long to wait after so many failures.
func (f *Office) pause(failures int, failure error) (time.Duration, error) {
	if after, ok := errors.AsType[*post.RetryAfter](failure); ok {
		return after.Wait, nil
	}
	var drawn error
	wait := post.Backoff(failures, func(n int64) int64 {
		i, err := crand.Int(f.Random, big.NewInt(n))
		if err != nil {
			drawn = err
			return n - 1
		}
		return i.Int64()
	})
	return wait, drawn
}

func short(s string) string {
	if r := []rune(s); len(r) > maxErrorText {
		return string(r[:maxErrorText]) + "…"
	}
	return s
}

// note brings a report's state to that of its deliveries.
func (f *Office) note(ctx context.Context, id string) error {
	list, err := f.Deliveries(ctx, id)
	if err != nil || len(list) == 0 {
		return err
	}
	state := Acknowledged
	for _, d := range list {
		switch d.Value.State {
		case Received:
		case Sent:
			state = Delivered
		case Queued, Sending, Dead:
			return nil
		}
	}
	_, err = f.reports.Update(ctx, id, func(r *Report) error {
		if r.State.Issued() {
			r.State = state
		}
		return nil
	})
	return err
}
