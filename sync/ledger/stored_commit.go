package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// This file is the stored form of a commit: JSON with a fixed order of
// members, in which each op stands as the bytes that were hashed. It is what
// the databases hold, what GET …/log returns, and what a backup contains.

// ErrMalformed is wrapped by every error about stored bytes that cannot be
// read as what they should be.
var ErrMalformed = errors.New("malformed")

// writer appends the members of one object.
type writer struct{ out []byte }

func (w *writer) key(k string) {
	if last := w.out[len(w.out)-1]; last != '{' {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, '"')
	w.out = append(w.out, k...)
	w.out = append(w.out, '"', ':')
}

func (w *writer) value(k string, v Value) {
	w.key(k)
	w.out = append(w.out, v...)
}

func (w *writer) text(k, s string) {
	w.key(k)
	w.out = appendText(w.out, []byte(s))
}

func (w *writer) optional(k, s string) {
	if s != "" {
		w.text(k, s)
	}
}

func (w *writer) number(k string, n uint64) {
	w.key(k)
	w.out = strconv.AppendUint(w.out, n, 10)
}

func (w *writer) bytes(k string, b []byte) {
	w.key(k)
	w.out = append(w.out, '"')
	w.out = base64.RawStdEncoding.AppendEncode(w.out, b)
	w.out = append(w.out, '"')
}

func (w *writer) texts(list []string) {
	w.out = append(w.out, '[')
	for i, s := range list {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = appendText(w.out, []byte(s))
	}
	w.out = append(w.out, ']')
}

// array writes a list whose elements write themselves.
func appendArray[T any](w *writer, k string, list []T, element func([]byte, *T) []byte) {
	w.key(k)
	w.out = append(w.out, '[')
	for i := range list {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = element(w.out, &list[i])
	}
	w.out = append(w.out, ']')
}

// reader walks the members of one object and keeps the first error.
type reader struct {
	object Value
	at     int
	key    string
	value  Value
	err    error
}

func (r *reader) fail(err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%w: member %q: %w", ErrMalformed, r.key, err)
	}
}

func (r *reader) next() bool {
	v := r.object
	if r.err != nil {
		return false
	}
	if r.at == 0 {
		if !v.IsObject() {
			r.fail(errors.New("not an object"))
			return false
		}
		r.at = 1
	}
	if r.at < len(v) && v[r.at] == ',' {
		r.at++
	}
	if r.at < len(v) && v[r.at] == '}' {
		if r.at != len(v)-1 {
			r.fail(errors.New("bytes after the object"))
		}
		return false
	}
	colon := skipText(v, r.at)
	if colon >= len(v) || v[colon] != ':' {
		r.fail(errors.New("an object is cut off"))
		return false
	}
	end := skipValue(v, colon+1)
	if end > len(v) || end == colon+1 {
		r.fail(errors.New("a value is cut off"))
		return false
	}
	r.key, _ = v[r.at:colon].Text()
	r.value, r.at = v[colon+1:end], end
	return true
}

func (r *reader) text() string {
	s, ok := r.value.Text()
	if !ok {
		r.fail(errors.New("want text"))
	}
	return s
}

func (r *reader) texts() []string {
	var list []string
	for v := range r.value.Elements() {
		s, ok := v.Text()
		if !ok {
			r.fail(errors.New("want a list of texts"))
		}
		list = append(list, s)
	}
	return list
}

func (r *reader) number(bits int) uint64 {
	n, err := strconv.ParseUint(string(r.value), 10, bits)
	r.fail(err)
	return n
}

func (r *reader) millis() Millis {
	n, ok := r.value.Int()
	if !ok {
		r.fail(errors.New("want milliseconds"))
	}
	return Millis(n)
}

func (r *reader) hash() Hash {
	h, err := ParseHash(r.text())
	r.fail(err)
	return h
}

func (r *reader) dot() Dot {
	d, err := ParseDot(r.text())
	r.fail(err)
	return d
}

func (r *reader) salt() (s Salt) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(r.text())
	if err == nil && len(b) != len(s) {
		err = errors.New("want 16 bytes")
	}
	r.fail(err)
	copy(s[:], b)
	return s
}

// readArray reads a list whose elements read themselves.
func readArray[T any](r *reader, element func(Value) (T, error)) []T {
	if !r.value.IsArray() {
		r.fail(errors.New("want a list"))
		return nil
	}
	var list []T
	for v := range r.value.Elements() {
		x, err := element(v)
		if err != nil {
			r.fail(err)
			return nil
		}
		list = append(list, x)
	}
	return list
}

// AppendJSON appends the stored form of the commit.
func (c *Commit) AppendJSON(out []byte) []byte {
	w := writer{out: append(slices.Grow(out, c.room()), '{')}
	w.text("unit", string(c.Unit))
	w.number("seq", uint64(c.Seq))
	w.text("log", string(c.Log))
	w.text("prev", c.Prev.String())
	w.text("hash", c.Hash.String())
	w.value("at", Int(int64(c.At)))
	if c.rules() > rules1 {
		w.number("rules", uint64(c.Rules))
	}
	appendArray(&w, "entries", c.Entries, func(out []byte, e *Entry) []byte { return e.appendJSON(out) })
	return append(w.out, '}')
}

// room is about how many bytes the stored form takes, so that it is not moved
// while it grows.
func (c *Commit) room() int {
	const envelope, entry, op, personal = 300, 150, 100, 80
	n := envelope
	for i := range c.Entries {
		n += entry
		for j := range c.Entries[i].Ops {
			s := &c.Entries[i].Ops[j]
			n += op + len(s.Public)
			for k := range s.Personal {
				n += personal + len(s.Personal[k].Value)
			}
		}
	}
	return n
}

func (e *Entry) appendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("device", string(e.Device))
	w.number("epoch", uint64(e.Epoch))
	w.number("from", e.From)
	w.text("user", string(e.User))
	w.text("role", string(e.Role))
	appendArray(&w, "ops", e.Ops, func(out []byte, op *StoredOp) []byte { return op.appendJSON(out) })
	appendArray(&w, "verdicts", e.Verdicts, func(out []byte, v *Verdict) []byte { return v.appendJSON(out) })
	return append(w.out, '}')
}

func (s *StoredOp) appendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.value("op", s.Public)
	w.bytes("salt", s.Salt[:])
	if len(s.Personal) > 0 {
		appendArray(&w, "personal", s.Personal, func(out []byte, p *PersonalValue) []byte { return p.appendJSON(out) })
	}
	return append(w.out, '}')
}

func (p *PersonalValue) appendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("path", p.Path)
	if p.Erased {
		w.text("leaf", p.Leaf.String())
		w.text("class", p.Class.String())
	} else {
		w.value("value", p.Value)
		w.bytes("salt", p.Salt[:])
	}
	return append(w.out, '}')
}

// ParseCommit reads the stored form. It checks the form only;
// [Verifier.Check] checks that the commit is the one that was written. Errors
// wrap [ErrMalformed].
func ParseCommit(stored []byte) (*Commit, error) {
	c := &Commit{}
	r := reader{object: Value(stored)}
	for r.next() {
		switch r.key {
		case "unit":
			c.Unit = UnitID(r.text())
		case "seq":
			c.Seq = Seq(r.number(63))
		case "log":
			c.Log = LogID(r.text())
		case "prev":
			c.Prev = r.hash()
		case "hash":
			c.Hash = r.hash()
		case "at":
			c.At = r.millis()
		case "rules":
			c.Rules = Rules(r.number(15))
		case "entries":
			c.Entries = readArray(&r, parseEntry)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return c, nil
}

func parseEntry(v Value) (Entry, error) {
	var e Entry
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "device":
			e.Device = DeviceID(r.text())
		case "epoch":
			e.Epoch = uint32(r.number(32))
		case "from":
			e.From = r.number(63)
		case "user":
			e.User = UserID(r.text())
		case "role":
			e.Role = Role(r.text())
		case "ops":
			e.Ops = readArray(&r, parseStoredOp)
		case "verdicts":
			e.Verdicts = readArray(&r, parseVerdict)
		}
	}
	if len(e.Ops) != len(e.Verdicts) {
		r.fail(errors.New("not one verdict per op"))
	}
	return e, r.err
}

func parseStoredOp(v Value) (StoredOp, error) {
	var s StoredOp
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "op":
			s.Public = r.value
		case "salt":
			s.Salt = r.salt()
		case "personal":
			s.Personal = readArray(&r, parsePersonalValue)
		}
	}
	return s, r.err
}

func parsePersonalValue(v Value) (PersonalValue, error) {
	var p PersonalValue
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "path":
			p.Path = r.text()
		case "value":
			p.Value = r.value
		case "salt":
			p.Salt = r.salt()
		case "leaf":
			p.Leaf, p.Erased = r.hash(), true
		case "class":
			p.Class = r.dot()
		}
	}
	return p, r.err
}
