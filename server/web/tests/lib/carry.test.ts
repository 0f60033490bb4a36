import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CarryError, makeCarry, readCarry } from '../../lib/carry'
import { readClock } from '../../lib/clock'
import { draftKey } from '../../lib/rows'
import { dropDraft, keepDraft, openDraft } from '../../lib/drafts'
import { gunzip, gzip } from '../../lib/gzip'
import { newId } from '../../lib/ids'
import { save, undo } from '../../lib/outbox'
import { checkPin, setPin, signOut, UnsentError } from '../../lib/people'
import { listPersons } from '../../lib/registry'
import { exportAll } from '../../lib/rescue'
import { readStatus } from '../../lib/status'
import { syncBook, syncEverybody } from '../../lib/sync'
import { show } from '../../lib/view'
import { listDrafts } from '../../lib/unsent'
import { Server } from '../server.mjs'
import { Phone } from './phone'

let server: Server, unit: string
beforeAll(async () => {
  server = await Server.start()
  unit = server.villages[0]!
})
afterAll(async () => { await server?.stop() })

const household = (n: number): Record<string, unknown> => ({ code: `C${n}`, headName: `Hộ mẫu ${n}`, category: 'poor' })

async function phoneWith (n: number): Promise<{ phone: Phone, ids: string[] }> {
  const phone = await Phone.signedIn(server.url, 'truongthon')
  await syncBook(phone.book)
  const ids = Array.from({ length: n }, () => newId(Date.now()))
  for (const [i, record] of ids.entries()) await save(phone.book, { unit, kind: 'household', record, action: 'edit', set: household(i) })
  return { phone, ids }
}

describe('the carry file', () => {
  it('holds what is unsent, as it will be sent, and says whose it is', async () => {
    const { phone, ids } = await phoneWith(3)
    const file = await makeCarry(phone.book)
    expect(file.ops).toBe(3)
    expect(file.name).toMatch(/^so-thon_thon-mau-1_\d{4}-\d\d-\d\d_3-muc\.sothon$/)
    const contents = await readCarry(file.bytes)
    expect(contents).toMatchObject({ user: phone.person.user, userName: 'Nguyễn Văn Mẫu', device: phone.person.device.id, epoch: 1 })
    expect(contents.parts.map(p => [p.unit, p.unitName, p.from, p.ops.map(o => o.record)])).toEqual([[unit, 'Thôn mẫu 1', 1, ids]])
  })

  it('makes its ops count as tried: they are not taken back any more', async () => {
    const { phone } = await phoneWith(1)
    await makeCarry(phone.book)
    const [op] = await phone.book.db.getAll('ops')
    expect(await undo(phone.book, op!.id)).toBe(false)
    expect(await syncBook(phone.book)).toBe('done')
  })

  it('refuses a file that was changed, and what is no file of ours', async () => {
    const { phone } = await phoneWith(1)
    const { bytes } = await makeCarry(phone.book)
    const envelope = JSON.parse(new TextDecoder().decode(await gunzip(bytes, 1e7))) as { payload: string }
    const payload = new TextDecoder().decode(Uint8Array.from(atob(envelope.payload.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0)))
    envelope.payload = btoa(unescape(encodeURIComponent(payload.replace('C0', 'C9')))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    await expect(readCarry((await gzip(JSON.stringify(envelope)))!)).rejects.toThrow(CarryError)
    await expect(readCarry(new TextEncoder().encode('xin chào'))).rejects.toThrow(CarryError)
    const bomb = await gzip('x'.repeat(20_000_000))
    await expect(readCarry(bomb!)).rejects.toThrow(CarryError)
  })
})

describe('a phone with its people', () => {
  it('keeps a database for each, and sends for all', async () => {
    const a = await Phone.signedIn(server.url, 'truongthon')
    const { signIn } = await import('../../lib/people')
    const { password } = await import('../server.mjs')
    const other = await signIn({ username: 'mattran', password, deviceName: 'Máy chung', platform: 'Android' }, a.env)
    expect((await listPersons(a.env)).map(p => p.username).sort()).toEqual(['mattran', 'truongthon'])
    await syncBook(a.book)
    await save(a.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(1) })
    const ends = await syncEverybody([a.person.user, other.user], a.env)
    expect([...ends.values()]).toEqual(['done', 'done'])
    expect((await a.book.db.getAll('ops')).every(o => o.waiting === 0)).toBe(true)
  })

  it('signs nobody out while something is unsent, and takes everything along after that', async () => {
    const { phone } = await phoneWith(2)
    await expect(signOut(phone.book)).rejects.toThrow(UnsentError)
    await syncBook(phone.book)
    await signOut(phone.book)
    expect(await listPersons(phone.env)).toEqual([])
    expect((await indexedDB.databases()).some(d => d.name === `${phone.env.prefix}-${phone.person.user}`)).toBe(false)
  })

  it('locks the screen by a PIN, and waits after five wrong ones', async () => {
    const { phone } = await phoneWith(0)
    await setPin(phone.person.user, '123456', phone.env)
    expect((await listPersons(phone.env))[0]!.hasPin).toBe(true)
    for (let i = 0; i < 4; i++) expect(await checkPin(phone.person.user, '000000', phone.env)).toEqual({ ok: false, waitSeconds: 0 })
    expect(await checkPin(phone.person.user, '000000', phone.env)).toEqual({ ok: false, waitSeconds: 30 })
    expect((await checkPin(phone.person.user, '123456', phone.env)).ok).toBe(false)
    phone.clockOff = 31_000
    expect((await checkPin(phone.person.user, '000000', phone.env)).waitSeconds).toBe(60)
    phone.clockOff += 61_000
    expect(await checkPin(phone.person.user, '123456', phone.env)).toEqual({ ok: true, waitSeconds: 0 })
  })

  it('keeps a draft with the base of its opening, and ends it with the save', async () => {
    const { phone, ids } = await phoneWith(1)
    await syncBook(phone.book)
    const { draft, resumed } = await openDraft(phone.book, { unit, kind: 'household', record: ids[0]! })
    expect(resumed).toBe(false)
    draft.set.phone = '0912345678'
    await keepDraft(phone.book, draft)
    await save(phone.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(5) })
    await syncBook(phone.book)
    const again = await openDraft(phone.book, { unit, kind: 'household', record: ids[0]! })
    expect(again.resumed).toBe(true)
    expect(again.draft.base).toBe(draft.base)
    expect((await phone.book.db.get('units', unit))!.base).toBeGreaterThan(draft.base)
    expect((await show(phone.book, unit, ids[0]!))!.marks.map(m => m.code)).toContain('draft')
    await save(phone.book, { unit, kind: 'household', record: ids[0]!, action: 'edit', set: again.draft.set, base: again.draft.base, draft: draftKey(unit, 'household', ids[0]) })
    expect(await listDrafts(phone.book)).toEqual([])
    expect((await phone.book.db.getAll('ops')).at(-1)!.op.base).toBe(draft.base)
    await keepDraft(phone.book, (await openDraft(phone.book, { unit, kind: 'gift' })).draft)
    await dropDraft(phone.book, draftKey(unit, 'gift', undefined))
    expect(await listDrafts(phone.book)).toEqual([])
  })

  it('notices a clock that is off by years, and one that was set back', async () => {
    const { phone } = await phoneWith(0)
    expect((await readClock(phone.book)).wrong).toBe(false)
    phone.clockOff = -7 * 365 * 86_400_000
    const back = await readClock(phone.book)
    expect(back.wrong).toBe(true)
    expect(back.behindSeconds).toBeGreaterThan(6 * 365 * 86_400)
    await save(phone.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(6) })
    expect(await syncBook(phone.book, { force: true })).toBe('done')
    expect((await phone.book.db.getAll('ops')).at(-1)!.result!.status).toBe('accepted')
    expect((await readStatus(phone.book)).row).toBe(14)
  })

  it('can be read out when nothing else works, without its tokens', async () => {
    const { phone } = await phoneWith(2)
    const text = new TextDecoder().decode(await gunzip(await exportAll(phone.person.user, phone.env), 1e7))
    const all = JSON.parse(text) as { ops: unknown[] }
    expect(all.ops).toHaveLength(2)
    expect(text).not.toContain((await phone.book.get('session'))!.refresh)
  })
})
