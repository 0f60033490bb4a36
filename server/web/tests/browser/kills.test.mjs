// A server that dies again and again, in the middle of what a phone sends.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { closeAll, until } from '../browser.mjs'
import { lineSays, picture, registerPhone } from '../phone.mjs'
import { Server } from '../server.mjs'
import { Staff } from '../staff.mjs'

let server, staff, campaign, homes

before(async () => {
  setup()
  server = await Server.start()
  staff = await Staff.signIn(server)
  campaign = await staff.campaign(server.commune)
  homes = await staff.households(server.villages[0], Array.from({ length: 60 }, (_, i) => `Hộ Mẫu ${String(i + 1).padStart(2, '0')}`))
})
afterEach(closeAll)
after(async () => { await server?.stop() })

const button = (page, name) => page.getByRole('button', { name, exact: true })
const go = async (page, path) => { await page.evaluate(path => { location.hash = path }, path) }
const pause = async ms => { await new Promise(resolve => setTimeout(resolve, ms)) }

async function recordGift (page, name, photos) {
  await go(page, '/ghi/gift')
  await page.locator('#f-recipientName').fill(name)
  await page.locator('#f-date').getByRole('button', { name: 'Hôm nay' }).click()
  for (let n = 1; n <= photos; n++) {
    await page.locator('input[type=file][capture]').setInputFiles({ name: 'anh.jpg', mimeType: 'image/jpeg', buffer: await picture(page) })
    await page.getByRole('img', { name: `Ảnh ${n}` }).waitFor()
  }
  await button(page, 'Lưu vào máy').click()
  await until('the form to close', async () => !/#\/ghi\//.test(await page.evaluate(() => location.hash)))
}

/**
 * Kills the server and starts it again, until stopped: each life ends a moment after one of its first
 * writes has left the phone. Counts the lives, and the writes that got no answer.
 */
function dieAgainAndAgain (page) {
  const seen = { lives: 0, cut: 0 }
  const isWrite = request => request.method() !== 'GET' && /\/v1\/(units\/.*\/batches|files)/.test(request.url())
  let writes = 0, ended = false
  page.on('request', request => { if (isWrite(request)) writes++ })
  page.on('requestfailed', request => { if (isWrite(request)) seen.cut++ })
  const whole = (async () => {
    while (!ended) {
      writes = 0
      const last = 1 + seen.lives % 4, end = Date.now() + 3000
      while (writes < last && Date.now() < end && !ended) {
        await page.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')) }).catch(() => {}) // as a phone that is looked at
        await pause(20)
      }
      await pause(Math.random() * 30)
      await server.down('SIGKILL')
      seen.lives++
      await pause(Math.random() * 300)
      await server.up()
    }
  })()
  return { seen, end: async () => { ended = true; await whole } }
}

test('a server that is killed again and again while a phone sends sixty gifts and photos has each of them once', async () => {
  const browser = await registerPhone(server.url, 'truongthon')
  const { page } = browser
  const deaths = dieAgainAndAgain(page)
  try {
    await recordGift(page, 'Người Mẫu Một', 1)
    await go(page, `/trao/${server.commune}/${campaign}`)
    await button(page, 'Bắt đầu').click()
    await page.locator('button.tap').first().waitFor()
    for (let i = 1; i <= 60; i++) await page.getByRole('button', { name: `Hộ Mẫu ${String(i).padStart(2, '0')}` }).first().click()
    await page.getByText('60/60 hộ').waitFor()
    await button(page, 'Xong').click()
    await recordGift(page, 'Người Mẫu Hai', 2)
    await until('enough deaths in the middle of a write', () => deaths.seen.lives >= 12 && deaths.seen.cut >= 6, 90_000)
  } finally {
    await deaths.end()
  }
  console.log(`the server died ${deaths.seen.lives} times; ${deaths.seen.cut} writes got no answer`)
  await go(page, '/gui')
  await button(page, 'Nhận tin mới').click()
  await lineSays(page, 'Đã gửi hết', 60_000)

  const gifts = await staff.ofKind(server.villages[0], 'gift')
  assert.deepEqual(gifts.map(g => g.fields.household ?? g.fields.recipientName).sort(), [...homes, 'Người Mẫu Hai', 'Người Mẫu Một'].sort(), 'each gift is there once')
  assert.deepEqual(gifts.filter(g => g.fields.quantity !== 1 || g.state !== 'pending' || g.missing?.length > 0 || g.conflicts?.length > 0), [])
  const photos = gifts.flatMap(g => g.fields.photos ?? [])
  assert.equal(new Set(photos).size, 3)
  for (const hash of photos) {
    const answer = await fetch(`${server.url}/v1/files/${hash}`, { headers: { Authorization: `Bearer ${staff.session.accessToken}` } })
    assert.equal(createHash('sha256').update(Buffer.from(await answer.arrayBuffer())).digest('hex'), hash)
  }
  for (const gift of gifts) {
    const { history } = await staff.call('GET', `/v1/records/${gift.id}?unit=${server.villages[0]}`)
    assert.equal(history.length, 1, `the history of ${gift.id}: ${JSON.stringify(history)}`)
  }
  assert.deepEqual(browser.errors, [])
})
