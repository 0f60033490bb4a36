// The real demo, as README has a newcomer start it: a morning at the desk and a newcomer's first task on its data, by
// keys alone. Each prints how many keys it took.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import setup, { binary } from '../build-server.mjs'
import { Browser, closeAll, screenshot, until } from '../browser.mjs'
import { said } from '../desk.mjs'
import { registerPhone } from '../phone.mjs'
import { Staff } from '../staff.mjs'
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
