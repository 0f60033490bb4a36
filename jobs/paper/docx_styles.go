package paper

import "fmt"

// wordStyle is a style under the name that Word shows. Those that Word knows
// itself keep their English names, which it translates.
type wordStyle struct {
	id, name string
	look     *style
	next     string // style of the paragraph that Enter begins
	outline  string // level among the headings
}

var ruleStyle, spacerStyle = style{align: centred}, style{align: toLeft}

var wordStyles = []wordStyle{
	{id: "BodyText", name: "Body Text", look: &bodyStyle},
	{id: "Heading1", name: "heading 1", look: &partStyle, next: "BodyText", outline: "0"},
	{id: "Heading2", name: "heading 2", look: &sectionStyle, next: "BodyText", outline: "1"},
	{id: "Heading3", name: "heading 3", look: &pointStyle, next: "BodyText", outline: "2"},
	{id: "Title", name: "Title", look: &kindStyle, next: "Subtitle"},
	{id: "Subtitle", name: "Subtitle", look: &subjectStyle, next: "BodyText"},
	{id: "Caption", name: "caption", look: &captionStyle, next: "BodyText"},
	{id: "Header", name: "header", look: &pageNumberStyle},
	{id: "FootnoteText", name: "footnote text", look: &noteStyle},
	{id: "CoQuanChuQuan", name: "Cơ quan chủ quản", look: &parentStyle},
	{id: "CoQuanBanHanh", name: "Cơ quan ban hành", look: &issuerStyle},
	{id: "QuocHieu", name: "Quốc hiệu", look: &nationStyle},
	{id: "TieuNgu", name: "Tiêu ngữ", look: &mottoStyle},
	{id: "SoKyHieu", name: "Số và ký hiệu", look: &numberStyle},
	{id: "DiaDanh", name: "Địa danh và thời gian", look: &placeStyle},
	{id: "DuThao", name: "Dự thảo", look: &draftStyle},
	{id: "KinhGui", name: "Kính gửi", look: &addresseeStyle},
	{id: "NoiNhan", name: "Nơi nhận", look: &recipientsStyle},
	{id: "NoiNhanDanhSach", name: "Nơi nhận - danh sách", look: &recipientStyle},
	{id: "ChucVu", name: "Quyền hạn và chức vụ", look: &positionStyle},
	{id: "HoTen", name: "Họ và tên người ký", look: &signerStyle},
	{id: "PhuLuc", name: "Phụ lục", look: &annexStyle, next: "TenPhuLuc", outline: "0"},
	{id: "TenPhuLuc", name: "Tên phụ lục", look: &annexSubjectStyle, next: "KemTheo"},
	{id: "KemTheo", name: "Phụ lục - kèm theo", look: &annexSourceStyle, next: "BodyText"},
	{id: "DuongKe", name: "Đường kẻ", look: &ruleStyle},
	{id: "KhoangCach", name: "Khoảng cách", look: &spacerStyle},
}

// cellStyleID names the style of a table's texts: "Bang13Giua".
func cellStyleID(size float64, kind string) string { return fmt.Sprintf("Bang%g%s", size, kind) }

var cellKinds = []struct {
	id, name string
	look     style
}{
	{"Trai", "trái", style{align: toLeft}},
	{"Giua", "giữa", style{align: centred}},
	{"Phai", "phải", style{align: toRight}},
	{"Dau", "đầu bảng", style{face: bold, align: centred, keep: true}},
}

func (m *markup) styles(sizes [len(cellSizes)]bool) {
	m.raw(declaration, `<w:styles `, namespaces, `><w:docDefaults><w:rPrDefault><w:rPr>`,
		`<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>`,
		`<w:color w:val="000000"/>`)
	m.rawf(`<w:sz w:val="%[1]g"/><w:szCs w:val="%[1]g"/>`, bodyStyle.size*2)
	m.raw(`<w:lang w:val="vi-VN" w:eastAsia="en-US" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>`,
		`<w:pPrDefault><w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>`,
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>`,
		`<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>`,
		`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/>`,
		`<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	for i := range wordStyles {
		m.style(&wordStyles[i])
	}
	for i, used := range sizes {
		for _, kind := range cellKinds {
			if !used {
				continue
			}
			look := kind.look
			look.size = cellSizes[i]
			m.style(&wordStyle{id: cellStyleID(look.size, kind.id), name: fmt.Sprintf("Bảng cỡ %g - %s", look.size, kind.name), look: &look})
		}
	}
	m.raw(`<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>`)
	m.raw(`<w:style w:type="table" w:customStyle="1" w:styleId="Khung"><w:name w:val="Khung không viền"/><w:basedOn w:val="TableNormal"/>`,
		`<w:tblPr><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	m.raw(`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		m.rawf(`<w:%s w:val="single" w:sz="%g" w:space="0" w:color="000000"/>`, side, frameWeight*8)
	}
	m.rawf(`</w:tblBorders><w:tblCellMar><w:top w:w="%[1]d" w:type="dxa"/><w:bottom w:w="%[1]d" w:type="dxa"/></w:tblCellMar></w:tblPr>`, twips(cellMargin))
	m.raw(`<w:tcPr><w:vAlign w:val="center"/></w:tcPr></w:style></w:styles>`)
}

func (m *markup) style(s *wordStyle) {
	custom := ` w:customStyle="1"`
	switch s.id {
	case "BodyText", "Heading1", "Heading2", "Heading3", "Title", "Subtitle", "Caption", "Header", "FootnoteText":
		custom = ""
	}
	m.raw(`<w:style w:type="paragraph"`, custom, ` w:styleId="`, s.id, `"><w:name w:val="`, s.name, `"/><w:basedOn w:val="Normal"/>`)
	if s.next != "" {
		m.raw(`<w:next w:val="`, s.next, `"/>`)
	}
	m.raw(`<w:qFormat/><w:pPr>`)
	if s.look.keep {
		m.raw(`<w:keepNext/>`)
	}
	m.spacing(s)
	if s.look.indent > 0 {
		m.rawf(`<w:ind w:firstLine="%d"/>`, twips(s.look.indent))
	}
	m.raw(`<w:jc w:val="`, [...]string{"both", "left", "center", "right"}[s.look.align], `"/>`)
	if s.outline != "" {
		m.raw(`<w:outlineLvl w:val="`, s.outline, `"/>`)
	}
	m.raw(`</w:pPr><w:rPr>`)
	if s.look.face&bold != 0 {
		m.raw(`<w:b/><w:bCs/>`)
	}
	if s.look.face&italic != 0 {
		m.raw(`<w:i/><w:iCs/>`)
	}
	if s.look.caps {
		m.raw(`<w:caps/>`)
	}
	if s.look.size > 0 {
		m.rawf(`<w:sz w:val="%[1]g"/><w:szCs w:val="%[1]g"/>`, s.look.size*2)
	}
	m.raw(`</w:rPr></w:style>`)
}

func (m *markup) spacing(s *wordStyle) {
	switch s.look {
	case &ruleStyle:
		m.rawf(`<w:spacing w:line="%d" w:lineRule="exact"/>`, twips(ruleBox))
		return
	case &spacerStyle:
		m.raw(`<w:spacing w:line="20" w:lineRule="exact"/>`)
		return
	}
	leading := max(s.look.leading, 1)
	m.rawf(`<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="auto"/>`, twips(s.look.before), twips(s.look.after), int(leading*240+.5))
}
