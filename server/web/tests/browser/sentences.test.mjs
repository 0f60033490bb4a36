// What the phone says is what happened: photos that are not there, a busy server, a full phone, empty answers, drafts
// that would be lost; and what it shows is whole.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot } from '../browser.mjs'
import { picture, registerPhone } from '../phone.mjs'
import { Front } from '../front.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

const app = fileURLToPath(new URL('../out/m-sentences', import.meta.url))
let server, front, staff, unit

before(async () => {
  setup()
  fs.rmSync(app, { recursive: true, force: true })
  fs.cpSync(fileURLToPath(new URL('../../dist/m', import.meta.url)), app, { recursive: true })
  server = await Server.start()
  front = await Front.start({ app, to: server.url })
  staff = await Staff.signIn(server)
  unit = server.villages[0]
})
afterEach(async () => { front.weather = () => 'fine'; front.instead = () => undefined; await closeAll() })
after(async () => { await front?.stop(); await server?.stop() })

const button = (page, name) => page.getByRole('button', { name, exact: true })
const go = async (page, path) => { await page.evaluate(path => { location.hash = path }, path) }
const phone = async () => await registerPhone(front.url, 'truongthon')
const answer = (status, code, message) => ({ status, body: { type: 'about:blank', title: code, status, code, message, retryAfterSeconds: 60 } })

/** Lets the store of photos answer as a full disk does. */
const fill = async page => await page.evaluate(() => {
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (...args) {
    if (this.name === 'photoBytes') throw new DOMException('no room', 'QuotaExceededError')
    return put.apply(this, args)
  }
})

test('a photo that cannot be loaded is not said to be on its way from somebody else', async () => {
  const gift = newId()
  await staff.push(unit, [{ record: gift, kind: 'gift', action: 'edit', set: { date: '2026-01-05', quantity: 1, recipientName: 'Người mẫu', photos: ['a'.repeat(64)] } }])
  const { page, context } = await phone()
  await go(page, `/muc/${unit}/${gift}`)
  await page.getByText('Ảnh đang chờ máy của người ghi gửi lên').waitFor()
  await go(page, '/so')
  await context.setOffline(true)
  await go(page, `/muc/${unit}/${gift}`)
  await page.getByText('Chưa tải được ảnh này').waitFor()
})

test('news that a busy server has not sent are not said to have come', async () => {
  const { page } = await phone()
  await go(page, '/gui')
  front.instead = ({ path }) => (path.endsWith('/changes') ? answer(503, 'unavailable', 'Máy chủ đang bận.') : undefined)
  await button(page, 'Nhận tin mới').click()
  await page.getByText('Máy chủ đang bận. Máy sẽ tự thử lại.').waitFor()
  assert.equal(await page.getByText('Đã nhận tin mới').count(), 0)
})

test('a server that takes no sign-in for now does not call the password wrong', async () => {
  const { page } = await phone()
  await go(page, '/may/pin')
  for (const title of ['Đặt mã PIN 6 số', 'Nhập lại mã PIN']) {
    await page.getByRole('heading', { name: title }).waitFor()
    for (const digit of '246802') await button(page, digit).click()
  }
  await page.getByText('Đã đặt mã PIN').waitFor()
  await page.reload()
  await button(page, 'Quên mã PIN?').click()
  await page.getByLabel('Mật khẩu').fill('đúng hay sai chưa ai biết')
  front.instead = ({ method, path }) => (method === 'POST' && path === '/v1/sessions' ? answer(429, 'rate-limited', 'Thử nhiều lần quá. Hãy chờ một lát.') : undefined)
  await button(page, 'Đăng nhập lại').click()
  await page.getByText('Thử nhiều lần quá. Hãy chờ một lát.').waitFor()
  assert.equal(await page.getByText('không đúng').count(), 0)
})

test('a phone without room says so of the photo of a list, and the three ways to filter it are seen whole with the largest letters', async () => {
  const campaign = await staff.campaign(server.commune)
  await staff.households(unit, Array.from({ length: 120 }, (_, i) => `Hộ Mẫu ${i + 1}`))
  const { page } = await phone()
  await page.evaluate(() => { document.documentElement.dataset.size = 'huge' })
  await go(page, `/trao/${server.commune}/${campaign}`)
  await button(page, 'Bắt đầu').click()
  await page.getByText('0/120 hộ').waitFor()
  for (const name of [/^Chưa nhận 120$/, /^Đã nhận 0$/, /^Tất cả$/]) {
    const box = await page.getByRole('button', { name }).boundingBox()
    assert.ok(box.x >= 0 && box.x + box.width <= 360, `${name}: ${JSON.stringify(box)}`)
    assert.equal(await page.getByRole('button', { name }).evaluate(b => b.scrollWidth > b.clientWidth), false)
  }
  await screenshot(page, 'series-huge')
  await fill(page)
  await page.locator('input[type=file][capture]').setInputFiles({ name: 'danh-sach.jpg', mimeType: 'image/jpeg', buffer: await picture(page) })
  await page.getByText('Máy hết chỗ, chưa lưu được').waitFor()
  assert.equal(await page.getByText('Không đọc được ảnh này').count(), 0)
  await page.locator('input[type=file][capture]').setInputFiles({ name: 'hong.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('không phải ảnh') })
  await page.getByText('Không đọc được ảnh này').waitFor()
})

test('a conflict names the households that both mean, and asks for what was left empty', async () => {
  const [a, b] = await staff.households(unit, ['Hồ Thị Một', 'Đinh Văn Hai'])
  const gift = await staff.gift(unit, a)
  const { seq } = await staff.pull(unit)
  const others = await Promise.all(['truongthon', 'mattran'].map(async name => await Staff.signIn(server, name)))
  for (const [i, set] of [{ household: a, items: 'Gạo' }, { household: b, items: 'Mì' }].entries()) await others[i].push(unit, [{ record: gift, kind: 'gift', action: 'edit', base: seq, set }])
  const { page } = await phone()
  await go(page, `/khac/${unit}/${gift}`)
  await page.getByText('Hồ Thị Một').first().waitFor()
  await page.getByText('Đinh Văn Hai').first().waitFor()
  await screenshot(page, 'conflict-households')
  assert.equal(await page.getByText('Không thấy mục này trong máy').count(), 0)
  await page.getByLabel('Đinh Văn Hai').check()
  await page.getByLabel('Gồm có khác:').check()
  await button(page, 'Chọn số đúng').click()
  await page.getByText('Gồm có chưa được ghi.').waitFor()
  assert.equal(await page.getByText('chỉ gồm chữ số').count(), 0)
  await page.setViewportSize({ width: 360, height: 6000 }) // nothing lies under the foot
  await page.waitForTimeout(100)
  assert.deepEqual(await axe(page), [])
})

test('signing out names the drafts that would be lost', async () => {
  const { page } = await phone()
  await go(page, '/ghi/meeting')
  await page.getByLabel('Nơi tiếp xúc').fill('Nhà văn hóa thôn mẫu')
  await page.waitForTimeout(600)
  await go(page, '/may')
  await button(page, 'Đăng xuất').first().click()
  await page.getByText('Sổ ở xã vẫn còn, nhưng 1 mục đang ghi dở sẽ mất, không lấy lại được.').waitFor()
  await page.getByRole('link', { name: '1 mục đang ghi dở' }).click()
  await page.getByRole('heading', { name: 'Đang ghi dở' }).waitFor()
})

test('the focus is back where it was when a sheet is closed by its own button', async () => {
  const { page } = await phone()
  await go(page, '/may')
  await button(page, 'Tải lại sổ từ đầu').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Tải lại sổ' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'Tải lại sổ từ đầu')
})
