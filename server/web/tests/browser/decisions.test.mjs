// Decisions on several records at once, and where the focus and the eye are after each step at the desk.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, village, homes
const disputed = newId()

before(async () => {
  setup()
  server = await Server.start();
  [village] = server.villages
  const head = await Staff.signIn(server, 'truongthon'), front = await Staff.signIn(server, 'mattran')
  homes = await head.households(village, ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003', 'Hộ mẫu 003', ...Array.from({ length: 60 }, (_, i) => `Hộ thử ${String(i + 1).padStart(2, '0')}`)])
  const told = quantity => ({ record: disputed, kind: 'gift', action: 'edit', base: 0, set: { household: homes[0], date: '2026-02-01', quantity, valueVnd: 300000 } })
  await head.push(village, [told(1)])
  await front.push(village, [told(2)])
  for (const home of homes.slice(1, 3)) await head.gift(village, home)
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const states = async (kind, ids) => {
  const all = await (await Staff.signIn(server)).ofKind(village, kind)
  return ids.map(id => all.find(r => r.id === id)?.state)
}
const focused = async page => await page.evaluate(() => document.activeElement?.tagName)

test('approving several leaves out what is disputed or may be a copy, says so, and takes them at a word of their own', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=gift')
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).waitFor()
  await page.keyboard.press('Control+a')
  await page.getByRole('button', { name: 'Duyệt 3 mục' }).waitFor()
  await page.keyboard.press('d')
  await said(page, 'Đã duyệt 2 mục. Để lại 1 mục đang ghi khác nhau hoặc nghi trùng.')
  assert.deepEqual(await states('gift', [disputed]), ['pending'])
  await page.getByText('Chưa duyệt: đang ghi khác nhau.').waitFor()
  const still = page.getByRole('button', { name: 'Vẫn duyệt 1 mục' })
  await still.waitFor()
  await screenshot(page, 'bulk')
  const [toast, button] = [await page.locator('.toast').last().boundingBox(), await still.boundingBox()]
  assert.ok(button.y + button.height <= toast.y, 'what is said covers no button')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('d')
  await said(page, 'Chưa duyệt 1 mục')
  assert.deepEqual(await states('gift', [disputed]), ['pending'], 'a key that is pressed twice approves nothing')
  await still.click()
  await said(page, 'Đã duyệt.')
  assert.deepEqual(await states('gift', [disputed]), ['approved'])
  await undo(page)
  await said(page, 'Đã hoàn tác.')
  await undo(page)
  await until('all to wait again', async () => (await (await Staff.signIn(server)).ofKind(village, 'gift')).every(r => r.state === 'pending'))

  await goToDesk(server, page, 'so?loai=household&sap=name')
  await page.getByRole('button', { name: 'Hộ mẫu 003' }).nth(1).waitFor()
  for (const row of await page.getByRole('row', { name: /Hộ mẫu 00/ }).all()) await row.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Duyệt 4 mục' }).click()
  await said(page, 'Đã duyệt 2 mục. Để lại 2 mục')
  assert.deepEqual(await states('household', homes.slice(0, 4)), ['approved', 'approved', 'pending', 'pending'])
  assert.equal(await page.getByText('Chưa duyệt: nghi trùng với mục khác.').count(), 2)
  assert.deepEqual(browser.errors, [])
})

test('the focus goes to the heading of each page, and a record that is opened from elsewhere is in sight', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await until('the heading after signing in', async () => await focused(page) === 'H1')
  await page.getByRole('heading', { level: 1, name: 'Hôm nay' }).waitFor()
  await page.keyboard.press('Alt+3')
  await until('the heading of the next page', async () => await page.getByRole('heading', { level: 1, name: 'Mâu thuẫn' }).evaluate(h => h === document.activeElement))
  await page.getByRole('link', { name: 'Đợt quà' }).click()
  await until('that of a page that was clicked', async () => await page.getByRole('heading', { level: 1, name: 'Đợt quà' }).evaluate(h => h === document.activeElement))

  await goToDesk(server, page, `so?loai=household&sap=name&muc=${village}/${homes.at(-5)}`)
  const row = page.locator('tr[aria-selected="true"]')
  await row.waitFor()
  await until('the row to be in sight', async () => await row.evaluate(r => { const { top, bottom } = r.getBoundingClientRect(), list = r.closest('.list').getBoundingClientRect(); return top >= list.top && bottom <= list.bottom }))
  assert.deepEqual(browser.errors, [])
})

test('an approved record says so in green, and offers no second approval', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, `so?loai=household&sap=name&muc=${village}/${homes[10]}`)
  const panel = page.locator('section.panel')
  await panel.getByRole('button', { name: 'Duyệt', exact: true }).click()
  await said(page, 'Đã duyệt.')
  await page.locator(`tr:has-text("Hộ thử 07") .row`).click()
  await panel.locator('.tag.green', { hasText: 'Đã duyệt' }).waitFor()
  assert.equal(await panel.getByRole('button', { name: 'Duyệt', exact: true }).count(), 0)
  await page.keyboard.press('d')
  await said(page, 'Mục này đã được duyệt.')
  await page.getByLabel('Từ ngày').waitFor()
  await page.getByLabel('Đến ngày').waitFor()
  assert.deepEqual(browser.errors, [])
})
