// From the cells of a list to the fields of a form: which column is which, what a cell means, what looks like a double.
import type { Fields, Form, FormField, Forms, Role } from '../../lib/contract'
import { dayFrom } from '../../lib/days'
import { foldText } from '../../lib/fold'
import { validate, type Fault } from '../../lib/forms'
import { joined } from '../../lib/number'
import { sameKeys } from '../../lib/same'
import { dayOfSerial, maxRows } from './xlsx'

/** What else people call a field at the head of a column, folded. */
const called: Record<string, string[]> = {
  headName: ['chu ho', 'ten chu ho', 'ho va ten chu ho', 'ho va ten', 'ho ten', 'ten'],
  code: ['ma so ho', 'ma', 'so ho'],
  category: ['doi tuong', 'dien ho', 'loai ho', 'dien chinh sach'],
  povertyStandard: ['chuan', 'chuan ngheo', 'giai doan'],
  categoryFrom: ['tu ngay', 'ngay bat dau', 'thuoc dien tu'], categoryTo: ['den ngay', 'ngay ket thuc', 'thuoc dien den'],
  phone: ['dien thoai', 'sdt', 'so dt', 'dt'],
  nationalId: ['can cuoc', 'so cccd', 'cccd', 'cmnd', 'so cmnd', 'so dinh danh', 'can cuoc cong dan', 'so can cuoc cong dan'],
}
const readable = ['text', 'phone', 'nationalId', 'choice', 'date']
const kept = ['leftOn', 'leftFor']

/** The fields that a column can be. */
export const importable = (form: Form): FormField[] => form.fields.filter(f => readable.includes(f.type) && !kept.includes(f.name))

/** The field that a column's head names, or "". */
function fieldOf (form: Form, head: string): string {
  const text = foldText(head)
  if (text === '') return ''
  const fields = importable(form)
  const exact = fields.find(f => foldText(f.label) === text || called[f.name]?.includes(text))
  return (exact ?? fields.find(f => text.startsWith(`${foldText(f.label)} `)))?.name ?? ''
}

export interface Sheet {
  /** The row that names the columns, or -1; of two that are one head, the lower. */
  head: number
  /** What it calls each column. */
  heads: string[]
  /** The field of each column, or "". No field stands twice. */
  columns: string[]
  /** Rows below the head that say something. */
  rows: { line: number, cells: string[] }[]
}

/**
 * Finds the head among the first rows: the one that names most fields, two at least. A head of two rows, whose upper
 * cells reach down or stand over several, is read as one.
 */
export function lay (form: Form, table: string[][]): Sheet {
  let head = -1, heads: string[] = [], columns: string[] = [], most = 1
  const look = (i: number, row: string[]): void => {
    const named = unique(row.map(cell => fieldOf(form, cell)))
    const count = named.filter(n => n !== '').length
    if (count > most) { head = i; heads = row; columns = named; most = count }
  }
  for (const [i, row] of table.slice(0, 15).entries()) {
    look(i, row)
    const above = table[i - 1] ?? []
    if (i > 0) look(i, Array.from({ length: Math.max(row.length, above.length) }, (_, c) => row[c]?.trim() || (above[c] ?? '')))
  }
  const width = table.reduce((most, row) => Math.max(most, row.length), 0)
  if (head < 0) columns = []
  while (columns.length < width) columns.push('')
  const rows = table.map((cells, i) => ({ line: i + 1, cells })).slice(head + 1).filter(r => r.cells.some(c => !/^\s*(\(\d+\))?\s*$/.test(c))) // nor numbers of columns below the head
  return { head, heads, columns, rows: rows.slice(0, maxRows) }
}

const unique = (names: string[]): string[] => names.map((n, i) => (n !== '' && names.indexOf(n) < i ? '' : n))

/** A cell as the value of a field. What cannot be read stays as it is, and the form's rules name it. */
export function valueOf (field: FormField, cell: string): unknown {
  const text = cell.replace(/\s+/gu, ' ').trim()
  if (text === '') return undefined
  switch (field.type) {
    case 'choice': return choiceOf(field, text)
    case 'date': return dateOf(text)
    case 'phone': return /^[35789]\d{8}$/.test(joined(text)) ? `0${joined(text)}` : text // a sheet of numbers drops the 0 in front
    case 'nationalId': return /^\d{11}$/.test(joined(text)) ? `0${joined(text)}` : text
  }
  return text
}

function choiceOf (field: FormField, text: string): string {
  const options = (field.options ?? []).map(o => ({ value: o.value, label: foldText(o.label) }))
  const folded = foldText(text)
  const same = options.find(o => o.label === folded || o.label === `ho ${folded}` || foldText(o.value) === folded)
  if (same) return same.value
  const holding = options.filter(o => ` ${o.label} `.includes(` ${folded} `))
  return holding.length === 1 ? holding[0]!.value : text
}

function dateOf (text: string): string {
  const written = /^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: .*)?$/.exec(text)
  if (written) return dayFrom(written[1]!, written[2]!, written[3]!) ?? text
  return /^\d{5}(\.\d+)?$/.test(text) ? dayOfSerial(Number(text)) : text
}

export interface Known { unit: string, id: string, title: string, keys: string[] }
export interface Candidate { line: number, set: Fields, faults: Fault[], twinLine: number, known: Known | undefined, keys: string[] }

/** Reads and checks every row, and looks for what it doubles: a row above it, or a household of the book. */
export function candidates (forms: Forms, form: Form, sheet: Sheet, given: Fields, unit: string, role: Role, today: string, known: Known[]): Candidate[] {
  const byKey = new Map<string, Known>()
  for (const k of known) for (const key of k.keys) if (!byKey.has(key)) byKey.set(key, k)
  const above = new Map<string, number>()
  return sheet.rows.map(({ line, cells }) => {
    const set: Fields = { ...given }
    for (const [i, name] of sheet.columns.entries()) {
      const field = form.fields.find(f => f.name === name)
      const value = field && valueOf(field, cells[i] ?? '')
      if (value !== undefined) set[name] = value
    }
    const keys = keysOf(form, set, unit)
    const twinLine = Math.min(...keys.map(key => above.get(key) ?? Infinity))
    for (const key of keys) if (!above.has(key)) above.set(key, line)
    return {
      line, set, keys, faults: validate(forms, form, { before: {}, set, isNew: true, role, today }),
      twinLine: Number.isFinite(twinLine) ? twinLine : 0, known: keys.map(key => byKey.get(key)).find(k => k !== undefined),
    }
  })
}

/**
 * By what households are found to be the same: the form's ways, and the code. A name or a code alone tells nothing
 * of another village.
 */
export function keysOf (form: Form, values: Fields, unit: string): string[] {
  const keys = sameKeys(form, values).map(key => {
    const way = form.same?.[Number(key.split(':')[0])] ?? []
    return way.every(part => part.as === 'name') ? `${unit}|${key}` : key
  })
  if (typeof values.code === 'string' && foldText(values.code) !== '') keys.push(`${unit}|code:${foldText(values.code)}`)
  return keys
}
