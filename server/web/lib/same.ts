// Warns before a record is saved that tells what another one tells already.
import type { Fields, Form, Ref } from './contract'
import type { Book } from './book'
import { foldText } from './fold'
import { digitsOf } from './number'
import { show } from './view'
import { isLive, type Row } from './rows'

type Part = NonNullable<Form['same']>[number][number]

/** What a part of a way compares, "" where there is nothing, undefined where this app does not know it. */
function compared (part: Part, values: Fields): string | undefined {
  const value = values[part.field]
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
  switch (part.as) {
    case 'text': return text
    case 'fold': return foldText(text)
    case 'name': return foldText(text).split(' ').sort().join(' ')
    case 'digits': return digitsOf(text)
    case 'year': return text.slice(0, 4)
    case 'ref': return value === undefined || value === null ? '' : typeof value === 'string' ? value : (value as Exclude<Ref, string>).record
  }
  return undefined
}

/** The keys under which a record meets others that tell the same thing. */
export function sameKeys (form: Form, values: Fields): string[] {
  const keys: string[] = []
  for (const [i, way] of (form.same ?? []).entries()) {
    const parts = way.map(part => compared(part, values))
    if (parts.every(part => part !== undefined && part !== '')) keys.push(`${i}:${parts.join(':')}`)
  }
  return keys
}

/** Live records of the unit that seem to tell the same thing as what is about to be saved, at most five. */
export async function findSame (book: Book, form: Form, unit: string, values: Fields, except: string, rows: Row[]): Promise<Row[]> {
  const wanted = new Set(sameKeys(form, values))
  if (wanted.size === 0) return []
  const found: Row[] = []
  for (const row of rows) {
    if (row.id === except || row.kind !== form.kind || !isLive(row) || !likely(row, values)) continue
    const other = await show(book, unit, row.id)
    if (other && sameKeys(form, other.record.fields).some(key => wanted.has(key))) found.push(row)
    if (found.length === 5) break
  }
  return found
}

/** Cheap: rows that share no word, day or reference are not read. */
function likely (row: Row, values: Fields): boolean {
  for (const value of Object.values(values)) {
    if (typeof value === 'string' && value !== '') {
      if (row.date === value || row.refs.some(ref => ref.endsWith(value))) return true
      const folded = foldText(value), number = digitsOf(value)
      if (folded !== '' && folded.split(' ').every(word => row.words.includes(` ${word} `))) return true
      if (number !== '' && row.words.includes(` ${number} `)) return true
    } else if (typeof value === 'object' && value !== null && 'record' in value && row.refs.some(ref => ref.endsWith((value as Exclude<Ref, string>).record))) return true
  }
  return false
}
