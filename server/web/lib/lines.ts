// The index of records: one small row for each, kept right in every transaction that changes what it tells.
import type { Fields, Form, FormField, Forms, LedgerRecord, Ref } from './contract'
import type { Tx } from './db'
import { foldText, sortKey } from './fold'
import { isPending, lay, type Author } from './lay'
import { correctedFields, hashesIn, isMine, marksOf, rejectedOps, type Evidence } from './marks'
import { digitsOf, phoneNumber } from './number'
import { draftKey, type OpRow, type PhotoRow, type Row, type Shown, type UnitRow } from './rows'

export interface Context { me: Author, forms: Forms | undefined }

type AnyTx = Tx | Tx<'readonly'>

/** Gathers all that is known of one record, from one moment of the database. */
export async function gather (tx: AnyTx, context: Context, unitRow: UnitRow | undefined, unit: string, id: string, ops?: OpRow[]): Promise<Evidence | undefined> {
  const pulled = await tx.objectStore('records').get([unit, id])
  const own = ops ?? await opsOf(tx, unit, id)
  const pending = own.filter(row => isPending(row, unitRow))
  const shown = lay(pulled, pending, context.me) ?? rejectedShape(own, context.me)
  if (!shown) return undefined
  const photos: PhotoRow[] = []
  for (const hash of hashesIn(shown.fields)) {
    const photo = await tx.objectStore('photos').get(hash)
    if (photo) photos.push(photo)
  }
  const draft = await tx.objectStore('drafts').get(draftKey(unit, shown.kind, id))
  return { pulled, shown, ops: own, pending, photos, draft, me: context.me.user }
}

/** A record whose only ops were rejected is nowhere but here; it must stay visible until it is seen to. */
function rejectedShape (ops: OpRow[], me: Author): LedgerRecord | undefined {
  return rejectedOps(ops).length > 0 ? lay(undefined, ops, me) : undefined
}

export async function opsOf (tx: AnyTx, unit: string, record: string): Promise<OpRow[]> {
  return (await tx.objectStore('ops').index('record').getAll([unit, record])).sort(inOrder)
}

export const inOrder = (a: OpRow, b: OpRow): number => a.series - b.series || a.n - b.n

export function shownOf (e: Evidence): Shown {
  return {
    record: e.shown, marks: marksOf(e), pending: e.pending, rejected: rejectedOps(e.ops), draft: e.draft,
    photos: e.photos, corrected: correctedFields(e),
  }
}

/** Makes the rows of records again and stores them. */
export async function refreshRows (tx: Tx, context: Context, unit: string, ids: Iterable<string>): Promise<void> {
  const unitRow = await tx.objectStore('units').get(unit)
  const rows = tx.objectStore('rows')
  for (const id of new Set(ids)) {
    const e = await gather(tx, context, unitRow, unit, id)
    if (e) await rows.put(rowOf(e, context.forms))
    else await rows.delete([unit, id])
  }
}

export function rowOf (e: Evidence, forms: Forms | undefined): Row {
  const record = e.shown
  const form = forms?.forms.find(f => f.kind === record.kind)
  const name = text(record, form?.nameField)
  return {
    unit: record.unit, id: record.id, kind: record.kind, name,
    words: wordsOf(record, form),
    sort: sortKey(name, form?.personName ?? false),
    date: text(record, form?.dateField),
    state: record.state, marks: marksOf(e), mine: isMine(e), updatedAt: record.updatedAt,
    brief: briefOf(record, form), refs: refsOf(record, form),
  }
}

function text (record: LedgerRecord, field: string | undefined): string {
  const value = field === undefined ? undefined : record.fields[field]
  return typeof value === 'string' ? value : ''
}

/** Forms of an older server do not say which fields are searched: then it is the name, codes and numbers. */
function isSearched (field: FormField, form: Form): boolean {
  if (form.fields.some(f => f.search)) return field.search === true
  return field.name === form.nameField || field.name === 'code' || field.type === 'phone'
}

function wordsOf (record: LedgerRecord, form: Form | undefined): string {
  if (!form) return ' '
  const words = new Set<string>()
  for (const field of form.fields) {
    const value = record.fields[field.name]
    if (typeof value !== 'string' || !isSearched(field, form)) continue
    if (field.type === 'phone') words.add(digitsOf(phoneNumber(value)))
    else if (field.type === 'nationalId') words.add(digitsOf(value))
    else for (const word of foldText([...value].slice(0, 200).join('')).split(' ')) words.add(word)
  }
  words.delete('')
  return ` ${[...words].slice(0, 64).join(' ')} `
}

const briefTypes = new Set(['choice', 'date', 'integer', 'money', 'boolean'])

function briefOf (record: LedgerRecord, form: Form | undefined): Fields {
  const brief: Fields = {}
  for (const field of form?.fields ?? []) {
    const value = record.fields[field.name]
    if (value === undefined || field.sensitive) continue
    if (briefTypes.has(field.type)) brief[field.name] = value
    else if (field.type === 'text' && typeof value === 'string' && value.length <= 120) brief[field.name] = value
  }
  return brief
}

function refsOf (record: LedgerRecord, form: Form | undefined): string[] {
  const refs: string[] = []
  for (const field of form?.fields ?? []) {
    const value = record.fields[field.name] as Ref | undefined
    if (field.type !== 'reference' || value === undefined || value === null) continue
    refs.push(`${field.name}:${typeof value === 'string' ? value : value.record}`)
  }
  return refs
}
