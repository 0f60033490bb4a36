package paper

// The parts of a docx that are the same in all.

const declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// Namespaces of the parts that hold text.
const namespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
	` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
	` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
	` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
	` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"` +
	` xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"` +
	` xmlns:v="urn:schemas-microsoft-com:vml"` +
	` xmlns:o="urn:schemas-microsoft-com:office:office"`

const (
	documentType = "application/vnd.openxmlformats-officedocument.wordprocessingml."

	contentTypes = declaration + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="` + documentType + `document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="` + documentType + `styles+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="` + documentType + `settings+xml"/>` +
		`<Override PartName="/word/fontTable.xml" ContentType="` + documentType + `fontTable+xml"/>` +
		`<Override PartName="/word/footnotes.xml" ContentType="` + documentType + `footnotes+xml"/>` +
		`<Override PartName="/word/header1.xml" ContentType="` + documentType + `header+xml"/>` +
		`<Override PartName="/word/header2.xml" ContentType="` + documentType + `header+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

	linksOpen = declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	linkType  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`

	packageLinks = linksOpen +
		`<Relationship Id="rId1" Type="` + linkType + `officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	documentLinks = linksOpen +
		`<Relationship Id="rId1" Type="` + linkType + `styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="` + linkType + `settings" Target="settings.xml"/>` +
		`<Relationship Id="rId3" Type="` + linkType + `fontTable" Target="fontTable.xml"/>` +
		`<Relationship Id="rId4" Type="` + linkType + `footnotes" Target="footnotes.xml"/>` +
		`<Relationship Id="rId5" Type="` + linkType + `header" Target="header1.xml"/>` +
		`<Relationship Id="rId6" Type="` + linkType + `header" Target="header2.xml"/></Relationships>`

	coreOpen = declaration + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`

	// The separators of footnotes have the numbers that Word gives them.
	settings = declaration + `<w:settings ` + namespaces + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/>` +
		`<w:characterSpacingControl w:val="doNotCompress"/><w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>` +
		`<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
		`<w:themeFontLang w:val="vi-VN"/><w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/></w:settings>`

	fontTable = declaration + `<w:fonts ` + namespaces + `><w:font w:name="Times New Roman"><w:altName w:val="Liberation Serif"/>` +
		`<w:panose1 w:val="02020603050405020304"/><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>`

	footnotesOpen = declaration + `<w:footnotes ` + namespaces + `>` +
		`<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>` +
		`<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>`

	pageNumberHeader = declaration + `<w:hdr ` + namespaces + `><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>` +
		`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		`<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:rPr><w:noProof/></w:rPr><w:t>2</w:t></w:r>` +
		`<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>`

	// The first page has a header without a number.
	emptyHeader = declaration + `<w:hdr ` + namespaces + `><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr></w:p></w:hdr>`
)
