// Rows of text as they are pasted from a sheet, or stand in a .csv file.
import { modernize } from './legacy'
import { maxColumns, maxRows, readXlsx, rowsSaid, SheetError } from './xlsx'

const maxBytes = 5 << 20

const words = {
  page: 'Tệp là trang web lưu dưới tên Excel. Mở bằng Excel, lưu thành .xlsx rồi chọn lại.',
  none: 'Tệp không phải là danh sách (.xlsx, .csv), hoặc đã hỏng.',
}

/**
 * What stands between the cells: a tab, a semicolon or a comma, whichever the first lines have most of. Words that are
 * quoted do not count, and the title above a list has none.
 */
function separator (text: string): string {
  const first = text.split('\n', 30).map(line => line.replace(/"[^"]*"/g, ''))
  const count = (mark: string): number => Math.max(...first.map(line => line.split(mark).length))
  return ['\t', ';', ','].sort((a, b) => count(b) - count(a))[0]!
}

/** Text with tabs, semicolons or commas between the cells. */
export function parseText (text: string): string[][] {
  const whole = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  const told = /^sep=([\t;,])\n/.exec(whole) // a first line that is for Excel
  const plain = told ? whole.slice(told[0].length) : whole
  const between = told?.[1] ?? separator(plain)
  const rows: string[][] = []
  let row: string[] = [], cell = '', quoted = false, full = 0, i = 0
  const endCell = (): void => { if (row.length < maxColumns) row.push(cell); cell = '' }
  const endRow = (): void => {
    endCell()
    rows.push(row)
    if (row.some(c => c.trim() !== '')) full++ // a sheet's rows that have but a format are saved too
    row = []
    if (full > maxRows + 20) throw new SheetError(`Danh sách dài hơn ${rowsSaid} dòng. Chia thành nhiều phần rồi nhập từng phần.`)
  }
  for (; i < plain.length; i++) {
    const c = plain[i]!
    if (quoted) {
      if (c !== '"') cell += c
      else if (plain[i + 1] === '"') { cell += c; i++ } else quoted = false
    } else if (c === '"' && cell === '') quoted = true
    else if (c === between) endCell()
    else if (c === '\n') endRow()
    else cell += c
  }
  if (cell !== '' || row.length > 0) endRow()
  return rows
}

export async function readFile (file: File): Promise<string[][]> {
  if (file.size > maxBytes) throw new SheetError('Tệp lớn hơn 5 MB.')
  const bytes = new Uint8Array(await file.arrayBuffer())
  const packed = bytes[0] === 0x50 && bytes[1] === 0x4b
  if (packed || (bytes[0] === 0xd0 && bytes[1] === 0xcf)) return await readXlsx(bytes)
  const text = decode(bytes)
  if (/^\ufeff?\s*<(!doctype|html|table|\?xml|\w+:workbook)/i.test(text)) throw new SheetError(words.page)
  if (/[\x00-\x08\x0e-\x1a]/.test(text)) throw new SheetError(words.none)
  return parseText(text)
}

/** UTF-8, the UTF-16 of Excel's “Unicode Text”, also without its mark, what old Vietnamese Windows wrote, or the bytes of a font's own code. */
function decode (bytes: Uint8Array): string {
  const [first, second] = bytes
  if (second === 0 || (first === 0xff && second === 0xfe)) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0 || (first === 0xfe && second === 0xff)) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const bare = new TextDecoder('windows-1252').decode(bytes)
    return ['TCVN3', 'VNI'].includes(modernize([[bare]]).code) ? bare : new TextDecoder('windows-1258').decode(bytes).normalize('NFC')
  }
}
