// The lists of records at the desk: columns, order, keys, search, and the workbook of what is shown.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'
import { rowsOf } from '../workbook.mjs'

let server, staff, homes, village, campaign

before(async () => {
  setup()
  server = await Server.start();
  [village] = server.villages
  staff = await Staff.signIn(server)
  homes = await staff.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu', 'An Văn Mẫu'])
  await staff.push(village, [{ record: homes[0], kind: 'household', action: 'edit', set: { nationalId: '051123456789', phone: '0900000001' } }])
  campaign = await staff.campaign(village, { name: 'Quà Tết mẫu', onePerHousehold: false })
  for (const [i, date] of ['2026-01-05', '2026-03-01', '2026-02-01'].entries()) {
    await staff.push(village, [{ record: newId(), kind: 'gift', action: 'edit', set: { household: homes[i], campaign, date, quantity: i + 1, valueVnd: 300000 } }])
  }
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const sitDown = async () => await signInAtDesk(server)
const go = async (page, path) => { await goToDesk(server, page, path) }
const column = async (page, n) => await page.locator(`tbody tr td:nth-child(${n})`).allInnerTexts()
const muc = page => new URL(page.url()).searchParams.get('muc') ?? ''

async function download (page, tick) {
  await page.getByRole('button', { name: 'Xuất Excel' }).click()
  const dialog = page.getByRole('dialog', { name: 'Xuất Excel' })
  await dialog.getByText('Việc xuất được ghi vào nhật ký.').waitFor()
  await tick?.(dialog)
  const coming = page.waitForEvent('download')
  await page.keyboard.press('Control+Enter')
  const file = await coming
  await said(page, 'Đã xuất tệp Excel.')
  return { name: file.suggestedFilename(), rows: rowsOf(fs.readFileSync(await file.path())) }
}

test('what the list shows is a workbook: its columns, its filter, what is sensitive only when asked for, and noted', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'so?loai=household&q=ho')
  await page.getByRole('button', { name: 'Hồ Văn Mẫu' }).waitFor()
  await page.getByText('Cột', { exact: true }).click()
  await page.getByLabel('Số điện thoại').check()
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'Số điện thoại' }).waitFor()
  const { name, rows } = await download(page)
  assert.match(name, /^ho-\d{4}-\d\d-\d\d\.xlsx$/)
  const head = rows.findIndex(row => row[0] === 'TT')
  assert.equal(rows.length, head + 2, 'one household is called so')
  const row = Object.fromEntries(rows[head].map((title, i) => [title, rows[head + 1][i]]))
  assert.equal(row['Chủ hộ'], 'Hồ Văn Mẫu')
  assert.equal(row['Số điện thoại'], '0900000001')
  assert.equal(row['Tình trạng'], 'Chờ duyệt')
  assert.equal(Object.keys(row).some(title => /căn cước/.test(title)), false)

  await page.getByRole('button', { name: 'Xuất Excel' }).click()
  await screenshot(page, 'export')
  assert.deepEqual(await axe(page), [], 'the dialog')
  await page.keyboard.press('Escape')
  const bare = await download(page, async dialog => { await dialog.getByLabel(/căn cước/).check() })
  assert.ok(bare.rows.some(row => row.includes('051123456789')))
  const auditor = await Staff.signIn(server, 'kiemtoan')
  const { items } = await auditor.call('GET', `/v1/access-log?record=${homes[0]}`)
  assert.deepEqual(items.filter(a => a.operation === 'exportRecords').map(a => a.sensitive === true), [true, false])
  await page.reload()
  await page.getByRole('columnheader', { name: 'Số điện thoại' }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a head orders the list, in the address, and says so', async () => {
  const { page } = await sitDown()
  await go(page, 'so?loai=gift')
  await page.getByRole('columnheader', { name: 'Ngày' }).waitFor()
  const days = ['1/3/2026', '1/2/2026', '5/1/2026']
  await until('the newest first', async () => JSON.stringify(await column(page, 2)) === JSON.stringify(days))
  await page.getByRole('columnheader', { name: 'Ngày' }).getByRole('button').click()
  await until('the oldest first', async () => JSON.stringify(await column(page, 2)) === JSON.stringify([...days].reverse()))
  assert.equal(await page.getByRole('columnheader', { name: 'Ngày' }).getAttribute('aria-sort'), 'ascending')
  assert.equal(new URL(page.url()).searchParams.get('sap'), 'date')
  await go(page, 'so?loai=household&sap=name')
  await until('by name', async () => (await column(page, 3)).length === 3)
  await page.getByRole('columnheader', { name: 'Chủ hộ' }).getByRole('button').click()
  assert.equal(new URL(page.url()).searchParams.get('sap'), '-name')
  await page.screenshot()
  assert.deepEqual(await axe(page), [])
})

test('keys: the map, rows ticked with Shift and Ctrl+A, into the panel and back, to the household; letters can be switched off', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'so?loai=gift&sap=date')
  await page.getByRole('button', { name: 'Hồ Văn Mẫu' }).waitFor()
  await page.keyboard.press('?')
  const map = page.getByRole('dialog', { name: 'Phím tắt' })
  await map.waitFor()
  await screenshot(page, 'keys')
  assert.deepEqual(await axe(page), [], 'the map')
  await page.keyboard.press('Escape')
  await map.waitFor({ state: 'hidden' })
  await page.keyboard.press('Home')
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  const first = muc(page)
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByRole('button', { name: 'Duyệt 2 mục' }).waitFor()
  await page.keyboard.press('Control+a')
  await said(page, 'Đã chọn 3 mục của trang này.')
  await page.getByRole('button', { name: 'Duyệt 3 mục' }).waitFor()
  await page.keyboard.press('Home')
  await until('the first row', async () => muc(page) === first)
  await page.keyboard.press('Enter')
  await until('the panel to have the focus', async () => await page.getByRole('tab', { name: 'Nội dung' }).evaluate(t => t === document.activeElement))
  await page.keyboard.press('Escape')
  await until('the row to have it again', async () => await page.getByRole('button', { name: 'Hồ Văn Mẫu' }).evaluate(b => b === document.activeElement))
  await page.keyboard.press('g')
  await page.getByRole('heading', { level: 1, name: 'Hồ Văn Mẫu' }).waitFor()
  assert.ok(page.url().includes(`/ho/${village}/${homes[0]}`))

  await page.keyboard.press('?')
  await map.getByLabel('Tắt phím tắt một chữ').check()
  await page.keyboard.press('Escape')
  await go(page, `so?loai=gift&muc=${first}`)
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  await page.keyboard.press('d')
  await page.keyboard.press('?')
  await page.keyboard.press('Control+k')
  await until('the search to have the focus', async () => await page.getByRole('combobox', { name: 'Tìm hộ' }).evaluate(b => b === document.activeElement))
  assert.equal(await map.isVisible(), false)
  assert.equal((await staff.ofKind(village, 'gift')).some(r => r.state === 'approved'), false)
  assert.deepEqual(browser.errors, [])
})

test('the search answers in groups while words are typed, without marks, and opens what is chosen', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'hom-nay')
  await page.keyboard.press('/')
  await page.keyboard.type('dinh thi')
  const found = page.getByRole('listbox')
  await found.getByRole('group', { name: 'Hộ' }).getByRole('option', { name: /Đinh Thị Mẫu/ }).waitFor()
  await found.getByRole('group', { name: 'Quà' }).getByRole('option', { name: /Đinh Thị Mẫu/ }).waitFor()
  await screenshot(page, 'search')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await until('the household to open', async () => muc(page) === `${village}/${homes[1]}`)
  await page.keyboard.press('/')
  await page.getByRole('combobox', { name: 'Tìm hộ' }).fill('không có ai')
  await found.getByText('Không tìm thấy.').waitFor()
  await page.keyboard.press('Escape')
  await found.waitFor({ state: 'hidden' })
  assert.deepEqual(browser.errors, [])
})
