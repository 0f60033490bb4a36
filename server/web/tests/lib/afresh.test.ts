// Records that are read again: why, what the line says of it, and what is not read any more.
import { beforeEach, describe, expect, it } from 'vitest'
import { dropDraft, keepDraft, openDraft } from '../../lib/drafts'
import { reread } from '../../lib/recovery'
import type { UnitRow } from '../../lib/rows'
import { readStatus } from '../../lib/status'
import { syncBook } from '../../lib/sync'
import { listDrafts } from '../../lib/unsent'
import { listRows } from '../../lib/view'
import { DumbPhone } from './dumbphone'
import { DumbServer } from './dumbserver'

let server: DumbServer, phone: DumbPhone
beforeEach(async () => {
  server = new DumbServer()
  phone = await DumbPhone.signedIn(server, 'a')
})
const set = async (more: Partial<UnitRow>): Promise<void> => { await phone.book.db.put('units', { ...(await phone.book.db.get('units', 'u1'))!, ...more }) }
const line = async (): Promise<object> => await readStatus(phone.book)

describe('a book that is read again as the person wants it', () => {
  it('says so, and not that the server was restored', async () => {
    await reread(phone.book, 'u1')
    expect(await line()).toMatchObject({ row: 7, again: true })
    await phone.sync()
    expect(await line()).toMatchObject({ row: 14 })
  })

  it('says so to its last page', async () => {
    for (let i = 0; i < 9; i++) {
      await phone.write({ headName: `Hộ mẫu ${i}` })
      await phone.sync()
    }
    await reread(phone.book, 'u1')
    let pages = 0
    server.weather = request => (request.url.includes('/changes') && ++pages === 2 ? 'lost' : 'fine')
    await phone.sync()
    await phone.book.setNet({ offline: false })
    expect(pages).toBe(2)
    expect(await line()).toMatchObject({ row: 7, again: true })
  })

  it('says without a network what has not been sent', async () => {
    await phone.write({ headName: 'Hộ mẫu' })
    await reread(phone.book, 'u1')
    await phone.book.setNet({ offline: true })
    expect(await line()).toMatchObject({ row: 10, n: 1 })
  })
})

describe.each([['leaving', { leaving: '2030-01-01T00:00:00Z' }], ['stopped', { stopped: { code: 'not-found', message: '', at: '' } }]])('a unit that is %s', (_, state) => {
  it('is not read again', async () => {
    await set(state)
    await reread(phone.book, 'u1')
    expect((await phone.book.db.get('units', 'u1'))!.rebuild).toBeUndefined()
    expect(await line()).toMatchObject({ row: 14 })
  })

  it('sends what waits although it was being read again', async () => {
    const row = await phone.write({ headName: 'Hộ mẫu' })
    await set({ ...state, rebuild: {} })
    expect(await line()).toMatchObject({ row: 'stopped' in state ? 6 : 12 })
    await syncBook(phone.book, { force: 'stopped' in state })
    expect(server.records().get(row.record)?.fields).toEqual({ headName: 'Hộ mẫu' })
  })
})

describe('a unit that is taken away', () => {
  it('stays as long as something in it is being filled in', async () => {
    const env = phone.book.env as { fetch: (request: Request) => Promise<Response> }, real = env.fetch
    env.fetch = async request => (request.url.endsWith('/v1/units') ? Response.json({ units: [] }) : await real(request))
    const { draft } = await openDraft(phone.book, { unit: 'u1', kind: 'household', set: { headName: 'Hộ mẫu' } })
    await keepDraft(phone.book, draft)
    await phone.sync()
    expect(await listDrafts(phone.book)).toMatchObject([{ set: { headName: 'Hộ mẫu' } }])
    expect(await phone.book.db.get('units', 'u1')).toMatchObject({ writes: false, stopped: { code: 'not-found' } })
    await dropDraft(phone.book, draft.key)
    await phone.sync()
    expect(await phone.book.db.get('units', 'u1')).toBeUndefined()
  })
})

it('what waits in a unit that is left reaches a server that was restored, and what it has lost too', async () => {
  for (const headName of ['Hộ mẫu 1', 'Hộ mẫu 2']) {
    await phone.write({ headName })
    await phone.sync()
  }
  server.restore(1)
  const other = await DumbPhone.signedIn(server, 'b')
  await other.write({ headName: 'Hộ mẫu khác' })
  await other.sync()
  await set({ leaving: '2030-01-01T00:00:00Z' })
  await phone.write({ headName: 'Hộ mẫu 3' })
  expect(await syncBook(phone.book)).toBe('done')
  expect([...server.records().values()].map(r => r.fields.headName).sort()).toEqual(['Hộ mẫu 1', 'Hộ mẫu 2', 'Hộ mẫu 3', 'Hộ mẫu khác'])
  expect((await phone.ops()).every(o => o.waiting === 0)).toBe(true)
  expect(await line()).toMatchObject({ row: 14 })
  expect((await listRows(phone.book, { unit: 'u1' })).length).toBe(3)
})
