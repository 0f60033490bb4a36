// When an exchange with the server takes place. What happens in it is loaded when the first one begins: an app shows
// what is in this phone before that.
import { Book } from './book'
import { browserEnv, type Env } from './env'
import { withLock } from './locks'
import type { SyncEnd, SyncOptions } from './exchange'

export type { SyncEnd, SyncOptions } from './exchange'

/**
 * Sends what waits, then pulls, then sends photos. Another sender of the same person, in any tab or the worker, is
 * waited for and not skipped: what was saved since it began must leave too.
 */
export async function syncBook (book: Book, options: SyncOptions = {}): Promise<SyncEnd> {
  const { exchange } = await import('./exchange')
  return await withLock(book.sendLock, async () => await exchange(book, options))
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
  /** What failed here, as where the phone is full, is tried again as seldom as what failed on the way. */
  const plan = async (end: SyncEnd | undefined): Promise<void> => {
    clearTimeout(timer)
    if (stopped) return
    const failed = end === undefined || end === 'offline'
    failures = failed ? failures + 1 : 0
    const busy = end === 'busy' ? ((await book.get('net'))?.busyUntil ?? 0) - book.env.now() : 0
    const wait = end === 'busy' ? Math.max(1_000, busy) : failed ? retryMs[Math.min(failures, retryMs.length) - 1]! : everyMs
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
      const end = await running.catch(() => undefined)
      running = undefined
      await plan(end).catch(() => {}) // the database was closed: nothing is to be planned
    }
  }
  return { kick, stop: () => { stopped = true; clearTimeout(timer) } }
}
