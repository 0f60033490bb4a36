// Only the first page tells whether the server has a newer desk.
import { afterEach, expect, it, vi } from 'vitest'
import { isOutdated } from '../../desk/version'

const answers = (body: string, status = 200): void => {
  vi.stubGlobal('document', { querySelector: () => ({ src: 'http://may-chu.example/desk/assets/index-own.js' }) })
  vi.stubGlobal('fetch', async () => new Response(body, { status }))
}
afterEach(() => { vi.unstubAllGlobals() })

it.each([
  ['the same desk', '<script type="module" src="/desk/assets/index-own.js"></script>', 200, false],
  ['a newer desk', '<script type="module" src="/desk/assets/index-newer.js"></script>', 200, true],
  ['the page of a hotspot', '<title>Đăng nhập Wi-Fi</title><form></form>', 200, false],
  ['nothing', '', 200, false],
  ['an error', '<script type="module" src="/desk/assets/index-newer.js"></script>', 502, false],
])('%s', async (_name, body, status, outdated) => {
  answers(body, status)
  expect(await isOutdated()).toBe(outdated)
})
