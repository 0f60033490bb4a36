// Sends, then receives: one person's exchange with the server, and the clockwork that starts it.
import { Book } from './book'
import { browserEnv, type Env } from './env'
import { sendPhotos } from './files'
import { readInfo } from './info'
import { withLock } from './locks'
import { ApiError, OfflineError } from './problem'
import { prune } from './prune'
import { probe, pushUnit, type PushEnd } from './push'
import { pullUnit, type PullEnd } from './pull'
import { countUnsent, unsentHeader } from './unsent'
import type { UnitRow } from './rows'

export type SyncEnd = 'done' | 'offline' | 'busy' | 'session' | 'forked'

export interface SyncOptions {
  push?: boolean
  pull?: boolean
  photos?: boolean
  /** Also asks units that refused before, and does not wait for a busy server: the person has pressed the button. */
  force?: boolean
}

const infoAge = 12 * 3_600_000

/**
 * Sends what waits, then pulls, then sends photos. Another sender of the same person, in any tab or the worker, is
 * waited for and not skipped: what was saved since it began must leave too.
 */
export async function syncBook (book: Book, options: SyncOptions = {}): Promise<SyncEnd> {
  book.api.unsent ??= async () => await unsentHeader(book)
  return await withLock(book.sendLock, async () => {
    try {
      return await exchange(book, options)
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
  })
}

async function endOf (book: Book, error: ApiError): Promise<SyncEnd> {
  if (error.status !== 429 && error.status < 500) return 'session'
  await book.setNet({ busyUntil: book.env.now() + (error.retryAfter ?? 60) * 1000 })
  return 'busy'
}

async function exchange (book: Book, options: SyncOptions): Promise<SyncEnd> {
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
  if (pull && (end === 'done' || end === 'forked')) end = await pullAll(book, end)
  // A restored server gets what it lacks as soon as it was read; what was saved meanwhile leaves too.
  if (push && end === 'done' && (await countUnsent(book)).ops > 0) end = await pushAll(book, false)
  if (photos && end === 'done') end = await sendPhotos(book)
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

async function pullAll (book: Book, before: SyncEnd): Promise<SyncEnd> {
  const units = (await book.db.getAll('units')).filter(u => !u.leaving && !u.stopped).sort(pullOrder)
  for (const unit of units) {
    if (before === 'done') {
      const end = await probe(book, unit.unit)
      if (end === 'more') await pushUnit(book, unit.unit)
      else if (end !== 'done' && end !== 'stopped') return end
    }
    let end: PullEnd = await pullUnit(book, unit.unit)
    if (end === 'diverged') end = await pullUnit(book, unit.unit)
    if (end === 'gone') await readInfo(book)
    if (end === 'offline' || end === 'busy' || end === 'session') return end
  }
  return before
}

/** Waits at the server for news of one unit, and stores them. For a screen that is looked at. */
export async function waitForNews (book: Book, unit: string, seconds: number, signal: AbortSignal): Promise<PullEnd> {
  return await pullUnit(book, unit, { wait: seconds, signal })
}

/** Sends and receives for everybody who is registered on this phone. */
export async function syncEverybody (users: string[], env: Env = browserEnv, options: SyncOptions = {}): Promise<Map<string, SyncEnd>> {
  const ends = new Map<string, SyncEnd>()
  for (const user of users) {
    const book = await Book.open(user, env)
    try {
      ends.set(user, await syncBook(book, options))
    } finally {
      book.close()
    }
  }
  return ends
}

export interface Clockwork {
  /** Something happened that makes an exchange worth while: a save, the network, the screen. */
  kick: (options?: SyncOptions) => Promise<SyncEnd>
  stop: () => void
}

const everyMs = 5 * 60_000
const retryMs = [15_000, 30_000, 60_000, 120_000, everyMs]

/** Exchanges every five minutes, sooner after a failure or when the server said when. */
export function startSyncing (book: Book, after: (end: SyncEnd) => void = () => {}): Clockwork {
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0, stopped = false
  let running: Promise<SyncEnd> | undefined, again: SyncOptions | undefined
  const plan = async (end: SyncEnd): Promise<void> => {
    clearTimeout(timer)
    if (stopped) return
    failures = end === 'offline' ? failures + 1 : 0
    const busy = end === 'busy' ? ((await book.get('net'))?.busyUntil ?? 0) - book.env.now() : 0
    const wait = end === 'busy' ? Math.max(1_000, busy) : end === 'offline' ? retryMs[Math.min(failures, retryMs.length) - 1]! : everyMs
    timer = setTimeout(() => { void kick() }, wait)
  }
  const kick = async (options?: SyncOptions): Promise<SyncEnd> => {
    if (running) {
      again = { ...again, ...options }
      return await running
    }
    running = (async () => {
      let end: SyncEnd
      do {
        again = undefined
        end = await syncBook(book, options)
        options = again
      } while (options && !stopped)
      return end
    })()
    try {
      const end = await running
      after(end)
      return end
    } finally {
      const end = await running.catch((): SyncEnd => 'busy')
      running = undefined
      await plan(end).catch(() => {}) // the database was closed: nothing is to be planned
    }
  }
  return { kick, stop: () => { stopped = true; clearTimeout(timer) } }
}
