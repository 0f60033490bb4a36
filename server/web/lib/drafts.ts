// Forms that are being filled in. A draft is never sent and never counted.
import type { Book } from './book'
import type { Fields } from './contract'
import { change } from './db'
import { newId } from './ids'
import { refreshRows } from './lines'
import { hashesIn } from './marks'
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

/**
 * Takes a new record that is being filled in to another unit, with its photos. What it points to in its own unit stays
 * behind, and is put back when it returns. A form that is being filled in there stays as it is, and so does this one.
 */
export async function moveDraft (book: Book, draft: DraftRow, unit: string): Promise<void> {
  const key = draftKey(unit, draft.kind, undefined)
  const ids = new Set((book.form(draft.kind)?.fields ?? []).filter(f => f.type === 'reference').map(f => f.name))
  const own = ([name, value]: [string, unknown]): boolean => ids.has(name) && typeof value === 'string'
  const all = Object.entries(draft.set)
  const set = { ...draft.left?.[unit], ...Object.fromEntries(all.filter(entry => !own(entry))) } as Fields
  const left = { ...draft.left, [draft.unit]: Object.fromEntries(all.filter(own)) as Fields }
  await change(book.db, async tx => {
    const drafts = tx.objectStore('drafts'), photos = tx.objectStore('photos')
    if (await drafts.getKey(key) !== undefined) return
    await drafts.delete(draft.key)
    await drafts.put({ ...draft, key, unit, set, left, base: (await tx.objectStore('units').get(unit))?.base ?? 0, changedAt: book.stamp() })
    for (const hash of hashesIn(set)) {
      const photo = await photos.get(hash)
      if (photo?.state === 'draft') await photos.put({ ...photo, unit, url: undefined, offset: 0 })
    }
  })
}

/** Throws a draft away. The photos that only it held go when old data is cleared. */
export async function dropDraft (book: Book, key: string): Promise<void> {
  await change(book.db, async tx => {
    const draft = await tx.objectStore('drafts').get(key)
    if (!draft) return
    await tx.objectStore('drafts').delete(key)
    if (!draft.isNew) await refreshRows(tx, book.context, draft.unit, [draft.record])
  })
  book.changed()
}
