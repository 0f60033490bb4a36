package client

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Limits bound a batch; GET /v1/forms has those in force.
type Limits struct {
	MaxOps   int `json:"maxOps"`
	MaxBytes int `json:"maxBytes"` // of the body, decompressed
}

// StandardLimits hold until the server has sent others.
var StandardLimits = Limits{MaxOps: ledger.MaxOps, MaxBytes: ledger.MaxBatchBytes}

// Batch is a push: ops with consecutive counters, and the body to send.
type Batch struct {
	Unit          ledger.UnitID
	From, Through uint64
	Body          []byte
	Again         bool // some of it was sent before
}

func (b *Batch) ops() int { return int(b.Through - b.From + 1) }

// Next makes the batch that begins with the first op that was not
// acknowledged, and nil where everything was.
func (b *Book) Next(d Device, l Limits) *Batch {
	i := slices.IndexFunc(b.Outbox, func(o Op) bool { return o.Verdict == nil })
	if i < 0 {
		return nil
	}
	return b.Cut(d, b.Outbox[i].N, l)
}

// Probe makes the batch that must be acknowledged before a pull: the last op
// that was acknowledged, again. It is nil where the cursor has reached what was
// pushed, or nothing that was acknowledged is kept.
func (b *Book) Probe(d Device) *Batch {
	if b.Pushed == 0 || b.Cursor != nil && b.Cursor.Seq >= b.Pushed {
		return nil
	}
	for i := len(b.Outbox) - 1; i >= 0; i-- {
		if b.Outbox[i].Verdict != nil {
			return b.Cut(d, b.Outbox[i].N, Limits{MaxOps: 1})
		}
	}
	return nil
}

// Cut makes a batch of kept ops from a counter on, acknowledged or not: as many
// as the limits and earlier refusals allow, at least one. It is nil where the
// counter is not kept.
func (b *Book) Cut(d Device, from uint64, l Limits) *Batch {
	first := b.Op(from)
	if first == nil {
		return nil
	}
	most := max(l.MaxOps, 1)
	if b.MostOps > 0 {
		most = min(most, b.MostOps)
	}
	if from <= b.Single {
		most = 1
	}
	head := ""
	if b.Cursor != nil {
		head = fmt.Sprintf(`"head":{"log":%q,"seq":%d,"hash":%q},`, b.Cursor.Log, b.Cursor.Seq, b.Cursor.Hash)
	}
	batch := &Batch{Unit: b.Unit, From: from}
	body := fmt.Appendf(nil, `{"device":%q,"epoch":%d,"from":%d,%s"ops":[`, d.ID, d.Epoch, from, head)
	for o := first; o != nil && most > 0; o = b.Op(o.N + 1) {
		text := o.Text()
		if batch.Through > 0 {
			if l.MaxBytes > 0 && len(body)+len(text)+len(",]}") > l.MaxBytes {
				break
			}
			body = append(body, ',')
		}
		body = append(body, text...)
		batch.Again = batch.Again || o.Sent
		batch.Through = o.N
		o.Sent = true
		most--
	}
	batch.Body = append(body, "]}"...)
	return batch
}

// Verdict is the outcome of an op.
type Verdict struct {
	N        uint64          `json:"n"`
	Status   ledger.Status   `json:"status"`
	Fields   []string        `json:"fields,omitempty"`   // conflict
	Of       json.RawMessage `json:"of,omitempty"`       // duplicate
	Reason   string          `json:"reason,omitempty"`   // duplicate
	Code     string          `json:"code,omitempty"`     // rejected
	Field    string          `json:"field,omitempty"`    // rejected
	Message  string          `json:"message,omitempty"`  // rejected: in Vietnamese, fit to show
	Late     bool            `json:"late,omitempty"`     // dated in a closed period
	AfterEnd bool            `json:"afterEnd,omitempty"` // dated after the unit's last day
}

// Acknowledge takes the body of a 200 to a push: the ops are durable. A
// verdict replaces the op's earlier one.
func (b *Book) Acknowledge(sent *Batch, body []byte, now time.Time) error {
	var answer struct {
		Seq     ledger.Seq
		Through uint64
		Results []Verdict
		Receipt string
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("push to %s: %w", b.Unit, err)
	}
	if uint64(len(answer.Results)) != sent.Through-sent.From+1 || answer.Through < sent.Through {
		return fmt.Errorf("push to %s: %d verdicts through %d for ops %d to %d", b.Unit, len(answer.Results), answer.Through, sent.From, sent.Through)
	}
	for i := range answer.Results {
		if n := sent.From + uint64(i); answer.Results[i].N != n || b.Op(n) == nil {
			return fmt.Errorf("push to %s: a verdict for op %d in the place of op %d", b.Unit, answer.Results[i].N, n)
		}
	}
	for i := range answer.Results {
		o := b.Op(sent.From + uint64(i))
		o.Sent, o.Verdict = true, &answer.Results[i]
		if o.Acknowledged == nil {
			o.Seq, o.Acknowledged = answer.Seq, &now
		}
	}
	b.Pushed, b.MostOps = answer.Seq, 0
	if sent.Through >= b.Single {
		b.Single = 0
	}
	covered := slices.ContainsFunc(b.Receipts, func(r Receipt) bool {
		return r.From <= sent.From && sent.Through < r.Through || r.From < sent.From && sent.Through == r.Through
	})
	if answer.Receipt != "" && !covered {
		b.Receipts = slices.DeleteFunc(b.Receipts, func(r Receipt) bool { return sent.From <= r.From && r.Through <= sent.Through })
		b.Receipts = append(b.Receipts, Receipt{sent.From, sent.Through, answer.Receipt})
		slices.SortStableFunc(b.Receipts, func(x, y Receipt) int { return int(x.From) - int(y.From) })
	}
	return nil
}
