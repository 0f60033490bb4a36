package signed

import (
	"compress/zlib"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxContent bounds how much of a page's content, and of a font's map, is unpacked.
const maxContent = 8 << 20

// pageText returns what a page says, in the order of its content.
func pageText(ctx *model.Context, page int) (string, error) {
	const unread = false // or it would unpack the content without a bound
	dict, _, attributes, err := ctx.PageDict(page, unread)
	if err != nil {
		return "", err
	}
	fonts, err := readFonts(ctx, attributes)
	if err != nil {
		return "", err
	}
	content, err := pageContent(ctx, dict)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	var shown []string // strings since the last operator
	var name string    // the last name
	current := &font{}
	for token := range tokens(content) {
		switch {
		case token[0] == '(':
			shown = append(shown, token[1:])
		case token[0] == '/':
			name = token[1:]
		case token == "Tf":
			if current = fonts[name]; current == nil {
				current = &font{}
			}
		case token == "Tj" || token == "TJ" || token == "'" || token == "\"":
			for _, s := range shown {
				current.write(&text, s)
			}
			shown = nil
		case token == "Td" || token == "TD" || token == "T*" || token == "Tm" || token == "ET":
			text.WriteByte(' ')
			shown = nil
		}
	}
	return text.String(), nil
}

// pageContent unpacks the content of a page, up to [maxContent] of it.
func pageContent(ctx *model.Context, page types.Dict) ([]byte, error) {
	o, err := ctx.Dereference(page["Contents"])
	if err != nil || o == nil {
		return nil, err
	}
	parts, several := o.(types.Array)
	if !several {
		parts = types.Array{page["Contents"]}
	}
	var content []byte
	for _, part := range parts {
		stream, _, err := ctx.DereferenceStreamDict(part)
		if err != nil {
			return nil, err
		}
		if stream == nil {
			continue
		}
		room := maxContent - len(content)
		err = stream.DecodeWithLimit(int64(room))
		switch {
		case errors.Is(err, filter.ErrDecodeLimitExceeded):
			return content, nil
		case err != nil && !filter.IsCorruptFlateInput(err) && !errors.Is(err, zlib.ErrChecksum):
			return nil, err
		case len(stream.Content) >= room:
			return append(content, stream.Content[:room]...), nil
		}
		content = append(append(content, stream.Content...), '\n') // parts end between two tokens
	}
	return content, nil
}

// font says which characters the codes of a font are.
type font struct {
	wide  bool // codes have two bytes
	chars map[uint16]string
}

func (f *font) write(to *strings.Builder, codes string) {
	step := 1
	if f.wide {
		step = 2
	}
	for i := 0; i+step <= len(codes); i += step {
		code := uint16(codes[i])
		if f.wide {
			code = code<<8 | uint16(codes[i+1])
		}
		if s, found := f.chars[code]; found {
			to.WriteString(s)
		} else {
			to.WriteRune(rune(code)) // Latin or UTF-16, as far as anybody knows
		}
	}
}

// readFonts reads the fonts of a page by their names in its content.
func readFonts(ctx *model.Context, attributes *model.InheritedPageAttrs) (map[string]*font, error) {
	if attributes == nil {
		return nil, nil
	}
	dict, err := ctx.DereferenceDict(attributes.Resources["Font"])
	if err != nil {
		return nil, err
	}
	fonts := map[string]*font{}
	for name, o := range dict {
		d, err := ctx.DereferenceDict(o)
		if err != nil {
			return nil, err
		}
		f := &font{}
		if subtype := d.NameEntry("Subtype"); subtype != nil {
			f.wide = *subtype == "Type0"
		}
		fonts[name] = f
		stream, _, err := ctx.DereferenceStreamDict(d["ToUnicode"])
		if err != nil || stream == nil {
			continue // without a map its codes are taken as they are
		}
		if err := stream.DecodeWithLimit(maxContent); err == nil && len(stream.Content) <= maxContent {
			f.chars = readMap(stream.Content)
		}
	}
	return fonts, nil
}

// readMap reads a ToUnicode CMap (ISO 32000-1, 9.10.3).
func readMap(cmap []byte) map[uint16]string {
	chars := map[uint16]string{}
	var args []string
	list := -1 // where an array began
	for token := range tokens(cmap) {
		switch {
		case token[0] == '(':
			args = append(args, token[1:])
		case token == "[":
			list = len(args)
		case token == "]":
			if list >= 2 {
				for i, s := range args[list:] {
					chars[code(args[list-2])+uint16(i)] = unicodeText(s)
				}
				args = args[:list-2]
			}
			list = -1
		case token == "beginbfchar" || token == "beginbfrange":
			args = nil
		case token == "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				chars[code(args[i])] = unicodeText(args[i+1])
			}
		case token == "endbfrange":
			for i := 0; i+2 < len(args); i += 3 {
				from, to, first := code(args[i]), code(args[i+1]), []rune(unicodeText(args[i+2]))
				if len(first) == 0 || to < from {
					continue
				}
				for n := 0; n <= int(to-from); n++ {
					last := first[len(first)-1] + rune(n)
					chars[from+uint16(n)] = string(first[:len(first)-1]) + string(last)
				}
			}
		}
	}
	return chars
}

func code(s string) (c uint16) {
	for i := range len(s) {
		c = c<<8 | uint16(s[i])
	}
	return c
}

func unicodeText(s string) string {
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = uint16(s[2*i])<<8 | uint16(s[2*i+1])
	}
	return string(utf16.Decode(units))
}

// tokens are the words of a content. A string, written either way, is a token
// that begins with a parenthesis.
func tokens(content []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(content); {
			var token string
			switch c := content[i]; {
			case c <= ' ' || c == '{' || c == '}':
				i++
				continue
			case c == '%':
				for i < len(content) && content[i] != '\n' && content[i] != '\r' {
					i++
				}
				continue
			case c == '(':
				token, i = literal(content, i+1)
			case c == '<' && i+1 < len(content) && content[i+1] != '<':
				token, i = hexString(content, i+1)
			case c == '[' || c == ']':
				token, i = string(c), i+1
			case c == '<' || c == '>':
				i++
				continue
			default:
				j := i + 1
				for j < len(content) && content[j] > ' ' && !strings.ContainsRune("()<>[]/{}%", rune(content[j])) {
					j++
				}
				token, i = string(content[i:j]), j
			}
			if !yield(token) {
				return
			}
		}
	}
}

// literal reads a string in parentheses from behind the first.
func literal(content []byte, i int) (token string, end int) {
	s, depth := []byte{'('}, 1
	for ; i < len(content); i++ {
		switch c := content[i]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return string(s), i + 1
			}
		case '\\':
			var b byte
			if b, i = escaped(content, i+1); b != 0 || i < len(content) && content[i] == '0' {
				s = append(s, b)
			}
			continue
		}
		s = append(s, content[i])
	}
	return string(s), i
}

// escaped reads what follows a backslash. It returns the byte, 0 for none, and
// the place of its last character.
func escaped(content []byte, i int) (b byte, last int) {
	if i >= len(content) {
		return 0, i
	}
	if c := content[i]; c >= '0' && c <= '7' {
		j := i
		for j < len(content) && j < i+3 && content[j] >= '0' && content[j] <= '7' {
			j++
		}
		n, _ := strconv.ParseUint(string(content[i:j]), 8, 16)
		return byte(n), j - 1
	}
	switch c := content[i]; c {
	case 'n':
		return '\n', i
	case 'r':
		return '\r', i
	case 't':
		return '\t', i
	case 'b':
		return '\b', i
	case 'f':
		return '\f', i
	case '\n', '\r':
		return 0, i
	default:
		return c, i
	}
}

// hexString reads a string in angle brackets from behind the first.
func hexString(content []byte, i int) (token string, end int) {
	var digits []byte
	for ; i < len(content) && content[i] != '>'; i++ {
		if content[i] > ' ' {
			digits = append(digits, content[i])
		}
	}
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	b, err := hex.DecodeString(string(digits))
	if err != nil {
		b = nil
	}
	return "(" + string(b), i + 1
}
