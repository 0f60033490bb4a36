// At the desk again: an undo that is refused, events after signing in again, the focus once a dialog has gone, answers
// that come late or twice, and names that others have changed.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { closeAll, until } from '../browser.mjs'
import { goToDesk, said, signInAtDesk, undo } from '../desk.mjs'
import { Front } from '../front.mjs'
import { Server, password } from '../server.mjs'
import { Staff } from '../staff.mjs'

let server, front, village

before(async () => {
  setup()
  server = await Server.start()
  server.user('quantri', 'Quản Trị Mẫu', 'admin', server.commune)
  server.user('captren', 'Bùi Cấp Trên Mẫu', 'superior', server.commune)
  front = await Front.start({ to: server.url });
  [village] = server.villages
  await (await Staff.signIn(server, 'truongthon')).households(village, ['Hộ mẫu 001', 'Hộ mẫu 002'])
})
afterEach(async () => { front.instead = () => undefined; await closeAll() })
after(async () => { await front?.stop(); await server?.stop() })

const focused = async page => await page.evaluate(() => document.activeElement?.textContent?.trim())

test('an undo that the server refuses is not said to be done', async () => {
  const { page } = await signInAtDesk(front)
  await goToDesk(front, page, 'so?loai=household')
  await page.getByRole('button', { name: 'Hộ mẫu 001' }).click()
  await page.keyboard.press('d')
  await said(page, 'Đã duyệt.')
  front.instead = ({ path }) => (path.endsWith('/batches') ? { edit: answer => ({ ...answer, results: answer.results.map(r => ({ n: r.n, status: 'rejected', code: 'review-closed', message: 'Mục này không còn sửa được.' })) }) } : undefined)
  await undo(page)
  await said(page, 'Chưa hoàn tác được. Mục này không còn sửa được.')
  assert.equal(await page.getByText('Đã hoàn tác.').count(), 0)
})

test('the events of the server are heard again after signing in again', async () => {
  const { page } = await signInAtDesk(front)
  await page.getByText('Trực tiếp').waitFor()
  front.instead = ({ method, path }) => (path.startsWith('/v1/') && !(method === 'POST' && path === '/v1/sessions') ? { status: 401, body: { type: 'about:blank', title: 'ended', status: 401, code: 'session-ended', message: 'Phiên đăng nhập đã hết.' } } : undefined)
  for (const socket of front.sockets) socket.destroy()
  await page.getByRole('button', { name: 'Đăng nhập lại' }).click()
  await until('no stream to be asked for any more', async () => await page.getByText('Trực tiếp').count() === 0)
  front.instead = () => undefined
  front.requests.length = 0
  await page.getByLabel('Mật khẩu').fill(password)
  await page.keyboard.press('Enter')
  await page.getByText('Trực tiếp').waitFor()
  assert.ok(front.requests.some(r => r.path === '/v1/events'))
})

test('the focus is back where it was when a dialog is closed by its own button', async () => {
  const { page } = await signInAtDesk(front)
  await goToDesk(front, page, 'so?loai=household')
  await page.getByRole('button', { name: 'Hộ mẫu 002' }).click()
  const edit = page.getByRole('button', { name: 'Sửa', exact: true })
  await edit.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Thôi' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(await focused(page), 'Sửa')
})

test('a link with Ctrl opens a tab, and without it the page here', async () => {
  const { page, context } = await signInAtDesk(front)
  await goToDesk(front, page, 'hom-nay')
  const link = page.locator('#main').getByRole('link', { name: 'Thôn mẫu 1' }).first()
  const opened = context.waitForEvent('page')
  await link.click({ modifiers: ['Control'] })
  const tab = await opened
  await tab.waitForURL(/\/desk\/so\?thon=/)
  assert.match(page.url(), /hom-nay$/)
  await link.click()
  await page.waitForURL(/\/desk\/so\?thon=/)
})

test('a page that is asked for twice is shown once', async () => {
  const { page } = await signInAtDesk(front, 'captren')
  const report = n => ({ id: `r_${n}`, unit: village, unitName: 'Xã mẫu', template: 'ubnd', type: 'annual', from: '2026-01-01', to: '2026-12-31', periodName: 'năm 2026', state: 'issued', subject: `Báo cáo mẫu ${n}`, number: n, symbol: 'BC-UBND', date: '2026-12-20', version: 1, updatedAt: '2026-12-20T01:00:00Z' })
  let second = 0
  await page.route(/\/v1\/reports\?/, async route => {
    if (!route.request().url().includes('cursor=')) { await route.fulfill({ json: { items: [report(1)], next: 'c2' } }); return }
    second++
    await new Promise(resolve => setTimeout(resolve, 300))
    await route.fulfill({ json: { items: [report(2)] } })
  })
  await goToDesk(front, page, 'da-nhan')
  await page.getByText('Báo cáo mẫu 1').waitFor()
  await page.locator('.more button').dblclick()
  await page.getByText('Báo cáo mẫu 2').waitFor()
  await page.waitForTimeout(500)
  assert.equal(await page.getByText('Báo cáo mẫu 2').count(), 1)
  assert.equal(second, 1)
})

test('an answer that comes late is not shown under what was opened after it', async () => {
  const { page } = await signInAtDesk(front, 'quantri')
  const schedule = id => ({ id, name: `Lịch mẫu ${id}`, task: 'backup', cron: '0 2 * * *', editable: true, version: 1 })
  let late = Promise.resolve()
  await page.route('**/v1/schedules', async route => { await route.fulfill({ json: { schedules: [schedule('a'), schedule('b')] } }) })
  await page.route(/\/v1\/schedules\/[ab]\/runs/, async route => {
    const of = route.request().url().includes('/a/') ? 'a' : 'b'
    const done = (async () => {
      if (of === 'a') await new Promise(resolve => setTimeout(resolve, 400))
      await route.fulfill({ json: { runs: [{ occurrence: '2026-11-27T19:00:00Z', outcome: 'failed', attempt: 1, error: `Lần chạy của ${of}` }] } })
    })()
    if (of === 'a') late = done
    await done
  })
  await goToDesk(front, page, 'quan-tri/lich')
  const runs = id => page.getByRole('button', { name: new RegExp(`: Lịch mẫu ${id}$`) })
  await runs('a').click()
  await runs('b').click()
  await page.getByText('Lần chạy của b').waitFor()
  await late
  await page.waitForTimeout(200)
  assert.equal(await page.getByText('Lần chạy của a').count(), 0)
})

test('a village that was renamed elsewhere has its new name after some minutes', async () => {
  const { page } = await signInAtDesk(front)
  await page.clock.install()
  await goToDesk(front, page, 'so?loai=household')
  await page.getByText('Thôn mẫu 2').first().waitFor({ state: 'attached' })
  const admin = await Staff.signIn(server, 'quantri')
  const { units } = await admin.call('GET', '/v1/units')
  const { id, version } = units.find(u => u.name === 'Thôn mẫu 2')
  await admin.call('PATCH', `/v1/units/${id}`, { version, name: 'Thôn đổi tên' })
  await page.clock.fastForward('10:05')
  await page.getByText('Thôn đổi tên').first().waitFor({ state: 'attached' })
})
