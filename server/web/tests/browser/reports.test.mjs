// Reports at the desk: from figures to delivery, by two people at once, over a network that breaks.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, Browser, closeAll, screenshot, until } from '../browser.mjs'
import { Server, password } from '../server.mjs'
import { Staff } from '../staff.mjs'

let server, staff, heads

before(async () => {
  setup()
  server = await Server.start({ flags: ['-outbox', path.join(fs.mkdtempSync('/tmp/sothon-outbox-'))] })
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  server.user('canbo2', 'Đỗ Thị Mẫu', 'reviewer', server.commune)
  server.user('quantri', 'Quản Trị Mẫu', 'admin', server.commune)
  staff = await Staff.signIn(server)
  const [village] = server.villages
  heads = await staff.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu', 'Hồ Văn Mẫu'])
  for (let i = 0; i < 6; i++) await staff.gift(village, heads[i % 2])
  const admin = await Staff.signIn(server, 'quantri')
  await admin.call('POST', `/v1/units/${server.commune}/recipients`, { name: 'Ủy ban nhân dân tỉnh mẫu', channel: 'folder', address: 'tinh-mau', validFrom: '2025-07-01' })
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

async function sitDown (username = 'canbo') {
  const browser = await Browser.open({ width: 1366, height: 768, isMobile: false })
  const { page } = browser
  await page.goto(`${server.url}/desk/`)
  await page.getByLabel('Tên đăng nhập').fill(username)
  await page.getByLabel('Mật khẩu').fill(password)
  await page.getByRole('button', { name: 'Đăng nhập' }).click()
  await page.getByRole('navigation').first().waitFor()
  return browser
}
const go = async (page, to) => { await page.goto(`${server.url}/desk/${to}`); await page.getByRole('navigation').first().waitFor() }
const said = async (page, text) => { await page.getByRole('status').filter({ hasText: text }).first().waitFor() }
const step = async (page, name) => { await page.getByRole('navigation', { name: 'Báo cáo' }).getByRole('button', { name }).click() }
const section = async (page, name) => { await page.getByRole('navigation', { name: 'Các mục' }).getByRole('button', { name }).click() }
const area = page => page.getByRole('textbox', { name: /^Lời văn/ })
const compile = async order => await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', type: 'annual', year: 2026, ...order })
const get = async id => await staff.call('GET', `/v1/reports/${id}`)
const written = async (id, name) => (await get(id)).content.sections.find(s => s.id === name)
/** Writes in a section as somebody else, behind the back of who has it open. */
const write = async (who, id, name, text) => {
  const s = await written(id, name)
  await who.call('PATCH', `/v1/reports/${id}`, { sectionVersions: { [name]: s.version ?? 0 }, sections: { [name]: text } })
}

test('two people write in two sections, and in one: nobody loses a word', async () => {
  const { id } = await compile({ type: 'firstHalf' })
  const other = await Staff.signIn(server, 'canbo2')
  const browser = await sitDown()
  const { page } = browser
  await go(page, `bao-cao/${id}?buoc=loi-van`)
  await section(page, 'Bài học kinh nghiệm')
  await area(page).fill('Ghi chép ngay khi có việc.')
  await write(other, id, 'strengths', 'Công tác tiếp xúc cử tri được duy trì.')
  await page.keyboard.press('Control+s')
  await said(page, 'Đã lưu mục.')
  assert.equal((await written(id, 'lessons')).text, 'Ghi chép ngay khi có việc.')
  assert.equal((await written(id, 'strengths')).text, 'Công tác tiếp xúc cử tri được duy trì.')

  await area(page).fill('Ghi chép ngay khi có việc, rà soát hằng tháng.')
  await write(other, id, 'lessons', 'Bài học của người khác.')
  await page.keyboard.press('Control+s')
  await page.getByText('Đỗ Thị Mẫu vừa sửa mục này').waitFor()
  await page.getByText('Bài học của người khác.').waitFor()
  assert.equal(await area(page).inputValue(), 'Ghi chép ngay khi có việc, rà soát hằng tháng.')
  await screenshot(page, 'report-clash')
  assert.deepEqual(await axe(page), [])
  assert.equal((await written(id, 'lessons')).text, 'Bài học của người khác.', 'nothing is overwritten unasked')
  await page.keyboard.press('Control+s')
  assert.equal((await written(id, 'lessons')).text, 'Bài học của người khác.')
  await page.getByRole('button', { name: 'Lưu bản đang soạn, thay bản kia' }).click()
  await until('the text to be saved', async () => (await written(id, 'lessons')).text === 'Ghi chép ngay khi có việc, rà soát hằng tháng.')
  assert.deepEqual(browser.errors, [])
})

test('what is typed outlives another section, a reload and a dead network; the compiled text comes back', async () => {
  const { id } = await compile({ type: 'firstHalf' })
  const browser = await sitDown()
  const { page, context } = browser
  await go(page, `bao-cao/${id}?buoc=loi-van`)
  await section(page, 'Phương hướng')
  await area(page).fill('Tiếp tục duy trì.')
  await section(page, 'Công tác cứu trợ, tặng quà')
  const automatic = await area(page).inputValue()
  assert.match(automatic, /6 suất quà/)
  await area(page).fill('Đã trao 6 suất quà.')
  await said(page, 'Chưa lưu lên máy chủ; đang giữ trong máy này.')
  await page.reload()
  await area(page).waitFor()
  await until('the text to be there again', async () => await area(page).inputValue() === 'Đã trao 6 suất quà.')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Lưu', exact: true }).click()
  await page.getByText('Đang hỏi lại máy chủ…').first().waitFor()
  await context.setOffline(false)
  await page.getByRole('alert').filter({ hasText: 'Mất kết nối giữa chừng' }).waitFor()
  assert.equal(await area(page).inputValue(), 'Đã trao 6 suất quà.')
  await page.getByRole('button', { name: 'Lưu', exact: true }).click()
  await said(page, 'Đã lưu mục.')
  await page.getByRole('button', { name: 'Lấy lại bản tự động' }).click()
  await said(page, 'Đã lấy lại bản tự động.')
  assert.equal(await area(page).inputValue(), automatic)
  await page.keyboard.press('Escape')
  await section(page, 'Phương hướng')
  assert.equal(await area(page).inputValue(), 'Tiếp tục duy trì.')
  await page.getByRole('button', { name: 'Bỏ phần đang soạn' }).click()
  await until('the section to be empty', async () => await area(page).inputValue() === '')
})

test('the subject and a title are written, over what somebody else wrote once it was seen, and come back', async () => {
  const { id } = await compile({ type: 'firstHalf' })
  const compiled = (await get(id)).content
  const other = await Staff.signIn(server, 'canbo2')
  const browser = await sitDown()
  const { page } = browser
  await go(page, `bao-cao/${id}?buoc=loi-van`)
  const dialog = page.getByRole('dialog', { name: 'Trích yếu và đề mục' })
  const begin = async () => { await page.getByRole('button', { name: 'Sửa trích yếu, đề mục…' }).click(); await dialog.waitFor() }
  await begin()
  await dialog.getByLabel('Trích yếu').fill('Kết quả phối hợp công tác và chăm lo Tết')
  await dialog.getByLabel('Bài học kinh nghiệm').fill('Bài học rút ra')
  await screenshot(page, 'report-headings')
  assert.deepEqual(await axe(page), [])
  await other.call('PATCH', `/v1/reports/${id}`, { headingsVersion: 0, headings: { subject: 'Trích yếu của người khác' } })
  await dialog.getByRole('button', { name: 'Lưu' }).click()
  await dialog.getByText('Nay trên máy chủ: Trích yếu của người khác').waitFor()
  assert.equal((await get(id)).subject, 'Trích yếu của người khác', 'nothing is overwritten unseen')
  await dialog.getByRole('button', { name: 'Lưu' }).click()
  await said(page, 'Đã lưu trích yếu, đề mục.')
  await page.getByRole('heading', { name: 'Kết quả phối hợp công tác và chăm lo Tết' }).waitFor()
  assert.equal((await get(id)).subject, 'Kết quả phối hợp công tác và chăm lo Tết')
  await section(page, 'Bài học rút ra')
  await page.getByRole('heading', { name: 'Bài học rút ra' }).waitFor()

  await begin()
  await dialog.getByLabel('Trích yếu').fill('')
  await dialog.getByRole('button', { name: 'Lưu' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('heading', { name: compiled.subject }).waitFor()
  assert.equal((await get(id)).content.compiledSubject, undefined)
  assert.equal((await written(id, 'lessons')).compiledTitle, compiled.sections.find(s => s.id === 'lessons').title)
  assert.deepEqual(browser.errors, [])
})

test('numbers that have changed are shown, replaced one by one, and lead to their records', async () => {
  const { id } = await compile({ type: 'annual' })
  await write(staff, id, 'gifts', 'Đã trao 6 suất quà cho 6 hộ ở thôn 6.')
  await write(staff, id, 'directions', 'Giữ 6 suất mỗi năm.')
  await staff.gift(server.villages[0], heads[0])
  const browser = await sitDown()
  const { page } = browser
  await go(page, `bao-cao/${id}`)
  await page.getByRole('button', { name: 'Cập nhật số liệu' }).click()
  await page.getByRole('heading', { name: 'Số nào đã đổi' }).waitFor()
  await page.getByRole('row').filter({ hasText: 'Suất quà đã trao' }).filter({ hasText: '7 suất' }).first().waitFor()
  await screenshot(page, 'report-figures')
  assert.deepEqual(await axe(page), [])
  await page.getByRole('row').filter({ hasText: 'Suất quà đã trao' }).getByRole('button').first().click()
  await page.getByRole('heading', { name: /= 7 suất, từ 7 mục/ }).waitFor()
  await screenshot(page, 'report-behind')
  assert.deepEqual(await axe(page), [])

  await step(page, 'Trình ký')
  await page.getByRole('alert').filter({ hasText: 'Có mục tự viết mà số liệu đã thay đổi' }).getByRole('link').click()
  await page.getByText('Suất quà đã trao 6 nay là 7 suất').waitFor()
  await screenshot(page, 'report-stale')
  await page.getByRole('button', { name: 'Sửa theo số mới…' }).click()
  const dialog = page.getByRole('dialog')
  const boxes = await dialog.getByRole('checkbox').all()
  assert.deepEqual(await Promise.all(boxes.map(async b => await b.isChecked())), [true, false, false])
  await screenshot(page, 'report-fix')
  assert.deepEqual(await axe(page), [])
  await dialog.getByRole('button', { name: 'Sửa 1 chỗ và lưu' }).click()
  await said(page, 'Đã lưu mục.')
  const after = await written(id, 'gifts')
  assert.equal(after.text, 'Đã trao 7 suất quà cho 6 hộ ở thôn 6.')
  assert.deepEqual(after.stale ?? [], [])
  await area(page).focus()
  await page.keyboard.press('Control+End')
  await page.getByRole('button', { name: /^Chèn số vào lời văn Suất quà đã trao/ }).first().click()
  await until('the number to be in the text', async () => (await area(page).inputValue()).endsWith('7 suất'))
  assert.deepEqual(browser.errors, [])
})

test('a report is submitted, returned, submitted again, signed once though its answer is lost, and delivered', async () => {
  const { id } = await compile({ type: 'annual' })
  const browser = await sitDown()
  const { page } = browser
  await go(page, `bao-cao/${id}`)
  await step(page, 'Xem trang in')
  await page.locator('iframe[src^="blob:"]').waitFor()
  await page.route('**/file.docx', route => route.abort())
  await page.getByRole('button', { name: 'Bản Word' }).click()
  await page.getByRole('alert').filter({ hasText: 'Mất kết nối' }).waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Phụ lục Excel' }).click()
  assert.match((await saving).suggestedFilename(), /^du-thao-BC-2026-.*\.xlsx$/)
  await step(page, 'Trình ký')
  await page.getByLabel('Lời nhắn cho người ký').fill('Kính trình ký.')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã trình ký.')
  await screenshot(page, 'report-submitted')
  assert.deepEqual(await axe(page), [])

  const leader = await sitDown('lanhdao')
  await go(leader.page, `bao-cao/${id}?buoc=trinh-ky`)
  await leader.page.getByText('“Kính trình ký.”').waitFor()
  await leader.page.getByRole('button', { name: 'Trả lại dự thảo' }).click()
  await leader.page.getByText('Hãy ghi cần sửa gì.').waitFor()
  await leader.page.getByLabel('Cần sửa gì?').fill('Viết thêm phương hướng.')
  await leader.page.getByRole('button', { name: 'Trả lại dự thảo' }).click()
  await said(leader.page, 'Đã trả lại dự thảo.')
  await page.reload()
  await page.getByText('“Viết thêm phương hướng.”').waitFor()
  await page.getByRole('button', { name: 'Trình ký', exact: true }).click()
  await said(page, 'Đã trình ký.')

  await go(leader.page, `bao-cao/${id}`)
  await leader.page.getByText('Số dự kiến: 01/BC-UBND').first().waitFor()
  await leader.page.getByRole('button', { name: 'Ký ban hành…' }).click()
  const dialog = leader.page.getByRole('dialog')
  assert.equal(await dialog.getByLabel('Người ký').inputValue(), 'Phạm Văn Mẫu')
  await dialog.getByRole('button', { name: 'Ký ban hành' }).click()
  await dialog.getByText('Hãy đánh dấu đã đọc từng điểm cần xác nhận.').waitFor()
  await screenshot(leader.page, 'report-sign')
  assert.deepEqual(await axe(leader.page), [])
  for (const box of await dialog.getByRole('checkbox').all()) await box.check()
  let asked = 0
  await leader.page.route('**/approve', async route => { asked++; await route.fetch(); await route.abort() }) // the server gets it, the desk no answer
  await dialog.getByRole('button', { name: 'Ký ban hành' }).dblclick()
  await said(leader.page, 'Đã ban hành số 01.')
  assert.equal(asked, 1)
  assert.equal((await get(id)).number, 1)

  await step(leader.page, 'Gửi')
  await leader.page.getByText('Ủy ban nhân dân tỉnh mẫu').waitFor()
  await leader.page.getByRole('button', { name: 'Gửi 1 nơi' }).click()
  await said(leader.page, 'Đã xếp việc gửi.')
  await until('the report to be sent', async () => (await get(id)).state === 'delivered', 90_000)
  await leader.page.getByText('Đã gửi', { exact: true }).first().waitFor()
  await screenshot(leader.page, 'report-delivered')
  assert.deepEqual(await axe(leader.page), [])
  await leader.page.getByRole('button', { name: 'Gửi lại' }).click()
  await said(leader.page, 'Đã xếp gửi lại.')
  await leader.page.getByRole('button', { name: 'Kiểm tra lại' }).click()
  await leader.page.getByText('giống từng byte cả 4 tệp').first().waitFor()
  assert.deepEqual(leader.errors, [])
})

test('the periods say what is due, and a draft is begun from one', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'bao-cao')
  const strip = page.getByRole('region', { name: 'Các kỳ' })
  const first = strip.getByRole('button', { name: /^Lập dự thảo: / }).first()
  await first.waitFor()
  await strip.getByText(/^(quá hạn|hạn) \d/).first().waitFor()
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'report-periods')
  const [, name, issuer] = /^Lập dự thảo: (.+), (.+)$/.exec(await first.getAttribute('aria-label'))
  await first.click()
  await page.getByRole('navigation', { name: 'Báo cáo' }).waitFor()
  const id = new URL(page.url()).pathname.split('/bao-cao/')[1]
  assert.ok((await get(id)).periodName.length > 0)
  await go(page, 'bao-cao')
  await strip.getByRole('listitem').filter({ hasText: name }).filter({ hasText: issuer }).getByRole('link', { name: 'Dự thảo' }).waitFor()
  assert.equal(await strip.getByRole('button', { name: `Lập dự thảo: ${name}, ${issuer}` }).count(), 0)
  assert.deepEqual(browser.errors, [])
})
