// Conflicts as the commune's staff settle them, by the keyboard alone.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { said, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, periodId, Staff } from '../staff.mjs'

let server, village, head, front
const gifts = []

before(async () => {
  setup()
  server = await Server.start()
  village = server.villages[0]
  head = await Staff.signIn(server, 'truongthon')
  front = await Staff.signIn(server, 'mattran')
  const households = await head.households(village, ['Hồ Văn Mẫu', 'Đinh Thị Mẫu'])
  for (const household of households) {
    const record = newId()
    gifts.push(record)
    const told = quantity => ({ record, kind: 'gift', action: 'edit', base: 0, set: { household, date: '2026-02-01', quantity, valueVnd: 300000 } })
    await head.push(village, [told(1)])
    await front.push(village, [told(2)])
  }
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

async function sitDown () {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await page.goto(`${server.url}/desk/mau-thuan`)
  await page.getByRole('button', { name: 'Hỏi lại thôn' }).waitFor()
  return browser
}
const rows = async page => await page.locator('main .list button').allInnerTexts()
const current = async page => await page.locator('main .list [aria-current="true"]').innerText()
const gift = async id => (await head.ofKind(village, 'gift')).find(r => r.id === id)

async function tabTo (page, name) {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate(() => document.activeElement?.textContent?.trim()) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${name}`)
}

test('a period that was closed and reopened at once is named, and settled', async () => {
  server.user('lanhdao', 'Vũ Lãnh Đạo Mẫu', 'approver', server.commune)
  const [desk, leader] = [await Staff.signIn(server), await Staff.signIn(server, 'lanhdao')]
  const of = { record: periodId(village, '2020-01-01', '2020-06-30'), kind: 'period', base: 0, period: '2020-01-01/2020-06-30' }
  await leader.push(village, [{ ...of, action: 'close' }])
  await desk.push(village, [{ ...of, action: 'reopen' }])
  const browser = await sitDown()
  const { page } = browser
  await page.getByRole('button', { name: '1/1/2020 – 30/6/2020' }).click()
  await page.getByText('Kỳ báo cáo · 1/1/2020 – 30/6/2020').waitFor()
  const card = text => page.locator('.cards button').filter({ hasText: text })
  await card('Chưa chốt').waitFor()
  await card('Đã chốt').click()
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã chốt')
  await until('the period to leave the queue', async () => !(await desk.call('GET', '/v1/conflicts')).items.some(i => i.record.kind === 'period'))
  assert.deepEqual(browser.errors, [])
})

test('the village is asked, its item sinks, and comes back up when the village answers', async () => {
  const browser = await sitDown()
  const { page } = browser
  const first = await current(page)
  const asked = first.includes('Hồ Văn Mẫu') ? gifts[0] : gifts[1]
  await tabTo(page, 'Hỏi lại thôn')
  await page.keyboard.press('Enter')
  const box = page.getByLabel('Câu hỏi')
  await box.waitFor()
  const text = await box.inputValue()
  for (const part of ['Số suất', 'Nguyễn Văn Mẫu', 'Trần Thị Mẫu', '– 1', '– 2']) assert.ok(text.includes(part), `${part} in: ${text}`)
  assert.deepEqual(await axe(page), [], 'the question')
  await box.focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' Jgk1')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã hỏi lại thôn.')
  await until('the item to sink', async () => (await rows(page)).at(-1).includes('đang hỏi'))
  assert.equal((await gift(asked)).comments.at(-1).text, `${text} Jgk1`)
  assert.notEqual(await current(page), first)
  await page.keyboard.press('j') // the only one that is not being asked about
  assert.ok(!(await current(page)).includes('đang hỏi'))
  await head.push(village, [{ record: asked, kind: 'gift', action: 'comment', text: 'Một suất là đúng.' }])
  await page.reload()
  await page.getByRole('button', { name: 'Hỏi lại thôn' }).waitFor()
  assert.ok((await rows(page)).every(row => !row.includes('đang hỏi')))
  assert.deepEqual(browser.errors, [])
})

test('another value settles a conflict when the form allows it; J and G move on', async () => {
  const browser = await sitDown()
  const { page } = browser
  const first = await current(page)
  await page.keyboard.press('j')
  await until('the next item', async () => await current(page) !== first)
  const second = await current(page)
  const id = second.includes('Hồ Văn Mẫu') ? gifts[0] : gifts[1]
  await page.keyboard.press('k')
  await page.locator('.other #f-quantity:focus').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Hãy ghi giá trị.').waitFor()
  await page.keyboard.type('-3')
  await page.keyboard.press('Control+Enter')
  await page.locator('.other .error').waitFor()
  assert.equal((await gift(id)).conflicts.length, 1, 'a faulty value is not sent')
  assert.deepEqual(await axe(page), [], 'a faulty value')
  await screenshot(page, 'desk-conflict-other')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('5')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã thống nhất: Số suất = 5')
  const settled = await gift(id)
  assert.equal(settled.fields.quantity, 5)
  assert.equal(settled.conflicts?.length ?? 0, 0)
  await until('the settled item to leave', async () => (await rows(page)).length === 1)
  await page.keyboard.press('g')
  await page.getByRole('tab', { name: 'Lịch sử' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('muc'), `${village}/${gifts.find(g => g !== id)}`)
  assert.deepEqual(browser.errors, [])
})
