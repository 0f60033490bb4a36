// Sends the outbox. Every row of the table "Push" in openapi.yaml has its behaviour here.
import { endsSession } from './api'
import type { Book } from './book'
import type { Op, PushResponse } from './contract'
import { change, type Tx } from './db'
import { gzip } from './gzip'
import { refreshRows } from './lines'
import { splitEdit } from './outbox'
import { ApiError, OfflineError } from './problem'
import { diverge, gap, settleDevices, settleDoubt } from './recovery'
import { isPulled, type Flight, type OpRow, type UnitRow } from './rows'

/** Why sending ended: all is sent, this unit cannot, or nobody can for now. */
export type PushEnd = 'done' | 'stopped' | 'offline' | 'busy' | 'session' | 'forked'

const safeOps = 200        // an answer for more takes minutes on a slow link, and a lost one costs all of it
const safeBytes = 262_144
const quickMs = 15_000
const dayMs = 86_400_000
const harmlessCodes = new Set(['malformed', 'too-large'])

/** Sends all that waits in a unit. The caller holds the send lock. */
export async function pushUnit (book: Book, unit: string, sent?: (ops: number) => void): Promise<PushEnd> {
  for (;;) {
    const row = await book.db.get('units', unit)
    if (!row || (isPulled(row) && (row.rebuild || row.asked))) return 'done' // a restored server gets the ops after it was read afresh
    if ((await book.get('net'))?.unknown) {
      await settleDevices(book)
      continue
    }
    if (!await settleDoubt(book, row)) return await forked(book, 'epoch-lost', '')
    const flight = await takeOff(book, unit)
    if (!flight) return 'done'
    const end = await sendFlight(book, flight)
    if (end !== 'more') return end
    sent?.(flight.ops.length)
  }
}

interface Loaded { unit: UnitRow, flight: Flight, ops: OpRow[] }

/**
 * The batch to send: the one without an answer as it was, else the next. Its ops are marked as tried before they
 * leave, because from then on the server may have them.
 */
async function takeOff (book: Book, unitId: string): Promise<Loaded | undefined> {
  return await change(book.db, async tx => {
    const unit = (await tx.objectStore('units').get(unitId))!
    const ops = tx.objectStore('ops')
    if (unit.flight) {
      const { series, from, through } = unit.flight
      const again = await ops.getAll(IDBKeyRange.bound([unitId, series, from], [unitId, series, through]))
      if (again.length === through - from + 1) return { unit, flight: unit.flight, ops: again }
    }
    const limits = book.forms?.limits
    const alone = (unit.single ?? 0) > 0
    const maxOps = alone ? 1 : Math.min(limits?.maxOps ?? safeOps, safeOps, unit.slow ?? Infinity)
    const maxBytes = Math.min((limits?.maxBytes ?? safeBytes) * 0.9, safeBytes)
    const waiting = await ops.index('queue').getAll(IDBKeyRange.bound([unitId, unit.series, 1, 0], [unitId, unit.series, 1, Infinity]), maxOps)
    const batch: OpRow[] = []
    let bytes = 0
    for (const row of waiting) {
      if (batch.length > 0 && bytes + row.size > maxBytes) break
      batch.push(row)
      bytes += row.size + 1
    }
    if (batch.length === 0) {
      if (unit.flight) await tx.objectStore('units').put({ ...unit, flight: undefined })
      return undefined
    }
    return await fly(tx, unit, batch)
  })
}

async function fly (tx: Tx, unit: UnitRow, batch: OpRow[]): Promise<Loaded> {
  const flight: Flight = {
    series: unit.series, from: batch[0]!.n, through: batch.at(-1)!.n,
    ...(unit.cursor ? { head: unit.cursor } : {}),
  }
  const ops = batch.map(row => ({ ...row, tried: true }))
  for (const [i, row] of ops.entries()) if (!batch[i]!.tried) await tx.objectStore('ops').put(row)
  const next = { ...unit, flight }
  await tx.objectStore('units').put(next)
  return { unit: next, flight, ops }
}

async function sendFlight (book: Book, loaded: Loaded): Promise<PushEnd | 'more'> {
  const start = book.env.now()
  try {
    const answer = await post(book, loaded)
    await land(book, loaded, answer, book.env.now() - start < quickMs)
    return 'more'
  } catch (error) {
    if (error instanceof OfflineError) {
      await book.setNet({ offline: true })
      return 'offline'
    }
    if (error instanceof ApiError) return await refusedFlight(book, loaded, error)
    throw error
  }
}

/** Sends one batch. What is not a well-formed answer to just this batch counts as none. */
async function post (book: Book, { unit, flight, ops }: Loaded): Promise<PushResponse> {
  const device = book.me?.device
  if (!device) throw new OfflineError('no device yet')
  const text = JSON.stringify({
    device: device.id, epoch: device.epoch, from: flight.from, ...(flight.head ? { head: flight.head } : {}), ops: ops.map(row => row.op),
  })
  const packed = await book.get('plain') ? undefined : await gzip(text)
  const answer = await book.api.json<PushResponse>('POST', `/v1/units/${unit.unit}/batches`, {
    body: packed ?? text,
    headers: { 'Content-Type': 'application/json', ...(packed ? { 'Content-Encoding': 'gzip' } : {}), ...await book.api.unsentHeader({ ops: ops.filter(row => row.waiting === 1).length }) },
  })
  if (answer.results?.length !== ops.length || answer.results.some((r, i) => r.n !== ops[i]!.n) || answer.through < flight.through) {
    throw new OfflineError('a foreign answer')
  }
  return answer
}

/** Stores the verdicts and the receipt. Committed: from here on the ops count as sent. */
async function land (book: Book, { unit, flight, ops }: Loaded, answer: PushResponse, quick: boolean): Promise<void> {
  await change(book.db, async tx => {
    const at = book.stamp()
    for (const [i, row] of ops.entries()) {
      const now = await tx.objectStore('ops').index('id').get(row.id) ?? row // the person may have seen to it meanwhile
      await tx.objectStore('ops').put({ ...now, waiting: 0, result: answer.results[i]!, ackSeq: answer.seq, ackAt: at })
    }
    const now = (await tx.objectStore('units').get(unit.unit))!
    await tx.objectStore('units').put({
      ...now, flight: undefined, stopped: undefined, ...(quick ? { slow: undefined } : {}), lastPush: at, single: (now.single ?? 0) > flight.through ? now.single : undefined, pushedSeq: Math.max(now.pushedSeq, answer.seq),
    })
    const count = (status: string): number => answer.results.filter(r => r.status === status).length
    await tx.objectStore('receipts').add({
      unit: unit.unit, from: flight.from, through: flight.through, at, seq: answer.seq, note: answer.receipt,
      accepted: count('accepted'), conflict: count('conflict'), duplicate: count('duplicate'), rejected: count('rejected'),
    })
    await refreshRows(tx, book.context, unit.unit, ops.map(row => row.record))
  })
  await book.setNet({ offline: false, busyUntil: undefined, lastPush: book.stamp() })
}

async function refusedFlight (book: Book, loaded: Loaded, error: ApiError): Promise<PushEnd | 'more'> {
  const unit = loaded.unit.unit
  switch (error.code) {
    case 'counter-gap':
      return await gap(book, loaded.unit, error.problem.expected ?? 1) ? 'more' : await forked(book, error.code, error.problem.message)
    case 'log-diverged':
      return await diverge(book, unit, error.problem) ? isPulled(loaded.unit) ? 'done' : 'more' : await forked(book, error.code, error.problem.message)
    case 'epoch-fenced':
    case 'device-forked':
    case 'counter-reuse':
      return await forked(book, error.code, error.problem.message)
  }
  if (endsSession(error)) return 'session'
  switch (error.status) {
    case 400: return await unreadable(book, loaded, error)
    case 408: return await tooSlow(book, loaded)
    case 413: return await tooLarge(book, loaded, error)
    case 415:
      if (await book.get('plain')) return await stop(book, unit, error)
      await book.put('plain', true)
      return 'more'
    case 429:
    case 503:
      await book.setNet({ offline: false, busyUntil: book.env.now() + (error.retryAfter ?? 30) * 1000 })
      return 'busy'
    case 401: return 'session'
    case 403:
    case 404: return await stop(book, unit, error)
  }
  // Another 5xx or an answer that no contract knows: nobody can say what became of the batch.
  await book.setNet({ busyUntil: book.env.now() + 60_000 })
  return 'busy'
}

/** What another copy that writes under this device is noticed by; the other codes want a fresh epoch alone. */
const byACopy = ['epoch-fenced', 'device-forked', 'counter-reuse']

/** This epoch is at its end. Where a fresh one did not part two copies within a day, a new device does. */
async function forked (book: Book, code: string, message: string): Promise<PushEnd> {
  const net = await book.get('net')
  const now = book.env.now()
  if (!byACopy.includes(code)) {
    await book.setNet({ forked: { code, message } })
    return 'forked'
  }
  const again = net?.forked?.again ?? (net?.forkedAt !== undefined && now - net.forkedAt < dayMs)
  await book.setNet({ forked: { code, message, again }, forkedAt: now })
  return 'forked'
}

/** This unit takes nothing from this person any more; its ops are kept, and the others go on. */
async function stop (book: Book, unit: string, error: ApiError): Promise<PushEnd> {
  await change(book.db, async tx => {
    const row = await tx.objectStore('units').get(unit)
    if (row) await tx.objectStore('units').put({ ...row, stopped: { code: error.code, message: error.problem.message, at: book.stamp() } })
  })
  book.changed()
  return 'stopped'
}

/** Sends a shorter flight next time. Nothing of the one before was taken. */
async function cut (book: Book, { unit, ops }: Loaded, keep: number, single?: number): Promise<void> {
  await change(book.db, async tx => {
    const now = (await tx.objectStore('units').get(unit.unit))!
    await fly(tx, { ...now, single }, ops.slice(0, keep))
  })
}

/** 400: one by one. An op that cannot be read even alone gives its counter to a harmless one, and is kept. */
async function unreadable (book: Book, loaded: Loaded, error: ApiError): Promise<'more'> {
  if (loaded.ops.length > 1) await cut(book, loaded, 1, loaded.flight.through)
  else await replace(book, loaded.ops[0]!, error)
  return 'more'
}

/** 408: the line is too slow for so much at once. Batches stay small until one has gone through quickly. */
async function tooSlow (book: Book, loaded: Loaded): Promise<PushEnd | 'more'> {
  const half = Math.ceil(loaded.ops.length / 2)
  if (loaded.ops.length > 1) {
    await change(book.db, async tx => {
      const unit = (await tx.objectStore('units').get(loaded.unit.unit))!
      await fly(tx, { ...unit, slow: half }, loaded.ops.slice(0, half))
    })
    return 'more'
  }
  await book.setNet({ busyUntil: book.env.now() + 60_000 })
  return 'busy'
}

async function tooLarge (book: Book, loaded: Loaded, error: ApiError): Promise<'more'> {
  const named = loaded.ops.find(row => row.n === error.problem.n) ?? (loaded.ops.length === 1 ? loaded.ops[0] : undefined)
  if (!named) await cut(book, loaded, Math.ceil(loaded.ops.length / 2))
  else if (!await divide(book, named, error.problem.maxBytes)) await replace(book, named, error)
  return 'more'
}

/**
 * Writes a too large op again as several under its counter and new ones behind it; later counters move up. None of
 * them can be in the ledger: no batch that held this op was ever taken.
 */
async function divide (book: Book, row: OpRow, limit: number | undefined): Promise<boolean> {
  const parts = splitEdit(row.op, Math.min(limit ?? Infinity, Math.ceil(row.size * 0.6)))
  if (!parts) return false
  await change(book.db, async tx => {
    const ops = tx.objectStore('ops')
    const unit = (await tx.objectStore('units').get(row.unit))!
    const later = await ops.getAll(IDBKeyRange.bound([row.unit, row.series, row.n + 1], [row.unit, row.series, Infinity]))
    const more = parts.length - 1
    for (const other of later.reverse()) {
      await ops.delete([other.unit, other.series, other.n])
      await ops.add({ ...other, n: other.n + more, op: { ...other.op, n: other.n + more } })
    }
    for (const [i, part] of parts.entries()) {
      const n = row.n + i
      const op: Op = { ...part, n }
      await ops.put({ ...row, id: i === 0 ? row.id : `${row.id}/${i}`, n, op, size: Math.ceil(row.size / parts.length), tried: false })
    }
    await tx.objectStore('units').put({ ...unit, n: unit.n + more, flight: undefined })
  })
  return true
}

/** Puts a harmless op under the counter, so that one bad record never blocks the others. The person sees the real one. */
async function replace (book: Book, row: OpRow, error: ApiError): Promise<void> {
  if (!harmlessCodes.has(error.code)) throw error
  await change(book.db, async tx => {
    const { n, record, kind, base, at } = row.op
    const op: Op = row.unreadable ? { n } as Op : { n, record, kind, action: 'edit', base, at, set: {} }
    await tx.objectStore('ops').put({
      ...row, op, unreadable: row.unreadable ?? { op: row.op, code: error.code, message: error.problem.message },
    })
    const unit = (await tx.objectStore('units').get(row.unit))!
    await tx.objectStore('units').put({ ...unit, flight: undefined })
    await refreshRows(tx, book.context, row.unit, [row.record])
  })
}

/** Sends the last acknowledged op again: a ledger that was restored to before it says so. */
export async function probe (book: Book, unitId: string): Promise<PushEnd | 'more'> {
  const unit = await book.db.get('units', unitId)
  if (!unit || unit.rebuild || unit.flight || (unit.cursor?.seq ?? 0) >= unit.pushedSeq) return 'done'
  const acked = IDBKeyRange.bound([unitId, unit.series, 0, 0], [unitId, unit.series, 0, Infinity])
  const last = (await book.db.transaction('ops').store.index('queue').openCursor(acked, 'prev'))?.value
  if (!last) return 'done'
  const flight: Flight = { series: unit.series, from: last.n, through: last.n, ...(unit.cursor ? { head: unit.cursor } : {}) }
  const loaded: Loaded = { unit, flight, ops: [last] }
  try {
    const answer = await post(book, loaded)
    await change(book.db, async tx => {
      const now = await tx.objectStore('ops').index('id').get(last.id)
      if (!now) return
      await tx.objectStore('ops').put({ ...now, result: answer.results[0]!, ackSeq: Math.max(now.ackSeq ?? 0, answer.seq) })
      await refreshRows(tx, book.context, unitId, [last.record])
    })
    return 'done'
  } catch (error) {
    if (error instanceof OfflineError) {
      await book.setNet({ offline: true })
      return 'offline'
    }
    if (!(error instanceof ApiError)) throw error
    if (error.status === 409 || error.status === 422 || error.status === 429 || error.status === 503 || endsSession(error)) {
      return await refusedFlight(book, loaded, error)
    }
    return 'done' // the pull meets the same, and decides
  }
}
