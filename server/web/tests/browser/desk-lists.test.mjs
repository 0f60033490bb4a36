// The lists of records: what each kind is narrowed by, what stays after a decision, and a record by itself.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, staff, head, homes, village, campaign, gifts
const daysAgo = back => new Date(Date.now() + 7 * 3_600_000 - back * 86_400_000).toISOString().slice(0, 10)
const put = async (kind, set) => {
  const record = newId()
  await head.push(village, [{ record, kind, action: 'edit', set }])
  return record
}

before(async () => {
  setup()
  server = await Server.start();
  [village] = server.villages
  server.user('goc', 'Quản Trị Gốc Mẫu', 'admin', '')
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  staff = await Staff.signIn(server)
  head = await Staff.signIn(server, 'truongthon')
  homes = await head.households(village, ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  await head.push(village, [{ record: homes[1], kind: 'household', action: 'edit', set: { categoryTo: daysAgo(2) } }])
  campaign = await staff.campaign(village, { name: 'Quà Tết mẫu', onePerHousehold: false })
  gifts = []
  for (const [i, set] of [{ signedFor: true, campaign }, { signedFor: false }, {}].entries()) gifts.push(await put('gift', { household: homes[i], date: daysAgo(10 + i), quantity: 1 + i, valueVnd: 300000, ...set }))
  await put('petition', { receivedOn: daysAgo(60), class: 'complaint', citizenName: 'Người Mẫu Tám', content: 'Nội dung mẫu', status: 'received' })
  await put('petition', { receivedOn: daysAgo(0), class: 'complaint', citizenName: 'Người Mẫu Chín', content: 'Nội dung mẫu', status: 'received' })
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const inOrder = async page => await page.locator('tbody .row').allInnerTexts()
const names = async page => (await inOrder(page)).sort()
const shows = async (page, list, read = names) => { await until(`the list to be ${list}`, async () => JSON.stringify(await read(page)) === JSON.stringify(list)) }

test('each kind has its own filters and columns; the address keeps them, the page says them, nothing found says what was asked', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=gift')
  await shows(page, ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  for (const head of ['Ngày', 'Hộ / người', 'Đợt tặng quà', 'Số suất', 'Tổng trị giá', 'Đã ký nhận', 'Ảnh']) await page.getByRole('columnheader', { name: head }).waitFor()
  await page.getByText('3 mục · 6 suất · 900.000 đồng').waitFor()
  await page.getByLabel('Ký nhận', { exact: true }).selectOption('chua-ky')
  await shows(page, ['Hộ mẫu 002', 'Hộ mẫu 003'])
  await page.getByText('2 mục · 5 suất · 600.000 đồng').waitFor()
  assert.equal(await page.title(), 'Quà (2) · Sổ Thôn')
  await page.reload()
  await shows(page, ['Hộ mẫu 002', 'Hộ mẫu 003'])
  await page.getByRole('button', { name: 'Bỏ lọc' }).click()
  await page.getByLabel('Đợt', { exact: true }).focus()
  await page.getByLabel('Đợt', { exact: true }).selectOption({ label: 'Quà Tết mẫu' })
  await shows(page, ['Hộ mẫu 001'])
  assert.deepEqual(await axe(page), [])
  await page.getByLabel('Tình trạng', { exact: true }).selectOption('sua-sau')
  await page.getByText('Không có mục nào khớp: Quà, Quà Tết mẫu, Sửa sau khi duyệt.').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('sua-sau'), 'true')

  await goToDesk(server, page, 'so?loai=household&con-dien=ended')
  await shows(page, ['Hộ mẫu 002'])
  await page.getByLabel('Còn hay hết diện').selectOption('current')
  await shows(page, ['Hộ mẫu 001', 'Hộ mẫu 003'])
  await page.getByRole('columnheader', { name: /Chuẩn nghèo/ }).waitFor()

  await goToDesk(server, page, 'so?loai=petition')
  await shows(page, ['Người Mẫu Chín', 'Người Mẫu Tám'])
  await page.getByRole('columnheader', { name: 'Còn lại' }).waitFor()
  assert.match(await page.getByRole('row').filter({ hasText: 'Người Mẫu Chín' }).innerText(), /còn \d+ ngày/)
  for (const [sort, order] of [['han', ['Người Mẫu Tám', 'Người Mẫu Chín']], ['-han', ['Người Mẫu Chín', 'Người Mẫu Tám']]]) {
    await page.getByRole('columnheader', { name: 'Hạn' }).getByRole('button').click()
    await shows(page, order, inOrder)
    assert.equal(new URL(page.url()).searchParams.get('sap'), sort)
  }
  await page.getByLabel('Hạn', { exact: true }).selectOption('late')
  await shows(page, ['Người Mẫu Tám'])
  assert.match(await page.getByRole('row').filter({ hasText: 'Người Mẫu Tám' }).innerText(), /quá \d+ ngày/)
  await screenshot(page, 'desk-filters')
  await page.getByRole('button', { name: 'Xuất Excel' }).click()
  await page.getByText('Xuất 1 dòng').waitFor()
  const coming = page.waitForEvent('download')
  await page.keyboard.press('Control+Enter')
  await coming
  assert.deepEqual(browser.errors, [])
})

test('at 200 % the filters stand behind a button that says how many there are', async () => {
  const browser = await signInAtDesk(server, 'canbo', { width: 683, height: 384 })
  const { page } = browser
  await goToDesk(server, page, `so?loai=gift&thon=${village}&ky-nhan=chua-ky`)
  const fold = page.getByRole('button', { name: 'Bộ lọc (2)' })
  await fold.waitFor()
  assert.equal(await fold.getAttribute('aria-expanded'), 'false')
  assert.equal(await page.getByLabel('Tình trạng', { exact: true }).isVisible(), false)
  await shows(page, ['Hộ mẫu 002', 'Hộ mẫu 003'])
  await page.locator('main').getByRole('table').first().scrollIntoViewIfNeeded()
  await screenshot(page, 'desk-zoom')
  assert.deepEqual(await axe(page), [])
  await fold.press('Enter')
  await page.getByLabel('Ký nhận', { exact: true }).selectOption('da-ky')
  await shows(page, ['Hộ mẫu 001'])
  await screenshot(page, 'desk-zoom-filters')
  assert.deepEqual(await axe(page), [], 'unfolded')
  assert.deepEqual(browser.errors, [])
})

test('rows that are walked over are no reason to read the list again, nor for a line in the access log', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=gift')
  await shows(page, ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  const asked = []
  page.on('request', r => { if (new URL(r.url()).pathname === '/v1/records') asked.push(r.url()) })
  await page.keyboard.press('Home')
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'Escape']) await page.keyboard.press(key)
  await page.keyboard.press('Home')
  await page.getByRole('tab', { name: 'Lịch sử' }).click()
  await page.getByRole('tabpanel').getByText('số ').first().waitFor()
  assert.deepEqual(asked, [])
  assert.deepEqual(browser.errors, [])
})

test('what was decided stays in a list that is narrowed to what waits; what was returned is named before it is approved; what is removed is not reviewed', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'so?loai=gift&trang-thai=pending&sap=date')
  await shows(page, ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  await page.keyboard.press('Home')
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  await page.keyboard.press('t')
  await page.getByLabel('Cần sửa gì?').fill('Xin ghi rõ người nhận thay.')
  await page.getByLabel('Giữ câu này làm mẫu trên máy này').check()
  await screenshot(page, 'desk-return')
  assert.deepEqual(await axe(page), [], 'the note')
  const again = page.waitForResponse(r => new URL(r.url()).pathname === '/v1/records')
  await page.getByLabel('Cần sửa gì?').press('Control+Enter')
  await said(page, 'Đã trả lại.')
  const row = page.getByRole('row').filter({ hasText: 'Hộ mẫu 003' })
  await row.getByText('Đã trả lại').waitFor()
  await until('the server to have it', async () => (await head.ofKind(village, 'gift')).find(r => r.id === gifts[2]).state === 'returned')
  await again
  await page.waitForTimeout(500)
  assert.deepEqual(await names(page), ['Hộ mẫu 001', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  await page.keyboard.press('t')
  await page.getByRole('button', { name: 'Xin ghi rõ người nhận thay.', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Bỏ câu mẫu: Xin ghi rõ người nhận thay.' }).click()
  assert.equal(await page.getByRole('button', { name: 'Xin ghi rõ người nhận thay.', exact: true }).count(), 0)
  await page.keyboard.press('Escape')

  await goToDesk(server, page, 'so?loai=gift&trang-thai=returned')
  await shows(page, ['Hộ mẫu 003'])
  await row.getByRole('checkbox').check()
  await page.getByText('Trong đó 1 mục đang trả lại').waitFor()
  assert.deepEqual(await axe(page), [], 'what was returned, ticked')
  await page.getByRole('button', { name: 'Duyệt 1 mục' }).click()
  await said(page, 'Đã duyệt.')
  await row.getByText('Đã duyệt').waitFor()

  await head.push(village, [{ record: gifts[1], kind: 'gift', action: 'remove' }])
  await goToDesk(server, page, 'so?loai=gift&trang-thai=removed')
  await shows(page, ['Hộ mẫu 002'])
  assert.equal(await page.getByRole('row').filter({ hasText: 'Hộ mẫu 002' }).getByRole('checkbox').isDisabled(), true)
  await page.keyboard.press('Home')
  await page.keyboard.press(' ')
  await said(page, 'Mục đã xóa hoặc là bản trùng, không duyệt được.')
  assert.deepEqual(browser.errors, [])
})

test('a record leads to its household, tells what a value was before and from which machine, and opens as a page of its own', async () => {
  const browser = await signInAtDesk(server)
  const { page, context } = browser
  await head.push(village, [{ record: gifts[0], kind: 'gift', action: 'edit', set: { quantity: 4 } }])
  await goToDesk(server, page, `so?loai=gift&muc=${village}/${gifts[0]}`)
  const panel = page.getByRole('region', { name: /^Suất quà/ })
  await panel.getByRole('link', { name: /Hộ mẫu 001/ }).waitFor()
  assert.match(await panel.getByRole('link', { name: /Quà Tết mẫu/ }).getAttribute('href'), new RegExp(`dot-qua/${village}/${campaign}`))
  await page.getByRole('tab', { name: 'Lịch sử' }).click()
  await panel.getByRole('listitem').filter({ hasText: 'Số suất' }).first().waitFor()
  assert.match((await panel.getByRole('listitem').first().innerText()).replace(/\s+/g, ' '), /Nguyễn Văn Mẫu.* · Máy xã.*Số suất: 1 suất → 4 suất/)
  await screenshot(page, 'desk-history')
  assert.deepEqual(await axe(page), [])
  const opening = context.waitForEvent('page')
  await page.getByRole('row').filter({ hasText: 'Hộ mẫu 001' }).getByRole('button').click({ modifiers: ['Control'] })
  const own = await opening
  await own.getByRole('region', { name: /^Suất quà/ }).waitFor()
  assert.equal(await own.getByRole('table').count(), 0)
  await own.setViewportSize({ width: 1366, height: 768 })
  await screenshot(own, 'desk-record-page')
  await panel.getByRole('link', { name: /Hộ mẫu 001/ }).waitFor({ state: 'detached' })
  await page.getByRole('tab', { name: 'Nội dung' }).click()
  await panel.getByRole('link', { name: /Hộ mẫu 001/ }).click()
  await page.getByRole('heading', { level: 1, name: 'Hộ mẫu 001' }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a reminder of a deadline is marked as seen, once, and stays so', async () => {
  const root = await Staff.signIn(server, 'goc')
  const { schedules } = await root.call('GET', '/v1/schedules')
  const reminding = schedules.find(s => s.task === 'deadlines')
  await root.call('PUT', `/v1/schedules/${reminding.id}`, { version: reminding.version, name: reminding.name, task: reminding.task, cron: '* * * * *' })
  const open = async () => (await staff.call('GET', '/v1/notices?open=true')).items
  await until('the server to remind', async () => (await open()).length > 0, 150_000)
  const browser = await signInAtDesk(server)
  const { page } = browser
  const seen = page.getByRole('button', { name: 'Đã xem: Người Mẫu Tám' })
  await seen.waitFor()
  await screenshot(page, 'desk-deadline')
  assert.deepEqual(await axe(page), [])
  await seen.press('Enter')
  await said(page, 'Đã ghi nhận đã xem.')
  await seen.waitFor({ state: 'detached' })
  assert.deepEqual(await open(), [])
  await page.reload()
  await page.getByRole('link', { name: /Người Mẫu Tám/ }).waitFor()
  assert.equal(await seen.count(), 0)
  assert.deepEqual(browser.errors, [])
})

test('a leader’s badge counts a report as soon as it is submitted, and no more once it is returned', async () => {
  const browser = await signInAtDesk(server, 'lanhdao')
  const { page } = browser
  await page.getByText('Trực tiếp').waitFor()
  const badge = page.getByRole('navigation', { name: 'Sổ Thôn' }).getByRole('link', { name: /Báo cáo/ }).locator('.badge')
  await page.getByRole('heading', { level: 1, name: 'Hôm nay' }).waitFor()
  assert.equal(await badge.count(), 0)
  const draft = await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', type: 'firstHalf', year: 2026 })
  const submitted = await staff.call('POST', `/v1/reports/${draft.id}/submit`, { version: draft.version })
  await until('the badge to count it', async () => await badge.count() === 1 && (await badge.innerText()) === '1', 25_000) // a poll would take 30 s
  await page.getByRole('link', { name: /Chờ ký/ }).waitFor()
  const leader = await Staff.signIn(server, 'lanhdao')
  await leader.call('POST', `/v1/reports/${draft.id}/return`, { version: submitted.version, note: 'Xin xem lại.' })
  await until('the badge to forget it', async () => await badge.count() === 0, 25_000)
  assert.deepEqual(browser.errors, [])
})
