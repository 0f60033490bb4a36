package ledger

import "strings"

const erasedPrefix = "erased:"

// erased is the value that stands where an erasure took one away. Values that
// were equal have the same class, and so stay equal.
func erased(class Dot) Value { return Value(erasedPrefix + class.String()) }

// Erased reports whether an erasure took this value away.
func (v Value) Erased() bool { return strings.HasPrefix(string(v), erasedPrefix) }

// reviewValue is what a review writes into its register.
func reviewValue(note, state string) Value {
	return Value(`{"note":` + string(Text(note)) + `,"state":` + string(Text(state)) + `}`)
}

// withoutNote is a review's value after its note was erased.
func (v Value) withoutNote(class Dot) Value {
	state, _ := v.Get("state")
	text, _ := state.Text()
	return reviewValue(erasedText(class), text)
}

// erasedText stands where an erasure took a review's note away, or a member of a
// list's objects. No form lets a NUL into a text. Like [erased] it tells equal
// notes from different ones, so that older folds keep their conflicts.
func erasedText(class Dot) string { return "\x00" + erasedPrefix + class.String() }

// WithoutErased is a value as it may be shown: a review's without a note that was
// erased, a list without members of its objects that were. Any other is itself.
func (v Value) WithoutErased() Value {
	if v.IsArray() {
		return v.withoutErasedMembers()
	}
	note, ok := v.Get("note")
	text, _ := note.Text()
	if !ok || NoteText(text) == text {
		return v
	}
	state, _ := v.Get("state")
	said, _ := state.Text()
	return reviewValue("", said)
}

// NoteText is a review's note to show: nothing where it was erased.
func NoteText(note string) string {
	if strings.HasPrefix(note, "\x00") {
		return ""
	}
	return note
}
