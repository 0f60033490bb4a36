import { describe, expect, it } from 'vitest'
import { enrol, renew } from '../../lib/people'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { listRows } from '../../lib/view'
import { Phone } from './phone'
import { addHousehold, backUp, password, recordsOf, restore, Server } from './realserver'

describe('a real server that was restored from a backup', () => {
  it('makes a restored server whole again', async () => {
    const own = await Server.start()
    try {
      const [unit] = own.villages as [string]
      const a = await Phone.signedIn(own.url, 'truongthon')
      await syncBook(a.book)
      const ids: string[] = []
      const add = async (n: number): Promise<void> => {
        ids.push(await addHousehold(a, unit, n))
        expect(await syncBook(a.book, { force: true })).toBe('done')
      }
      await add(1)
      await add(2)
      const saved = await backUp(own)
      await add(3)
      await add(4)
      await restore(own, saved)
      const b = await Phone.signedIn(own.url, 'mattran')
      await addHousehold(b, unit, 9).catch(() => {})
      await syncBook(b.book)
      await addHousehold(b, unit, 9)
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
      const saved = await backUp(own)
      const a = await Phone.signedIn(own.url, 'truongthon')
      await syncBook(a.book)
      const ids: string[] = []
      for (const n of [1, 2, 3]) {
        ids.push(await addHousehold(a, unit, n))
        expect(await syncBook(a.book, { force: true })).toBe('done')
      }
      await restore(own, saved)
      expect(await syncBook(a.book, { force: true })).toBe('session')
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
      const names = { deviceName: 'Máy mẫu', platform: 'Android 12' }
      const desk = await Phone.signedIn(own.url, 'canbo')
      const user = own.users.mattran!
      const { code } = await desk.book.api.json<{ code: string }>('POST', `/v1/users/${user}/enrolments`)
      const saved = await backUp(own)
      const a = new Phone(own.url)
      a.person = await enrol({ code, ...names }, a.env)
      await a.reopen()
      await syncBook(a.book)
      const ids: string[] = []
      for (const n of [1, 2, 3]) {
        ids.push(await addHousehold(a, unit, n))
        expect(await syncBook(a.book, { force: true })).toBe('done')
      }
      await restore(own, saved)
      ids.push(await addHousehold(a, unit, 4))
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
})
