// What the office does in a morning, each from its beginning to its end, as staff do it: most of it by the keyboard alone.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { Server } from '../server.mjs'
import { rowsOf } from '../workbook.mjs'
import { newId, Staff } from '../staff.mjs'

let server, one, two, head, front, other
const photo = 'ab'.repeat(32)

before(async () => {
  setup()
  server = await Server.start();
  [one, two] = server.villages
  server.user('thon2', 'Hoàng Văn Mẫu', 'collector', two)
  head = await Staff.signIn(server, 'truongthon')
  front = await Staff.signIn(server, 'mattran')
  other = await Staff.signIn(server, 'thon2')
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

const household = (headName, set = {}) => ({ record: newId(), kind: 'household', action: 'edit', base: 0, set: { headName, code: `H${Math.floor(Math.random() * 1e6)}`, category: 'poor', ...set } })
const ofKind = async (unit, kind) => await (await Staff.signIn(server)).ofKind(unit, kind)
const heading = async page => await page.getByRole('heading', { level: 1 }).innerText()

async function tabTo (page, name) {
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate(() => document.activeElement?.textContent?.trim()) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${name}`)
}

test('of three conflicts one is chosen, one gets a third value, of one the village is asked; a value that comes meanwhile asks again', async () => {
  const gifts = [newId(), newId(), newId()]
  const homes = [household('Hộ mẫu 011'), household('Hộ mẫu 012'), household('Hộ mẫu 013')]
  await head.push(one, homes)
  for (const [i, record] of gifts.entries()) {
    const told = quantity => ({ record, kind: 'gift', action: 'edit', base: 0, set: { household: homes[i].record, date: '2026-02-01', quantity, valueVnd: 300000 } })
    await head.push(one, [told(1)])
    await front.push(one, [told(2)])
  }
  const browser = await signInAtDesk(server)
  const { page } = browser
  const gift = async id => (await ofKind(one, 'gift')).find(r => r.id === id)
  await page.keyboard.press('Alt+3')
  await page.getByRole('heading', { level: 1, name: 'Mâu thuẫn (3)' }).waitFor()
  await page.keyboard.press('1')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã thống nhất: Số suất')
  await until('two to be left', async () => (await heading(page)).includes('(2)'))
  await page.keyboard.press('k')
  await page.locator('.other #f-quantity:focus').waitFor()
  await page.keyboard.type('5')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã thống nhất: Số suất = 5')
  await until('one to be left', async () => (await heading(page)).includes('(1)'))
  const third = (await ofKind(one, 'gift')).find(r => r.conflicts?.length > 0).id
  const settled = (await ofKind(one, 'gift')).find(r => r.fields.quantity === 5).id
  await tabTo(page, 'Hỏi lại thôn')
  await page.keyboard.press('Enter')
  await page.getByLabel('Câu hỏi').waitFor()
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã hỏi lại thôn.')
  assert.match((await gift(third)).comments.at(-1).text, /Số suất/)

  await undo(page) // a question is not taken back: the last choice is
  await said(page, 'Đã hoàn tác.')
  await until('the choice to be gone', async () => (await gift(settled)).fields.quantity !== 5)

  await page.getByText('đang hỏi').waitFor()
  await page.keyboard.press('1')
  await page.locator('.card[aria-pressed="true"]').waitFor()
  await head.push(one, [{ record: third, kind: 'gift', action: 'edit', base: 0, set: { quantity: 4 } }])
  await page.getByText('Có giá trị mới, cần chọn lại.').waitFor()
  await page.locator('.card', { hasText: 'mới' }).first().waitFor()
  assert.equal(await page.locator('.card[aria-pressed="true"]').count(), 0, 'the choice is asked for again')
  await screenshot(page, 'conflict-fresh')
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(browser.errors, [])
})

test('of two suspected pairs, one in a village and one across two, one is linked and one marked as different; both come back by undoing', async () => {
  await head.push(one, [household('Đinh Thị Mẫu', { phone: '0900000021' }), household('Đinh Thị Mẫu', { phone: '0900000021' }), household('Lò Văn Mẫu', { phone: '0900000022' })])
  await other.push(two, [household('Lò Văn Mẫu', { phone: '0900000022' })])
  const browser = await signInAtDesk(server)
  const { page } = browser
  const count = async n => { await until(`${n} pairs`, async () => await heading(page) === (n ? `Nghi trùng (${n})` : 'Nghi trùng (0)')) }
  await page.keyboard.press('Alt+4')
  await count(2)
  const decide = async () => { // the pair in one village is linked, the other marked as different
    const across = await page.getByRole('columnheader', { name: 'Thôn mẫu 2' }).count() > 0
    await page.keyboard.press(across ? 'k' : 'ArrowRight')
    await said(page, across ? 'Đã ghi nhận: không trùng' : 'Đã đánh dấu bản trùng')
    return across
  }
  const first = await decide()
  await count(1)
  assert.notEqual(await decide(), first)
  await page.getByText('Không có cặp nào nghi trùng.').waitFor()
  const copies = async () => [...await ofKind(one, 'household'), ...await ofKind(two, 'household')].filter(r => r.state === 'duplicate').length
  assert.equal(await copies(), 1)
  await undo(page)
  await count(1)
  await undo(page)
  await count(2)
  assert.equal(await copies(), 0)
  await decide()
  await count(1)
  await decide()
  await page.getByText('Không có cặp nào nghi trùng.').waitFor()
  await page.reload()
  await page.getByText('Không có cặp nào nghi trùng.').waitFor()
  const names = (await ofKind(one, 'household')).filter(r => r.fields.headName === 'Lò Văn Mẫu')
  await head.push(one, [{ record: names[0].id, kind: 'household', action: 'edit', set: { categoryFrom: '2026-01-01' } }])
  await page.reload()
  await page.getByText('Không có cặp nào nghi trùng.').waitFor() // also after one of them was written again
  assert.deepEqual(browser.errors, [])
})

test('ten decisions without a network outlive the browser, and arrive once', async () => {
  await head.push(one, Array.from({ length: 10 }, (_, i) => household(`Hộ tối ${String(i + 1).padStart(2, '0')}`)))
  const browser = await signInAtDesk(server)
  await goToDesk(server, browser.page, 'so?loai=household&sap=name&q=ho+toi')
  await browser.page.getByRole('button', { name: 'Hộ tối 10' }).waitFor()
  await browser.page.keyboard.press('Home')
  await browser.page.getByRole('tab', { name: 'Nội dung' }).waitFor()
  await browser.context.setOffline(true)
  for (let i = 1; i <= 10; i++) {
    await browser.page.keyboard.press('d')
    await until(`decision ${i} to be kept`, async () => (await browser.page.locator('header .line').innerText()).includes(`${i} quyết định chờ gửi`))
  }
  const reviews = async () => {
    const staff = await Staff.signIn(server)
    const mine = (await staff.ofKind(one, 'household')).filter(r => r.fields.headName.startsWith('Hộ tối'))
    const histories = await Promise.all(mine.map(async r => (await staff.call('GET', `/v1/records/${r.id}?unit=${one}`)).history))
    return histories.map(h => h.filter(e => e.changes.some(c => c.field === '_review')).length)
  }
  assert.deepEqual(await reviews(), Array(10).fill(0))
  await browser.kill()
  await browser.restart()
  await browser.page.goto(`${server.url}/desk/`)
  await browser.page.getByRole('navigation', { name: 'Sổ Thôn' }).waitFor()
  await until('all to arrive', async () => (await reviews()).every(n => n === 1))
  await browser.page.waitForTimeout(1000)
  assert.deepEqual(await reviews(), Array(10).fill(1), 'each once')
})

test('a newcomer returns what lacks a photo in one village, and takes out the list of the poor', async () => {
  const homes = ['031', '032', '033', '034'].map(n => household(`Hộ mẫu ${n}`, n === '034' ? { category: 'nearPoor' } : {}))
  const gift = (home, set = {}) => ({ record: newId(), kind: 'gift', action: 'edit', base: 0, set: { household: home.record, date: '2026-05-01', quantity: 1, ...set } })
  const bare = [gift(homes[0]), gift(homes[1])], shown = gift(homes[2], { photos: [photo] })
  await other.push(two, [...homes, ...bare, shown])
  const browser = await signInAtDesk(server)
  const { page } = browser
  await page.getByRole('link', { name: /^Sổ ghi/ }).click()
  await page.getByRole('button', { name: 'Quà', exact: true }).click()
  await page.getByLabel('Thôn', { exact: true }).selectOption({ label: 'Thôn mẫu 2' })
  await page.getByLabel('Ảnh', { exact: true }).selectOption({ label: 'Thiếu ảnh' })
  await until('the two that lack one', async () => await page.locator('tbody tr').count() === 2)
  await page.getByRole('checkbox', { name: 'Chọn cả trang' }).check()
  await page.getByRole('button', { name: 'Trả lại 2 mục' }).click()
  await page.getByRole('button', { name: 'Xin bổ sung ảnh chụp lúc trao quà.' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Trả lại' }).click()
  await said(page, 'Đã trả lại 2 mục.')
  const now = await ofKind(two, 'gift')
  for (const { record } of bare) assert.deepEqual([now.find(r => r.id === record).state, now.find(r => r.id === record).review.note], ['returned', 'Xin bổ sung ảnh chụp lúc trao quà.'])
  assert.equal(now.find(r => r.id === shown.record).state, 'pending')

  await page.getByRole('button', { name: 'Hộ', exact: true }).click()
  await page.getByLabel('Diện', { exact: true }).selectOption({ label: 'Hộ nghèo' })
  await until('the poor alone', async () => { const rows = await page.locator('tbody tr').allInnerTexts(); return rows.some(t => t.includes('Hộ mẫu 031')) && !rows.some(t => t.includes('Hộ mẫu 034')) })
  await page.getByRole('button', { name: 'Xuất Excel' }).click()
  await page.getByRole('dialog').getByText('Lọc: Thôn mẫu 2, Hộ nghèo.').waitFor()
  const coming = page.waitForEvent('download')
  await page.getByRole('dialog').getByRole('button', { name: 'Xuất', exact: true }).click()
  const file = await coming
  assert.match(file.suggestedFilename(), /^ho-thon-mau-2-\d{4}-\d\d-\d\d\.xlsx$/)
  const rows = rowsOf(fs.readFileSync(await file.path()))
  const text = rows.map(row => row.join(' ')).join('\n')
  for (const said of ['Lọc: Thôn mẫu 2, ', 'Hộ nghèo.', 'Lê Cán Bộ Mẫu xuất lúc ', 'Hộ mẫu 031']) assert.ok(text.includes(said), `${said} in ${text}`)
  assert.ok(!text.includes('Hộ mẫu 034'))
  assert.deepEqual(browser.errors, [])
})

test('at twice the size no page is scrolled in two directions, and all that is pressed is in reach', async () => {
  const browser = await signInAtDesk(server, 'canbo', { width: 683, height: 384 })
  const { page } = browser
  for (const path of ['hom-nay', 'so?loai=gift', 'so?loai=household', 'mau-thuan', 'nghi-trung', 'dot-qua', 'quy', 'so-lieu', 'ho']) {
    await goToDesk(server, page, path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForTimeout(500)
    const { wide, width } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, width: innerWidth }))
    await screenshot(page, `zoom-${path.replace(/\W/g, '-')}`)
    assert.ok(wide <= width, `${path} is ${wide} px wide, of ${width}`)
    assert.deepEqual(await axe(page), [], path)
  }
  assert.deepEqual(browser.errors, [])
})
