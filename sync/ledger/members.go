package ledger

import (
	"iter"
	"slices"
	"strings"
)

// Of a list's objects one member may be personal while the others are counted:
// who gave to a house, and how much. Such members are taken out of an op as one
// value, in the order of the objects, and null stands in their places. An
// erasure names them "sources.name". It leaves a register of that name, which
// stands until somebody who had seen it writes the list again.

// pathMember stands in a path between a list and the member of its objects.
const pathMember = "[]."

// inList returns which member of the objects of which field's list the value
// is, or false. The list is "" in a resolve.
func (p *PersonalValue) inList() (list, member string, ok bool) {
	at, member, ok := strings.Cut(p.Path, pathMember)
	return strings.TrimPrefix(strings.TrimPrefix(at, pathSet), pathValue), member, ok
}

// personalMembers lists the members of a list's objects that are personal.
func personalMembers(kind Kind, field string, list Value, personal func(Kind, string) bool) []string {
	var names []string
	for object := range list.Elements() {
		for name := range object.Members() {
			if !slices.Contains(names, name) && personal(kind, field+"."+name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// gather returns what the objects of a list have in one member, as a list.
func (v Value) gather(member string) Value {
	out := []byte{'['}
	for object := range v.Elements() {
		if value, ok := object.Get(member); ok {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, value...)
		}
	}
	return Value(append(out, ']'))
}

// mapMember changes what the objects of a list have in one member.
func (v Value) mapMember(member string, change func(Value) Value) Value {
	if !v.IsArray() {
		return v
	}
	out := append(make([]byte, 0, len(v)), '[')
	for object := range v.Elements() {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, object.mapKey(member, change)...)
	}
	return Value(append(out, ']'))
}

// mapKey changes one member of an object. Anything else it leaves alone.
func (v Value) mapKey(key string, change func(Value) Value) Value {
	if !v.IsObject() {
		return v
	}
	out := append(make([]byte, 0, len(v)), '{')
	for span, value := range v.spans() {
		if name, _ := span.Text(); name == key {
			value = change(value)
		}
		out = append(appendKey(out, span), value...)
	}
	return Value(append(out, '}'))
}

// mapMembers changes, in an op's text, what stands at the path of a value.
func (p *PersonalValue) mapMembers(text Value, change func(Value) Value) Value {
	list, member, ok := p.inList()
	if !ok {
		return text
	}
	inList := func(v Value) Value { return v.mapMember(member, change) }
	if list == "" {
		return text.mapKey(pathValue, inList)
	}
	return text.mapKey("set", func(set Value) Value { return set.mapKey(list, inList) })
}

// withoutMembers puts null in the place of personal members of lists.
func (s *StoredOp) withoutMembers(text Value) Value {
	for i := range s.Personal {
		text = s.Personal[i].mapMembers(text, func(Value) Value { return Null })
	}
	return text
}

// withMembers puts personal members of lists back. What was erased stays null.
func (s *StoredOp) withMembers(text Value) Value {
	for i := range s.Personal {
		p := &s.Personal[i]
		if p.Erased {
			continue
		}
		next, stop := iter.Pull(p.Value.Elements())
		text = p.mapMembers(text, func(null Value) Value {
			if v, ok := next(); ok {
				return v
			}
			return null
		})
		stop()
	}
	return text
}

// eraseMember is a list after a member of its objects was erased.
func (v Value) eraseMember(member string, class Dot) Value {
	return v.mapMember(member, func(Value) Value { return Text(erasedText(class)) })
}

// withoutErasedMembers is a list without the members that were erased.
func (v Value) withoutErasedMembers() Value {
	if !strings.Contains(string(v), erasedPrefix) {
		return v
	}
	out := append(make([]byte, 0, len(v)), '[')
	for item := range v.Elements() {
		if len(out) > 1 {
			out = append(out, ',')
		}
		if !item.IsObject() {
			out = append(out, item...)
			continue
		}
		out = append(out, '{')
		for key, value := range item.spans() {
			if text, isText := value.Text(); !isText || NoteText(text) == text {
				out = append(appendKey(out, key), value...)
			}
		}
		out = append(out, '}')
	}
	return Value(append(out, ']'))
}

// withoutErased is a value that is about to be written, without what was erased
// from its register unless its author had seen that.
func (f folding) withoutErased(field string, v Value) Value {
	if !v.IsArray() {
		return v
	}
	for _, w := range slices.Clone(f.Writes) {
		member, ok := strings.CutPrefix(w.Field, field+".")
		switch {
		case !ok || !w.Value.Erased():
		case f.stamp.saw(w.Stamp):
			f.replace(w.Field, func(*Write) bool { return true })
		default:
			v = v.eraseMember(member, w.Dot)
		}
	}
	return v
}
