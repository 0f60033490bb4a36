// What a conflict tells before it is settled: what was there, what differs in long texts, photos, and which numbers hang on
// it; and a period that one closed and another opened.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, village, staff, head, front, homes

before(async () => {
  setup()
  server = await Server.start();
  [village] = server.villages
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  staff = await Staff.signIn(server)
  head = await Staff.signIn(server, 'truongthon')
  front = await Staff.signIn(server, 'mattran')
  homes = await head.households(village, ['Hộ mẫu 001', 'Hộ mẫu 002'])
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

/** Writes a field of a record as two people who have seen the same, and nothing of each other. */
async function differ (record, kind, field, values) {
  const base = (await head.pull(village)).seq
  for (const [who, value] of [[head, values[0]], [front, values[1]]]) await who.push(village, [{ record, kind, action: 'edit', base, set: { [field]: value } }])
}
async function gift (set) {
  const record = newId()
  await head.push(village, [{ record, kind: 'gift', action: 'edit', set: { household: homes[0], date: '2026-02-01', quantity: 1, valueVnd: 300000, ...set } }])
  return record
}
const now = async (kind, id) => (await head.ofKind(village, kind)).find(r => r.id === id)
/** Chooses a value, and waits until the item has left. */
async function choose (page, key, text) {
  await page.keyboard.press(key)
  await page.keyboard.press('Control+Enter')
  await said(page, text)
}

test('a conflict tells what was there before and when it was approved, and that neither knew of the other', async () => {
  const id = await gift({})
  await staff.push(village, [{ record: id, kind: 'gift', action: 'review', state: 'approved' }])
  await differ(id, 'gift', 'quantity', [2, 3])
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'mau-thuan')
  await page.getByText(/^Trước đó: 1 suất \(đã duyệt \d+\/\d+\/\d+\)$/).waitFor()
  assert.equal(await page.getByText('chưa thấy bản kia').count(), 2)
  await screenshot(page, 'desk-conflict-before')
  assert.deepEqual(await axe(page), [])
  await choose(page, '2', 'Đã thống nhất: Số suất')
  assert.equal((await now('gift', id)).fields.quantity, 3)
  await page.getByText('Không có mâu thuẫn nào.').waitFor()
  assert.deepEqual(browser.errors, [])
})

test('long texts are told apart word by word', async () => {
  const id = await gift({ items: 'Gạo 10 kg' })
  await differ(id, 'gift', 'items', ['Gạo 10 kg, dầu ăn 1 lít, trao tại nhà', 'Gạo 15 kg, dầu ăn 1 lít, trao tại nhà văn hóa'])
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'mau-thuan')
  const marks = async n => await page.locator('.card').nth(n).locator('mark').allInnerTexts()
  await page.locator('.card mark').first().waitFor()
  assert.deepEqual([...await marks(0), '|', ...await marks(1)].map(t => t.trim()), ['10', '|', '15', 'văn hóa'])
  await page.getByText('Trước đó: Gạo 10 kg').waitFor()
  await screenshot(page, 'desk-conflict-words')
  assert.deepEqual(await axe(page), [])
  await choose(page, '1', 'Đã thống nhất')
  assert.deepEqual(browser.errors, [])
})

test('photos stand side by side as pictures', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  const picture = async hue => Buffer.from(await page.evaluate(hue => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 240, height: 160 })
    const g = canvas.getContext('2d')
    for (let i = 0; i < 240; i++) { g.fillStyle = `hsl(${hue + i / 4}deg 70% 50%)`; g.fillRect(i, 0, 1, 160) }
    return canvas.toDataURL('image/jpeg').split(',')[1]
  }, hue), 'base64')
  const id = await gift({})
  const [red, blue] = [await picture(0), await picture(200)]
  const hashes = [await head.photo(village, red), await front.photo(village, blue)]
  await differ(id, 'gift', 'photos', hashes.map(h => [h]))
  await goToDesk(server, page, 'mau-thuan')
  await until('two pictures', async () => await page.locator('.card.photos img').count() === 2)
  await screenshot(page, 'desk-conflict-photos')
  assert.deepEqual(await axe(page), [])
  await choose(page, '2', 'Đã thống nhất: Ảnh trao quà = 1 ảnh')
  assert.deepEqual((await now('gift', id)).fields.photos, [hashes[1]])
  assert.deepEqual(browser.errors, [])
})

test('the queue can be narrowed to what touches the numbers of a report in the making, which it names', async () => {
  const inside = await gift({ date: '2026-03-01' }), outside = await gift({ household: homes[1], date: '2019-03-01' })
  for (const id of [inside, outside]) await differ(id, 'gift', 'quantity', [5, 6])
  const report = await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', type: 'annual', year: 2026 })
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, `bao-cao/${report.id}?buoc=so-lieu`)
  await page.getByText('(*) Còn ý kiến khác nhau, số có thể đổi.').waitFor()
  await screenshot(page, 'report-touched')
  await page.getByRole('listitem').filter({ hasText: /khác nhau|mâu thuẫn/ }).getByRole('link').first().click()
  await page.getByLabel('Ảnh hưởng số liệu báo cáo đang lập').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('so-lieu'), '1', 'of the conflicts those that touch the numbers')
  await goToDesk(server, page, 'mau-thuan')
  const items = page.locator('main .list button')
  await until('both to be there', async () => await items.count() === 2)
  await page.getByLabel('Ảnh hưởng số liệu báo cáo đang lập').check()
  await until('one to be left', async () => await items.count() === 1)
  assert.match(await items.first().innerText(), /Hộ mẫu 001/)
  await page.getByText(/^Số liệu bị ảnh hưởng: .*Suất quà/).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('so-lieu'), '1')
  await screenshot(page, 'desk-conflict-figures')
  assert.deepEqual(await axe(page), [])
  // Of many reports it looks at the last ones, and says so.
  assert.equal(await page.getByText(/^Chỉ xét/).count(), 0)
  for (const [template, type] of [['mttq', 'annual'], ...['firstHalf', 'secondHalf'].flatMap(type => ['ubnd', 'mttq'].map(template => [template, type]))]) await staff.call('POST', '/v1/reports', { unit: server.commune, template, type, year: 2026 })
  await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', type: 'annual', year: 2025 })
  await page.reload()
  await page.getByText('Chỉ xét 6 trong 7 báo cáo đang lập, sửa gần nhất.').waitFor()
  await until('one to be left again', async () => await items.count() === 1)
  await screenshot(page, 'desk-conflict-figures-cut')
  for (let left = 2; left > 0; left--) {
    await goToDesk(server, page, 'mau-thuan')
    await page.locator('main .card').first().waitFor()
    await choose(page, '1', 'Đã thống nhất')
  }
  assert.deepEqual(browser.errors, [])
})

test('a period that one closed and another opened shows in Báo cáo, and is settled', async () => {
  const list = async () => (await staff.call('GET', `/v1/periods?unit=${server.commune}`)).periods
  const half = (await list()).find(p => p.type === 'secondHalf' && p.template === 'ubnd')
  const days = `${half.from}/${half.to}`
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'bao-cao')
  const card = page.getByRole('listitem').filter({ hasText: half.name }).filter({ hasText: 'Ủy ban nhân dân' })
  await card.getByRole('button', { name: /^Chốt kỳ/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Chốt kỳ' }).click()
  await said(page, 'Đã chốt')
  await card.getByText('đã chốt kỳ').waitFor()
  // The leader did not know of it.
  const leader = await Staff.signIn(server, 'lanhdao')
  const record = (await staff.ofKind(village, 'period')).find(r => r.fields.period === days).id
  await leader.push(village, [{ record, kind: 'period', action: 'reopen', base: 0, period: days }])
  await page.reload()
  await card.getByText('1 sổ có người chốt, có người mở lại').waitFor()
  await card.getByText('Từng sổ').click()
  await card.getByText('có người chốt, có người mở lại', { exact: true }).waitFor()
  await screenshot(page, 'desk-periods')
  assert.deepEqual(await axe(page), [])
  await card.getByRole('link', { name: 'Giải quyết' }).click()
  await page.getByText(/Kỳ báo cáo · \d+\/\d+\/\d+ – \d+\/\d+\/\d+ · Thôn mẫu 1/).first().waitFor()
  await page.locator('.card').filter({ hasText: 'Lê Cán Bộ Mẫu' }).getByText('Đã chốt').waitFor()
  await page.locator('.card').filter({ hasText: 'Phạm Văn Mẫu' }).getByText('Chưa chốt').waitFor()
  await screenshot(page, 'desk-conflict-period')
  assert.deepEqual(await axe(page), [], 'its conflict')
  await page.locator('.card').filter({ hasText: 'Phạm Văn Mẫu' }).click()
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã thống nhất: Kỳ đã chốt = Chưa chốt')
  const settled = (await list()).find(p => p.type === half.type && p.template === half.template && p.from === half.from)
  assert.deepEqual(settled.openIn.map(u => [u.unit, u.disputed ?? false]), [[village, false]])
  await goToDesk(server, page, 'bao-cao')
  await card.getByText('Từng sổ').click()
  await card.getByText(/Thôn mẫu 1: đã mở lại/).waitFor()
  await card.getByText(/Thôn mẫu 2: đã chốt/).waitFor()
  assert.deepEqual(browser.errors, [])
})
