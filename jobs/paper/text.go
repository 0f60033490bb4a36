package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean makes a text fit for paper: one line, composed to NFC, every space but
// the no-break ones an ordinary one. Control characters and those that only
// steer how others are shown (joiners, marks of direction) are dropped: they
// may make a name read otherwise than it is stored.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return norm.NFC.String(strings.Map(cleanRune, s))
}

// isPlain reports whether s has only characters of which none needs cleaning,
// as nearly all Vietnamese text does: letters, each with its marks in it, and
// what stands between them.
func isPlain(s string) bool {
	for _, r := range s {
		switch {
		case ' ' <= r && r <= '~':
		case '\u00a0' <= r && r <= '\u024f' && r != softHyphen:
		case '\u1e00' <= r && r <= '\u1eff':
		case '\u2010' <= r && r <= '\u2027': // dashes, quotation marks, dots
		default:
			return false
		}
	}
	return true
}

const softHyphen = '\u00ad'

func cleanRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case ' ' <= r && r <= '~':
			return r
		case '\t' <= r && r <= '\r':
			return ' '
		}
		return -1
	case r == '\u00a0' || r == '\u202f': // the spaces at which a line does not break
		return r
	case r == '\u0085' || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf):
		return -1
	case r == '\ufffe' || r == '\uffff': // no characters, and no XML may hold them
		return utf8.RuneError
	}
	return r
}

// cleanAll cleans lines and leaves out the empty ones.
func cleanAll(lines []string) []string {
	kept := make([]string, 0, len(lines))
	for _, s := range lines {
		if s = strings.TrimSpace(clean(s)); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// letters leaves pictures out of a text: signed paper has none, and the font of
// a pdf has no glyph for them.
func letters(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if '\U0001F000' <= r && r <= '\U0001FAFF' || '\u2600' <= r && r <= '\u27bf' || '\ufe00' <= r && r <= '\ufe0f' {
			return -1
		}
		return r
	}, s)
}
