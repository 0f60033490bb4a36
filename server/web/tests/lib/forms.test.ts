import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaults, holds, needed, sectionsOf, validate } from '../../lib/forms'
import { newId } from '../../lib/ids'
import { save } from '../../lib/outbox'
import { syncBook } from '../../lib/sync'
import { Server } from '../server.mjs'
import { Phone } from './phone'

let server: Server, phone: Phone
beforeAll(async () => {
  server = await Server.start()
  phone = await Phone.signedIn(server.url, 'truongthon')
  await syncBook(phone.book)
})
afterAll(async () => { await server?.stop() })

const today = '2026-11-26'
const check = (kind: string, set: Record<string, unknown>, before: Record<string, unknown> = {}, isNew = true) =>
  validate(phone.book.forms!, phone.book.form(kind)!, { before, set, isNew, role: 'collector', today })

// What a village head can get wrong, by kind. The server is asked the same.
const wrong: [string, Record<string, unknown>][] = [
  ['gift', { quantity: 1 }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '2026-13-01', quantity: 1 }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '1026-11-20', quantity: 1 }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '2036-11-20', quantity: 1 }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '2026-11-20', quantity: 0 }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '2026-11-20', quantity: 100000 }],
  ['gift', { recipientName: 'x'.repeat(121), date: '2026-11-20', quantity: 1 }],
  ['gift', { recipientName: 'a\u0001b', date: '2026-11-20', quantity: 1 }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '2026-11-20', quantity: 1, category: 'rich' }],
  ['gift', { recipientName: 'Hồ Văn Mẫu', date: '2026-11-20', quantity: 1, photos: ['xx'] }],
  ['gift', { date: '2026-11-20', quantity: 1 }],
  ['household', { headName: 'Hộ mẫu', category: 'poor', phone: '12' }],
  ['household', { headName: 'Hộ mẫu', category: 'poor', nationalId: '123' }],
  ['household', { headName: 'Hộ mẫu', category: 'poor', categoryFrom: '2026-02-01', categoryTo: '2026-01-01' }],
  ['household', { headName: 'Hộ mẫu', category: 'poor', members: [{ birthYear: 1990 }] }],
  ['household', { headName: 'Hộ mẫu', category: 'poor', members: [{ name: 'Mẫu', birthYear: 3000 }] }],
]

describe('validation by the rules of the server', () => {
  it.each(wrong)('says of a wrong %s %j what the server says', async (kind, set) => {
    const unit = server.villages[0]!
    const id = newId(Date.now())
    const row = await save(phone.book, { unit, kind, record: id, action: 'edit', set })
    expect(await syncBook(phone.book)).toBe('done')
    const result = (await phone.book.db.getFromIndex('ops', 'id', row.id))!.result!
    expect(result.status).toBe('rejected')
    const faults = check(kind, set)
    expect(faults.map(f => f.code)).toContain(result.code)
    expect(faults.find(f => f.code === result.code && f.field === result.field)?.message).toBe(result.message)
  })

  it.each<[string, Record<string, unknown>]>([
    ['household', { code: 'H1', headName: 'Hộ mẫu 1', category: 'poor', phone: '0905 123 456', nationalId: '051 000 000 012', members: [{ name: 'Mẫu', birthYear: 1990 }] }],
    ['gift', { recipientName: 'Hộ\u000bmẫu\u000c012\u0085thôn\u2028mẫu\u2029 1', date: '2026-11-20', quantity: 1, items: 'gạo\u000bchăn\u000cmì\u0085muối\u2028dầu\u2029áo' }],
  ])('has nothing to say of a %s that the server takes', async (kind, set) => {
    expect(check(kind, set)).toEqual([])
    const row = await save(phone.book, { unit: server.villages[0]!, kind, record: newId(Date.now()), action: 'edit', set })
    await syncBook(phone.book)
    expect((await phone.book.db.getFromIndex('ops', 'id', row.id))!.result!.status).toBe('accepted')
  })

  it('does not blame an edit for what was wrong before', () => {
    expect(check('gift', { quantity: 2 }, { date: '2026-11-20' }, false)).toEqual([])
    expect(check('gift', { recipientName: null }, { date: '2026-11-20', recipientName: 'Mẫu' }, false).map(f => f.code)).toEqual(['one-of'])
  })

  it('shows fields by their conditions, and a value always', () => {
    const form = phone.book.form('household')!
    const names = (values: Record<string, unknown>): string[] => sectionsOf(form, values).flatMap(s => s.fields.map(f => f.name))
    expect(new Set(names({ category: 'poor' })).has('povertyStandard')).toBe(true)
    expect(names({ povertyStandard: '2022' })).toContain('povertyStandard')
    expect(holds({ field: 'a', values: ['true'] }, { a: true })).toBe(true)
    expect([...needed(phone.book.form('gift')!, {})]).toEqual(['date', 'quantity'])
    expect(defaults(phone.book.form('gift')!, today)).toMatchObject({ date: today })
  })
})
