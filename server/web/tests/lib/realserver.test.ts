import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { change } from '../../lib/db'
import { readEvents } from '../../lib/events'
import { keepPhoto } from '../../lib/files'
import { newId } from '../../lib/ids'
import { newRecord, save, undo } from '../../lib/outbox'
import { listReceipts } from '../../lib/receipts'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { listRows, show, todo } from '../../lib/view'
import { Server } from '../server.mjs'
import { Dice, Phone, type Weather } from './phone'

let server: Server
beforeAll(async () => { server = await Server.start() })
afterAll(async () => { await server?.stop() })

/** A JPEG of 2 × 2 pixels. */
const smallPhoto = '/9j/2wCEAP////////////////////////////////////////////////////////////////////////////////////8B///////////////////////////////////////////////////////////////////////////////////////AAAsIAAIAAgEBEQD/xADSAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAgBAQAAPwCOv//Z'
const household = (n: number): Record<string, unknown> => ({ code: `H${n}`, headName: `Hộ mẫu ${n}`, category: 'poor' })

async function recordsOf (phone: Phone, unit: string): Promise<Map<string, unknown>> {
  const all = await phone.book.db.getAll('records', IDBKeyRange.bound([unit], [unit, []]))
  return new Map(all.map(r => [r.id, { fields: r.fields, state: r.state, seq: r.seq, conflicts: r.conflicts }]))
}

describe('with the real server', () => {
  it('sends a record, keeps the receipt, and pulls it on the other phone', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    const b = await Phone.signedIn(server.url, 'mattran')
    expect(await syncBook(a.book)).toBe('done')
    const id = await newRecord(a.book, unit, 'household', {})
    await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(7) })
    expect((await show(a.book, unit, id))?.marks.map(m => m.code)).toEqual(['unsent'])
    expect((await readStatus(a.book)).row).toBe(12)
    expect(await syncBook(a.book)).toBe('done')
    expect((await show(a.book, unit, id))?.marks.map(m => m.code)).toEqual(['sent'])
    expect((await readStatus(a.book)).row).toBe(14)
    const [receipt] = await listReceipts(a.book)
    expect(receipt).toMatchObject({ unit, from: 1, through: 1, accepted: 1 })
    expect(receipt!.note).toContain(`device ${a.person.device.id} epoch 1`)
    await syncBook(b.book)
    expect((await listRows(b.book, { unit, kind: 'household' })).map(r => r.name)).toEqual(['Hộ mẫu 7'])
  })

  it('tells the desk what changes, while it changes', async () => {
    const [unit] = server.villages as [string]
    const desk = await Phone.signedIn(server.url, 'canbo')
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const told: unknown[] = []
    const end = new AbortController()
    const stream = readEvents(desk.book.api, '/v1/events', e => { told.push(e) }, end.signal)
    await expect.poll(() => told).toEqual([{ event: 'ready', data: {} }])
    await save(a.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(8) })
    await syncBook(a.book)
    const { cursor } = (await a.book.db.get('units', unit))!
    await expect.poll(() => told.at(-1), { timeout: 20_000 }).toEqual({ event: 'unit', data: { unit, seq: cursor!.seq } })
    end.abort()
    await expect(stream).rejects.toThrow()
  })

  it('tells the commune that nothing is left with the request that brings the last of it', async () => {
    const [unit] = server.villages as [string]
    const desk = await Phone.signedIn(server.url, 'canbo')
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const held = async (): Promise<[number, number] | undefined> => {
      const answer = await desk.book.api.send('GET', `/v1/overview?unit=${unit}`)
      const { units } = await answer.json() as { units: { people: { user: string, unsent: number, unsentPhotos: number }[] }[] }
      const person = units[0]!.people.find(p => p.user === a.person.user)
      return person && [person.unsent, person.unsentPhotos]
    }
    const jpeg = Uint8Array.from(atob(smallPhoto), c => c.charCodeAt(0))
    const photo = await keepPhoto(a.book, { unit, bytes: jpeg, type: 'image/jpeg' })
    await save(a.book, { unit, kind: 'gift', record: newId(Date.now()), action: 'edit', set: { recipientName: 'Hồ Văn Ảnh', date: '2026-11-20', quantity: 1, photos: [photo.hash] } })
    expect(await syncBook(a.book, { pull: false, photos: false })).toBe('done')
    await expect.poll(held, { timeout: 5_000 }).toEqual([0, 1])
    expect(await syncBook(a.book, { pull: false })).toBe('done')
    await expect.poll(held, { timeout: 5_000 }).toEqual([0, 0])
  })

  it('shows two phones that they wrote differently, and lets one choose', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    const b = await Phone.signedIn(server.url, 'mattran')
    await syncBook(a.book)
    const id = newId(Date.now())
    await save(a.book, { unit, kind: 'gift', record: id, action: 'edit', set: { recipientName: 'Hồ Văn Mẫu', date: '2026-11-20', quantity: 1, valueVnd: 300000 } })
    await syncBook(a.book)
    await syncBook(b.book)
    await save(a.book, { unit, kind: 'gift', record: id, action: 'edit', set: { quantity: 2 } })
    await save(b.book, { unit, kind: 'gift', record: id, action: 'edit', set: { quantity: 3 } })
    for (const phone of [a, b, a, b]) await syncBook(phone.book)
    expect((await todo(a.book)).conflict.map(r => r.id)).toEqual([id])
    expect((await show(b.book, unit, id))!.record.conflicts![0]!.siblings.map(s => s.value).sort()).toEqual([2, 3])
    await save(b.book, { unit, kind: 'gift', record: id, action: 'edit', set: { quantity: 3 } })
    await syncBook(b.book)
    await syncBook(a.book)
    const seen = await show(a.book, unit, id)
    expect(seen!.record.conflicts).toBeUndefined()
    expect(seen!.marks.map(m => m.code)).toContain('corrected')
    expect(seen!.corrected).toEqual(['quantity'])
  })

  it('puts a returned record to the top, and says that it was mended', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    const desk = await Phone.signedIn(server.url, 'canbo')
    await syncBook(a.book)
    const id = newId(Date.now())
    await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(31) })
    await syncBook(a.book)
    await syncBook(desk.book)
    await save(desk.book, { unit, kind: 'household', record: id, action: 'review', state: 'returned', note: 'Xin ghi số điện thoại.' })
    expect(await syncBook(desk.book)).toBe('done')
    await syncBook(a.book)
    expect((await todo(a.book)).returned.map(r => r.id)).toEqual([id])
    expect((await show(a.book, unit, id))!.record.note).toBe('Xin ghi số điện thoại.')
    await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: { phone: '0912345678' } })
    expect((await show(a.book, unit, id))!.marks.map(m => m.code)).toEqual(['unsent', 'reworked'])
    await syncBook(a.book)
    expect((await show(a.book, unit, id))!.marks.map(m => m.code)).toEqual(['reworked', 'sent'])
  })

  it('takes an op back that no request has held, and only that', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const ids = [1, 2, 3].map(() => newId(Date.now()))
    const rows = []
    for (const [i, id] of ids.entries()) rows.push(await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(40 + i) }))
    expect(await undo(a.book, rows[1]!.id)).toBe(true)
    expect(await undo(a.book, rows[2]!.id)).toBe(true)
    a.weather = () => 'answer-lost'
    await syncBook(a.book)
    expect(await undo(a.book, rows[0]!.id)).toBe(false)
    a.weather = () => 'fine'
    expect(await syncBook(a.book)).toBe('done')
    expect((await recordsOf(a, unit)).has(ids[0]!)).toBe(true)
    expect((await recordsOf(a, unit)).has(ids[1]!)).toBe(false)
  })

  it('gives an op that the server cannot read to the person, and lets the others pass', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const deep = (n: number): unknown => (n === 0 ? 1 : [deep(n - 1)])
    const ids = [1, 2, 3].map(() => newId(Date.now()))
    await save(a.book, { unit, kind: 'household', record: ids[0]!, action: 'edit', set: household(50) })
    await save(a.book, { unit, kind: 'household', record: ids[1]!, action: 'edit', set: { ...household(51), members: deep(20) } })
    await save(a.book, { unit, kind: 'household', record: ids[2]!, action: 'edit', set: household(52) })
    expect(await syncBook(a.book)).toBe('done')
    const records = await recordsOf(a, unit)
    expect([records.has(ids[0]!), records.has(ids[1]!), records.has(ids[2]!)]).toEqual([true, false, true])
    const { rejected } = await todo(a.book)
    expect(rejected).toHaveLength(1)
    expect(rejected[0]!.unreadable!.op.set!.headName).toBe('Hộ mẫu 51')
    expect((await countUnsent(a.book)).ops).toBe(0)
  })

  it('shows a rejected op, which blocks nothing', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const id = newId(Date.now())
    const row = await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: { ...household(60), phone: '123' } })
    expect(await syncBook(a.book)).toBe('done')
    expect((await todo(a.book)).rejected.map(r => r.id)).toEqual([row.id])
    expect((await show(a.book, unit, id))!.marks.map(m => m.code)).toEqual(['rejected'])
    await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(60), mends: row.id })
    await syncBook(a.book)
    expect((await todo(a.book)).rejected).toEqual([])
    expect((await show(a.book, unit, id))!.marks.map(m => m.code)).toEqual(['sent'])
  })

  it('loses and doubles nothing when requests are dropped, doubled, reordered and apps killed', async () => {
    const unit = server.villages[1]!
    server.user('thon2a', 'Đinh Văn Mẫu', 'collector', unit)
    server.user('thon2b', 'Hồ Thị Mẫu', 'collector', unit)
    const dice = new Dice(20261126)
    const phones = [await Phone.signedIn(server.url, 'thon2a'), await Phone.signedIn(server.url, 'thon2b')]
    const storms: Weather[] = ['fine', 'fine', 'fine', 'lost', 'answer-lost', 'doubled', 'late-copy']
    for (const p of phones) await syncBook(p.book)
    for (const p of phones) p.weather = () => dice.pick(storms)
    const own = new Map<string, { phone: Phone, name: string }>()
    let ops = 0
    for (let step = 0; step < 250; step++) {
      const phone = dice.pick(phones)
      if (dice.chance(0.6)) {
        const mine = [...own].filter(([, o]) => o.phone === phone).map(([id]) => id)
        const id = mine.length > 0 && dice.chance(0.5) ? dice.pick(mine) : newId(Date.now())
        const name = `Hộ mẫu ${step}`
        await save(phone.book, { unit, kind: 'household', record: id, action: 'edit', set: { code: `K${step}`, headName: name, category: 'poor' } })
        own.set(id, { phone, name })
        ops++
      } else if (dice.chance(0.2)) await phone.reopen()
      else await syncBook(phone.book, { force: true })
      for (const [id, o] of own) {
        if (dice.chance(0.05)) expect((await show(o.phone.book, unit, id))?.record.fields.headName).toBe(o.name)
      }
    }
    for (const p of phones) p.weather = () => 'fine'
    for (const p of [...phones, ...phones]) expect(await syncBook(p.book, { force: true })).toBe('done')
    const [x, y] = [await recordsOf(phones[0]!, unit), await recordsOf(phones[1]!, unit)]
    expect(x).toEqual(y)
    for (const [id, o] of own) expect((x.get(id) as { fields: { headName: string } }).fields.headName).toBe(o.name)
    const fresh = await Phone.signedIn(server.url, 'thon2a')
    await syncBook(fresh.book)
    expect(await recordsOf(fresh, unit)).toEqual(x)
    // Every op stands in the ledger once: counters have neither gaps nor doubles.
    const auditor = await Phone.signedIn(server.url, 'kiemtoan')
    let after = 0, found = 0
    for (;;) {
      const page = await auditor.book.api.json<{ commits: { seq: number, entries: { ops: unknown[] }[] }[], more: boolean }>('GET', `/v1/units/${unit}/log?after=${after}`)
      for (const c of page.commits) for (const e of c.entries) found += e.ops.length
      after = page.commits.at(-1)?.seq ?? after
      if (!page.more) break
    }
    expect(found).toBe(ops)
    console.log(`${ops} ops over a failing network, ${phones.reduce((n, p) => n + p.requests.length, 0)} requests: each op once`)
  })

  it('makes a restored server whole again', async () => {
    const own = await Server.start()
    try {
      const [unit] = own.villages as [string]
      const a = await Phone.signedIn(own.url, 'truongthon')
      await syncBook(a.book)
      const ids: string[] = []
      const add = async (n: number): Promise<void> => {
        const id = newId(Date.now())
        ids.push(id)
        await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(n) })
        expect(await syncBook(a.book, { force: true })).toBe('done')
      }
      await add(1)
      await add(2)
      await own.down()
      const saved = own.backup()
      await own.up()
      await add(3)
      await add(4)
      await own.down()
      own.restore(saved)
      await own.up()
      const b = await Phone.signedIn(own.url, 'mattran')
      await save(b.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(9) }).catch(() => {})
      await syncBook(b.book)
      await save(b.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(9) })
      await syncBook(b.book)
      expect(await syncBook(a.book, { force: true })).toBe('done')
      expect(await syncBook(a.book, { force: true })).toBe('done')
      await syncBook(b.book)
      const records = await recordsOf(b, unit)
      for (const id of ids) expect(records.has(id)).toBe(true)
      expect(await recordsOf(a, unit)).toEqual(records)
      expect((await countUnsent(a.book)).ops).toBe(0)
    } finally {
      await own.stop()
    }
  })

  it('gets everything again from a phone that it does not know after it was restored', async () => {
    const own = await Server.start()
    try {
      const [unit] = own.villages as [string]
      await own.down()
      const saved = own.backup()
      await own.up()
      const a = await Phone.signedIn(own.url, 'truongthon')
      await syncBook(a.book)
      const ids: string[] = []
      for (const n of [1, 2, 3]) {
        const id = newId(Date.now())
        ids.push(id)
        await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(n) })
        expect(await syncBook(a.book, { force: true })).toBe('done')
      }
      await own.down()
      own.restore(saved)
      await own.up()
      expect(await syncBook(a.book, { force: true })).toBe('session')
      const { renew } = await import('../../lib/people')
      const { password } = await import('../server.mjs')
      await renew(a.book, password)
      await a.reopen()
      expect((await a.book.get('device'))!.id).not.toBe(a.person.device.id)
      expect((await countUnsent(a.book)).ops).toBe(3)
      for (let i = 0; i < 2; i++) expect(await syncBook(a.book, { force: true })).toBe('done')
      expect((await countUnsent(a.book)).ops).toBe(0)
      const b = await Phone.signedIn(own.url, 'mattran')
      await syncBook(b.book)
      const records = await recordsOf(b, unit)
      expect([...records.keys()].sort()).toEqual([...ids].sort())
      expect(await recordsOf(a, unit)).toEqual(records)
      expect((await listRows(a.book, { unit, kind: 'household' })).map(r => r.name).sort()).toEqual([1, 2, 3].map(n => `Hộ mẫu ${n}`))
    } finally {
      await own.stop()
    }
  })

  it('gets everything again from a phone whose code it forgot, when that registers again', async () => {
    const own = await Server.start()
    try {
      const [unit] = own.villages as [string]
      const { enrol } = await import('../../lib/people')
      const names = { deviceName: 'Máy mẫu', platform: 'Android 12' }
      const desk = await Phone.signedIn(own.url, 'canbo')
      const user = own.users.mattran!
      const { code } = await desk.book.api.json<{ code: string }>('POST', `/v1/users/${user}/enrolments`)
      await own.down()
      const saved = own.backup()
      await own.up()
      const a = new Phone(own.url)
      a.person = await enrol({ code, ...names }, a.env)
      await a.reopen()
      await syncBook(a.book)
      const ids: string[] = []
      const add = async (n: number): Promise<void> => {
        const id = newId(Date.now())
        ids.push(id)
        await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(n) })
      }
      for (const n of [1, 2, 3]) {
        await add(n)
        expect(await syncBook(a.book, { force: true })).toBe('done')
      }
      await own.down()
      own.restore(saved)
      await own.up()
      await add(4)
      expect(await syncBook(a.book, { force: true })).toBe('session')
      a.weather = request => request.url.endsWith('/v1/me/devices') ? 'lost' : 'fine'
      a.person = await enrol({ code, ...names }, a.env)
      await a.reopen()
      await syncBook(a.book, { force: true })
      expect((await countUnsent(a.book)).ops).toBeGreaterThan(0) // nothing is sent before it is known
      await a.reopen()
      a.weather = () => 'fine'
      for (let i = 0; i < 3; i++) expect(await syncBook(a.book, { force: true })).toBe('done')
      expect((await countUnsent(a.book)).ops).toBe(0)
      const b = await Phone.signedIn(own.url, 'truongthon')
      await syncBook(b.book)
      const records = await recordsOf(b, unit)
      expect([...records.keys()].sort()).toEqual([...ids].sort())
      expect(await recordsOf(a, unit)).toEqual(records)

      // The server knows the device: what was acknowledged stays as it is.
      const again = await desk.book.api.json<{ code: string }>('POST', `/v1/users/${user}/enrolments`).catch(async () => {
        const other = await Phone.signedIn(own.url, 'canbo')
        return await other.book.api.json<{ code: string }>('POST', `/v1/users/${user}/enrolments`)
      })
      a.person = await enrol({ code: again.code, ...names }, a.env)
      await a.reopen()
      const head = async (): Promise<number> => (await a.book.api.json<{ seq: number }>('GET', `/v1/units/${unit}/head`)).seq
      const before = await head()
      expect(await syncBook(a.book, { force: true })).toBe('done')
      expect(await head()).toBe(before)
      expect((await a.book.get('net'))?.unknown).toBeUndefined()
    } finally {
      await own.stop()
    }
  })

  it('goes on with the right counters when it is killed while a session is kept', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const ids = [newId(Date.now()), newId(Date.now())]
    await save(a.book, { unit, kind: 'household', record: ids[0]!, action: 'edit', set: household(81) })
    expect(await syncBook(a.book, { force: true })).toBe('done')
    const { signIn } = await import('../../lib/people')
    const { password } = await import('../server.mjs')
    const who = { username: 'truongthon', password, deviceName: 'Máy mẫu', platform: 'Android 12' }
    const real = IDBObjectStore.prototype.put
    for (const epoch of [true, false]) { // a new epoch of the device, and then another device
      for (let at = 0; ; at++) {
        await save(a.book, { unit, kind: 'household', record: ids[1]!, action: 'edit', set: household(82 + at) })
        await a.book.setNet({ forked: { code: 'forked', message: '', again: !epoch } })
        // The app is killed at its at-th write to the databases after the answer.
        let writes = -1
        a.weather = request => { if (request.url.endsWith('/v1/sessions')) writes = 0; return 'fine' }
        let killed = false
        IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof real>) {
          if (writes >= 0 && writes++ === at) killed = true
          if (killed) throw new DOMException('killed', 'AbortError')
          return real.apply(this, args)
        }
        await signIn(who, a.env).catch(() => {})
        IDBObjectStore.prototype.put = real
        a.weather = () => 'fine'
        await a.reopen()
        const [device, me] = [await a.book.get('device'), await a.book.get('me')]
        expect([me!.device.id, me!.device.epoch]).toEqual([device!.id, device!.epoch])
        a.person = await signIn(who, a.env)
        await a.reopen()
        for (let i = 0; i < 3 && (await countUnsent(a.book)).ops > 0; i++) await syncBook(a.book, { force: true })
        expect((await countUnsent(a.book)).ops).toBe(0)
        expect((await a.book.get('net'))?.forked).toBeUndefined()
        if (!killed) break
      }
    }
    const b = await Phone.signedIn(server.url, 'mattran')
    await syncBook(b.book)
    const records = await recordsOf(b, unit)
    for (const id of ids) expect(records.has(id)).toBe(true)
  })

  it('keeps the outbox through a copied installation, and writes on under new counters', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const first = newId(Date.now())
    await save(a.book, { unit, kind: 'household', record: first, action: 'edit', set: household(70) })
    await syncBook(a.book)
    // A copy of the storage writes counter 2 first.
    const copy = newId(Date.now())
    const token = (await a.book.get('session'))!.access!
    const answer = await fetch(`${server.url}/v1/units/${unit}/batches`, {
      method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ device: a.person.device.id, epoch: a.person.device.epoch, from: 2, ops: [{ n: 2, record: copy, kind: 'household', action: 'edit', base: 0, at: new Date().toISOString(), set: household(71) }] }),
    })
    expect(answer.status).toBe(200)
    const second = newId(Date.now())
    await save(a.book, { unit, kind: 'household', record: second, action: 'edit', set: household(72) })
    expect(await syncBook(a.book, { force: true })).toBe('forked')
    expect((await readStatus(a.book)).row).toBe(5)
    const { renew } = await import('../../lib/people')
    const { password } = await import('../server.mjs')
    await renew(a.book, password)
    await a.reopen()
    expect((await a.book.get('device'))!.epoch).toBe(2)
    expect(await syncBook(a.book, { force: true })).toBe('done')
    const records = await recordsOf(a, unit)
    for (const id of [first, copy, second]) expect(records.has(id)).toBe(true)
  })

  it('keeps saving when the session has ended, and sends everything after the next sign-in', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    await a.book.api.send('DELETE', '/v1/sessions/current')
    const ids = [1, 2, 3, 4, 5].map(() => newId(Date.now()))
    for (const [i, id] of ids.entries()) await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(80 + i) })
    expect(await syncBook(a.book, { force: true })).toBe('session')
    expect(await readStatus(a.book)).toMatchObject({ row: 5, n: 5 })
    const { renew } = await import('../../lib/people')
    const { password } = await import('../server.mjs')
    await renew(a.book, password)
    await a.reopen()
    expect(await syncBook(a.book)).toBe('done')
    const records = await recordsOf(a, unit)
    for (const id of ids) expect(records.has(id)).toBe(true)
    expect((await a.book.get('device'))!.epoch).toBe(1)
  })

  it('saves all of a transaction or nothing of it', async () => {
    const [unit] = server.villages as [string]
    const a = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(a.book)
    const before = await a.book.db.getAll('ops')
    await expect(change(a.book.db, async tx => {
      await tx.objectStore('units').put({ ...(await tx.objectStore('units').get(unit))!, n: 99 })
      throw new Error('the battery is empty')
    })).rejects.toThrow('battery')
    expect((await a.book.db.get('units', unit))!.n).toBe(0)
    expect(await a.book.db.getAll('ops')).toEqual(before)
  })
})
