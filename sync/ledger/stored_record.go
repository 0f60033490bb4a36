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
	r := reader{object: Value(stored)}
	by := rec.readMembers(&r)
	rec.Created = by.stamp(&r, 0)
	for i := range rec.Writes {
		rec.Writes[i].Stamp = by.stamp(&r, by.writes[i])
	}
	for _, indexes := range by.removals {
		m := removal{by: by.stamp(&r, indexes[0])}
		for _, i := range indexes[1:] {
			m.ended = append(m.ended, by.stamp(&r, i))
		}
		rec.removals = append(rec.removals, m)
	}
	for i := range rec.awaited {
		rec.awaited[i].by = by.stamp(&r, by.awaited[i])
	}
	if r.err != nil {
		return nil, r.err
	}
	return rec, nil
}

// stampIndex tells which of a stored record's stamps are whose.
type stampIndex struct {
	stamps          []*Stamp
	writes, awaited []int
	removals        [][]int // each with those that ended it
}

// stamp is a stamp by its index. One that is missing is an error of r.
func (x *stampIndex) stamp(r *reader, i int) *Stamp {
	if i >= len(x.stamps) {
		r.fail(errors.New("a stamp is missing"))
		return &Stamp{}
	}
	return x.stamps[i]
}

// readMembers reads all that is stored. The stamps are not linked yet.
func (r *Record) readMembers(in *reader) (by stampIndex) {
	for in.next() {
		switch in.key {
		case "id":
			id, err := ParseRecordID(in.text())
			in.fail(err)
			r.ID = id
		case "kind":
			r.Kind = Kind(in.text())
		case "seq":
			r.Seq = Seq(in.number(63))
		case "updated":
			r.Updated = in.millis()
		case "late":
			r.Late = in.value == "true"
		case "hidden":
			r.Hidden = Seq(in.number(63))
		case "waiting":
			r.Waiting = in.millis()
		case "touched":
			r.Touched = readArray(in, func(v Value) (Seq, error) {
				n, err := strconv.ParseUint(string(v), 10, 63)
				return Seq(n), err
			})
		case "writes":
			r.Writes = readArray(in, func(v Value) (Write, error) {
				write, stamp, err := parseWrite(v)
				by.writes = append(by.writes, stamp)
				return write, err
			})
		case "removals":
			by.removals = readArray(in, parseRemoval)
		case "awaited":
			r.awaited = readArray(in, func(v Value) (awaited, error) {
				a, stamp, err := parseAwaited(v)
				by.awaited = append(by.awaited, stamp)
				return a, err
			})
		case "paces":
			r.paces = readArray(in, parsePace)
		case "stamps":
			by.stamps = readArray(in, parseStamp)
		}
	}
	return by
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
