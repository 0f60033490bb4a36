import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromBase64url } from '../../lib/base64'
import { bringPhotos, CarryError, CarrySizeError, countCarried, makeCarry, readCarry, sendCarry } from '../../lib/carry'
import { readClock } from '../../lib/clock'
import type { Op } from '../../lib/contract'
import { draftKey, type OpRow } from '../../lib/rows'
import { dropDraft, keepDraft, openDraft } from '../../lib/drafts'
import { keepPhoto, listPhotos, photoBytes } from '../../lib/files'
import { gunzip, gzip } from '../../lib/gzip'
import { newId } from '../../lib/ids'
import { save, undo } from '../../lib/outbox'
import { checkPin, setPin, signOut, UnsentError } from '../../lib/people'
import { listPersons } from '../../lib/registry'
import { exportAll, rescue } from '../../lib/rescue'
import { progressOf, readStatus } from '../../lib/status'
import { syncBook, syncEverybody } from '../../lib/sync'
import { show } from '../../lib/view'
import { listDrafts } from '../../lib/unsent'
import { Server } from '../server.mjs'
import { Phone } from './phone'
import { picture } from './picture'

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
    const { contents, photos } = await readCarry(file.file)
    expect(photos).toEqual([])
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
    const bytes = new Uint8Array(await (await makeCarry(phone.book)).file.arrayBuffer())
    const envelope = JSON.parse(new TextDecoder().decode(await gunzip(bytes, 1e7))) as { payload: string }
    const payload = new TextDecoder().decode(Uint8Array.from(atob(envelope.payload.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0)))
    envelope.payload = btoa(unescape(encodeURIComponent(payload.replace('C0', 'C9')))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    await expect(readCarry(new Blob([(await gzip(JSON.stringify(envelope)))!]))).rejects.toThrow(CarryError)
    await expect(readCarry(new Blob(['xin chào']))).rejects.toThrow(CarryError)
    const bomb = await gzip('x'.repeat(20_000_000))
    await expect(readCarry(new Blob([bomb!]))).rejects.toThrow(CarryError)
  })
})

describe('the photos of a carry file', () => {
  const bringer = async (): Promise<Phone> => {
    const phone = await Phone.signedIn(server.url, 'thonhai')
    await syncBook(phone.book)
    return phone
  }
  beforeAll(() => { server.user('thonhai', 'Đinh Văn Mẫu', 'collector', server.villages[1]!) })

  async function phoneWithPhotos (n: number): Promise<{ phone: Phone, hashes: string[], ids: string[] }> {
    const { phone, ids } = await phoneWith(1)
    const hashes: string[] = []
    for (let i = 0; i < n; i++) {
      const { hash } = await keepPhoto(phone.book, { unit, bytes: picture(), type: 'image/jpeg' })
      hashes.push(hash)
      ids.push(newId(Date.now()))
      await save(phone.book, { unit, kind: 'gift', record: ids.at(-1)!, action: 'edit', set: { recipientName: `Người mẫu ${i}`, quantity: 1, date: '2026-11-20', photos: [hash] } })
    }
    return { phone, hashes, ids }
  }

  it('are brought by a neighbour of another village after the ops, and once: the phone itself sends none of them again', async () => {
    const { phone, hashes } = await phoneWithPhotos(3)
    const before = await makeCarry(phone.book)
    expect(before.photos).toBe(0) // they are left out where nobody asks for them
    const made = await makeCarry(phone.book, { photos: true })
    expect(made).toMatchObject({ ops: 4, photos: 3, left: 0 })
    const b = await bringer()
    const carry = await readCarry(made.file)
    expect(carry.photos.map(p => p.hash)).toEqual(hashes)
    expect(countCarried(await sendCarry(b.book, carry))).toEqual({ taken: 4, rejected: 0, refused: [] })
    // The link breaks at the second photo; the next attempt goes on there.
    let creates = 0
    b.weather = r => (r.method === 'POST' && r.url.endsWith('/v1/files') && ++creates === 2 ? 'lost' : 'fine')
    await expect(bringPhotos(b.book, carry)).rejects.toThrow()
    expect(carry.photos.map(p => p.state)).toEqual(['sent', undefined, undefined])
    b.weather = () => 'fine'
    b.requests = []
    await bringPhotos(b.book, carry)
    expect(carry.photos.map(p => p.state)).toEqual(['sent', 'sent', 'sent'])
    expect(b.requests.filter(r => r === 'POST /v1/files')).toHaveLength(2)
    for (const hash of hashes) expect(await photoBytes(b.book, hash)).toBeDefined()
    // The same file again, at another desk: no bytes go over the link a second time.
    b.requests = []
    const again = await readCarry(made.file)
    await sendCarry(b.book, again)
    await bringPhotos(b.book, again)
    expect(again.photos.map(p => p.state)).toEqual(['sent', 'sent', 'sent'])
    expect(b.requests.some(r => r.startsWith('PATCH'))).toBe(false)

    phone.requests = []
    expect(await syncBook(phone.book)).toBe('done')
    expect(phone.requests.some(r => r.startsWith('PATCH'))).toBe(false)
    expect((await listPhotos(phone.book)).map(p => p.state)).toEqual(['sent', 'sent', 'sent'])
    expect((await readStatus(phone.book)).row).toBe(14)
    expect(await phone.book.db.count('receipts')).toBe(1)
  })

  it('go along in the order in which they were taken, also within one moment', async () => {
    const { phone } = await phoneWith(1)
    const at = Date.now()
    Object.assign(phone.env, { now: () => at })
    const hashes: string[] = []
    for (let i = 0; i < 8; i++) {
      const { hash } = await keepPhoto(phone.book, { unit, bytes: picture(), type: 'image/jpeg' })
      hashes.push(hash)
      await save(phone.book, { unit, kind: 'gift', record: newId(at), action: 'edit', set: { recipientName: `Người mẫu ${i}`, quantity: 1, date: '2026-11-20', photos: [hash] } })
    }
    const { file } = await makeCarry(phone.book, { photos: true })
    expect((await readCarry(file)).photos.map(p => p.hash)).toEqual(hashes)
  })

  it('are taken only as the signed ops name them', async () => {
    const { phone, hashes } = await phoneWithPhotos(2)
    const { file } = await makeCarry(phone.book, { photos: true })
    const bytes = new Uint8Array(await file.arrayBuffer())
    const carry = await readCarry(file)
    // One byte of the first photo is another; the second comes all the same.
    const changed = bytes.slice()
    changed[carry.photos[0]!.at + 30]! ^= 1
    const b = await bringer()
    const taken = await readCarry(new Blob([changed]))
    await sendCarry(b.book, taken)
    await bringPhotos(b.book, taken)
    expect(taken.photos.map(p => p.state)).toEqual(['refused', 'sent'])
    // A photo under a name that no op says is none of the file's.
    const text = new TextDecoder('latin1').decode(bytes).replace(`"hash":"${hashes[0]!}"`, `"hash":"${'0'.repeat(64)}"`)
    expect((await readCarry(new Blob([Uint8Array.from(text, c => c.charCodeAt(0))]))).photos.map(p => p.hash)).toEqual([hashes[1]])
  })

  it('are refused where the file says something else than it holds', async () => {
    const { phone } = await phoneWithPhotos(1)
    const { file } = await makeCarry(phone.book, { photos: true })
    const bytes = new Uint8Array(await file.arrayBuffer())
    for (const wrong of [
      bytes.slice(0, bytes.length - 1), bytes.slice(1), new Uint8Array([...bytes.slice(0, -12), 0xff, 0xff, 0xff, 0xff, ...bytes.slice(-8)]),
      new Uint8Array([...bytes.slice(0, -12), 0, 0, 0, 0, ...bytes.slice(-8)]), bytes.slice(-12), new Uint8Array([0, ...bytes]),
    ]) await expect(readCarry(new Blob([wrong]))).rejects.toThrow(CarryError)
  })

  it('are counted while they are sent: which of how many', async () => {
    const { phone } = await phoneWithPhotos(3)
    await readStatus(phone.book)
    const told: string[] = []
    phone.weather = r => {
      const progress = progressOf(phone.person.user)
      if (r.method === 'PATCH') told.push(`${progress?.i}/${progress?.n}`)
      return 'fine'
    }
    expect(await syncBook(phone.book)).toBe('done')
    expect(told).toEqual(['1/3', '2/3', '3/3'])
  })

  it('have a limit in number; the phone says what it leaves for later', async () => {
    const { phone } = await phoneWithPhotos(0)
    const photos = []
    for (let i = 0; i < 203; i++) photos.push((await keepPhoto(phone.book, { unit, bytes: picture(), type: 'image/jpeg' })).hash)
    for (let i = 0; i < photos.length; i += 10) await save(phone.book, { unit, kind: 'gift', record: newId(Date.now()), action: 'edit', set: { recipientName: 'Người mẫu', quantity: 1, date: '2026-11-20', photos: photos.slice(i, i + 10) } })
    const made = await makeCarry(phone.book, { photos: true })
    expect(made).toMatchObject({ photos: 200, left: 3 })
    expect((await readCarry(made.file)).photos).toHaveLength(200)
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
    const text = new TextDecoder().decode(await gunzip((await exportAll(phone.person.user, phone.env)).bytes, 1e7))
    const all = JSON.parse(text) as { ops: unknown[] }
    expect(all.ops).toHaveLength(2)
    expect(text).not.toContain((await phone.book.get('session'))!.refresh)
  })

  const readOut = async (file: Blob): Promise<{ ops: { result?: { status: string } }[], photoBytes: Record<string, string> }> =>
    JSON.parse(new TextDecoder().decode(await gunzip(new Uint8Array(await file.arrayBuffer()), 1e8))) as never
  const withPhotos = async (n: number): Promise<{ phone: Phone, hashes: string[] }> => {
    const { phone } = await phoneWith(0)
    const hashes: string[] = []
    for (let i = 0; i < n; i++) hashes.push((await keepPhoto(phone.book, { unit, bytes: picture(), type: 'image/jpeg' })).hash)
    for (let i = 0; i < n; i += 10) await save(phone.book, { unit, kind: 'gift', record: newId(Date.now()), action: 'edit', set: { recipientName: 'Người mẫu', quantity: 1, date: '2026-11-20', photos: hashes.slice(i, i + 10) } })
    return { phone, hashes }
  }

  it('is rescued in one file where that holds all, the photos of what has arrived too', async () => {
    const { phone, hashes } = await withPhotos(2)
    expect(await syncBook(phone.book, { photos: false })).toBe('done')
    const files = await rescue(phone.person.user, phone.env)
    expect(files.map(f => f.name)).toEqual([expect.stringMatching(/\.sothon$/)])
    expect((await readCarry(files[0]!.file)).photos.map(p => p.hash).sort()).toEqual([...hashes].sort())
  })

  it('is rescued in two files where the first has no room for a photo', async () => {
    const { phone, hashes } = await withPhotos(203)
    const files = await rescue(phone.person.user, phone.env)
    expect(files.map(f => f.name.split('.').at(-1))).toEqual(['sothon', 'sothon-cuu'])
    const { photoBytes } = await readOut(files[1]!.file)
    expect(Object.keys(photoBytes).sort()).toEqual([...hashes].sort())
    expect(fromBase64url(photoBytes[hashes[202]!]!)).toEqual(await phone.book.db.get('photoBytes', hashes[202]!))
  })

  it('is rescued in two files where the commune refused an op that nobody has seen to', async () => {
    const { phone } = await phoneWith(2)
    await save(phone.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: { ...household(3), category: 'no-such' } })
    expect(await syncBook(phone.book)).toBe('done')
    await save(phone.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: household(4) })
    const files = await rescue(phone.person.user, phone.env)
    expect(files.map(f => f.name.split('.').at(-1))).toEqual(['sothon', 'sothon-cuu'])
    expect((await readOut(files[1]!.file)).ops.filter(op => op.result?.status === 'rejected')).toHaveLength(1)
  })

  it('is read with the command of the README, packed or not: what waits, what was refused or not readable, and nothing that was seen to', async ({ skip }) => {
    skip(spawnSync('jq', ['--version']).status !== 0, 'no jq here, which the command of the README needs')
    const { phone, ids } = await phoneWith(6)
    const ops = await phone.book.db.getAll('ops')
    const accepted = { waiting: 0, result: { n: 0, status: 'accepted' } } as const, refused = { waiting: 0, result: { n: 0, status: 'rejected', message: 'Sổ đã khóa.' } } as const
    const changes = [{}, accepted, refused, { ...refused, settled: true }, { ...accepted, op: { ...ops[4]!.op, set: {} }, unreadable: { op: ops[4]!.op, code: 'malformed', message: 'Không đọc được.' } }, {}]
    for (const [i, change] of changes.entries()) await phone.book.db.put('ops', { ...ops[i]!, ...change } as OpRow)
    const { bytes } = await exportAll(phone.person.user, phone.env)
    const [, command] = fs.readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8').match(/`(gzip [^`]*jq [^`]*)`/)!
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'sothon-rescue-')), 'so-thon.sothon-cuu')
    try {
      for (const content of [bytes, await gunzip(bytes, 1e8)]) { // a browser that cannot pack writes it as it is
        fs.writeFileSync(file, content)
        const shown = execFileSync('sh', ['-c', command!.replace('FILE', `'${file}'`).replace('| jq ', '| jq -c ')], { encoding: 'utf8' }).trim().split('\n').map(line => JSON.parse(line) as { unit: string, op: Op, why: string | null })
        expect(shown.map(s => [s.unit, s.op.record, s.op.set!.headName, s.why])).toEqual([
          [unit, ids[0], 'Hộ mẫu 0', null], [unit, ids[2], 'Hộ mẫu 2', 'Sổ đã khóa.'], [unit, ids[4], 'Hộ mẫu 4', 'Không đọc được.'], [unit, ids[5], 'Hộ mẫu 5', null],
        ])
      }
    } finally { fs.rmSync(path.dirname(file), { recursive: true }) }
  })

  it('is rescued with its photos where it is too much for a file that the server takes', async () => {
    const { phone, hashes } = await withPhotos(1)
    const noise = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9_000))))
    for (let i = 0; i < 300; i++) await save(phone.book, { unit, kind: 'household', record: newId(Date.now()), action: 'edit', set: { ...household(i), note: noise() } })
    await expect(makeCarry(phone.book)).rejects.toThrow(CarrySizeError)
    const files = await rescue(phone.person.user, phone.env)
    expect(files.map(f => f.name.split('.').at(-1))).toEqual(['sothon-cuu'])
    const { ops, photoBytes } = await readOut(files[0]!.file)
    expect(ops).toHaveLength(301)
    expect(Object.keys(photoBytes)).toEqual(hashes)
  })
})
