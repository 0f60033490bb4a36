// Codes, passwords, names, and units that are taken away, with the real server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bringPhotos, countCarried, listCarryPhotos, makeCarry, readCarry, sendCarry } from '../../lib/carry'
import { keepPhoto, listPhotos } from '../../lib/files'
import { newId } from '../../lib/ids'
import { letGo } from '../../lib/info'
import { withLock } from '../../lib/locks'
import { save } from '../../lib/outbox'
import { changePassword, enrol, renew, signIn, signOut, UnsentError } from '../../lib/people'
import { ApiError } from '../../lib/problem'
import { openBook } from '../../lib/book'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { Server, password } from '../server.mjs'
import { picture } from './picture'
import { Phone } from './phone'

let server: Server, desk: Phone, admin: Phone
beforeAll(async () => {
  server = await Server.start()
  server.user('quantri', 'Quản Trị Mẫu', 'admin', server.commune)
  desk = await Phone.signedIn(server.url, 'canbo')
  admin = await Phone.signedIn(server.url, 'quantri')
})
afterAll(async () => { await server?.stop() })

const names = { deviceName: 'Máy mẫu', platform: 'Android 12' }

describe('accounts', () => {
  it('registers a phone by a code, once, and asks for a password of its own', async () => {
    const user = server.users.mattran!
    const { code } = await desk.book.api.json<{ code: string }>('POST', `/v1/users/${user}/enrolments`)
    const phone = new Phone(server.url)
    const person = await enrol({ code: `${code.slice(0, 4)} ${code.slice(4)}`, ...names }, phone.env)
    expect(person.name).toBe('Trần Thị Mẫu')
    await expect(enrol({ code, ...names }, phone.env)).rejects.toMatchObject({ code: 'enrolment-invalid' })
    const book = await openBook(person.user, phone.env)
    expect(await syncBook(book)).toBe('done')
    await expect(changePassword(book, { old: password, next: 'ngan' })).rejects.toBeInstanceOf(ApiError)
    await changePassword(book, { ...(book.me!.user.mustChangePassword ? {} : { old: password }), next: 'mat-khau-rieng-2026' })
    expect((await signIn({ username: 'mattran', password: 'mat-khau-rieng-2026', ...names }, new Phone(server.url).env)).user).toBe(user)
  })

  it('knows the names of those who write in its village, also offline', async () => {
    const phone = await Phone.signedIn(server.url, 'truongthon')
    await syncBook(phone.book)
    phone.weather = () => 'lost'
    const { names: people } = await phone.book.info()
    expect(people.find(p => p.id === server.users.mattran)?.name).toBe('Trần Thị Mẫu')
    expect(phone.book.me!.server!.features).toContain('files')
  })

  it('lets a phone in again while a stranger who knows its id guesses at the password', async () => {
    server.user('bidoan', 'Lý Thị Mẫu', 'collector', server.villages[0] as string)
    const phone = await Phone.signedIn(server.url, 'bidoan')
    await phone.book.api.send('DELETE', '/v1/sessions/current')
    const guess = async (secret: string): Promise<number> => (await fetch(`${server.url}/v1/sessions`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'bidoan', password: secret, device: { id: phone.person.device.id, name: 'Máy lạ', platform: '' } }),
    })).status
    for (let i = 0; i < 20 && await guess('doan-mo') !== 429; i++);
    expect(await guess(password)).toBe(429)
    expect((await renew(phone.book, password)).device.id).toBe(phone.person.device.id)
    await phone.reopen()
    expect(await syncBook(phone.book, { force: true })).toBe('done')
  })

  it('sends what was written before a unit was taken away, and then lets go of it', async () => {
    const [first, second] = server.villages as [string, string]
    server.user('chuyenthon', 'Hồ Văn Mẫu', 'collector', `${first},${second}`)
    const phone = await Phone.signedIn(server.url, 'chuyenthon')
    await syncBook(phone.book)
    const record = newId(Date.now())
    await save(phone.book, { unit: first, kind: 'household', record, action: 'edit', set: { code: 'L1', headName: 'Hộ mẫu', category: 'poor' } })
    const users = await admin.book.api.json<{ items: { id: string, version: number }[] }>('GET', '/v1/users?limit=200')
    const user = users.items.find(u => u.id === phone.person.user)!
    await admin.book.api.send('PATCH', `/v1/users/${user.id}`, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ version: user.version, units: [second] }) })
    expect(await syncBook(phone.book, { force: true })).toBe('session')
    await phone.book.put('net', {})
    phone.person = await signIn({ username: 'chuyenthon', password, ...names }, phone.env)
    await phone.reopen()
    expect(await syncBook(phone.book, { force: true })).toBe('done')
    expect((await countUnsent(phone.book)).ops).toBe(0)
    expect(await syncBook(phone.book, { force: true })).toBe('done')
    expect((await phone.book.db.getAll('units')).map(u => u.unit)).not.toContain(first)
    expect((await readStatus(phone.book)).row).toBe(14)
    await syncBook(desk.book)
    expect((await desk.book.db.getAll('records')).some(r => r.id === record)).toBe(true)
  })

  /** A phone whose text has arrived from two villages while its photos wait, and from which the first was then taken. */
  async function lostWithPhotos (username: string, hashes: (keep: (unit: string) => Promise<string>) => Promise<[string, string]>): Promise<Phone> {
    const [first, second] = server.villages as [string, string]
    server.user(username, 'Lò Văn Mẫu', 'collector', `${first},${second}`)
    const phone = await Phone.signedIn(server.url, username)
    await syncBook(phone.book)
    const photos = await hashes(async unit => (await keepPhoto(phone.book, { unit, bytes: picture(), type: 'image/jpeg' })).hash)
    for (const [i, unit] of [first, second].entries()) {
      await save(phone.book, { unit, kind: 'gift', record: newId(Date.now()), action: 'edit', set: { recipientName: `Người mẫu ${i}`, quantity: 1, date: '2026-11-20', photos: [photos[i]] } })
    }
    expect(await syncBook(phone.book, { photos: false })).toBe('done')
    const user = (await admin.book.api.json<{ items: { id: string, version: number }[] }>('GET', '/v1/users?limit=200')).items.find(u => u.id === phone.person.user)!
    await admin.book.api.send('PATCH', `/v1/users/${user.id}`, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ version: user.version, units: [second] }) })
    await renew(phone.book, password)
    await phone.book.put('net', {})
    // What a server says after the days in which it still takes what was written before, to a person of another commune.
    const pass = phone.env.fetch
    Object.assign(phone.env, {
      fetch: async (request: Request): Promise<Response> => {
        const { pathname } = new URL(request.url)
        const of = (request.headers.get('Upload-Metadata') ?? '').includes(`unit ${btoa(first)}`)
        if (pathname === '/v1/files' && of) return Response.json({ type: 'about:blank', title: 'Not Found', status: 404, code: 'not-found', message: 'Không tìm thấy.' }, { status: 404 })
        const answer = await pass(request)
        return pathname === '/v1/me' && answer.ok ? Response.json({ ...await answer.json() as object, leaving: [] }, { headers: answer.headers.has('Date') ? { Date: answer.headers.get('Date')! } : {} }) : answer
      },
    })
    await phone.reopen()
    expect(await syncBook(phone.book, { force: true })).toBe('done')
    return phone
  }

  it('keeps a village that was taken away while photos of it wait, until a file has brought them', async () => {
    const [first] = server.villages as [string]
    const phone = await lostWithPhotos('matthon', async keep => [await keep(first), await keep(server.villages[1]!)])
    expect((await listPhotos(phone.book, 'waiting')).map(p => p.unit)).toEqual([first])
    expect(await readStatus(phone.book)).toMatchObject({ row: 6, n: 0, photos: 1, unitId: first })
    await expect(signOut(phone.book)).rejects.toThrow(UnsentError)
    // The op that names the photo has arrived; it goes along once more.
    expect(await listCarryPhotos(phone.book)).toHaveLength(1)
    const made = await makeCarry(phone.book, { photos: true })
    expect(made).toMatchObject({ ops: 1, photos: 1, left: 0 })
    const file = await readCarry(made.file)
    expect(countCarried(await sendCarry(desk.book, file))).toEqual({ taken: 1, rejected: 0, refused: [] })
    await bringPhotos(desk.book, file)
    expect(file.photos.map(p => p.state)).toEqual(['sent'])
    expect((await makeCarry(phone.book)).ops).toBe(0)

    // Nothing is dropped while something is being sent.
    let dropped: Promise<void> | undefined
    await withLock(phone.book.sendLock, async () => {
      dropped = letGo(phone.book, first)
      await phone.book.db.getAll('units')
      expect(await listPhotos(phone.book, 'waiting')).toHaveLength(1)
    })
    await dropped
    expect(await listPhotos(phone.book, 'waiting')).toEqual([])
    expect((await listPhotos(phone.book)).map(p => p.state)).toEqual(['sent'])
    expect((await readStatus(phone.book)).row).toBe(14)
    await signOut(phone.book)
  })

  it('lets a picture go to the other village that names it, where the first is let go', async () => {
    const [first, second] = server.villages as [string, string]
    const phone = await lostWithPhotos('haithon', async keep => { const hash = await keep(first); return [hash, hash] })
    expect(await readStatus(phone.book)).toMatchObject({ row: 6, photos: 1 })
    await letGo(phone.book, first)
    expect((await listPhotos(phone.book, 'waiting')).map(p => p.unit)).toEqual([second])
    expect(await syncBook(phone.book)).toBe('done')
    expect((await listPhotos(phone.book)).map(p => p.state)).toEqual(['sent'])
  })
})
