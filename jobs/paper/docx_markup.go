package paper

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup writes XML. Its errors wait in the writer for Flush.
type markup struct{ *bufio.Writer }

func (m *markup) raw(parts ...string) {
	for _, s := range parts {
		_, _ = m.WriteString(s)
	}
}

func (m *markup) rawf(format string, a ...any) { _, _ = fmt.Fprintf(m, format, a...) }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// text writes a text in one line with nothing that XML forbids.
func (m *markup) text(s string) { _, _ = escapes.WriteString(m, letters(clean(s))) }

// open begins a paragraph of a style; more are its own properties.
func (m *markup) open(style, more string) {
	m.raw(`<w:p><w:pPr><w:pStyle w:val="`, style, `"/>`, more, `</w:pPr>`)
}

func (m *markup) end() { m.raw(`</w:p>`) }

func (m *markup) run(text string, isBold, isItalic bool) {
	if text == "" {
		return
	}
	m.raw(`<w:r>`)
	if isBold || isItalic {
		m.raw(`<w:rPr>`)
		if isBold {
			m.raw(`<w:b/><w:bCs/>`)
		}
		if isItalic {
			m.raw(`<w:i/><w:iCs/>`)
		}
		m.raw(`</w:rPr>`)
	}
	rest := letters(clean(text))
	for at := innerHyphen(rest); at >= 0; at = innerHyphen(rest) {
		m.words(rest[:at])
		m.raw(`<w:noBreakHyphen/>`)
		rest = rest[at+1:]
	}
	m.words(rest)
	m.raw(`</w:r>`)
}

func (m *markup) words(text string) {
	m.raw(`<w:t xml:space="preserve">`)
	m.text(text)
	m.raw(`</w:t>`)
}

// innerHyphen is where the first hyphen between two letters or digits stands, or
// -1. Word breaks lines behind one, a pdf does not: "56/BC-UBND" and "2019-2024"
// stay whole in both.
func innerHyphen(s string) int {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:], '-')
		if i < 0 {
			return -1
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(s[:at])
		behind, _ := utf8.DecodeRuneInString(s[at+1:])
		if inWord(before) && inWord(behind) {
			return at
		}
	}
}

func (m *markup) paragraph(style, more, text string) {
	m.open(style, more)
	m.run(text, false, false)
	m.end()
}

// spacer is an empty paragraph of a height.
func (x *docx) spacer(height float64, keep bool) {
	more := ""
	if keep {
		more = `<w:keepNext/>`
	}
	x.rawf(`<w:p><w:pPr><w:pStyle w:val="KhoangCach"/>%s<w:spacing w:line="%d" w:lineRule="exact"/></w:pPr></w:p>`, more, twips(height))
}

// roundOffOfOthers is the share of the width by which other programs may find a line
// longer at each side: they would break it once more.
const roundOffOfOthers = .02

// centred writes a text whose lines are about as long as each other, and
// returns the width of the last one.
func (x *docx) centred(id string, st *style, text string, width float64) float64 {
	pieces := x.set.pieces(st, Run{Text: text})
	if len(pieces) == 0 {
		return 0
	}
	lines := st.balanced(pieces, width)
	more := ""
	if side := twips(lines[0].left - roundOffOfOthers*width); len(lines) > 1 && side > 0 {
		at := strconv.Itoa(side)
		more = `<w:ind w:left="` + at + `" w:right="` + at + `"/>`
	}
	x.paragraph(id, more, text)
	return lines[len(lines)-1].width
}

// twips are twentieths of a point, in which Word measures.
func twips(points float64) int { return int(points*20 + .5) }
