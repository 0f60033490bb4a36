// Codes, passwords, names, and units that are taken away, with the real server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../lib/ids'
import { save } from '../../lib/outbox'
import { changePassword, enrol, renew, signIn } from '../../lib/people'
import { ApiError } from '../../lib/problem'
import { openBook } from '../../lib/book'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { countUnsent } from '../../lib/unsent'
import { Server, password } from '../server.mjs'
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
})
