// Photos from a real canvas to the real server, over a link that breaks.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, test } from 'node:test'
import { openBench, openBook } from '../bench.mjs'
import setup from '../build-server.mjs'
import { axe, Browser, closeAll, screenshot, until } from '../browser.mjs'
import { picture, registerPhone } from '../phone.mjs'
import { Front } from '../front.mjs'
import { Server, password } from '../server.mjs'
import { Staff } from '../staff.mjs'

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

/** Draws a photo that compresses badly, stores it, and saves a gift that names it. */
const takePhoto = async browser => await browser.page.evaluate(async unit => {
  const canvas = new OffscreenCanvas(640, 480)
  const paint = canvas.getContext('2d')
  const noise = paint.createImageData(640, 480)
  for (let at = 0; at < noise.data.length; at += 65_536) crypto.getRandomValues(noise.data.subarray(at, Math.min(at + 65_536, noise.data.length)))
  for (let i = 3; i < noise.data.length; i += 4) noise.data[i] = 255
  paint.putImageData(noise, 0, 0)
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })
  const photo = await lib.keepPhoto(book, { unit, bytes: new Uint8Array(await blob.arrayBuffer()), type: 'image/jpeg' })
  const record = lib.newId(Date.now())
  await lib.save(book, { unit, kind: 'gift', record, action: 'edit', set: { recipientName: 'Hồ Văn Mẫu', date: '2026-11-20', quantity: 1, photos: [photo.hash] } })
  return { record, hash: photo.hash, size: photo.size }
}, server.villages[0])

const sync = async browser => await browser.page.evaluate(async () => await lib.syncBook(book, { force: true }))
const marks = async (browser, record) => await browser.page.evaluate(async ([unit, record]) => (await lib.show(book, unit, record)).marks, [server.villages[0], record])

/** The hash of what the server gives to somebody else of the village. */
async function hashAtServer (hash) {
  const other = await phone('mattran')
  return await other.page.evaluate(async hash => {
    const bytes = await lib.photoBytes(book, hash)
    return bytes && Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), b => b.toString(16).padStart(2, '0')).join('')
  }, hash)
}

test('text goes first, the photo in pieces over cuts and a kill, and only then it counts as sent', async () => {
  const browser = await phone('truongthon')
  const photo = await takePhoto(browser)
  assert.ok(photo.size > 3 * 65_536, `the photo has ${photo.size} bytes`)
  let pieces = 0
  front.requests.length = 0
  front.weather = ({ method }) => (method === 'PATCH' && ++pieces >= 2 ? 'lost' : 'fine')
  assert.equal(await sync(browser), 'offline')
  const order = front.requests.map(r => r.path)
  assert.ok(order.findIndex(p => p.endsWith('/batches')) < order.indexOf('/v1/files'))
  assert.deepEqual((await marks(browser, photo.record)).map(m => m.code), ['photos'])
  assert.equal(await browser.page.evaluate(async () => (await lib.readStatus(book)).row), 13)
  front.weather = ({ method }) => (method === 'PATCH' ? 'answer-lost' : 'fine')
  assert.equal(await sync(browser), 'offline')
  await browser.kill()
  await server.down('SIGKILL')
  await server.up()
  await browser.start()
  await browser.page.goto(`${front.url}/m/`)
  await openBook(browser)
  front.weather = () => 'fine'
  front.requests.length = 0
  assert.equal(await sync(browser), 'done')
  assert.ok(front.requests.some(r => r.method === 'HEAD'), 'it asked where to go on')
  assert.ok(front.requests.filter(r => r.method === 'PATCH').reduce((n, r) => n + r.bytes, 0) < photo.size, 'and did not begin again')
  assert.deepEqual((await marks(browser, photo.record)).map(m => m.code), ['sent'])
  assert.equal(await hashAtServer(photo.hash), photo.hash)
})

test('a phone that dies at any step of a photo, from the draft to the last piece, keeps the words and sends the photo once', async () => {
  const app = fileURLToPath(new URL('../out/m-photos', import.meta.url))
  fs.rmSync(app, { recursive: true, force: true })
  fs.cpSync(fileURLToPath(new URL('../../dist/m', import.meta.url)), app, { recursive: true })
  const lab = await Front.start({ app, to: server.url })
  const staff = await Staff.signIn(server)
  const browser = await Browser.open()
  const button = name => browser.page.getByRole('button', { name, exact: true })
  const go = async path => { await browser.page.evaluate(path => { location.hash = path }, path) }
  const lineSays = async text => await until(`the line to say ${text}`, async () => (await browser.page.locator('footer [role=status]').last().innerText().catch(() => '')).includes(text), 30_000)
  const title = () => browser.page.getByLabel('Tên hoạt động')
  const draftHeld = async name => await browser.page.evaluate(async name => {
    const db = await new Promise(resolve => { indexedDB.databases().then(list => { const open = indexedDB.open(list.find(d => d.name.startsWith('sothon-u_')).name); open.onsuccess = () => { resolve(open.result) } }) })
    const drafts = await new Promise(resolve => { const all = db.transaction('drafts').objectStore('drafts').getAll(); all.onsuccess = () => { resolve(all.result) } })
    db.close()
    return drafts.some(d => d.set.name === name)
  }, name)

  // In the page: what is called last, and whether its transaction is let through. Then nothing else runs any more.
  const inPage = [['put', 'drafts'], ['shrink'], ['put', 'photoBytes'], ['put', 'photos'], ['done', 'photos'], ['add', 'ops'], ['done', 'ops']]
  // On the way: which request, and what becomes of it.
  const pieces = 3
  const onTheWay = ['/v1/files', ...Array.from({ length: pieces }, (_, i) => i + 1), 'last'].flatMap(step => [[step, 'lost'], [step, 'answer-lost']])
  try {
    await browser.page.goto(`${lab.url}/m/`)
    await button('Dùng tên đăng nhập và mật khẩu').click()
    await browser.page.getByLabel('Tên đăng nhập').fill('truongthon')
    await browser.page.getByLabel('Mật khẩu').fill(password)
    await button('Đăng ký máy này').click()
    await button('Bỏ qua').click()
    await browser.page.getByText('Ghi được rồi').waitFor()
    await button('Vào sổ').click()
    await lineSays('Đã gửi hết')
    let died
    const die = () => { died ??= browser.kill() }
    const wakes = async at => {
      await until(`the phone to die at ${at}`, () => died !== undefined, 30_000)
      await died
      died = undefined
      lab.weather = () => 'fine'
      await browser.start()
      await browser.page.goto(`${lab.url}/m/`)
      await browser.page.locator('footer [role=status]').last().waitFor()
    }
    const take = async () => {
      const jpeg = await picture(browser.page)
      const chooser = browser.page.waitForEvent('filechooser')
      chooser.catch(() => {})
      await button('Chụp ảnh').click()
      await (await chooser).setFiles({ name: 'anh.jpg', mimeType: 'image/jpeg', buffer: jpeg })
    }
    const write = async name => {
      await go('/ghi/activity')
      await browser.page.locator('#f-type').click()
      await browser.page.getByRole('dialog').getByText('Giám sát').click()
      await title().fill(name)
    }
    const save = async () => {
      await button('Lưu vào máy').click()
      await browser.page.getByText('Đã lưu vào máy').waitFor()
    }
    const photo = () => browser.page.getByRole('img', { name: 'Ảnh 1' })

    for (const [n, [what, store]] of inPage.entries()) {
      const name = `Hoạt động mẫu ${n}, máy tắt lúc ${what} ${store ?? ''}`
      await browser.page.exposeFunction('die', die)
      await write(name)
      await until('the words to be in the draft', async () => await draftHeld(name))
      await browser.page.evaluate(([what, store]) => {
        const end = () => {
          void globalThis.die()
          for (const start = Date.now(); Date.now() - start < 15_000;); // nothing of the page runs any more
        }
        const proto = IDBObjectStore.prototype
        for (const method of ['put', 'add']) {
          const real = proto[method]
          proto[method] = function (...args) {
            if (this.name === store && method === what) end()
            if (this.name === store && what === 'done') this.transaction.addEventListener('complete', end)
            return real.apply(this, args)
          }
        }
        if (what === 'shrink') globalThis.createImageBitmap = end
      }, [what, store])
      await take().catch(() => {}) // it dies meanwhile
      if (store === 'ops') {
        await photo().waitFor()
        await button('Lưu vào máy').click().catch(() => {})
      }
      await wakes(`${what} ${store ?? ''}`)
      await go('/ghi/activity')
      if (what === 'done' && store === 'ops') {
        await until('an empty form: what was saved is no draft any more', async () => await title().inputValue() === '')
      } else {
        await browser.page.getByText('Mục này đang ghi dở từ').waitFor()
        assert.equal(await title().inputValue(), name)
        await button('Chụp ảnh').waitFor()
        if (await photo().count() === 0) {
          assert.notEqual(store, 'ops', 'a photo that was shown is kept')
          await take()
        }
        await photo().waitFor()
        await save()
      }
      await lineSays('Đã gửi hết')
    }

    for (const [n, [step, weather]] of onTheWay.entries()) {
      const name = `Hoạt động mẫu ${100 + n}, máy tắt khi gửi ${step} ${weather}`
      await write(name)
      await take()
      await photo().waitFor()
      let at = 0
      lab.weather = ({ method, path, body }) => {
        const here = method === 'PATCH' ? (++at === step || (step === 'last' && body.length < 65_536)) : path === step
        if (!here) return 'fine'
        if (weather === 'lost') die()
        else setTimeout(die, 0)
        return weather
      }
      await button('Lưu vào máy').click()
      await wakes(`${step} ${weather}`)
      await lineSays('Đã gửi hết')
    }

    const kept = (await staff.ofKind(server.villages[0], 'activity')).filter(a => (a.fields.name)?.startsWith('Hoạt động mẫu'))
    assert.equal(kept.length, inPage.length + onTheWay.length, 'each once')
    for (const record of kept) assert.deepEqual([record.fields.photos.length, record.missing ?? []], [1, []], JSON.stringify(record.fields))
  } finally {
    await lab.stop()
  }
})

test('a photo that the server refuses is shown, and holds up no other', async () => {
  const browser = await phone('truongthon')
  const hash = await browser.page.evaluate(async unit => {
    const photo = await lib.keepPhoto(book, { unit, bytes: new TextEncoder().encode('no photo at all '.repeat(500)), type: 'image/jpeg' })
    await lib.save(book, { unit, kind: 'gift', record: lib.newId(Date.now()), action: 'edit', set: { recipientName: 'Hồ Thị Mẫu', date: '2026-11-20', quantity: 1, photos: [photo.hash] } })
    return photo.hash
  }, server.villages[0])
  const good = await takePhoto(browser)
  assert.equal(await sync(browser), 'done')
  const rows = await browser.page.evaluate(async () => (await lib.listPhotos(book)).map(p => [p.hash, p.state, p.refused?.message ?? '']))
  const refused = rows.find(r => r[0] === hash)
  assert.equal(refused[1], 'refused')
  assert.notEqual(refused[2], '')
  assert.equal(rows.find(r => r[0] === good.hash)[1], 'sent')
})

test('a photo that was taken twice is sent once', async () => {
  const browser = await phone('truongthon')
  const photo = await takePhoto(browser)
  await browser.page.evaluate(async ([unit, hash]) => {
    await lib.save(book, { unit, kind: 'gift', record: lib.newId(Date.now()), action: 'edit', set: { recipientName: 'Đinh Văn Mẫu', date: '2026-11-20', quantity: 1, photos: [hash] } })
  }, [server.villages[0], photo.hash])
  front.requests.length = 0
  assert.equal(await sync(browser), 'done')
  assert.equal(front.requests.filter(r => r.path === '/v1/files').length, 1)
  await until('nothing to be left', async () => await browser.page.evaluate(async () => (await lib.countUnsent(book)).photos === 0))
})

test('the desk shows the photos of a record, and says which are still on their way', async () => {
  const taker = await phone('truongthon')
  const { record, hash } = await takePhoto(taker)
  await taker.page.evaluate(async ([unit, record, hash]) => {
    await lib.save(book, { unit, kind: 'gift', record, action: 'edit', set: { photos: [hash, 'ab'.repeat(32)] } }) // the second is nowhere
  }, [server.villages[0], record, hash])
  await sync(taker)
  const desk = await Browser.open({ width: 1366, height: 768, isMobile: false })
  const { page } = desk
  const asked = []
  page.on('request', r => { if (r.url().includes('/v1/files/')) asked.push(new URL(r.url()).search) })
  await page.goto(`${server.url}/desk/so?loai=gift&muc=${server.villages[0]}/${record}`)
  await page.getByLabel('Tên đăng nhập').fill('canbo')
  await page.getByLabel('Mật khẩu').fill(password)
  await page.getByRole('button', { name: 'Đăng nhập' }).click()
  await page.getByRole('tab', { name: 'Ảnh (2)' }).waitFor()
  assert.deepEqual(asked, [], 'no photo is read, and logged, before it is asked for')
  await page.getByRole('tab', { name: 'Ảnh (2)' }).click()
  await page.getByText('Ảnh đang chờ máy của người ghi gửi lên').waitFor()
  await page.getByRole('button', { name: 'Ảnh 1 trên 2' }).locator('img').waitFor()
  await page.getByRole('button', { name: 'Ảnh 1 trên 2' }).click()
  const large = page.getByRole('dialog').getByRole('img')
  await until('the photo to be drawn', async () => await large.evaluate(img => img.naturalWidth) === 640)
  assert.deepEqual(asked, ['?size=320', ''])
  await page.getByRole('button', { name: 'Xoay' }).click()
  await page.getByRole('button', { name: 'Phóng to' }).click()
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(await page.getByRole('button', { name: 'Ảnh 1 trên 2' }).evaluate(b => document.activeElement === b), true)
  assert.deepEqual(desk.errors, [])
})

test('a file with photos goes from a phone without a signal by a neighbour and by the desk; nothing is doubled when the phone sends too', async () => {
  const village = server.villages[0]
  server.user('truongthon3', 'Phan Văn Mẫu', 'collector', village)
  server.user('thonhai3', 'Đinh Văn Mẫu', 'collector', server.villages[1])
  const staff = await Staff.signIn(server)
  const app = fileURLToPath(new URL('../../dist/m', import.meta.url))
  const links = [await Front.start({ app, to: server.url }), await Front.start({ app, to: server.url })]
  const button = (page, name) => page.getByRole('button', { name, exact: true })
  const go = async (page, path) => { await page.evaluate(path => { location.hash = path }, path) }
  const lineSays = async (page, text) => await until(`the line to say ${text}`, async () => (await page.locator('footer [role=status]').last().innerText().catch(() => '')).includes(text), 30_000)
  const open = async (link, username) => await registerPhone(link.url, username)
  const record = async (page, name) => {
    await go(page, '/ghi/activity')
    await page.locator('#f-type').click()
    await page.getByRole('dialog').getByText('Giám sát').click()
    await page.getByLabel('Tên hoạt động').fill(name)
    for (const n of [1, 2]) {
      const chooser = page.waitForEvent('filechooser')
      const buffer = await picture(page)
      await button(page, 'Chụp ảnh').click()
      await (await chooser).setFiles({ name: 'anh.jpg', mimeType: 'image/jpeg', buffer })
      await page.getByRole('img', { name: `Ảnh ${n}` }).waitFor()
    }
    await button(page, 'Lưu vào máy').click()
    await page.getByText('Đã lưu vào máy').first().waitFor()
    await until('the form to close', async () => !(await page.evaluate(() => location.hash)).includes('/ghi/'))
  }
  const fileOf = async (page, n) => {
    await go(page, '/tep')
    await page.getByLabel(/^Kèm \d+ ảnh \(/).check()
    assert.deepEqual(await axe(page), [])
    await screenshot(page, 'carry-photos')
    const download = page.waitForEvent('download')
    await button(page, `Lưu ${n} mục ra tệp`).click()
    const path = await (await download).path()
    await page.getByText('Đã lưu ra tệp').waitFor()
    return fs.readFileSync(path)
  }
  const held = async () => (await staff.ofKind(village, 'activity')).filter(a => a.fields.name?.startsWith('Việc mang hộ'))
  try {
    const [linkA, linkB] = links
    const a = await open(linkA, 'truongthon3'), b = await open(linkB, 'thonhai3')
    linkA.weather = () => 'lost'
    await record(a.page, 'Việc mang hộ 1')
    const first = await fileOf(a.page, 1)

    // A neighbour of another village, whose own link breaks at the second photo.
    let creates = 0
    linkB.weather = ({ method, path }) => (method === 'POST' && path === '/v1/files' && ++creates >= 2 ? 'lost' : 'fine')
    await go(b.page, '/tep/nhan')
    await b.page.setInputFiles('input[type=file]', { name: 'mot.sothon', mimeType: 'application/octet-stream', buffer: first })
    await b.page.getByText(/^Kèm 2 ảnh, /).waitFor()
    await screenshot(b.page, 'carry-received')
    assert.deepEqual(await axe(b.page), [])
    await button(b.page, 'Gửi giúp').click()
    await b.page.getByText('Xã đã nhận phần chữ và 1/2 ảnh, rồi mất mạng.').waitFor()
    await screenshot(b.page, 'carry-cut')
    linkB.weather = () => 'fine'
    await button(b.page, 'Gửi giúp').click()
    await b.page.getByText('Xã đã nhận 1 mục và 2 ảnh. Báo cho ông/bà Phan Văn Mẫu biết.').waitFor()
    await screenshot(b.page, 'carry-sent')
    assert.deepEqual((await held()).map(r => [r.fields.photos.length, r.missing ?? []]), [[2, []]])

    // The second file holds both records, and goes by the desk.
    await record(a.page, 'Việc mang hộ 2')
    const second = await fileOf(a.page, 2)
    const desk = await Browser.open({ width: 1366, height: 768, isMobile: false })
    await desk.page.goto(`${server.url}/desk/nhan-tep`)
    await desk.page.getByLabel('Tên đăng nhập').fill('canbo')
    await desk.page.getByLabel('Mật khẩu').fill(password)
    await desk.page.getByRole('button', { name: 'Đăng nhập' }).click()
    await desk.page.setInputFiles('input[type=file]', { name: 'hai.sothon', mimeType: 'application/octet-stream', buffer: second })
    await desk.page.getByText('Kèm 4 ảnh.').waitFor()
    await desk.page.getByRole('button', { name: 'Nhận vào sổ' }).click()
    await desk.page.getByText('Đã nhận 2 lần ghi vào sổ. Đã nhận 4 ảnh.').waitFor()
    assert.deepEqual(await axe(desk.page), [])
    await screenshot(desk.page, 'desk-carry-photos')
    assert.deepEqual((await held()).map(r => [r.fields.photos.length, r.missing ?? []]), [[2, []], [2, []]])
    const { seq } = await staff.pull(village)

    // Now the phone itself: no byte of a photo goes again, nothing is doubled, and it has its receipts.
    linkA.requests.length = 0
    linkA.weather = () => 'fine'
    await go(a.page, '/gui')
    await button(a.page, 'Gửi ngay').first().click()
    await lineSays(a.page, 'Đã gửi hết')
    assert.equal(linkA.requests.filter(r => r.method === 'PATCH').length, 0)
    assert.equal((await staff.pull(village)).seq, seq)
    assert.equal((await held()).length, 2)
    const receipts = a.page.getByRole('button', { name: /1 mục · xã đã nhận đủ/ }) // the first batch had been tried without an answer
    await until('both receipts', async () => await receipts.count() === 2)
    await receipts.first().click()
    await a.page.getByText('Máy chủ xác nhận đã nhận mục 2 của máy này').waitFor()
    assert.deepEqual([...a.errors, ...b.errors, ...desk.errors], [])
  } finally {
    for (const link of links) await link.stop()
  }
})
