// The book of the fund as the commune keeps it: entered, wrong by a zero, reversed, printed.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, until } from '../browser.mjs'
import { signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, year

before(async () => {
  setup()
  server = await Server.start()
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  year = new Date(Date.now() + 7 * 3_600_000).getUTCFullYear()
  const staff = await Staff.signIn(server)
  const entry = set => ({ record: newId(), kind: 'fund', action: 'edit', set })
  await staff.push(server.villages[0], [entry({ direction: 'in', date: `${year - 1}-12-30`, amountVnd: 900_000, purpose: 'Số dư sổ cũ', opening: true })])
  await staff.push(server.villages[1], [entry({ direction: 'in', date: `${year}-01-01`, amountVnd: 250_000, party: 'Người ủng hộ mẫu 002', purpose: 'Ủng hộ' })])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const sitDown = async username => await signInAtDesk(server, username)
const go = async (page, path) => { await page.goto(`${server.url}/desk/${path}`); await page.getByRole('row', { name: /^Cộng|Cộng / }).waitFor() }
/** The rows of the book as a person reads them: what, in, out, held. */
const rows = async page => await page.locator('tbody tr:not(.opening)').evaluateAll(list => list.map(tr => [...tr.querySelectorAll('td:not(.noprint):not(.lanes)')].map(td => td.textContent.trim()).slice(2)))
const foot = async page => await page.locator('tfoot td.num').allTextContents()

async function write (page, amount, purpose, party) {
  await page.getByRole('textbox', { name: 'Số tiền' }).fill(amount)
  await page.getByLabel('Nội dung thu, chi').fill(purpose)
  if (party) await page.getByLabel('Người nộp, người nhận').fill(party)
  await page.keyboard.press('Control+Enter')
  await page.getByRole('heading', { name: 'Đọc lại trước khi ghi' }).waitFor()
}

test('an entry with a zero too many is reversed; the balance is right at each row, and both stay to be seen', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, `quy?so=${server.villages[0]}`)
  assert.match(await page.locator('.opening').innerText(), /Số dư đầu kỳ\s+900\.000/)

  await page.getByRole('button', { name: 'Ghi thu' }).click()
  await write(page, '5000000', 'Ủng hộ quỹ', 'Người ủng hộ mẫu 001')
  await page.getByText('Thu 5.000.000 đồng (năm triệu đồng)').waitFor()
  assert.deepEqual(await axe(page), [], 'reading back')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Đã ghi vào sổ quỹ.').waitFor()
  await page.getByRole('row').filter({ hasText: 'Ủng hộ quỹ' }).getByRole('button', { name: 'Ghi khoản đảo' }).click()
  await page.getByText('Khoản ghi sai: Thu 5.000.000 đồng').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Hãy ghi lý do đảo.').first().waitFor()
  assert.deepEqual(await axe(page), [], 'the reversal')
  await page.getByLabel('Lý do đảo').fill('Ghi thừa một số không')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Chi 5.000.000 đồng (năm triệu đồng)').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Đã ghi khoản đảo.').waitFor()
  await page.getByRole('button', { name: 'Ghi thu' }).click()
  await write(page, '500000', 'Ủng hộ quỹ, ghi lại', 'Người ủng hộ mẫu 001')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Ghi chi' }).click()
  await write(page, '1600000', 'Hỗ trợ hộ khó khăn')
  await page.keyboard.press('Control+Enter')
  await until('four entries', async () => (await rows(page)).length === 4)

  const day = new Intl.DateTimeFormat('vi-VN', { day: 'numeric', month: 'numeric', timeZone: 'Asia/Ho_Chi_Minh' }).format(new Date()).replace('-', '/')
  assert.deepEqual(await rows(page), [
    [`Ủng hộ quỹĐã đảo ngày ${day}`, 'Người ủng hộ mẫu 001', '5.000.000', '', '5.900.000'],
    [`Ghi thừa một số khôngĐảo khoản ${day}`, 'Người ủng hộ mẫu 001', '', '5.000.000', '900.000'],
    ['Ủng hộ quỹ, ghi lại', 'Người ủng hộ mẫu 001', '500.000', '', '1.400.000'],
    ['Hỗ trợ hộ khó khăn', '', '', '1.600.000', '-200.000'],
  ])
  assert.deepEqual(await foot(page), ['5.500.000', '6.600.000', '-200.000'])
  await page.getByText(`Tồn âm từ ${day}: kiểm tra số dư đầu kỳ.`).waitFor()
  assert.equal(await page.locator('.lane').count(), 2)
  assert.deepEqual(await axe(page), [])

  await page.getByRole('button', { name: 'Tất cả' }).click()
  await until('the whole commune', async () => (await rows(page)).length === 5)
  assert.deepEqual(await foot(page), ['5.750.000', '6.600.000', '50.000'])
  await page.reload()
  await until('the same after a reload', async () => (await rows(page)).length === 5)
  await page.getByRole('button', { name: 'Từ đầu sổ' }).click()
  await until('the old book too', async () => (await rows(page)).length === 6)
  await page.getByRole('link', { name: 'Ghi thừa một số không' }).click()
  await page.getByText('Đảo khoản đã ghi sai').waitFor()
  assert.deepEqual(browser.errors, [])
})

test('the book is printed with its head, both entries of the pair, the sums and where to sign', async () => {
  const { page } = await sitDown('lanhdao')
  await go(page, `quy?so=${server.villages[0]}`)
  assert.equal(await page.getByRole('button', { name: 'Ghi thu' }).count(), 0, 'who signs does not write')
  assert.equal(await page.getByRole('button', { name: 'Ghi khoản đảo' }).count(), 0)
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
  await page.emulateMedia({ media: 'print' })
  const shown = await page.locator('body').innerText()
  for (const text of ['SỔ QUỸ “VÌ NGƯỜI NGHÈO”', 'Thôn mẫu 1', 'Ghi thừa một số không', '-200.000', 'Thủ quỹ', 'Trưởng ban vận động Quỹ', ', Phạm Văn Mẫu']) assert.ok(shown.includes(text), text)
  assert.ok(!shown.includes('Đăng xuất') && !shown.includes('Đến ngày'), 'only the book')
  const pdf = await page.pdf({ preferCSSPageSize: true })
  const [, width, height] = /MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/.exec(pdf.toString('latin1'))
  assert.deepEqual([Math.round(width), Math.round(height)], [842, 595], 'A4 across')
})

test('an entry made while the server is away is kept, and arrives once', async () => {
  const { page, context } = await sitDown()
  await go(page, `quy?so=${server.villages[1]}`)
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Ghi thu' }).click()
  await write(page, '70000', 'Ghi lúc mất mạng')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Đã giữ trong máy này').waitFor()
  await context.setOffline(false)
  const kept = async () => (await (await Staff.signIn(server)).ofKind(server.villages[1], 'fund')).filter(r => r.fields.purpose === 'Ghi lúc mất mạng')
  await until('the entry to arrive', async () => (await kept()).length > 0)
  assert.equal((await kept()).length, 1)
})
