// What the person does while an exchange is under way, and what is taken back, costs nothing that is stored.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { makeCarry, readCarry } from '../../lib/carry'
import type { Database } from '../../lib/db'
import { keepPhoto } from '../../lib/files'
import { newId } from '../../lib/ids'
import { settle, undo } from '../../lib/outbox'
import { startSyncing, syncBook } from '../../lib/sync'
import { DumbPhone } from './dumbphone'
import { DumbServer, problem } from './dumbserver'
import { picture } from './picture'

let server: DumbServer, phone: DumbPhone
beforeEach(async () => {
  server = new DumbServer()
  phone = await DumbPhone.signedIn(server, 'a')
})

/** Runs something once, when the book has read this way. */
function onceRead (method: 'get' | 'getAllFromIndex', store: string, run: () => Promise<unknown>): void {
  const db = phone.book.db
  let left = true
  const proxy = new Proxy(db, {
    get (target, name) {
      const value = Reflect.get(target, name) as unknown
      if (typeof value !== 'function') return value
      const bound = (value as (...args: unknown[]) => unknown).bind(target)
      if (name !== method) return bound
      return async (...args: unknown[]) => {
        const got = await bound(...args)
        if (left && args[0] === store) {
          left = false
          await run()
        }
        return got
      }
    },
  })
  Object.defineProperty(phone.book, 'db', { value: proxy as Database, configurable: true })
}

/** Runs something during each push that is the nth or later. */
function duringPush (nth: number, run: () => Promise<unknown>): void {
  const env = phone.book.env as { fetch: (request: Request) => Promise<Response> }, real = env.fetch
  let n = 0
  env.fetch = async request => {
    if (request.url.endsWith('/batches') && ++n >= nth) await run()
    return await real(request)
  }
}

describe('an op that is taken back', () => {
  const photo = async (): Promise<string> => (await keepPhoto(phone.book, { unit: 'u1', bytes: picture(), type: 'image/jpeg' })).hash
  const stateOf = async (hash: string): Promise<string | undefined> => (await phone.book.db.get('photos', hash))?.state

  it('leaves a photo to the op before it that names it too', async () => {
    const hash = await photo()
    await phone.write({ headName: 'Hộ mẫu 1', photos: [hash] })
    const second = await phone.write({ headName: 'Hộ mẫu 2', photos: [hash] })
    expect(await undo(phone.book, second.id)).toBe(true)
    expect(await stateOf(hash)).toBe('waiting')
  })

  it('leaves a photo to an op that was sent already', async () => {
    const hash = await photo(), record = newId(Date.now())
    await phone.write({ photos: [hash] }, { record })
    await syncBook(phone.book, { photos: false, pull: false })
    const second = await phone.write({ photos: [hash] }, { record })
    expect(await undo(phone.book, second.id)).toBe(true)
    expect(await stateOf(hash)).toBe('waiting')
  })

  it('takes back a photo that nothing else names', async () => {
    const hash = await photo()
    const { id } = await phone.write({ photos: [hash] })
    expect(await undo(phone.book, id)).toBe(true)
    expect(await stateOf(hash)).toBe('draft')
  })
})

describe('what is written while an exchange is under way', () => {
  it('keeps its counter where the unit is stopped', async () => {
    await phone.write({ headName: 'Hộ mẫu 1' })
    server.script = [() => {
      onceRead('get', 'units', async () => await phone.write({ headName: 'Hộ mẫu 2' }))
      return problem(404, 'not-found')
    }]
    await syncBook(phone.book, { pull: false, photos: false })
    const kept = (await phone.ops()).length
    await phone.write({ headName: 'Hộ mẫu 3' })
    expect((await phone.ops()).map(row => row.n)).toEqual(Array.from({ length: kept + 1 }, (_, i) => i + 1))
  })

  it('is kept of a refused op that is sent once more to ask the ledger', async () => {
    const { id } = await phone.write({ bad: 1 })
    await syncBook(phone.book, { pull: false })
    duringPush(1, async () => { await settle(phone.book, id) })
    expect(await phone.sync()).toBe('done')
    expect((await phone.book.db.getFromIndex('ops', 'id', id))!.settled).toBe(true)
  })

  it('is kept of an op that could not be read, while a harmless one is sent in its place', async () => {
    const { id } = await phone.write({ headName: 'Hộ mẫu' })
    server.script = [() => problem(400, 'malformed')]
    duringPush(2, async () => { await settle(phone.book, id) })
    expect(await phone.sync()).toBe('done')
    expect(await phone.book.db.getFromIndex('ops', 'id', id)).toMatchObject({ settled: true, waiting: 0 })
  })

  it('stays taken back while a file is made of what is unsent', async () => {
    const first = await phone.write({ headName: 'Hộ mẫu 1' })
    await phone.write({ headName: 'Hộ mẫu 2' })
    onceRead('getAllFromIndex', 'ops', async () => await undo(phone.book, first.id))
    const { file } = await makeCarry(phone.book)
    expect((await phone.ops()).map(row => [row.n, row.op.set])).toEqual([[1, { headName: 'Hộ mẫu 2' }]])
    expect((await readCarry(file)).contents.parts.map(part => part.ops.map(op => op.set))).toEqual([[{ headName: 'Hộ mẫu 2' }]])
  })
})

describe('a photo that is taken back while it is sent', () => {
  it.each([['breaks off', undefined], ['is refused', 422]])('stays with the draft where the sending %s', async (_, status) => {
    const { hash } = await keepPhoto(phone.book, { unit: 'u1', bytes: picture(), type: 'image/jpeg' })
    const op = await phone.write({ photos: [hash] })
    const env = phone.book.env as { fetch: (request: Request) => Promise<Response> }
    env.fetch = async request => {
      if (request.method === 'POST') {
        await undo(phone.book, op.id)
        return new Response(null, { status: 201, headers: { Location: '/v1/files/x', 'Upload-Offset': '0' } })
      }
      if (status === undefined) throw new TypeError('lost')
      const { body, headers } = problem(status, 'file-malformed')
      return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json', ...headers } })
    }
    await syncBook(phone.book, { push: false, pull: false })
    expect((await phone.book.db.get('photos', hash))?.state).toBe('draft')
  })
})

describe('an exchange that fails', () => {
  it('inside the phone is tried again ever later, as without a network', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const clockwork = startSyncing(phone.book)
    phone.book.reload = async () => { throw new Error('no room') }
    const waits: unknown[] = []
    for (let i = 0; i < 3; i++) {
      await expect(clockwork.kick()).rejects.toThrow('no room')
      waits.push(timers.mock.calls.map(call => call[1]).filter(ms => ms! >= 1000).at(-1))
    }
    clockwork.stop()
    timers.mockRestore()
    expect(waits).toEqual([15_000, 30_000, 60_000])
  })

  it('at the page of a network that wants a sign-in counts as no network', async () => {
    const env = phone.book.env as { fetch: (request: Request) => Promise<Response> }, real = env.fetch
    env.fetch = async request => request.url.endsWith('/v1/forms') ? new Response('<html>Xin chào</html>', { headers: { 'Content-Type': 'text/html' } }) : await real(request)
    expect(await phone.sync()).toBe('offline')
  })
})
