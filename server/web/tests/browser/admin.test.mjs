// The desk's administration as an admin, an auditor and a leader use it, from the real server.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import setup from '../build-server.mjs'
import { axe, Browser, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk } from '../desk.mjs'
import { Server, password } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, province

before(async () => {
  setup()
  server = await Server.start({ flags: ['-outbox', fs.mkdtempSync(path.join(os.tmpdir(), 'sothon-outbox-'))] })
  server.user('quantri', 'Đỗ Văn Mẫu', 'admin', server.commune)
  server.user('goc', 'Quản Trị Gốc Mẫu', 'admin', '')
  province = server.unit('-code', '21', '-name', 'Tỉnh mẫu', '-valid-from', '2025-07-01', '-level', 'province')
  server.user('captren', 'Bùi Cấp Trên Mẫu', 'superior', province)
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  const head = await Staff.signIn(server, 'truongthon')
  const households = await head.households(server.villages[0], ['Hồ Văn Mẫu', 'Đinh Thị Mẫu'])
  await head.gift(server.villages[0], households[0])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const sitDown = async (username = 'quantri', options = {}) => await signInAtDesk(server, username, options)
const go = async (page, path) => { await goToDesk(server, page, path) }
const call = async (who, method, path, body) => await (await Staff.signIn(server, who)).call(method, path, body)
const row = (page, text) => page.getByRole('row').filter({ hasText: text }).first()

/** Edits the database's file by hand, as somebody could who has it. */
function forge (from, to) {
  const file = path.join(server.dir, 'sothon.db')
  const bytes = fs.readFileSync(file)
  const [before, after] = [Buffer.from(from), Buffer.from(to)]
  assert.equal(before.length, after.length)
  assert.ok(bytes.includes(before), `the database does not hold ${from}`)
  for (let at = bytes.indexOf(before); at >= 0; at = bytes.indexOf(before, at)) after.copy(bytes, at)
  fs.writeFileSync(file, bytes)
}

test('an account is added, its slip shows a code that signs a phone in, and a new code ends the old one', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'quan-tri/tai-khoan')
  await row(page, 'Nguyễn Văn Mẫu').waitFor()
  await page.getByRole('button', { name: 'Thêm tài khoản' }).click()
  await page.getByLabel('Tên', { exact: true }).fill('Võ Văn Mẫu')
  await page.getByLabel('Tên đăng nhập').fill('thon2.truongthon')
  await page.getByRole('dialog').getByLabel('Chức danh').fill('Trưởng thôn')
  await page.getByLabel('Thôn mẫu 2').check()
  await page.getByRole('button', { name: 'Lưu' }).click()
  await page.getByRole('heading', { name: 'Phiếu đăng ký máy' }).waitFor()
  await page.getByRole('img', { name: 'Mã QR để đăng ký máy' }).waitFor()
  await screenshot(page, 'admin-slip')
  assert.deepEqual(await axe(page), [])
  const first = (await page.locator('.code').innerText()).replace(/\D/g, '')
  assert.match(first, /^\d{8}$/)
  await page.getByRole('button', { name: 'Xong' }).click()
  await page.getByRole('button', { name: 'Cấp mã mới: Võ Văn Mẫu' }).click()
  await page.getByRole('heading', { name: 'Phiếu đăng ký máy' }).waitFor()
  const code = (await page.locator('.code').innerText()).replace(/\D/g, '')
  const device = { name: 'Máy mẫu', platform: 'test' }
  const enrol = async code => (await fetch(`${server.url}/v1/enrolments`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, device }) })).status
  assert.equal(await enrol(first), 401)
  assert.equal(await enrol(code), 200)
  await page.getByRole('button', { name: 'Xong' }).click()
  await until('the phone to stand in the row', async () => (await row(page, 'Võ Văn Mẫu').innerText()).includes('Máy mẫu') || (await page.reload(), false))
  assert.deepEqual(browser.errors, [])
})

test('the address of the slip opens the phone with the code filled in', async () => {
  const { page } = await Browser.open()
  await page.goto(`${server.url}/m/#12345678`)
  await until('the code to stand in its box', async () => await page.locator('#code').inputValue().catch(() => '') === '12345678')
})

test('who locks an account or a phone with unsent work is warned', async () => {
  const { session } = await Staff.signIn(server, 'mattran')
  await fetch(`${server.url}/v1/units/${server.villages[0]}/changes?after=0`, { headers: { Authorization: `Bearer ${session.accessToken}`, 'Sothon-Unsent': '12;photos=3' } })
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'quan-tri/tai-khoan')
  await row(page, '12 mục, 3 ảnh').waitFor()
  await page.getByRole('button', { name: 'Khóa Trần Thị Mẫu' }).click()
  await page.getByText('Máy của Trần Thị Mẫu còn 12 mục, 3 ảnh chưa gửi.').waitFor()
  await page.getByRole('button', { name: 'Thôi' }).click()
  await go(page, 'quan-tri/may')
  await row(page, 'Trần Thị Mẫu').getByRole('button', { name: /Khóa máy/ }).click()
  await page.getByText('Dữ liệu chưa gửi trong máy sẽ không được nhận.').waitFor()
  await screenshot(page, 'admin-revoke')
  assert.deepEqual(await axe(page), [])
  await page.getByRole('dialog').getByRole('button', { name: 'Khóa máy' }).click()
  await said(page, 'Đã khóa máy')
  await until('the server to refuse the phone', async () => (await fetch(`${server.url}/v1/me`, { headers: { Authorization: `Bearer ${session.accessToken}` } })).status === 403)
  await row(page, 'Đã khóa').getByRole('button', { name: /Mở lại/ }).click()
  await said(page, 'Đã mở lại')
  assert.deepEqual(browser.errors, [])
})

test('a unit ends and is followed by another, with the people concerned named', async () => {
  const { page } = await sitDown()
  await go(page, 'quan-tri/don-vi')
  await page.getByRole('button', { name: 'Thêm đơn vị' }).click()
  await page.getByLabel('Tên', { exact: true }).fill('Thôn mẫu 9')
  await page.getByLabel('Mã').fill('21124-09')
  await page.getByRole('button', { name: 'Lưu' }).click()
  await said(page, 'Đã thêm Thôn mẫu 9.')
  await page.getByRole('button', { name: 'Kết thúc, chuyển sang… Thôn mẫu 1' }).click()
  await page.getByText(/Liên quan: 2 người, \d+ máy/).waitFor()
  await page.getByLabel('Ngày cuối').fill('2099-12-31')
  const choice = page.getByRole('dialog').getByLabel('Chuyển sang')
  await choice.selectOption(await choice.locator('option').filter({ hasText: 'Thôn mẫu 9' }).getAttribute('value'))
  await screenshot(page, 'admin-unit-end')
  await page.getByRole('dialog').getByRole('button', { name: 'Lưu' }).click()
  await page.getByText('nay là Thôn mẫu 9').waitFor()
  const { units } = await call('quantri', 'GET', '/v1/units')
  assert.equal(units.find(u => u.id === server.villages[0]).validTo, '2099-12-31')
})

test('a letterhead shows on the sheet as it is typed, and is kept', async () => {
  const { page } = await sitDown('lanhdao')
  await go(page, 'quan-tri/mau')
  await page.getByLabel('Chức vụ người ký').fill('PHÓ CHỦ TỊCH MẪU')
  await page.locator('.sheet').getByText('PHÓ CHỦ TỊCH MẪU').waitFor()
  for (const [label, value] of [['Đơn vị soạn thảo', 'VP'], ['Số bản lưu', '2'], ['Ký hiệu người soạn thảo', 'nvm'], ['Số bản phát hành', '15']]) await page.getByLabel(label).fill(value)
  await page.locator('.sheet').getByText('Lưu: VT, VP(02). NVM.15.').waitFor()
  await page.getByLabel('Sáu tháng đầu đến hết ngày').fill('31/6')
  await page.getByRole('button', { name: 'Lưu' }).click()
  await page.getByText('Ngày cần dạng ngày/tháng').waitFor()
  await page.getByLabel('Sáu tháng đầu đến hết ngày').fill('14/6')
  await page.getByRole('button', { name: 'Lưu' }).click()
  await said(page, 'Đã lưu.')
  const kept = await call('lanhdao', 'GET', `/v1/units/${server.commune}/letterheads/ubnd`)
  assert.equal(kept.letter.position, 'PHÓ CHỦ TỊCH MẪU')
  assert.deepEqual(kept.letter.drafting, { unit: 'VP', kept: 2, drafter: 'NVM', copies: 15 })
  assert.equal(kept.rule.halfEnds, '06-14')
})

test('recipients are added and ended', async () => {
  const { page } = await sitDown()
  await go(page, 'quan-tri/noi-nhan')
  await page.getByText('Chưa có nơi nhận nào').waitFor()
  await page.getByRole('button', { name: 'Thêm nơi nhận' }).click()
  await page.getByLabel('Tên', { exact: true }).fill('Ủy ban nhân dân tỉnh mẫu')
  await page.getByLabel('Cách gửi').selectOption('folder')
  await page.getByLabel('Địa chỉ').fill('tinh-mau')
  await page.getByRole('dialog').getByRole('button', { name: 'Lưu' }).click()
  await row(page, 'Ủy ban nhân dân tỉnh mẫu').waitFor()
  const { recipients } = await call('quantri', 'GET', `/v1/units/${server.commune}/recipients`)
  assert.equal(recipients[0].address, 'tinh-mau')
  assert.equal(recipients[0].edxml, undefined, 'nobody asked for a package')
  await page.getByRole('button', { name: 'Sửa Ủy ban nhân dân tỉnh mẫu' }).click()
  await page.getByText('Gói .edXML gửi kèm').click()
  await page.getByText('chưa thử với trục liên thông').waitFor()
  await page.getByLabel('Mã định danh nơi gửi').fill('H48.28.12')
  await page.getByRole('dialog').getByRole('button', { name: 'Lưu' }).click()
  await page.getByRole('alert').waitFor() // one code alone is of no use
  await page.getByLabel('Mã định danh nơi nhận').fill('H48')
  await page.getByRole('dialog').getByRole('button', { name: 'Lưu' }).click()
  await row(page, 'kèm gói .edXML').waitFor()
  const again = (await call('quantri', 'GET', `/v1/units/${server.commune}/recipients`)).recipients[0]
  assert.deepEqual(again.edxml, { from: 'H48.28.12', to: 'H48' })
})

test('days off are entered from an official notice, and schedules are read and switched by who manages all', async () => {
  const { page } = await sitDown('goc')
  await go(page, 'quan-tri/ngay-nghi')
  await page.getByText(/Chưa nhập Tết \d{4}: hạn đơn có thể sai\./).first().waitFor()
  const year = new Date().getFullYear()
  await page.getByLabel(/Dán nguyên văn/).fill(`Dịp Tết Nguyên đán nghỉ từ ngày 01/02/${year} đến hết ngày 07/02/${year}.`)
  await page.getByRole('button', { name: 'Đọc thông báo' }).click()
  await page.getByText('Đọc được 5 ngày').waitFor()
  await page.getByRole('button', { name: 'Ghi 5 ngày' }).click()
  await said(page, 'Đã ghi 5 ngày.')
  const { holidays } = await call('goc', 'GET', '/v1/holidays')
  assert.equal(holidays.length, 5)
  await screenshot(page, 'admin-holidays')
  await go(page, 'quan-tri/lich')
  await page.getByText('1 giờ sáng ngày 15/6 hằng năm').waitFor()
  await page.getByRole('button', { name: 'Tắt Gửi báo cáo' }).click()
  await said(page, 'Đã lưu.')
  await page.getByRole('button', { name: 'Bật Gửi báo cáo' }).click()
  await page.getByRole('button', { name: 'Tắt Gửi báo cáo' }).waitFor()
  await page.getByRole('button', { name: 'Các lần gần đây: Nhắc hạn giải quyết đơn' }).click()
  await page.waitForTimeout(300)
  await screenshot(page, 'admin-schedules')
})

test('an auditor reads who looked at what and what admins changed, and prints it; pages that are not allowed are absent', async () => {
  await call('canbo', 'GET', '/v1/records?kind=household')
  await call('quantri', 'POST', '/v1/users', { username: 'mau.kiemtoan', password, name: 'Mai Thị Mẫu', role: 'collector', units: [server.villages[0]] })
  const browser = await sitDown('kiemtoan')
  const { page } = browser
  assert.deepEqual(await page.getByRole('navigation', { name: 'Sổ Thôn' }).getByRole('link').allInnerTexts(), ['Báo cáo', 'Số liệu', 'Quản trị'])
  await page.keyboard.press('Alt+9')
  await page.getByRole('heading', { name: 'Nhật ký' }).waitFor()
  await row(page, 'Xem danh sách').waitFor()
  await page.getByRole('combobox', { name: /^Người/ }).selectOption({ label: 'Lê Cán Bộ Mẫu' })
  await page.getByRole('button', { name: 'Lọc', exact: true }).click()
  await page.waitForURL(/nguoi=/)
  await row(page, 'Lê Cán Bộ Mẫu').waitFor()
  await page.getByRole('link', { name: 'Việc quản trị' }).click()
  await row(page, 'Thêm tài khoản').waitFor()
  await screenshot(page, 'admin-log')
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.getByRole('navigation', { name: 'Sổ Thôn' }).isVisible(), false)
  await page.getByText(/^In lúc /).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a ledger is checked, and its signed head is taken along; one that was edited by hand names the place', async () => {
  const browser = await sitDown('kiemtoan')
  const { page } = browser
  await go(page, 'quan-tri/so-goc')
  await page.getByRole('button', { name: 'Kiểm tra sổ Thôn mẫu 1' }).click()
  await page.getByText(/^Toàn vẹn: \d+ lần ghi, không sửa, không chèn, không mất\.$/).waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Tải đầu sổ đã ký: Thôn mẫu 1' }).click()
  const saved = fs.readFileSync(await (await download).path(), 'utf8')
  const head = await call('kiemtoan', 'GET', `/v1/units/${server.villages[0]}/head`)
  assert.equal(saved, head.note)
  await screenshot(page, 'admin-ledgers')
  await closeAll()

  await server.down()
  forge('Đinh Thị Mẫu', 'Đinh Thị Mậu')
  await server.up()
  const again = await sitDown('kiemtoan')
  await go(again.page, 'quan-tri/so-goc')
  await again.page.getByRole('button', { name: 'Kiểm tra sổ Thôn mẫu 1' }).click()
  await again.page.getByText('SAI LỆCH ở lần ghi 1', { exact: true }).waitFor()
  await screenshot(again.page, 'admin-ledger-fault')
  assert.deepEqual(await axe(again.page), [])
})

test('what the server refused is shown, and written in place of who sent it', async () => {
  const head = await Staff.signIn(server, 'truongthon')
  const record = newId()
  const { id, epoch } = head.session.device
  const answer = await head.call('POST', `/v1/units/${server.villages[0]}/batches`, { device: id, epoch, from: 1, ops: [{ n: 1, record, kind: 'meeting', action: 'edit', base: 0, at: new Date().toISOString(), set: { date: '2026-02-01', level: 'commune', place: 'Nhà văn hóa mẫu', attendance: -5 } }] })
  assert.equal(answer.results[0].status, 'rejected')
  const user = (await call('quantri', 'GET', '/v1/users?limit=200')).items.find(u => u.username === 'truongthon')
  await call('quantri', 'PATCH', `/v1/users/${user.id}`, { version: user.version, phone: '0905 000 111' })
  const browser = await sitDown('canbo')
  const { page } = browser
  await page.locator('#main').getByRole('link', { name: /Máy chủ không nhận\s*1/ }).click()
  await page.getByText(answer.results[0].message).waitFor()
  assert.equal(await page.getByRole('link', { name: /^Gọi/ }).getAttribute('href'), 'tel:0905000111')
  await screenshot(page, 'rejected')
  assert.deepEqual(await axe(page), [])
  await page.getByRole('button', { name: /^Ghi thay/ }).click()
  assert.equal(await page.getByLabel(/Địa điểm|Nơi họp|Nơi/).first().inputValue(), 'Nhà văn hóa mẫu')
  await screenshot(page, 'rejected-rewrite')
  assert.deepEqual(await axe(page), [])
  await page.locator('dialog [aria-invalid="true"]').fill('5')
  await page.getByRole('button', { name: 'Ghi vào sổ' }).click()
  await said(page, 'Đã ghi thay.')
  await page.getByText('Mọi mục máy chủ không nhận đã được ghi lại.').waitFor()
  await page.getByLabel('Đã được ghi lại?').selectOption('tat-ca')
  await row(page, 'Đã ghi lại').waitFor()
  assert.equal((await head.ofKind(server.villages[0], 'meeting')).find(r => r.id === record).fields.attendance, 5)
  assert.deepEqual(browser.errors, [])
})

test('a change of a fund entry that was refused is not offered to be written in place: no words mend it', async () => {
  const head = await Staff.signIn(server, 'truongthon')
  const record = newId(), village = server.villages[0]
  await head.push(village, [{ record, kind: 'fund', action: 'edit', base: 0, set: { date: '2026-02-01', direction: 'in', amountVnd: 100_000, purpose: 'Ủng hộ mẫu' } }])
  const { id, epoch } = head.session.device
  const answer = await head.call('POST', `/v1/units/${village}/batches`, { device: id, epoch, from: 2, ops: [{ n: 2, record, kind: 'fund', action: 'edit', base: 0, at: new Date().toISOString(), set: { amountVnd: 1_000_000 } }] })
  assert.equal(answer.results[0].code, 'write-once')
  const browser = await sitDown('canbo')
  const { page } = browser
  await goToDesk(server, page, 'khong-nhan')
  const refused = page.getByRole('row').filter({ hasText: answer.results[0].message })
  await refused.waitFor()
  assert.equal(await refused.getByRole('button', { name: /^Ghi thay/ }).count(), 0)
  await refused.getByRole('link', { name: 'Mở mục' }).click()
  await page.locator('.panel').getByText('100.000 đồng').waitFor()
  assert.deepEqual(browser.errors, [])
})

/** A file of what a phone could not send, signed as the phone does. */
async function carryFile (username) {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const key = Buffer.from(await crypto.subtle.exportKey('spki', pair.publicKey)).toString('base64url')
  const signIn = await fetch(`${server.url}/v1/sessions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username, password, device: { name: 'Máy hỏng mẫu', platform: 'test', key } }) })
  const session = await signIn.json()
  const op = (n, set) => ({ n, record: newId(), kind: 'meeting', action: 'edit', base: 0, at: new Date().toISOString(), set })
  const unit = server.villages[1]
  const ops = [op(1, { date: '2026-02-02', level: 'commune', place: 'Điểm mẫu 7', attendance: 7 }), op(2, { level: 'nowhere' })]
  const payload = Buffer.from(JSON.stringify({ user: session.user.id, userName: session.user.name, device: session.device.id, epoch: session.device.epoch, madeAt: new Date().toISOString(), parts: [{ unit, unitName: 'Thôn mẫu 2', from: 1, ops }] }))
  const signature = Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, payload)).toString('base64url')
  return gzipSync(JSON.stringify({ sothon: 'carry/1', payload: payload.toString('base64url'), signature, key }))
}

test('a file that a neighbour brought is read, taken into the ledger, and says what was refused', async () => {
  server.user('thon2', 'Võ Thị Mẫu', 'collector', server.villages[1])
  const buffer = await carryFile('thon2')
  const browser = await sitDown('canbo')
  const { page } = browser
  await go(page, 'nhan-tep')
  await page.setInputFiles('input[type=file]', { name: 'hong.sothon', mimeType: 'application/octet-stream', buffer: Buffer.from('không phải') })
  await page.getByText('Tệp bị sửa hoặc không phải của Sổ Thôn').waitFor()
  await page.setInputFiles('input[type=file]', { name: 'thon2.sothon', mimeType: 'application/octet-stream', buffer })
  await row(page, 'Thôn mẫu 2').getByText('2 mục, 2 lần ghi').waitFor()
  await page.getByText('Võ Thị Mẫu').waitFor()
  assert.deepEqual(await axe(page), [])
  await page.getByRole('button', { name: 'Nhận vào sổ' }).click()
  await said(page, 'Đã nhận 1 lần ghi vào sổ.')
  await page.getByText('1 lần ghi máy chủ không nhận:').waitFor()
  await screenshot(page, 'carry')
  const meetings = await (await Staff.signIn(server)).ofKind(server.villages[1], 'meeting')
  assert.equal(meetings.find(m => m.fields.place === 'Điểm mẫu 7').fields.attendance, 7)
  assert.deepEqual(browser.errors, [])
})

test('a superior reads what was delivered, and nothing else', async () => {
  const recipients = `/v1/units/${server.commune}/recipients`
  await call('goc', 'POST', recipients, { name: 'Tỉnh mẫu', to: province, channel: 'folder', address: 'cap-tren', validFrom: '2025-07-01' })
  const report = await call('canbo', 'POST', '/v1/reports', { unit: server.commune, template: 'mttq', type: 'annual', year: 2025 })
  const leader = await Staff.signIn(server, 'lanhdao')
  await leader.call('POST', `/v1/reports/${report.id}/approve`, { version: 1, name: 'Phạm Văn Mẫu', confirms: ['conflicts', 'villages-silent', 'not-reviewed', 'sections-empty', 'petitions-late'].filter(c => report.warnings?.some(w => w.code === c)) })
  await leader.call('POST', `/v1/reports/${report.id}/deliver`)
  const above = await Staff.signIn(server, 'captren')
  await until('the report to be delivered', async () => (await above.call('GET', '/v1/reports')).items.length > 0, 100_000)
  const browser = await sitDown('captren')
  const { page } = browser
  assert.deepEqual(await page.getByRole('navigation', { name: 'Sổ Thôn' }).getByRole('link').allInnerTexts(), ['Báo cáo đã nhận'])
  await row(page, 'Xã mẫu').waitFor()
  await screenshot(page, 'delivered')
  assert.deepEqual(await axe(page), [])
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Bản Word/ }).click()
  assert.match((await download).suggestedFilename(), /^01-BC-.*\.docx$/)
  await row(page, 'Xã mẫu').getByRole('link').click()
  await page.locator('iframe[src^="blob:"]').waitFor()
  await screenshot(page, 'delivered-open')
  await page.getByRole('button', { name: 'Xác nhận đã nhận' }).click()
  await said(page, /^Đã xác nhận nhận báo cáo 01\/BC-.* của Xã mẫu\.$/)
  await page.getByRole('region', { name: /^Tệp của/ }).getByText(/^Đã nhận /).waitFor()
  assert.equal(await page.getByRole('button', { name: /^Xác nhận đã nhận/ }).count(), 0)
  const { deliveries } = await leader.call('GET', `/v1/reports/${report.id}/deliveries`)
  assert.deepEqual(deliveries.filter(d => d.to === province).map(d => [d.state, d.arrived.via, d.arrived.by.name]), [['acknowledged', 'desk', 'Bùi Cấp Trên Mẫu']])
  await page.getByRole('region', { name: /^Tệp của/ }).getByRole('button', { name: 'Đóng' }).click()
  await row(page, 'Xã mẫu').getByText(/^Đã nhận /).waitFor()
  await screenshot(page, 'delivered-confirmed')
  assert.deepEqual(await axe(page), [])
  await go(page, 'quan-tri/tai-khoan')
  await page.getByRole('heading', { name: 'Tài khoản này không được làm việc đó.' }).waitFor()
  await go(page, 'khong-co-trang-nay')
  await page.getByRole('heading', { name: 'Không tìm thấy, hoặc ngoài phạm vi được giao.' }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a screen that nobody touches locks, also over a reload, and what was typed is there when it is opened', async () => {
  const browser = await sitDown()
  const { page } = browser
  await page.clock.install()
  await go(page, 'quan-tri/tai-khoan')
  await page.getByRole('button', { name: 'Thêm tài khoản' }).click()
  await page.getByLabel('Tên', { exact: true }).fill('Chưa gõ xong')
  await page.clock.fastForward('19:00')
  await page.waitForTimeout(300)
  assert.equal(await page.getByText('Màn hình đã khóa').isVisible(), false)
  await page.clock.fastForward('02:00')
  await page.getByText('Màn hình đã khóa. Nhập mật khẩu để tiếp tục.').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  assert.equal(await page.getByText('Màn hình đã khóa').isVisible(), true)
  await screenshot(page, 'lock')
  assert.deepEqual(await axe(page), [])
  await page.getByLabel('Mật khẩu', { exact: true }).fill('không phải mật khẩu')
  await page.getByRole('button', { name: 'Mở khóa' }).click()
  await page.getByText('Sai tên đăng nhập hoặc mật khẩu.').waitFor()
  await page.getByLabel('Mật khẩu', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Mở khóa' }).click()
  await page.getByText('Màn hình đã khóa').waitFor({ state: 'hidden' })
  assert.equal(await page.getByLabel('Tên', { exact: true }).inputValue(), 'Chưa gõ xong')
  await page.clock.fastForward('21:00')
  await page.getByText('Màn hình đã khóa').waitFor()
  await page.reload()
  await page.getByText('Màn hình đã khóa').waitFor()
  assert.deepEqual(browser.errors, [])
})

test('on a machine that several people use no session outlives the page', async () => {
  const browser = await Browser.open({ width: 1366, height: 768, isMobile: false })
  const { page } = browser
  await page.goto(`${server.url}/desk/`)
  await page.getByLabel('Tên đăng nhập').fill('quantri')
  await page.getByLabel('Mật khẩu').fill(password)
  await page.getByLabel('Máy này của cơ quan, nhiều người dùng').check()
  await screenshot(page, 'sign-in')
  assert.deepEqual(await axe(page), [])
  await page.getByRole('button', { name: 'Đăng nhập' }).click()
  await page.getByRole('link', { name: 'Tài khoản' }).click()
  await row(page, 'Nguyễn Văn Mẫu').waitFor()
  const stored = await page.evaluate(async () => {
    const texts = []
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise((resolve, reject) => { const r = indexedDB.open(name); r.onsuccess = () => resolve(r.result); r.onerror = () => reject(r.error) })
      for (const store of db.objectStoreNames) texts.push(JSON.stringify(await new Promise(resolve => { const r = db.transaction(store).objectStore(store).getAll(); r.onsuccess = () => resolve(r.result) })))
      db.close()
    }
    return texts.join()
  })
  assert.ok(stored.includes('quantri'))
  assert.equal(/accessToken|"access"|"refresh"/.test(stored), false)
  await page.reload()
  await page.getByLabel('Mật khẩu').waitFor()
  assert.equal(await page.getByLabel('Máy này của cơ quan, nhiều người dùng').isChecked(), true)
  assert.deepEqual(browser.errors, [])
})

test('no page of administration bars people who use a keyboard or a screen reader', async () => {
  const browser = await sitDown('goc')
  const { page } = browser
  for (const part of ['don-vi', 'tai-khoan', 'may', 'noi-nhan', 'mau', 'lich', 'ngay-nghi', 'nhat-ky', 'nhat-ky?loai=viec', 'so-goc']) {
    await go(page, `quan-tri/${part}`)
    await page.waitForTimeout(900)
    await screenshot(page, `admin-${part.replace(/\W/g, '-')}`)
    assert.deepEqual(await axe(page), [], part)
  }
  assert.deepEqual(browser.errors, [])
})

test('each part of administration tells how many it has, and counts again after a change', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'quan-tri/tai-khoan')
  const parts = page.getByRole('navigation', { name: 'Các phần của quản trị' })
  const count = async name => Number((await parts.getByRole('link', { name }).innerText()).match(/\d+$/)?.[0] ?? -1)
  const { items } = await call('quantri', 'GET', '/v1/users?limit=200')
  await until('the accounts to be counted', async () => await count('Tài khoản') === items.filter(u => !u.disabled).length)
  const { units } = await call('quantri', 'GET', '/v1/units')
  await until('the units to be counted', async () => await count('Đơn vị') === units.filter(u => !u.validTo || u.validTo >= new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)).length)
  await until('the machines to be counted', async () => await count('Máy') > 0)
  assert.equal(await count('Nhật ký'), -1, 'what is not counted has no number')
  await until('the recipients to be counted', async () => await count('Nơi nhận') >= 0)
  const asked = []
  page.on('request', r => { if (new URL(r.url()).pathname === '/v1/users') asked.push(r.url()) })
  await page.waitForTimeout(1500)
  assert.deepEqual(asked, [], 'what is counted is not counted on and on')
  const before = await count('Nơi nhận')
  await call('quantri', 'POST', `/v1/units/${server.commune}/recipients`, { name: 'Sở mẫu', channel: 'folder', address: 'so-mau', validFrom: '2025-07-01' })
  await parts.getByRole('link', { name: 'Nơi nhận' }).click()
  await until('one recipient more', async () => await count('Nơi nhận') === before + 1)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(browser.errors, [])
})
