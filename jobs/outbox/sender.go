package outbox

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
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// sender works off the queue of deliveries.
type sender struct {
	options    Options
	recipients *Recipients
	deliveries deliveries
	watch      skew.Watch
	givenUp    atomic.Int64
}

const (
	sendingFor   = 6 * time.Minute // after this an attempt counts as cut off
	sendWithin   = 4 * time.Minute // a mail server may look for viruses that long
	maxFailures  = 12              // with the pauses between them about two days
	maxAttempts  = 100             // kept of one delivery
	maxErrorText = 500
)

// lanesAtOnce is how many receiving servers are sent to at once. A parcel may be
// large.
const lanesAtOnce = 4

// dispatch sends what is due, and returns how many deliveries were taken. What
// goes to one receiving server goes one after the other; receiving servers do
// not wait for each other. Several of our servers may dispatch at once: each
// takes a delivery by a write that only one of them can make.
func (s *sender) dispatch(ctx context.Context) (sent int, err error) {
	open, err := s.deliveries.queue.All(ctx)
	if err != nil {
		return 0, err
	}
	lanes := map[string][]store.Stored[Delivery]{}
	for _, queued := range open {
		name := queued.Value.To.lane()
		lanes[name] = append(lanes[name], queued)
	}
	var result sync.Mutex
	var work errgroup.Group
	work.SetLimit(lanesAtOnce)
	for _, lane := range lanes {
		work.Go(func() error {
			arrived, failed := s.dispatchLane(ctx, lane)
			result.Lock()
			defer result.Unlock()
			sent, err = sent+arrived, errors.Join(err, failed)
			return nil // the others go on
		})
	}
	_ = work.Wait() // what failed is in err
	return sent, err
}

// lane names the server through which a recipient is reached: ours for mail, the
// disk for a folder, or the receiver's own.
func (r *Recipient) lane() string {
	if to, err := url.Parse(r.Address); err == nil && r.Channel == ByWebhook {
		return to.Host
	}
	return string(r.Channel)
}

// dispatchLane takes deliveries a step further, one after the other.
func (s *sender) dispatchLane(ctx context.Context, lane []store.Stored[Delivery]) (sent int, err error) {
	var errs []error
	for _, queued := range lane {
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		arrived, err := s.advance(ctx, queued)
		if arrived {
			sent++
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("deliver %s: %w", queued.ID, err))
		}
	}
	return sent, errors.Join(errs...)
}

// advance takes one delivery a step further.
func (s *sender) advance(ctx context.Context, queued store.Stored[Delivery]) (sent bool, err error) {
	d, err := s.deliveries.all.Get(ctx, queued.Value.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		d, err = s.deliveries.record(ctx, queued.Value) // queueing it was cut off
	case err == nil && d.Value.Round < queued.Value.Round:
		d, err = s.deliveries.begin(ctx, d.ID, queued.Value.Round, queued.Value.Next) // so was sending it again
	case err == nil && d.Value.Round > queued.Value.Round:
		return false, s.deliveries.queue.Delete(ctx, queued.ID) // the entry of a round that is over
	}
	if err != nil {
		return false, err
	}
	now := ledger.MillisOf(s.options.Now())
	switch d.Value.State {
	case Sent, Acknowledged, Dead:
		return false, s.done(ctx, &d.Value)
	case Queued:
		if now < d.Value.Next && d.Value.Next-now <= longestPause {
			return false, nil
		}
	case Sending:
		if !s.watch.Over(d.ID, d.Version, d.Value.Until.Time(), sendingFor, now.Time()) {
			return false, nil // another server is at it
		}
		// It was cut off between sending and noting the outcome: it may have been
		// sent.
		last := &d.Value.Attempts[len(d.Value.Attempts)-1]
		last.Ended, last.Outcome, last.Error = now, "uncertain", "máy chủ ngừng trước khi ghi kết quả"
		if d.Value.Failures++; d.Value.Failures >= maxFailures {
			return false, s.giveUp(ctx, d) // it may be what stops the server
		}
	}
	d, err = s.begin(ctx, d)
	if errors.Is(err, store.ErrVersion) {
		return false, nil // another server took it
	}
	if err != nil {
		return false, err
	}
	receipt, failure := s.send(ctx, &d.Value)
	if d, err = s.end(ctx, d, receipt, failure); err != nil {
		return false, err
	}
	switch {
	case d.Value.State == Queued:
		s.options.Log.WarnContext(ctx, "delivery failed and will be tried again", "delivery", d.ID, "next", d.Value.Next, "error", failure)
		return false, nil
	case d.Value.State == Dead:
		s.logDead(ctx, &d.Value, failure)
	}
	return failure == nil, s.done(ctx, &d.Value)
}

// longestPause is the longest time until a next attempt. A clock that is ahead
// stores a longer one, which does not count.
const longestPause = ledger.Millis((post.Longest + skew.Tolerance) / time.Millisecond)

// giveUp ends a delivery whose attempts were cut off too often.
func (s *sender) giveUp(ctx context.Context, d store.Stored[Delivery]) error {
	d.Value.State, d.Value.Until = Dead, 0
	d, err := s.deliveries.all.Replace(ctx, d)
	if errors.Is(err, store.ErrVersion) {
		return nil // another server was faster
	}
	if err != nil {
		return err
	}
	s.logDead(ctx, &d.Value, errors.New("the server stopped each time"))
	return s.done(ctx, &d.Value)
}

// logDead logs and counts a delivery that was given up.
func (s *sender) logDead(ctx context.Context, d *Delivery, failure error) {
	s.givenUp.Add(1)
	s.options.Log.ErrorContext(ctx, "delivery given up: correct the recipient or what the error names, then send it again at the desk",
		"delivery", d.ID, "channel", d.To.Channel, "attempts", len(d.Attempts), "error", failure)
}

// done takes a delivery out of the queue. It comes last: until then every run
// takes the delivery up again.
func (s *sender) done(ctx context.Context, d *Delivery) error {
	if err := s.report(ctx, d.Report); err != nil {
		return err
	}
	return s.deliveries.queue.Delete(ctx, d.queueID())
}

// begin notes an attempt before it is made.
func (s *sender) begin(ctx context.Context, d store.Stored[Delivery]) (store.Stored[Delivery], error) {
	now := ledger.MillisOf(s.options.Now())
	attempt := Attempt{At: now, Server: s.options.Server}
	for _, a := range d.Value.Attempts {
		attempt.Repeat = attempt.Repeat || a.Outcome == "uncertain" || a.Outcome == "sent"
	}
	if over := len(d.Value.Attempts) + 1 - maxAttempts; over > 0 {
		d.Value.Attempts = slices.Delete(d.Value.Attempts, 0, over)
	}
	d.Value.Attempts = append(d.Value.Attempts, attempt)
	d.Value.State, d.Value.Until = Sending, now+ledger.Millis(sendingFor/time.Millisecond)
	return s.deliveries.all.Replace(ctx, d)
}

// send makes one attempt.
func (s *sender) send(ctx context.Context, d *Delivery) (post.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	to, err := s.recipients.Get(ctx, d.Recipient)
	if err != nil {
		return post.Receipt{}, err
	}
	if s.options.Channel == nil {
		return post.Receipt{}, errors.New("no way to send is set up on this server")
	}
	channel, err := s.options.Channel(to.Value)
	if err != nil {
		return post.Receipt{}, err
	}
	parcel, err := s.parcel(ctx, d)
	if err != nil {
		return post.Receipt{}, err
	}
	return channel.Send(ctx, parcel)
}

// parcel packs a report for a recipient.
func (s *sender) parcel(ctx context.Context, d *Delivery) (*post.Parcel, error) {
	p, err := s.options.Pack(ctx, d.Report, &d.To)
	if err != nil {
		return nil, err
	}
	p.ID, p.Subject, p.Text, p.AckURL = strings.ReplaceAll(d.ID, ".", "_"), d.Cover.Subject, d.Cover.Text, d.Cover.AckURL
	p.Repeat = d.Attempts[len(d.Attempts)-1].Repeat
	return p, nil
}

// end notes the outcome of an attempt. The recipient may have acknowledged
// before the sender had its answer; that stays.
func (s *sender) end(ctx context.Context, d store.Stored[Delivery], receipt post.Receipt, failure error) (store.Stored[Delivery], error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	wait, err := s.pause(d.Value.Failures+1, failure)
	if err != nil {
		return d, err
	}
	begun := d.Value.Attempts[len(d.Value.Attempts)-1]
	return s.deliveries.all.Update(ctx, d.ID, func(d *Delivery) error {
		attempt := &d.Attempts[len(d.Attempts)-1]
		if *attempt != begun {
			return store.ErrVersion // it took so long that it counted as cut off
		}
		d.outcome(attempt, ledger.MillisOf(s.options.Now()), receipt, failure, wait)
		if d.Arrived != nil {
			d.State = Acknowledged
		}
		return nil
	})
}

// outcome notes an attempt that ended now. A failed one is made again after a
// wait, unless it was refused or there were too many.
func (d *Delivery) outcome(attempt *Attempt, now ledger.Millis, receipt post.Receipt, failure error, wait time.Duration) {
	attempt.Ended, d.Until = now, 0
	if failure == nil {
		attempt.Outcome, attempt.Answer, d.State = "sent", receipt.Reference, Sent
		if receipt.Acknowledged && d.Arrived == nil {
			d.Arrived = &Acknowledgement{At: now, Via: "answer"}
		}
		return
	}
	attempt.Error = short(post.Redact(failure))
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

// pause is how long to wait after the given number of failures, of which this is the last.
func (s *sender) pause(failures int, failure error) (time.Duration, error) {
	if failure == nil {
		return 0, nil
	}
	if after, ok := errors.AsType[*post.RetryAfter](failure); ok {
		return after.Wait, nil
	}
	var drawn error
	wait := post.Backoff(failures, func(n int64) int64 {
		i, err := crand.Int(s.options.Random, big.NewInt(n))
		if err != nil {
			drawn = err
			return n - 1
		}
		return i.Int64()
	})
	return wait, drawn
}

func short(text string) string {
	if r := []rune(text); len(r) > maxErrorText {
		return string(r[:maxErrorText]) + "…"
	}
	return text
}

// report brings the state of a report to that of its deliveries.
func (s *sender) report(ctx context.Context, report string) error {
	return s.options.Progress(ctx, report, func(ctx context.Context) (State, error) { return s.deliveries.reached(ctx, report) })
}
