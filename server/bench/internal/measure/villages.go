package measure

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"
)

// A village is filled, untimed, by a few phones at once with large batches.
const (
	fillers   = 4
	fillBatch = 500
)

// fill pushes gifts into a village until it has size of them.
func (r *run) fill(ctx context.Context, v *village, size int) error {
	for v.made < size {
		var plans []plan
		for _, p := range r.phones[:min(fillers, len(r.phones))] {
			records := min(fillBatch, size-v.made)
			if records == 0 {
				break
			}
			list, err := r.plan(ctx, p, 0, v, 1, records)
			if err != nil {
				return err
			}
			plans = append(plans, list)
		}
		if _, _, err := r.pushAll(ctx, plans, nil); err != nil {
			return fmt.Errorf("fill a village: %w", err)
		}
	}
	return nil
}

// first measures how long a new phone takes to pull a whole village.
func (r *run) first(ctx context.Context) error {
	if err := r.fill(ctx, r.large, r.options.Village); err != nil {
		return err
	}
	phones := r.phones[:r.options.FirstPhones]
	seed := maphash.MakeSeed()
	sums := make([]uint64, len(phones))
	var pages [][]byte // of the phone that is alone
	pull := func(ctx context.Context, i int, keep bool) error {
		var sum maphash.Hash
		sum.SetSeed(seed)
		err := phones[i].pull(ctx, r.large.unit, func(page []byte) {
			_, _ = sum.Write(page) // never fails
			if keep {
				pages = append(pages, page)
			}
		})
		sums[i] = sum.Sum64()
		return err
	}
	fresh := func() {
		for _, p := range phones {
			b := p.State.Book(r.large.unit)
			b.Cursor, b.Tip, b.Seen = nil, nil, 0
		}
	}

	fresh()
	if err := pull(ctx, 0, false); err != nil { // a warm-up
		return err
	}
	fresh()
	p := phones[0]
	wire := p.wire.up.Load() + p.wire.down.Load()
	begun := r.options.Now()
	if err := pull(ctx, 0, true); err != nil {
		return err
	}
	took := r.options.Now().Sub(begun)
	wire = p.wire.up.Load() + p.wire.down.Load() - wire
	distinct := map[string]bool{}
	for _, page := range pages {
		ids, err := recordsOf(page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			distinct[id] = true
		}
	}
	if len(distinct) != r.options.Village {
		return fmt.Errorf("%d records were pulled of %d", len(distinct), r.options.Village)
	}
	alone := sums[0]

	fresh()
	var lanes []lane
	for i := range phones {
		lanes = append(lanes, lane{steps: []func(context.Context) error{func(ctx context.Context) error { return pull(ctx, i, false) }}})
	}
	_, steps, err := (&load{atOnce: len(lanes), now: r.options.Now}).run(ctx, lanes)
	if err != nil {
		return err
	}
	for _, sum := range sums {
		if sum != alone {
			return errors.New("not all phones pulled the same")
		}
	}
	found := &First{}
	found.One.Seconds, found.One.BytesPerRecord = round(took.Seconds()), round(float64(wire)/float64(r.options.Village))
	found.ThirtyTwo.P50Seconds, found.ThirtyTwo.MaxSeconds = round(percentile(steps, 50).Seconds()), round(percentile(steps, 100).Seconds())
	r.found.First = found
	return nil
}

// growth measures how fast batches are taken by one ledger as it grows.
func (r *run) growth(ctx context.Context) error {
	for _, size := range r.options.Growth {
		r.tell(fmt.Sprintf("growth: %d records", size))
		if err := r.fill(ctx, r.growing, size); err != nil {
			return err
		}
		var rounds, steps []time.Duration
		pushed := 0
		for range r.options.Rounds {
			var plans []plan
			for _, p := range r.phones[:min(r.options.AtOnce, len(r.phones))] {
				list, err := r.plan(ctx, p, 0, r.growing, r.options.Batches, r.options.Records)
				if err != nil {
					return err
				}
				plans = append(plans, list)
			}
			pushed = len(plans) * r.options.Batches * r.options.Records
			took, each, err := r.pushAll(ctx, plans, nil)
			if err != nil {
				return err
			}
			rounds, steps = append(rounds, took), append(steps, each...)
		}
		r.found.Growth = append(r.found.Growth, Growth{
			Records: size, RecordsPerSecond: round(float64(pushed) / percentile(rounds, 50).Seconds()), P99Ms: ms(percentile(steps, 99)),
		})
	}
	return nil
}
