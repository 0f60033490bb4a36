package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// desk is the reviewer at the commune: a phone for all units, which decides.
type desk struct {
	*phone
	plan *Plan
	now  time.Time // by the desk's clock
}

// conflict is an entry of the queue of conflicts.
type conflict struct {
	Record record `json:"record"`
	Fields []struct {
		Field    string `json:"field"`
		Siblings []struct {
			Dot string `json:"dot"`
		} `json:"siblings"`
	} `json:"fields"`
}

// pair is an entry of the queue of suspected duplicates.
type pair struct {
	A record `json:"a"`
	B record `json:"b"`
}

// decide works until both queues are empty. A decision may bring up the next,
// so it looks again after each round.
func (d *desk) decide(ctx context.Context) (decisions int, err error) {
	const rounds = 20
	for range rounds {
		conflicts, err := queue[conflict](ctx, d, "/v1/conflicts")
		if err != nil {
			return decisions, err
		}
		pairs, err := queue[pair](ctx, d, "/v1/duplicates")
		if err != nil {
			return decisions, err
		}
		if len(conflicts) == 0 && len(pairs) == 0 {
			return decisions, nil
		}
		if err := d.pullAll(ctx); err != nil {
			return decisions, err
		}
		for i := range conflicts {
			if err := d.resolve(&conflicts[i]); err != nil {
				return decisions, err
			}
		}
		told := map[ledger.Ref]bool{}
		for i := range pairs {
			if err := d.compare(&pairs[i], told); err != nil {
				return decisions, err
			}
		}
		before := d.counts.Ops
		if err := d.flush(ctx); err != nil {
			return decisions, err
		}
		decisions += d.counts.Ops - before
	}
	return decisions, fmt.Errorf("the queues are not empty after %d rounds", rounds)
}

// queue reads all pages of a list.
func queue[T any](ctx context.Context, d *desk, path string) ([]T, error) {
	var all []T
	for cursor := ""; ; {
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := d.Call(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// resolve settles every register that a record is in conflict about, naming
// exactly the writes that are on the screen.
func (d *desk) resolve(c *conflict) error {
	ref, err := c.Record.ref()
	if err != nil {
		return err
	}
	for _, field := range c.Fields {
		value, err := d.plan.holds(ref, field.Field)
		if err != nil {
			return err
		}
		settled := &client.Draft{Action: ledger.ActionResolve, Field: field.Field, Value: json.RawMessage(value)}
		for _, s := range field.Siblings {
			dot, err := ledger.ParseDot(s.Dot)
			if err != nil {
				return err
			}
			settled.Sees = append(settled.Sees, dot)
		}
		if err := d.decision(ref, c.Record.Kind, settled); err != nil {
			return err
		}
	}
	return nil
}

// compare says of two records which of them is a copy, or that neither is. A
// record that several pairs show is linked once.
func (d *desk) compare(p *pair, told map[ledger.Ref]bool) error {
	a, err := p.A.ref()
	if err != nil {
		return err
	}
	b, err := p.B.ref()
	if err != nil {
		return err
	}
	thing := d.plan.thing(a)
	if thing != d.plan.thing(b) {
		return d.decision(a, p.A.Kind, &client.Draft{Action: ledger.ActionUnlink, DuplicateOf: seenFrom(a.Unit, b)})
	}
	for _, ref := range []ledger.Ref{a, b} {
		if ref == thing || told[ref] {
			continue
		}
		told[ref] = true
		if err := d.decision(ref, p.A.Kind, &client.Draft{Action: ledger.ActionLink, DuplicateOf: seenFrom(ref.Unit, thing)}); err != nil {
			return err
		}
	}
	return nil
}

// seenFrom writes a reference as it stands in a unit's ledger.
func seenFrom(unit ledger.UnitID, ref ledger.Ref) ledger.Ref {
	if ref.Unit == unit {
		ref.Unit = ""
	}
	return ref
}

func (d *desk) decision(ref ledger.Ref, kind ledger.Kind, draft *client.Draft) error {
	b, err := d.book(ref.Unit)
	if err != nil {
		return err
	}
	d.now = d.now.Add(20 * time.Second)
	draft.Record, draft.Kind, draft.At = ref.Record, kind, d.now
	return b.save(nil, draft)
}
