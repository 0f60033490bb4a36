// One exchange with the server: what waits leaves, what is new comes, then photos go.
import type { Book } from './book'
import { sendPhotos } from './files'
import { readInfo } from './info'
import { ApiError, OfflineError } from './problem'
import { prune } from './prune'
import { probe, pushUnit, type PushEnd } from './push'
import { pullUnit, type PullEnd } from './pull'
import { countUnsent, unsentHeader } from './unsent'
import { isPulled, type UnitRow } from './rows'

export type SyncEnd = 'done' | 'offline' | 'busy' | 'session' | 'forked'

export interface SyncOptions {
  push?: boolean
  pull?: boolean
  photos?: boolean
  /** Also asks units that refused before, and does not wait for a busy server: the person has pressed the button. */
  force?: boolean
}

const infoAge = 12 * 3_600_000

/** Runs one exchange. The caller holds the send lock. */
export async function exchange (book: Book, options: SyncOptions): Promise<SyncEnd> {
  book.api.unsent ??= async bringing => await unsentHeader(book, bringing)
  try {
    return await inOrder(book, options)
  } catch (error) {
    if (error instanceof OfflineError) {
      await book.setNet({ offline: true })
      return 'offline'
    }
    if (error instanceof ApiError) return await endOf(book, error)
    throw error
  } finally {
    book.progress({ what: 'idle', done: 0, total: 0 })
  }
}

async function endOf (book: Book, error: ApiError): Promise<SyncEnd> {
  if (error.status !== 429 && error.status < 500) return 'session'
  await book.setNet({ busyUntil: book.env.now() + (error.retryAfter ?? 60) * 1000 })
  return 'busy'
}

async function inOrder (book: Book, options: SyncOptions): Promise<SyncEnd> {
  const { push = true, pull = true, photos = true, force = false } = options
  await book.reload()
  const session = await book.get('session')
  if (!session?.access || session.refused) return 'session'
  const net = await book.get('net')
  if (!force && net?.busyUntil !== undefined && net.busyUntil > book.env.now()) return 'busy'
  const old = net?.lastInfo === undefined || Math.abs(book.env.now() - Date.parse(net.lastInfo)) > infoAge
  if (old || force) await readInfo(book)
  let end: SyncEnd = 'done'
  if (push && !net?.forked) end = await pushAll(book, force)
  else if (net?.forked) end = 'forked'
  if (pull && (end === 'done' || end === 'forked')) end = await pullAll(book, end, force)
  if (end === 'done' && (await book.get('net'))?.forked) end = 'forked' // the pull has found that an earlier epoch is lost
  // A restored server gets what it lacks as soon as it was read; what was saved meanwhile leaves too.
  if (push && end === 'done' && (await countUnsent(book)).ops > 0) end = await pushAll(book, false)
  if (photos && end === 'done') await sendPhotos(book)
  await prune(book)
  return end
}

async function pushAll (book: Book, force: boolean): Promise<SyncEnd> {
  const { ops } = await countUnsent(book)
  let done = 0
  for (const unit of await book.db.getAll('units')) {
    if (unit.stopped && !force) continue
    if (ops > 0) book.progress({ what: 'ops', unit: unit.unit, done, total: ops })
    const end: PushEnd = await pushUnit(book, unit.unit, sent => {
      done += sent
      book.progress({ what: 'ops', unit: unit.unit, done, total: Math.max(ops, done) })
    })
    if (end !== 'done' && end !== 'stopped') return end
  }
  return 'done'
}

/** The commune's campaigns come first, then the villages: from then on gifts can be recorded. */
const pullOrder = (a: UnitRow, b: UnitRow): number => Number(a.level === 'village') - Number(b.level === 'village')

async function pullAll (book: Book, before: SyncEnd, force: boolean): Promise<SyncEnd> {
  const units = (await book.db.getAll('units')).filter(isPulled).sort(pullOrder)
  const unchanged: string[] = []
  for (const [at, { unit }] of units.entries()) {
    if (unchanged.includes(unit)) continue
    if (before === 'done') {
      const end = await probe(book, unit)
      if (end === 'more') await pushUnit(book, unit)
      else if (end !== 'done' && end !== 'stopped') return end
    }
    const later = force ? [] : units.slice(at + 1)
    let end: PullEnd, tries = 0
    do end = await pullUnit(book, unit, later, unchanged)
    while (end === 'diverged' && ++tries < 3)
    if (end === 'gone') await readInfo(book)
    if (end === 'offline' || end === 'busy' || end === 'session') return end
  }
  return before
}
