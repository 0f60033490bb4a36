// What a phone says when the server does not take its work: refused records, a locked phone, an app that is too old, a
// village that is no longer the person's. Each with the largest letters too.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { lineSays, registerPhone } from '../phone.mjs'
import { Front } from '../front.mjs'
import { Server, password } from '../server.mjs'
import { Staff } from '../staff.mjs'

const app = fileURLToPath(new URL('../out/m-states', import.meta.url))
let server, front, admin, village

before(async () => {
  setup()
  fs.rmSync(app, { recursive: true, force: true })
  fs.cpSync(fileURLToPath(new URL('../../dist/m', import.meta.url)), app, { recursive: true })
  server = await Server.start()
  server.user('quantri', 'Quản Trị Mẫu', 'admin', server.commune)
  front = await Front.start({ app, to: server.url })
  admin = await Staff.signIn(server, 'quantri')
  village = server.villages[0]
})
afterEach(async () => { front.weather = () => 'fine'; await closeAll() })
after(async () => { await front?.stop(); await server?.stop() })

const button = (page, name) => page.getByRole('button', { name, exact: true })
const go = async (page, path) => { await page.evaluate(path => { location.hash = path }, path) }
const line = page => page.locator('footer [role=status]').last().innerText()

const phone = async username => await registerPhone(front.url, username)

/** Saves a meeting while nothing of it can be sent. */
async function meet (page, place) {
  front.weather = ({ path }) => (path.endsWith('/batches') ? 'lost' : 'fine')
  await go(page, '/ghi/meeting')
  await page.getByLabel('Nơi tiếp xúc').fill(place)
  await page.getByLabel('Quốc hội').check()
  await button(page, 'Lưu vào máy').click()
  await lineSays(page, '1 mục chưa gửi')
  await go(page, '/')
}

/** Looks at screens with letters of both sizes: a picture of each, and what axe finds. */
async function look (page, name, paths) {
  for (const size of ['normal', 'huge']) {
    await page.evaluate(size => { document.documentElement.dataset.size = size }, size)
    for (const [i, path] of paths.entries()) {
      await go(page, path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForTimeout(400)
      await screenshot(page, `${name}-${i}-${size}`)
      await page.setViewportSize({ width: 360, height: 6000 })
      await page.waitForTimeout(100)
      assert.deepEqual(await axe(page), [], `${name} ${path} ${size}`)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360, `${name} ${path} ${size} is wider than the phone`)
      await page.setViewportSize({ width: 360, height: 740 })
    }
  }
  await page.evaluate(() => { document.documentElement.dataset.size = 'normal' })
}

test('a record that the server refused says why, and is mended or dropped', async () => {
  const browser = await phone('truongthon')
  const { page } = browser
  await meet(page, 'Nhà văn hóa thôn mẫu')
  await page.evaluate(async () => {
    const db = await new Promise(resolve => { indexedDB.databases().then(list => { const open = indexedDB.open(list.find(d => d.name.startsWith('sothon-u_')).name); open.onsuccess = () => { resolve(open.result) } }) })
    const tx = db.transaction('ops', 'readwrite'), ops = tx.objectStore('ops')
    const [row] = await new Promise(resolve => { const all = ops.getAll(); all.onsuccess = () => { resolve(all.result) } })
    ops.put({ ...row, op: { ...row.op, set: { ...row.op.set, attendance: -4 } } }) // what an older app let through
    await new Promise(resolve => { tx.oncomplete = resolve })
    db.close()
  })
  front.weather = () => 'fine'
  await go(page, '/gui')
  await button(page, 'Gửi ngay').first().click()
  await lineSays(page, 'Đã gửi hết')
  await go(page, '/')
  await page.getByText('1 mục xã chưa nhận được').waitFor()
  const record = await page.evaluate(async () => {
    const db = await new Promise(resolve => { indexedDB.databases().then(list => { const open = indexedDB.open(list.find(d => d.name.startsWith('sothon-u_')).name); open.onsuccess = () => { resolve(open.result) } }) })
    const [row] = await new Promise(resolve => { const all = db.transaction('ops').objectStore('ops').getAll(); all.onsuccess = () => { resolve(all.result) } })
    db.close()
    return row.record
  })
  await look(page, 'rejected', ['/', '/viec/rejected', `/muc/${village}/${record}`, '/gui'])
  await go(page, '/viec/rejected')
  await button(page, 'Sửa ngay').click()
  await page.getByLabel('Nơi tiếp xúc').waitFor()
  await page.getByText('“Số lượt cử tri” phải từ 0 đến 100.000.').first().waitFor()
  await page.waitForTimeout(300)
  await screenshot(page, 'rejected-form')
  await page.setViewportSize({ width: 360, height: 6000 })
  assert.deepEqual(await axe(page), [])
  await page.setViewportSize({ width: 360, height: 740 })
  await page.getByLabel('Số lượt cử tri').fill('40')
  await button(page, 'Lưu vào máy').click()
  await until('the form to close', async () => !/#\/(ghi|sua)\//.test(await page.evaluate(() => location.hash)))
  await lineSays(page, 'Đã gửi hết')
  await go(page, '/')
  await page.getByText('GHI MỚI').waitFor()
  await until('nothing to be left to do', async () => await page.getByText('xã chưa nhận được').count() === 0)
  const staff = await Staff.signIn(server)
  await until('the commune to have it', async () => (await staff.ofKind(village, 'meeting')).map(m => m.fields.attendance).join() === '40')
  assert.deepEqual(browser.errors, [])
})

test('a phone that was locked says so, keeps what it holds, and sends it when it is opened again', async () => {
  server.user('thonkhoa', 'Hồ Thị Mẫu', 'collector', village)
  const browser = await phone('thonkhoa')
  const { page } = browser
  await meet(page, 'Nhà văn hóa, máy khóa')
  const set = async state => {
    const { items: devices } = await admin.call('GET', '/v1/devices')
    const device = devices.find(d => d.user === user)
    await admin.call('PATCH', `/v1/devices/${device.id}`, { state, version: device.version })
  }
  const user = (await admin.call('GET', '/v1/users')).items.find(u => u.username === 'thonkhoa').id
  await set('revoked')
  front.weather = () => 'fine'
  await go(page, '/gui')
  await until('the phone to know', async () => {
    const send = button(page, 'Gửi ngay').first()
    if (await send.isVisible().catch(() => false)) await send.click().catch(() => {})
    return (await line(page)).includes('Máy này đã bị khóa · 1 mục vẫn còn trong máy')
  }, 20_000)
  await look(page, 'locked', ['/', '/gui', '/tep', '/may'])
  await go(page, '/so/meeting')
  await page.getByText('Nhà văn hóa, máy khóa').first().waitFor() // all that is in the phone can be read
  await set('active')
  await go(page, '/gui')
  await page.getByLabel(/^Mật khẩu/).fill(password)
  await button(page, 'Đăng nhập lại').click()
  await lineSays(page, 'Đã gửi hết')
  const staff = await Staff.signIn(server)
  assert.equal((await staff.ofKind(village, 'meeting')).filter(m => m.fields.place === 'Nhà văn hóa, máy khóa').length, 1)
  assert.deepEqual(browser.errors, [])
})

test('an app that is too old says so, keeps what it holds, and offers the new one', async () => {
  server.user('thoncu', 'Võ Văn Mẫu', 'collector', village)
  const browser = await phone('thoncu')
  const { page } = browser
  await meet(page, 'Nhà văn hóa, bản cũ')
  await server.down()
  server.flags = ['-min-client', '99.0.0']
  await server.up()
  front.weather = () => 'fine'
  await go(page, '/gui')
  try {
    await until('the phone to know', async () => {
      const send = button(page, 'Gửi ngay').first()
      if (await send.isVisible().catch(() => false)) await send.click().catch(() => {})
      return (await line(page)).includes('Cần cập nhật ứng dụng · 1 mục chưa gửi')
    }, 20_000)
    await look(page, 'outdated', ['/', '/gui'])
    await go(page, '/gui')
    await button(page, 'Cập nhật').waitFor()
  } finally {
    await server.down()
    server.flags = []
    await server.up()
  }
  assert.deepEqual(browser.errors, [])
})

test('a person who leaves a form while it is being saved stays where they went', async () => {
  const browser = await phone('truongthon')
  const { page } = browser
  await go(page, '/so/household')
  await go(page, '/ghi/meeting')
  await page.getByLabel('Nơi tiếp xúc').fill('Nhà văn hóa, máy chậm')
  await page.getByLabel('Quốc hội').check()
  // A transaction that does not end holds up the save.
  await page.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find(d => d.name.startsWith('sothon-u_'))
    const db = await new Promise((resolve, reject) => { const open = indexedDB.open(name); open.onsuccess = () => { resolve(open.result) }; open.onerror = reject })
    const store = db.transaction('ops', 'readwrite').objectStore('ops')
    const hold = () => { if (globalThis.released) db.close(); else store.count().onsuccess = hold }
    hold()
  })
  await button(page, 'Lưu vào máy').click()
  await page.waitForTimeout(500)
  await go(page, '/may')
  await page.getByRole('heading', { level: 1, name: 'Máy này' }).waitFor()
  await page.evaluate(() => { globalThis.released = true })
  await page.getByText('Đã lưu vào máy').waitFor()
  await page.waitForTimeout(500)
  assert.equal(await page.evaluate(() => location.hash), '#/may')
  assert.deepEqual(browser.errors, [])
})
