// The library in a real browser, against the real server.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, test } from 'node:test'
import { openBench, openBook } from '../bench.mjs'
import setup from '../build-server.mjs'
import { closeAll, until } from '../browser.mjs'
import { Front } from '../front.mjs'
import { Server } from '../server.mjs'

const bench = fileURLToPath(new URL('../out/bench', import.meta.url))
let server, front

before(async () => {
  setup()
  execFileSync('node', ['build/build.mjs', 'bench'], { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: 'inherit' })
  server = await Server.start()
  front = await Front.start({ app: bench, to: server.url })
})
afterEach(async () => { front.weather = () => 'fine'; await closeAll() })
after(async () => { await front?.stop(); await server?.stop() })

const phone = async username => await openBench(front.url, username)

const add = async (browser, n) => await browser.page.evaluate(async ([unit, n]) => {
  const record = lib.newId(Date.now())
  await lib.save(book, { unit, kind: 'household', record, action: 'edit', set: { code: `B${n}`, headName: `Hộ mẫu ${n}`, category: 'poor' } })
  return record
}, [server.villages[0], n])

const records = async browser => await browser.page.evaluate(async () => (await book.db.getAllKeys('records')).map(k => k[1]))

/** All households that the server has, by a phone of its own. */
async function atServer () {
  const other = await phone('mattran')
  try {
    return await records(other)
  } finally {
    await other.close()
  }
}

test('the worker keeps the app, and the page opens without a network', async () => {
  const browser = await phone()
  await browser.page.evaluate(async () => { await lib.registerWorker(() => {}); await navigator.serviceWorker.ready })
  await until('the worker to take the page', async () => await browser.page.evaluate(() => navigator.serviceWorker.controller !== null))
  const record = await add(browser, 1)
  await front.down()
  await browser.page.reload()
  assert.equal(await browser.page.title(), 'Thử thư viện')
  await openBook(browser)
  assert.equal(await browser.page.evaluate(async () => await lib.syncBook(book)), 'offline')
  assert.deepEqual(await browser.page.evaluate(async () => (await lib.readStatus(book)).row), 10)
  await browser.restart()
  await browser.page.goto(`${front.url}/m/`)
  await openBook(browser)
  assert.equal(await browser.page.evaluate(async () => (await lib.countUnsent(book)).changes), 1)
  await front.up()
  assert.equal(await browser.page.evaluate(async () => await lib.syncBook(book, { force: true })), 'done')
  assert.ok((await records(browser)).includes(record))
  assert.deepEqual(browser.errors, [])
  await browser.close()
})

test('Background Sync sends what was saved, with no page open', async () => {
  const browser = await phone()
  await browser.page.evaluate(async () => { await lib.registerWorker(() => {}); await navigator.serviceWorker.ready })
  // On a new phone the first worker only keeps the app; one that sends takes its place.
  await until('the worker that sends', async () => await browser.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).active?.scriptURL.endsWith('?send') ?? false))
  await browser.context.setOffline(true)
  await front.down()
  const record = await add(browser, 2)
  assert.equal(await browser.page.evaluate(async () => await lib.requestSend()), true)
  await browser.context.newPage()
  await browser.page.close()
  await front.up()
  const pushes = () => front.requests.filter(r => r.method === 'POST' && r.path.endsWith('/batches')).length
  const before = pushes()
  await browser.context.setOffline(false)
  await until('the worker to push', async () => pushes() > before, 60_000)
  await until('the record to arrive', async () => (await atServer()).includes(record), 20_000)
  await browser.close()
})

test('two tabs that send at once double nothing', async () => {
  const browser = await phone()
  const second = await browser.context.newPage()
  await second.goto(`${front.url}/m/`)
  await second.evaluate(async () => { globalThis.book = await lib.openBook((await lib.listPersons())[0].user) })
  for (let i = 0; i < 10; i++) await add(browser, 100 + i)
  const ends = await Promise.all([browser.page, second, browser.page, second].map(async page => await page.evaluate(async () => await lib.syncBook(book, { force: true }))))
  assert.deepEqual(new Set(ends), new Set(['done']))
  const mine = await browser.page.evaluate(async () => (await book.db.getAll('receipts')).map(r => [r.from, r.through]).sort((a, b) => a[0] - b[0]))
  for (let i = 1; i < mine.length; i++) assert.equal(mine[i][0], mine[i - 1][1] + 1, 'receipts without overlap')
  await browser.close()
})

test('a browser that is killed at any step of saving and sending loses and doubles nothing', async () => {
  const browser = await phone()
  const saved = []
  const steps = ['answer-lost', 'lost', 'answer-cut', 'fine']
  for (let step = 0; step < 12; step++) {
    const n = 200 + step
    if (step % 3 === 0) {
      // While a save is under way: what was acknowledged is there, the rest is there whole or not at all.
      const done = add(browser, n).catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, step * 2))
      const acknowledged = await Promise.race([done, Promise.resolve(undefined)])
      if (acknowledged) saved.push(acknowledged)
    } else {
      saved.push(await add(browser, n))
      front.weather = ({ path }) => (path.endsWith('/batches') ? steps[step % 4] : 'fine')
      void browser.page.evaluate(async () => await lib.syncBook(book, { force: true })).catch(() => {})
      await new Promise(resolve => setTimeout(resolve, 15 * step))
    }
    await browser.kill()
    front.weather = () => 'fine'
    await browser.start()
    await browser.page.goto(`${front.url}/m/`)
    await openBook(browser)
  }
  assert.equal(await browser.page.evaluate(async () => await lib.syncBook(book, { force: true })), 'done')
  const there = await atServer()
  for (const record of saved) assert.ok(there.includes(record))
  const ops = await browser.page.evaluate(async () => (await book.db.getAll('ops')).map(r => r.n).sort((a, b) => a - b))
  assert.deepEqual(ops, ops.map((_, i) => i + 1), 'counters without a gap')
  await browser.close()
})
