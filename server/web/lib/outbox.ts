// What was saved and is to be sent. Saving never needs a network.
import type { Book } from './book'
import type { Fields, Op, Ref } from './contract'
import { change, QuotaError, type Tx } from './db'
import { giftId, newId } from './ids'
import { inOrder, refreshRows } from './lines'
import { hashesIn } from './marks'
import type { OpRow, UnitRow, Write } from './rows'

/** One value is larger than the server takes; `field` names it. */
export class TooLargeError extends Error {
  constructor (readonly field: string) { super(`${field} is too large`); this.name = 'TooLargeError' }
}

const defaultOpBytes = 65_536
const encoder = new TextEncoder()

export const sizeOf = (op: Op): number => encoder.encode(JSON.stringify(op)).length

/** Saves one act: durably, in one transaction with its row, its photos and its draft. */
export async function save (book: Book, write: Write): Promise<OpRow> {
  return (await saveMany(book, [write]))[0]!
}

/** Saves several acts, all or none. */
export async function saveMany (book: Book, writes: Write[]): Promise<OpRow[]> {
  try {
    const rows = await change(book.db, async tx => await append(tx, book, writes))
    await recovered(book)
    book.changed()
    return rows
  } catch (error) {
    if (error instanceof QuotaError) await book.setNet({ full: true }).catch(() => {}) // there may be no room for that either
    throw error
  }
}

async function recovered (book: Book): Promise<void> {
  if ((await book.get('net'))?.full) await book.setNet({ full: false })
}

async function append (tx: Tx, book: Book, writes: Write[]): Promise<OpRow[]> {
  const saved: OpRow[] = []
  const touched = new Map<string, Set<string>>()
  for (const write of writes) {
    const unit = await tx.objectStore('units').get(write.unit)
    if (!unit) throw new Error(`this phone has no unit ${write.unit}`)
    const pulled = await tx.objectStore('records').get([write.unit, write.record])
    const mends = pulled?.state === 'returned' && (write.action === 'edit' || write.action === 'comment')
    let first: OpRow | undefined
    for (const op of opsFor(book, write, unit)) {
      unit.n++
      const row: OpRow = {
        id: newId(book.env.now()), unit: write.unit, series: unit.series, n: unit.n, record: write.record,
        op: { ...op, n: unit.n }, size: 0, waiting: 1, tried: false, savedAt: book.stamp(), ...(mends ? { mends } : {}),
      }
      row.size = sizeOf(row.op)
      await tx.objectStore('ops').add(row)
      first ??= row
    }
    await tx.objectStore('units').put(unit)
    await queuePhotos(tx, write.set)
    if (write.draft !== undefined) await tx.objectStore('drafts').delete(write.draft)
    if (write.mends !== undefined) await settleRow(tx, write.mends, touched)
    saved.push(first!)
    note(touched, write.unit, write.record)
  }
  for (const [unit, ids] of touched) await refreshRows(tx, book.context, unit, ids)
  return saved
}

function note (touched: Map<string, Set<string>>, unit: string, record: string): void {
  touched.set(unit, (touched.get(unit) ?? new Set()).add(record))
}

/** The ops of a write: one, or several where an edit is larger than one op may be. */
function opsFor (book: Book, write: Write, unit: UnitRow): Op[] {
  const limit = book.forms?.limits.maxOpBytes ?? defaultOpBytes
  const op = opOf(book, write, unit)
  if (sizeOf(op) + 12 <= limit) return [op]
  const parts = splitEdit(op, limit)
  if (!parts) throw new TooLargeError(largest(op))
  return parts
}

/** The members in one order, so that the bytes of an op are always the same. */
function opOf (book: Book, write: Write, unit: UnitRow): Op {
  const op: Op = {
    n: unit.n, record: write.record, kind: write.kind, action: write.action,
    base: write.base ?? unit.base, at: book.stamp(),
  }
  for (const key of ['set', 'field', 'value', 'sees', 'origins', 'state', 'note', 'duplicateOf', 'fields', 'period', 'text'] as const) {
    if (write[key] !== undefined) Object.assign(op, { [key]: clean(write[key]) })
  }
  return op
}

/** Cuts an edit by its fields; undefined where one field alone is too large, or it is no edit. */
export function splitEdit (op: Op, limit: number): Op[] | undefined {
  const fields = Object.entries(op.set ?? {})
  if (op.action !== 'edit' || fields.length < 2) return undefined
  const parts: Op[] = []
  let set: Fields = {}
  for (const [name, value] of fields) {
    const more = { ...set, [name]: value }
    if (Object.keys(set).length > 0 && sizeOf({ ...op, set: more }) + 12 > limit) {
      parts.push({ ...op, set })
      set = { [name]: value }
    } else set = more
  }
  parts.push({ ...op, set })
  return parts.length > 1 && parts.every(part => sizeOf(part) + 12 <= limit) ? parts : undefined
}

function largest (op: Op): string {
  const sizes = Object.entries(op.set ?? { value: op.value }).map(([name, value]) => [name, JSON.stringify(value ?? null).length] as const)
  return sizes.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'value'
}

/** Text in NFC and without halves of characters, which no JSON reader takes. */
function clean (value: unknown): unknown {
  if (typeof value === 'string') {
    return value.normalize('NFC').replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '')
  }
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => [k, clean(v)]))
  }
  return value
}

async function queuePhotos (tx: Tx, set: Fields | undefined): Promise<void> {
  for (const hash of hashesIn(set ?? {})) {
    const photo = await tx.objectStore('photos').get(hash)
    if (photo?.state === 'draft') await tx.objectStore('photos').put({ ...photo, state: 'waiting' })
  }
}

/** Photos of an op that was taken back wait no more, but for those that another op names, sent or not. */
async function unqueuePhotos (tx: Tx, set: Fields | undefined): Promise<void> {
  const hashes = hashesIn(set ?? {})
  if (hashes.length === 0) return
  const named = new Set((await tx.objectStore('ops').getAll()).flatMap(row => hashesIn(row.op.set ?? {})))
  for (const hash of hashes) {
    const photo = await tx.objectStore('photos').get(hash)
    if (photo?.state === 'waiting' && !named.has(hash)) await tx.objectStore('photos').put({ ...photo, state: 'draft' })
  }
}

/**
 * Takes an op back that no request has held. False: it may be at the server, or later ops rest on it; then the
 * way back is another op.
 */
export async function undo (book: Book, id: string): Promise<boolean> {
  const undone = await change(book.db, async tx => {
    const ops = tx.objectStore('ops')
    const row = await ops.index('id').get(id)
    if (!row || row.tried || row.waiting === 0) return false
    const unit = (await tx.objectStore('units').get(row.unit))!
    if (row.series !== unit.series) return false
    const later = (await ops.getAll(IDBKeyRange.bound([row.unit, row.series, row.n + 1], [row.unit, row.series, Infinity]))).sort(inOrder)
    if (later.some(other => other.tried) || await restsOn(tx, row, later)) return false
    await ops.delete([row.unit, row.series, row.n])
    for (const other of later) {
      await ops.delete([other.unit, other.series, other.n])
      const n = other.n - 1
      await ops.add({ ...other, n, op: { ...other.op, n } })
    }
    await tx.objectStore('units').put({ ...unit, n: unit.n - 1 })
    await unqueuePhotos(tx, row.op.set)
    await refreshRows(tx, book.context, row.unit, [row.record])
    return true
  })
  if (undone) book.changed()
  return undone
}

/** Whether later ops need the record that this one makes: they change it, or point to it. */
async function restsOn (tx: Tx, row: OpRow, later: OpRow[]): Promise<boolean> {
  if (await tx.objectStore('records').get([row.unit, row.record])) return false
  const before = await tx.objectStore('ops').index('record').getAll([row.unit, row.record])
  if (before.some(other => other.series < row.series || (other.series === row.series && other.n < row.n))) return false
  const points = (op: Op): boolean => op.record === row.record || JSON.stringify(op).includes(row.record)
  return later.some(other => points(other.op))
}

/** The person has seen to a rejected op, or to the suspicion of a duplicate that its verdict tells. */
export async function settle (book: Book, id: string): Promise<void> {
  await change(book.db, async tx => {
    const touched = new Map<string, Set<string>>()
    await settleRow(tx, id, touched)
    for (const [unit, ids] of touched) await refreshRows(tx, book.context, unit, ids)
  })
  book.changed()
}

async function settleRow (tx: Tx, id: string, touched: Map<string, Set<string>>): Promise<void> {
  const row = await tx.objectStore('ops').index('id').get(id)
  if (!row) return
  await tx.objectStore('ops').put({ ...row, settled: true })
  note(touched, row.unit, row.record)
}

/**
 * The id for a new record: the one that two phones both arrive at where a campaign gives one gift to each
 * household, else a new one.
 */
export async function newRecord (book: Book, unit: string, kind: string, set: Fields): Promise<string> {
  const campaign = kind === 'gift' ? pointer(set.campaign as Ref | undefined) : undefined
  const household = kind === 'gift' ? pointer(set.household as Ref | undefined) : undefined
  if (campaign && household) {
    const found = await book.db.get('records', [campaign.unit ?? unit, campaign.record])
    if (found?.fields.onePerHousehold === true) return await giftId(unit, campaign, household)
  }
  return newId(book.env.now())
}

function pointer (ref: Ref | undefined | null): { unit?: string, record: string } | undefined {
  return ref === undefined || ref === null ? undefined : typeof ref === 'string' ? { record: ref } : ref
}
