// A browser with the phone's library alone, on its bench page.
import { Browser } from './browser.mjs'
import { password } from './server.mjs'

/** Opens the bench page, signed in and in sync, with the person's book as `book`. */
export async function openBench (url, username = 'truongthon') {
  const browser = await Browser.open()
  await browser.page.goto(`${url}/m/`)
  await browser.page.evaluate(async ([username, password]) => {
    await lib.signIn({ username, password, deviceName: 'Máy thử', platform: 'Android 12, Chrome 138' })
  }, [username, password])
  await openBook(browser)
  await browser.page.evaluate(async () => await lib.syncBook(book))
  return browser
}

export async function openBook (browser) {
  await browser.page.evaluate(async () => { globalThis.book = await lib.openBook((await lib.listPersons())[0].user) })
}
