// The office's scripts: a morning by keys alone, a report to its end, and what comes after it was issued.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk } from '../desk.mjs'
import { lineSays, registerPhone, sendNow } from '../phone.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, staff, head, heads, village, outbox

before(async () => {
  setup()
  outbox = fs.mkdtempSync('/tmp/sothon-outbox-')
  server = await Server.start({ flags: ['-outbox', outbox, '-public-url', 'http://127.0.0.1'] });
  [village] = server.villages
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  server.user('quantri', 'Quản Trị Mẫu', 'admin', server.commune)
  server.user('thon2', 'Võ Thị Mẫu', 'collector', server.villages[1])
  staff = await Staff.signIn(server)
  head = await Staff.signIn(server, 'truongthon')
  heads = await staff.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu'])
  for (let i = 0; i < 22; i++) await head.push(village, [{ record: newId(), kind: 'gift', action: 'edit', base: 0, set: { household: heads[i % 2], date: '2026-01-05', quantity: 1, valueVnd: 100000 } }])
  const admin = await Staff.signIn(server, 'quantri')
  await admin.call('POST', `/v1/units/${server.commune}/recipients`, { name: 'Ủy ban nhân dân tỉnh mẫu', channel: 'folder', address: 'tinh-mau', validFrom: '2025-07-01' })
  const { items } = await admin.call('GET', '/v1/users?limit=200')
  const thon2 = items.find(u => u.username === 'thon2')
  await admin.call('PATCH', `/v1/users/${thon2.id}`, { version: thon2.version, phone: '0905 000 222' })
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop(); fs.rmSync(outbox, { recursive: true, force: true }) })

const sitDown = async username => await signInAtDesk(server, username)
const go = async (page, path) => { await goToDesk(server, page, path) }
const steps = page => page.getByRole('navigation', { name: 'Báo cáo' })
const step = async (page, name) => { await steps(page).getByRole('button', { name }).click() }
const current = async page => await steps(page).locator('[aria-current="step"]').innerText()
const area = page => page.getByRole('textbox', { name: /^Lời văn/ })
const get = async id => await staff.call('GET', `/v1/reports/${id}`)
const gift = async () => { await head.push(village, [{ record: newId(), kind: 'gift', action: 'edit', base: 0, set: { household: heads[0], date: '2026-02-05', quantity: 1, valueVnd: 100000 } }]) }
/** Moves the focus forward, as Tab does, until it is on what is meant. */
async function tabTo (page, locator, most = 60) {
  for (let i = 0; i < most; i++) {
    if (await locator.evaluate(e => e === document.activeElement).catch(() => false)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('Tab does not lead there')
}
/** Signs what waits, having read each warning. */
async function sign (page) {
  await page.getByRole('button', { name: 'Ký ban hành…' }).click()
  const dialog = page.getByRole('dialog')
  for (const box of await dialog.getByRole('checkbox').all()) await box.check()
  await dialog.getByRole('button', { name: 'Ký ban hành' }).click()
}

test('a morning by keys alone: who is silent and how to call them, 20 approved, one returned with a note that the phone gets', async () => {
  const begun = Date.now()
  const browser = await sitDown()
  const { page } = browser
  let keys = 0
  const press = async key => { keys++; await page.keyboard.press(key) }
  const silent = page.getByRole('row').filter({ hasText: 'Thôn mẫu' }).first()
  await silent.waitFor()
  const text = await silent.innerText()
  assert.match(text, /Thôn mẫu 2/)
  assert.match(text, /chưa gửi lần nào/)
  assert.match(text, /Võ Thị Mẫu: 0905 000 222/)
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'office-morning')
  const waiting = page.locator('#main').getByRole('link', { name: /^Chờ duyệt/ })
  await tabTo(page, waiting)
  await press('Enter')
  await page.getByRole('columnheader', { name: 'Loại' }).waitFor()
  await page.getByRole('combobox', { name: 'Tình trạng' }).waitFor()
  const approved = async () => (await staff.ofKind(village, 'gift')).filter(r => r.state === 'approved').length
  await page.getByRole('row').nth(2).waitFor()
  await press('ArrowDown')
  const at = () => new URL(page.url()).searchParams.get('muc') ?? ''
  await until('a row to open', async () => at() !== '')
  let done = 0
  for (let i = 0; i < 40 && done < 20; i++) {
    const before = at()
    await press('d')
    done++
    await until('the next row to open', async () => at() !== before)
  }
  await until('20 to be approved', async () => await approved() + (await staff.ofKind(village, 'household')).filter(r => r.state === 'approved').length === 20, 30_000)
  const id = at().split('/')[1]
  await press('t')
  await page.getByLabel('Cần sửa gì?').waitFor()
  await page.keyboard.type('Xin bổ sung ảnh chụp lúc trao quà.')
  await press('Control+Enter')
  await said(page, 'Đã trả lại.')
  assert.ok(Date.now() - begun < 240_000, 'within four minutes')
  console.log(`morning: ${Math.round((Date.now() - begun) / 1000)} s, ${keys} keys beside typing and Tab`)

  // The village head's phone shows the note, beside what was returned.
  const phone = await registerPhone(server.url, 'truongthon')
  await phone.page.getByText('Xã trả lại 1 mục').click()
  await phone.page.getByText(/Hồ Văn Mẫu|Đinh Thị Mẫu/).first().click()
  await phone.page.getByText('“Xin bổ sung ảnh chụp lúc trao quà.”').waitFor()
  assert.ok(phone.page.url().endsWith(id))
  await screenshot(phone.page, 'office-returned-phone')
  await phone.page.getByText(/Lê Cán Bộ Mẫu/).first().waitFor()
  assert.deepEqual([...browser.errors, ...phone.errors], [])
})

test('a report to its end: written, overtaken, mended, handed over, taken back, returned, signed, sent and acknowledged; its figures add up', async () => {
  const desk = await sitDown()
  const { page } = desk
  await go(page, 'bao-cao')
  await page.getByLabel('Loại').selectOption('term')
  await page.getByLabel('Năm', { exact: true }).fill('2021')
  await page.getByLabel('đến năm').fill('2026')
  await page.getByRole('button', { name: 'Lập báo cáo', exact: true }).click()
  await page.waitForURL(/bao-cao\/.+term/)
  const id = new URL(page.url()).pathname.split('/bao-cao/')[1]
  await steps(page).waitFor()
  assert.match(await current(page), /Số liệu/)
  for (const name of ['Bản Word', 'Bản PDF', 'Phụ lục Excel']) await page.getByRole('button', { name }).waitFor()

  // Every figure opens the records that it is the sum of.
  const { content } = await get(id)
  assert.equal(content.figures.length, 18)
  for (const f of content.figures) {
    let sum = 0, cursor = '', counted = 0, told
    do {
      told = await staff.call('GET', `/v1/reports/${id}/figures/${f.id}/records?limit=200${cursor && `&cursor=${cursor}`}`)
      for (const i of told.items) { sum += i.part; counted++ }
      cursor = told.next ?? ''
    } while (cursor)
    assert.equal(counted, told.figure.records, f.label)
    assert.equal(sum, f.value, f.label)
  }
  const given = content.figures.find(f => f.label === 'Suất quà đã trao').value // one was returned, and counts for nothing
  await page.getByRole('row').filter({ hasText: 'Suất quà đã trao' }).getByRole('button').first().click()
  await page.getByRole('heading', { name: `= ${given} suất, từ ${given} mục` }).waitFor()

  await step(page, 'Lời văn')
  await page.getByRole('navigation', { name: 'Các mục' }).getByRole('button', { name: 'Công tác cứu trợ, tặng quà' }).click()
  await area(page).fill(`Đã trao ${given} suất quà cho các hộ.`)
  await page.keyboard.press('Control+s')
  await said(page, 'Đã lưu mục.')
  await page.getByRole('navigation', { name: 'Các mục' }).getByRole('button', { name: 'Bài học kinh nghiệm' }).click()
  await area(page).fill('Ghi chép ngay khi có việc.')
  await page.keyboard.press('Control+s')
  await until('two sections to be written', async () => (await get(id)).edits?.length === 2)

  // Late data: the text is overtaken, shown as such, and mended.
  await gift()
  await step(page, 'Số liệu')
  await page.getByRole('button', { name: 'Cập nhật số liệu' }).click()
  await page.getByRole('heading', { name: 'Số nào đã đổi' }).waitFor()
  await go(page, `bao-cao/${id}`)
  await page.getByText(`Suất quà đã trao ${given} nay là ${given + 1} suất`).waitFor()
  assert.match(await current(page), /Lời văn/, 'the page begins at what is not done')
  await page.getByRole('button', { name: 'Sửa theo số mới…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sửa 1 chỗ và lưu' }).click()
  await until('the text to be mended', async () => (await get(id)).content.sections.find(s => s.id === 'gifts').text === `Đã trao ${given + 1} suất quà cho các hộ.`)
  await step(page, 'Xem trang in')
  await page.locator('iframe[src^="blob:"]').waitFor()

  await step(page, 'Trình ký')
  await page.getByLabel('Lời nhắn cho người ký').fill('Kính trình.')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã trình ký.')
  // Taken back by who submitted it, and handed over again.
  await screenshot(page, 'office-submitted')
  assert.deepEqual(await axe(page), [])
  await page.getByLabel('Vì sao rút lại?').fill('Còn thiếu một ý.')
  await page.getByRole('button', { name: 'Rút lại trình ký' }).click()
  await said(page, 'Đã rút lại trình ký.')
  await page.getByText('“Còn thiếu một ý.”').waitFor()
  assert.equal((await get(id)).state, 'draft')
  await page.getByRole('button', { name: 'Trình ký', exact: true }).click()
  await until('the report to be submitted', async () => (await get(id)).state === 'submitted')

  // The leader finds it by the badge, lands where it is signed, returns it, and signs it the second time.
  const leader = await sitDown('lanhdao')
  await leader.page.getByRole('navigation', { name: 'Sổ Thôn' }).getByRole('link', { name: /^Báo cáo\s*1$/ }).waitFor()
  await leader.page.locator('#main').getByRole('link', { name: /Trình ký|Chờ ký/ }).click()
  await steps(leader.page).waitFor()
  assert.match(await current(leader.page), /Ký ban hành/)
  await leader.page.getByText(/Lê Cán Bộ Mẫu trình ký lúc/).waitFor()
  assert.equal(await leader.page.getByRole('button', { name: 'Rút lại trình ký' }).count(), 0)
  await screenshot(leader.page, 'office-leader')
  assert.deepEqual(await axe(leader.page), [])
  await leader.page.getByRole('button', { name: 'Trả lại dự thảo…' }).click()
  await leader.page.getByLabel('Cần sửa gì?').fill('Viết thêm phương hướng.')
  await leader.page.getByRole('button', { name: 'Trả lại dự thảo', exact: true }).click()
  await said(leader.page, 'Đã trả lại dự thảo.')
  await go(page, `bao-cao/${id}`)
  await page.getByText('“Viết thêm phương hướng.”').waitFor()
  assert.match(await current(page), /Lời văn/)
  await step(page, 'Trình ký')
  await page.getByRole('button', { name: 'Trình ký', exact: true }).click()
  await said(page, 'Đã trình ký.')
  await go(leader.page, `bao-cao/${id}`)
  await leader.page.getByText('Số dự kiến: 01/BC-UBND').first().waitFor()
  await sign(leader.page)
  await said(leader.page, 'Đã ban hành số 01.')
  assert.match(await current(leader.page), /Gửi/)

  await leader.page.getByRole('button', { name: 'Gửi 1 nơi' }).click()
  await until('the report to be sent', async () => (await get(id)).state === 'delivered', 90_000)
  await leader.page.getByRole('button', { name: 'Gửi lại' }).click()
  await said(leader.page, 'Đã xếp gửi lại.')
  const parcels = () => fs.readdirSync(path.join(outbox, 'tinh-mau')).filter(name => !name.startsWith('.')).sort()
  await until('the parcel to lie there', async () => parcels().length > 0)
  const parcel = JSON.parse(fs.readFileSync(path.join(outbox, 'tinh-mau', parcels()[0], 'parcel.json'), 'utf8'))
  assert.deepEqual(parcel.files.map(f => path.extname(f.name)).sort(), ['.docx', '.json', '.pdf', '.xlsx'])
  await until('it to be sent again', async () => (await staff.call('GET', `/v1/reports/${id}/deliveries`)).deliveries[0].attempts.length > 1, 90_000)
  const recipient = await leader.context.newPage()
  await recipient.goto(server.url + new URL(parcel.ackUrl).pathname)
  await recipient.getByRole('button').click()
  await until('the report to be acknowledged', async () => (await get(id)).state === 'acknowledged')
  await leader.page.reload()
  await leader.page.getByText('Nơi nhận đã xác nhận').first().waitFor()
  assert.deepEqual(await axe(leader.page), [])
  await screenshot(leader.page, 'office-acknowledged')
  await go(page, 'hom-nay')
  await page.getByRole('link', { name: /^Số 01\/BC-UBND: .* đã nhận/ }).waitFor()
  await screenshot(page, 'office-arrived')
  assert.deepEqual([...desk.errors, ...leader.errors], [])
})

test('after issue: a late gift is an addendum, another report is withdrawn and replaced, both are checked, and a closed period marks what comes later', async () => {
  const order = { unit: server.commune, template: 'ubnd' }
  const issue = async type => {
    const leader = await Staff.signIn(server, 'lanhdao')
    const r = await staff.call('POST', '/v1/reports', { ...order, type, year: 2026 })
    return await leader.call('POST', `/v1/reports/${r.id}/approve`, { version: r.version, name: 'Phạm Văn Mẫu', confirms: (r.warnings ?? []).map(w => w.code) })
  }
  const annual = await issue('annual'), half = await issue('firstHalf')
  const before = annual.content.figures.find(f => f.label === 'Suất quà đã trao').value
  await gift()
  const leader = await sitDown('lanhdao')
  const { page } = leader
  await go(page, `bao-cao/${annual.id}`)
  await page.getByRole('button', { name: 'Xem số liệu đến sau' }).click()
  const row = page.getByRole('row').filter({ hasText: 'Suất quà đã trao' }).first()
  await row.waitFor()
  assert.match(await row.innerText(), new RegExp(`${before}\\s+${before + 1} suất\\s+1\\s+0`))
  await screenshot(page, 'office-later')
  assert.deepEqual(await axe(page), [])
  await page.getByRole('button', { name: 'Lập báo cáo bổ sung' }).click()
  await page.waitForURL(url => !url.pathname.endsWith(annual.id))
  await page.getByRole('link', { name: 'Bổ sung cho ›' }).waitFor()
  const added = await get(new URL(page.url()).pathname.split('/bao-cao/')[1])
  assert.equal(added.addendumOf, annual.id)

  await go(page, `bao-cao/${annual.id}`)
  await page.getByRole('button', { name: 'Kiểm tra lại' }).click()
  await page.getByText('giống từng byte').first().waitFor()

  await go(page, `bao-cao/${half.id}`)
  await page.getByRole('button', { name: 'Thu hồi…' }).click()
  await page.getByRole('dialog').getByText('không dùng lại. Xã phải tự báo cho nơi đã nhận.').waitFor()
  assert.deepEqual(await axe(page), [])
  await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi', exact: true }).click()
  await page.getByText('Hãy ghi lý do thu hồi.').waitFor()
  await page.getByLabel('Lý do thu hồi').fill('Sai mẫu.')
  await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi', exact: true }).click()
  await said(page, 'Đã thu hồi.')
  await page.getByRole('button', { name: 'Kiểm tra lại' }).click()
  await page.getByText('giống từng byte').first().waitFor()
  await page.getByRole('button', { name: 'Lập báo cáo thay thế' }).click()
  await page.getByRole('link', { name: 'Thay thế ›' }).waitFor()
  assert.equal((await get(new URL(page.url()).pathname.split('/bao-cao/')[1])).replaces, half.id)

  await go(page, `bao-cao/${annual.id}`)
  await page.getByRole('button', { name: 'Chốt kỳ…' }).click()
  await page.getByText(/Mục ghi sau vẫn nhận, được đánh dấu/).waitFor()
  await screenshot(page, 'office-close')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('Control+Enter')
  await until('the period to be closed', async () => (await staff.call('GET', `/v1/periods?unit=${server.commune}`)).periods.find(p => p.type === 'annual' && p.template === 'ubnd' && p.to.startsWith('2026')).openIn.length === 0)
  // What a phone writes now is taken, and marked there and at the desk.
  const phone = await registerPhone(server.url, 'truongthon')
  await phone.page.evaluate(() => { location.hash = '/ghi/meeting' })
  await phone.page.getByLabel('Nơi tiếp xúc').fill('Nhà văn hóa, sau khi chốt')
  await phone.page.getByLabel('Quốc hội').check()
  await phone.page.getByRole('button', { name: 'Lưu vào máy', exact: true }).click()
  const written = async () => (await head.ofKind(village, 'meeting')).find(r => r.fields.place === 'Nhà văn hóa, sau khi chốt')
  await until('the meeting to arrive', async () => await written() !== undefined)
  await lineSays(phone.page, 'Đã gửi hết')
  await sendNow(phone.page)
  const { id: record } = await written()
  await phone.page.evaluate(path => { location.hash = path }, `/muc/${village}/${record}`)
  await phone.page.getByText('Ghi sau khi chốt kỳ').first().waitFor()
  await screenshot(phone.page, 'office-late-phone')
  const desk = await sitDown()
  await go(desk.page, `so?loai=meeting&muc=${village}/${record}`)
  await desk.page.locator('.tag').filter({ hasText: 'Ghi sau khi chốt kỳ' }).first().waitFor()
  assert.deepEqual([...leader.errors, ...desk.errors, ...phone.errors], [])
})

test('an admin of a commune has schedules of it in words; the logs show names and no ids', async () => {
  const browser = await sitDown('quantri')
  const { page } = browser
  await go(page, 'quan-tri/lich')
  await page.getByText('Lập báo cáo · Mặt trận · Năm · mọi xã').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Sửa Gửi báo cáo' }).count(), 0)
  await page.getByRole('button', { name: 'Thêm lịch' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Tên').fill('Báo cáo quý')
  await dialog.getByLabel(/^Mẫu/).selectOption({ label: 'Mặt trận' })
  await dialog.getByLabel('Loại báo cáo').selectOption({ label: 'Năm' })
  await dialog.getByLabel('Lặp lại').selectOption({ label: 'Hằng tháng' })
  await dialog.getByRole('spinbutton', { name: 'Ngày' }).fill('5')
  await dialog.getByLabel('Giờ').fill('6')
  await dialog.getByText('Nghĩa là: 6 giờ sáng ngày 5 hằng tháng').waitFor()
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'office-schedule')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã thêm lịch “Báo cáo quý”.')
  const row = page.getByRole('row').filter({ hasText: 'Báo cáo quý' })
  await row.getByText('Lập báo cáo · Mặt trận · Năm · Xã mẫu').waitFor()
  await row.getByRole('button', { name: 'Sửa Báo cáo quý' }).click()
  await dialog.getByRole('spinbutton', { name: 'Ngày' }).fill('6')
  await page.keyboard.press('Control+Enter')
  await row.getByText('6 giờ sáng ngày 6 hằng tháng').waitFor()
  await row.getByRole('button', { name: 'Xóa Báo cáo quý' }).click()
  await dialog.getByRole('button', { name: 'Xóa' }).click()
  await said(page, 'Đã xóa lịch “Báo cáo quý”.')
  await until('the row to go', async () => await row.count() === 0)

  const { items } = await staff.call('GET', `/v1/records?kind=household&unit=${village}`)
  await staff.call('GET', `/v1/records/${items[0].id}?unit=${village}`)
  for (const query of ['', '?loai=viec']) {
    await go(page, `quan-tri/nhat-ky${query}`)
    await page.getByRole('row').nth(1).waitFor()
    const text = await page.getByRole('table').innerText()
    assert.doesNotMatch(text, /[0-9a-f]{8}-[0-9a-f]{4}-|\b[urds]_[A-Za-z0-9]{10}|\bs-[a-z0-9]{10}|21124-/)
    assert.doesNotMatch(text, /Hồ Văn Mẫu|Đinh Thị Mẫu/, 'no personal value of a record')
    assert.deepEqual(await axe(page), [])
    await screenshot(page, `office-log${query ? '-admin' : ''}`)
  }
  await page.getByText('Báo cáo quý').first().waitFor()
  await go(page, 'quan-tri/nhat-ky')
  const opened = page.getByRole('row').filter({ hasText: 'Mở một mục' }).first()
  assert.match(await opened.innerText(), /Lê Cán Bộ Mẫu.*Hộ.*H00\d/s)
  assert.equal(await opened.locator(`[title="${items[0].id}"]`).count(), 1)
  assert.deepEqual(browser.errors, [])
})
