import { describe, expect, it } from 'vitest'
import { readEvents } from '../../lib/events'
import { keepPhoto } from '../../lib/files'
import { newId } from '../../lib/ids'
import { newRecord, save, undo } from '../../lib/outbox'
import { listReceipts } from '../../lib/receipts'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { listRows, show, todo } from '../../lib/view'
import { Phone } from './phone'
import { addHousehold, household, ownServer, recordsOf } from './realserver'

const server = ownServer()

/** A JPEG of 2 × 2 pixels. */
const smallPhoto = '/9j/2wCEAP////////////////////////////////////////////////////////////////////////////////////8B///////////////////////////////////////////////////////////////////////////////////////AAAsIAAIAAgEBEQD/xADSAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAgBAQAAPwCOv//Z'

describe('the work of phones and desk through a real server', () => {
  it('sends a record, keeps the receipt, and pulls it on the other phone', async () => {
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
    const b = await Phone.signedIn(server().url, 'mattran')
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
    const [unit] = server().villages as [string]
    const desk = await Phone.signedIn(server().url, 'canbo')
    const a = await Phone.signedIn(server().url, 'truongthon')
    await syncBook(a.book)
    const told: unknown[] = []
    const end = new AbortController()
    const stream = readEvents(desk.book.api, '/v1/events', e => { told.push(e) }, end.signal)
    await expect.poll(() => told, { timeout: 30_000 }).toEqual([{ event: 'ready', data: {} }])
    await addHousehold(a, unit, 8)
    await syncBook(a.book)
    const { cursor } = (await a.book.db.get('units', unit))!
    await expect.poll(() => told.at(-1), { timeout: 30_000 }).toEqual({ event: 'unit', data: { unit, seq: cursor!.seq } })
    end.abort()
    await expect(stream).rejects.toThrow()
  })

  it('tells the commune that nothing is left with the request that brings the last of it', async () => {
    const [unit] = server().villages as [string]
    const desk = await Phone.signedIn(server().url, 'canbo')
    const a = await Phone.signedIn(server().url, 'truongthon')
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
    await expect.poll(held, { timeout: 30_000 }).toEqual([0, 1])
    expect(await syncBook(a.book, { pull: false })).toBe('done')
    await expect.poll(held, { timeout: 30_000 }).toEqual([0, 0])
  })

  it('shows two phones that they wrote differently, and lets one choose', async () => {
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
    const b = await Phone.signedIn(server().url, 'mattran')
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
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
    const desk = await Phone.signedIn(server().url, 'canbo')
    await syncBook(a.book)
    const id = await addHousehold(a, unit, 31)
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
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
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
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
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
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
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
})
