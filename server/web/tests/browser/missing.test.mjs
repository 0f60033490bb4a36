// A desk that stays open while the server gets newer pages, or while the line is cut: a page whose files do not come says so.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, Browser, closeAll, screenshot } from '../browser.mjs'
import { signInAtDesk } from '../desk.mjs'
import { password, Server } from '../server.mjs'

let server

before(async () => {
  setup()
  server = await Server.start()
  server.user('quantri', 'Đỗ Văn Mẫu', 'admin', server.commune)
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop() })

/** As a server of a newer version answers: files of that name are gone, and its first page names others. */
async function renew (page, files) {
  await page.route(files, route => route.fulfill({ status: 404, body: 'not found' }))
  await page.route(`${server.url}/desk/`, route => route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/desk/assets/index-newer.js"></script>' }))
}
const open = async (page, name) => { await page.getByRole('navigation', { name: 'Sổ Thôn' }).getByRole('link', { name }).click() }

test('a page whose files are gone says that there is a newer desk, and opens once it is loaded again', async () => {
  const { page } = await signInAtDesk(server)
  await page.getByText('Trực tiếp').waitFor()
  await renew(page, '**/desk/assets/Charts-*.js')
  await open(page, 'Số liệu')
  const alert = page.getByRole('alert').filter({ hasText: 'Có bản mới: phải tải lại thì phần này mới mở được.' })
  await alert.waitFor()
  await screenshot(page, 'desk-missing')
  assert.deepEqual(await axe(page), [])
  await open(page, 'Hôm nay') // what is there already opens
  await page.getByRole('heading', { name: 'Các thôn' }).waitFor()
  assert.equal(await alert.count(), 0)
  await open(page, 'Số liệu')
  await page.unrouteAll()
  await alert.getByRole('button', { name: 'Tải lại' }).click()
  await page.getByRole('heading', { name: 'Số liệu', level: 1 }).waitFor()
  assert.equal(await alert.count(), 0)
})

test('a page that does not come through a cut line is asked for again', async () => {
  const { page } = await signInAtDesk(server, 'quantri')
  for (const name of ['Schedules', 'Holidays']) await page.route(`**/desk/assets/${name}-*.js`, route => route.abort('connectionreset'))
  await page.goto(`${server.url}/desk/quan-tri/lich`)
  const alert = page.getByRole('alert').filter({ hasText: 'Chưa tải được phần này.' })
  await alert.waitFor()
  await page.unrouteAll()
  await alert.getByRole('button', { name: 'Thử lại' }).click()
  await page.getByRole('heading', { name: 'Lịch chạy', level: 1 }).waitFor()
  assert.equal(await alert.count(), 0)
})

test('a sign-in on an older page says why it does not go on', async () => {
  const { page } = await Browser.open({ width: 1366, height: 768, isMobile: false })
  await page.goto(`${server.url}/desk/`)
  await renew(page, '**/desk/assets/exchange-*.js')
  await page.getByLabel('Tên đăng nhập').fill('canbo')
  await page.getByLabel('Mật khẩu').fill(password)
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: 'Có bản mới' }).waitFor()
  await screenshot(page, 'desk-missing-signin')
  await page.unrouteAll()
  await page.getByRole('button', { name: 'Tải lại' }).click()
  await page.getByText('Trực tiếp').waitFor()
})
