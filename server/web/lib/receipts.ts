import type { Book } from './book'
import { inOrder } from './lines'
import type { OpRow, ReceiptRow } from './rows'

/** The latest sendings with their signed notes, the newest first. */
export async function listReceipts (book: Book, limit = 10): Promise<ReceiptRow[]> {
  const found: ReceiptRow[] = []
  let cursor = await book.db.transaction('receipts').store.openCursor(null, 'prev')
  while (cursor && found.length < limit) {
    found.push(cursor.value)
    cursor = await cursor.continue()
  }
  return found
}

export interface Verdict { op: OpRow, receipt?: ReceiptRow }

/** What this phone wrote of a record, in its order, each with its verdict and the receipt of the sending that held it. */
export async function listVerdicts (book: Book, unit: string, record: string): Promise<Verdict[]> {
  const tx = book.db.transaction(['ops', 'receipts'])
  const ops = (await tx.objectStore('ops').index('record').getAll([unit, record])).sort(inOrder)
  if (ops.length === 0) return []
  const receipts = await tx.objectStore('receipts').getAll()
  return ops.map(op => {
    const receipt = receipts.find(r => r.unit === unit && r.at === op.ackAt && r.from <= op.n && op.n <= r.through)
    return receipt ? { op, receipt } : { op }
  })
}
