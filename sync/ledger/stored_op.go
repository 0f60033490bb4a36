package ledger

import (
	"slices"
	"strings"
)

// Salt makes a leaf's hash tell nothing about what was hashed.
type Salt [16]byte

// StoredOp is an op as the ledger keeps it: the personal values stand apart,
// each with its own salt, so that an erasure can take value and salt away
// and leave a hash that still closes the chain.
type StoredOp struct {
	Public   Value // the op's text without its personal values
	Salt     Salt
	Personal []PersonalValue // in the order in which they stood in the op
}

// PersonalValue is one personal value of an op, or what an erasure left of it.
type PersonalValue struct {
	// Path is "set.NAME" for a field of an edit; "value" for that of a resolve,
	// "value.note" for the note in it; "set.NAME[].MEMBER" and "value[].MEMBER" for
	// the members of a list's objects; "note" or "text"; "own" for an object of the
	// op's other members, each of which was "own.NAME" once.
	Path  string
	Value Value
	Salt  Salt

	// Erased says that Value and Salt are gone. Leaf is then the hash they
	// had, and Class the first write of this record and field that had the
	// same value, so that the fold can still tell equal from different.
	Erased bool
	Leaf   Hash
	Class  Dot
}

// field is the register that the value belongs to.
func (p *PersonalValue) field(op *Op) string {
	if list, member, ok := p.inList(); ok {
		if list == "" {
			list = op.Field
		}
		return list + "." + member
	}
	if name, ok := strings.CutPrefix(p.Path, pathSet); ok {
		return name
	}
	switch p.Path {
	case pathNote, pathValueNote:
		return Review
	case pathComment:
		return Comments
	}
	if p.Path == pathOwn || strings.HasPrefix(p.Path, pathUnknown) {
		return Unknown
	}
	return op.Field
}

// Paths of personal values that no form knows: what people say of a record,
// and members of an op that mean nothing here and may hold anything.
const (
	pathValue     = "value"
	pathNote      = "note"
	pathComment   = "text"
	pathSet       = "set."
	pathValueNote = "value.note"
	pathOwn       = "own"
	pathUnknown   = "own."
)

// Seal splits an op for storage. personal says which fields of a kind are
// personal. Of an op that is refused everything may be personal, since nothing
// holds it to a form. salt is called once per leaf.
func Seal(op *Op, refused bool, personal func(Kind, string) bool, salt func() Salt) StoredOp {
	refused = refused || op.Fault != Fault{}
	s := StoredOp{Public: op.Text, Salt: salt()}
	apart := func(path string, v Value) {
		s.Personal = append(s.Personal, PersonalValue{Path: path, Value: v, Salt: salt()})
	}
	own := []byte{'{'}
	for key, v := range op.Text.Members() {
		switch {
		case key == pathNote || key == pathComment:
			apart(key, v)
		case key == "set" && v.IsObject() && (refused && op.namesFields() || !refused && op.Action == ActionEdit):
			for _, a := range op.Set {
				if refused || personal(op.Kind, a.Field) {
					apart(pathSet+a.Field, a.Value)
					continue
				}
				for _, member := range personalMembers(op.Kind, a.Field, a.Value, personal) {
					apart(pathSet+a.Field+pathMember+member, a.Value.gather(member))
				}
			}
		case key == "value" && op.Action == ActionResolve:
			if refused || personal(op.Kind, op.Field) {
				apart(pathValue, v)
			} else if note, ok := v.Get("note"); ok && op.Field == Review {
				apart(pathValueNote, note)
			} else {
				for _, member := range personalMembers(op.Kind, op.Field, v, personal) {
					apart(pathValue+pathMember+member, v.gather(member))
				}
			}
		case !op.tellsNothing(key, v, refused):
			own = append(appendKey(own, Value(appendText(nil, []byte(key)))), v...)
		}
	}
	if len(own) > 1 {
		apart(pathOwn, Value(append(own, '}')))
	}
	if len(s.Personal) > 0 {
		s.Public = s.rewrite(s.withoutMembers(op.Text), without)
	}
	return s
}

// namesFields reports whether what an edit sets has names as fields have them.
// Any other name may itself be about a person.
func (op *Op) namesFields() bool {
	return !slices.ContainsFunc(op.Set, func(a Assignment) bool { return !IsName(a.Field) })
}

// IsName reports whether a text is a word as programs name fields by. What
// people are called has other letters or blanks, and their numbers begin with a
// digit.
func IsName(s string) bool {
	for i := range len(s) {
		c := s[i]
		begins := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$'
		if !begins && (i == 0 || c != ':' && c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 64
}

// tellsNothing reports whether a member holds nothing of a person for certain:
// its form is fixed, or its action wants one of a few words in it.
func (op *Op) tellsNothing(key string, v Value, refused bool) bool {
	switch key {
	case "n", "base":
		_, isInt := v.Int()
		return isInt
	case "record":
		return !op.Record.IsZero()
	case "at":
		text, _ := v.Text()
		_, err := parseMillis(text)
		return err == nil
	case "action":
		return op.Action.Known()
	}
	return !refused && (key == "kind" || slices.Contains(usedMembers[op.Action], key))
}

// usedMembers are the members that an action reads beside those of every op.
// An op may have others, which are not checked.
var usedMembers = map[Action][]string{
	ActionEdit:    {"set"},
	ActionResolve: {"field", "value", "sees", "origins"},
	ActionReview:  {"state"},
	ActionLink:    {"duplicateOf"},
	ActionUnlink:  {"duplicateOf"},
	ActionErase:   {"fields", "dots"},
	ActionClose:   {"period"},
	ActionReopen:  {"period"},
}

// Record returns the record that the op names, zero if it names none.
func (s *StoredOp) Record() RecordID {
	v, _ := s.Public.Get("record")
	text, _ := v.Text()
	id, err := ParseRecordID(text)
	if err != nil {
		return RecordID{}
	}
	return id
}

// Action returns what the op says to do, without reading the rest of it.
func (s *StoredOp) Action() Action {
	v, _ := s.Public.Get("action")
	text, _ := v.Text()
	return Action(text)
}

// Open puts a stored op together again. Values that were erased read as an
// [Erased] value.
func (s *StoredOp) Open() Op {
	op := ParseOp(s.text())
	for i := range s.Personal {
		p := &s.Personal[i]
		if !p.Erased {
			continue
		}
		switch p.Path {
		case pathValue:
			op.Value = erased(p.Class)
		case pathValueNote:
			op.Value = op.Value.withoutNote(p.Class)
		case pathNote:
			op.Note = erasedText(p.Class)
		case pathComment:
			op.Comment = erased(p.Class)
		}
		list, member, inList := p.inList()
		if inList && list == "" {
			op.Value = op.Value.eraseMember(member, p.Class)
		}
		for j := range op.Set {
			if pathSet+op.Set[j].Field == p.Path {
				op.Set[j].Value = erased(p.Class)
			} else if inList && op.Set[j].Field == list {
				op.Set[j].Value = op.Set[j].Value.eraseMember(member, p.Class)
			}
		}
	}
	return op
}

// blank stands where a value was erased: what its member may hold, so that
// the op still reads as before.
func (p *PersonalValue) blank() Value {
	switch p.Path {
	case pathNote, pathComment, pathValueNote:
		return `"-"`
	case pathOwn:
		return `{}`
	}
	return Null
}

// text is the op as it was sent, with a blank where a value was erased.
func (s *StoredOp) text() Value {
	if len(s.Personal) == 0 {
		return s.Public
	}
	return s.withMembers(s.rewrite(s.Public, with))
}

// place is a member that is stored apart, and the key under which it stood, as
// it is written.
type place struct{ key, value Value }

func (p place) compareKey(key Value) int { return strings.Compare(string(p.key), string(key)) }

// places lists the personal values of the op itself, of its set and of its
// value, each in the order in which an object has them. What no action reads is
// left out where it was erased: a blank in its place could make the op another.
func (s *StoredOp) places() (own, set, value []place) {
	for i := range s.Personal {
		p := &s.Personal[i]
		if _, _, ok := p.inList(); ok {
			continue
		}
		v := p.Value
		if p.Erased {
			v = p.blank()
		}
		at := func(name string) place { return place{Value(appendText(nil, []byte(name))), v} }
		if name, ok := strings.CutPrefix(p.Path, pathSet); ok {
			set = append(set, at(name))
		} else if p.Path == pathValueNote {
			value = append(value, at("note"))
		} else if p.Path == pathOwn {
			for key, member := range v.Members() {
				own = append(own, place{Value(appendText(nil, []byte(key))), member})
			}
		} else if name, ok := strings.CutPrefix(p.Path, pathUnknown); !ok {
			own = append(own, at(p.Path))
		} else if !p.Erased {
			own = append(own, at(name))
		}
	}
	byKey := func(a, b place) int { return a.compareKey(b.key) }
	slices.SortFunc(own, byKey)
	slices.SortFunc(set, byKey)
	return own, set, value
}

// rewrite copies an op's text, with each object's members changed: those of
// the op itself, of its set, and of its value.
func (s *StoredOp) rewrite(text Value, change func(out []byte, object Value, apart []place, write func([]byte, Value, Value) []byte) []byte) Value {
	size := len(text)
	for i := range s.Personal {
		size += len(`"":null,`) + len(s.Personal[i].Path) + len(s.Personal[i].Value)
	}
	plain := func(out []byte, _, v Value) []byte { return append(out, v...) }
	own, set, value := s.places()
	return Value(change(make([]byte, 0, size), text, own, func(out []byte, key, v Value) []byte {
		switch {
		case key == `"set"` && len(set) > 0:
			return change(out, v, set, plain)
		case key == `"value"` && len(value) > 0:
			return change(out, v, value, plain)
		}
		return append(out, v...)
	}))
}

// without writes an object except the members that are stored apart.
func without(out []byte, object Value, apart []place, write func([]byte, Value, Value) []byte) []byte {
	out = append(out, '{')
	for key, v := range object.spans() {
		if _, stands := slices.BinarySearchFunc(apart, key, place.compareKey); !stands {
			out = write(appendKey(out, key), key, v)
		}
	}
	return append(out, '}')
}

// with writes an object and, where they stood, the members that are stored
// apart.
func with(out []byte, object Value, apart []place, write func([]byte, Value, Value) []byte) []byte {
	out = append(out, '{')
	for key, v := range object.spans() {
		for ; len(apart) > 0 && apart[0].key < key; apart = apart[1:] {
			out = append(appendKey(out, apart[0].key), apart[0].value...)
		}
		out = write(appendKey(out, key), key, v)
	}
	for _, p := range apart {
		out = append(appendKey(out, p.key), p.value...)
	}
	return append(out, '}')
}

// appendKey begins a member.
func appendKey(out []byte, key Value) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	return append(append(out, key...), ':')
}

// Same reports whether a stored op and one that is sent under the same
// counter are one and the same. Values that were erased cannot be compared
// and count as the same.
func (s *StoredOp) Same(sent *Op) bool {
	stored := StoredOp{Public: s.Public, Personal: slices.Clone(s.Personal)}
	for i := range stored.Personal {
		p := &stored.Personal[i]
		if !p.Erased {
			continue
		}
		var sends bool
		if list, member, ok := p.inList(); ok {
			v := sent.Value
			if sends = true; list != "" {
				v, sends = sent.Get(list)
			}
			p.Value = v.gather(member)
		} else if field, ok := strings.CutPrefix(p.Path, pathSet); ok {
			p.Value, sends = sent.Get(field)
		} else if p.Path == pathOwn {
			p.Value, sends = s.ownOf(sent), true
		} else if p.Path == pathValueNote {
			p.Value, sends = sent.Value.Get("note")
		} else {
			p.Value, sends = sent.Text.Get(strings.TrimPrefix(p.Path, pathUnknown))
		}
		if !sends {
			return false
		}
		p.Erased = false
	}
	return stored.text() == sent.Text
}

// ownOf returns the members of an op that neither the stored op's public part
// nor another personal value has.
func (s *StoredOp) ownOf(sent *Op) Value {
	own := []byte{'{'}
	for key, v := range sent.Text.Members() {
		_, public := s.Public.Get(key)
		if !public && !slices.ContainsFunc(s.Personal, func(p PersonalValue) bool { return p.Path == key }) {
			own = append(appendKey(own, Value(appendText(nil, []byte(key)))), v...)
		}
	}
	return Value(append(own, '}'))
}
