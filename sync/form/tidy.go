package form

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/ledger"
)

// Tidy returns the op with its values in the form in which they are stored.
// What two people write alike is then the same bytes, and no conflict. The
// store tidies an op before it decides and seals it, as package ledger brings
// text to NFC; an op that is tidy already is returned as it is.
//
//	text        trimmed, one blank for several, on one line
//	longText    LF for CRLF, no blanks at the ends of lines, none twice
//	both        no-break spaces as blanks, no invisible characters, Đ for Ð and
//	            Ɖ, tone marks where most people put them: hòa, not hoà
//	phone       see [phoneNumber]: 0905123456 for +84 905.123.456
//	nationalId  without blanks, dots and hyphens
//	choices     in the order of the options, each once
//	blank       null, as is an empty list; in a list's lines such members go
//
// Values of a wrong type stay as they are, to be refused.
func Tidy(op *ledger.Op) *ledger.Op {
	f, ok := Of(op.Kind)
	if !ok || op.Fault != (ledger.Fault{}) {
		return op
	}
	switch op.Action {
	case ledger.ActionEdit:
		return f.tidyEdit(op)
	case ledger.ActionResolve:
		if field, ok := f.Field(op.Field); ok {
			return withMember(op, "value", op.Value, field.tidy(op.Value))
		}
	case ledger.ActionReview:
		return withMember(op, "note", ledger.Text(op.Note), ledger.Text(TidyLines(op.Note)))
	case ledger.ActionComment:
		if s, _ := op.Comment.Text(); TidyLines(s) != "" {
			return withMember(op, "text", op.Comment, ledger.Text(TidyLines(s)))
		}
	default: // holds no text
	}
	return op
}

func (f *Form) tidyEdit(op *ledger.Op) *ledger.Op {
	var changed []ledger.Assignment // nil while nothing did
	for i, a := range op.Set {
		field, ok := f.Field(a.Field)
		if !ok {
			continue
		}
		if v := field.tidy(a.Value); v != a.Value {
			if changed == nil {
				changed = slices.Clone(op.Set)
			}
			changed[i].Value = v
		}
	}
	if changed == nil {
		return op
	}
	var set strings.Builder
	set.WriteByte('{')
	for i, a := range changed {
		writeMember(&set, i == 0, a.Field, a.Value)
	}
	set.WriteByte('}')
	return withMember(op, "set", "", ledger.Value(set.String()))
}

// withMember returns the op with one member of its text replaced.
func withMember(op *ledger.Op, name string, old, tidied ledger.Value) *ledger.Op {
	if old == tidied {
		return op
	}
	var text strings.Builder
	text.WriteByte('{')
	first := true
	for key, v := range op.Text.Members() {
		if key == name {
			v = tidied
		}
		writeMember(&text, first, key, v)
		first = false
	}
	text.WriteByte('}')
	parsed := ledger.ParseOp(ledger.Value(text.String()))
	return &parsed
}

func writeMember(out *strings.Builder, first bool, key string, v ledger.Value) {
	if !first {
		out.WriteByte(',')
	}
	out.WriteString(string(ledger.Text(key)))
	out.WriteByte(':')
	out.WriteString(string(v))
}

// tidy returns the form in which a value of the field is stored.
func (f *Field) tidy(v ledger.Value) ledger.Value {
	switch f.Type {
	case TypeText, TypeLongText, TypePhone, TypeNationalID:
		written, ok := v.Text()
		if !ok {
			return v
		}
		switch s := f.tidyText(written); s {
		case "":
			return ledger.Null
		case written:
			return v
		default:
			return ledger.Text(s)
		}
	case TypeList:
		return f.tidyList(v)
	case TypeChoices:
		return f.tidyChoices(v)
	case TypeHashes:
		if v == "[]" {
			return ledger.Null
		}
	default: // has one form only
	}
	return v
}

func (f *Field) tidyText(s string) string {
	switch f.Type {
	case TypeLongText:
		return TidyLines(s)
	case TypePhone:
		return phoneNumber(TidyText(s))
	case TypeNationalID:
		return joined(s)
	default:
		return TidyText(s)
	}
}

func (f *Field) tidyList(v ledger.Value) ledger.Value {
	if !v.IsArray() {
		return v
	}
	var list []string
	for item := range v.Elements() {
		if !item.IsObject() {
			return v
		}
		var line strings.Builder
		first := true
		line.WriteByte('{')
		for key, member := range item.Members() {
			field, ok := fieldOf(f.Items, key)
			if ok {
				member = field.tidy(member)
			}
			if ok && member == ledger.Null && !field.Required {
				continue
			}
			writeMember(&line, first, key, member)
			first = false
		}
		line.WriteByte('}')
		list = append(list, line.String())
	}
	if list == nil {
		return ledger.Null
	}
	return ledger.Value("[" + strings.Join(list, ",") + "]")
}

func (f *Field) tidyChoices(v ledger.Value) ledger.Value {
	if !v.IsArray() {
		return v
	}
	var chosen []int
	for item := range v.Elements() {
		s, _ := item.Text()
		at := slices.IndexFunc(f.Options, func(o Option) bool { return o.Value == s })
		if at < 0 {
			return v
		}
		chosen = append(chosen, at)
	}
	if chosen == nil {
		return ledger.Null
	}
	slices.SortFunc(chosen, cmp.Compare[int])
	var values []string
	for _, at := range slices.Compact(chosen) {
		values = append(values, string(ledger.Text(f.Options[at].Value)))
	}
	return ledger.Value("[" + strings.Join(values, ",") + "]")
}

// oneLetter gives letters that people take for one the same code point: what
// old fonts and keyboards leave in place of Đ and Ư.
var oneLetter = strings.NewReplacer("Ð", "Đ", "Ɖ", "Đ", "ð", "đ", "ɖ", "đ", "Ƣ", "Ư", "ƣ", "ư")

// Composed returns a text in composed characters (NFC), without space around
// it. So names and reasons are stored that no record holds.
func Composed(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// OneLine is Composed of a text of one line: what breaks lines is a blank.
func OneLine(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// Breaks reports whether a character is not of a line: it ends one, or controls a
// terminal.
func Breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// Lines returns a text whose lines all end in LF.
func Lines(s string) string { return lineEnds.Replace(s) }

// normalized returns a text in NFC without invisible characters. One that goes may
// have stood between a letter and its mark.
func normalized(s string) string {
	return norm.NFC.String(withoutInvisible(norm.NFC.String(s)))
}

// TidyText returns a text of one line as it is stored: see [Tidy].
func TidyText(s string) string {
	if isTidy(s) {
		return s
	}
	return placeTones(strings.Join(strings.Fields(normalized(s)), " "))
}

// TidyLines returns a text of several lines as it is stored: see [Tidy]. Tabs
// inside a line stay.
func TidyLines(s string) string {
	if isTidy(s) {
		return s
	}
	lines := strings.Split(Lines(normalized(s)), "\n")
	for i, line := range lines {
		lines[i] = tidyBlanks(line)
	}
	return placeTones(strings.Trim(strings.Join(lines, "\n"), "\n"))
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n")

// tidyBlanks drops blanks at the ends of a line, and of several together all
// but one. A tab among them stays in their place.
func tidyBlanks(line string) string {
	var out strings.Builder
	blank := ""
	for _, r := range line {
		if unicode.IsSpace(r) {
			if r == '\t' {
				blank = "\t"
			} else if blank == "" {
				blank = " "
			}
			continue
		}
		if out.Len() > 0 {
			out.WriteString(blank)
		}
		blank = ""
		out.WriteRune(r)
	}
	return out.String()
}

// isTidy reports quickly that most texts need nothing: letters with single
// blanks between words, and no mark on a pair of vowels that may have it on
// either. It errs on the other side.
func isTidy(s string) bool {
	before := ' '
	for _, r := range s {
		switch {
		case r == ' ':
			if before == ' ' {
				return false
			}
		case r < ' ', r >= 0x7f && (unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Mn) || strings.ContainsRune("ÐƉðɖƢƣ", r)):
			return false
		case tonePair(before, r):
			return false
		}
		before = r
	}
	return before != ' ' || s == ""
}

// withoutInvisible drops characters that nobody sees and that copying from
// other programs leaves behind, and applies oneLetter.
func withoutInvisible(s string) string {
	return oneLetter.Replace(strings.Map(func(r rune) rune {
		switch r {
		case '\u00ad', '\u200b', '\u2060', '\ufeff': // soft hyphen, zero-width space, word joiner, byte order mark
			return -1
		}
		return r
	}, s))
}
