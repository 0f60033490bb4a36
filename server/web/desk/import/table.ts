// Rows of text as they are pasted from a sheet, or stand in a .csv file.
import { maxColumns, maxRows, readXlsx, SheetError } from './xlsx'

const maxBytes = 5 << 20

/** Text with tabs, semicolons or commas between the cells, whichever its first line has most of. */
export function parseText (text: string): string[][] {
  const plain = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  const first = plain.slice(0, plain.indexOf('\n') < 0 ? undefined : plain.indexOf('\n'))
  const between = ['\t', ';', ','].sort((a, b) => first.split(b).length - first.split(a).length)[0]!
  const rows: string[][] = []
  let row: string[] = [], cell = '', quoted = false, i = 0
  const endCell = (): void => { if (row.length < maxColumns) row.push(cell); cell = '' }
  const endRow = (): void => {
    endCell()
    rows.push(row)
    row = []
    if (rows.length > maxRows + 20) throw new SheetError(`Danh sách dài hơn ${maxRows} dòng. Chia thành nhiều phần rồi nhập từng phần.`)
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
  return parseText(decode(bytes))
}

/** UTF-8, the UTF-16 of Excel's “Unicode Text”, or what old Vietnamese Windows wrote. */
function decode (bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1258').decode(bytes).normalize('NFC')
  }
}
