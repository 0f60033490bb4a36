package ledger

import (
	"errors"
	"strconv"
)

// This file is the stored form of the records that a fold came to.

// AppendJSON appends the stored form of the record.
func (r *Record) AppendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("id", r.ID.String())
	w.text("kind", string(r.Kind))
	w.number("seq", uint64(r.Seq))
	w.value("updated", Int(int64(r.Updated)))
	if r.Late {
		w.value("late", Bool(true))
	}
	if r.Hidden > 0 {
		w.number("hidden", uint64(r.Hidden))
	}
	if r.Waiting != 0 {
		w.value("waiting", Int(int64(r.Waiting)))
	}
	appendArray(&w, "touched", r.Touched, func(out []byte, s *Seq) []byte { return strconv.AppendUint(out, uint64(*s), 10) })
	stamps := []*Stamp{r.Created}
	index := func(s *Stamp) uint64 {
		for i := range stamps {
			if stamps[i] == s || stamps[i].Dot == s.Dot {
				return uint64(i)
			}
		}
		stamps = append(stamps, s)
		return uint64(len(stamps) - 1)
	}
	appendArray(&w, "writes", r.Writes, func(out []byte, write *Write) []byte {
		w := writer{out: append(out, '{')}
		w.text("field", write.Field)
		w.number("by", index(write.Stamp))
		if write.Value.Erased() {
			w.text("erased", string(write.Value[len(erasedPrefix):]))
		} else {
			w.value("value", write.Value)
		}
		return append(w.out, '}')
	})
	if len(r.removals) > 0 {
		appendArray(&w, "removals", r.removals, func(out []byte, m *removal) []byte {
			w := writer{out: append(out, '{')}
			w.number("by", index(m.by))
			appendArray(&w, "ended", m.ended, func(out []byte, s **Stamp) []byte { return strconv.AppendUint(out, index(*s), 10) })
			return append(w.out, '}')
		})
	}
	if len(r.awaited) > 0 {
		appendArray(&w, "awaited", r.awaited, func(out []byte, a *awaited) []byte {
			w := writer{out: append(out, '{')}
			w.text("field", a.field)
			w.text("origin", a.origin.String())
			w.number("by", index(a.by))
			return append(w.out, '}')
		})
	}
	if len(r.paces) > 0 {
		appendArray(&w, "paces", r.paces, func(out []byte, p *Pace) []byte { return p.appendJSON(out) })
	}
	appendArray(&w, "stamps", stamps, func(out []byte, s **Stamp) []byte { return (*s).appendJSON(out) })
	return append(w.out, '}')
}

func (s *Stamp) appendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("dot", s.Dot.String())
	w.number("base", uint64(s.Base))
	w.text("device", string(s.Device))
	w.number("epoch", uint64(s.Epoch))
	w.number("n", s.N)
	w.text("user", string(s.User))
	w.text("role", string(s.Role))
	w.value("at", Int(int64(s.At)))
	w.text("action", string(s.Action))
	return append(w.out, '}')
}

// ParseRecord reads the stored form. Errors wrap [ErrMalformed].
func ParseRecord(stored []byte) (*Record, error) {
	rec := &Record{}
	var by []int
	var ended [][]int
	var settled []int
	var stamps []*Stamp
	r := reader{object: Value(stored)}
	for r.next() {
		switch r.key {
		case "id":
			id, err := ParseRecordID(r.text())
			r.fail(err)
			rec.ID = id
		case "kind":
			rec.Kind = Kind(r.text())
		case "seq":
			rec.Seq = Seq(r.number(63))
		case "updated":
			rec.Updated = r.millis()
		case "late":
			rec.Late = r.value == "true"
		case "hidden":
			rec.Hidden = Seq(r.number(63))
		case "waiting":
			rec.Waiting = r.millis()
		case "touched":
			rec.Touched = readArray(&r, func(v Value) (Seq, error) {
				n, err := strconv.ParseUint(string(v), 10, 63)
				return Seq(n), err
			})
		case "writes":
			rec.Writes = readArray(&r, func(v Value) (Write, error) {
				write, stamp, err := parseWrite(v)
				by = append(by, stamp)
				return write, err
			})
		case "removals":
			ended = readArray(&r, parseRemoval)
		case "awaited":
			rec.awaited = readArray(&r, func(v Value) (awaited, error) {
				a, stamp, err := parseAwaited(v)
				settled = append(settled, stamp)
				return a, err
			})
		case "paces":
			rec.paces = readArray(&r, parsePace)
		case "stamps":
			stamps = readArray(&r, parseStamp)
		}
	}
	stamp := func(i int) *Stamp {
		if i >= len(stamps) {
			r.fail(errors.New("a stamp is missing"))
			return &Stamp{}
		}
		return stamps[i]
	}
	rec.Created = stamp(0)
	for i := range rec.Writes {
		rec.Writes[i].Stamp = stamp(by[i])
	}
	for _, indexes := range ended {
		m := removal{by: stamp(indexes[0])}
		for _, i := range indexes[1:] {
			m.ended = append(m.ended, stamp(i))
		}
		rec.removals = append(rec.removals, m)
	}
	for i := range rec.awaited {
		rec.awaited[i].by = stamp(settled[i])
	}
	if r.err != nil {
		return nil, r.err
	}
	return rec, nil
}

func parseAwaited(v Value) (a awaited, by int, err error) {
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "field":
			a.field = r.text()
		case "origin":
			o, err := parseOrigin(r.text())
			r.fail(err)
			a.origin = o
		case "by":
			by = int(r.number(31))
		}
	}
	return a, by, r.err
}

// parseRemoval reads the index of the removal's stamp, and after it those of
// the ops that ended it.
func parseRemoval(v Value) ([]int, error) {
	indexes := make([]int, 1)
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "by":
			indexes[0] = int(r.number(31))
		case "ended":
			indexes = append(indexes, readArray(&r, parseIndex)...)
		}
	}
	return indexes, r.err
}

func parseIndex(v Value) (int, error) {
	n, err := strconv.ParseUint(string(v), 10, 31)
	return int(n), err
}

func parseWrite(v Value) (w Write, by int, err error) {
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "field":
			w.Field = r.text()
		case "by":
			by = int(r.number(31))
		case "value":
			w.Value = r.value
		case "erased":
			w.Value = erased(r.dot())
		}
	}
	return w, by, r.err
}

func parseStamp(v Value) (*Stamp, error) {
	s := &Stamp{}
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "dot":
			s.Dot = r.dot()
		case "base":
			s.Base = Seq(r.number(63))
		case "device":
			s.Device = DeviceID(r.text())
		case "epoch":
			s.Epoch = uint32(r.number(32))
		case "n":
			s.N = r.number(63)
		case "user":
			s.User = UserID(r.text())
		case "role":
			s.Role = Role(r.text())
		case "at":
			s.At = r.millis()
		case "action":
			s.Action = Action(r.text())
		}
	}
	return s, r.err
}
