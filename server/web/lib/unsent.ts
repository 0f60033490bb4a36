import type { Book } from './book'

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

/** What the header Sothon-Unsent tells the commune: how much has not arrived yet. */
export async function unsentHeader (book: Book): Promise<string> {
  const { ops, photos } = await countUnsent(book)
  return `${ops};photos=${photos}`
}
