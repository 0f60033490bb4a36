// At the desk again: an undo that is refused, events after signing in again, and the focus once a dialog has gone.
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
