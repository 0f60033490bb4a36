import type { Book } from './book'
import { change } from './db'
import { inOrder } from './lines'

const day = 86_400_000
const keptOps = 90 * day
const keptPhotos = 30 * day
const keptDraftPhotos = 2 * day
const keptReceipts = 500

/** Once a day: drops what was acknowledged long ago. What is unsent is never touched. */
export async function prune (book: Book): Promise<void> {
  const now = book.env.now()
  const last = Date.parse(await book.get('pruned') ?? '')
  if (Math.abs(now - last) < day) return
  await change(book.db, async tx => {
    await tx.objectStore('meta').put(book.stamp(), 'pruned')
    const ops = tx.objectStore('ops')
    const old = (at: string | undefined, life: number): boolean => at !== undefined && now - Date.parse(at) > life
    // The last acknowledged op of each unit stays: it is what a pull asks a restored server by.
    const last = new Map<string, string>()
    const acked = (await ops.index('waiting').getAll(0)).sort(inOrder)
    for (const row of acked) last.set(row.unit, row.id)
    for (const row of acked) {
      const seen = row.settled || (row.result?.status !== 'rejected' && !row.unreadable)
      if (old(row.ackAt, keptOps) && seen && last.get(row.unit) !== row.id) await ops.delete([row.unit, row.series, row.n])
    }
    const drafts = JSON.stringify(await tx.objectStore('drafts').getAll())
    for (const photo of await tx.objectStore('photos').getAll()) {
      if (photo.state === 'sent' && old(photo.sentAt, keptPhotos)) await tx.objectStore('photoBytes').delete(photo.hash)
      if (photo.state === 'draft' && old(photo.addedAt, keptDraftPhotos) && !drafts.includes(photo.hash)) {
        await tx.objectStore('photoBytes').delete(photo.hash)
        await tx.objectStore('photos').delete(photo.hash)
      }
    }
    const receipts = await tx.objectStore('receipts').getAllKeys()
    for (const key of receipts.slice(0, Math.max(0, receipts.length - keptReceipts))) await tx.objectStore('receipts').delete(key)
  })
}
