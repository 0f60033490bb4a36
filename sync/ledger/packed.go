package ledger

import (
	"encoding/binary"
	"slices"
	"strings"
)

// packed is a record as a state keeps it: in one piece of memory, a quarter of
// what a [Record] takes, in which the collector finds no pointer to follow. A
// state of a million records is mostly this. Values stand in it as they are, so
// that an unpacked record shares them.
//
// It begins with the record's seq, which is looked at most often. It is never
// stored: what stands in it is known only to the state that packed it.
type packed string

// names numbers the texts that many records have in common: kinds, fields,
// devices, accounts, roles, actions, and what they refer to in other units.
type names struct {
	texts   []string
	numbers map[string]uint64
}

func (n *names) number(text string) uint64 {
	i, ok := n.numbers[text]
	if !ok {
		i = uint64(len(n.texts))
		// A copy: text may be a part of something large.
		text = string([]byte(text))
		n.numbers[text] = i
		n.texts = append(n.texts, text)
	}
	return i
}

// packer appends to out.
type packer struct {
	out   []byte
	names *names
}

func (p *packer) number(n uint64) { p.out = binary.AppendUvarint(p.out, n) }
func (p *packer) signed(n int64)  { p.out = binary.AppendVarint(p.out, n) }
func (p *packer) name(s string)   { p.number(p.names.number(s)) }

// value packs a value as it is. A reference to a record of another unit is
// mostly one to a campaign, which as many records name as there are gifts.
func (p *packer) value(v Value) {
	if strings.HasPrefix(string(v), `{"record":`) {
		p.number(0)
		p.name(string(v))
		return
	}
	p.number(uint64(len(v)) + 1)
	p.out = append(p.out, v...)
}

func (p *packer) flag(is bool) {
	if is {
		p.out = append(p.out, 1)
	} else {
		p.out = append(p.out, 0)
	}
}

func (p *packer) stamp(s *Stamp) {
	p.number(uint64(s.Dot.Seq))
	p.number(uint64(s.Dot.Index))
	p.number(uint64(s.Base))
	p.name(string(s.Device))
	p.number(uint64(s.Epoch))
	p.number(s.N)
	p.name(string(s.User))
	p.name(string(s.Role))
	p.signed(int64(s.At))
	p.name(string(s.Action))
}

// pack packs a record.
func (s *State) pack(r *Record) packed {
	p := packer{out: s.scratch[:0], names: &s.names}
	p.number(uint64(r.Seq))
	p.name(string(r.Kind))
	p.signed(int64(r.Updated))
	p.flag(r.Late)
	p.number(uint64(r.Hidden))
	p.signed(int64(r.Waiting))
	p.number(uint64(len(r.Touched)))
	for _, seq := range r.Touched {
		p.number(uint64(seq))
	}
	stamps := r.stamps()
	index := func(s *Stamp) {
		p.number(uint64(slices.IndexFunc(stamps, func(t *Stamp) bool { return t.Dot == s.Dot })))
	}
	p.number(uint64(len(stamps)))
	for _, s := range stamps {
		p.stamp(s)
	}
	p.number(uint64(len(r.Writes)))
	for i := range r.Writes {
		w := &r.Writes[i]
		p.name(w.Field)
		index(w.Stamp)
		p.value(w.Value)
	}
	p.number(uint64(len(r.removals)))
	for i := range r.removals {
		m := &r.removals[i]
		index(m.by)
		p.number(uint64(len(m.ended)))
		for _, s := range m.ended {
			index(s)
		}
	}
	p.number(uint64(len(r.awaited)))
	for i := range r.awaited {
		a := &r.awaited[i]
		p.name(a.field)
		p.name(string(a.origin.Device))
		p.number(uint64(a.origin.Epoch))
		p.number(a.origin.N)
		index(a.by)
	}
	p.number(uint64(len(r.paces)))
	for i := range r.paces {
		p.name(string(r.paces[i].User))
		p.signed(int64(r.Updated - r.paces[i].Since))
		p.number(uint64(r.paces[i].Times))
	}
	s.scratch = p.out
	return packed(p.out)
}

// stamps lists the stamps of a record, that of its creation first.
func (r *Record) stamps() []*Stamp {
	list := append(make([]*Stamp, 0, 4), r.Created)
	add := func(s *Stamp) {
		if !slices.ContainsFunc(list, func(t *Stamp) bool { return t.Dot == s.Dot }) {
			list = append(list, s)
		}
	}
	for i := range r.Writes {
		add(r.Writes[i].Stamp)
	}
	for i := range r.removals {
		add(r.removals[i].by)
		for _, s := range r.removals[i].ended {
			add(s)
		}
	}
	for i := range r.awaited {
		add(r.awaited[i].by)
	}
	return list
}

// seq is the record's, without unpacking the rest.
func (p packed) seq() Seq {
	u := unpacker{rest: p}
	return Seq(u.number())
}

// unpacker reads what a packer of the same names wrote.
type unpacker struct {
	rest  packed
	names *names
}

func (u *unpacker) number() uint64 {
	var n uint64
	for i := 0; ; i++ {
		b := u.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			u.rest = u.rest[i+1:]
			return n
		}
	}
}

func (u *unpacker) signed() int64 {
	n := u.number()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) name() string { return u.names.texts[u.number()] }

func (u *unpacker) value() Value {
	n := u.number()
	if n == 0 {
		return Value(u.name())
	}
	v := Value(u.rest[:n-1])
	u.rest = u.rest[n-1:]
	return v
}

func (u *unpacker) stamp(s *Stamp) {
	s.Dot.Seq = Seq(u.number())
	s.Dot.Index = int(u.number())
	s.Base = Seq(u.number())
	s.Device = DeviceID(u.name())
	s.Epoch = uint32(u.number())
	s.N = u.number()
	s.User = UserID(u.name())
	s.Role = Role(u.name())
	s.At = Millis(u.signed())
	s.Action = Action(u.name())
}

// unpack returns the record that was packed.
func (s *State) unpack(p *record) *Record {
	u := unpacker{rest: p.text, names: &s.names}
	r := &Record{ID: p.id, Seq: Seq(u.number()), Kind: Kind(u.name()), Updated: Millis(u.signed())}
	r.Late = u.number() == 1
	r.Hidden = Seq(u.number())
	r.Waiting = Millis(u.signed())
	r.Touched = make([]Seq, u.number())
	for i := range r.Touched {
		r.Touched[i] = Seq(u.number())
	}
	stamps := make([]Stamp, u.number())
	for i := range stamps {
		u.stamp(&stamps[i])
	}
	r.Created = &stamps[0]
	r.Writes = make([]Write, u.number())
	for i := range r.Writes {
		field, by := u.name(), &stamps[u.number()]
		r.Writes[i] = Write{field, u.value(), by}
	}
	if m := u.number(); m > 0 {
		r.removals = make([]removal, m)
	}
	for i := range r.removals {
		r.removals[i].by = &stamps[u.number()]
		for range u.number() {
			r.removals[i].ended = append(r.removals[i].ended, &stamps[u.number()])
		}
	}
	for range u.number() {
		a := awaited{field: u.name(), origin: Origin{Device: DeviceID(u.name()), Epoch: uint32(u.number()), N: u.number()}}
		a.by = &stamps[u.number()]
		r.awaited = append(r.awaited, a)
	}
	for range u.number() {
		r.paces = append(r.paces, Pace{UserID(u.name()), r.Updated - Millis(u.signed()), int(u.number())})
	}
	return r
}
