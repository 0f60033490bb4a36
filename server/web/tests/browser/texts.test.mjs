// What stands around a report: the texts that it begins with, what came in after it was issued, and its period closed.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, staff, leader, homes, village, issued

before(async () => {
  setup()
  server = await Server.start()
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  server.user('canbo2', 'Đỗ Thị Mẫu', 'reviewer', server.commune)
  server.user('quantri', 'Quản Trị Mẫu', 'admin', server.commune);
  [village] = server.villages
  staff = await Staff.signIn(server)
  leader = await Staff.signIn(server, 'lanhdao')
  homes = await staff.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu'])
  await gift('2025-10-01')
  const draft = await compile({ type: 'annual', year: 2025 })
  const text = 'Năm trước chưa có khó khăn nào.'
  const { version } = await staff.call('PATCH', `/v1/reports/${draft.id}`, { sectionVersions: { lessons: 0 }, sections: { lessons: text } })
  issued = await leader.call('POST', `/v1/reports/${draft.id}/approve`, { version, name: 'Người ký mẫu', confirms: ['conflicts', 'villages-silent', 'not-reviewed', 'sections-empty'] })
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const compile = async order => await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', ...order })
async function gift (date) {
  const record = newId()
  await staff.push(village, [{ record, kind: 'gift', action: 'edit', set: { household: homes[0], date, quantity: 1, valueVnd: 100000 } }])
  return record
}
const sitDown = async username => await signInAtDesk(server, username)
const go = async (page, path) => { await goToDesk(server, page, path) }
const area = page => page.getByRole('textbox', { name: /^Lời văn/ })
const standing = async () => (await staff.call('GET', `/v1/units/${server.commune}/standing/ubnd/annual`)).texts.find(t => t.section === 'lessons')
const period = async () => (await staff.call('GET', `/v1/periods?unit=${server.commune}`)).periods.find(p => p.template === 'ubnd' && p.type === 'annual' && p.from === issued.from)

test('a text is written once, beside what the last report said, and the next report begins with it', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'bao-cao')
  await page.getByRole('link', { name: 'Lời văn thường dùng' }).click()
  await page.getByRole('navigation', { name: 'Các mục' }).getByRole('button', { name: /Bài học kinh nghiệm/ }).click()
  await page.getByText('Năm trước chưa có khó khăn nào.').waitFor()
  await area(page).fill('Ghi chép ngay khi có việc.')
  await said(page, 'Chưa lưu lên máy chủ; đang giữ trong máy này.')
  await page.reload()
  await until('what was typed to be there again', async () => await area(page).inputValue() === 'Ghi chép ngay khi có việc.')
  await screenshot(page, 'standing')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('Control+s')
  await said(page, 'Đã lưu lời văn thường dùng.')
  assert.equal((await standing()).text, 'Ghi chép ngay khi có việc.')

  const other = await Staff.signIn(server, 'canbo2')
  await area(page).fill('Ghi chép ngay khi có việc, rà soát hằng tháng.')
  await other.call('PUT', `/v1/units/${server.commune}/standing/ubnd/annual/lessons`, { version: (await standing()).version, text: 'Bài học của người khác.' })
  await page.keyboard.press('Control+s')
  await page.getByText('Đỗ Thị Mẫu vừa sửa lời văn này').waitFor()
  await page.getByText('Bài học của người khác.').waitFor()
  assert.equal(await area(page).inputValue(), 'Ghi chép ngay khi có việc, rà soát hằng tháng.')
  assert.deepEqual(await axe(page), [], 'two texts')
  await page.keyboard.press('Control+s')
  assert.equal((await standing()).text, 'Bài học của người khác.', 'nothing is overwritten unasked')
  await page.getByRole('button', { name: 'Lưu bản đang soạn, thay bản kia' }).click()
  await until('the text to be saved', async () => (await standing()).text === 'Ghi chép ngay khi có việc, rà soát hằng tháng.')

  const draft = await compile({ type: 'annual', year: 2026 })
  assert.match(draft.content.sections.find(s => s.id === 'lessons').text, /^Ghi chép ngay khi có việc, rà soát hằng tháng\./)
  await go(page, `bao-cao/${draft.id}?buoc=loi-van&muc=lessons`)
  await page.getByText('Báo cáo trước và lời văn thường dùng').click()
  await page.getByText('Năm trước chưa có khó khăn nào.').waitFor()
  await page.getByRole('button', { name: 'Chép vào lời văn' }).click()
  await until('the words to be taken over', async () => (await area(page).inputValue()).includes('Năm trước chưa có khó khăn nào.'))
  assert.deepEqual(await axe(page), [], 'beside the editor')
  assert.deepEqual(browser.errors, [])
})

test('a section that nobody wrote is left out, and comes back', async () => {
  const browser = await sitDown()
  const { page } = browser
  const { id } = await compile({ type: 'firstHalf', year: 2026 })
  const section = async () => (await staff.call('GET', `/v1/reports/${id}`)).content.sections.find(s => s.id === 'lessons')
  await go(page, `bao-cao/${id}?buoc=loi-van&muc=lessons`)
  await page.getByRole('button', { name: 'Bỏ mục này' }).click()
  await said(page, 'Đã bỏ mục này')
  assert.deepEqual([(await section()).edited, (await section()).text], [true, ''])
  await undo(page)
  await said(page, 'Đã hoàn tác.')
  assert.equal((await section()).edited ?? false, false)
  assert.deepEqual(browser.errors, [])
})

test('what came in after the issue is shown, and the period is closed in every ledger, opened again, and undone', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, `bao-cao/${issued.id}`)
  await page.getByRole('button', { name: 'Xem số liệu đến sau' }).click()
  await said(page, 'Chưa có số liệu nào đến sau.')
  await gift('2025-11-01')
  await page.getByRole('button', { name: 'Xem lại số liệu đến sau' }).click()
  await said(page, /Số liệu đến sau: \d+ thay đổi/)
  const row = page.getByRole('row', { name: /Suất quà đã trao/ }).first()
  assert.match(await row.innerText(), /1\s+2/)
  await page.getByRole('button', { name: 'Chốt kỳ…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Chốt kỳ' })
  await dialog.getByText(/ở 3 sổ\. Mục ghi sau vẫn nhận/).waitFor()
  await screenshot(page, 'close-period')
  assert.deepEqual(await axe(page), [], 'the question')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã chốt')
  assert.equal((await period()).openIn.length, 0)
  const late = await gift('2025-11-20')
  assert.equal((await staff.ofKind(village, 'gift')).find(r => r.id === late).late, true)
  await page.getByRole('button', { name: 'Mở lại kỳ…' }).click()
  await page.getByRole('dialog', { name: 'Mở lại kỳ' }).getByRole('button', { name: 'Mở lại kỳ' }).click()
  await said(page, 'Đã mở lại')
  assert.equal((await period()).closedIn.length, 0)
  await undo(page)
  await said(page, 'Đã hoàn tác.')
  await until('the period to be closed again', async () => (await period()).openIn.length === 0)
  await screenshot(page, 'later')
  assert.deepEqual(await axe(page), [])
  await go(page, 'bao-cao')
  await page.getByText('đã chốt kỳ').first().waitFor()
  await screenshot(page, 'periods')
  assert.deepEqual(await axe(page), [], 'the periods')
  assert.deepEqual(browser.errors, [])
})

test('the page of texts says what is missing, what failed, and who may not come', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'loi-van?mau=mttq&loai=term')
  await page.getByText('Chưa có báo cáo nào thuộc mẫu và loại này.').waitFor()
  await screenshot(page, 'standing-empty')
  assert.deepEqual(await axe(page), [], 'empty')
  await page.route('**/standing/**', route => { void route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Busy', status: 503, code: 'unavailable', message: 'Máy chủ đang bận.' }) }) })
  await page.getByLabel('Mẫu').selectOption('ubnd')
  await page.getByRole('alert').filter({ hasText: 'Máy chủ đang bận.' }).waitFor()
  await page.unroute('**/standing/**')
  await page.getByRole('button', { name: 'Thử lại' }).click()
  await page.getByRole('alert').waitFor({ state: 'hidden' })
  await closeAll()
  const { page: denied } = await sitDown('quantri')
  await go(denied, 'loi-van')
  await denied.getByRole('heading', { name: 'Tài khoản này không được làm việc đó.' }).waitFor()
})

test('signing out asks before texts that are on this machine alone are deleted', async () => {
  const browser = await sitDown()
  const { page } = browser
  const { id } = await compile({ type: 'secondHalf', year: 2026 })
  await go(page, `bao-cao/${id}?buoc=loi-van&muc=lessons`)
  await area(page).fill('Lời văn chưa lưu.')
  await said(page, 'Chưa lưu lên máy chủ; đang giữ trong máy này.')
  await go(page, 'hom-nay')
  await page.getByRole('button', { name: 'Đăng xuất' }).click()
  const asks = page.getByRole('dialog', { name: 'Đăng xuất?' })
  await asks.getByText('Còn 1 mục lời văn chưa lưu lên máy chủ').waitFor()
  await screenshot(page, 'sign-out')
  assert.deepEqual(await axe(page), [])
  await asks.getByRole('button', { name: 'Mở báo cáo: 6 tháng cuối năm 2026 · Ủy ban nhân dân' }).click()
  await page.getByRole('navigation', { name: 'Các mục' }).getByRole('button', { name: /Bài học kinh nghiệm/ }).click()
  await until('the text to be there', async () => await area(page).inputValue() === 'Lời văn chưa lưu.')
  await page.getByRole('button', { name: 'Đăng xuất' }).click()
  await asks.getByRole('button', { name: 'Đăng xuất, bỏ phần chưa lưu' }).click()
  await page.getByLabel('Tên đăng nhập').waitFor()
  assert.deepEqual(browser.errors, [])
})
