package measure

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// What must not grow with what the database holds, or with what hangs.

// history measures what a desk pays that opens a record, by the length of its history,
// and beside it a read of as many records straight from the database.
func (r *run) history(ctx context.Context) error {
	const (
		atOnce    = 50
		perPerson = 150 // changes of one record, within a day
	)
	v := r.told
	record := v.meeting(0, r.options.Now(), 0).Record
	edits := 0
	for _, size := range r.options.Piles {
		size = min(size, perPerson*r.options.Villages)
		if size == edits {
			continue
		}
		r.tell(fmt.Sprintf("history: %d changes", size))
		for edits < size {
			p := r.phones[edits/perPerson%r.options.Villages] // of another person each
			if err := p.skip(ctx, v.unit); err != nil {
				return err
			}
			var drafts []*client.Draft
			for range min(atOnce, size-edits, perPerson-edits%perPerson) {
				d := v.meeting(0, r.options.Now(), edits)
				d.Base = p.State.Book(v.unit).Seen
				drafts = append(drafts, d)
				edits++
			}
			b, err := p.drafts(v.unit, drafts)
			if err != nil {
				return err
			}
			if err := r.send(ctx, p, b); err != nil {
				return err
			}
		}
		if err := r.calm(ctx); err != nil {
			return err
		}
		if err := r.raw.empty(ctx); err != nil {
			return err
		}
		var gifts []gift
		for range size {
			g, err := v.next(r.options.Now(), r.campaign(ctx))
			if err != nil {
				return err
			}
			gifts = append(gifts, g)
		}
		if err := r.raw.upsert(ctx, gifts); err != nil {
			return fmt.Errorf("the baseline: %w", err)
		}
		var ours, raw []time.Duration
		bytes := 0
		for range r.options.Rounds {
			begun := r.options.Now()
			a, err := r.desk.do(ctx, http.MethodGet, fmt.Sprintf("/v1/records/%s?unit=%s", record, v.unit), nil)
			if err != nil {
				return err
			}
			ours = append(ours, r.options.Now().Sub(begun))
			text, err := a.plain()
			if err != nil {
				return err
			}
			bytes = len(text)
			begun = r.options.Now()
			if n, err := r.raw.read(ctx, string(v.unit)); err != nil || n != size {
				return fmt.Errorf("the baseline: %d records were read of %d: %w", n, size, err)
			}
			raw = append(raw, r.options.Now().Sub(begun))
		}
		r.found.Histories = append(r.found.Histories, History{
			Changes: size, P50Ms: ms(percentile(ours, 50)), KB: round(float64(bytes) / 1024), RawP50Ms: ms(percentile(raw, 50)),
		})
	}
	return nil
}

// hanging is a database that never answers who loads some units.
type hanging struct{ store.Backend }

const hangs = "hang-"

// Snapshot implements [store.Projections].
func (h hanging) Snapshot(ctx context.Context, unit ledger.UnitID) (store.Projection, error) {
	if strings.HasPrefix(string(unit), hangs) {
		<-ctx.Done()
		return store.Projection{}, ctx.Err()
	}
	return h.Backend.Snapshot(ctx, unit)
}

// hangs measures pushes to units that are not in memory, while others are loaded from a
// database that does not answer. The store runs in this process, since no real
// database hangs on demand.
func (r *run) hangs(ctx context.Context) (err error) {
	backend, err := r.options.Open(ctx, r.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	for _, loads := range []int{0, 1, 2} {
		if err := r.hang(ctx, hanging{backend}, loads); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) hang(ctx context.Context, backend store.Backend, loads int) error {
	s := r.store(backend)
	stuck, give := context.WithCancel(ctx)
	defer func() {
		give()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_ = s.Close(closing)
	}()
	for i := range loads {
		go func() { _, _ = s.Head(stuck, ledger.UnitID(fmt.Sprint(hangs, i))) }()
	}
	time.Sleep(100 * time.Millisecond) // they hang by then
	var ours, raw []time.Duration
	for i := range 10 * r.options.Rounds {
		unit := ledger.UnitID(fmt.Sprintf("bench-%d-%d", loads, i))
		batch, err := r.batchOf(unit, r.options.Records)
		if err != nil {
			return err
		}
		begun := r.options.Now()
		if _, err := s.Append(ctx, unit, store.Author{User: "u_bench", Role: form.RoleCollector}, batch); err != nil {
			return err
		}
		ours = append(ours, r.options.Now().Sub(begun))
		gifts := make([]gift, r.options.Records)
		for i := range gifts {
			if gifts[i], err = r.told.next(r.options.Now(), r.campaign(ctx)); err != nil {
				return err
			}
		}
		begun = r.options.Now()
		if err := r.raw.insert(ctx, gifts); err != nil {
			return fmt.Errorf("the baseline: %w", err)
		}
		raw = append(raw, r.options.Now().Sub(begun))
	}
	r.found.Hangs = append(r.found.Hangs, Hang{
		Loads: loads, P50Ms: ms(percentile(ours, 50)), MaxMs: ms(percentile(ours, 100)), RawP50Ms: ms(percentile(raw, 50)),
	})
	return nil
}

// store serves a database in this process, as a server does.
func (r *run) store(backend store.Backend) *store.Store {
	return store.New(backend, store.Options{Now: r.options.Now, Random: rand.Reader, Location: time.UTC})
}

// batchOf makes a batch of records of nobody's.
func (r *run) batchOf(unit ledger.UnitID, records int) (*ledger.Batch, error) {
	book := &client.Book{Unit: unit}
	v := newVillage(unit, uint64(r.options.Now().UnixNano()))
	for i := range records {
		if _, err := book.Write(v.meeting(i, r.options.Now(), i)); err != nil {
			return nil, err
		}
	}
	return ledger.ParseBatch(book.Cut(client.Device{ID: "d_bench", Epoch: 1}, 1, client.Limits{MaxOps: records}).Body)
}

// starts measures how long a server needs until it serves, by the number of ledgers,
// and until it has looked at all of them; and beside it a sure read of each, one
// after another.
func (r *run) starts(ctx context.Context) (err error) {
	backend, err := r.options.Open(ctx, r.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	for _, size := range r.options.Ledgers {
		r.tell(fmt.Sprintf("starts: %d ledgers", size))
		all, err := r.addLedgers(ctx, backend, size)
		if err != nil {
			return err
		}
		begun := r.options.Now()
		other, err := startServer(ctx, r.options, r.db, "")
		if err != nil {
			return err
		}
		serving := r.options.Now().Sub(begun)
		looked, err := r.recovered(ctx, other, begun)
		if err = errors.Join(err, other.stop()); err != nil {
			return err
		}
		begun = r.options.Now()
		for _, unit := range all {
			if _, err := backend.Head(ctx, unit); err != nil {
				return fmt.Errorf("the baseline: %w", err)
			}
		}
		r.found.Starts = append(r.found.Starts, Start{
			Ledgers: len(all), Seconds: round(serving.Seconds()), LookedSeconds: round(looked.Seconds()), RawSeconds: round(r.options.Now().Sub(begun).Seconds()),
		})
	}
	return nil
}

// addLedgers brings the database to so many ledgers, with lists, and returns them.
func (r *run) addLedgers(ctx context.Context, backend store.Backend, size int) (all []ledger.UnitID, err error) {
	if all, err = backend.Ledgers(ctx); err != nil {
		return nil, err
	}
	s := r.store(backend)
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	for len(all) < size {
		unit := ledger.UnitID(fmt.Sprintf("start-%d", len(all)))
		batch, err := r.batchOf(unit, 1)
		if err != nil {
			return nil, err
		}
		if _, err := s.Append(ctx, unit, store.Author{User: "u_bench", Role: form.RoleCollector}, batch); err != nil {
			return nil, err
		}
		all = append(all, unit)
	}
	return all, s.Settle(ctx, all)
}

// recovered waits until a server has looked at all its ledgers, and returns how long
// that has been since it was started.
func (r *run) recovered(ctx context.Context, server *process, begun time.Time) (time.Duration, error) {
	p := newPhone(server.url, r.options.Now)
	defer p.close()
	for {
		a, err := p.do(ctx, http.MethodGet, "/readyz", nil)
		if err != nil {
			return 0, err
		}
		text, err := a.plain()
		if err != nil {
			return 0, err
		}
		if !strings.Contains(string(text), "still to be looked at") {
			return r.options.Now().Sub(begun), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
