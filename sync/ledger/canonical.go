package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Value is one JSON value in canonical form: no white space, object members
// in byte order of their keys and each key once, strings in Unicode NFC with
// the fewest escapes and U+FFFD for half a surrogate pair, integers in decimal without "-0". Two values are equal
// exactly when their bytes are, so the fold compares and the chain hashes
// them without looking inside.
//
// A number that is not a 64-bit integer keeps the text it came with; no field
// accepts one, but the op that carries it can still be logged and refused.
//
// The one Value that is not JSON is an erased one: see [Erased].
type Value string

// Null clears a field.
const Null Value = "null"

// maxDepth is how deep arrays and objects may nest.
const maxDepth = 16

// Reasons for which a text is not taken as JSON. They are stable codes.
var (
	ErrSyntax       = errors.New("not valid JSON (RFC 8259)")
	ErrEncoding     = errors.New("not valid Unicode in UTF-8")
	ErrDuplicateKey = errors.New("an object names the same key twice")
	ErrDepth        = errors.New("nested too deep")
)

// SyntaxError says where in the text the first fault stands.
type SyntaxError struct {
	Offset int // byte offset from the start of the text
	Err    error
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: %v", e.Offset, e.Err) }
func (e *SyntaxError) Unwrap() error { return e.Err }

// Canonical reads one JSON text strictly and returns its canonical form. The
// error is a *[SyntaxError].
func Canonical(text []byte) (Value, error) {
	c := canonicaliser{in: text, out: make([]byte, 0, len(text))}
	err := c.value(0)
	if err == nil {
		c.space()
		if c.pos != len(c.in) {
			err = ErrSyntax
		}
	}
	if err != nil {
		return "", &SyntaxError{Offset: c.pos, Err: err}
	}
	return Value(c.out), nil
}

// canonicaliser copies in to out in one pass; only an object whose keys came
// out of order is moved once more.
type canonicaliser struct {
	in      []byte
	pos     int
	out     []byte
	members []member // a stack: the members of every object still open
}

// member is where one key and its value stand in out.
type member struct{ start, colon, end int }

func (c *canonicaliser) space() {
	for c.pos < len(c.in) {
		switch c.in[c.pos] {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return
		}
	}
}

func (c *canonicaliser) peek() byte {
	if c.pos < len(c.in) {
		return c.in[c.pos]
	}
	return 0
}

func (c *canonicaliser) value(depth int) error {
	c.space()
	switch b := c.peek(); {
	case b == '"':
		return c.text()
	case b == '{':
		return c.object(depth + 1)
	case b == '[':
		return c.array(depth + 1)
	case b == 't':
		return c.word("true")
	case b == 'f':
		return c.word("false")
	case b == 'n':
		return c.word("null")
	case b == '-' || '0' <= b && b <= '9':
		return c.number()
	}
	return ErrSyntax
}

func (c *canonicaliser) word(w string) error {
	if !bytes.HasPrefix(c.in[c.pos:], []byte(w)) {
		return ErrSyntax
	}
	c.pos += len(w)
	c.out = append(c.out, w...)
	return nil
}

func (c *canonicaliser) digits() bool {
	start := c.pos
	for c.pos < len(c.in) && '0' <= c.in[c.pos] && c.in[c.pos] <= '9' {
		c.pos++
	}
	return c.pos > start
}

func (c *canonicaliser) number() error {
	start := c.pos
	if c.peek() == '-' {
		c.pos++
	}
	if c.peek() == '0' {
		c.pos++
	} else if !c.digits() {
		return ErrSyntax
	}
	if c.peek() == '.' {
		c.pos++
		if !c.digits() {
			return ErrSyntax
		}
	}
	if b := c.peek(); b == 'e' || b == 'E' {
		c.pos++
		if b := c.peek(); b == '+' || b == '-' {
			c.pos++
		}
		if !c.digits() {
			return ErrSyntax
		}
	}
	text := c.in[start:c.pos]
	if string(text) == "-0" {
		text = text[1:]
	}
	c.out = append(c.out, text...)
	return nil
}

func (c *canonicaliser) array(depth int) error {
	if depth > maxDepth {
		return ErrDepth
	}
	c.pos++
	c.out = append(c.out, '[')
	c.space()
	if c.peek() == ']' {
		c.pos++
		c.out = append(c.out, ']')
		return nil
	}
	for {
		if err := c.value(depth); err != nil {
			return err
		}
		c.space()
		switch c.peek() {
		case ',':
			c.pos++
			c.out = append(c.out, ',')
		case ']':
			c.pos++
			c.out = append(c.out, ']')
			return nil
		default:
			return ErrSyntax
		}
	}
}

func (c *canonicaliser) object(depth int) error {
	if depth > maxDepth {
		return ErrDepth
	}
	c.pos++
	c.out = append(c.out, '{')
	base, body := len(c.members), len(c.out)
	defer func() { c.members = c.members[:base] }()
	c.space()
	if c.peek() == '}' {
		c.pos++
		c.out = append(c.out, '}')
		return nil
	}
	for {
		c.space()
		m := member{start: len(c.out)}
		if c.peek() != '"' {
			return ErrSyntax
		}
		if err := c.text(); err != nil {
			return err
		}
		m.colon = len(c.out)
		c.space()
		if c.peek() != ':' {
			return ErrSyntax
		}
		c.pos++
		c.out = append(c.out, ':')
		if err := c.value(depth); err != nil {
			return err
		}
		m.end = len(c.out)
		c.members = append(c.members, m)
		c.out = append(c.out, ',')
		c.space()
		switch c.peek() {
		case ',':
			c.pos++
		case '}':
			c.pos++
			c.out[len(c.out)-1] = '}'
			return c.order(body, c.members[base:])
		default:
			return ErrSyntax
		}
	}
}

// order puts the members of the object whose body starts at body into key
// order, and refuses a key that stands twice.
func (c *canonicaliser) order(body int, members []member) error {
	compare := func(a, b member) int {
		return bytes.Compare(c.out[a.start:a.colon], c.out[b.start:b.colon])
	}
	if !slices.IsSortedFunc(members, compare) {
		moved := bytes.Clone(c.out[body:])
		slices.SortFunc(members, compare)
		out := c.out[:body]
		for i, m := range members {
			at := len(out)
			out = append(out, moved[m.start-body:m.end-body]...)
			out = append(out, ',')
			members[i] = member{start: at, colon: at + m.colon - m.start, end: len(out) - 1}
		}
		out[len(out)-1] = '}'
		c.out = out
	}
	for i := 1; i < len(members); i++ {
		if compare(members[i-1], members[i]) == 0 {
			return ErrDuplicateKey
		}
	}
	return nil
}

// text reads a string. Plain ASCII is copied as it stands; anything else is
// decoded, checked, brought to NFC and written again.
func (c *canonicaliser) text() error {
	start := c.pos
	c.pos++
	for c.pos < len(c.in) {
		switch b := c.in[c.pos]; {
		case b == '"':
			c.pos++
			c.out = append(c.out, c.in[start:c.pos]...)
			return nil
		case b == '\\' || b >= utf8.RuneSelf:
			return c.decodedText(start + 1)
		case b < ' ':
			return ErrSyntax
		default:
			c.pos++
		}
	}
	return ErrSyntax
}

func (c *canonicaliser) decodedText(start int) error {
	decoded := append(make([]byte, 0, 64), c.in[start:c.pos]...)
	for c.pos < len(c.in) {
		switch b := c.in[c.pos]; {
		case b == '"':
			c.pos++
			c.out = appendText(c.out, norm.NFC.Bytes(decoded))
			return nil
		case b == '\\':
			r, err := c.escape()
			if err != nil {
				return err
			}
			decoded = utf8.AppendRune(decoded, r)
		case b < ' ':
			return ErrSyntax
		case b < utf8.RuneSelf:
			decoded = append(decoded, b)
			c.pos++
		default:
			r, size := utf8.DecodeRune(c.in[c.pos:])
			if r == utf8.RuneError && size == 1 {
				return ErrEncoding
			}
			decoded = append(decoded, c.in[c.pos:c.pos+size]...)
			c.pos += size
		}
	}
	return ErrSyntax
}

func (c *canonicaliser) escape() (rune, error) {
	c.pos++ // the backslash
	b := c.peek()
	c.pos++
	switch b {
	case '"', '\\', '/':
		return rune(b), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, err := c.hex4()
		if err != nil || !utf16.IsSurrogate(r) {
			return r, err
		}
		// A phone that cuts a text in the middle of an emoji leaves half of it.
		// That is no reason to refuse all that it sends.
		if !bytes.HasPrefix(c.in[c.pos:], []byte(`\u`)) {
			return utf8.RuneError, nil
		}
		at := c.pos
		c.pos += 2
		low, err := c.hex4()
		if err != nil {
			return 0, err
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			c.pos = at // what follows stands for itself
		}
		return r, nil
	}
	return 0, ErrSyntax
}

func (c *canonicaliser) hex4() (rune, error) {
	if c.pos+4 > len(c.in) {
		return 0, ErrSyntax
	}
	n, err := strconv.ParseUint(string(c.in[c.pos:c.pos+4]), 16, 16)
	if err != nil {
		return 0, ErrSyntax
	}
	c.pos += 4
	return rune(n), nil
}
