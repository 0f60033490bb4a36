// A campaign from the commune's desk to two phones and back: quotas, progress, who has nothing yet, the list to sign.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, Browser, closeAll } from '../browser.mjs'
import { signInAtDesk } from '../desk.mjs'
import { Server, password } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, third

before(async () => {
  setup()
  server = await Server.start()
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  server.user('thon2', 'Hoàng Văn Mẫu', 'collector', server.villages[1])
  third = server.unit('-code', '21124-03', '-name', 'Thôn mẫu 3', '-valid-from', '2025-07-01', '-parent', server.commune)
  server.user('thon3', 'Đặng Thị Mẫu', 'collector', third)
  const household = (n, category, more = {}) => ({ record: newId(), kind: 'household', action: 'edit', set: { headName: `Hộ mẫu ${n}`, code: `H${n}`, category, ...more } })
  const staff = await Staff.signIn(server)
  await staff.push(server.villages[0], [household('101', 'poor'), household('102', 'nearPoor'), household('103', 'poor'), household('104', 'merit'), household('105', 'poor', { leftOn: '2026-01-05' }), household('106', 'poor')])
  await staff.push(server.villages[1], [household('201', 'poor'), household('202', 'poor')])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const sitDown = async username => await signInAtDesk(server, username)

/** A phone that has the whole book. */
async function phone (username) {
  const browser = await Browser.open()
  const { page } = browser
  const button = name => page.getByRole('button', { name, exact: true })
  await page.goto(`${server.url}/m/`)
  await button('Dùng tên đăng nhập và mật khẩu').click()
  await page.getByLabel('Tên đăng nhập').fill(username)
  await page.getByLabel('Mật khẩu').fill(password)
  await button('Đăng ký máy này').click()
  await button('Bỏ qua').click()
  await page.getByText('Ghi được rồi').waitFor()
  await button('Vào sổ').click()
  return browser
}

/** Hands out to households of a campaign; returns whom the phone names as without a gift. */
async function handOut (page, campaign, names) {
  await page.evaluate(path => { location.hash = path }, `/trao/${campaign}`)
  await page.getByRole('button', { name: 'Bắt đầu', exact: true }).click()
  for (const name of names) {
    await page.getByRole('button', { name }).first().click()
    await page.getByRole('button', { name: 'Hoàn tác' }).first().waitFor()
  }
  await page.getByRole('button', { name: 'Xong', exact: true }).click()
  await page.getByText(`Đã lưu ${names.length} suất quà`).waitFor()
  return await page.locator('.plain strong').allTextContents()
}

test('a campaign is made with quotas, handed out on two phones, and the desk lists the same households as the phones', async () => {
  const browser = await sitDown()
  const { page } = browser
  await page.goto(`${server.url}/desk/dot-qua`)
  await page.getByText('Chưa có đợt nào.').waitFor()
  await page.getByRole('button', { name: 'Lập đợt mới' }).click()
  await page.keyboard.press('Control+Enter')
  await page.getByText('“Tên đợt”').first().waitFor()
  assert.deepEqual(await axe(page), [], 'the form with a fault')
  await page.getByLabel('Tên đợt').fill('Quà Tết mẫu')
  await page.getByLabel('Đơn vị ủng hộ').fill('Đơn vị mẫu')
  await page.getByLabel('Mỗi hộ chỉ nhận một lần').check()
  await page.getByRole('textbox', { name: 'Trị giá mỗi suất' }).fill('300000')
  await page.getByText('ba trăm nghìn đồng').waitFor()
  await page.getByLabel('Hộ nghèo').check()
  await page.getByLabel('Hộ cận nghèo').check()
  await page.getByLabel('Chỉ tiêu của Thôn mẫu 1').fill('ba')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Chỉ tiêu của Thôn mẫu 1 chỉ gồm chữ số').waitFor()
  await page.getByLabel('Chỉ tiêu của Thôn mẫu 1').fill('4')
  await page.getByLabel('Chỉ tiêu của Thôn mẫu 2').fill('1')
  await page.getByText('Cộng 5 suất').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Đã lập đợt.').waitFor()
  await page.getByRole('heading', { name: 'Quà Tết mẫu' }).waitFor()
  await page.getByText('Mỗi hộ · 1 suất · 300.000 đồng · mỗi hộ một lần · Diện: Hộ nghèo, Hộ cận nghèo').waitFor()
  const campaign = new URL(page.url()).pathname.split('/dot-qua/')[1]
  const row = name => page.getByRole('row').filter({ hasText: name })
  await row('Thôn mẫu 1').getByText('0/4 hộ').waitFor()
  await page.getByText('Thôn mẫu 3 chưa gửi lần nào: số có thể chưa đủ.').waitFor()
  assert.equal(await page.getByText('Thôn mẫu 9').count(), 0)

  const first = await phone('truongthon')
  const missing1 = await handOut(first.page, campaign, ['Hộ mẫu 101', 'Hộ mẫu 103'])
  const second = await phone('thon2')
  const missing2 = await handOut(second.page, campaign, ['Hộ mẫu 202'])
  await row('Thôn mẫu 1').getByText('2/4 hộ').waitFor() // nobody has touched the desk
  await row('Thôn mẫu 2').getByText('1/2 hộ').waitFor()
  assert.match(await row('Thôn mẫu 1').innerText(), /2\/4 hộ · 2\/4 suất · cập nhật \d\d:\d\d\s+600\.000 đồng\s+2 hộ chưa nhận/)
  assert.match(await row('Cả xã').innerText(), /3\/6 hộ · 3\/5 suất\s+900\.000 đồng\s+3 hộ chưa nhận/)

  const listed = async () => await page.locator('.missing tbody a').allTextContents()
  await row('Thôn mẫu 1').getByRole('button', { name: '2 hộ chưa nhận' }).click()
  await page.getByRole('heading', { name: 'Chưa nhận: Thôn mẫu 1' }).waitFor()
  assert.deepEqual((await listed()).sort(), missing1.sort())
  assert.deepEqual((await listed()).sort(), ['Hộ mẫu 102', 'Hộ mẫu 106'])
  assert.deepEqual(await axe(page), [], 'with the list')
  await row('Thôn mẫu 2').getByRole('button', { name: '1 hộ chưa nhận' }).click()
  await page.getByRole('heading', { name: 'Chưa nhận: Thôn mẫu 2' }).waitFor()
  assert.deepEqual(await listed(), missing2)
  await page.reload()
  await page.getByRole('heading', { name: 'Chưa nhận: Thôn mẫu 2' }).waitFor()

  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
  await page.emulateMedia({ media: 'print' })
  const shown = await page.locator('body').innerText()
  for (const text of ['DANH SÁCH KÝ NHẬN QUÀ', 'Xã mẫu · Thôn mẫu 2', 'Quà Tết mẫu · Nguồn: Đơn vị mẫu', 'Hộ mẫu 201', 'Ký nhận', '300.000', 'Trưởng ban công tác Mặt trận', ', Lê Cán Bộ Mẫu']) assert.ok(shown.includes(text), text)
  for (const text of ['Hộ mẫu 202', 'Tiến độ', 'Sửa đợt']) assert.ok(!shown.includes(text), text)
  const [, width, height] = /MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/.exec((await page.pdf({ preferCSSPageSize: true })).toString('latin1'))
  assert.deepEqual([Math.round(width), Math.round(height)], [595, 842], 'A4 upright')
  await page.emulateMedia({ media: 'screen' })

  await row('Thôn mẫu 2').getByRole('link', { name: '1/2 hộ' }).click()
  await page.getByRole('button', { name: 'Hộ mẫu 202' }).waitFor() // the number opens what it is made of
  assert.deepEqual(browser.errors, [])
})

test('a quota that changes is kept; who signs sees the progress and changes nothing', async () => {
  const browser = await sitDown()
  const { page } = browser
  await page.goto(`${server.url}/desk/dot-qua`)
  await page.getByText('3/5 suất').waitFor()
  assert.match(await page.getByRole('row').filter({ hasText: 'Quà Tết mẫu' }).innerText(), /900\.000 đồng\s+1\/2 thôn/)
  assert.deepEqual(await axe(page), [], 'the list')
  await page.getByRole('link', { name: 'Quà Tết mẫu' }).click()
  await page.getByRole('button', { name: 'Sửa đợt' }).click()
  assert.equal(await page.getByLabel('Chỉ tiêu của Thôn mẫu 1').inputValue(), '4')
  await page.getByLabel('Chỉ tiêu của Thôn mẫu 1').fill('2')
  await page.getByLabel('Chỉ tiêu của Thôn mẫu 3').fill('7')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Đã lưu đợt.').waitFor()
  await page.getByRole('row').filter({ hasText: 'Thôn mẫu 1' }).getByText('2/2 suất').waitFor()
  await page.getByRole('row').filter({ hasText: 'Thôn mẫu 3' }).getByText('0/7 suất').waitFor()
  const [record] = await (await Staff.signIn(server)).ofKind(server.commune, 'campaign')
  assert.deepEqual(record.fields.quotas.map(q => q.quantity), [2, 1, 7])
  assert.equal(record.fields.name, 'Quà Tết mẫu')
  await closeAll()

  const leader = await sitDown('lanhdao')
  await leader.page.goto(`${server.url}/desk/dot-qua`)
  await leader.page.getByText('3/10 suất').waitFor()
  assert.equal(await leader.page.getByRole('button', { name: 'Lập đợt mới' }).count(), 0)
  await leader.page.getByRole('link', { name: 'Quà Tết mẫu' }).click()
  await leader.page.getByText('2/4 hộ').waitFor()
  assert.equal(await leader.page.getByRole('button', { name: 'Sửa đợt' }).count(), 0)
  assert.deepEqual(await axe(leader.page), [], 'as the leader')
  assert.deepEqual([...browser.errors, ...leader.errors], [])
})
