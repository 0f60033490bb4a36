// What keeps every record when the server was restored, or when this installation was copied.
import type { Book } from './book'
import type { Device, Problem } from './contract'
import { change, ofUnit, type Tx } from './db'
import { inOrder, refreshRows } from './lines'
import { ApiError } from './problem'
import { isPulled, type OpRow, type UnitRow } from './rows'

/**
 * 409 counter-gap: the ledger lacks ops from `expected` on. They wait again, the acknowledged ones too. False where
 * this phone no longer holds them all; then only new counters help.
 */
export async function gap (book: Book, unit: UnitRow, expected: number): Promise<boolean> {
  return await change(book.db, async tx => {
    const row = (await tx.objectStore('units').get(unit.unit))!
    const again = await opsFrom(tx, row, expected)
    if (again.length !== row.n - expected + 1) return false
    await resend(tx, again, undefined)
    await tx.objectStore('units').put({ ...row, flight: undefined, pushedSeq: row.cursor?.seq ?? 0, doubt: row.epochs !== undefined })
    await refreshRows(tx, book.context, row.unit, again.map(op => op.record))
    return true
  })
}

async function opsFrom (tx: Tx, unit: UnitRow, n: number): Promise<OpRow[]> {
  return await tx.objectStore('ops').getAll(IDBKeyRange.bound([unit.unit, unit.series, n], [unit.unit, unit.series, Infinity]))
}

async function resend (tx: Tx, ops: OpRow[], common: number | undefined): Promise<void> {
  for (const row of ops) {
    const base = common === undefined ? row.op.base : Math.min(row.op.base, common)
    await tx.objectStore('ops').put({
      ...row, op: { ...row.op, base }, waiting: 1, tried: true, result: undefined, ackSeq: undefined, ackAt: undefined,
    })
  }
}

/** What the ledger still has lies at or before its head, whatever an answer said when it had another one. */
async function lower (tx: Tx, unit: string, head: number): Promise<void> {
  for (const row of await tx.objectStore('ops').getAll(ofUnit(unit))) {
    if (row.waiting === 0 && (row.ackSeq ?? 0) > head) await tx.objectStore('ops').put({ ...row, ackSeq: head })
  }
}

/**
 * 409 log-diverged: the server was restored from a backup and goes on with another history. What is in this phone
 * keeps being shown while the ledger is pulled afresh beside it. First the server is asked how far the two are the
 * same, by the heads that were pulled before. False where only a new epoch goes on.
 */
export async function diverge (book: Book, unit: string, problem: Problem): Promise<boolean> {
  const common = problem.common ?? 0
  const goesOn = await change(book.db, async tx => {
    const row = (await tx.objectStore('units').get(unit))!
    if (common === 0 && isPulled(row) && !row.asked && !row.rebuild && row.cursor && row.heads?.length) {
      await tx.objectStore('units').put({ ...row, asked: true })
      return true
    }
    const again = await opsFrom(tx, row, problem.expected ?? 1)
    await resend(tx, again, common)
    await lower(tx, unit, problem.seq ?? common)
    for (const draft of await tx.objectStore('drafts').getAll()) {
      if (draft.unit === unit && draft.base > common) await tx.objectStore('drafts').put({ ...draft, base: common })
    }
    await tx.objectStore('incoming').delete(ofUnit(unit))
    await tx.objectStore('units').put({
      ...row, cursor: undefined, tip: undefined, flight: undefined, base: Math.min(row.base, common), pushedSeq: 0,
      rebuild: {}, progress: 0, asked: undefined, doubt: undefined, earlierSeq: undefined, heads: row.heads?.filter(head => head.seq <= common),
    })
    const lost = await lose(tx, book, unit, problem.epochs ?? [], common)
    await refreshRows(tx, book.context, unit, again.map(op => op.record))
    return lost
  })
  book.changed()
  return goesOn
}

type Epochs = { epoch: number, through: number }[]

/** How many epochs below its own the server reports to a device. Ops of older ones stay as they are. */
const reportedEpochs = 1000

/**
 * Finds what was acknowledged in earlier epochs of this device, and is not in the ledger any more. Its counters are
 * past: it gets new counters, before what was written after it, and where something of this epoch was sent only in the
 * next one. False then.
 */
async function lose (tx: Tx, book: Book, unitId: string, epochs: Epochs, common: number): Promise<boolean> {
  const unit = (await tx.objectStore('units').get(unitId))!
  const device = book.me?.device
  const lost: OpRow[] = []
  let tried = false
  for (const row of await tx.objectStore('ops').getAll(ofUnit(unitId))) {
    const of = unit.epochs?.[row.series]
    if (row.series === unit.series) tried ||= row.tried
    else if (row.waiting === 1) lost.push(row)
    else if (of?.id === device?.id && (of?.epoch ?? 0) + reportedEpochs >= (device?.epoch ?? 0) && !epochs.some(e => e.epoch === of?.epoch && row.n <= e.through)) lost.push(row)
  }
  await resend(tx, lost, common)
  if (lost.length === 0) return true
  if (tried) return false
  await renumber(tx, unit, undefined)
  await refreshRows(tx, book.context, unitId, lost.map(row => row.record))
  return true
}

/** Asks the ledger for what it has of earlier epochs, where that is in doubt. False where only a new epoch goes on. */
export async function settleDoubt (book: Book, unit: UnitRow): Promise<boolean> {
  if (unit.leaving || unit.rebuild || (!unit.doubt && (unit.cursor?.seq ?? 0) >= (unit.earlierSeq ?? 0))) return true
  const head = await book.api.json<{ seq: number, epochs?: Epochs }>('GET', `/v1/units/${unit.unit}/head`).catch((error: unknown) => {
    if (error instanceof ApiError && error.status < 429 && error.status !== 401) return undefined // the push meets the same
    throw error
  })
  if (!head) return true
  return await change(book.db, async tx => {
    const row = (await tx.objectStore('units').get(unit.unit))!
    await tx.objectStore('units').put({ ...row, doubt: undefined, earlierSeq: Math.min(row.earlierSeq ?? 0, head.seq) })
    return await lose(tx, book, unit.unit, head.epochs ?? [], row.cursor?.seq ?? 0)
  })
}

/** Begins to read a unit from its first commit again; what is shown stays until that has come to an end. */
export async function reread (book: Book, unit: string): Promise<void> {
  await change(book.db, async tx => {
    const row = await tx.objectStore('units').get(unit)
    if (!row || !isPulled(row)) return
    await tx.objectStore('incoming').delete(ofUnit(unit))
    await tx.objectStore('units').put({ ...row, rebuild: { again: true }, progress: 0 })
  })
}

/** Puts what was pulled afresh in the place of the records, with its cursor. Committed: the old ones are gone. */
export async function swap (tx: Tx, book: Book, unit: UnitRow): Promise<void> {
  const records = tx.objectStore('records')
  const old = (await records.getAllKeys(ofUnit(unit.unit))).map(key => key[1])
  await records.delete(ofUnit(unit.unit))
  const ids = new Set(old)
  for (const record of await tx.objectStore('incoming').getAll(ofUnit(unit.unit))) {
    await records.put(record)
    ids.add(record.id)
  }
  await tx.objectStore('incoming').delete(ofUnit(unit.unit))
  await tx.objectStore('units').put({ ...unit, rebuild: undefined })
  await refreshRows(tx, book.context, unit.unit, ids)
}

/**
 * The session's device or epoch is another one: counters begin at 1 in every unit. Ops without a verdict move to
 * the new series in their order; the acknowledged ones stay where they are, as history. But where the server was
 * told the device's id and gave another one, it does not know the device, and lacks all that it ever sent: then
 * the acknowledged ones wait again, too. Where it got none, as with a code, it asks for that before the next push.
 */
export async function beginSeries (tx: Tx, book: Book, device: Device, told: string | undefined): Promise<void> {
  const meta = tx.objectStore('meta')
  const before = await meta.get('device') as Device | undefined
  await meta.put({ ...device }, 'device')
  if (!before || (before.id === device.id && before.epoch === device.epoch)) return
  const unknown = told === before.id && told !== device.id
  for (const unit of await tx.objectStore('units').getAll()) {
    const again = unknown ? (await tx.objectStore('ops').getAll(ofUnit(unit.unit))).filter(row => row.waiting === 0) : []
    await resend(tx, again, undefined)
    await renumber(tx, unit, before)
    await refreshRows(tx, book.context, unit.unit, again.map(row => row.record))
  }
  const net = await meta.get('net') as object | undefined
  await meta.put({ ...net, forked: undefined, ...(told === undefined && before.id !== device.id ? { unknown: true } : {}) }, 'net')
}

/**
 * Asks which devices the server knows. One that it does not know was registered after the backup from which it was
 * restored: it lacks all that was sent from it, which waits again.
 */
export async function settleDevices (book: Book): Promise<void> {
  const { devices } = await book.api.json<{ devices: { id: string }[] }>('GET', '/v1/me/devices')
  const known = new Set(devices.map(d => d.id))
  await change(book.db, async tx => {
    for (const unit of await tx.objectStore('units').getAll()) {
      const again = (await tx.objectStore('ops').getAll(ofUnit(unit.unit))).filter(row => {
        const of = unit.epochs?.[row.series]
        return row.waiting === 0 && of !== undefined && !known.has(of.id)
      })
      if (again.length === 0) continue
      await resend(tx, again, undefined)
      await renumber(tx, unit, undefined)
      await refreshRows(tx, book.context, unit.unit, again.map(row => row.record))
    }
    const meta = tx.objectStore('meta')
    await meta.put({ ...await meta.get('net') as object | undefined, unknown: undefined }, 'net')
  })
  book.changed()
}

async function renumber (tx: Tx, unit: UnitRow, before: Device | undefined): Promise<void> {
  const ops = tx.objectStore('ops')
  const all = await ops.getAll(ofUnit(unit.unit))
  const waiting = all.filter(row => row.waiting === 1).sort(inOrder)
  const series = unit.series + 1
  let n = 0
  for (const row of waiting) {
    n++
    await ops.delete([row.unit, row.series, row.n])
    await ops.add({ ...row, series, n, op: { ...row.op, n }, tried: false })
  }
  await tx.objectStore('units').put({
    ...unit, series, n, flight: undefined, single: undefined, pushedSeq: 0,
    ...(before ? { doubt: all.length > waiting.length, earlierSeq: Math.max(unit.earlierSeq ?? 0, unit.pushedSeq), epochs: { ...unit.epochs, [unit.series]: { id: before.id, epoch: before.epoch } } } : {}),
  })
}
