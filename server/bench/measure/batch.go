package measure

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// op is an edit, as it is sent.
type op struct {
	N      uint64      `json:"n"`
	Record string      `json:"record"`
	Kind   ledger.Kind `json:"kind"`
	Action string      `json:"action"`
	Base   uint64      `json:"base"`
	At     time.Time   `json:"at"`
	Set    any         `json:"set"`
}

// batch is a push: made, packed, and when it was sent, answered.
type batch struct {
	unit   ledger.UnitID
	gifts  []gift // none of a batch of other records
	first  uint64
	ops    int
	packed []byte
	answer answer
}

// batch numbers ops and packs them.
func (p *phone) batch(unit ledger.UnitID, ops []op) (*batch, error) {
	book := p.book(unit)
	b := &batch{unit: unit, first: book.last + 1, ops: len(ops)}
	for i := range ops {
		book.last++
		ops[i].N, ops[i].Action, ops[i].At = book.last, "edit", ops[i].At.UTC().Truncate(time.Second)
		if book.cursor != nil {
			ops[i].Base = book.cursor.Seq
		}
	}
	var err error
	b.packed, err = packed(struct {
		Device string  `json:"device"`
		Epoch  uint32  `json:"epoch"`
		From   uint64  `json:"from"`
		Head   *cursor `json:"head,omitempty"`
		Ops    []op    `json:"ops"`
	}{p.device, p.epoch, b.first, book.cursor, ops})
	return b, err
}

// push sends a batch. Its answer is checked later.
func push(ctx context.Context, p *phone, b *batch) (err error) {
	b.answer, err = p.do(ctx, http.MethodPost, "/v1/units/"+string(b.unit)+"/batches", b.packed)
	return err
}

// check holds the answer to a push to what it should be: every op accepted.
func (b *batch) check() error {
	body, err := b.answer.plain()
	if err != nil {
		return err
	}
	var got struct {
		Through uint64
		Results []struct {
			N                   uint64
			Status, Code, Field string
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return err
	}
	if len(got.Results) != b.ops || got.Through != b.first+uint64(b.ops)-1 {
		return fmt.Errorf("%d verdicts through %d for %d ops from %d", len(got.Results), got.Through, b.ops, b.first)
	}
	for i, v := range got.Results {
		if v.N != b.first+uint64(i) || v.Status != string(ledger.Accepted) {
			return fmt.Errorf("op %d: %d is %s %s %s", b.first+uint64(i), v.N, v.Status, v.Code, v.Field)
		}
	}
	return nil
}
