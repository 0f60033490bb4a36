// Queues that are longer than a page: conflicts and pairs that may be one.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server
const disputes = 103, twins = 15 // 15 of one name are 105 pairs

before(async () => {
  setup()
  server = await Server.start()
  const [village, other] = server.villages
  const head = await Staff.signIn(server, 'truongthon')
  const front = await Staff.signIn(server, 'mattran')
  const ids = Array.from({ length: disputes }, () => newId())
  const gift = quantity => ids.map((record, i) => ({ record, kind: 'gift', action: 'edit', base: 0, set: { recipientName: `Người mẫu ${i + 1}`, date: '2026-01-05', quantity, valueVnd: 100000 + i } }))
  await head.push(village, gift(1))
  await front.push(village, gift(2))
  const staff = await Staff.signIn(server)
  await staff.households(other, Array.from({ length: twins }, () => 'Hồ Văn Mẫu'))
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

async function sitDown (path) {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, path)
  return browser
}
const heading = async page => await page.getByRole('heading', { level: 1 }).innerText()
const counts = async (page, text) => { await until(`the heading to say ${text}`, async () => (await heading(page)).includes(text)) }

test('conflicts past the first page are read, and stay while one is settled', async () => {
  const browser = await sitDown('mau-thuan')
  const { page } = browser
  await counts(page, '(100+)')
  await page.getByRole('button', { name: 'Xem thêm' }).click()
  await counts(page, `(${disputes})`)
  assert.equal(await page.getByRole('button', { name: 'Xem thêm' }).count(), 0)
  await screenshot(page, 'conflicts')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('1')
  await page.keyboard.press('Control+Enter')
  await counts(page, `(${disputes - 1})`)
  assert.deepEqual(browser.errors, [])
})

test('a pair that is put off stands at the end, also after a reload, and what lies behind the first page is read', async () => {
  const browser = await sitDown('nghi-trung')
  const { page } = browser
  await counts(page, '(100+)')
  const place = page.getByText(/^\d+ \/ \d+\+?$/)
  assert.equal(await place.innerText(), '1 / 100+')
  const codes = async () => (await page.getByRole('row', { name: /^Mã hộ/ }).innerText()).replace(/\s+/g, ' ')
  const first = await codes()
  await page.getByRole('button', { name: 'Để sau' }).click()
  await until('another pair', async () => await codes() !== first)
  const second = await codes()
  assert.equal(await place.innerText(), '1 / 100+')
  await page.reload()
  await until('the same pair', async () => await codes() === second)
  await page.getByRole('button', { name: 'Xem thêm' }).click()
  await counts(page, '(105)')
  assert.equal(await codes(), second)
  await screenshot(page, 'duplicates')
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(browser.errors, [])
})
