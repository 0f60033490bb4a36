// A household's life, a list that is taken from a sheet, and the charts, as the commune's staff use them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { Server } from '../server.mjs'
import { book, zip } from '../sheet.mjs'
import { newId, Staff } from '../staff.mjs'

let server, staff, homes, one, two

before(async () => {
  setup()
  server = await Server.start();
  [one, two] = server.villages
  staff = await Staff.signIn(server)
  homes = await staff.households(one, ['Hồ Văn Ba', 'Hộ mẫu 002', 'Hộ mẫu 003'])
  const campaign = await staff.campaign(one, { name: 'Quà Tết mẫu', from: '2025-12-01', onePerHousehold: false })
  const write = async (unit, kind, set, record = newId()) => { await staff.push(unit, [{ record, kind, action: 'edit', set }]); return record }
  await write(one, 'gift', { household: homes[0], campaign, date: '2025-12-20', quantity: 1, valueVnd: 300000 })
  await write(one, 'gift', { household: homes[0], date: '2026-02-01', quantity: 2, valueVnd: 600000 })
  await write(one, 'house', { household: homes[0], program: 'greatUnity', work: 'new', status: 'building', startedOn: '2026-03-01', sources: [{ name: 'Quỹ mẫu', amountVnd: 50000000, form: 'cash' }] })
  await write(two, 'reception', { date: '2026-04-01', citizenName: 'Hồ Văn Ba', type: 'regular', class: 'feedback', content: 'Nội dung mẫu' })
  await write(one, 'fund', { date: '2026-01-10', direction: 'in', amountVnd: 5000000, purpose: 'Ủng hộ mẫu' })
  await write(one, 'fund', { date: '2026-03-10', direction: 'out', amountVnd: 1500000, purpose: 'Chi mẫu' })
  await write(one, 'petition', { receivedOn: '2026-01-05', class: 'proposal', content: 'Nội dung mẫu', status: 'received' })
  await staff.push(one, [{ record: homes[0], kind: 'household', action: 'edit', set: { category: 'nearPoor', povertyStandard: '2026-2030', categoryFrom: '2026-01-01', categoryTo: '2026-12-31', nationalId: '051123456789', members: [{ name: 'Hồ Thị Mẫu', birthYear: 1990, relation: 'vợ' }] } }])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const sitDown = async username => await signInAtDesk(server, username)
const go = async (page, path) => { await goToDesk(server, page, path) }
const live = async unit => (await (await Staff.signIn(server)).ofKind(unit, 'household')).filter(r => r.state !== 'removed')
const gifts = async unit => (await staff.call('GET', `/v1/figures?unit=${unit}&from=2025-01-01&to=2026-12-31`)).figures.find(f => f.id === 'gifts').value

test('a household is found without marks, its history is shown, it moves, and what it received stays where it was', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, 'so?loai=household&q=ho+van+ba')
  await page.getByRole('button', { name: 'Hồ Văn Ba' }).click()
  await page.getByRole('link', { name: 'Xem cả quá trình của hộ' }).click()
  await page.getByRole('heading', { level: 1, name: 'Hồ Văn Ba' }).waitFor()
  await page.getByText('Hộ cận nghèo').waitFor()
  await page.getByText('từ 1/1/2026 đến 31/12/2026').waitFor()
  await page.getByText('Hộ nghèo', { exact: true }).waitFor() // what it was before
  await page.getByText('Hồ Thị Mẫu').waitFor()
  assert.equal(await page.getByText('051123456789').count(), 0)
  await page.getByRole('row', { name: /^Cộng 3 900\.000/ }).waitFor()
  await page.getByRole('link', { name: 'Nhà đại đoàn kết' }).waitFor()
  await page.getByRole('link', { name: '1/4/2026' }).waitFor() // the reception of the same name, in the other village
  await screenshot(page, 'desk-household')
  const [before1, before2] = [await gifts(one), await gifts(two)]

  await page.getByRole('button', { name: 'Chuyển thôn…' }).click()
  await page.getByRole('button', { name: 'Chuyển', exact: true }).click()
  await page.getByText('Hãy chọn thôn.').waitFor()
  await page.getByLabel('Chuyển sang thôn').selectOption({ label: 'Thôn mẫu 2' })
  await page.getByLabel('Từ ngày').fill('2026-06-01')
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã chuyển hộ Hồ Văn Ba sang Thôn mẫu 2.')
  await page.getByText('Không còn ở thôn từ 1/6/2026: chuyển sang Thôn mẫu 2').waitFor()
  const moved = (await live(two)).find(r => r.fields.headName === 'Hồ Văn Ba')
  assert.deepEqual(moved.fields.movedFrom, { unit: one, record: homes[0] })
  for (const [field, value] of Object.entries({ category: 'nearPoor', code: 'H001', nationalId: '051123456789', categoryTo: '2026-12-31' })) assert.equal(moved.fields[field], value)
  assert.equal(moved.fields.members.length, 1)
  assert.deepEqual([await gifts(one), await gifts(two)], [before1, before2])

  // The report tells them of the village where they were given, and what comes after the move of the other.
  const after = newId()
  await staff.push(two, [{ record: after, kind: 'gift', action: 'edit', set: { household: moved.id, date: '2026-07-01', quantity: 5, valueVnd: 500000 } }])
  const report = await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', type: 'annual', year: 2026 })
  const told = report.content.tables.find(t => t.id === 'units').rows.flatMap(r => r.cells)
  assert.deepEqual([one, two].map(unit => told.find(c => c.figure === `gifts@${unit}`)?.value), [3, 5])
  await staff.push(two, [{ record: after, kind: 'gift', action: 'remove' }])

  // Each side leads to the other, and the new one tells the gifts of the old.
  await page.getByRole('link', { name: 'Thôn mẫu 2', exact: true }).click()
  await page.getByText('Chuyển đến từ').waitFor()
  await page.getByRole('row', { name: /^Cộng 3 900\.000/ }).waitFor()
  await page.goBack()
  await page.getByText('Đã chuyển sang').waitFor()

  // Undone: nobody is in conflict with themselves.
  await undo(page)
  await said(page, 'Đã hoàn tác.')
  await page.getByRole('button', { name: 'Chuyển thôn…' }).waitFor()
  const back = (await live(one)).find(r => r.id === homes[0])
  assert.deepEqual([back.fields.leftOn ?? null, back.conflicts ?? []], [null, []])
  assert.equal((await live(two)).length, 0)
  assert.deepEqual(browser.errors, [])
})

test('households whose category ends soon are listed', async () => {
  const { page } = await sitDown()
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
  const late = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10)
  await staff.push(one, [{ record: homes[1], kind: 'household', action: 'edit', set: { categoryTo: soon } }, { record: homes[2], kind: 'household', action: 'edit', set: { categoryTo: late } }])
  await go(page, 'so?loai=household')
  await page.getByRole('link', { name: 'Sắp hết diện, nhập danh sách' }).click()
  const row = page.getByRole('row').filter({ hasText: 'Hộ mẫu 002' })
  await row.getByText(/còn (19|20|21) ngày/).waitFor()
  assert.equal(await page.getByText('Hộ mẫu 003').count(), 0)
  assert.deepEqual(await axe(page), [])
  await row.getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'Hộ mẫu 002' }).waitFor()
})

const list = ['DANH SÁCH HỘ', 'STT\tMã hộ\tHọ và tên chủ hộ\tĐối tượng\tSĐT\tThuộc diện đến ngày', '1\tH101\tHộ mẫu 101\tnghèo\t912345101\t31/12/2027', '2\tH102\tHộ mẫu 102\tcận nghèo\t\t', '3\tH103\tHộ mẫu 103\tgiàu\t\t', '4\tH104\tHỘ MẪU 101\tnghèo\t\t', '5\tH001\tHồ Văn Ba\tnghèo\t\t'].join('\n')

test('a list is pasted, checked, compared with the book, written once, and not doubled when it is pasted again', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, `nhap-ho?thon=${one}`)
  const before = (await live(one)).length
  await page.getByLabel(/Hoặc dán/).fill(list)
  await page.keyboard.press('Control+Enter')
  await said(page, '2 dòng đúng, 1 dòng sai, 2 nghi trùng')
  await page.getByText('Trùng với dòng 3').waitFor()
  await page.getByRole('link', { name: /Đã có: Hồ Văn Ba H001, Thôn mẫu 1/ }).waitFor()
  await page.getByRole('row').filter({ hasText: 'H103' }).getByText('“Diện”').waitFor()
  assert.equal((await live(one)).length, before, 'nothing is written before it is asked for')
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'desk-import')
  await page.getByRole('button', { name: 'Ghi 2 hộ' }).click()
  await said(page, 'Đã ghi 2 hộ.')
  const made = (await live(one)).filter(r => /^H10/.test(r.fields.code))
  assert.deepEqual(made.map(r => [r.fields.code, r.fields.headName, r.fields.category, r.fields.phone ?? '', r.fields.categoryTo ?? '']).sort(), [
    ['H101', 'Hộ mẫu 101', 'poor', '0912345101', '2027-12-31'], ['H102', 'Hộ mẫu 102', 'nearPoor', '', ''],
  ])
  // A suspected double is written where somebody says so.
  await page.getByLabel('Ghi: Dòng 6').check()
  await page.getByRole('button', { name: 'Ghi 1 hộ' }).click()
  await said(page, 'Đã ghi 3 hộ.')
  assert.equal((await live(one)).length, before + 3)

  await page.getByRole('button', { name: 'Nhập danh sách khác' }).click()
  await page.getByLabel(/Hoặc dán/).fill(list)
  await page.getByRole('button', { name: 'Đọc danh sách' }).click()
  await said(page, '0 dòng đúng, 1 dòng sai, 4 nghi trùng')
  await page.getByText('Không có dòng nào để ghi.').waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a list in the code of an old font is read as Unicode, and one of an unknown code is refused in words', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, `nhap-ho?thon=${one}`)
  await page.getByLabel(/Hoặc dán/).fill('Hä vµ tªn chñ hé\tM· hé\tDiÖn\nNguyÔn V¨n MÉu\tT001\tHé nghÌo\n§inh ThÞ MÉu\tT002\tHé cËn nghÌo\n')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Danh sách dùng bảng mã cũ TCVN3 (ABC), đã được chuyển sang Unicode. Xem lại tên trước khi ghi.')
  await page.getByRole('row').filter({ hasText: 'T002' }).getByText('Đinh Thị Mẫu').waitFor()
  await page.getByRole('row').filter({ hasText: 'T001' }).getByText('Hộ nghèo').waitFor()
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'desk-import-tcvn3')
  await page.getByRole('button', { name: 'Nhập danh sách khác' }).click()
  await page.getByLabel(/Hoặc dán/).fill('Họ tên\tMã hộ\tDiện\nNguy¼n V¿n M¾u\tT003\tH¼ ngh½o\nÞinh Th¾ H¼ng\tT004\tH¼ ngh½o\n')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('alert').filter({ hasText: 'không phải Unicode, TCVN3 hay VNI' }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('a list without heads is matched by hand, and written without a network it arrives once', async () => {
  const { page, context } = await sitDown()
  await go(page, `nhap-ho?thon=${two}`)
  await page.locator('#file').setInputFiles({ name: 'ho.csv', mimeType: 'text/csv', buffer: Buffer.from(Array.from({ length: 600 }, (_, i) => `T2-${i},Hộ thử ${String.fromCharCode(65 + i % 26)} ${i}`).join('\n')) })
  await page.getByText('Không thấy dòng tiêu đề').waitFor()
  await page.getByLabel('Cột 1').selectOption({ label: 'Mã hộ' })
  await page.getByLabel('Cột 2').selectOption({ label: 'Họ tên chủ hộ' })
  await said(page, '0 dòng đúng, 600 dòng sai')
  await page.getByLabel('Diện của mọi dòng').selectOption({ label: 'Hộ nghèo' })
  await said(page, '600 dòng đúng, 0 dòng sai')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Ghi 600 hộ' }).click()
  await said(page, 'Đã giữ 600 hộ trong máy này')
  await context.setOffline(false)
  await until('the households to arrive', async () => (await live(two)).length >= 600, 60_000)
  await page.waitForTimeout(500)
  assert.equal((await live(two)).length, 600)
  await until('the rows to say so', async () => await page.getByText('Đã giữ trong máy này, sẽ gửi khi có kết nối').count() === 0)
})

test('an .xlsx file is read, and one that is none is refused with a reason', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, `nhap-ho?thon=${one}`)
  await page.locator('#file').setInputFiles({ name: 'ho.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0]) })
  await page.getByRole('alert').filter({ hasText: 'Tệp Excel đời cũ' }).waitFor()
  const row = cells => `<row>${cells.map(c => `<c t="inlineStr"><is><t>${c}</t></is></c>`).join('')}<c s="1"><v>46022</v></c></row>`
  const sheet = `<worksheet><sheetData><row><c t="inlineStr"><is><t>Chủ hộ</t></is></c><c t="inlineStr"><is><t>Diện</t></is></c><c t="inlineStr"><is><t>Từ ngày</t></is></c></row>${row(['Hộ mẫu 201', 'Người có công'])}</sheetData></worksheet>`
  await page.locator('#file').setInputFiles({ name: 'ho.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from(zip({ ...book, 'xl/worksheets/sheet2.xml': sheet })) })
  await said(page, '1 dòng đúng, 0 dòng sai, 0 nghi trùng')
  await page.getByRole('row', { name: /Hộ mẫu 201 Người có công 31\/12\/2025/ }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('charts tell the period and the unit of the address, and a bar opens its records', async () => {
  const browser = await sitDown()
  const { page } = browser
  await go(page, `so-lieu?tu=2025-01-01&den=2026-10-31&thon=${one}`)
  // What was returned is in no number, and not among the records behind one.
  const returned = newId()
  await staff.push(one, [{ record: returned, kind: 'gift', action: 'edit', set: { household: homes[1], date: '2026-02-02', quantity: 9, valueVnd: 900000 } }])
  await staff.push(one, [{ record: returned, kind: 'gift', action: 'review', state: 'returned', note: 'Ghi nhầm.' }])
  await page.reload()
  const chart = page.getByRole('img', { name: /^Suất quà đã trao, 2025–2026/ })
  await chart.waitFor()
  assert.match(await chart.getAttribute('aria-label'), /tính đến 31\/10\/2026: tổng cộng 3 suất, nhiều nhất 2026: 2 suất$/)
  await page.getByRole('img', { name: /Tồn Quỹ .* cuối kỳ còn 3\.500\.000 đồng$/ }).waitFor()
  await page.getByRole('img', { name: /^Đơn đã tiếp nhận.*1 quá hạn$/ }).waitFor()
  await page.getByRole('row', { name: '2025 1 300.000' }).waitFor()
  await page.getByRole('row', { name: '3/2026 3.500.000 -1.500.000' }).waitFor()
  assert.deepEqual(await axe(page), [])
  await screenshot(page, 'desk-charts')
  assert.ok((await page.pdf({ format: 'A4' })).length > 10_000)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Tải Excel', exact: true }).click()])
  assert.equal(file.suggestedFilename(), 'so-lieu-2025-01-01-2026-10-31.xlsx')
  assert.equal(fs.readFileSync(await file.path()).subarray(0, 2).toString(), 'PK')
  await chart.locator('[data-key="2026"]').click()
  await page.waitForURL(/\/desk\/so\?.*loai=gift/)
  const query = new URL(page.url()).searchParams
  assert.deepEqual(['thon', 'loai', 'tu', 'den'].map(k => query.get(k)), [one, 'gift', '2026-01-01', '2026-10-31'])
  await page.getByText('1 mục · 2 suất · 600.000 đồng').waitFor()
  assert.equal(await page.getByLabel('Tình trạng').inputValue(), 'tinh')
  await page.goBack()
  // The red part of a bar, and the number beside it, open the petitions that were late; the green part the others.
  const petitions = page.getByRole('img', { name: /^Đơn đã tiếp nhận/ })
  await petitions.locator('[data-part="1"]').first().click()
  await page.waitForURL(/loai=petition/)
  assert.equal(new URL(page.url()).searchParams.get('han'), 'missed')
  await page.getByText('1 / 1 mục').waitFor()
  assert.equal(await page.getByLabel('Hạn', { exact: true }).inputValue(), 'missed')
  await page.goBack()
  await page.getByRole('link', { name: /quá hạn: 1$/ }).click()
  await page.waitForURL(/han=missed/)
  await page.goBack()
  const [single] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Tải Excel: Đơn đã tiếp nhận/ }).click()])
  assert.equal(single.suggestedFilename(), 'so-lieu-2025-01-01-2026-10-31-petitions-status.xlsx')
  await page.evaluate(() => { window.print = () => { window.printed = [...document.querySelectorAll('section')].filter(s => !s.classList.contains('aside')).length } })
  await page.getByRole('button', { name: /^In: Suất quà đã trao/ }).click()
  await until('one chart to be printed', async () => await page.evaluate(() => window.printed) === 1)
  await page.evaluate(() => { window.dispatchEvent(new Event('afterprint')) })
  await page.getByRole('link', { name: '1/2026' }).click()
  await page.waitForURL(/loai=fund/)
  await page.goBack()
  await page.getByLabel('Đơn vị').selectOption({ label: 'Thôn mẫu 2' })
  await page.getByText('Trong kỳ này chưa có gì.').first().waitFor()
  assert.match(page.url(), new RegExp(`thon=${two}`))
  await page.getByLabel('Từ ngày').fill('1980-01-01')
  await page.getByRole('alert').filter({ hasText: 'không quá 30 năm' }).waitFor()
  assert.deepEqual(browser.errors, [])
})

test('an auditor has the numbers, and no way to the records', async () => {
  const { page } = await sitDown('kiemtoan')
  await go(page, 'so-lieu?tu=2025-01-01&den=2026-10-31')
  await page.getByRole('row', { name: '2025 1 300.000' }).waitFor()
  assert.equal(await page.getByRole('table').getByRole('link').count(), 0)
  await go(page, `ho/${one}/${homes[0]}`)
  assert.equal(await page.getByText('Hồ Văn Ba').count(), 0)
})

test('nothing bars people who use a keyboard or a screen reader', async () => {
  const browser = await sitDown()
  for (const path of [`ho/${one}/${homes[0]}`, 'ho', 'nhap-ho', 'so-lieu', `ho/${one}/${newId()}`]) {
    await go(browser.page, path)
    await browser.page.waitForTimeout(900)
    assert.deepEqual(await axe(browser.page), [], path)
  }
  assert.deepEqual(browser.errors, [])
})
