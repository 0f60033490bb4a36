// What screens read. Lists come from the rows alone; a record is put together when it is opened.
import type { Book } from './book'
import { snapshot } from './db'
import { gather, shownOf } from './lines'
import type { DraftRow, MarkCode, OpRow, Row, Shown } from './rows'
import { listDrafts, listRejected } from './unsent'

/** The rows of a unit, a kind, or both, in the order of names. */
export async function listRows (book: Book, which: { unit?: string, kind?: string } = {}): Promise<Row[]> {
  const { unit, kind } = which
  const rows = unit !== undefined && kind !== undefined
    ? await book.db.getAllFromIndex('rows', 'unitKind', [unit, kind])
    : kind !== undefined
      ? await book.db.getAllFromIndex('rows', 'kind', kind)
      : await book.db.getAll('rows', unit === undefined ? undefined : IDBKeyRange.bound([unit], [unit, []]))
  return rows.sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : a.id < b.id ? -1 : 1))
}

/** The rows that point to a record: "household:<id>", "campaign:<id>". */
export async function rowsOf (book: Book, ref: string): Promise<Row[]> {
  return await book.db.getAllFromIndex('rows', 'refs', ref)
}

export async function getRow (book: Book, unit: string, id: string): Promise<Row | undefined> {
  return await book.db.get('rows', [unit, id])
}

export async function show (book: Book, unit: string, id: string): Promise<Shown | undefined> {
  const tx = snapshot(book.db)
  const e = await gather(tx, book.context, await tx.objectStore('units').get(unit), unit, id)
  return e && shownOf(e)
}

/** What waits for the person, of all rows. */
export async function todo (book: Book, all?: Row[]): Promise<{ returned: Row[], conflict: Row[], suspect: Row[], rejected: OpRow[], drafts: DraftRow[] }> {
  const rows = all ?? await book.db.getAll('rows')
  const writes = new Set((await book.db.getAll('units')).filter(u => u.writes).map(u => u.unit))
  const having = (code: MarkCode): Row[] => rows.filter(row => writes.has(row.unit) && row.marks.some(m => m.code === code))
  return {
    returned: having('returned'), conflict: having('conflict'), suspect: having('suspect'),
    rejected: await listRejected(book), drafts: await listDrafts(book),
  }
}
