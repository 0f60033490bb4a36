// Forms that are being filled in. A draft is never sent and never counted.
import type { Book } from './book'
import type { Fields } from './contract'
import { change } from './db'
import { newId } from './ids'
import { refreshRows } from './lines'
import { draftKey, type DraftRow } from './rows'

/**
 * Opens a form: resumes its draft, or begins one. The base is taken here and kept, whatever is pulled while the
 * form is open: it says what the person has seen.
 */
export async function openDraft (
  book: Book, what: { unit: string, kind: string, record?: string, set?: Fields, fresh?: boolean },
): Promise<{ draft: DraftRow, resumed: boolean }> {
  const key = draftKey(what.unit, what.kind, what.record)
  const kept = what.fresh ? undefined : await book.db.get('drafts', key)
  if (kept) return { draft: kept, resumed: true }
  const unit = await book.db.get('units', what.unit)
  const at = book.stamp()
  return {
    draft: {
      key, unit: what.unit, kind: what.kind, record: what.record ?? newId(book.env.now()), isNew: what.record === undefined,
      base: unit?.base ?? 0, set: what.set ?? {}, openedAt: at, changedAt: at,
    },
    resumed: false,
  }
}

/** Writes a draft down. Called on every input; durable before the camera opens. */
export async function keepDraft (book: Book, draft: DraftRow): Promise<void> {
  await change(book.db, async tx => {
    const first = await tx.objectStore('drafts').getKey(draft.key) === undefined
    await tx.objectStore('drafts').put({ ...draft, changedAt: book.stamp() })
    if (first && !draft.isNew) await refreshRows(tx, book.context, draft.unit, [draft.record])
  })
}

/** Throws a draft away, with the photos that only it held. */
export async function dropDraft (book: Book, key: string): Promise<void> {
  await change(book.db, async tx => {
    const draft = await tx.objectStore('drafts').get(key)
    if (!draft) return
    await tx.objectStore('drafts').delete(key)
    if (!draft.isNew) await refreshRows(tx, book.context, draft.unit, [draft.record])
  })
  book.changed()
}
