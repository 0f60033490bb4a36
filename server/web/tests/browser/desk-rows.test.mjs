// Rows of a list: what they tell of a household's gifts, how high they are, what waits to be sent, and the panel beside them.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, staff, head, homes, village
before(async () => {
  setup()
  server = await Server.start();
  [village] = server.villages
  staff = await Staff.signIn(server)
  head = await Staff.signIn(server, 'truongthon')
  homes = await head.households(village, ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  const gift = async (household, date) => { await head.push(village, [{ record: newId(), kind: 'gift', action: 'edit', set: { household, date, quantity: 1, valueVnd: 300000 } }]) }
  await gift(homes[0], '2026-01-05')
  await gift(homes[0], '2026-03-09')
  await gift(homes[1], '2026-02-07')
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const row = (page, name) => page.getByRole('row').filter({ hasText: name })
const names = async page => await page.locator('tbody .row').allInnerTexts()

test('a household tells when it received last, and the list is ordered by the last change', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=household')
  await page.getByRole('columnheader', { name: 'Lần nhận gần nhất' }).waitFor()
  await row(page, 'Hộ mẫu 001').getByText('9/3/2026').waitFor()
  await row(page, 'Hộ mẫu 002').getByText('7/2/2026').waitFor()
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).click()
  await page.locator('.panel dd').filter({ hasText: '9/3/2026' }).waitFor()
  await page.getByRole('button', { name: 'Đóng' }).click()
  await row(page, 'Hộ mẫu 003').getByText('chưa nhận').waitFor()
  await page.locator('summary', { hasText: 'Cột' }).click()
  const asked = page.waitForRequest(/\/v1\/records\?/)
  await page.getByLabel('Lần nhận gần nhất').uncheck()
  await page.getByLabel('Sửa lần cuối').check()
  await page.keyboard.press('Escape')
  assert.ok(!(await asked).url().includes('received'), 'what is not shown is not counted')
  await head.push(village, [{ record: homes[1], kind: 'household', action: 'edit', set: { phone: '0905000002' } }])
  await page.getByRole('columnheader', { name: 'Sửa lần cuối' }).getByRole('button').click()
  await until('the last changed first', async () => (await names(page))[0] === 'Hộ mẫu 002')
  assert.equal(new URL(page.url()).searchParams.get('sap'), '-updated')
  assert.deepEqual(browser.errors, [])
})

test('gifts are ordered by what they are worth, the largest first, then the smallest, over more than one page', async () => {
  const worth = Array.from({ length: 130 }, (_, i) => ((i * 37) % 130 + 1) * 1000)
  await head.push(village, worth.map(valueVnd => ({ record: newId(), kind: 'gift', action: 'edit', set: { household: homes[2], date: '2025-03-01', quantity: 1, valueVnd } })))
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=gift&tu=2025-03-01&den=2025-03-01')
  const shown = async () => (await page.locator('tbody tr').allInnerTexts()).map(t => Number(/(\d+)\.000/.exec(t)?.[1]))
  const run = (from, to) => Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => from + Math.sign(to - from) * i).join()
  const value = page.getByRole('columnheader', { name: 'Trị giá' })
  await value.getByRole('button').click()
  await until('the largest first', async () => (await shown()).join() === run(130, 31))
  assert.equal(await value.getAttribute('aria-sort'), 'descending')
  assert.equal(new URL(page.url()).searchParams.get('sap'), '-amount')
  await page.getByRole('button', { name: 'Trang sau' }).click()
  await until('the page behind', async () => (await shown()).join() === run(30, 1))
  await value.getByRole('button').click()
  await until('the smallest first', async () => (await shown()).join() === run(1, 100))
  assert.deepEqual(browser.errors, [])
})

test('rows are as high as was chosen, and the panel as wide, also after a reload', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=household')
  const height = async () => Math.round((await row(page, 'Hộ mẫu 001').boundingBox()).height)
  await row(page, 'Hộ mẫu 001').waitFor()
  assert.equal(await height(), 36)
  await page.locator('summary', { hasText: 'Cột' }).click()
  await page.getByRole('radio', { name: 'Dày' }).check()
  assert.equal(await height(), 30)
  await screenshot(page, 'desk-rows-tight')
  await page.getByRole('radio', { name: 'Thưa' }).check()
  assert.equal(await height(), 44)
  await page.reload()
  await row(page, 'Hộ mẫu 001').waitFor()
  assert.equal(await height(), 44)

  await page.getByRole('button', { name: 'Hộ mẫu 001' }).click()
  const panel = page.locator('.panel'), width = async () => Math.round((await panel.boundingBox()).width)
  await panel.getByRole('tab', { name: 'Nội dung' }).waitFor()
  assert.equal(await width(), 480)
  await page.getByRole('button', { name: 'Ô bên phải rộng hơn' }).click()
  assert.equal(await width(), 560)
  const bar = page.getByRole('separator', { name: 'Bề rộng ô bên phải' })
  await bar.focus()
  await page.keyboard.press('ArrowRight')
  assert.equal(await width(), 520)
  const box = await bar.boundingBox()
  await page.mouse.move(box.x + 4, box.y + 40)
  await page.mouse.down()
  await page.mouse.move(box.x + 104, box.y + 40, { steps: 4 })
  await page.mouse.up()
  assert.ok(Math.abs(await width() - 420) <= 24, `${await width()} px after dragging`)
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'desk-rows-panel')
  const before = await width()
  await page.reload()
  await panel.getByRole('tab', { name: 'Nội dung' }).waitFor()
  assert.equal(await width(), before)
  await bar.dblclick({ position: { x: 12, y: 20 } })
  assert.equal(await width(), 480)
  assert.deepEqual(browser.errors, [])
})

test('a decision that waits says so in its row, the line since when; a newer state of the server shows over an own decision', async () => {
  const browser = await signInAtDesk(server)
  const { page, context } = browser
  await goToDesk(server, page, 'so?loai=household')
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).click()
  await page.locator('.panel').getByRole('tab', { name: 'Nội dung' }).waitFor()
  await context.setOffline(true)
  await page.keyboard.press('d')
  await row(page, 'Hộ mẫu 001').getByText('đang gửi…').waitFor()
  await page.getByText(/^Mất kết nối từ \d\d:\d\d · 1 quyết định chờ gửi$/).waitFor()
  await page.getByRole('status').filter({ hasText: /^Số liệu lúc \d\d:\d\d, đang nối lại…/ }).first().waitFor()
  assert.equal((await names(page)).length, 3, 'what was read stays')
  await screenshot(page, 'desk-rows-waiting')
  assert.deepEqual(await axe(page), [])
  await context.setOffline(false)
  await until('the decision to arrive', async () => (await staff.ofKind(village, 'household')).find(r => r.id === homes[0]).review?.state === 'approved')
  await until('the row to be sent', async () => await page.getByText('đang gửi…').count() === 0)
  await row(page, 'Hộ mẫu 001').getByText('Đã duyệt').waitFor()
  await page.getByText(/Mất kết nối/).waitFor({ state: 'detached' })

  const seq = (await staff.ofKind(village, 'household')).find(r => r.id === homes[0]).seq
  await staff.push(village, [{ record: homes[0], kind: 'household', action: 'review', base: seq, state: 'returned', note: 'Xin ghi rõ.' }])
  await page.getByRole('button', { name: 'Hộ mẫu 002' }).click()
  await page.keyboard.press('d') // the list is read again
  await row(page, 'Hộ mẫu 001').getByText('Đã trả lại').waitFor()
  await row(page, 'Hộ mẫu 002').getByText('Đã duyệt').waitFor()
  assert.deepEqual(browser.errors, [])
})
