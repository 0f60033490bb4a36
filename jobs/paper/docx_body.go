package paper

import (
	"strconv"
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
