// The phone's app in a real browser, as a collector registers it: what the browser tests of the phone share.
import { Browser, until } from './browser.mjs'
import { password } from './server.mjs'

const button = (page, name) => page.getByRole('button', { name, exact: true })
const line = page => page.locator('footer [role=status]').last().innerText()

/** Waits until the line at the foot says a text. */
export async function lineSays (page, text, within = 60_000) {
  await until(`the line to say ${text}`, async () => (await line(page).catch(() => '')).includes(text), within)
}

/** Opens a phone that is registered by password, has the whole book, and has sent all. */
export async function registerPhone (url, username, { secret = password, ...options } = {}) {
  const browser = await Browser.open(options)
  const { page } = browser
  await page.goto(`${url}/m/`)
  await button(page, 'Dùng tên đăng nhập và mật khẩu').click()
  await page.getByLabel('Tên đăng nhập').fill(username)
  await page.getByLabel('Mật khẩu').fill(secret)
  await button(page, 'Đăng ký máy này').click()
  await button(page, 'Bỏ qua').click()
  await page.getByText('Ghi được rồi').waitFor()
  await button(page, 'Vào sổ').click()
  await lineSays(page, 'Đã gửi hết')
  return browser
}

/** Sends and receives at once, as “Nhận tin mới” does. */
export async function sendNow (page) {
  await page.evaluate(() => { location.hash = '/gui' })
  await button(page, 'Nhận tin mới').click()
  await lineSays(page, 'Đã gửi hết')
}

/** Another JPEG each time, which compresses badly: some pieces. */
export const picture = async page => Buffer.from(await page.evaluate(() => {
  const canvas = document.createElement('canvas')
  canvas.width = 900
  canvas.height = 700
  const paint = canvas.getContext('2d')
  const noise = paint.createImageData(900, 700)
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256
  paint.putImageData(noise, 0, 0)
  return canvas.toDataURL('image/jpeg', 0.8).split(',')[1]
}), 'base64')
