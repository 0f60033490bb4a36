package ledger

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// This file makes and reads canonical values. Reading trusts nothing: a value from
// a damaged store yields less, never a panic.

// Text makes the canonical value of a string. Bytes that are not UTF-8 become
// U+FFFD.
func Text(s string) Value {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return Value(appendText(make([]byte, 0, len(s)+2), norm.NFC.Bytes([]byte(s))))
}

// Int makes the canonical value of an integer.
func Int(n int64) Value { return Value(strconv.FormatInt(n, 10)) }

// Bool makes the canonical value of a truth value.
func Bool(b bool) Value { return Value(strconv.FormatBool(b)) }

// Text returns the string that v is.
func (v Value) Text() (string, bool) {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return "", false
	}
	body := string(v[1 : len(v)-1])
	if strings.IndexByte(body, '\\') < 0 {
		return body, true
	}
	c := canonicaliser{in: []byte(v), pos: 1}
	out := make([]byte, 0, len(body))
	for c.pos < len(c.in)-1 {
		if c.in[c.pos] != '\\' {
			out = append(out, c.in[c.pos])
			c.pos++
			continue
		}
		r, err := c.escape()
		if err != nil {
			return "", false
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), true
}

// Int returns the 64-bit integer that v is.
func (v Value) Int() (int64, bool) {
	if v == "" || v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return 0, false // not even a number; an error would cost more than the look
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// Bool returns the truth value that v is.
func (v Value) Bool() (value, ok bool) { return v == "true", v == "true" || v == "false" }

// IsObject reports whether v is an object.
func (v Value) IsObject() bool { return len(v) > 1 && v[0] == '{' }

// IsArray reports whether v is an array.
func (v Value) IsArray() bool { return len(v) > 1 && v[0] == '[' }

// Members yields the keys and values of an object in order; of anything else,
// nothing.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for span, value := range v.spans() {
			key, ok := span.Text()
			if !ok || !yield(key, value) {
				return
			}
		}
	}
}

// spans is Members with the keys as they are written.
func (v Value) spans() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		if !v.IsObject() {
			return
		}
		for i := 1; i < len(v) && v[i] != '}'; {
			colon := skipText(v, i)
			if colon >= len(v) || v[colon] != ':' {
				return
			}
			end := skipValue(v, colon+1)
			if end > len(v) || !yield(v[i:colon], v[colon+1:end]) {
				return
			}
			i = end
			if i < len(v) && v[i] == ',' {
				i++
			}
		}
	}
}

// Elements yields the elements of an array in order; of anything else,
// nothing.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.IsArray() {
			return
		}
		for i := 1; i < len(v) && v[i] != ']'; {
			end := skipValue(v, i)
			if end <= i || end > len(v) || !yield(v[i:end]) {
				return
			}
			i = end
			if i < len(v) && v[i] == ',' {
				i++
			}
		}
	}
}

// Get returns the member of an object that key names.
func (v Value) Get(key string) (Value, bool) {
	for k, value := range v.Members() {
		if k == key {
			return value, true
		}
	}
	return "", false
}

// skipText returns the index after the string that starts at i.
func skipText(v Value, i int) int {
	if i >= len(v) || v[i] != '"' {
		return len(v) + 1
	}
	for i++; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(v) + 1
}

// skipValue returns the index after the value that starts at i.
func skipValue(v Value, i int) int {
	if i >= len(v) {
		return len(v) + 1
	}
	switch v[i] {
	case '"':
		return skipText(v, i)
	case '{', '[':
		depth := 0
		for i < len(v) {
			switch v[i] {
			case '"':
				i = skipText(v, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(v) + 1
	}
	for i < len(v) && v[i] != ',' && v[i] != '}' && v[i] != ']' {
		i++
	}
	return i
}

// appendText writes s as a canonical JSON string.
func appendText(out, s []byte) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for _, b := range s {
		switch {
		case b == '"' || b == '\\':
			out = append(out, '\\', b)
		case b >= ' ':
			out = append(out, b)
		case b == '\b':
			out = append(out, '\\', 'b')
		case b == '\f':
			out = append(out, '\\', 'f')
		case b == '\n':
			out = append(out, '\\', 'n')
		case b == '\r':
			out = append(out, '\\', 'r')
		case b == '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	return append(out, '"')
}
