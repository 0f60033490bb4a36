// One record at the desk: marked as a copy, erased, its lists and references corrected, and written by two at once.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, Browser, closeAll, screenshot, until } from '../browser.mjs'
import { Server, password } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, staff, head, homes, village

before(async () => {
  setup()
  server = await Server.start();
  [village] = server.villages
  staff = await Staff.signIn(server)
  head = await Staff.signIn(server, 'truongthon')
  homes = await head.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu', 'An Văn Mẫu'])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

async function sitDown () {
  const browser = await Browser.open({ width: 1366, height: 768, isMobile: false })
  const { page } = browser
  await page.goto(`${server.url}/desk/`)
  await page.getByLabel('Tên đăng nhập').fill('canbo')
  await page.getByLabel('Mật khẩu').fill(password)
  await page.getByRole('button', { name: 'Đăng nhập' }).click()
  await page.getByRole('navigation').waitFor()
  return browser
}
const said = async (page, text) => { await page.getByRole('status').filter({ hasText: text }).first().waitFor() }
async function open (page, kind, id) {
  await page.goto(`${server.url}/desk/so?loai=${kind}&muc=${village}/${id}`)
  await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
}
const record = async (kind, id) => (await staff.ofKind(village, kind)).find(r => r.id === id)
const write = async (who, kind, set, id = newId()) => { await who.push(village, [{ record: id, kind, action: 'edit', set }]); return id }

test('a record is marked as a copy of one that is searched for, and is none again', async () => {
  const browser = await sitDown()
  const { page } = browser
  const [copy] = await head.households(village, ['Hồ Văn Mẫu Hai'])
  await open(page, 'household', copy)
  await page.getByText('Thêm ▾').click()
  await page.getByRole('button', { name: 'Đánh dấu trùng…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Đánh dấu trùng' })
  await page.keyboard.press('Control+Enter')
  await dialog.getByText('Hãy chọn mục giữ lại.').waitFor()
  await dialog.getByLabel('Mục giữ lại').fill('ho van')
  await dialog.getByRole('button', { name: /^Hồ Văn Mẫu H001/ }).click()
  await dialog.getByText('Giữ Hồ Văn Mẫu (H001)').waitFor()
  await screenshot(page, 'link')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã đánh dấu bản trùng')
  assert.deepEqual([(await record('household', copy)).state, (await record('household', copy)).duplicateOf], ['duplicate', homes[0]])
  await page.getByText('Thêm ▾').click()
  await page.getByRole('button', { name: 'Bỏ đánh dấu trùng' }).click()
  await said(page, 'Đã bỏ đánh dấu trùng.')
  assert.equal((await record('household', copy)).state, 'pending')
  await page.keyboard.press('Control+z')
  await said(page, 'Đã hoàn tác.')
  assert.equal((await record('household', copy)).duplicateOf, homes[0])
  assert.deepEqual(browser.errors, [])
})

test('personal values are erased after a reason and the code, and the reason stays', async () => {
  const browser = await sitDown()
  const { page } = browser
  const id = await write(head, 'household', { code: 'H077', headName: 'Người Mẫu Bảy', category: 'poor', phone: '0900000077' })
  await open(page, 'household', id)
  await page.getByText('Thêm ▾').click()
  await page.getByRole('button', { name: 'Xóa vĩnh viễn dữ liệu cá nhân…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Xóa vĩnh viễn dữ liệu cá nhân' })
  await dialog.getByLabel('Số điện thoại').check()
  await dialog.getByRole('button', { name: 'Xóa vĩnh viễn' }).click()
  await dialog.getByText('Hãy ghi lý do.').waitFor()
  await dialog.getByText('Mã chưa đúng.').waitFor()
  await screenshot(page, 'erase')
  assert.deepEqual(await axe(page), [])
  await dialog.getByLabel('Lý do').fill('Theo đơn mẫu số 1')
  await dialog.getByLabel('Gõ mã H077 để xác nhận').fill('h078')
  await dialog.getByRole('button', { name: 'Xóa vĩnh viễn' }).click()
  assert.equal((await record('household', id)).fields.phone, '0900000077', 'nothing goes with a wrong code')
  await dialog.getByLabel('Gõ mã H077 để xác nhận').fill('h077')
  await dialog.getByRole('button', { name: 'Xóa vĩnh viễn' }).click()
  await said(page, 'Đã xóa vĩnh viễn dữ liệu cá nhân.')
  const now = await record('household', id)
  assert.equal(now.fields.phone, undefined)
  assert.deepEqual(now.erased, ['phone'])
  assert.equal(now.fields.headName, 'Người Mẫu Bảy')
  assert.match(now.comments.at(-1).text, /Lý do: Theo đơn mẫu số 1/)
  assert.deepEqual(browser.errors, [])
})

test('the rows of a list and what a record names are corrected, and taken back', async () => {
  const browser = await sitDown()
  const { page } = browser
  await open(page, 'household', homes[2])
  await page.keyboard.press('s')
  const form = page.getByRole('dialog')
  await form.getByRole('group', { name: 'Thành viên' }).getByRole('button', { name: 'Thêm dòng' }).click()
  await page.keyboard.press('Control+Enter')
  await form.locator('.error').first().waitFor()
  await form.locator('[id="f-members[0].name"]').fill('An Thị Mẫu')
  await screenshot(page, 'list-field')
  assert.deepEqual(await axe(page), [], 'a list')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã sửa.')
  assert.deepEqual((await record('household', homes[2])).fields.members, [{ name: 'An Thị Mẫu' }])

  const gift = await write(head, 'gift', { household: homes[0], date: '2026-01-05', quantity: 1, valueVnd: 100000 })
  await open(page, 'gift', gift)
  await page.keyboard.press('s')
  await form.getByRole('button', { name: /Hồ Văn Mẫu \(H001\)/ }).click()
  await page.keyboard.type('dinh')
  await form.getByRole('button', { name: /Đinh Thị Mẫu/ }).click()
  await form.getByRole('button', { name: /Đinh Thị Mẫu \(H002\)/ }).waitFor()
  await screenshot(page, 'reference-field')
  assert.deepEqual(await axe(page), [], 'a reference')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã sửa.')
  assert.equal((await record('gift', gift)).fields.household, homes[1])
  await page.keyboard.press('Control+z')
  await said(page, 'Đã hoàn tác.')
  assert.equal((await record('gift', gift)).fields.household, homes[0])
  assert.deepEqual(browser.errors, [])
})

test('what somebody else writes meanwhile is told, and nothing that is typed goes', async () => {
  const browser = await sitDown()
  const { page } = browser
  await open(page, 'household', homes[0])
  await page.getByText('Trực tiếp').waitFor()
  await page.keyboard.press('s')
  const name = page.locator('dialog #f-headName')
  await name.fill('Hồ Văn Mẫu Ba')
  await write(head, 'household', { phone: '0900000001' }, homes[0])
  await page.getByText('Nguyễn Văn Mẫu: Số điện thoại → 0900000001').waitFor()
  await screenshot(page, 'meanwhile')
  assert.deepEqual(await axe(page), [])
  assert.equal(await name.inputValue(), 'Hồ Văn Mẫu Ba')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã sửa.')
  const now = await record('household', homes[0])
  assert.deepEqual([now.fields.headName, now.fields.phone, now.conflicts ?? []], ['Hồ Văn Mẫu Ba', '0900000001', []])
  await write(head, 'household', { phone: '0900000002' }, homes[0])
  await page.getByText('Nguyễn Văn Mẫu vừa sửa 1 trường').waitFor()
  await page.getByRole('button', { name: 'Xem', exact: true }).click()
  await page.getByRole('tab', { name: 'Lịch sử', selected: true }).waitFor()
  await page.getByText('0900000002').waitFor()

  await page.getByRole('button', { name: 'Số điện thoại' }).first().click()
  await page.getByText('Chỉ xem: Số điện thoại').waitFor()
  assert.equal(await page.getByRole('tabpanel').getByText('Hồ Văn Mẫu Ba').count(), 0)
  await screenshot(page, 'history')
  assert.deepEqual(await axe(page), [], 'one field')
  await page.getByRole('button', { name: 'Xem tất cả' }).click()
  await page.getByRole('tabpanel').getByText('Hồ Văn Mẫu Ba').waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a petition shows its deadlines with the law, and asks for its next step alone', async () => {
  const browser = await sitDown()
  const { page } = browser
  const day = back => new Date(Date.now() + 7 * 3_600_000 - back * 86_400_000).toISOString().slice(0, 10)
  const id = await write(head, 'petition', { receivedOn: day(60), class: 'complaint', citizenName: 'Người Mẫu Tám', content: 'Nội dung mẫu', status: 'received' })
  await open(page, 'petition', id)
  const band = page.getByRole('region', { name: 'Thời hạn của đơn' })
  await band.getByText('Luật Khiếu nại, Điều 27').waitFor()
  assert.match(await band.innerText(), /quá \d+ ngày/)
  await screenshot(page, 'petition')
  assert.deepEqual(await axe(page), [])
  await band.getByRole('button', { name: 'Ghi bước tiếp theo…' }).click()
  const form = page.getByRole('dialog')
  await form.getByText('Tình trạng xử lý').waitFor()
  assert.equal(await form.getByText('Nội dung mẫu').count(), 0)
  await form.getByRole('button', { name: 'Tiếp nhận' }).click()
  await page.getByRole('dialog', { name: 'Tình trạng xử lý' }).getByText('Thụ lý', { exact: true }).click()
  await form.getByRole('group', { name: 'Ngày thụ lý' }).getByText('Hôm nay').click()
  await screenshot(page, 'next-step')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã sửa.')
  const now = await record('petition', id)
  assert.deepEqual([now.fields.status, now.fields.acceptedOn], ['accepted', day(0)])
  await band.getByText('Giải quyết xong').waitFor()
  assert.deepEqual(browser.errors, [])
})
