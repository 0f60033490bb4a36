import type { Book } from './book'
import type { ReceiptRow } from './rows'

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
