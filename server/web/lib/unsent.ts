// What has not been sent, what the server did not take, and what is still being filled in.
import type { Bringing } from './api'
import type { Book } from './book'
import { inOrder } from './lines'
import { rejectedOps } from './marks'
import type { DraftRow, OpRow } from './rows'

export interface Unsent {
  /** Saved changes: records with at least one op that has no verdict. */
  changes: number
  ops: number
  photos: number
  bytes: number
  /** What of that is each unit's. */
  units: Map<string, { changes: number, photos: number }>
}

/** Counts what this phone still holds, from the outbox itself. */
export async function countUnsent (book: Book): Promise<Unsent> {
  const tx = book.db.transaction(['ops', 'photos'])
  const [ops, photos] = await Promise.all([tx.objectStore('ops').index('waiting').getAll(1), tx.objectStore('photos').index('state').getAll('waiting')])
  const records = new Map<string, Set<string>>()
  for (const row of ops) records.set(row.unit, (records.get(row.unit) ?? new Set()).add(row.record))
  const units = new Map([...records.keys(), ...photos.map(photo => photo.unit)].map(unit => [unit, {
    changes: records.get(unit)?.size ?? 0, photos: photos.filter(photo => photo.unit === unit).length,
  }]))
  return {
    changes: [...units.values()].reduce((sum, unit) => sum + unit.changes, 0),
    ops: ops.length,
    photos: photos.length,
    bytes: ops.reduce((sum, row) => sum + row.size, 0) + photos.reduce((sum, row) => sum + row.size - row.offset, 0),
    units,
  }
}

/** What the header Sothon-Unsent tells the commune: how much has not arrived yet, once this request has. */
export async function unsentHeader (book: Book, { ops: now = 0, photos: sent = 0 }: Bringing = {}): Promise<string> {
  const { ops, photos } = await countUnsent(book)
  return `${Math.max(ops - now, 0)};photos=${Math.max(photos - sent, 0)}`
}

/** Ops without a verdict, in the order in which they leave. */
export async function listUnsent (book: Book): Promise<OpRow[]> {
  return (await book.db.getAllFromIndex('ops', 'waiting', 1)).sort((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : inOrder(a, b)))
}

export async function listRejected (book: Book): Promise<OpRow[]> {
  return rejectedOps(await book.db.getAllFromIndex('ops', 'waiting', 0))
}

/** Forms that are being filled in, the newest first. */
export async function listDrafts (book: Book): Promise<DraftRow[]> {
  return (await book.db.getAll('drafts')).sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))
}
