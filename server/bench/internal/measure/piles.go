package measure

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// pile is something that one person can heap up in a ledger, and that a push
// meets: each has a village of its own.
type pile struct {
	name  string
	sizes []int // other than those that are asked for; each at most one less than there are phones
	// grow makes it as large as size. It is called with rising sizes.
	grow func(ctx context.Context, r *run, v *village, size int) error
	// next makes a batch that meets it.
	next func(r *run, v *village, size int) (*phone, *batch, error)
}

var piles = []pile{
	{
		name: "look-alikes",
		grow: func(ctx context.Context, r *run, v *village, size int) error {
			p := r.phones[0]
			for v.made < size {
				b, err := r.alike(p, v, min(fillBatch, size-v.made))
				if err != nil {
					return err
				}
				if err := r.send(ctx, p, b); err != nil {
					return err
				}
			}
			return nil
		},
		next: func(r *run, v *village, _ int) (*phone, *batch, error) {
			b, err := r.alike(r.phones[0], v, r.options.Records)
			return r.phones[0], b, err
		},
	},
	{
		// Each is of another phone that has not seen the others. A record holds no
		// more of them.
		name: "siblings", sizes: []int{1, 16, 64},
		grow: func(ctx context.Context, r *run, v *village, size int) error {
			for ; v.made < size; v.made++ {
				p := r.phones[v.made+1]
				b, err := p.drafts(v.unit, []*client.Draft{v.meeting(0, r.options.Now(), v.made)})
				if err != nil {
					return err
				}
				if err := r.send(ctx, p, b); err != nil {
					return err
				}
			}
			return nil
		},
		next: func(r *run, v *village, size int) (*phone, *batch, error) {
			return r.meet(v, size, func(i int) *client.Draft { return v.meeting(0, r.options.Now(), i) })
		},
	},
	{
		// What goes beyond what a record may hold is refused, which must cost no more
		// than taking it.
		name: "removals",
		grow: func(ctx context.Context, r *run, v *village, size int) error {
			p := r.phones[0]
			if v.made == 0 {
				b, err := p.drafts(v.unit, []*client.Draft{v.meeting(0, r.options.Now(), 0)})
				if err != nil {
					return err
				}
				if err := r.send(ctx, p, b); err != nil {
					return err
				}
			}
			for v.made < size {
				var drafts []*client.Draft
				for range min(fillBatch, size-v.made) {
					drafts = append(drafts, v.removal(r.options.Now()))
					v.made++
				}
				b, err := p.drafts(v.unit, drafts)
				if err != nil {
					return err
				}
				if err := r.send(ctx, p, b); err != nil {
					return err
				}
			}
			return nil
		},
		next: func(r *run, v *village, size int) (*phone, *batch, error) {
			return r.meet(v, size, func(int) *client.Draft { return v.removal(r.options.Now()) })
		},
	},
	{
		// One op a commit; the oldest are sent again.
		name: "commits since",
		grow: func(ctx context.Context, r *run, v *village, size int) error {
			p := r.phones[0]
			for ; v.made < size; v.made++ {
				b, err := p.drafts(v.unit, []*client.Draft{v.meeting(v.made, r.options.Now(), v.made)})
				if err != nil {
					return err
				}
				if err := r.deliver(ctx, p, b); err != nil {
					return err
				}
			}
			return nil
		},
		next: func(r *run, v *village, _ int) (*phone, *batch, error) {
			p := r.phones[0]
			book := p.State.Book(v.unit)
			b := &batch{Batch: book.Cut(p.State.Device, 1, client.Limits{MaxOps: r.options.Records})}
			var err error
			b.packed, err = p.Pack(b.Body)
			return p, b, err
		},
	},
}

// meet makes a batch of a phone that has not met the pile in this size yet, so
// that nobody changes a record more often in a day than one may.
func (r *run) meet(v *village, size int, draft func(i int) *client.Draft) (*phone, *batch, error) {
	p := r.phones[size%len(r.phones)]
	var drafts []*client.Draft
	for i := range r.options.Records {
		drafts = append(drafts, draft(i))
	}
	b, err := p.drafts(v.unit, drafts)
	return p, b, err
}

// alike makes households that all have the same name.
func (r *run) alike(p *phone, v *village, n int) (*batch, error) {
	var drafts []*client.Draft
	for range n {
		v.made++
		drafts = append(drafts, v.draft(v.id(r.options.Now()), form.KindHousehold, r.options.Now(), map[string]any{
			"code": fmt.Sprintf("H%06d", v.made), "headName": "Trần Văn Giống", "category": "poor",
		}))
	}
	return p.drafts(v.unit, drafts)
}

// meeting edits the meeting of a number.
func (v *village) meeting(number int, at time.Time, attendance int) *client.Draft {
	for len(v.meetings) <= number {
		v.meetings = append(v.meetings, v.id(at))
	}
	return v.draft(v.meetings[number], form.KindMeeting, at, map[string]any{
		"date": dayOf(number % 5000), "level": "commune", "place": fmt.Sprintf("Điểm đo %d", number), "attendance": 1 + attendance,
	})
}

func (v *village) removal(at time.Time) *client.Draft {
	d := v.meeting(0, at, 0)
	d.Action, d.Set = ledger.ActionRemove, nil
	return d
}

// draft is an op whose author has seen nothing.
func (v *village) draft(record string, kind ledger.Kind, at time.Time, set map[string]any) *client.Draft {
	d := &client.Draft{Kind: kind, Action: ledger.ActionEdit, At: at.UTC(), Set: map[string]json.RawMessage{}}
	d.Record, _ = ledger.ParseRecordID(record) // of the bench's own making
	for field, value := range set {
		d.Set[field], _ = json.Marshal(value) // a text or a number
	}
	return d
}

// drafts writes ops and packs them, all in one batch.
func (p *phone) drafts(unit ledger.UnitID, drafts []*client.Draft) (*batch, error) {
	book := p.State.Book(unit)
	from := book.Last + 1
	for _, d := range drafts {
		if _, err := book.Write(d); err != nil {
			return nil, err
		}
	}
	b := &batch{Batch: book.Cut(p.State.Device, from, client.Limits{MaxOps: len(drafts)})}
	var err error
	b.packed, err = p.Pack(b.Body)
	return b, err
}

// deliver pushes a batch, whatever its verdicts, and keeps its ops.
func (r *run) deliver(ctx context.Context, p *phone, b *batch) error {
	if err := push(ctx, p, b); err != nil {
		return err
	}
	body, err := b.answer.plain()
	if err != nil {
		return err
	}
	return p.State.Book(b.Unit).Acknowledge(b.Batch, body, r.options.Now())
}

// send delivers a batch and drops its ops.
func (r *run) send(ctx context.Context, p *phone, b *batch) error {
	if err := r.deliver(ctx, p, b); err != nil {
		return err
	}
	p.State.Book(b.Unit).Forget(r.options.Now().Add(client.Keep + time.Second))
	return nil
}

// piles measures what a push costs that meets what somebody has heaped up, and
// beside it one insert of as many records.
func (r *run) piles(ctx context.Context) error {
	for i := range piles {
		p, v := &piles[i], r.piled[i]
		sizes := r.options.Piles
		if p.sizes != nil {
			sizes = nil
			for _, size := range p.sizes {
				sizes = append(sizes, min(size, len(r.phones)-1))
			}
		}
		for _, size := range slices.Compact(sizes) {
			r.tell(fmt.Sprintf("piles: %d %s", size, p.name))
			if err := p.grow(ctx, r, v, size); err != nil {
				return fmt.Errorf("%d %s: %w", size, p.name, err)
			}
			if err := r.calm(ctx); err != nil {
				return err
			}
			var ours, raw []time.Duration
			for range r.options.Rounds {
				phone, b, err := p.next(r, v, size)
				if err != nil {
					return err
				}
				begun := r.options.Now()
				if err := r.deliver(ctx, phone, b); err != nil {
					return fmt.Errorf("%d %s: %w", size, p.name, err)
				}
				ours = append(ours, r.options.Now().Sub(begun))
				gifts := make([]gift, r.options.Records)
				for i := range gifts {
					if gifts[i], err = r.growing.next(r.options.Now(), r.campaign(ctx)); err != nil {
						return err
					}
					r.growing.made-- // it is the baseline's alone
				}
				begun = r.options.Now()
				if err := r.raw.insert(ctx, gifts); err != nil {
					return fmt.Errorf("the baseline: %w", err)
				}
				raw = append(raw, r.options.Now().Sub(begun))
			}
			r.found.Piles = append(r.found.Piles, Pile{Name: p.name, Size: size, P50Ms: ms(percentile(ours, 50)), RawP50Ms: ms(percentile(raw, 50))})
		}
	}
	return nil
}
