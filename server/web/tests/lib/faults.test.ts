import { describe, expect, it } from 'vitest'
import { change } from '../../lib/db'
import { newId } from '../../lib/ids'
import { save } from '../../lib/outbox'
import { renew, signIn } from '../../lib/people'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { show } from '../../lib/view'
import { Dice, Phone, type Weather } from './phone'
import { addHousehold, household, ownServer, password, recordsOf } from './realserver'

const server = ownServer()

describe('a real server, a failing network and killed apps', () => {
  it('loses and doubles nothing when requests are dropped, doubled, reordered and apps killed', async () => {
    const unit = server().villages[1]!
    server().user('thon2a', 'Đinh Văn Mẫu', 'collector', unit)
    server().user('thon2b', 'Hồ Thị Mẫu', 'collector', unit)
    const dice = new Dice(20261126)
    const phones = [await Phone.signedIn(server().url, 'thon2a'), await Phone.signedIn(server().url, 'thon2b')]
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
    const fresh = await Phone.signedIn(server().url, 'thon2a')
    await syncBook(fresh.book)
    expect(await recordsOf(fresh, unit)).toEqual(x)
    // Every op stands in the ledger once: counters have neither gaps nor doubles.
    const auditor = await Phone.signedIn(server().url, 'kiemtoan')
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

  it('goes on with the right counters when it is killed while a session is kept', async () => {
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
    await syncBook(a.book)
    const ids = [newId(Date.now()), newId(Date.now())]
    await save(a.book, { unit, kind: 'household', record: ids[0]!, action: 'edit', set: household(81) })
    expect(await syncBook(a.book, { force: true })).toBe('done')
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
    const b = await Phone.signedIn(server().url, 'mattran')
    await syncBook(b.book)
    const records = await recordsOf(b, unit)
    for (const id of ids) expect(records.has(id)).toBe(true)
  })

  it('keeps the outbox through a copied installation, and writes on under new counters', async () => {
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
    await syncBook(a.book)
    const first = await addHousehold(a, unit, 70)
    await syncBook(a.book)
    // A copy of the storage writes counter 2 first.
    const copy = newId(Date.now())
    const token = (await a.book.get('session'))!.access!
    const answer = await fetch(`${server().url}/v1/units/${unit}/batches`, {
      method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ device: a.person.device.id, epoch: a.person.device.epoch, from: 2, ops: [{ n: 2, record: copy, kind: 'household', action: 'edit', base: 0, at: new Date().toISOString(), set: household(71) }] }),
    })
    expect(answer.status).toBe(200)
    const second = await addHousehold(a, unit, 72)
    expect(await syncBook(a.book, { force: true })).toBe('forked')
    expect((await readStatus(a.book)).row).toBe(5)
    await renew(a.book, password)
    await a.reopen()
    expect((await a.book.get('device'))!.epoch).toBe(2)
    expect(await syncBook(a.book, { force: true })).toBe('done')
    const records = await recordsOf(a, unit)
    for (const id of [first, copy, second]) expect(records.has(id)).toBe(true)
  })

  it('keeps saving when the session has ended, and sends everything after the next sign-in', async () => {
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
    await syncBook(a.book)
    await a.book.api.send('DELETE', '/v1/sessions/current')
    const ids = [1, 2, 3, 4, 5].map(() => newId(Date.now()))
    for (const [i, id] of ids.entries()) await save(a.book, { unit, kind: 'household', record: id, action: 'edit', set: household(80 + i) })
    expect(await syncBook(a.book, { force: true })).toBe('session')
    expect(await readStatus(a.book)).toMatchObject({ row: 5, n: 5 })
    await renew(a.book, password)
    await a.reopen()
    expect(await syncBook(a.book)).toBe('done')
    const records = await recordsOf(a, unit)
    for (const id of ids) expect(records.has(id)).toBe(true)
    expect((await a.book.get('device'))!.epoch).toBe(1)
  })

  it('saves all of a transaction or nothing of it', async () => {
    const [unit] = server().villages as [string]
    const a = await Phone.signedIn(server().url, 'truongthon')
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
