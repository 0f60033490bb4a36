package paper

import (
	"fmt"
	"strings"
)

const keepNext = `<w:keepNext/>`

// frame writes a table without lines: two columns, and rows that no page's end
// parts. Each cell writes its paragraphs, one at least.
func (x *docx) frame(left, right float64, rows ...[2]func()) {
	x.rawf(`<w:tbl><w:tblPr><w:tblStyle w:val="Khung"/><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>`, twips(left+right))
	x.rawf(`<w:tblGrid><w:gridCol w:w="%d"/><w:gridCol w:w="%d"/></w:tblGrid>`, twips(left), twips(right))
	for _, cells := range rows {
		x.raw(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
		for i, width := range [2]float64{left, right} {
			x.rawf(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, twips(width))
			cells[i]()
			x.raw(`</w:tc>`)
		}
		x.raw(`</w:tr>`)
	}
	x.raw(`</w:tbl>`)
}

// head writes what stands above a document's text.
func (x *docx) head() {
	// LibreOffice puts an empty line above a table that opens a document whose
	// first page has its own header.
	x.raw(`<w:p><w:pPr><w:pStyle w:val="KhoangCach"/></w:pPr></w:p>`)
	x.frame(issuerWidth, nationWidth, [2]func(){x.issuer, x.state}, [2]func(){x.number, x.place})
	x.centred("Title", &kindStyle, x.doc.Kind, textWidth)
	if last := x.centred("Subtitle", &subjectStyle, x.doc.Subject, textWidth); last > 0 {
		x.rule(last*ruleShare, textWidth, keepNext)
	}
	x.addressees()
	x.spacer(paragraphGap, true)
}

// issuer writes who issues the document, and the body above it.
func (x *docx) issuer() {
	parent, issuer := cleanAll(x.doc.Parent), cleanAll(x.doc.Issuer)
	for _, s := range parent {
		x.paragraph("CoQuanChuQuan", "", s)
	}
	last := 0.0
	for _, s := range issuer {
		x.paragraph("CoQuanBanHanh", "", s)
		lines := issuerStyle.lines(x.set.pieces(&issuerStyle, Run{Text: s}), issuerWidth)
		last = lines[len(lines)-1].width
	}
	if last > 0 || len(parent) == 0 {
		x.rule(last*ruleShare, issuerWidth, "")
	}
}

func (x *docx) number() {
	x.paragraph("SoKyHieu", "", x.doc.numberAndSymbol())
	if x.doc.Draft {
		x.paragraph("DuThao", "", draft)
	}
}

func (x *docx) place() { x.paragraph("DiaDanh", "", x.doc.placeAndDate()) }

func (x *docx) state() {
	x.paragraph("QuocHieu", "", nation)
	x.paragraph("TieuNgu", "", motto)
	x.rule(mottoStyle.face.width(motto, mottoStyle.size), nationWidth, "")
}

func (x *docx) addressees() {
	names := cleanAll(x.doc.Addressees)
	switch len(names) {
	case 0:
		return
	case 1:
		x.centred("KinhGui", &addresseeStyle, addressed+" "+names[0], textWidth)
		return
	}
	at := func(left float64) string {
		return fmt.Sprintf(`<w:ind w:left="%d"/><w:jc w:val="left"/>`, twips(left))
	}
	x.paragraph("KinhGui", at(addressedLeft), addressed)
	colon := addressedLeft + addresseeStyle.face.width(strings.TrimSuffix(addressed, ":"), addresseeStyle.size)
	for _, s := range list(names) {
		x.paragraph("KinhGui", `<w:spacing w:before="0"/>`+at(colon), s)
	}
}

// signature writes to whom the document goes and who signs it, on one page
// with the end of the text.
func (x *docx) signature() {
	x.spacer(signatureGap, true)
	to := func() {
		lines := list(x.doc.Recipients)
		if len(lines) == 0 {
			x.paragraph("NoiNhan", keepNext, "")
			return
		}
		x.paragraph("NoiNhan", keepNext, recipients)
		for _, s := range lines {
			x.paragraph("NoiNhanDanhSach", keepNext, s)
		}
	}
	by := func() {
		for _, s := range append(cleanAll(x.doc.Signature.Authority), cleanAll([]string{x.doc.Signature.Position})...) {
			x.paragraph("ChucVu", keepNext, s)
		}
		x.spacer(signatureRoom, true)
		x.paragraph("HoTen", keepNext, strings.TrimSpace(clean(x.doc.Signature.Name)))
	}
	x.frame(recipientsWidth, signatureWidth, [2]func(){to, by})
}

const emu = 12700 // of a point, in which drawings are measured

// rule draws a line in the middle of an empty paragraph. Word before 2010
// reads the second of its two forms.
func (x *docx) rule(length, width float64, more string) {
	if length = min(length, width); length <= 0 {
		x.open("DuongKe", more)
		x.end()
		return
	}
	x.rules++
	extent, down := int(length*emu), int(ruleBox/2*emu)
	x.open("DuongKe", more)
	x.rawf(`<w:r><w:rPr><w:noProof/></w:rPr><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>`+
		`<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="%[1]d" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1">`+
		`<wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="column"><wp:align>center</wp:align></wp:positionH>`+
		`<wp:positionV relativeFrom="paragraph"><wp:posOffset>%[3]d</wp:posOffset></wp:positionV>`+
		`<wp:extent cx="%[2]d" cy="0"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>`+
		`<wp:docPr id="%[1]d" name="Đường kẻ %[1]d"/><wp:cNvGraphicFramePr/><a:graphic>`+
		`<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvCnPr/>`+
		`<wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%[2]d" cy="0"/></a:xfrm><a:prstGeom prst="line"><a:avLst/></a:prstGeom>`+
		`<a:ln w="%[4]d"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln></wps:spPr><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic>`+
		`</wp:anchor></w:drawing></mc:Choice>`, x.rules, extent, down, int(ruleWeight*emu))
	x.rawf(`<mc:Fallback><w:pict><v:line id="rule%[1]d" style="position:absolute;z-index:%[1]d;mso-position-horizontal:center;`+
		`mso-position-horizontal-relative:column;mso-position-vertical-relative:text" from="0,%.1[2]fpt" to="%.1[3]fpt,%.1[2]fpt" strokeweight="%[4]gpt"/>`+
		`</w:pict></mc:Fallback></mc:AlternateContent></w:r>`, x.rules, ruleBox/2, length, ruleWeight)
	x.end()
}
