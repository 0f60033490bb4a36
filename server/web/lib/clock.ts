// How far this device's clock is off. Days of events are chosen by people; a clock that is off is only told.
import type { Book } from './book'
import { dayOf } from './days'

export interface ClockState {
  /** The server's clock minus this one, in milliseconds. */
  skew: number
  /** When that was measured, by the server's clock. */
  at: number
  /** The latest time ever known, of either clock when it was right. */
  latest: number
}

/** From here on a clock counts as wrong; openapi.yaml names the same limit. */
const tolerated = 10 * 60_000

export interface ClockReading {
  /** Positive: this device is behind. */
  skewSeconds: number
  /** It differs by more than ten minutes, or shows a time before one that has been. */
  wrong: boolean
  /** By how many seconds it shows a time before the latest known one; 0 if not. */
  behindSeconds: number
}

/** Takes note of the server's clock, and writes it down when that says something new. */
export async function noteClock (book: Book, server: number, here: number): Promise<void> {
  try {
    const before = await book.get('clock')
    const skew = server - here
    if (before && Math.abs(before.skew - skew) < 5_000 && server - before.at < 3_600_000) return
    await book.put('clock', { skew, at: server, latest: Math.max(before?.latest ?? 0, server) })
    if (!before || (Math.abs(before.skew) > tolerated) !== (Math.abs(skew) > tolerated)) book.changed()
  } catch { /* the database is closing: the next answer tells it again */ }
}

export async function readClock (book: Book): Promise<ClockReading> {
  const state = await book.get('clock')
  const now = book.env.now()
  if (!state) return { skewSeconds: 0, wrong: false, behindSeconds: 0 }
  const behind = Math.max(0, state.latest - now)
  // A clock that was set since the measurement shows by running behind what was known.
  const skew = behind > Math.abs(state.skew) + tolerated ? behind : state.skew
  return {
    skewSeconds: Math.round(skew / 1000),
    wrong: Math.abs(skew) > tolerated || behind > tolerated,
    behindSeconds: Math.round(behind / 1000),
  }
}

/** Today, as far as it is known: where this clock is off, by the server's. What a person dates is theirs to choose. */
export async function knownToday (book: Book): Promise<{ day: string, wrong: boolean }> {
  const { skewSeconds, wrong } = await readClock(book)
  return { day: wrong ? dayOf(book.env.now() + skewSeconds * 1000) : book.today(), wrong }
}
