// The sync line: which of its fourteen texts holds. Computed from the outbox and the last exchange.
import type { Book } from './book'
import { listen, type Progress } from './bus'
import { isPulled } from './rows'
import { countUnsent } from './unsent'

export interface Status {
  /** The row of the table that holds, 1 to 14; the texts are the app's. */
  row: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14
  /** Saved changes that are not sent; photos in row 13. In row 6 both are the unit's. */
  n: number
  photos: number
  /** Row 6: the unit's name, and its id. */
  unit?: string
  unitId?: string
  /** Row 7: it is read again as the person or another view wants it, and not because the server was restored. */
  again?: boolean
  /** Rows 8 and 9: how far it has come. */
  i?: number
  total?: number
  percent?: number
  /** Row 11: in how many seconds it is tried again. */
  seconds?: number
  /** Row 12: the last sending; row 14: the last receiving. ISO, absent where there was none. */
  at?: string
  /** Row 14: full days since the last receiving. */
  days?: number
  /** The line is to warn: nothing received for a week, or unsent for three days. */
  amber: boolean
}

/** Before the database has been read. */
export const unknown: Status = { row: 1, n: 0, photos: 0, amber: false }

const day = 86_400_000
const progresses = new Map<string, { progress: Progress, at: number }>()
const staleMs = 120_000 // longer than a request may take: a sender that says nothing for so long is dead
let listening = false

/** Begins to take notice of senders in other tabs and in the worker. */
export function watchProgress (prefix: string): void {
  if (listening) return
  listening = true
  listen(prefix, undefined, news => { if ('progress' in news) progresses.set(news.user, { progress: news.progress, at: Date.now() }) })
}

export function progressOf (user: string): Progress | undefined {
  const last = progresses.get(user)
  return last && Date.now() - last.at < staleMs && last.progress.what !== 'idle' ? last.progress : undefined
}

export async function readStatus (book: Book): Promise<Status> {
  watchProgress(book.env.prefix)
  const [unsent, net = {}, session, units] = await Promise.all([countUnsent(book), book.get('net'), book.get('session'), book.db.getAll('units')])
  const now = book.env.now()
  const n = unsent.changes
  const line = (row: Status['row'], more: Partial<Status> = {}): Status => ({ row, n, photos: unsent.photos, amber: false, ...more })
  if (net.full) return line(2)
  if (session?.refused?.status === 403) return line(3)
  if (session?.refused?.status === 426) return line(4)
  if (session?.refused || net.forked) return line(5)
  const stopped = units.find(u => u.stopped && unsent.units.has(u.unit))
  if (stopped) {
    const { changes, photos } = unsent.units.get(stopped.unit)!
    return line(6, { n: changes, photos, unit: stopped.name, unitId: stopped.unit })
  }
  const offline = net.offline === true || globalThis.navigator?.onLine === false // the browser knows before a request fails
  const wait = (net.busyUntil ?? 0) - now
  const afresh = units.filter(u => isPulled(u) && (u.rebuild ?? u.asked))
  if (afresh.length > 0 && !offline && wait <= 0) return line(7, { again: afresh.every(u => u.rebuild?.again) })
  const progress = progressOf(book.user)
  if (progress?.what === 'ops') return line(8, { i: Math.min(progress.done + 1, progress.total), total: progress.total })
  if (progress?.what === 'photos' && n === 0) {
    const percent = progress.total > 0 ? Math.floor(100 * progress.done / progress.total) : 0
    return line(9, { i: progress.i ?? 1, total: progress.n ?? unsent.photos, percent })
  }
  if (n > 0) return unsentLine()
  if (unsent.photos > 0) return line(13, { n: unsent.photos, at: net.lastPush })
  const days = net.lastPull === undefined ? 0 : Math.floor((now - Date.parse(net.lastPull)) / day)
  return line(14, { at: net.lastPull, days, amber: days > 7 })

  function unsentLine (): Status {
    if (offline) return line(10)
    if (wait > 0) return line(11, { seconds: Math.ceil(wait / 1000) })
    return line(12, { at: net.lastPush, amber: now - Date.parse(net.lastPush ?? '') > 3 * day })
  }
}
