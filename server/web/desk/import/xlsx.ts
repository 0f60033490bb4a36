// Reads the first sheet of an .xlsx file as text. A small reader of its own: cells, shared texts and days are all that
// a list of households has. What is inflated is bounded, whatever the file says of its size.

/** The file cannot be read; `message` says why, in Vietnamese. */
export class SheetError extends Error {}

const most = 40 << 20 // bytes, of all parts together
export const maxRows = 5000, maxColumns = 60
const lastLine = 1_048_576 // of a sheet
/** The number as people write it. */
export const rowsSaid = String(maxRows).replace(/(?=...$)/, '.')

const words = {
  old: 'Tệp Excel đời cũ (.xls) hoặc có mật khẩu. Mở bằng Excel, lưu thành .xlsx không mật khẩu rồi chọn lại.',
  broken: 'Tệp không phải là Excel (.xlsx), hoặc đã hỏng.',
  large: 'Tệp quá lớn.', rows: `Danh sách dài hơn ${rowsSaid} dòng. Chia thành nhiều tệp rồi nhập từng tệp.`,
}

interface Part { method: number, size: number, at: number }

export async function readXlsx (bytes: Uint8Array): Promise<string[][]> {
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) throw new SheetError(words.old)
  try {
    return await read(bytes)
  } catch (error) {
    throw error instanceof SheetError ? error : new SheetError(words.broken)
  }
}

async function read (bytes: Uint8Array): Promise<string[][]> {
  const parts = directory(bytes)
  let left = most
  const text = async (name: string): Promise<string> => {
    const part = parts.get(name)
    if (!part) return ''
    const content = await inflate(bytes, part, left)
    left -= content.length
    return new TextDecoder().decode(content)
  }
  const book = await text('xl/workbook.xml')
  const sheets = [...book.matchAll(/<(?:\w+:)?sheet\b([^>]*)>/g)].map(m => m[1]!)
  const sheet = sheets.find(s => !/\bstate="(hidden|veryHidden)"/.test(s)) ?? sheets[0]
  const id = /\br:id="([^"]*)"|\bid="([^"]*)"/.exec(sheet ?? '')
  const rels = await text('xl/_rels/workbook.xml.rels')
  const rel = [...rels.matchAll(/<(?:\w+:)?Relationship\b([^>]*)>/g)].map(m => m[1]!).find(r => attribute(r, 'Id') === (id?.[1] ?? id?.[2]))
  const target = rel && attribute(rel, 'Target')
  if (!target) throw new SheetError(words.broken)
  const shared = [...(await text('xl/sharedStrings.xml')).matchAll(/<(?:\w+:)?si\b[^>]*?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?si>)/g)].map(m => texts(m[1] ?? ''))
  const days = dayStyles(await text('xl/styles.xml'))
  const shift = /\bdate1904="(1|true)"/.test(book) ? 1462 : 0
  return cells(await text(target.startsWith('/') ? target.slice(1) : `xl/${target.replace(/^\.\//, '')}`), shared, days, shift)
}

/** The parts of a ZIP file by their names, as its directory at the end has them. */
function directory (bytes: Uint8Array): Map<string, Part> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  while (end >= 0 && end > bytes.length - 65_558 && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new SheetError(words.broken)
  const parts = new Map<string, Part>()
  let at = view.getUint32(end + 16, true)
  for (let i = view.getUint16(end + 10, true); i > 0; i--) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new SheetError(words.broken)
    const name = view.getUint16(at + 28, true)
    const local = view.getUint32(at + 42, true)
    parts.set(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), {
      method: view.getUint16(at + 10, true), size: view.getUint32(at + 20, true),
      at: local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true),
    })
    at += 46 + name + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return parts
}

async function inflate (bytes: Uint8Array, part: Part, limit: number): Promise<Uint8Array> {
  const packed = bytes.slice(part.at, part.at + part.size)
  if (part.method === 0) {
    if (packed.length > limit) throw new SheetError(words.large)
    return packed
  }
  if (part.method !== 8) throw new SheetError(words.broken)
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > limit) {
      await reader.cancel()
      throw new SheetError(words.large)
    }
    pieces.push(value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)
  return found ? plain(found[1]!) : undefined
}

/** Text without entities and without Excel's own escapes of control characters. */
function plain (text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return named[name] ?? whole
    const code = parseInt(hex ?? decimal!, hex ? 16 : 10)
    return code <= 0x10ffff ? String.fromCodePoint(code) : ''
  }).replace(/_x000[dD]_/g, '')
}

/** All runs of a text, without the readings that East Asian texts have above them. */
function texts (xml: string): string {
  const runs = xml.replace(/<(?:\w+:)?rPh\b[\s\S]*?<\/(?:\w+:)?rPh>/g, '')
  return [...runs.matchAll(/<(?:\w+:)?t\b[^>]*?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?t>)/g)].map(m => plain(m[1] ?? '')).join('')
}

/** Which styles of cells show a number as a day. */
function dayStyles (xml: string): boolean[] {
  const own = new Map([...xml.matchAll(/<(?:\w+:)?numFmt\b([^>]*)>/g)].map(m => [attribute(m[1]!, 'numFmtId'), attribute(m[1]!, 'formatCode') ?? '']))
  const list = /<(?:\w+:)?cellXfs\b[^>]*>([\s\S]*?)<\/(?:\w+:)?cellXfs>/.exec(xml)?.[1] ?? ''
  return [...list.matchAll(/<(?:\w+:)?xf\b([^>]*)>/g)].map(m => {
    const id = attribute(m[1]!, 'numFmtId') ?? '0'
    const code = own.get(id)
    if (code === undefined) return ['14', '15', '16', '17', '22'].includes(id)
    return /[dy]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''))
  })
}

function cells (xml: string, shared: string[], days: boolean[], shift: number): string[][] {
  const rows: string[][] = []
  let full = 0
  for (const [, head, inner] of xml.matchAll(/<(?:\w+:)?row\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?row>)/g)) {
    const row: string[] = []
    for (const [, tag, content = ''] of (inner ?? '').matchAll(/<(?:\w+:)?c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?c>)/g)) {
      const at = column(attribute(tag!, 'r')) ?? row.length
      if (at >= maxColumns) continue
      while (row.length < at) row.push('')
      row[at] = value(attribute(tag!, 't') ?? 'n', content, days[Number(attribute(tag!, 's') ?? 0)] ?? false, shared, shift)
    }
    const said = row.some(cell => cell !== '')
    if (said && ++full > maxRows + 20) throw new SheetError(words.rows)
    const line = Number(attribute(head!, 'r') ?? rows.length + 1)
    if (line > lastLine) throw new SheetError(words.broken)
    if (!said && rows.length > 0 && line > rows.length) continue // thousands of rows may have but a format
    while (rows.length < line - 1) rows.push([]) // the number of a line is the one that Excel shows
    rows.push(row)
  }
  return rows
}

function column (place: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(place ?? '')?.[0]
  return letters === undefined ? undefined : [...letters].reduce((n, l) => n * 26 + l.charCodeAt(0) - 64, 0) - 1
}

function value (type: string, content: string, day: boolean, shared: string[], shift: number): string {
  if (type === 'inlineStr') return texts(content)
  const raw = plain(/<(?:\w+:)?v\b[^>]*>([\s\S]*?)<\/(?:\w+:)?v>/.exec(content)?.[1] ?? '')
  if (type === 's') return shared[Number(raw)] ?? ''
  if (type !== 'n' || raw === '') return type === 'e' ? '' : raw
  const number = Number(raw)
  if (!Number.isFinite(number)) return raw
  return day ? dayOfSerial(number + shift) : String(number)
}

/** A day as Excel counts them, from 1900; it believes that 1900 had a 29th of February. */
export function dayOfSerial (serial: number): string {
  if (serial < 61 || serial > 2_958_465) return String(serial)
  return new Date(Date.UTC(1899, 11, 30) + Math.floor(serial) * 86_400_000).toISOString().slice(0, 10)
}
