// Reads what others wrote. Records and cursor are stored together, so that a kill costs one page at most.
import { endsSession } from './api'
import type { Book } from './book'
import { isGone, type Changes, type LedgerRecord } from './contract'
import { change, type Tx } from './db'
import { opsOf, refreshRows } from './lines'
import { ApiError, OfflineError } from './problem'
import { diverge, reread, swap } from './recovery'
import type { Head, UnitRow } from './rows'

export type PullEnd = 'done' | 'diverged' | 'gone' | 'offline' | 'busy' | 'session'

const pageSize = 500
const hour = 3_600_000
const maxNamed = 16 // as the contract has it
const firstPage = 100 // small, so that the first sync shows something soon on a slow link

/**
 * Pulls a unit until there is no more. The caller holds the send lock. Units that come later in the exchange are asked
 * about too: those that have nothing new go into unchanged.
 */
export async function pullUnit (book: Book, unit: string, later: UnitRow[], unchanged: string[]): Promise<PullEnd> {
  for (;;) {
    const row = await book.db.get('units', unit)
    if (!row) return 'gone'
    try {
      const page = await ask(book, row, later)
      const more = await store(book, row, page)
      book.progress({ what: 'pull', unit, done: page.seq, total: Math.max(page.tip?.seq ?? page.seq, page.seq) })
      if (!more) {
        unchanged.push(...page.unchanged ?? [])
        await book.setNet({ offline: false, busyUntil: undefined, lastPull: book.stamp() })
        return 'done'
      }
    } catch (error) {
      if (error instanceof OfflineError) {
        await book.setNet({ offline: true })
        return 'offline'
      }
      if (error instanceof ApiError) return await refusedPull(book, unit, error)
      throw error
    }
  }
}

async function ask (book: Book, unit: UnitRow, later: UnitRow[]): Promise<Changes> {
  const at = unit.rebuild ?? unit
  const query = new URLSearchParams({
    limit: String(at.cursor ? pageSize : firstPage),
    ...(at.cursor ? { after: String(at.cursor.seq), log: at.cursor.log, hash: at.cursor.hash } : {}),
    ...(at.cursor && at.view !== undefined ? { view: at.view } : {}),
    ...(at.tip ? { tipSeq: String(at.tip.seq), tipHash: at.tip.hash } : {}),
  })
  if (unit.asked && !unit.rebuild) {
    for (const head of unit.heads ?? []) if (head.log === at.cursor?.log) query.append('earlier', `${head.seq}:${head.hash}`)
  }
  let named = 0
  for (const { unit, cursor: c, view, tip, rebuild, pushedSeq, lastPull } of later) {
    // Its cursor is whole, nothing was sent to it since, and it was asked itself within the hour.
    const sure = c && view && !tip && !rebuild && c.seq >= pushedSeq && Math.abs(book.env.now() - Date.parse(lastPull ?? '')) < hour
    if (sure && ++named <= maxNamed) query.append('also', `${unit}:${c.log}:${c.seq}:${c.hash}:${view}`)
  }
  return await book.api.json<Changes>('GET', `/v1/units/${unit.unit}/changes?${query}`, { headers: await book.api.unsentHeader() })
}

/** Stores a page; false when it was the last. */
async function store (book: Book, asked: UnitRow, page: Changes): Promise<boolean> {
  const stored = await change(book.db, async tx => {
    const unit = await tx.objectStore('units').get(asked.unit)
    if (!unit || !sameCursor(unit, asked)) return undefined // another tab has pulled meanwhile: its page is as good
    const cursor: Head | undefined = page.seq > 0 ? { log: page.log, seq: page.seq, hash: page.hash } : undefined
    const tip = page.more ? page.tip : undefined
    const view = page.view as string | undefined // an older server names none
    const total = Math.max(page.tip?.seq ?? 0, page.seq)
    const progress = page.more && total > 0 ? page.seq / total : 1
    if (unit.rebuild) {
      await put(tx, 'incoming', asked.unit, page)
      const next: UnitRow = { ...unit, progress, rebuild: { ...unit.rebuild, cursor, tip, view } }
      if (page.more) await tx.objectStore('units').put(next)
      else await swap(tx, book, { ...next, cursor, view, tip: undefined, base: page.seq, lastPull: book.stamp(), heads: remember(unit.heads, cursor) })
      return page.more
    }
    const ids = await put(tx, 'records', asked.unit, page)
    const base = page.more ? unit.base : page.seq
    await tx.objectStore('units').put({
      ...unit, cursor, tip, view, progress, base, asked: undefined,
      ...(page.more ? {} : { lastPull: book.stamp(), heads: remember(unit.heads, cursor) }),
    })
    // What was acknowledged up to here is in the records now: its rows follow.
    if (base > unit.base) for (const id of await ackedBetween(tx, unit, base)) ids.add(id)
    await refreshRows(tx, book.context, asked.unit, ids)
    return page.more
  })
  if (page.records.length > 0 || stored === false) book.changed()
  return stored ?? page.more
}

const maxHeads = 24

/** Keeps few heads: densely at the end, ever sparser before it. */
function remember (heads: Head[] = [], head: Head | undefined): Head[] {
  if (!head) return []
  const kept = [...heads.filter(h => h.log === head.log && h.seq < head.seq), head]
  if (kept.length > maxHeads) {
    const gap = (i: number): number => (kept[i + 1]!.seq - kept[i - 1]!.seq) / (head.seq - kept[i]!.seq)
    let at = 1
    for (let i = 2; i < kept.length - 1; i++) if (gap(i) < gap(at)) at = i
    kept.splice(at, 1)
  }
  return kept
}

function sameCursor (a: UnitRow, b: UnitRow): boolean {
  const x = (a.rebuild ?? a).cursor, y = (b.rebuild ?? b).cursor
  return (a.rebuild === undefined) === (b.rebuild === undefined) && x?.seq === y?.seq && x?.hash === y?.hash
}

async function put (tx: Tx, name: 'records' | 'incoming', unit: string, page: Changes): Promise<Set<string>> {
  const ids = new Set<string>()
  for (const record of page.records) {
    ids.add(record.id)
    if (isGone(record)) await tx.objectStore(name).delete([unit, record.id])
    else {
      await tx.objectStore(name).put(record)
      await queueMissing(tx, record.missing)
      await blank(tx, unit, record)
    }
  }
  return ids
}

/** What was erased leaves the ops that are kept: a restored server must not get it from this phone. */
async function blank (tx: Tx, unit: string, record: LedgerRecord): Promise<void> {
  const fields = record.erased ?? []
  const said = Math.max(0, ...(record.comments ?? []).filter(c => c.erased).map(c => parseInt(c.dot ?? '0')))
  const noted = record.review?.erased ? parseInt(record.review.dot ?? '0') : 0
  if (fields.length === 0 && said === 0 && noted === 0) return
  for (const row of await opsOf(tx, unit, record.id)) {
    if (row.waiting === 1) continue // it may be newer than the erasure
    const op = { ...row.op }
    for (const [field, value] of Object.entries(op.set ?? {})) op.set = { ...op.set, [field]: blankValue(field, value, fields) }
    if (op.action === 'resolve') op.value = blankValue(op.field ?? '', op.value, fields)
    if (op.action === 'comment' && (row.ackSeq ?? 0) <= said) op.text = '-'
    if ((row.ackSeq ?? 0) <= noted) {
      if (op.action === 'review' && op.note !== undefined) op.note = '-'
      if (op.action === 'resolve' && op.field === '_review') op.value = blankMember(op.value, 'note')
    }
    if (JSON.stringify(op) !== JSON.stringify(row.op)) await tx.objectStore('ops').put({ ...row, op })
  }
}

/** A field's value without what was erased in it: all of it, or a member of a list's objects (`sources.name`). */
function blankValue (field: string, value: unknown, erased: string[]): unknown {
  if (value === undefined || value === null) return value
  if (erased.includes(field)) return null
  for (const name of erased) {
    const [list, member] = name.split('.')
    if (list === field && member !== undefined && Array.isArray(value)) value = value.map(item => blankMember(item, member))
  }
  return value
}

function blankMember (value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && member in value ? { ...value, [member]: '-' } : value
}

/** The server lacks photos that this phone still holds, as after a restored backup: they are sent again. */
async function queueMissing (tx: Tx, missing: string[] | undefined): Promise<void> {
  for (const hash of missing ?? []) {
    const photo = await tx.objectStore('photos').get(hash)
    if (photo?.state === 'sent' && await tx.objectStore('photoBytes').getKey(hash) !== undefined) {
      await tx.objectStore('photos').put({ ...photo, state: 'waiting', url: undefined, offset: 0, sentAt: undefined })
    }
  }
}

async function ackedBetween (tx: Tx, unit: UnitRow, base: number): Promise<string[]> {
  const acked = await tx.objectStore('ops').index('queue').getAll(IDBKeyRange.bound([unit.unit, unit.series, 0, 0], [unit.unit, unit.series, 0, Infinity]))
  return acked.filter(row => (row.ackSeq ?? 0) > unit.base && (row.ackSeq ?? 0) <= base).map(row => row.record)
}

async function refusedPull (book: Book, unit: string, error: ApiError): Promise<PullEnd> {
  if (error.code === 'log-diverged') {
    if (await diverge(book, unit, error.problem)) return 'diverged'
    await book.setNet({ forked: { code: error.code, message: error.problem.message } })
    return 'diverged'
  }
  if (error.code === 'view-changed') { // what is not seen any more leaves with the swap
    await reread(book, unit)
    return 'diverged'
  }
  if (endsSession(error) || error.status === 401) return 'session'
  if (error.status === 404 || error.status === 403) return 'gone'
  await book.setNet({ busyUntil: book.env.now() + (error.retryAfter ?? 60) * 1000 })
  return 'busy'
}
