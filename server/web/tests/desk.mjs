// The desk in a real browser, as its staff sit down at it: what the browser tests of the desk share.
import { Browser } from './browser.mjs'
import { password } from './server.mjs'

const pages = page => page.getByRole('navigation', { name: 'Sổ Thôn' })

/** Opens a browser of the office's size, signed in at the desk. */
export async function signInAtDesk (server, username = 'canbo', { secret = password, ...options } = {}) {
  const browser = await Browser.open({ width: 1366, height: 768, isMobile: false, ...options })
  const { page } = browser
  await page.goto(`${server.url}/desk/`)
  await page.getByLabel('Tên đăng nhập').fill(username)
  await page.getByLabel('Mật khẩu').fill(secret)
  await page.keyboard.press('Enter')
  await pages(page).waitFor()
  return browser
}

/** Opens a page of the desk by its address. */
export async function goToDesk (server, page, path) {
  await page.goto(`${server.url}/desk/${path}`)
  await pages(page).waitFor()
}

/** Waits until the desk says a text. */
export async function said (page, text) { await page.getByRole('status').filter({ hasText: text }).first().waitFor() }

/** Takes the last decision back. No key acts below a dialog, and one closes only once the server has answered. */
export async function undo (page) {
  await page.waitForFunction(() => !document.querySelector('dialog[open]'))
  await page.keyboard.press('Control+z')
}
