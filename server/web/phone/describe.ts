// How a record is named and summed up in one line.
import type { Book } from '../lib/book'
import type { Form, Value } from '../lib/contract'
import { formatDay } from '../lib/days'
import { formatMoney } from '../lib/number'
import type { Row } from '../lib/rows'
import { getRow } from '../lib/view'
import { app } from './app.svelte'
import { ui } from '../ui/vi'
import { vi } from './vi'

export interface Described { title: string, sub: string, amount: string }

/** Titles of the records that rows point to, by record id; known: such records that have been read already. */
export async function titlesFor (book: Book, rows: Pick<Row, 'refs'>[], known: Row[] = []): Promise<Map<string, string>> {
  const found = new Map(known.map(row => [row.id, row])), titles = new Map<string, string>()
  await Promise.all([...new Set(rows.flatMap(row => row.refs.map(ref => ref.slice(ref.indexOf(':') + 1))))].map(async id => {
    let row = found.get(id)
    for (const { unit } of app.units) row ??= await getRow(book, unit, id)
    if (row) titles.set(id, describe(row).title)
  }))
  return titles
}

export const refOf = (row: Row, field: string): string | undefined => row.refs.find(r => r.startsWith(`${field}:`))?.slice(field.length + 1)

export function option (kind: string, field: string, value: unknown): string {
  return app.form(kind)?.fields.find(f => f.name === field)?.options?.find(o => o.value === value)?.label ?? ''
}

const joinParts = (...parts: string[]): string => parts.filter(part => part !== '').join(' · ')

export function describe (row: Row, titles: Map<string, string> = new Map(), withKind = false): Described {
  const day = row.date ? app.shortDay(row.date) : ''
  const household = titles.get(refOf(row, 'household') ?? '') ?? ''
  const kind = withKind ? vi.noun[row.kind] ?? '' : ''
  const b = row.brief
  const described = (title: string, sub: string, amount = ''): Described => ({ title: title || vi.unnamed, sub, amount })
  switch (row.kind) {
    case 'household': return described(row.name, joinParts(kind, String(b.code ?? ''), option('household', 'category', b.category).toLowerCase()))
    case 'gift': return described(row.name || household, joinParts(kind, day, row.name && household && row.name !== household ? household : '', withKind ? '' : titles.get(refOf(row, 'campaign') ?? '') ?? ''), typeof b.valueVnd === 'number' ? `${formatMoney(b.valueVnd)}đ` : '')
    case 'house': return described(household, joinParts(kind, option('house', 'program', b.program), option('house', 'status', b.status)))
    case 'reception': return described(row.name, joinParts(kind, day, option('reception', 'class', b.class)))
    case 'petition': return described(row.name || vi.anyone, joinParts(kind, day, option('petition', 'class', b.class), option('petition', 'status', b.status)))
    case 'meeting': return described(row.name, joinParts(kind, day, option('meeting', 'level', b.level)))
    case 'fund': return described(row.name || String(b.purpose ?? ''), joinParts(kind, day, row.name ? String(b.purpose ?? '') : ''), `${b.direction === 'out' ? '−' : '+'}${formatMoney(Number(b.amountVnd ?? 0))}đ`)
    default: return described(row.name, joinParts(kind, day))
  }
}

/** A value as it is read. References need the titles of what they point to. */
export function valueText (form: Form, name: string, value: Value, titles: Map<string, string>): string {
  const field = form.fields.find(f => f.name === name)
  if (value === undefined || value === null || value === '') return ''
  switch (field?.type) {
    case 'money': return `${formatMoney(Number(value))} ${ui.dong}`
    case 'integer': return `${formatMoney(Number(value))}${field.suffix ? ` ${field.suffix}` : ''}`
    case 'boolean': return value === true ? ui.yes : ui.no
    case 'date': return formatDay(String(value))
    case 'choice': return field.options?.find(o => o.value === value)?.label ?? String(value)
    case 'choices': return (value as string[]).map(v => field.options?.find(o => o.value === v)?.label ?? v).join(', ')
    case 'reference': return titles.get(typeof value === 'string' ? value : (value as { record: string }).record) ?? vi.notFound
    case 'unit': return app.unitName(String(value))
    case 'hashes': return `${(value as string[]).length} ảnh`
    case 'list': return (value as Record<string, unknown>[]).map(item => (field.items ?? []).map(part =>
      valueText({ ...form, fields: field.items ?? [] }, part.name, item[part.name], titles)).filter(t => t !== '').join(' · ')).join('\n')
  }
  return String(value)
}
