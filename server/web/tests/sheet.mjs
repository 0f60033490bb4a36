// Workbooks for tests, as Excel packs them.
import { deflateRawSync } from 'node:zlib'

/** A ZIP file; parts named in `stored` are not packed, and what it says of sizes is wrong. */
export function zip (parts, stored = []) {
  const locals = [], central = []
  let at = 0
  for (const [name, content] of Object.entries(parts)) {
    const raw = Buffer.from(content), packed = stored.includes(name) ? raw : deflateRawSync(raw)
    const local = Buffer.alloc(30), entry = Buffer.alloc(46), title = Buffer.from(name)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(title.length, 26)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(stored.includes(name) ? 0 : 8, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(10, 24)
    entry.writeUInt16LE(title.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(local, title, packed)
    central.push(entry, title)
    at += 30 + title.length + packed.length
  }
  const end = Buffer.alloc(22), list = Buffer.concat(central)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(parts).length, 10)
  end.writeUInt32LE(at, 16)
  return new Uint8Array(Buffer.concat([...locals, list, end]))
}

export const rels = (...targets) => `<Relationships xmlns="x">${targets.map((t, i) => `<Relationship Id="rId${i + 1}" Type="sheet" Target="${t}"/>`).join('')}</Relationships>`

/** As Excel writes it: shared texts, styles of days, a hidden sheet before the one that is shown. */
export const book = {
  '[Content_Types].xml': '<Types/>',
  'xl/workbook.xml': '<workbook><workbookPr/><sheets><sheet name="Ẩn" sheetId="1" state="hidden" r:id="rId1"/><sheet name="Hộ" sheetId="2" r:id="rId2"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels': rels('worksheets/sheet1.xml', 'worksheets/sheet2.xml'),
  'xl/sharedStrings.xml': '<sst><si><t>Họ tên chủ hộ</t></si><si><r><t>Hộ </t></r><r><rPr><b/></rPr><t xml:space="preserve">mẫu &amp; 001</t></r><rPh><t>xx</t></rPh></si><si><t/></si></sst>',
  'xl/styles.xml': '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy;@"/><numFmt numFmtId="165" formatCode="0 &quot;day&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>',
  'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row><c t="str"><v>ẩn</v></c></row></sheetData></worksheet>',
  'xl/worksheets/sheet2.xml': `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Từ ngày</t></is></c></row><row r="2"/>
    <row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>912345678</v></c><c r="C3" s="1"><v>45292</v></c><c r="D3" s="2"><v>3</v></c><c r="E3" s="3"><v>45293.5</v></c><c r="F3" t="e"><v>#N/A</v></c><c r="G3" t="str"><f>A1</f><v>a&#233;</v></c><c r="H3"><v>1.2345678901E10</v></c></row></sheetData></worksheet>`,
}
