// The real demo, as README has a newcomer start it, and what the office does with its data: a commune of today, and one of
// six years whose report was issued. What is done by keys alone prints how many it took.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import setup, { binary } from '../build-server.mjs'
import { axe, Browser, closeAll, screenshot, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { registerPhone } from '../phone.mjs'
import { newId, Staff } from '../staff.mjs'
import { rowsOf } from '../workbook.mjs'

const secret = 'mat-khau-mau' // the demo prints it
const demo = { output: '' }

before(async () => {
  setup()
  demo.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sothon-test-demo-'))
  demo.process = spawn(binary, ['demo', '-listen', '127.0.0.1:0'], { cwd: demo.dir, env: { ...process.env, TMPDIR: demo.dir }, stdio: ['ignore', 'pipe', 'ignore'] })
  demo.process.stdout.setEncoding('utf8').on('data', text => { demo.output += text })
  await until('the demo to say where the desk is', () => {
    assert.equal(demo.process.exitCode, null, demo.output)
    return /The review desk: http[^ ]+\/desk\/, to sign in as[^]*superior/.test(demo.output)
  })
  demo.url = /The review desk: (http[^ ]+)\/desk\//.exec(demo.output)[1]
  assert.match(demo.output, new RegExp(`canbo\\.xamau +${secret} +reviewer`))
})
afterEach(async () => { await closeAll() })
after(async () => {
  if (demo.process?.exitCode === null) {
    const gone = new Promise(resolve => demo.process.once('exit', resolve))
    demo.process.kill('SIGTERM')
    await gone
  }
  if (demo.dir) fs.rmSync(demo.dir, { recursive: true, force: true })
})

/** Somebody at the desk who has no mouse; every key is counted. */
class Typist {
  static async sitDown (username) {
    const typist = new Typist()
    typist.browser = await Browser.open({ width: 1366, height: 768, isMobile: false, acceptDownloads: true })
    typist.page = typist.browser.page
    Object.assign(typist, { keys: 0, letters: 0, begun: Date.now() })
    await typist.page.goto(`${demo.url}/desk/`)
    await typist.tabTo(typist.page.getByLabel('Tên đăng nhập'))
    await typist.type(username)
    await typist.press('Tab')
    await typist.type(secret)
    await typist.press('Enter')
    await typist.page.getByRole('navigation', { name: 'Sổ Thôn' }).waitFor()
    return typist
  }

  async press (key) { this.keys++; await this.page.keyboard.press(key) }
  async type (text) { this.letters += text.length; await this.page.keyboard.type(text) }

  /** Moves the focus on until it is on what is meant. */
  async tabTo (locator, most = 80) {
    await locator.waitFor()
    for (let i = 0; i <= most; i++) {
      if (await locator.evaluate(e => e === document.activeElement).catch(() => false)) return
      await this.press('Tab')
    }
    throw new Error(`Tab does not lead to ${locator}`)
  }

  async open (locator) { await this.tabTo(locator); await this.press('Enter') }

  /** Goes down a list of choices to the one that is meant. */
  async choose (list, label) {
    await this.tabTo(list)
    const chosen = async () => await list.evaluate(e => e.selectedOptions[0].label)
    for (let i = 0; i < 30; i++) {
      if (await chosen() === label) return
      await this.press('ArrowDown')
    }
    throw new Error(`no choice is called ${label}`)
  }

  tell (what) { console.log(`${what}: ${Math.round((Date.now() - this.begun) / 1000)} s, 0 clicks, ${this.keys} keys and ${this.letters} letters typed`) }
}
const reviews = async (staff, state) => (await staff.call('GET', `/v1/records?state=${state}&totals=true&limit=1`)).totals.count

test('the morning: who is silent longest and how to call them, 20 records approved, one returned; its phone shows the note', async () => {
  const staff = await Staff.signIn(demo, 'canbo.xamau', secret)
  const { units } = await staff.call('GET', '/v1/overview')
  const last = unit => unit.people.map(p => p.lastPushAt ?? '').sort().at(-1)
  const silent = units.filter(u => u.people.length > 0).sort((a, b) => last(a).localeCompare(last(b)))[0]
  const approved = await reviews(staff, 'approved'), returned = await reviews(staff, 'returned')
  const typist = await Typist.sitDown('canbo.xamau')
  const { page } = typist
  const first = page.getByRole('row').filter({ hasText: 'Thôn mẫu' }).first()
  await first.waitFor()
  const told = await first.innerText()
  assert.ok(told.startsWith(silent.name), told)
  assert.match(told, /Nguyễn Văn Mẫu \d: 0905\d{6}/)
  await typist.open(page.locator('#main').getByRole('link', { name: /^Chờ duyệt/ }))
  await page.getByRole('columnheader', { name: 'Loại' }).waitFor()
  await page.getByRole('row').nth(2).waitFor()
  await typist.press('ArrowDown')
  const at = () => new URL(page.url()).searchParams.get('muc') ?? ''
  await until('a record to open', () => at() !== '')
  for (let i = 0; i < 20; i++) {
    const before = at()
    await typist.press('d')
    await until('the next record to open', () => at() !== before)
  }
  await until('20 records to be approved', async () => await reviews(staff, 'approved') === approved + 20)
  const [unit, id] = at().split('/')
  await typist.press('t')
  await page.getByLabel('Cần sửa gì?').waitFor()
  const note = 'Xin ghi rõ đã ký nhận chưa.'
  await typist.type(note)
  await typist.press('Control+Enter')
  await said(page, 'Đã trả lại.')
  await until('one more to be returned', async () => await reviews(staff, 'returned') === returned + 1)
  await screenshot(page, 'demo-morning')
  typist.tell('the morning')

  const village = /^21124-0(\d)/.exec(unit)[1]
  const phone = await registerPhone(demo.url, `truongthon.thon${village}`, { secret })
  await phone.page.getByText(/^Xã trả lại \d+ mục/).waitFor()
  await phone.page.evaluate(of => { location.hash = `/muc/${of}` }, `${unit}/${id}`)
  await phone.page.getByText(`“${note}”`).waitFor()
  assert.deepEqual([...typist.browser.errors, ...phone.errors], [])
})

test('a newcomer returns what lacks a photo in village 2, and takes out the list of the poor', async () => {
  const staff = await Staff.signIn(demo, 'canbo.xamau', secret)
  const typist = await Typist.sitDown('canbo.xamau')
  const { page } = typist
  const count = async () => await page.locator('tbody tr').count()
  await typist.open(page.getByRole('navigation', { name: 'Sổ Thôn' }).getByRole('link', { name: /^Sổ ghi/ }))
  await typist.open(page.getByRole('button', { name: 'Quà', exact: true }))
  await typist.choose(page.getByLabel('Thôn', { exact: true }), 'Thôn mẫu 2')
  await typist.choose(page.getByLabel('Ảnh', { exact: true }), 'Thiếu ảnh')
  await until('the three that lack one', async () => await count() === 3)
  await typist.tabTo(page.getByRole('checkbox', { name: 'Chọn cả trang' }))
  await typist.press('Space')
  await typist.open(page.getByRole('button', { name: 'Trả lại 3 mục' }))
  await typist.open(page.getByRole('button', { name: 'Xin bổ sung ảnh chụp lúc trao quà.' }))
  await typist.press('Control+Enter')
  await said(page, 'Đã trả lại 3 mục.')
  const village = (await staff.call('GET', '/v1/units')).units.find(u => u.name === 'Thôn mẫu 2').id
  const bare = (await staff.ofKind(village, 'gift')).filter(r => !r.fields.photos?.length)
  assert.deepEqual(bare.map(r => [r.state, r.review.note]), Array(3).fill(['returned', 'Xin bổ sung ảnh chụp lúc trao quà.']))

  await typist.open(page.getByRole('button', { name: 'Hộ', exact: true }))
  await typist.choose(page.getByLabel('Diện', { exact: true }), 'Hộ nghèo')
  const poor = (await staff.ofKind(village, 'household')).filter(r => r.fields.category === 'poor').length
  await until('the poor alone', async () => await count() === poor)
  await typist.open(page.getByRole('button', { name: 'Xuất Excel' }))
  const coming = page.waitForEvent('download')
  await typist.open(page.getByRole('dialog').getByRole('button', { name: 'Xuất', exact: true }))
  const file = await coming
  await screenshot(page, 'demo-newcomer')
  typist.tell('the newcomer')
  const rows = rowsOf(fs.readFileSync(await file.path())).map(row => row.join(' '))
  assert.equal(rows.filter(row => /Hộ mẫu 2\d\d/.test(row)).length, poor)
  assert.deepEqual(typist.browser.errors, [])
})

const signIn = async username => await Staff.signIn(demo, username, secret)
const sitDown = async username => await signInAtDesk(demo, username, { secret })
const named = async (staff, name) => (await staff.call('GET', '/v1/units')).units.find(u => u.name === name).id
const heading = async (page, name) => { await page.getByRole('heading', { level: 1, name, exact: true }).waitFor() }
const number = text => Number(text.replaceAll('.', ''))

test('of three conflicts one is chosen, one gets a third value, of one the village is asked; one choice is taken back, and a value that comes meanwhile asks again', async () => {
  const staff = await signIn('canbo.xamau'), head = await signIn('truongthon.thon1')
  const village = await named(staff, 'Thôn mẫu 1')
  const gifts = async () => await staff.ofKind(village, 'gift')
  const gift = async id => (await gifts()).find(r => r.id === id)
  /** Another phone that has seen nothing of it writes another number. */
  const contradict = async (ids, quantity) => { await head.push(village, ids.map(record => ({ record, kind: 'gift', action: 'edit', base: 0, set: { quantity } }))) }
  await contradict((await gifts()).filter(r => !r.conflicts?.length).slice(-2).map(r => r.id), 3)
  const disputed = (await gifts()).filter(r => r.conflicts?.length).map(r => r.id)
  assert.equal(disputed.length, 3, 'one that the demo leaves, and two more')
  const open = async () => (await gifts()).filter(r => r.conflicts?.length).map(r => r.id)

  const typist = await Typist.sitDown('canbo.xamau')
  const { page } = typist
  await typist.press('Alt+3')
  await heading(page, 'Mâu thuẫn (3)')
  for (const field of ['Số suất', 'Tổng trị giá']) { // the one that the demo leaves is about both
    await page.getByRole('heading', { level: 2, name: field }).waitFor()
    await typist.press('1')
    await typist.press('Control+Enter')
    await said(page, `Đã thống nhất: ${field}`)
  }
  await heading(page, 'Mâu thuẫn (2)')
  const left = await open(), first = disputed.find(id => !left.includes(id))
  const shown = new Map((await gifts()).map(r => [r.id, r.fields.quantity]))
  await typist.press('k')
  await page.locator('.other #f-quantity:focus').waitFor()
  await typist.type('5')
  await typist.press('Control+Enter')
  await said(page, 'Đã thống nhất: Số suất = 5')
  await heading(page, 'Mâu thuẫn (1)')
  const [third] = await open(), second = left.find(id => id !== third)
  assert.equal((await gift(second)).fields.quantity, 5)
  await typist.open(page.getByRole('button', { name: 'Hỏi lại thôn' }))
  await page.getByLabel('Câu hỏi').waitFor()
  await typist.press('Control+Enter')
  await said(page, 'Đã hỏi lại thôn.')
  assert.match((await gift(third)).comments.at(-1).text, /Số suất/)
  await undo(page) // a question is not taken back: the last choice is
  await said(page, 'Đã hoàn tác.')
  await until('the value of before to stand again', async () => (await gift(second)).fields.quantity === shown.get(second))

  await page.getByText('đang hỏi').waitFor()
  await typist.press('1')
  await page.locator('.card[aria-pressed="true"]').waitFor()
  await contradict([third], 4)
  await page.getByText('Có giá trị mới, cần chọn lại.').waitFor()
  await page.locator('.card', { hasText: 'mới' }).first().waitFor()
  assert.equal(await page.locator('.card[aria-pressed="true"]').count(), 0, 'the choice is asked for again')
  await contradict([first], 7) // what was settled is open again, by a phone that knows nothing of it
  await heading(page, 'Mâu thuẫn (2)')
  await screenshot(page, 'demo-conflict')
  assert.deepEqual(await axe(page), [])
  typist.tell('three conflicts')
  assert.deepEqual(typist.browser.errors, [])
})

test('of two suspected pairs, one in a village and one across two, one is linked and one told apart; both come back by undoing, and what was told apart never again', async () => {
  const staff = await signIn('canbo.xamau')
  const villages = [await named(staff, 'Thôn mẫu 1'), await named(staff, 'Thôn mẫu 2')]
  const homes = async () => (await Promise.all(villages.map(async unit => await staff.ofKind(unit, 'household')))).flat()
  const household = (headName, phone) => ({ record: newId(), kind: 'household', action: 'edit', base: 0, set: { headName, phone, code: `H${phone}`, category: 'poor' } })
  await (await signIn('truongthon.thon1')).push(villages[0], [household('Đinh Thị Mẫu', '0900000021'), household('Đinh Thị Mẫu', '0900000021'), household('Lò Văn Mẫu', '0900000022')])
  await (await signIn('truongthon.thon2')).push(villages[1], [household('Lò Văn Mẫu', '0900000022')])
  const browser = await sitDown('canbo.xamau')
  const { page } = browser
  await page.keyboard.press('Alt+4')
  await heading(page, 'Nghi trùng (2)')
  const decide = async () => { // the pair in one village is linked, the other told apart
    const across = await page.getByRole('columnheader', { name: 'Thôn mẫu 2' }).count() > 0
    await page.keyboard.press(across ? 'k' : 'ArrowRight')
    await said(page, across ? 'Đã ghi nhận: không trùng' : 'Đã đánh dấu bản trùng')
    return across
  }
  const first = await decide()
  await heading(page, 'Nghi trùng (1)')
  assert.notEqual(await decide(), first)
  await page.getByText('Không có cặp nào nghi trùng.').waitFor()
  const copies = async () => (await homes()).filter(r => r.state === 'duplicate').length
  assert.equal(await copies(), 1)
  await undo(page)
  await heading(page, 'Nghi trùng (1)')
  await undo(page)
  await heading(page, 'Nghi trùng (2)')
  assert.equal(await copies(), 0)
  await decide()
  await heading(page, 'Nghi trùng (1)')
  await decide()
  await page.getByText('Không có cặp nào nghi trùng.').waitFor()
  await page.reload()
  await page.getByText('Không có cặp nào nghi trùng.').waitFor()
  const [apart] = (await homes()).filter(r => r.fields.headName === 'Lò Văn Mẫu')
  await (await signIn('truongthon.thon1')).push(villages[0], [{ record: apart.id, kind: 'household', action: 'edit', set: { categoryFrom: '2026-01-01' } }])
  await page.reload()
  await page.getByText('Không có cặp nào nghi trùng.').waitFor() // also after one of them was written again
  assert.deepEqual(browser.errors, [])
})

test('a household of six years: found without marks, all it was given since 2019, moved; the report still tells its gifts of the village that gave them', async () => {
  const staff = await signIn('xa.mattran')
  const from = await named(staff, 'Thôn mẫu 1'), to = await named(staff, 'Thôn mẫu 3')
  const given = new Map()
  for (const gift of await staff.ofKind(from, 'gift')) {
    if (['pending', 'approved'].includes(gift.state) && gift.fields.household) given.set(gift.fields.household, [...given.get(gift.fields.household) ?? [], gift])
  }
  const [home, gifts] = [...given].sort(([, a], [, b]) => b.length - a.length)[0]
  const { headName } = (await staff.ofKind(from, 'household')).find(r => r.id === home).fields
  const sum = field => gifts.reduce((n, r) => n + r.fields[field], 0).toLocaleString('vi-VN')
  const villages = async () => {
    const report = await staff.call('POST', '/v1/reports', { unit: (await staff.call('GET', '/v1/units')).units.find(u => u.level === 'commune').id, template: 'mttq', type: 'term', fromYear: 2019, toYear: 2024 })
    return report.content.tables.find(t => t.id === 'units').rows
  }
  const before = await villages()
  const browser = await sitDown('xa.mattran')
  const { page } = browser
  await page.keyboard.press('/')
  await page.keyboard.type(headName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase())
  await page.getByRole('group', { name: 'Hộ' }).getByRole('option', { name: headName }).filter({ hasText: 'Thôn mẫu 1' }).first().click()
  await page.getByRole('link', { name: 'Xem cả quá trình của hộ' }).click()
  await heading(page, headName)
  const whole = page.getByRole('table', { name: 'Quà đã nhận', exact: true })
  await page.getByRole('row', { name: `Cộng ${sum('quantity')} ${sum('valueVnd')}` }).waitFor()
  for (const year of new Set(gifts.map(r => r.fields.date.slice(0, 4)))) await page.getByRole('cell', { name: year, exact: true }).waitFor()
  assert.equal(await whole.locator('tbody tr:not(.done)').count(), gifts.length)
  await screenshot(page, 'demo-household')

  await page.getByRole('button', { name: 'Chuyển thôn…' }).click()
  await page.getByLabel('Chuyển sang thôn').selectOption({ label: 'Thôn mẫu 3' })
  await page.keyboard.press('Control+Enter')
  await said(page, `Đã chuyển hộ ${headName} sang Thôn mẫu 3.`)
  assert.ok((await staff.ofKind(to, 'household')).some(r => r.fields.movedFrom?.record === home))
  await page.getByRole('link', { name: 'Thôn mẫu 3', exact: true }).click()
  await page.getByText('Chuyển đến từ').waitFor()
  await page.getByRole('row', { name: `Cộng ${sum('quantity')} ${sum('valueVnd')}` }).waitFor() // the new one tells what the old was given
  assert.deepEqual(await villages(), before)
  assert.deepEqual(browser.errors, [])
})

test('a slip by a zero in the fund of six years is reversed: the balance is right at every row, also on paper, and the wrong pair stays', async () => {
  const staff = await signIn('xa.mattran')
  const browser = await sitDown('xa.mattran')
  const { page } = browser
  await goToDesk(demo, page, `quy?so=${await named(staff, 'Thôn mẫu 1')}`)
  await page.getByRole('button', { name: 'Từ đầu sổ' }).click()
  /** What every row says: in, out, held. */
  const rows = async () => (await page.locator('tbody tr:not(.opening)').evaluateAll(list => list.map(tr => [...tr.querySelectorAll('td.num')].map(td => td.textContent.trim())))).map(cells => cells.map(number))
  const right = async () => {
    let held = number(await page.locator('.opening td.num').last().innerText())
    for (const [paid, spent, said] of await rows()) {
      held += paid - spent
      assert.equal(said, held)
    }
  }
  await until('the book since 2019', async () => (await rows()).length > 0)
  const count = (await rows()).length, [, , last] = (await rows()).at(-1)
  await right()
  const write = async amount => {
    await page.getByRole('button', { name: 'Ghi thu' }).click()
    await page.getByRole('textbox', { name: 'Số tiền' }).fill(amount)
    await page.getByLabel('Nội dung thu, chi').fill(`Ủng hộ ${amount}`)
    await page.getByLabel('Người nộp, người nhận').fill('Người ủng hộ mẫu 001')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'Đọc lại trước khi ghi' }).waitFor()
    await page.keyboard.press('Control+Enter')
  }
  await write('5000000')
  await page.getByRole('row').filter({ hasText: 'Ủng hộ 5000000' }).getByRole('button', { name: 'Ghi khoản đảo' }).click()
  await page.getByLabel('Lý do đảo').fill('Ghi thừa một số không')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Chi 5.000.000 đồng (năm triệu đồng)').waitFor()
  await page.keyboard.press('Control+Enter')
  await said(page, 'Đã ghi khoản đảo.')
  await write('500000')
  await until('three more entries', async () => (await rows()).length === count + 3)
  await right()
  assert.equal((await rows()).at(-1)[2], last + 500_000)
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
  await page.emulateMedia({ media: 'print' })
  await right()
  const printed = await page.locator('body').innerText()
  for (const text of ['SỔ QUỸ “VÌ NGƯỜI NGHÈO”', 'Đã đảo ngày', 'Ghi thừa một số không', 'Đảo khoản', 'Thủ quỹ']) assert.ok(printed.includes(text), text)
  assert.deepEqual(browser.errors, [])
})

test('each of the 18 figures of the issued report opens the records that it is the sum of; a late gift is one more in the addendum', async () => {
  const staff = await signIn('xa.mattran')
  const [{ id }] = (await staff.call('GET', '/v1/reports')).items.filter(r => r.type === 'term' && ['delivered', 'acknowledged'].includes(r.state))
  const { content } = await staff.call('GET', `/v1/reports/${id}`)
  assert.equal(content.figures.length, 18)
  const browser = await sitDown('xa.mattran')
  const { page } = browser
  await goToDesk(demo, page, `bao-cao/${id}?buoc=so-lieu`)
  const figures = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Số liệu của báo cáo' }) }).locator('tbody tr')
  await figures.nth(17).waitFor()
  const beside = page.getByRole('complementary')
  for (const [i, f] of content.figures.entries()) {
    await figures.nth(i).getByRole('button').click()
    await beside.getByRole('heading', { name: new RegExp(`^${f.label.replace(/[()]/g, '\\$&')} = ${f.value.toLocaleString('vi-VN')} .*, từ [\\d.]+ mục$`) }).waitFor()
    const records = number(/từ ([\d.]+) mục$/.exec(await beside.getByRole('heading').innerText())[1])
    let sum = 0, counted = 0
    for (;;) {
      const parts = await beside.locator('tbody td.num').allInnerTexts()
      sum += parts.reduce((n, text) => n + number(text), 0)
      counted += parts.length
      if (counted >= records || parts.length === 0) break
      await beside.getByRole('button', { name: 'Trang sau' }).click()
      await beside.getByText(`${(counted + 1).toLocaleString('vi-VN')}–`).waitFor()
    }
    assert.deepEqual([counted, sum], [records, f.value], f.label)
  }
  await screenshot(page, 'demo-figures')

  const gifts = content.figures.find(f => f.label === 'Suất quà đã trao')
  const village = await named(staff, 'Thôn mẫu 2')
  const [home] = (await staff.ofKind(village, 'household')).filter(r => r.state === 'pending')
  await (await signIn('thon2.truongthon')).push(village, [{ record: newId(), kind: 'gift', action: 'edit', base: 0, set: { household: home.id, date: '2024-02-01', quantity: 1, valueVnd: 300000 } }])
  await goToDesk(demo, page, `bao-cao/${id}`)
  await page.getByRole('button', { name: 'Xem số liệu đến sau' }).click()
  const row = page.getByRole('row').filter({ hasText: 'Suất quà đã trao' }).first()
  await row.waitFor()
  const told = n => n.toLocaleString('vi-VN').replaceAll('.', '\\.')
  assert.match(await row.innerText(), new RegExp(`${told(gifts.value)}\\s+${told(gifts.value + 1)} suất\\s+1\\s+0`))
  await page.getByRole('button', { name: 'Lập báo cáo bổ sung' }).click()
  await page.getByRole('link', { name: 'Bổ sung cho ›' }).waitFor()
  const added = await staff.call('GET', `/v1/reports/${new URL(page.url()).pathname.split('/bao-cao/')[1]}`)
  assert.equal(added.addendumOf, id)
  assert.equal(added.content.figures.find(f => f.id === gifts.id).value, gifts.value + 1)
  await goToDesk(demo, page, `bao-cao/${id}`)
  await page.getByRole('button', { name: 'Kiểm tra lại' }).click()
  await page.getByText('giống từng byte').first().waitFor()
  assert.deepEqual(browser.errors, [])
})

test('the network goes in the midst of ten decisions, and the browser with it: all ten arrive, once', async () => {
  const staff = await signIn('canbo.xamau')
  const village = await named(staff, 'Thôn mẫu 3')
  const list = `kind=household&unit=${village}&sort=name`
  const ten = (await staff.call('GET', `/v1/records?${list}&limit=10`)).items
  const typist = await Typist.sitDown('canbo.xamau')
  const { browser, page } = typist
  await goToDesk(demo, page, `so?loai=household&sap=name&thon=${village}`)
  await page.getByRole('row').nth(11).waitFor()
  await typist.press('Home')
  const at = () => (new URL(page.url()).searchParams.get('muc') ?? '/').split('/')[1]
  await until('the first to open', async () => at() === ten[0].id)
  const decided = async () => await Promise.all(ten.map(async r => (await staff.call('GET', `/v1/records/${r.id}?unit=${village}`)).history.filter(e => e.changes.some(c => c.field === '_review')).length))
  for (let i = 0; i < 10; i++) {
    if (i === 4) {
      await until('four to arrive', async () => (await decided()).filter(n => n === 1).length === 4)
      await browser.context.setOffline(true)
    }
    await until(`row ${i} to be open`, async () => at() === ten[i].id)
    await typist.press('d')
    if (i >= 4) await until(`decision ${i} to be kept`, async () => (await page.locator('header .line').innerText()).includes(`${i - 3} quyết định chờ gửi`))
  }
  assert.deepEqual(await decided(), [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  await browser.kill()
  await browser.restart()
  await browser.page.goto(`${demo.url}/desk/`)
  await browser.page.getByRole('navigation', { name: 'Sổ Thôn' }).waitFor()
  await until('all to arrive', async () => (await decided()).every(n => n === 1))
  await browser.page.waitForTimeout(1000)
  assert.deepEqual(await decided(), Array(10).fill(1), 'each once')
})

test('a long list keeps the state of each row in sight, sums up only what makes a sum, and has its foot below it on paper', async () => {
  const browser = await sitDown('xa.mattran')
  const { page } = browser
  const list = async query => {
    await goToDesk(demo, page, `so?${query}`)
    await page.getByRole('row').nth(12).waitFor()
  }
  await list('loai=gift')
  await page.getByText('suất · ').waitFor()
  const box = await page.locator('.list').boundingBox(), tag = await page.locator('tbody tr:first-child td:last-child .tag').boundingBox()
  assert.ok(tag.x + tag.width <= box.x + box.width, 'the state is in sight')
  await list('loai=fund')
  await page.getByText(/^[\d.]+ mục$/).waitFor() // what came in and what went out make no sum
  await page.getByLabel('Thu hay chi', { exact: true }).selectOption({ label: 'Thu' })
  await page.getByText(/^[\d.]+ mục · [\d.]+ đồng$/).waitFor()
  await list('loai=tat-ca')
  await page.getByText(/^[\d.]+ mục · [\d.]+ suất$/).waitFor()

  await list('loai=household')
  await page.emulateMedia({ media: 'print' })
  await page.setViewportSize({ width: 703, height: 900 })
  const [rows, foot] = [await page.locator('#main table').boundingBox(), await page.getByText(/^In lúc /).boundingBox()]
  assert.ok(foot.y >= rows.y + rows.height, `the foot is at ${foot.y}, the rows end at ${rows.y + rows.height}`)
  assert.deepEqual(browser.errors, [])
})
