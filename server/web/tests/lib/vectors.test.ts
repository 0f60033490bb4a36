// The vectors of the Go client (sync/client/testdata): both clients do the same with the same.
import fs from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import type { Op, PushResult } from '../../lib/contract'
import { foldText } from '../../lib/fold'
import { giftId, periodId } from '../../lib/ids'
import type { Head, OpRow, UnitRow } from '../../lib/rows'
import { show } from '../../lib/view'
import { DumbPhone } from './dumbphone'
import { DumbServer } from './dumbserver'

function vectors<T> (file: string): T[] {
  return JSON.parse(fs.readFileSync(new URL(`../../../../sync/client/testdata/${file}`, import.meta.url), 'utf8')) as T[]
}

type Pointer = string | { record: string, unit?: string }
const pointer = (ref: Pointer): { record: string, unit?: string } => (typeof ref === 'string' ? { record: ref } : ref)

interface BookVector {
  unit: string
  last: number
  seen: number
  pushed: number
  single?: number
  cursor?: Head
  records?: Record<string, { id: string }>
  outbox: { n: number, base: number, rest: Omit<Op, 'n' | 'base'>, sent?: boolean, seq?: number, acknowledged?: string, verdict?: PushResult }[]
}

/** Puts a vector's book into a phone's database. */
async function load (phone: DumbPhone, book: BookVector): Promise<void> {
  const db = phone.book.db
  const before = (await db.get('units', 'u1'))!
  await db.put('units', { ...before, unit: book.unit, base: book.seen, n: book.last, pushedSeq: book.pushed, cursor: book.cursor, single: book.single } satisfies UnitRow)
  for (const record of Object.values(book.records ?? {})) await db.put('records', { created: { user: 'u_b' }, updatedAt: '', ...record, unit: book.unit } as never)
  for (const { n, base, rest, sent, seq, acknowledged, verdict } of book.outbox) {
    const op: Op = { n, base, ...rest }
    await db.put('ops', {
      id: `${book.unit}/${n}`, unit: book.unit, series: before.series, n, record: op.record, op, size: JSON.stringify(op).length,
      waiting: acknowledged ? 0 : 1, tried: sent ?? false, savedAt: op.at, ...(acknowledged ? { ackSeq: seq, ackAt: acknowledged, result: verdict } : {}),
    } satisfies OpRow)
  }
}

describe('the vectors of the Go client', () => {
  it.each(vectors<{ text: string, folded: string }>('folding.json'))('folds $text', ({ text, folded }) => { expect(foldText(text)).toBe(folded) })

  it.each(vectors<{ unit: string, period?: string, campaign: Pointer, household: Pointer, id: string }>('identities.json'))('names $id', async v => {
    const [from, to] = (v.period ?? '').split('/')
    expect(from ? await periodId(v.unit, from, to!) : await giftId(v.unit, pointer(v.campaign), pointer(v.household))).toBe(v.id)
  })

  it.each(vectors<{ name: string, book: BookVector, record: string, shown: { kind: string, state: string, fields: object, removed: boolean, pending: number } | null }>('pending.json'))('shows: $name', async v => {
    const phone = await DumbPhone.signedIn(new DumbServer(), 'a')
    await load(phone, v.book)
    const shown = await show(phone.book, v.book.unit, v.record)
    if (!v.shown) {
      expect(shown === undefined || shown.rejected.length > 0).toBe(true)
      return
    }
    expect(shown!.record.kind).toBe(v.shown.kind)
    expect(shown!.record.fields).toEqual(v.shown.fields)
    expect(shown!.record.state === 'removed').toBe(v.shown.removed)
    expect(shown!.pending.length).toBe(v.shown.pending)
  })

  it.each(vectors<{ name: string, now: string, books: (BookVector & { tip?: Head, view?: string, pulled?: string })[], also: string[] }>('also.json'))('names cursors of other units: $name', async v => {
    const phone = await DumbPhone.signedIn(new DumbServer(), 'a')
    const { pullUnit } = await import('../../lib/pull')
    const { OfflineError } = await import('../../lib/problem')
    const first = (await phone.book.db.get('units', 'u1'))!
    vi.spyOn(phone.book.env, 'now').mockReturnValue(Date.parse(v.now))
    const named: string[][] = []
    phone.book.api.send = async (_method, path) => {
      named.push(new URL(path, 'http://x').searchParams.getAll('also'))
      throw new OfflineError('the vector ends here')
    }
    const later = v.books.map(b => ({ ...first, unit: b.unit, cursor: b.cursor, tip: b.tip, view: b.view, pushedSeq: b.pushed, lastPull: b.pulled }))
    expect(await pullUnit(phone.book, 'u1', later, [])).toBe('offline')
    expect(named).toEqual([v.also])
  })

  it.each(vectors<{ name: string, book: BookVector, limits: { maxOps: number, maxBytes: number }, batch: { from: number, through: number } | null, status: number, body: Record<string, unknown>, after: BookVector, next: { from: number, through: number } | null }>('push.json'))('sends: $name', async v => {
    const server = new DumbServer()
    const phone = await DumbPhone.signedIn(server, 'a')
    await load(phone, v.book)
    await phone.book.db.delete('units', 'u1')
    phone.book.forms!.limits = { ...phone.book.forms!.limits, ...v.limits }
    const { pushUnit } = await import('../../lib/push')
    const sent: { from: number, through: number }[] = []
    phone.book.api.send = async (_method, _path, sending) => {
      const text = typeof sending!.body === 'string' ? sending!.body : await new Response(new Response(sending!.body).body!.pipeThrough(new DecompressionStream('gzip'))).text()
      const { from, ops } = JSON.parse(text) as { from: number, ops: Op[] }
      sent.push({ from, through: from + ops.length - 1 })
      const { ApiError, OfflineError } = await import('../../lib/problem')
      if (sent.length > 1 || v.status === 0) throw new OfflineError('the vector ends here')
      if (v.status === 200) return new Response(JSON.stringify(v.body))
      throw new ApiError({ type: '', title: '', message: '', code: '', ...v.body, status: v.status }, v.body.retryAfterSeconds as number | undefined)
    }
    await pushUnit(phone.book, v.book.unit)
    if (sent.length === 1) await pushUnit(phone.book, v.book.unit)
    expect(sent[0]).toEqual(v.batch ?? undefined)
    const unit = (await phone.book.db.get('units', v.book.unit))!
    const forked = (await phone.book.get('net'))?.forked
    if (!unit.rebuild && !forked) expect(sent[1]).toEqual(v.next ?? undefined)
    expect(unit.n).toBe(v.after.last)
    const ops = await phone.book.db.getAll('ops')
    expect(ops.map(o => [o.n, o.op.base, o.waiting === 0])).toEqual(v.after.outbox.map(o => [o.n, o.base, o.acknowledged !== undefined]))
  })
})
