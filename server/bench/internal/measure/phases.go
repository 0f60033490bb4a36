package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sothon/sothon/sync/form"
)

// plan is what one phone is about to send to one village.
type plan struct {
	phone   *phone
	number  int // of the village
	village *village
	batches []*batch
}

// plan makes batches of new gifts for a phone, which has everything else.
func (r *run) plan(ctx context.Context, p *phone, number int, v *village, batches, records int) (plan, error) {
	list := plan{phone: p, number: number, village: v}
	if err := p.skip(ctx, v.unit); err != nil {
		return list, err
	}
	for range batches {
		at := r.options.Now()
		edits, gifts := make([]edit, records), make([]gift, records)
		for i := range edits {
			g, err := v.next(at, r.campaign(ctx))
			if err != nil {
				return list, err
			}
			gifts[i], edits[i] = g, edit{g.ID, form.KindGift, at, g}
		}
		b, err := p.batch(v.unit, edits)
		if err != nil {
			return list, err
		}
		b.gifts = gifts
		list.batches = append(list.batches, b)
	}
	return list, nil
}

// round makes a plan for each of the phones in the villages.
func (r *run) round(ctx context.Context, batches int) ([]plan, error) {
	var plans []plan
	for i, p := range r.phones[:r.options.Phones] {
		n := i % r.options.Villages
		list, err := r.plan(ctx, p, n, r.villages[n], batches, r.options.Records)
		if err != nil {
			return nil, err
		}
		plans = append(plans, list)
	}
	return plans, nil
}

// perform carries plans out. finished is called for each village that is complete.
func (r *run) perform(ctx context.Context, plans []plan, step func(context.Context, *phone, *batch) error, finished func(context.Context, int) error) (time.Duration, []time.Duration, error) {
	var lanes []lane
	for _, list := range plans {
		l := lane{village: list.number}
		for _, b := range list.batches {
			l.steps = append(l.steps, func(ctx context.Context) error { return step(ctx, list.phone, b) })
		}
		lanes = append(lanes, l)
	}
	return (&load{atOnce: r.options.AtOnce, now: r.options.Now, finished: finished}).run(ctx, lanes)
}

// pushAll sends plans to the server, checks every verdict, and lets the server
// finish what it does in the background.
func (r *run) pushAll(ctx context.Context, plans []plan, finished func(context.Context, int) error) (time.Duration, []time.Duration, error) {
	took, steps, err := r.perform(ctx, plans, push, finished)
	if err != nil {
		return 0, nil, err
	}
	for _, list := range plans {
		for _, b := range list.batches {
			if err := list.phone.check(b); err != nil {
				return 0, nil, err
			}
		}
	}
	begun := r.options.Now()
	if err := r.calm(ctx); err != nil {
		return 0, nil, err
	}
	if lag := r.options.Now().Sub(begun); lag > time.Second {
		r.tell(fmt.Sprintf("the lists were up to date %.1f s later", lag.Seconds()))
	}
	return took, steps, nil
}

// push measures how fast batches are taken.
func (r *run) push(ctx context.Context) error {
	var ours, raw, steps []time.Duration
	var up int64
	records := r.options.Phones * r.options.Batches * r.options.Records
	for i := range r.options.Rounds + 1 {
		warmUp := i == 0
		batches := r.options.Batches
		if warmUp {
			batches = 1
		}
		plans, err := r.round(ctx, batches)
		if err != nil {
			return err
		}
		before := sentBy(plans)
		took, each, err := r.pushAll(ctx, plans, nil)
		if err != nil {
			return err
		}
		bytes := sentBy(plans) - before
		insert := func(ctx context.Context, _ *phone, b *batch) error { return r.raw.insert(ctx, b.gifts) }
		tookRaw, _, err := r.perform(ctx, plans, insert, nil)
		if err != nil {
			return fmt.Errorf("the baseline: %w", err)
		}
		if warmUp {
			continue
		}
		ours, raw, steps, up = append(ours, took), append(raw, tookRaw), append(steps, each...), up+bytes
	}
	r.found.Push = &Push{
		Rate: rate(records, ours, raw), P50Ms: ms(percentile(steps, 50)), P99Ms: ms(percentile(steps, 99)),
		BytesPerRecordUp: round(float64(up) / float64(records*r.options.Rounds)),
	}
	return nil
}

// sentBy counts what the phones of plans have sent since they began.
func sentBy(plans []plan) (up int64) {
	for _, list := range plans {
		up += list.phone.wire.up.Load()
	}
	return up
}

// visible measures how fast batches are taken and given out: as soon as all of
// a village is in, one of its phones pulls it.
func (r *run) visible(ctx context.Context) error {
	var ours, raw []time.Duration
	for range r.options.Rounds {
		plans, err := r.round(ctx, r.options.Batches)
		if err != nil {
			return err
		}
		pages := make([][][]byte, r.options.Villages)
		pull := func(ctx context.Context, number int) error {
			return r.phones[number].pull(ctx, r.villages[number].unit, func(page []byte) { pages[number] = append(pages[number], page) })
		}
		took, _, err := r.pushAll(ctx, plans, pull)
		if err != nil {
			return err
		}
		for number := range pages {
			if err := checkPulled(plans, number, pages[number]); err != nil {
				return err
			}
		}

		if err := r.raw.empty(ctx); err != nil {
			return fmt.Errorf("the baseline: %w", err)
		}
		upsert := func(ctx context.Context, _ *phone, b *batch) error { return r.raw.upsert(ctx, b.gifts) }
		read := func(ctx context.Context, number int) error {
			n, err := r.raw.read(ctx, string(r.villages[number].unit))
			if want := len(pushedTo(plans, number)); err == nil && n != want {
				err = fmt.Errorf("%d records were read, and %d written", n, want)
			}
			return err
		}
		tookRaw, _, err := r.perform(ctx, plans, upsert, read)
		if err != nil {
			return fmt.Errorf("the baseline: %w", err)
		}
		ours, raw = append(ours, took), append(raw, tookRaw)
	}
	r.found.Visible = &Visible{rate(r.options.Phones*r.options.Batches*r.options.Records, ours, raw)}
	return nil
}

func pushedTo(plans []plan, number int) map[string]bool {
	ids := map[string]bool{}
	for _, list := range plans {
		if list.number != number {
			continue
		}
		for _, b := range list.batches {
			for i := range b.gifts {
				ids[b.gifts[i].ID] = true
			}
		}
	}
	return ids
}

// checkPulled compares what was pulled with what was pushed: all of it, once, and
// nothing else.
func checkPulled(plans []plan, number int, pages [][]byte) error {
	want := pushedTo(plans, number)
	for _, page := range pages {
		ids, err := recordsOf(page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !want[id] {
				return fmt.Errorf("record %s was pulled, and not pushed, or twice", id)
			}
			delete(want, id)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("%d records were pushed, and not pulled", len(want))
	}
	return nil
}

// idle measures a request of a phone that has everything, over HTTP/2 and over
// HTTP/1.1.
func (r *run) idle(ctx context.Context) error {
	p := r.phones[0]
	list, err := r.plan(ctx, p, 0, r.villages[0], 1, 1)
	if err != nil {
		return err
	}
	if _, _, err := r.pushAll(ctx, []plan{list}, nil); err != nil {
		return err
	}
	var found Idle
	if found.Nothing, err = r.nothing(ctx, p.reconnect(http2)); err != nil {
		return fmt.Errorf("over HTTP/2: %w", err)
	}
	if found.HTTP1, err = r.nothing(ctx, p.reconnect(http1)); err != nil {
		return fmt.Errorf("over HTTP/1.1: %w", err)
	}
	r.found.Idle = &found
	return nil
}

// nothing asks again and again whether there is anything new in the first
// village. The first pull makes the connection and is not counted: over HTTP/2
// it tells the server the headers that the others only refer to.
func (r *run) nothing(ctx context.Context, p *phone) (Nothing, error) {
	defer p.close()
	unit := r.villages[0].unit
	for range 2 { // the second with the cursor that the others have
		if err := p.pull(ctx, unit, nil); err != nil {
			return Nothing{}, err
		}
	}
	var steps []time.Duration
	up, down := p.wire.up.Load(), p.wire.down.Load()
	for range r.options.Requests {
		var page []byte
		begun := r.options.Now()
		if err := p.pull(ctx, unit, func(got []byte) { page = got }); err != nil {
			return Nothing{}, err
		}
		steps = append(steps, r.options.Now().Sub(begun))
		if ids, err := recordsOf(page); err != nil || len(ids) > 0 {
			return Nothing{}, errors.Join(err, fmt.Errorf("%d records were news", len(ids)))
		}
	}
	each := func(n int64) float64 { return round(float64(n) / float64(r.options.Requests)) }
	return Nothing{P50Ms: ms(percentile(steps, 50)), BytesUp: each(p.wire.up.Load() - up), BytesDown: each(p.wire.down.Load() - down)}, nil
}
