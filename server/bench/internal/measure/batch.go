package measure

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// edit is what an op says.
type edit struct {
	record string
	kind   ledger.Kind
	at     time.Time
	set    any // its fields, as JSON
}

func (e *edit) draft() (*client.Draft, error) {
	id, err := ledger.ParseRecordID(e.record)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(e.set)
	if err != nil {
		return nil, err
	}
	d := &client.Draft{Record: id, Kind: e.kind, Action: ledger.ActionEdit, At: e.at.UTC()}
	return d, json.Unmarshal(text, &d.Set)
}

// batch is a push: made, packed, and when it was sent, answered.
type batch struct {
	*client.Batch
	gifts  []gift // none of a batch of other records
	packed []byte
	answer answer
}

// batch writes ops and packs them, all in one batch.
func (p *phone) batch(unit ledger.UnitID, edits []edit) (*batch, error) {
	book := p.State.Book(unit)
	from := book.Last + 1
	for i := range edits {
		d, err := edits[i].draft()
		if err != nil {
			return nil, err
		}
		d.Base = book.Seen
		if _, err := book.Write(d); err != nil {
			return nil, err
		}
	}
	b := &batch{Batch: book.Cut(p.State.Device, from, client.Limits{MaxOps: len(edits)})}
	var err error
	b.packed, err = p.Pack(b.Body)
	return b, err
}

// push sends a batch. Its answer is checked later.
func push(ctx context.Context, p *phone, b *batch) (err error) {
	b.answer, err = p.do(ctx, http.MethodPost, "/v1/units/"+string(b.Unit)+"/batches", b.packed)
	return err
}

// check gives the answer to a push to the phone's book, and wants every op
// accepted. The book then drops the ops: nothing is restored here, and a phone
// writes more in one run than a person in a lifetime.
func (p *phone) check(b *batch) error {
	body, err := b.answer.plain()
	if err != nil {
		return err
	}
	book, now := p.State.Book(b.Unit), p.Now()
	if err := book.Acknowledge(b.Batch, body, now); err != nil {
		return err
	}
	for n := b.From; n <= b.Through; n++ {
		if v := book.Op(n).Verdict; v.Status != ledger.Accepted {
			return fmt.Errorf("op %d is %s %s %s", n, v.Status, v.Code, v.Field)
		}
	}
	book.Forget(now.Add(client.Keep + time.Second))
	return nil
}
