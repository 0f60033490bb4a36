package paper

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// document writes the main part: head, text, foot and annexes.
func (x *docx) document() {
	x.raw(declaration, `<w:document `, namespaces, `><w:body>`)
	x.head()
	x.blocks(x.doc.Body, textWidth, true)
	x.signature()
	landscape := false
	for i := range x.doc.Annexes {
		a := &x.doc.Annexes[i]
		// The section before ends with a paragraph that says how its pages are.
		x.raw(`<w:p><w:pPr><w:pStyle w:val="KhoangCach"/>`)
		x.section(landscape)
		x.raw(`</w:pPr></w:p>`)
		landscape = a.Landscape
		width := textWidth
		if landscape {
			width = pageLong - marginLeft - marginRight
		}
		x.centred("PhuLuc", &annexStyle, a.Title, width)
		x.subject = a.Subject
		x.centred("TenPhuLuc", &annexSubjectStyle, a.Subject, width)
		x.centred("KemTheo", &annexSourceStyle, a.source(), width)
		x.spacer(paragraphGap, true)
		x.blocks(a.Body, width, false)
	}
	if len(x.doc.Annexes) == 0 {
		x.raw(`<w:p><w:pPr><w:pStyle w:val="KhoangCach"/></w:pPr></w:p>`)
	}
	x.section(landscape)
	x.raw(`</w:body></w:document>`)
}

// section describes the pages of a section. The document and each annex number
// their own, and have no number on the first.
func (x *docx) section(landscape bool) {
	x.raw(`<w:sectPr><w:headerReference w:type="default" r:id="rId5"/><w:headerReference w:type="first" r:id="rId6"/>`)
	width, height, turned := twips(pageShort), twips(pageLong), ""
	if landscape {
		width, height, turned = height, width, ` w:orient="landscape"`
	}
	x.rawf(`<w:type w:val="nextPage"/><w:pgSz w:w="%d" w:h="%d"%s/>`, width, height, turned)
	x.rawf(`<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="%[5]d" w:footer="%[5]d" w:gutter="0"/>`,
		twips(marginTop), twips(marginRight), twips(marginBottom), twips(marginLeft), twips(numberTop))
	x.raw(`<w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>`)
}

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

// blocks writes what a document says; signed tells that a signature follows,
// and is not to stand on a page alone.
func (x *docx) blocks(blocks []Block, width float64, signed bool) {
	for i, b := range blocks {
		keep := ""
		if signed && i == len(blocks)-1 {
			keep = `<w:keepNext/>`
		}
		switch b := b.(type) {
		case Heading:
			x.paragraph("Heading"+strconv.Itoa(min(max(b.Level, 1), 3)), "", b.Text)
		case Paragraph:
			x.open("BodyText", keep)
			for _, r := range b.runs() {
				x.run(r.Text, r.Bold, r.Italic)
				x.note(r.Note)
			}
			x.end()
		case Table:
			x.table(&b, width, keep)
		}
	}
}

const noteReference = `<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>`

// note refers to a footnote, and writes it.
func (x *docx) note(paragraphs []string) {
	paragraphs = cleanAll(paragraphs)
	if len(paragraphs) == 0 {
		return
	}
	x.set.notes++
	number := strconv.Itoa(x.set.notes)
	x.raw(noteReference, `<w:footnoteReference w:id="`, number, `"/></w:r>`)
	x.foot.raw(`<w:footnote w:id="`, number, `">`)
	for i, text := range paragraphs {
		x.foot.open("FootnoteText", "")
		if i == 0 {
			x.foot.raw(noteReference, `<w:footnoteRef/></w:r>`)
			text = " " + text
		}
		x.foot.run(text, false, false)
		x.foot.end()
	}
	x.foot.raw(`</w:footnote>`)
}
