package jobs

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

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

// lanesAtOnce is how many ways are used side by side. A parcel may be large.
const lanesAtOnce = 4

// Dispatch sends what is due, and tells how many arrived. What goes by one
// server goes one after the other, and servers do not wait for each other.
// Several of ours may do it at once: each takes a delivery by a write that only
// one of them can make.
func (f *Office) Dispatch(ctx context.Context) (sent int, err error) {
	open, err := f.outbox.All(ctx)
	if err != nil {
		return 0, err
	}
	lanes := map[string][]store.Stored[Delivery]{}
	for _, order := range open {
		lane := order.Value.To.lane()
		lanes[lane] = append(lanes[lane], order)
	}
	var result sync.Mutex
	var work errgroup.Group
	work.SetLimit(lanesAtOnce)
	for _, orders := range lanes {
		work.Go(func() error {
			arrived, failed := f.dispatchAll(ctx, orders)
			result.Lock()
			defer result.Unlock()
			sent, err = sent+arrived, errors.Join(err, failed)
			return nil // the others go on
		})
	}
	_ = work.Wait() // what failed is in err
	return sent, err
}

// lane names the server by which a recipient is reached: ours for mail, the
// disk of the outbox, or the receiver's own.
func (r *Recipient) lane() string {
	if to, err := url.Parse(r.Address); err == nil && r.Channel == ByWebhook {
		return to.Host
	}
	return string(r.Channel)
}

// dispatchAll takes orders a step further, one after the other.
func (f *Office) dispatchAll(ctx context.Context, orders []store.Stored[Delivery]) (sent int, err error) {
	var errs []error
	for _, order := range orders {
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
		d, err = f.record(ctx, order.Value) // its order was cut off
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
		if d.Value.Failures++; d.Value.Failures >= maxFailures {
			return false, f.bury(ctx, d) // it may be what stops the server
		}
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

// bury gives a delivery up that was cut off too often.
func (f *Office) bury(ctx context.Context, d store.Stored[Delivery]) error {
	d.Value.State, d.Value.Until = Dead, 0
	d, err := f.deliveries.Replace(ctx, d)
	if errors.Is(err, store.ErrVersion) {
		return nil // another server was faster
	}
	if err != nil {
		return err
	}
	return f.done(ctx, &d.Value)
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
		ID: strings.ReplaceAll(d.ID, ".", "_"), Subject: d.Cover.Subject, Text: d.Cover.Text, AckURL: d.Cover.AckURL,
		Repeat: d.Attempts[len(d.Attempts)-1].Repeat,
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
	return p, nil
}

// end notes what came of an attempt. That it has arrived may have been said
// before its sender was answered, and then stays.
func (f *Office) end(ctx context.Context, d store.Stored[Delivery], receipt post.Receipt, failure error) (store.Stored[Delivery], error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	wait, err := f.pause(d.Value.Failures+1, failure)
	if err != nil {
		return d, err
	}
	begun := d.Value.Attempts[len(d.Value.Attempts)-1]
	return f.deliveries.Update(ctx, d.ID, func(d *Delivery) error {
		attempt := &d.Attempts[len(d.Attempts)-1]
		if *attempt != begun {
			return store.ErrVersion // it took so long that it was taken for cut off
		}
		d.outcome(attempt, f.millis(), receipt, failure, wait)
		if d.Arrived != nil {
			d.State = Received
		}
		return nil
	})
}

// outcome notes an attempt that ended now. One that failed is to be made again
// after a wait, if at all.
func (d *Delivery) outcome(attempt *Attempt, now ledger.Millis, receipt post.Receipt, failure error, wait time.Duration) {
	attempt.Ended, d.Until = now, 0
	if failure == nil {
		attempt.Outcome, attempt.Answer, d.State = "sent", receipt.Reference, Sent
		if receipt.Acknowledged && d.Arrived == nil {
			d.Arrived = &Arrival{At: now, Via: "answer"}
		}
		return
	}
	attempt.Error = short(failure.Error())
	d.Failures++
	d.State, d.Next, attempt.Outcome = Queued, now+ledger.Millis(wait/time.Millisecond), "retry"
	switch {
	case errors.Is(failure, post.ErrRefused):
		d.State, attempt.Outcome = Dead, "refused"
	case errors.Is(failure, post.ErrUncertain):
		attempt.Outcome = "uncertain"
	}
	if d.Failures >= maxFailures {
		d.State = Dead
	}
}

// pause is how long to wait after so many failures, of which this is the last.
func (f *Office) pause(failures int, failure error) (time.Duration, error) {
	if failure == nil {
		return 0, nil
	}
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

// errSame tells that nothing is to be stored.
var errSame = errors.New("it is so already")

// note brings a report's state to that of its deliveries.
func (f *Office) note(ctx context.Context, id string) error {
	_, err := f.reports.Update(ctx, id, func(r *Report) error {
		// Listed anew with each try: whoever stores last has seen the latest.
		state, err := f.arrived(ctx, id)
		switch {
		case err != nil:
			return err
		case !r.State.Issued(), state == "", state == r.State:
			return errSame
		}
		r.State = state
		return nil
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// arrived is the state of a report of which every delivery has gone out; "" of
// any other.
func (f *Office) arrived(ctx context.Context, id string) (State, error) {
	list, err := f.Deliveries(ctx, id)
	if err != nil || len(list) == 0 {
		return "", err
	}
	state := Acknowledged
	for _, d := range list {
		switch d.Value.State {
		case Received:
		case Sent:
			state = Delivered
		case Queued, Sending, Dead:
			return "", nil
		}
	}
	return state, nil
}
