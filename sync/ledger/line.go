package ledger

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// Line is how far one device, in one of its epochs, has come in a ledger, and
// where each of its counters stands. Older ranges are in parts, which never
// change again: a line grows for ever, and what is stored of it with each
// projection does not.
type Line struct {
	Device  DeviceID
	Epoch   uint32
	Through uint64  // every counter up to this one is in the ledger
	Ranges  []Range // the latest, rising and without gaps; from partSize on fewer than twice that
	parts   []*Part // Invariant: parts[k] holds the ranges from k*partSize on, partSize of them
}

// Range says which entry has the counters From to To.
type Range struct {
	From, To uint64
	Seq      Seq
	Entry    int
}

// partSize is how many ranges a part has.
const partSize = 256

// Part is where old counters of a line stand. It follows from the ledger alone:
// every server makes the same one, at any time.
type Part struct {
	Device        DeviceID
	Epoch         uint32
	Number        int // of the line's parts, from 0 on
	From, Through uint64
	packed        string
}

// Find returns the range that holds the counter n, and false where the line has
// not come so far. It looks at one part at most.
func (l *Line) Find(n uint64) (Range, bool) {
	if l == nil {
		return Range{}, false
	}
	i, _ := slices.BinarySearchFunc(l.parts, n, func(p *Part, n uint64) int { return cmp.Compare(p.Through, n) })
	if i < len(l.parts) && l.parts[i].From <= n {
		for r := range l.parts[i].ranges() {
			if r.From <= n && n <= r.To {
				return r, true
			}
		}
	}
	i, _ = slices.BinarySearchFunc(l.Ranges, n, func(r Range, n uint64) int { return cmp.Compare(r.To, n) })
	if i < len(l.Ranges) && l.Ranges[i].From <= n {
		return l.Ranges[i], true
	}
	return Range{}, false
}

// Copy returns the line as it is now: it may be read while the other goes on.
func (l *Line) Copy() *Line {
	c := *l
	c.Ranges, c.parts = slices.Clip(l.Ranges), slices.Clip(l.parts)
	return &c
}

// Parts returns the parts of the line from a number on.
func (l *Line) Parts(from int) []*Part { return l.parts[min(from, len(l.parts)):] }

// Join gives a line that was read the parts that were stored beside it, in any
// order. It reports whether they tell together where every counter stands: a
// version of the program that forgot old ones may have stored it.
func (l *Line) Join(parts []*Part) bool {
	parts = slices.SortedFunc(slices.Values(parts), func(a, b *Part) int { return cmp.Compare(a.Number, b.Number) })
	next := uint64(1)
	for k, p := range parts {
		if p.Number != k || p.From != next || p.Through > l.Through {
			break // What is newer than the line is made again.
		}
		l.parts = append(l.parts, p)
		next = p.Through + 1
	}
	l.Ranges = slices.DeleteFunc(l.Ranges, func(r Range) bool { return r.To < next })
	for _, r := range l.Ranges {
		if r.From != next {
			return false
		}
		next = r.To + 1
	}
	return next == l.Through+1
}

// add notes where the next counters stand.
func (l *Line) add(r Range) {
	l.Through = r.To
	l.Ranges = append(l.Ranges, r)
	l.cut()
}

// cut makes parts of the oldest ranges. Copies of the line keep theirs.
func (l *Line) cut() {
	for len(l.Ranges) >= 2*partSize {
		l.parts = append(l.parts, newPart(l, len(l.parts), l.Ranges[:partSize]))
		l.Ranges = slices.Clone(l.Ranges[partSize:])
	}
}

func newPart(l *Line, number int, ranges []Range) *Part {
	p := &Part{Device: l.Device, Epoch: l.Epoch, Number: number, From: ranges[0].From}
	var out []byte
	seq := Seq(0)
	for _, r := range ranges {
		out = binary.AppendUvarint(out, r.To-r.From)
		out = binary.AppendUvarint(out, uint64(r.Seq-seq))
		out = binary.AppendUvarint(out, uint64(r.Entry))
		p.Through, seq = r.To, r.Seq
	}
	p.packed = string(out)
	return p
}

// ranges yields what the part holds. It ends early where that is malformed.
func (p *Part) ranges() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		rest, next, seq := []byte(p.packed), p.From, Seq(0)
		for len(rest) > 0 {
			var numbers [3]uint64
			for i := range numbers {
				n, size := binary.Uvarint(rest)
				if size <= 0 || n > math.MaxInt64 {
					return
				}
				numbers[i], rest = n, rest[size:]
			}
			seq += Seq(numbers[1])
			r := Range{From: next, To: next + numbers[0], Seq: seq, Entry: int(numbers[2])}
			if r.To > math.MaxInt64 || seq > math.MaxInt64 || r.Entry > math.MaxInt32 || !yield(r) {
				return
			}
			next = r.To + 1
		}
	}
}

// AppendJSON appends the stored form of the line, without its parts.
func (l *Line) AppendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("device", string(l.Device))
	w.number("epoch", uint64(l.Epoch))
	w.number("through", l.Through)
	appendArray(&w, "ranges", l.Ranges, func(out []byte, g *Range) []byte {
		w := writer{out: append(out, '{')}
		w.number("from", g.From)
		w.number("to", g.To)
		w.number("seq", uint64(g.Seq))
		w.number("entry", uint64(g.Entry))
		return append(w.out, '}')
	})
	return append(w.out, '}')
}

// ParseLine reads the stored form, without parts. Errors wrap [ErrMalformed].
func ParseLine(stored []byte) (*Line, error) {
	l := &Line{}
	r := reader{object: Value(stored)}
	for r.next() {
		switch r.key {
		case "device":
			l.Device = DeviceID(r.text())
		case "epoch":
			l.Epoch = uint32(r.number(32))
		case "through":
			l.Through = r.number(63)
		case "ranges":
			l.Ranges = readArray(&r, func(v Value) (Range, error) {
				var g Range
				r := reader{object: v}
				for r.next() {
					switch r.key {
					case "from":
						g.From = r.number(63)
					case "to":
						g.To = r.number(63)
					case "seq":
						g.Seq = Seq(r.number(63))
					case "entry":
						g.Entry = int(r.number(31))
					}
				}
				return g, r.err
			})
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return l, nil
}

// AppendJSON appends the stored form of the part.
func (p *Part) AppendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("device", string(p.Device))
	w.number("epoch", uint64(p.Epoch))
	w.number("part", uint64(p.Number))
	w.number("from", p.From)
	w.number("through", p.Through)
	w.text("ranges", base64.StdEncoding.EncodeToString([]byte(p.packed)))
	return append(w.out, '}')
}

// ParsePart reads the stored form. Errors wrap [ErrMalformed].
func ParsePart(stored []byte) (*Part, error) {
	p := &Part{}
	r := reader{object: Value(stored)}
	for r.next() {
		switch r.key {
		case "device":
			p.Device = DeviceID(r.text())
		case "epoch":
			p.Epoch = uint32(r.number(32))
		case "part":
			p.Number = int(r.number(31))
		case "from":
			p.From = r.number(63)
		case "through":
			p.Through = r.number(63)
		case "ranges":
			packed, err := base64.StdEncoding.DecodeString(r.text())
			r.fail(err)
			p.packed = string(packed)
		}
	}
	count, through := 0, uint64(0)
	for g := range p.ranges() {
		count, through = count+1, g.To
	}
	if r.err == nil && (count != partSize || through != p.Through) {
		r.fail(errors.New("a part of a line is not whole"))
	}
	if r.err != nil {
		return nil, fmt.Errorf("part %d: %w", p.Number, r.err)
	}
	return p, nil
}
