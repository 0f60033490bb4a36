// Rules that chance seldom meets.
import { beforeEach, describe, expect, it } from 'vitest'
import { save, undo } from '../../lib/outbox'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { show } from '../../lib/view'
import { DumbPhone } from './dumbphone'
import { DumbServer, problem } from './dumbserver'

let server: DumbServer, phone: DumbPhone, other: DumbPhone
beforeEach(async () => {
  server = new DumbServer()
  phone = await DumbPhone.signedIn(server, 'a')
  other = await DumbPhone.signedIn(server, 'b')
})

const unit = async () => (await phone.book.db.get('units', 'u1'))!

describe('the base of a write', () => {
  it('is no page with more behind it: others may have written there what was not seen', async () => {
    server.pageSize = 2
    for (let i = 0; i < 6; i++) {
      await other.write({ headName: `Hộ mẫu ${i}` })
      await other.sync()
    }
    let pages = 0
    server.weather = request => (request.url.includes('/changes') && ++pages > 1 ? 'lost' : 'fine')
    await phone.sync()
    expect((await unit()).cursor!.seq).toBeGreaterThan(0)
    expect((await unit()).base).toBe(0)
    expect((await unit()).progress).toBeLessThan(1)
    expect((await phone.write({ headName: 'Hộ mẫu mới' })).op.base).toBe(0)
    server.weather = () => 'fine'
    expect(await phone.sync()).toBe('done')
    expect((await unit()).base).toBe(server.hashes.length)
  })
})

describe('taking back', () => {
  it('is refused where a later op changes or names the record that it made', async () => {
    const made = await phone.write({ headName: 'Hộ mẫu' })
    const edit = await phone.write({ headName: 'Hộ mẫu, sửa' }, { record: made.record })
    expect(await undo(phone.book, made.id)).toBe(false)
    expect(await undo(phone.book, edit.id)).toBe(true)
    const gift = await phone.write({ household: made.record }, { kind: 'gift' })
    expect(await undo(phone.book, made.id)).toBe(false)
    expect(await undo(phone.book, gift.id)).toBe(true)
    expect(await undo(phone.book, made.id)).toBe(true)
    expect((await unit()).n).toBe(0)
  })

  it('is possible again for ops that a fresh sign-in gave new counters', async () => {
    const row = await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => ({ status: 409, body: { code: 'device-forked', title: '', message: '', status: 409, type: '' } })]
    await phone.sync()
    expect(await undo(phone.book, row.id)).toBe(false)
    await phone.signInAgain()
    expect(await undo(phone.book, row.id)).toBe(true)
  })
})

describe('a restored server', () => {
  it('hides nobody’s later write behind an op that had a higher number in the lost history', async () => {
    const row = await phone.write({ headName: 'Bản của tôi' })
    server.weather = request => (request.url.endsWith('/batches') ? 'answer-lost' : 'fine')
    await phone.sync()
    expect(server.entries).toHaveLength(1)
    server.weather = () => 'fine'
    for (let i = 0; i < 4; i++) {
      await other.write({ headName: `Hộ mẫu ${i}` })
      await other.sync()
    }
    await phone.sync() // the resend is acknowledged with the head of now, far above the op's own commit
    server.restore(1)
    await other.sync()
    await other.sync()
    await other.write({ headName: 'Bản của người khác' }, { record: row.record })
    await other.sync()
    await phone.sync()
    await phone.sync()
    const shown = (await show(phone.book, 'u1', row.record))!
    expect(server.records().get(row.record)!.fields.headName).toBe('Bản của người khác')
    expect(shown.record.fields.headName).toBe('Bản của người khác')
    expect(shown.pending).toEqual([])
  })

  it('is asked what both share, and what is sent again keeps its base up to there', async () => {
    for (let i = 1; i <= 6; i++) {
      await phone.write({ headName: `Hộ mẫu ${i}` })
      await phone.sync()
    }
    const shared = server.hashes.length - 2
    server.restore(shared)
    for (let i = 0; i < 3; i++) expect(await phone.sync()).toBe('done')
    const bases = (await phone.ops()).map(o => o.op.base)
    expect(Math.max(...bases)).toBe(shared)
    expect(bases.slice(0, 4)).toEqual([...bases.slice(0, 4)].sort((a, b) => a - b))
    expect([...server.records().values()].map(r => r.fields.headName).sort()).toEqual([1, 2, 3, 4, 5, 6].map(i => `Hộ mẫu ${i}`))
  })

  it('gets what was acknowledged in an earlier epoch, too, before what was written after it', async () => {
    const record = (await phone.write({ headName: 'Bản thứ nhất' })).record
    await phone.sync()
    const kept = server.hashes.length
    await phone.write({ headName: 'Bản thứ hai' }, { record })
    await phone.sync()
    await phone.beginEpoch()
    await phone.write({ headName: 'Bản thứ ba' }, { record })
    await phone.sync()
    server.restore(kept)
    for (let i = 0, end = ''; end !== 'done'; i++) {
      expect(i).toBeLessThan(5)
      if ((end = await phone.sync()) === 'forked') await phone.signInAgain()
    }
    expect(server.entries.map(e => e.op.set!.headName)).toEqual(['Bản thứ nhất', 'Bản thứ hai', 'Bản thứ ba'])
    expect(server.records().get(record)!.fields.headName).toBe('Bản thứ ba')
    expect((await phone.ops()).every(o => o.waiting === 0)).toBe(true)
  })

  it('that has forgotten the epoch of a phone is signed in to until it knows it again', async () => {
    await phone.beginEpoch()
    await phone.beginEpoch()
    await phone.write({ headName: 'Hộ mẫu 1' })
    const device = (await phone.book.get('device')) as { id: string, epoch: number }
    server.epochs.set(device.id, 1)
    await phone.signInAgain()
    expect(await phone.book.get('device')).toEqual(device)
    expect(await phone.sync()).toBe('done')
    expect(server.entries.map(e => e.epoch)).toEqual([device.epoch])
  })

  it('that does not know a phone any more gets all again, from every epoch, in its order', async () => {
    const record = (await phone.write({ headName: 'Bản thứ nhất' })).record
    await phone.sync()
    await phone.beginEpoch()
    await phone.write({ headName: 'Bản thứ hai' }, { record })
    await phone.sync()
    const waiting = await phone.write({ headName: 'Bản thứ ba' }, { record })
    const old = (await phone.book.get('device'))!.id
    server.restore(0)
    server.forget(old)
    await phone.signInAgain()
    const device = (await phone.book.get('device'))!
    expect(device.id).not.toBe(old)
    expect((await show(phone.book, 'u1', record))!.marks.map(m => m.code)).toContain('unsent')
    expect((await phone.ops()).map(o => [o.n, o.waiting, o.result, o.ackSeq, o.ackAt])).toEqual([1, 2, 3].map(n => [n, 1, undefined, undefined, undefined]))
    expect((await phone.ops())[2]!.id).toBe(waiting.id)
    for (let i = 0; i < 3; i++) await phone.sync()
    expect(server.entries.map(e => [e.device, e.epoch, e.op.n, e.op.set!.headName])).toEqual([
      [device.id, 1, 1, 'Bản thứ nhất'], [device.id, 1, 2, 'Bản thứ hai'], [device.id, 1, 3, 'Bản thứ ba'],
    ])
    expect((await show(phone.book, 'u1', record))!.record.fields.headName).toBe('Bản thứ ba')
    expect((await phone.ops()).every(o => o.waiting === 0)).toBe(true)
  })

  it('gets nothing from a phone that was erased', async () => {
    const row = await phone.write({ headName: 'Hộ mẫu 1', phone: '0905123456' })
    await phone.sync()
    const waiting = await phone.write({ phone: '0905123457' }, { record: row.record })
    server.erased.set(row.record, ['phone'])
    await other.write({ headName: 'Hộ mẫu 1' }, { record: row.record })
    await other.sync()
    server.script = [() => problem(503, 'unavailable')]
    await phone.sync()
    await phone.book.setNet({ busyUntil: undefined })
    await syncBook(phone.book, { push: false, force: true })
    const ops = new Map((await phone.ops()).map(o => [o.id, o.op.set]))
    expect(ops.get(row.id)).toEqual({ headName: 'Hộ mẫu 1', phone: null })
    expect(ops.get(waiting.id)).toEqual({ phone: '0905123457' })
  })

  it('gets neither an erased note nor an erased name of a list from a phone', async () => {
    const sources = [{ name: 'Bà Mẫu', amountVnd: 5, form: 'cash' }]
    const row = await phone.write({ headName: 'Hộ mẫu 1', sources })
    await phone.sync()
    const review = await save(phone.book, { unit: 'u1', kind: 'household', record: row.record, action: 'review', state: 'returned', note: 'Bà Mẫu gọi lại' })
    await phone.sync()
    server.erased.set(row.record, ['sources.name'])
    await other.write({ phone: '0905123456' }, { record: row.record })
    await other.sync()
    await phone.sync()
    const kept = async (id: string) => (await phone.ops()).find(o => o.id === id)!.op
    expect((await kept(row.id)).set).toEqual({ headName: 'Hộ mẫu 1', sources: [{ name: '-', amountVnd: 5, form: 'cash' }] })
    expect((await kept(review.id)).note).toBe('Bà Mẫu gọi lại')
    server.unnoted.set(row.record, `${(await phone.ops()).find(o => o.id === review.id)!.ackSeq}.0`)
    await other.write({ phone: '0905123457' }, { record: row.record })
    await other.sync()
    await phone.sync()
    expect((await kept(review.id)).note).toBe('-')
  })

  it('gets nothing before its ledger was read afresh, and what is shown stays until then', async () => {
    const first = await phone.write({ headName: 'Hộ mẫu 1' })
    await phone.sync()
    await phone.write({ headName: 'Hộ mẫu 2' })
    await phone.sync()
    server.restore(1)
    await other.write({ headName: 'Hộ mẫu khác' })
    await other.sync()
    server.weather = request => (request.url.includes('/changes') ? 'lost' : 'fine')
    await phone.write({ headName: 'Hộ mẫu 3' })
    await phone.sync()
    server.bodies = []
    await phone.sync()
    expect(server.bodies).toEqual([])
    expect(await readStatus(phone.book)).toMatchObject({ row: 10, n: 1 }) // nothing is compared without a network
    await phone.book.setNet({ offline: false })
    expect(await readStatus(phone.book)).toMatchObject({ row: 7, again: false })
    expect((await show(phone.book, 'u1', first.record))!.record.fields.headName).toBe('Hộ mẫu 1')
    server.weather = () => 'fine'
    expect(await phone.sync()).toBe('done')
    expect((await phone.ops()).every(o => o.waiting === 0)).toBe(true)
    expect([...server.records().values()].map(r => r.fields.headName).sort()).toEqual(['Hộ mẫu 1', 'Hộ mẫu 2', 'Hộ mẫu 3', 'Hộ mẫu khác'])
  })
})
