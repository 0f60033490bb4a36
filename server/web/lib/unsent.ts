// What has not been sent, what the server did not take, and what is still being filled in.
import type { Bringing } from './api'
import type { Book } from './book'
import { inOrder } from './lines'
import type { DraftRow, OpRow } from './rows'

export interface Unsent {
  /** Saved changes: records with at least one op that has no verdict. */
  changes: number
  ops: number
  photos: number
  bytes: number
  /** For each unit its changes. */
  units: Map<string, number>
}

/** Counts what this phone still holds, from the outbox itself. */
export async function countUnsent (book: Book): Promise<Unsent> {
  const tx = book.db.transaction(['ops', 'photos'])
  const ops = await tx.objectStore('ops').index('waiting').getAll(1)
  const photos = await tx.objectStore('photos').index('state').getAll('waiting')
  const units = new Map<string, Set<string>>()
  for (const row of ops) units.set(row.unit, (units.get(row.unit) ?? new Set()).add(row.record))
  const sizes = new Map([...units].map(([unit, records]) => [unit, records.size]))
  return {
    changes: [...sizes.values()].reduce((a, b) => a + b, 0),
    ops: ops.length,
    photos: photos.length,
    bytes: ops.reduce((sum, row) => sum + row.size, 0) + photos.reduce((sum, row) => sum + row.size - row.offset, 0),
    units: sizes,
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
  const acked = await book.db.getAllFromIndex('ops', 'waiting', 0)
  return acked.filter(row => (row.result?.status === 'rejected' || row.unreadable) && !row.settled)
}

/** Forms that are being filled in, the newest first. */
export async function listDrafts (book: Book): Promise<DraftRow[]> {
  return (await book.db.getAll('drafts')).sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))
}
