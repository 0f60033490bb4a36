// Who the person is, which units they have, which forms there are: read now and then, kept for use offline.
import type { Book } from './book'
import type { Forms, Me, PersonName, Unit } from './contract'
import { change, ofUnit, type Tx } from './db'
import { refreshRows } from './lines'
import { withLock } from './locks'
import { hashesIn } from './marks'
import { ApiError } from './problem'
import type { PhotoRow, UnitRow } from './rows'

/** Reads the account, the units, the forms and the names, whatever of them has changed. */
export async function readInfo (book: Book): Promise<void> {
  const formsBefore = await book.get('formsTag')
  const [me, { units }, forms, names] = await Promise.all([
    book.api.json<Me>('GET', '/v1/me'), book.api.json<{ units: (Unit & { writable?: boolean })[] }>('GET', '/v1/units'),
    book.api.fresh<Forms>('/v1/forms', formsBefore), namesOf(book),
  ])
  await change(book.db, async tx => {
    const meta = tx.objectStore('meta')
    await meta.put(me, 'me')
    if (forms) {
      await meta.put(forms.value, 'forms')
      await meta.put(forms.tag, 'formsTag')
    }
    if (names) {
      await meta.put(names.value, 'names')
      await meta.put(names.tag, 'namesTag')
    }
    await keepUnits(tx, book, me, units)
  })
  await book.reload()
  if (forms) await reindex(book)
  await book.setNet({ lastInfo: book.stamp() })
}

async function namesOf (book: Book): Promise<{ value: PersonName[], tag: string | undefined } | undefined> {
  try {
    const got = await book.api.fresh<{ people: PersonName[] }>('/v1/people', await book.get('namesTag'))
    return got && { value: got.value.people, tag: got.tag }
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return undefined // a server without names
    throw error
  }
}

async function keepUnits (tx: Tx, book: Book, me: Me, units: (Unit & { writable?: boolean })[]): Promise<void> {
  const store = tx.objectStore('units')
  const leaving = new Map((me.leaving ?? []).map(l => [l.unit, l.until]))
  const pushes = me.user.permissions.includes('pushBatch')
  const listed = new Set(units.map(u => u.id))
  const told = units.some(u => u.writable !== undefined) // an older server does not say
  for (const u of units) {
    const before = await store.get(u.id)
    const own = me.user.role === 'collector' ? me.user.units.includes(u.id) : true
    const writes = pushes && (told ? u.writable === true : own)
    await store.put({ ...blankUnit, ...before, unit: u.id, name: u.name, level: u.level, writes, leaving: undefined, ...(writes ? { stopped: undefined } : {}) })
  }
  const kept = new Set([...await waitingPhotos(tx), ...await tx.objectStore('ops').index('waiting').getAll(1), ...await tx.objectStore('drafts').getAll()].map(row => row.unit))
  for (const row of await store.getAll()) {
    if (listed.has(row.unit)) continue
    const until = leaving.get(row.unit)
    if (kept.has(row.unit)) {
      const stopped = until ? undefined : row.stopped ?? { code: 'not-found', message: '', at: book.stamp() }
      await store.put({ ...row, leaving: until, stopped, writes: until !== undefined })
    } else await forget(tx, row.unit)
  }
}

const blankUnit: Omit<UnitRow, 'unit' | 'name' | 'level' | 'writes'> = { base: 0, series: 1, n: 0, pushedSeq: 0, progress: 0 }

/** Drops a unit that takes nothing from this person any more with all that waits for it, once that has arrived by a file. */
export async function letGo (book: Book, unit: string): Promise<void> {
  await withLock(book.sendLock, async () => {
    await change(book.db, async tx => {
      const row = await tx.objectStore('units').get(unit)
      if (!row?.stopped || row.writes) return
      for (const photo of await waitingPhotos(tx)) if (photo.unit === unit) await dropOrMove(tx, photo)
      await forget(tx, unit)
    })
  })
  book.changed()
}

const waitingPhotos = async (tx: Tx): Promise<PhotoRow[]> => await tx.objectStore('photos').index('state').getAll('waiting')

/** The same picture may stand in a record of another unit too: then it is sent there. */
async function dropOrMove (tx: Tx, photo: PhotoRow): Promise<void> {
  const others = [...await tx.objectStore('ops').getAll(), ...await tx.objectStore('drafts').getAll()]
  const other = others.find(row => row.unit !== photo.unit && hashesIn(('op' in row ? row.op.set : row.set) ?? {}).includes(photo.hash))
  if (other) {
    await tx.objectStore('photos').put({ ...photo, unit: other.unit, url: undefined, offset: 0, state: 'op' in other ? 'waiting' : 'draft' })
    return
  }
  await tx.objectStore('photos').delete(photo.hash)
  await tx.objectStore('photoBytes').delete(photo.hash)
}

/** A unit that is the person's no more, of which nothing is left to send or to finish: its records leave the phone. */
async function forget (tx: Tx, unit: string): Promise<void> {
  for (const name of ['records', 'incoming', 'rows', 'ops'] as const) await tx.objectStore(name).delete(ofUnit(unit))
  for (const draft of await tx.objectStore('drafts').getAll()) {
    if (draft.unit === unit) await tx.objectStore('drafts').delete(draft.key)
  }
  await tx.objectStore('units').delete(unit)
}

/** Makes every row again, because forms say now what is searched and shown. */
export async function reindex (book: Book): Promise<void> {
  const units = await book.db.getAllKeys('units')
  for (const unit of units) {
    const ids = new Set((await book.db.getAllKeys('records', ofUnit(unit))).map(key => key[1]))
    for (const op of await book.db.getAll('ops', ofUnit(unit))) ids.add(op.record)
    const all = [...ids]
    for (let i = 0; i < all.length; i += 500) {
      await change(book.db, async tx => { await refreshRows(tx, book.context, unit, all.slice(i, i + 500)) })
    }
  }
  book.changed()
}
