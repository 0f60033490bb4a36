// Every row of the table "Push" in openapi.yaml.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { problemOf } from '../../lib/problem'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { show } from '../../lib/view'
import { DumbPhone } from './dumbphone'
import { DumbServer, problem } from './dumbserver'

let server: DumbServer, phone: DumbPhone
beforeEach(async () => {
  server = new DumbServer()
  phone = await DumbPhone.signedIn(server, 'a')
})

const unsent = async (): Promise<number> => (await countUnsent(phone.book)).ops
const sentOnce = (): void => {
  const names = server.entries.map(e => `${e.device}/${e.epoch}/${e.op.n}`)
  expect(new Set(names).size).toBe(names.length)
}

describe('what a phone does when the server answers', () => {
  it('nothing: sends the same bytes again', async () => {
    await phone.write({ headName: 'Hộ mẫu 1' })
    server.weather = () => 'answer-lost'
    expect(await phone.sync()).toBe('offline')
    expect((await readStatus(phone.book)).row).toBe(10)
    server.weather = () => 'fine'
    server.bodies = []
    await phone.write({ headName: 'Hộ mẫu 2' })
    server.script = [() => problem(503, 'unavailable', { retryAfterSeconds: 1 })]
    await phone.sync()
    await phone.sync()
    const [first, second, third] = server.bodies
    expect(second).toBe(first)
    expect(JSON.parse(third!).from).toBe(2)
    expect(await unsent()).toBe(0)
    expect(server.entries).toHaveLength(2)
  })

  it('500: waits, then sends the same', async () => {
    await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => problem(500, 'internal')]
    expect(await phone.sync()).toBe('busy')
    expect(await phone.sync()).toBe('done')
    expect(server.bodies[0]).toBe(server.bodies[1])
    sentOnce()
  })

  it('a page of a hotel instead of an answer: counts as no network', async () => {
    await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => ({ status: 403, body: 'Please sign in to the network', headers: { 'Content-Type': 'text/html' } })]
    expect(await phone.sync()).toBe('offline')
    server.script = [() => ({ status: 200, body: { hello: 'hotel' } })]
    expect(await phone.sync()).toBe('offline')
    expect(await unsent()).toBe(1)
    expect((await phone.book.get('session'))!.refused).toBeUndefined()
  })

  it.each([401, 403, 426])('%d: keeps everything and asks the person', async status => {
    await phone.write({ headName: 'Hộ mẫu' })
    const code = { 401: 'session-ended', 403: 'device-revoked', 426: 'client-too-old' }[status]!
    server.script = [() => problem(status, code)]
    expect(await phone.sync()).toBe('session')
    expect(await unsent()).toBe(1)
    expect((await readStatus(phone.book)).row).toBe({ 401: 5, 403: 3, 426: 4 }[status])
    await phone.write({ headName: 'Hộ mẫu, ghi sau đó' })
    await phone.signInAgain()
    expect(await phone.sync()).toBe('done')
    expect(server.entries).toHaveLength(2)
  })

  it('409 counter-gap: sends again from there, what was acknowledged too', async () => {
    for (let i = 0; i < 4; i++) {
      await phone.write({ headName: `Hộ mẫu ${i}` })
      await phone.sync()
    }
    // A restored server that lost the last two commits, which the cursor does not know of.
    const unit = (await phone.book.db.get('units', 'u1'))!
    await phone.book.db.put('units', { ...unit, cursor: { log: server.log, seq: 2, hash: server.hashes[1]! } })
    server.restore(2)
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => e.op.n)).toEqual([1, 2, 3, 4])
    expect(server.bodies.some(b => JSON.parse(b).from === 3)).toBe(true)
  })

  it('409 log-diverged: reads afresh beside, lowers the bases, and sends what the ledger lacks', async () => {
    const other = await DumbPhone.signedIn(server, 'b')
    const ids: string[] = []
    for (let i = 0; i < 4; i++) {
      ids.push((await phone.write({ headName: `Hộ mẫu ${i}` })).record)
      await phone.sync()
    }
    server.restore(2)
    await other.write({ headName: 'Hộ mẫu khác' })
    await other.sync()
    server.bodies = []
    await phone.sync()
    expect(await phone.sync()).toBe('done')
    for (const id of ids) expect(server.records().has(id)).toBe(true)
    const again = server.entries.filter(e => e.op.record === ids[3])
    expect(again[0]!.op.base).toBeLessThanOrEqual(2)
    expect((await phone.book.db.getAllKeys('records')).map(k => k[1]).sort()).toEqual([...server.records().keys()].sort())
    sentOnce()
  })

  it('a verdict that says that the unit has ended becomes a mark', async () => {
    const row = await phone.write({ headName: 'Hộ mẫu' })
    server.script = [ops => ({
      status: 200,
      body: { ...server.head, seq: 1, through: 1, now: new Date().toISOString(), receipt: 'note', results: ops.map(op => ({ n: op.n, status: 'accepted', afterEnd: true })) },
    })]
    await syncBook(phone.book, { force: true, pull: false })
    const shown = await show(phone.book, 'u1', row.record)
    expect(shown!.marks.map(m => m.code)).toContain('afterEnd')
  })

  it('409 view-changed: reads afresh, drops what is not seen any more, and sends what waits', async () => {
    const ids: string[] = []
    for (let i = 0; i < 10; i++) ids.push((await phone.write({ headName: `Hộ mẫu ${i}` })).record)
    await phone.sync()
    server.view = 'parent-1'
    server.hidden = new Set(ids.slice(0, 4))
    await phone.write({ headName: 'Hộ mẫu chờ gửi' })
    expect(await phone.sync()).toBe('done')
    const held = (await phone.book.db.getAllKeys('records')).map(k => k[1]).sort()
    expect(held).toEqual([...server.records().keys()].filter(id => !server.hidden.has(id)).sort())
    expect(held).toHaveLength(7)
    expect((await phone.book.db.get('units', 'u1'))!.view).toBe('parent-1')
    expect(await unsent()).toBe(0)
    sentOnce()
  })

  it.each(['epoch-fenced', 'device-forked', 'counter-reuse'])('%s: new counters after a fresh sign-in, nothing lost', async code => {
    await phone.write({ headName: 'Hộ mẫu 1' })
    await phone.sync()
    const row = await phone.write({ headName: 'Hộ mẫu 2' })
    const edit = await phone.write({ headName: 'Hộ mẫu 2, sửa' }, { record: row.record })
    server.script = [() => problem(code === 'counter-reuse' ? 422 : 409, code)]
    expect(await phone.sync()).toBe('forked')
    expect((await readStatus(phone.book)).row).toBe(5)
    expect(await phone.sync()).toBe('forked')
    await phone.signInAgain()
    expect((await phone.book.get('device'))!.epoch).toBe(2)
    const moved = (await phone.ops()).filter(o => o.waiting === 1)
    expect(moved.map(o => [o.n, o.id])).toEqual([[1, row.id], [2, edit.id]])
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => [e.epoch, e.op.n])).toEqual([[1, 1], [2, 1], [2, 2]])
    expect(server.records().get(row.record)!.fields.headName).toBe('Hộ mẫu 2, sửa')
  })

  it('another copy that writes again within a day after a fresh sign-in: becomes a device of its own', async () => {
    const first = (await phone.book.get('device'))!.id
    const fence = async (): Promise<void> => {
      server.script = [() => problem(409, 'epoch-fenced')]
      expect(await phone.sync()).toBe('forked')
      await phone.signInAgain()
    }
    await phone.write({ headName: 'Hộ mẫu trước đó' })
    await phone.sync() // the server has this one, and gets it no second time
    const row = await phone.write({ headName: 'Hộ mẫu' })
    await fence()
    expect((await phone.book.get('device'))!).toMatchObject({ id: first, epoch: 2 })
    await fence()
    const own = (await phone.book.get('device'))!
    expect(own.id).not.toBe(first)
    expect(own.epoch).toBe(1)
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => [e.device, e.epoch, e.op.n])).toEqual([[first, 1, 1], [own.id, 1, 1]])
    expect(server.records().get(row.record)!.fields.headName).toBe('Hộ mẫu')
    // Two days later it is another matter, and a fresh epoch is enough.
    await phone.book.setNet({ forkedAt: Date.now() - 2 * 86_400_000 })
    await phone.write({ headName: 'Hộ mẫu 2' })
    await fence()
    expect((await phone.book.get('device'))!).toMatchObject({ id: own.id, epoch: 2 })
    expect(await phone.sync()).toBe('done')
    expect(await unsent()).toBe(0)
  })

  it('401 token-expired: renews the session and repeats the same bytes', async () => {
    await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => problem(401, 'token-expired')]
    expect(await phone.sync()).toBe('done')
    expect(server.bodies[0]).toBe(server.bodies[1])
    expect((await phone.book.get('session'))!.refresh).toBe('s'.repeat(20))
    sentOnce()
  })

  it('408: half of it, and half again, until one goes through; one op alone waits', async () => {
    for (let i = 0; i < 10; i++) await phone.write({ headName: `Hộ mẫu ${i}` })
    server.script = Array.from({ length: 10 }, () => (ops: unknown[]) => (ops.length > 2 ? problem(408, 'too-slow') : undefined))
    expect(await phone.sync()).toBe('done')
    expect(server.bodies.slice(0, 4).map(b => (JSON.parse(b) as { ops: unknown[] }).ops.length)).toEqual([10, 5, 3, 2])
    expect(server.entries.map(e => e.op.n)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
    sentOnce()
    await phone.write({ headName: 'Hộ mẫu một mình' })
    server.script = [() => problem(408, 'too-slow')]
    expect(await phone.sync()).toBe('busy')
    expect(await unsent()).toBe(1)
    expect(await phone.sync()).toBe('done')
    expect(server.bodies.at(-1)).toBe(server.bodies.at(-2))
  })

  it('408: batches stay small while the line is slow', async () => {
    for (let i = 0; i < 8; i++) await phone.write({ headName: `Hộ mẫu ${i}` })
    let clock = 0
    const now = phone.book.env.now
    phone.book.env.now = () => now() + clock
    try {
      server.script = [() => problem(408, 'too-slow'), ...Array.from({ length: 9 }, () => () => { clock += 20_000; return undefined })]
      expect(await phone.sync()).toBe('done')
      expect(server.bodies.map(b => (JSON.parse(b) as { ops: unknown[] }).ops.length).slice(0, 3)).toEqual([8, 4, 4])
    } finally {
      phone.book.env.now = now
    }
  })

  it('400: one by one, and the unreadable one keeps only its counter', async () => {
    for (const name of ['Hộ mẫu 1', 'Hộ xấu', 'Hộ mẫu 3']) await phone.write({ headName: name })
    const unreadable = (ops: { set?: Record<string, unknown> }[]): ReturnType<typeof problem> | undefined => (ops.some(op => op.set?.headName === 'Hộ xấu') ? problem(400, 'malformed') : undefined)
    server.script = Array.from({ length: 8 }, () => unreadable)
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => e.op.set?.headName)).toEqual(['Hộ mẫu 1', undefined, 'Hộ mẫu 3'])
    const kept = (await phone.ops()).find(o => o.n === 2)!
    expect(kept.unreadable!.op.set!.headName).toBe('Hộ xấu')
    expect(await unsent()).toBe(0)
  })

  it('413: half of it, and half again', async () => {
    server.maxBatch = 3
    for (let i = 0; i < 20; i++) await phone.write({ headName: `Hộ mẫu ${i}` })
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => e.op.n)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('413 that names an op: it becomes several, and the later ones move up', async () => {
    await phone.write({ headName: 'Hộ mẫu 1' })
    const big = await phone.write({ headName: 'Hộ mẫu lớn', note: 'x'.repeat(1500), address: 'y'.repeat(1500), items: 'z'.repeat(1500) })
    await phone.write({ headName: 'Hộ mẫu 3' })
    server.script = Array.from({ length: 4 }, () => (ops: { n: number }[]) => {
      const large = ops.find(op => JSON.stringify(op).length > 3000)
      return large ? problem(413, 'too-large', { n: large.n, maxBytes: 3000 }) : undefined
    })
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => e.op.n)).toEqual(server.entries.map((_, i) => i + 1))
    expect(server.entries.length).toBeGreaterThan(3)
    expect(Object.keys(server.records().get(big.record)!.fields).sort()).toEqual(['address', 'headName', 'items', 'note'])
  })

  it('415: without compression from then on', async () => {
    server.script = [() => problem(415, 'unsupported-media')]
    await phone.write({ headName: 'Hộ mẫu', note: 'x'.repeat(1000) })
    expect(await phone.sync()).toBe('done')
    expect(server.encodings[0]).toBe('gzip')
    expect(new Set(server.encodings.slice(1))).toEqual(new Set([null]))
    expect(server.entries).toHaveLength(1)
  })

  it.each([429, 503])('%d: waits as long as the answer says', async status => {
    await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => problem(status, status === 429 ? 'too-many-requests' : 'outcome-unknown', { retryAfterSeconds: 40 })]
    expect(await phone.sync()).toBe('busy')
    const line = await readStatus(phone.book)
    expect(line.row).toBe(11)
    expect(line.seconds).toBeGreaterThan(35)
    expect(server.bodies).toHaveLength(1)
    const { syncBook } = await import('../../lib/sync')
    expect(await syncBook(phone.book)).toBe('busy')
    expect(server.bodies).toHaveLength(1)
    expect(await phone.sync()).toBe('done')
  })

  it('no network: says so before a request has failed', async () => {
    await phone.write({ headName: 'Hộ mẫu' })
    expect((await readStatus(phone.book)).row).toBe(12)
    vi.stubGlobal('navigator', { onLine: false })
    try {
      expect((await readStatus(phone.book)).row).toBe(10)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('503 of a proxy: says that the server is busy', async () => {
    const answer = new Response('<html>busy</html>', { status: 503, headers: { 'Retry-After': '30', 'Content-Type': 'text/html' } })
    expect((await problemOf(answer)).problem).toMatchObject({ code: 'unavailable', message: 'Máy chủ đang bận.' })
  })

  it('a problem with an empty message: still says something', async () => {
    const answer = new Response('{"code":"unavailable","message":""}', { status: 503, headers: { 'Content-Type': 'application/problem+json' } })
    expect((await problemOf(answer)).problem).toMatchObject({ code: 'unavailable', message: 'Máy chủ đang bận.' })
  })

  it('404: stops that unit, keeps its ops, and says so', async () => {
    await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => problem(404, 'not-found')]
    await phone.sync()
    expect(await unsent()).toBe(1)
    expect(await readStatus(phone.book)).toMatchObject({ row: 6, unit: 'Thôn mẫu 1', n: 1 })
  })

  it('200 with a rejected op: it is shown, and blocks nothing', async () => {
    const bad = await phone.write({ bad: 1 })
    await phone.write({ headName: 'Hộ mẫu' })
    expect(await phone.sync()).toBe('done')
    expect((await phone.book.db.getFromIndex('ops', 'id', bad.id))!.result!.code).toBe('bad')
    expect(await unsent()).toBe(0)
  })
})
