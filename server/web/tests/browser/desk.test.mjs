// The desk as the commune's staff use it, in a real browser, from the real server with its own policy.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, heads

before(async () => {
  setup()
  server = await Server.start()
  const [village] = server.villages
  const head = await Staff.signIn(server, 'truongthon')
  const front = await Staff.signIn(server, 'mattran')
  heads = await head.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu', 'Hồ Văn Mẫu'])
  for (let i = 0; i < 6; i++) await head.gift(village, heads[i % 2])
  const disputed = newId()
  const told = quantity => ({ record: disputed, kind: 'gift', action: 'edit', base: 0, set: { household: heads[0], date: '2026-02-01', quantity, valueVnd: 300000 } })
  await head.push(village, [told(1)])
  await front.push(village, [told(2)])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const sitDown = async username => await signInAtDesk(server, username)
const go = async (page, path) => { await goToDesk(server, page, path) }
const recordsOf = async kind => await (await Staff.signIn(server)).ofKind(server.villages[0], kind)

test('a record is approved, taken back, returned with a note and asked about, by keys alone', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'so?loai=gift&trang-thai=pending')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).first().waitFor()
  await page.keyboard.press('ArrowDown')
  await page.getByText('Nguyễn Văn Mẫu').waitFor()
  const id = new URL(page.url()).searchParams.get('muc').split('/')[1]
  const state = async () => (await recordsOf('gift')).find(r => r.id === id).state
  await page.keyboard.press('d')
  await said(page, 'Đã duyệt.')
  assert.equal(await state(), 'approved')
  await undo(page)
  await said(page, 'Đã hoàn tác.')
  assert.equal(await state(), 'pending')
  const { items } = await (await Staff.signIn(server)).call('GET', '/v1/records?kind=gift')
  assert.deepEqual(items.filter(r => r.stale).map(r => r.id), [], 'an approval that was taken back leaves no mark')
  await go(page, `so?loai=gift&muc=${server.villages[0]}/${id}`)
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  await page.getByRole('button', { name: 'Hồ Văn Mẫu' }).first().waitFor()
  await page.keyboard.press('t')
  await page.getByLabel('Cần sửa gì?').fill('Xin bổ sung ảnh chụp lúc trao quà.')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã trả lại.')
  const returned = (await recordsOf('gift')).find(r => r.id === id)
  assert.equal(returned.state, 'returned')
  assert.equal(returned.review.note, 'Xin bổ sung ảnh chụp lúc trao quà.')
  assert.deepEqual(browser.errors, [])
})

test('what a person must solve stands on the first page, also where two units have the same at once', async () => {
  const browser = await sitDown()
  const { page } = browser
  const lost = server.villages.map(unit => ({ code: 'erasure-lost', at: '2026-11-20T02:10:00Z', unit, message: `Bản sao lưu đã khôi phục thiếu 1 lệnh xóa dữ liệu cá nhân của đơn vị ${unit}.` }))
  await page.route('**/v1/overview', async route => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...await answer.json(), problems: lost } })
  })
  await page.reload()
  await go(page, 'hom-nay')
  for (const p of lost) await page.getByRole('alert').filter({ hasText: p.message }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a decision leads to the next row before the server has it, and the list is read once at a time', async () => {
  const { page } = await sitDown()
  await go(page, 'so?loai=gift&tu=2026-01-01')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).first().waitFor()
  const held = []
  let holding = true
  await page.route('**/batches', async route => { if (holding) held.push(route); else await route.continue() })
  let asking = 0, most = 0
  const list = r => /\/v1\/records\?/.test(r.url())
  page.on('request', r => { if (list(r)) most = Math.max(most, ++asking) })
  page.on('requestfinished', r => { if (list(r)) asking-- })
  await page.keyboard.press('ArrowDown')
  const at = () => new URL(page.url()).searchParams.get('muc')
  const first = at()
  await page.keyboard.press('d')
  await until('the next row to open', async () => at() !== first)
  await until('the decision to be on its way', async () => held.length === 1)
  holding = false
  await page.keyboard.press('d')
  await page.keyboard.press('d')
  await held[0].continue()
  await said(page, 'Đã duyệt.')
  await until('the list to be read again', async () => most > 0 && asking === 0)
  assert.equal(most, 1)
  assert.equal((await recordsOf('gift')).find(r => r.id === first.split('/')[1]).state, 'approved')
  for (let i = 0; i < 3; i++) await undo(page)
})

test('every kind is listed at once, and records without photos are found', async () => {
  const { page } = await sitDown()
  await page.getByRole('link', { name: /^Chờ duyệt/ }).click()
  await page.getByRole('columnheader', { name: 'Loại' }).waitFor()
  await page.getByRole('cell', { name: 'Quà', exact: false }).first().waitFor()
  await go(page, 'so?loai=gift')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).first().waitFor()
  await page.getByLabel('Ảnh', { exact: true }).selectOption('some')
  await page.getByText('Không có mục nào khớp').waitFor()
  await page.getByLabel('Ảnh', { exact: true }).selectOption('none')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).first().waitFor()
})

test('words find the gifts of a household by its head, without marks, and totals are shown', async () => {
  const { page } = await sitDown()
  await go(page, 'so?loai=gift&q=dinh+mau')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).first().waitFor()
  await page.getByText('3 mục · 3 suất · 300.000 đồng').waitFor()
})

test('a field on which two phones differ is settled, and the choice is taken back', async () => {
  const { page } = await sitDown()
  await go(page, 'mau-thuan')
  await page.getByText('Số suất').first().waitFor()
  await page.getByText('Trần Thị Mẫu').waitFor()
  await page.keyboard.press('1')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã thống nhất: Số suất')
  await page.getByText('Không có mâu thuẫn nào.').waitFor()
  await undo(page)
  await said(page, 'Đã hoàn tác.')
})

test('two records that may be one are marked as different, and stay so', async () => {
  const { page } = await sitDown()
  await go(page, 'nghi-trung')
  await page.getByRole('button', { name: 'Không trùng' }).waitFor()
  const before = await page.getByRole('heading', { level: 1 }).innerText()
  await page.keyboard.press('k')
  await said(page, 'Đã ghi nhận: không trùng')
  const heading = async () => await page.getByRole('heading', { level: 1 }).innerText()
  await until('the pair to leave the queue', async () => await heading() !== before)
  const after = await heading()
  await page.getByText('Đã ghi nhận: không trùng').waitFor({ state: 'hidden' }) // it can be taken back for longer than it is said
  await undo(page)
  await until('the pair to come back', async () => await heading() === before)
  await page.keyboard.press('k')
  await until('the pair to leave the queue again', async () => await heading() === after)
})

test('rows that the keys pass over are not opened, and leave nothing in the access log', async () => {
  const { page } = await sitDown()
  await go(page, 'so?loai=gift')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).first().waitFor()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  const opened = []
  page.on('request', r => { if (/\/v1\/records\/[0-9a-f-]{36}/.test(r.url())) opened.push(r.url()) })
  await page.evaluate(() => { // as a key that is held down: a slow machine must not come between
    for (let i = 0; i < 4; i++) document.body.dispatchEvent(new KeyboardEvent('keydown', { code: 'ArrowDown', key: 'ArrowDown', bubbles: true }))
  })
  const id = new URL(page.url()).searchParams.get('muc').split('/')[1]
  await until('the last row to open', async () => opened.length > 0)
  await page.waitForTimeout(500)
  assert.deepEqual(opened.map(url => new URL(url).pathname), [`/v1/records/${id}`])
})

test('a comment that is being written stays with its record', async () => {
  const { page } = await sitDown()
  await go(page, 'so?loai=household')
  const open = async name => {
    const was = page.url()
    await page.getByRole('button', { name }).first().click()
    await until('another record', async () => page.url() !== was)
    await page.getByRole('tab', { name: 'Ý kiến' }).click()
    await page.waitForTimeout(1000) // it is read after the keys have rested
  }
  await open('Đinh Thị Mẫu')
  const box = page.getByLabel('Ý kiến với thôn')
  await box.fill('Chỉ hỏi hộ này.')
  await open('Hồ Văn Mẫu')
  assert.equal(await box.inputValue(), '')
  await open('Đinh Thị Mẫu')
  assert.equal(await box.inputValue(), 'Chỉ hỏi hộ này.')
})

test('decisions made while the server is away arrive once it is back', async () => {
  const { page, context } = await sitDown()
  await go(page, 'so?loai=household')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).click()
  await page.getByRole('tab', { name: 'Ý kiến' }).click()
  await page.getByLabel('Ý kiến với thôn').fill('Hộ này còn ở thôn không?')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Gửi', exact: true }).click()
  await page.getByText('Mất kết nối').first().waitFor()
  await said(page, 'Đã giữ trong máy này, sẽ gửi khi có kết nối.')
  await context.setOffline(false)
  await until('the comment to arrive', async () => (await recordsOf('household')).some(r => r.comments?.some(c => c.text === 'Hộ này còn ở thôn không?')))
  const comments = (await recordsOf('household')).flatMap(r => r.comments ?? [])
  assert.equal(comments.length, 1)
})

test('nothing bars people who use a keyboard or a screen reader', async () => {
  const browser = await sitDown()
  const { page } = browser
  for (const path of ['hom-nay', 'so?loai=gift', 'so?loai=household', 'mau-thuan', 'nghi-trung', 'bao-cao']) {
    await go(page, path)
    await page.waitForTimeout(800)
    assert.deepEqual(await axe(page), [], path)
  }
  assert.deepEqual(browser.errors, [])
})

test('today names the year that a report tells of, the earliest due first, and keeps the villages in sight', async () => {
  const { page } = await sitDown()
  await go(page, 'hom-nay')
  const { reports } = await (await Staff.signIn(server)).call('GET', '/v1/overview')
  const annual = reports.filter(r => r.type === 'annual').sort((a, b) => a.due.localeCompare(b.due))[0]
  assert.notEqual(annual.from.slice(0, 4), annual.to.slice(0, 4), 'a year is reported from the middle of the December before')
  const links = await page.getByRole('region').or(page.locator('section')).filter({ has: page.getByRole('heading', { name: 'Báo cáo' }) }).getByRole('link').allInnerTexts()
  assert.ok(links.some(text => text.split('\n')[0].trim() === `Năm ${annual.to.slice(0, 4)}`), links.join('; '))
  assert.ok(await page.getByRole('heading', { name: 'Các thôn' }).evaluate(heading => heading.getBoundingClientRect().bottom < innerHeight))
})

test('after how many days a silent village is marked is chosen on a machine, and stays so', async () => {
  const browser = await sitDown()
  const { page } = browser
  await page.route('**/v1/overview', async route => {
    const answer = await route.fetch(), overview = await answer.json()
    for (const unit of overview.units) for (const person of unit.people) person.lastPushAt = new Date(Date.parse(overview.asOf) - 5.5 * 86_400_000).toISOString()
    await route.fulfill({ response: answer, json: overview })
  })
  await page.reload()
  const tag = page.locator('.tag', { hasText: '5 ngày trước' }).first()
  await tag.waitFor()
  const colours = async () => [await tag.evaluate(t => t.classList.contains('amber')), await tag.evaluate(t => t.classList.contains('red'))]
  assert.deepEqual(await colours(), [false, false])
  await page.getByText('Chưa gửi từ 7 ngày: vàng, từ 14 ngày: đỏ').waitFor()
  const choose = async (amber, red) => {
    await page.getByRole('button', { name: 'Đổi…' }).click()
    await page.getByLabel('Vàng: chưa gửi từ (ngày)').fill(amber)
    await page.getByLabel('Đỏ: chưa gửi từ (ngày)').fill(red)
    await page.keyboard.press('Control+Enter')
  }
  await choose('5', '5')
  await page.getByText('đỏ phải nhiều ngày hơn vàng').waitFor()
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'desk-silence')
  await page.keyboard.press('Escape')
  await choose('5', '6')
  await until('amber', async () => JSON.stringify(await colours()) === '[true,false]')
  await choose('3', '5')
  await until('red', async () => JSON.stringify(await colours()) === '[false,true]')
  await page.reload()
  await page.getByText('Chưa gửi từ 3 ngày: vàng, từ 5 ngày: đỏ').waitFor()
  await until('red after a reload', async () => JSON.stringify(await colours()) === '[false,true]')
  assert.deepEqual(browser.errors, [])
})

test('today shows what a village sends, while it is sent, and says when the line is cut', async () => {
  const browser = await sitDown()
  const { page } = browser
  let overviews = 0
  page.on('request', r => { if (r.url().endsWith('/v1/overview')) overviews++ })
  await go(page, 'hom-nay')
  const badge = page.getByRole('navigation').getByRole('link', { name: /^Sổ ghi/ })
  await page.getByText('Trực tiếp').waitFor()
  await page.waitForTimeout(5_000)
  assert.equal(overviews, 2, 'asked for at once, and when the answer is sure to show all that happened before the events came')
  const aligned = await page.locator('table.data').last().locator('tr').first().locator('th').evaluateAll(all => all.map(th => getComputedStyle(th).textAlign === 'right' || getComputedStyle(th).textAlign === 'end'))
  assert.deepEqual(aligned, [false, false, true, true, true, false], 'what is counted stands on the right')
  const before = Number(/\d+/.exec(await badge.innerText())?.[0] ?? 0)
  const head = await Staff.signIn(server, 'truongthon')
  await head.gift(server.villages[0], heads[0])
  await until('the badge counts the gift', async () => Number(/\d+/.exec(await badge.innerText())?.[0] ?? 0) === before + 1)
  const asked = []
  page.on('request', r => { if (r.url().includes('/v1/')) asked.push(new URL(r.url()).pathname) })
  await page.waitForTimeout(5_000)
  assert.ok(asked.length <= 2, `an idle page asks ${asked.join(', ')}`)
  await server.down('SIGKILL')
  await page.getByText('Đang nối lại…').or(page.getByText('Mất kết nối')).first().waitFor()
  await server.up()
  await page.getByText('Trực tiếp').waitFor()
  await server.down('SIGKILL')
  await page.getByText('Đang nối lại…').or(page.getByText('Mất kết nối')).first().waitFor()
  // As a server of a newer version answers: its first page names other files.
  await page.route(`${server.url}/desk/`, async route => { await route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/desk/assets/index-newer.js"></script>' }) })
  await server.up()
  await page.getByText('Có bản mới · Tải lại khi xong việc').waitFor()
  await screenshot(page, 'desk-newer')
  assert.deepEqual(await axe(page), [])
  await page.unroute(`${server.url}/desk/`)
  await page.getByRole('button', { name: 'Tải lại' }).click()
  await page.getByText('Trực tiếp').waitFor()
  assert.deepEqual(browser.errors.filter(e => !/ERR_|Failed to load/.test(e)), [])
})

test('a record is corrected, removed and brought back; only what was changed is written', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'so?loai=household')
  await page.getByRole('button', { name: 'Đinh Thị Mẫu' }).click()
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  const id = new URL(page.url()).searchParams.get('muc').split('/')[1]
  const now = async () => (await recordsOf('household')).find(r => r.id === id)
  const before = await now()
  await page.keyboard.press('s')
  await page.locator('dialog #f-headName').fill('')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('dialog').locator('.error').first().waitFor()
  assert.deepEqual(await axe(page), [], 'the form with a fault')
  await page.locator('dialog #f-headName').fill('Đinh Thị Mẫu Hai')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã sửa.')
  assert.deepEqual((await now()).fields, { ...before.fields, headName: 'Đinh Thị Mẫu Hai' })
  await undo(page)
  await said(page, 'Đã hoàn tác.')
  assert.deepEqual((await now()).fields, before.fields)
  await page.getByRole('button', { name: 'Xóa', exact: true }).click()
  await said(page, 'Đã xóa.')
  assert.equal((await now()).state, 'removed')
  await page.getByRole('button', { name: 'Khôi phục' }).click()
  await said(page, 'Đã khôi phục.')
  assert.equal((await now()).state, before.state)
  assert.deepEqual(browser.errors, [])
})
