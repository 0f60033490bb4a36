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

// Stream is what a ledger has of the ops of one device in one of its epochs: up
// to which counter, and where each counter stands. Older ranges are in parts,
// which never change again: a stream grows forever, and what is stored of it
// with each projection does not.
type Stream struct {
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

// Part is where old counters of a stream stand. It follows from the ledger alone:
// every server makes the same one, at any time.
type Part struct {
	Device        DeviceID
	Epoch         uint32
	Number        int // of the stream's parts, from 0 on
	From, Through uint64
	packed        string
}

// Find returns the range that holds the counter n, and false where the stream has
// not come so far. It looks at one part at most.
func (s *Stream) Find(n uint64) (Range, bool) {
	if s == nil {
		return Range{}, false
	}
	i, _ := slices.BinarySearchFunc(s.parts, n, func(p *Part, n uint64) int { return cmp.Compare(p.Through, n) })
	if i < len(s.parts) && s.parts[i].From <= n {
		for r := range s.parts[i].ranges() {
			if r.From <= n && n <= r.To {
				return r, true
			}
		}
	}
	i, _ = slices.BinarySearchFunc(s.Ranges, n, func(r Range, n uint64) int { return cmp.Compare(r.To, n) })
	if i < len(s.Ranges) && s.Ranges[i].From <= n {
		return s.Ranges[i], true
	}
	return Range{}, false
}

// Copy returns the stream as it is now: it may be read while the other goes on.
func (s *Stream) Copy() *Stream {
	c := *s
	c.Ranges, c.parts = slices.Clip(s.Ranges), slices.Clip(s.parts)
	return &c
}

// Parts returns the parts of the stream from a number on.
func (s *Stream) Parts(from int) []*Part { return s.parts[min(from, len(s.parts)):] }

// Join gives a stream that was read the parts that were stored beside it, in any
// order. It reports whether they tell together where every counter stands: a
// version of the program that forgot old ones may have stored it.
func (s *Stream) Join(parts []*Part) bool {
	parts = slices.SortedFunc(slices.Values(parts), func(a, b *Part) int { return cmp.Compare(a.Number, b.Number) })
	next := uint64(1)
	for k, p := range parts {
		if p.Number != k || p.From != next || p.Through > s.Through {
			break // What is newer than the stream is made again.
		}
		s.parts = append(s.parts, p)
		next = p.Through + 1
	}
	s.Ranges = slices.DeleteFunc(s.Ranges, func(r Range) bool { return r.To < next })
	for _, r := range s.Ranges {
		if r.From != next {
			return false
		}
		next = r.To + 1
	}
	return next == s.Through+1
}

// add notes where the next counters stand.
func (s *Stream) add(r Range) {
	s.Through = r.To
	s.Ranges = append(s.Ranges, r)
	s.cut()
}

// cut makes parts of the oldest ranges. Copies of the stream keep theirs.
func (s *Stream) cut() {
	for len(s.Ranges) >= 2*partSize {
		s.parts = append(s.parts, newPart(s, len(s.parts), s.Ranges[:partSize]))
		s.Ranges = slices.Clone(s.Ranges[partSize:])
	}
}

func newPart(s *Stream, number int, ranges []Range) *Part {
	p := &Part{Device: s.Device, Epoch: s.Epoch, Number: number, From: ranges[0].From}
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

// AppendJSON appends the stored form of the stream, without its parts.
func (s *Stream) AppendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("device", string(s.Device))
	w.number("epoch", uint64(s.Epoch))
	w.number("through", s.Through)
	appendArray(&w, "ranges", s.Ranges, func(out []byte, g *Range) []byte {
		w := writer{out: append(out, '{')}
		w.number("from", g.From)
		w.number("to", g.To)
		w.number("seq", uint64(g.Seq))
		w.number("entry", uint64(g.Entry))
		return append(w.out, '}')
	})
	return append(w.out, '}')
}

// ParseStream reads the stored form, without parts. Errors wrap [ErrMalformed].
func ParseStream(stored []byte) (*Stream, error) {
	s := &Stream{}
	r := reader{object: Value(stored)}
	for r.next() {
		switch r.key {
		case "device":
			s.Device = DeviceID(r.text())
		case "epoch":
			s.Epoch = uint32(r.number(32))
		case "through":
			s.Through = r.number(63)
		case "ranges":
			s.Ranges = readArray(&r, func(v Value) (Range, error) {
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
	return s, nil
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
		r.fail(errors.New("a part of a stream is not whole"))
	}
	if r.err != nil {
		return nil, fmt.Errorf("part %d: %w", p.Number, r.err)
	}
	return p, nil
}
