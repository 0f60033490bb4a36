package ledger

import (
	"errors"
	"fmt"
	"math"
)

// Limits of one push. A larger one is refused whole, and nothing in it is
// consumed.
const (
	MaxOps        = 500     // ops in a batch
	MaxBatchBytes = 1 << 20 // bytes of a batch, decompressed
	MaxOpBytes    = 64 << 10
)

// Batch is what one device pushes at once: ops with consecutive counters.
type Batch struct {
	Device DeviceID
	Epoch  uint32
	From   uint64
	Head   *Head // the newest head that the device has pulled; nil before its first pull
	Ops    []Op  // Invariant: Ops[i].N == From+i
}

// BatchError says which member of a push is wrong. Field is its path.
type BatchError struct {
	Field string
	N     uint64 // the op concerned, or 0
	Err   error
}

func (e *BatchError) Error() string { return fmt.Sprintf("%s: %v", e.Field, e.Err) }
func (e *BatchError) Unwrap() error { return e.Err }

// What a [BatchError] wraps, beside [ErrMalformed].
var (
	ErrTooManyOps = errors.New("too many ops in one batch")
	ErrOpTooLarge = errors.New("an op is too large")
)

// ParseBatch reads a push. It fails where the push as a whole cannot be
// taken: it is not JSON (*[SyntaxError]), or its envelope or an op's counter
// is wrong (*[BatchError]). An op that is wrong in itself does not make it
// fail: see [Op.Fault].
func ParseBatch(body []byte) (*Batch, error) {
	text, err := Canonical(body)
	if err != nil {
		return nil, err
	}
	b := &Batch{}
	var ops Value
	r := reader{object: text}
	for r.next() {
		switch r.key {
		case "device":
			b.Device = DeviceID(r.text())
		case "epoch":
			b.Epoch = uint32(r.number(31))
		case "from":
			b.From = r.number(53)
		case "head":
			b.Head, err = parseHead(r.value)
			r.fail(err)
		case "ops":
			ops = r.value
			if !ops.IsArray() {
				r.fail(errors.New("want a list"))
			}
		}
	}
	switch {
	case r.err != nil:
		return nil, &BatchError{Field: r.key, Err: r.err}
	case b.Device == "":
		return nil, missing("device")
	case b.Epoch == 0:
		return nil, missing("epoch")
	case b.From == 0 || b.From > math.MaxInt64-MaxOps:
		return nil, missing("from")
	}
	const commonOp = 300 // bytes; only a guess of how many there are
	b.Ops = make([]Op, 0, min(MaxOps, len(ops)/commonOp+1))
	for text := range ops.Elements() {
		n := b.From + uint64(len(b.Ops))
		if len(b.Ops) == MaxOps {
			return nil, &BatchError{Field: "ops", Err: ErrTooManyOps}
		}
		if len(text) > MaxOpBytes {
			return nil, &BatchError{Field: "ops", N: n, Err: ErrOpTooLarge}
		}
		op := ParseOp(text)
		if op.N != n {
			return nil, &BatchError{Field: "ops.n", N: n, Err: fmt.Errorf("%w: counters must run on from from without a gap: want %d", ErrMalformed, n)}
		}
		b.Ops = append(b.Ops, op)
	}
	if len(b.Ops) == 0 {
		return nil, missing("ops")
	}
	return b, nil
}

func missing(field string) error {
	return &BatchError{Field: field, Err: fmt.Errorf("%w: required", ErrMalformed)}
}

func parseHead(v Value) (*Head, error) {
	h := &Head{}
	r := reader{object: v}
	var log, seq, hash bool
	for r.next() {
		switch r.key {
		case "log":
			h.Log, log = LogID(r.text()), true
		case "seq":
			h.Seq, seq = Seq(r.number(53)), true
		case "hash":
			h.Hash, hash = r.hash(), true
		}
	}
	if r.err == nil && !(log && seq && hash) {
		return nil, fmt.Errorf("%w: a head is log, seq and hash; before the first pull there is none", ErrMalformed)
	}
	return h, r.err
}

// UnmarshalJSON is [ParseBatch].
func (b *Batch) UnmarshalJSON(body []byte) error {
	parsed, err := ParseBatch(body)
	if err == nil {
		*b = *parsed
	}
	return err
}
