// What stands on a page is what its filter asks for: not the list of another filter while the line is cut, nor an
// answer that comes late. And what a page keeps to itself when the window or the printer does not do as it expects.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, until } from '../browser.mjs'
import { goToDesk, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { Staff } from '../staff.mjs'

let server, one, two, province
before(async () => {
  setup()
  server = await Server.start();
  [one, two] = server.villages
  province = server.unit('-code', '21', '-name', 'Tỉnh mẫu', '-valid-from', '2025-07-01', '-level', 'province')
  server.user('goc', 'Quản Trị Gốc Mẫu', 'admin', '')
  const admin = await Staff.signIn(server, 'goc'), head = await Staff.signIn(server, 'truongthon')
  await admin.call('POST', `/v1/units/${server.commune}/recipients`, { name: 'Nơi nhận mẫu', channel: 'folder', address: 'noi-nhan-mau', validFrom: '2025-07-01' })
  await head.households(one, ['Hộ mẫu 001', 'Hộ mẫu 002'])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const cut = route => route.abort()
/** The page says that the line is cut, and shows nothing of what was asked before. */
async function isEmpty (page) {
  await page.getByRole('main').getByRole('alert').filter({ hasText: 'Mất kết nối' }).waitFor()
  assert.equal(await page.locator('#main table').count(), 0, 'nothing of the other filter stands')
}
const again = async page => { await page.getByRole('main').getByRole('button', { name: 'Thử lại' }).click() }

test('the machines of another unit do not stand under the one that was chosen, with the buttons that lock them', async () => {
  const browser = await signInAtDesk(server, 'goc')
  const { page } = browser
  await goToDesk(server, page, 'quan-tri/may')
  await page.getByRole('button', { name: /^Khóa máy/ }).first().waitFor()
  await page.route(/\/v1\/devices/, cut)
  await page.locator('#main').getByRole('combobox').selectOption(two)
  await isEmpty(page)
  assert.equal(await page.getByRole('button', { name: /^Khóa máy/ }).count(), 0)
  await page.unroute(/\/v1\/devices/)
  await again(page)
  await page.getByText('Chưa có máy nào.').or(page.getByRole('main').getByRole('table')).first().waitFor()
  assert.deepEqual(browser.errors, [])
})

test('the recipients of another unit do not stand under the one that was chosen', async () => {
  const browser = await signInAtDesk(server, 'goc')
  const { page } = browser
  await goToDesk(server, page, 'quan-tri/noi-nhan')
  const units = page.locator('#main').getByRole('combobox')
  await units.selectOption(server.commune)
  await page.getByRole('button', { name: 'Sửa Nơi nhận mẫu' }).waitFor()
  await page.route(/\/recipients/, cut)
  await units.selectOption(province)
  await isEmpty(page)
  await page.unroute(/\/recipients/)
  await again(page)
  await page.locator('#main .box').waitFor()
  await page.route(/\/recipients/, cut)
  await units.selectOption(server.commune)
  await page.getByRole('main').getByRole('alert').waitFor()
  assert.equal(await page.locator('#main .box').count(), 0, 'nor that there are none')
  assert.deepEqual(browser.errors, [])
})

const rejection = { unit: '', dot: 'x.1', user: '', device: '', code: 'unknown-record', message: 'Lý do mẫu', action: 'edit', values: [], mended: false, receivedAt: '2026-01-05T00:00:00Z' }
test('what was not taken is that of the village that was chosen, also when another answer comes late', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  let late
  await page.route(/\/v1\/rejections/, async route => {
    const unit = new URL(route.request().url()).searchParams.get('unit')
    if (unit === one) { late = route; return }
    if (unit === two) await route.fulfill({ json: { items: [] } })
    else await route.fulfill({ json: { items: [{ ...rejection, unit: one }] } })
  })
  await goToDesk(server, page, 'khong-nhan')
  await page.getByText('Lý do mẫu').waitFor()
  const village = page.locator('#main').getByRole('combobox').first()
  await village.selectOption(one)
  await until('the first question', async () => late !== undefined)
  await village.selectOption(two)
  await page.locator('#main .box').waitFor()
  await late.fulfill({ json: { items: [{ ...rejection, unit: one, message: 'Lý do khác' }] } })
  await page.waitForTimeout(300)
  assert.equal(await page.getByText('Lý do khác').count(), 0, 'the answer of the village that was left')
  await village.selectOption('')
  await page.getByText('Lý do mẫu').waitFor()
  await page.unroute(/\/v1\/rejections/)
  await page.route(/\/v1\/rejections/, cut)
  await village.selectOption(two)
  await isEmpty(page)
  assert.deepEqual(browser.errors, [])
})

test('the first page of the campaigns does not stand as the second', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await page.route(/\/v1\/campaigns/, async route => {
    if (new URL(route.request().url()).searchParams.has('cursor')) await route.abort()
    else await route.fulfill({ json: { items: [], next: 'x' } })
  })
  await goToDesk(server, page, 'dot-qua')
  await page.locator('#main .box').waitFor()
  await page.getByRole('button', { name: 'Trang sau' }).click()
  await page.getByRole('main').getByRole('alert').filter({ hasText: 'Mất kết nối' }).waitFor()
  assert.equal(await page.locator('#main .box').count(), 0)
  assert.deepEqual(browser.errors, [])
})

test('a list that could not be read is reported for the filter that asked for it, and for no other', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=household')
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).waitFor()
  const village = page.locator('#main').getByLabel('Thôn', { exact: true })
  await page.route(/\/v1\/records\?/, cut)
  await village.selectOption(two)
  await page.locator('#main .list').getByRole('alert').waitFor()
  await page.unroute(/\/v1\/records\?/)
  let held
  await page.route(/\/v1\/records\?/, route => { held = route })
  await village.selectOption(one)
  await until('the question', async () => held !== undefined)
  await until('no error of the other village', async () => await page.locator('#main .list').getByRole('alert').count() === 0, 5_000)
  await held.continue()
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('an office that confirms by two channels is named twice', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  const arrived = { report: 'r1', name: 'Tỉnh mẫu', number: 1, symbol: 'BC-MẪU', at: '2026-01-05T00:00:00Z' }
  await page.route(/\/v1\/overview/, async route => {
    const answer = await (await route.fetch()).json()
    await route.fulfill({ json: { ...answer, deliveries: { ...answer.deliveries, arrived: [arrived, { ...arrived, at: '2026-01-06T00:00:00Z' }] } } })
  })
  await goToDesk(server, page, 'hom-nay')
  await page.getByRole('heading', { name: 'Các thôn' }).waitFor()
  assert.equal(await page.getByRole('link', { name: /01\/BC-MẪU/ }).count(), 2)
  assert.deepEqual(browser.errors, [])
})

test('a list of more reports than are read at once says so, and is read on', async () => {
  const report = n => ({ id: `mau.${n}`, unit: server.commune, unitName: 'Xã mẫu', template: 'ubnd', type: 'annual', from: '2025-01-01', to: '2025-12-31', asOf: '2025-12-31', periodName: 'năm 2025', state: 'draft', subject: `Báo cáo mẫu ${n}`, version: 1, updatedAt: '2026-01-01T00:00:00Z' })
  const { page, errors } = await signInAtDesk(server)
  await page.route('**/v1/reports?**', async route => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') || 0)
    await route.fulfill({ json: { items: Array.from({ length: Math.min(200, 1203 - from) }, (_, i) => report(from + i)), ...(from + 200 < 1203 ? { next: String(from + 200) } : {}) } })
  })
  await goToDesk(server, page, 'bao-cao')
  await page.getByText('Mới đọc 1.000 báo cáo sửa gần đây nhất; còn báo cáo sửa trước đó.').waitFor()
  await page.getByRole('link', { name: 'Tất cả 1000+' }).waitFor()
  await page.getByRole('button', { name: 'Đọc tiếp' }).click()
  await page.getByRole('link', { name: 'Báo cáo mẫu 1202' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Đọc tiếp' }).count(), 0)
  assert.equal(await page.locator('table.data tbody tr').count(), 1203)
  // Search finds those too that were changed long ago.
  await page.locator('#search').fill('bao cao mau 950')
  await page.getByRole('option', { name: /Báo cáo mẫu 950/ }).waitFor()
  assert.deepEqual(errors, [])
})

test('after one chart all of them are printed again, also where the browser does not tell that it has printed', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so-lieu')
  const charts = page.locator('#main section')
  await charts.first().waitFor()
  await page.evaluate(() => { window.print = () => { window.left = document.querySelectorAll('#main section.aside').length } })
  const left = async () => await page.evaluate(() => window.left)
  await charts.first().getByRole('button', { name: /^In/ }).click()
  await until('the one', async () => await left() === await charts.count() - 1)
  await page.locator('#main .btn.main').click()
  await until('all', async () => await left() === 0, 5_000)
  assert.deepEqual(browser.errors, [])
})

test('a panel leaves the list its room when the window is made smaller, and moves from where it is seen', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=household')
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).click()
  const width = async () => Math.round((await page.locator('.panel').boundingBox()).width)
  const narrower = page.getByRole('button', { name: 'Ô bên phải hẹp lại' })
  for (let n = 0; n < 5; n++) await page.getByRole('button', { name: 'Ô bên phải rộng hơn' }).click()
  await until('the widest', async () => await width() === 1366 - 584)
  await page.setViewportSize({ width: 1220, height: 768 })
  await until('the list has its room', async () => await width() === 1220 - 584, 5_000)
  await narrower.click()
  await until('it moves', async () => await width() === 1220 - 584 - 80, 5_000)
  assert.deepEqual(browser.errors, [])
})

test('at 200 % the choice of columns is seen whole', async () => {
  const browser = await signInAtDesk(server, 'canbo', { width: 683, height: 384 })
  const { page } = browser
  await goToDesk(server, page, `so?loai=household&thon=${two}`) // a page that is short: nothing is in it
  await page.getByText('Không có mục nào khớp').waitFor()
  await page.locator('summary', { hasText: 'Cột' }).click()
  const list = page.locator('details .list')
  await list.waitFor()
  const [inner, outer] = [await list.boundingBox(), await page.locator('#main').boundingBox()]
  assert.ok(inner.y + inner.height <= outer.y + outer.height && inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width, `${JSON.stringify(inner)} in ${JSON.stringify(outer)}`)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(browser.errors, [])
})
