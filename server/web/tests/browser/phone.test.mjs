// The phone as a village head uses it, in a real browser against the real server.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, screenshot, until } from '../browser.mjs'
import { lineSays, registerPhone, sendNow } from '../phone.mjs'
import { Front } from '../front.mjs'
import { Server, password } from '../server.mjs'
import { Staff } from '../staff.mjs'

const built = fileURLToPath(new URL('../../dist/m', import.meta.url))
const app = fileURLToPath(new URL('../out/m', import.meta.url)) // a copy: a build while tests run changes nothing under them
let server, front, staff, campaign, households

before(async () => {
  setup()
  fs.rmSync(app, { recursive: true, force: true })
  fs.cpSync(built, app, { recursive: true })
  server = await Server.start()
  front = await Front.start({ app, to: server.url })
  staff = await Staff.signIn(server)
  campaign = await staff.campaign(server.commune)
  households = await staff.households(server.villages[0], Array.from({ length: 60 }, (_, i) => `Hộ Mẫu ${String.fromCharCode(65 + i % 20)}${i + 1}`))
})
afterEach(async () => { front.weather = () => 'fine'; await closeAll() })
after(async () => { await front?.stop(); await server?.stop() })

const button = (page, name) => page.getByRole('button', { name, exact: typeof name === 'string' })
const line = page => page.locator('footer [role=status]').last().innerText()
const go = async (page, path) => { await page.evaluate(path => { location.hash = path }, path) }

/** A phone that is registered by password, and has the whole book. */
async function phone (username = 'truongthon', options = {}) {
  const browser = await registerPhone(front.url, username, options)
  await browser.page.evaluate(async () => { await navigator.serviceWorker.ready })
  return browser
}

/** What axe finds on the whole of a screen: the window is as high as the page, so that nothing lies under the foot. */
async function barriers (page) {
  await page.setViewportSize({ width: 360, height: 6000 })
  await page.waitForTimeout(100)
  const found = await axe(page)
  await page.setViewportSize({ width: 360, height: 740 })
  return found
}

const send = sendNow

/** A JPEG of the size of a camera's. */
async function picture (page) {
  return Buffer.from(await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(3000, 2000)
    const context = canvas.getContext('2d')
    for (let i = 0; i < 400; i++) { context.fillStyle = `hsl(${i * 37},80%,50%)`; context.fillRect(i * 71 % 3000, i * 53 % 2000, 300, 300) }
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })).arrayBuffer())]
  }))
}

async function startSeries (page, of = campaign) {
  await go(page, `/trao/${server.commune}/${of}`)
  await button(page, 'Bắt đầu').click()
  await page.getByText('Hộ Mẫu A1', { exact: true }).waitFor()
}

test('sixty gifts, one tap each; two are undone, one has a stand-in, all the photo of the list; a kill in between loses none', async () => {
  const begun = Date.now()
  const browser = await phone()
  let page = browser.page
  await browser.context.setOffline(true)
  await startSeries(page)
  const taps = async n => {
    for (let i = 0; i < n; i++) {
      const before = await page.locator('button.tap[aria-pressed=true]').count()
      await page.locator('button.tap[aria-pressed=false]').first().evaluate(element => { element.click() })
      await until('the tap to be saved', async () => await page.locator('button.tap[aria-pressed=true]').count() > before)
    }
  }
  const names = await page.locator('button.tap .name').allInnerTexts()
  assert.equal(names.length, 60)
  const width = (await page.locator('button.tap').first().boundingBox()).width
  for (const name of names.slice(0, 37)) {
    await page.locator('button.tap', { has: page.getByText(name, { exact: true }) }).evaluate(element => { element.click() })
    await page.locator('.row.on', { has: page.getByText(name, { exact: true }) }).waitFor()
    if (name !== names[0]) continue
    await button(page, 'Hoàn tác').waitFor()
    assert.equal((await page.locator('.row.on button.tap').boundingBox()).width, width, 'a name that wraps would move the rows below under the thumb')
  }
  await browser.kill()
  await browser.start()
  page = browser.page
  await page.goto(`${front.url}/m/`)
  await page.getByText('Đã trao 37/60 hộ').waitFor()
  await browser.context.setOffline(true)
  await page.getByRole('link', { name: 'Trao tiếp' }).click()
  await page.getByText('60 hộ').or(button(page, 'Bắt đầu')).first().waitFor()
  if (await button(page, 'Bắt đầu').isVisible()) await button(page, 'Bắt đầu').click() // the sheet may not have been on the disk; the gifts are
  await page.getByText('37/60 hộ').waitFor()
  await taps(23)
  await page.getByText('60/60 hộ').waitFor()
  for (const left of [59, 58]) {
    await button(page, 'Hoàn tác').first().click()
    await page.getByText(`${left}/60 hộ`).waitFor() // before that the same row would be pressed twice
  }
  await taps(2)
  await page.locator('input[type=file][capture]').setInputFiles({ name: 'danh-sach.jpg', mimeType: 'image/jpeg', buffer: await picture(page) })
  await button(page, 'Đã có ảnh danh sách').waitFor()
  // One that was given before the kill was received by somebody else.
  await button(page, 'Đã nhận 60').click()
  await screenshot(page, 'series-given')
  await button(page, `Việc khác với ${names[0]}`).click()
  await page.getByRole('link', { name: 'Sửa: số suất, trị giá, người nhận thay, ảnh…' }).click()
  await page.getByLabel('Họ tên người nhận').fill('Hồ Thị Nhận Thay')
  await page.getByRole('img', { name: 'Ảnh 1' }).waitFor()
  await button(page, 'Lưu vào máy').click()
  await page.getByText('60/60 hộ').waitFor()
  await button(page, 'Xong').click()
  await page.getByText('Đã lưu 60 suất quà, trị giá 18.000.000 đồng. Máy sẽ tự gửi.').waitFor()
  console.log(`60 gifts: ${Math.round((Date.now() - begun) / 1000)} s`)
  assert.equal(await button(page, 'Xong').count(), 0, 'no button is left that does nothing')
  assert.deepEqual(await barriers(page), [])
  await screenshot(page, 'series-done')
  await browser.context.setOffline(false)
  await lineSays(page, 'Đã gửi hết')
  await page.getByText('trị giá 18.000.000 đồng. Xã đã nhận đủ.').waitFor()
  await screenshot(page, 'series-sent')
  const gifts = (await staff.ofKind(server.villages[0], 'gift')).filter(g => g.state !== 'removed')
  assert.equal(gifts.length, 60)
  assert.equal(new Set(gifts.map(g => g.fields.household)).size, 60)
  assert.ok(gifts.every(g => g.fields.valueVnd === 300000))
  assert.deepEqual(gifts.map(g => g.fields.recipientName).filter(n => n), ['Hồ Thị Nhận Thay'])
  assert.equal(new Set(gifts.map(g => g.fields.photos.join())).size, 1)
  assert.ok(gifts.every(g => g.fields.photos.length === 1 && (g.missing ?? []).length === 0))
  // What this list takes back after it was sent, it gives again by one tap.
  await go(page, '/')
  await go(page, `/trao/${server.commune}/${campaign}`)
  await button(page, 'Bắt đầu').or(page.getByText('60/60 hộ')).first().waitFor()
  if (await button(page, 'Bắt đầu').isVisible()) await button(page, 'Bắt đầu').click()
  await button(page, 'Đã nhận 60').click()
  await button(page, `Việc khác với ${names[1]}`).click()
  await button(page, 'Xóa suất này').click()
  await page.getByText('59/60 hộ').waitFor()
  await button(page, 'Chưa nhận 1').click()
  await page.locator('button.tap[aria-pressed=false]').click()
  await page.getByText('60/60 hộ').waitFor()
  await button(page, 'Xong').click()
  await lineSays(page, 'Đã gửi hết')
  const again = (await staff.ofKind(server.villages[0], 'gift')).filter(g => g.state !== 'removed')
  assert.deepEqual(new Set(again.map(g => g.fields.household)), new Set(gifts.map(g => g.fields.household)))
  assert.equal(again.length, 60)
})

test('a gift that a household has received is shown, and not given again', async () => {
  const { page } = await phone()
  await go(page, `/trao/${server.commune}/${campaign}`)
  await button(page, 'Bắt đầu').click()
  await button(page, 'Đã nhận 60').click()
  await page.locator('button.tap').first().click()
  await page.getByText('Mỗi hộ chỉ nhận một lần.').waitFor()
})

test('what is typed is kept when the phone dies, and the form goes on', async () => {
  const browser = await phone()
  await go(browser.page, '/ghi/meeting')
  await browser.page.getByLabel('Nơi tiếp xúc').fill('Nhà văn hóa thôn mẫu')
  await browser.page.waitForTimeout(600)
  await browser.kill()
  await browser.start()
  const { page } = browser
  await page.goto(`${front.url}/m/`)
  await page.getByText('1 mục đang ghi dở').waitFor()
  await go(page, '/ghi/meeting')
  await page.getByText('Mục này đang ghi dở từ').waitFor()
  assert.equal(await page.getByLabel('Nơi tiếp xúc').inputValue(), 'Nhà văn hóa thôn mẫu')
  await button(page, 'Bỏ, ghi lại từ đầu').click()
  await button(page, 'Bỏ').click()
  await until('an empty form', async () => await page.getByLabel('Nơi tiếp xúc').inputValue() === '')
})

test('a form with faults says how many, and goes to the first', async () => {
  const { page } = await phone()
  await go(page, '/ghi/meeting')
  await button(page, 'Lưu vào máy').click()
  await page.getByText('Còn 2 chỗ cần sửa:').waitFor()
  assert.equal(await page.getByText('Nơi tiếp xúc chưa được ghi.').count(), 2)
  await until('focus in the first fault', async () => await page.evaluate(() => document.activeElement.closest('#f-level') !== null))
  assert.deepEqual(await barriers(page), [])
})

test('a returned record shows who, when and what; mended it waits for the commune', async () => {
  const { page } = await phone()
  await staff.push(server.villages[0], [{ record: households[0], kind: 'household', action: 'review', state: 'returned', note: 'Xin bổ sung số điện thoại.' }])
  await send(page)
  await go(page, '/')
  await page.getByText('Xã trả lại 1 mục').click()
  await page.getByText('Hộ Mẫu A1').click()
  await page.getByText('“Xin bổ sung số điện thoại.”').waitFor()
  await page.getByRole('link', { name: 'Sửa rồi gửi lại' }).click()
  await page.context().setOffline(true)
  await page.getByLabel('Số điện thoại').fill('0905 123 456')
  await button(page, 'Lưu vào máy').click()
  await page.getByText('Đã lưu vào máy').waitFor()
  await page.getByText('Đã sửa, chờ xã xem').waitFor()
  await lineSays(page, 'chưa gửi')
  await page.context().setOffline(false)
  await send(page)
  const sent = (await staff.ofKind(server.villages[0], 'household')).find(h => h.id === households[0])
  assert.equal(sent.fields.phone, '0905123456')
  assert.equal(sent.state, 'pending')
})

test('two phones change one number; both values are shown; a choice settles it', async () => {
  const unit = server.villages[0]
  const gift = await staff.gift(unit, households[5])
  const first = await phone(), second = await phone('mattran')
  for (const [{ page }, quantity] of [[first, '2'], [second, '3']]) {
    await page.context().setOffline(true)
    await go(page, `/sua/gift/${unit}/${gift}`)
    await page.getByLabel('Số suất').fill(quantity)
    await button(page, 'Lưu vào máy').click()
    await page.getByText('Đã lưu vào máy').waitFor()
    await lineSays(page, '1 mục chưa gửi')
  }
  for (const { page } of [first, second]) await page.context().setOffline(false)
  for (const { page } of [first, second, first]) await send(page)
  await go(first.page, `/khac/${unit}/${gift}`)
  await first.page.getByText('2 suất').waitFor()
  await first.page.getByText('3 suất').click()
  await button(first.page, 'Chọn số đúng').click()
  await first.page.getByText('Đã chọn. Xã sẽ thấy lựa chọn này.').waitFor()
  await send(first.page)
  const settled = (await staff.ofKind(unit, 'gift')).find(g => g.id === gift)
  assert.equal(settled.fields.quantity, 3)
  assert.equal(settled.conflicts?.length ?? 0, 0)
})

test('a household that the book has is shown while its name is typed, marks or not', async () => {
  const { page } = await phone()
  await go(page, '/ghi/household')
  await page.getByLabel('Họ tên chủ hộ').fill('ho mau b2')
  await page.getByText('Sổ đã có: Hộ Mẫu B2,').waitFor()
  await button(page, 'Đây là hộ khác').click()
  await page.getByLabel('Họ tên chủ hộ').fill('Hộ Mẫu B2')
  await page.getByLabel('Hộ nghèo', { exact: true }).check()
  await button(page, 'Lưu vào máy').click()
  await page.getByText('Sổ đã có mục giống thế này: Hộ Mẫu B2').waitFor()
  await button(page, 'Vẫn ghi').click()
  await page.getByText('Đã lưu vào máy').waitFor()
  await send(page)
  await go(page, '/')
  await page.getByRole('link', { name: '1 mục có thể trùng' }).click()
  await page.getByText('Hộ Mẫu B2').first().click()
  await button(page, 'Trùng, xóa mục của tôi').click()
  await page.getByText('Đã xóa khỏi sổ').waitFor()
  await send(page)
  const alive = (await staff.ofKind(server.villages[0], 'household')).filter(h => h.state !== 'removed' && h.fields.headName === 'Hộ Mẫu B2')
  assert.equal(alive.length, 1)
})

test('a household that arrives while its form is open is shown too', async () => {
  const { page } = await phone()
  await go(page, '/ghi/household')
  await page.getByLabel('Họ tên chủ hộ').fill('ho mau z99')
  await page.context().setOffline(true)
  await staff.households(server.villages[0], ['Hộ Mẫu Z99'])
  await page.context().setOffline(false) // the phone asks for news by itself
  await page.getByText('Sổ đã có: Hộ Mẫu Z99').waitFor()
})

test('money is read back before it is saved, and an entry can be taken back before it is sent', async () => {
  const { page } = await phone()
  await page.context().setOffline(true)
  await go(page, '/ghi/fund')
  await button(page, 'Chi').click()
  await page.getByLabel('Số tiền').fill('2000000')
  await page.getByText('2.000.000 đồng · hai triệu đồng').waitFor()
  await page.getByLabel('Người nộp, người nhận').fill('Hộ mẫu 012')
  await button(page, 'Lưu vào máy').click()
  await page.getByText('Chi 2.000.000 đồng (hai triệu đồng)').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Lưu vào máy' }).click()
  await page.getByText('Đã lưu vào máy').waitFor()
  await go(page, '/so/fund')
  await page.getByText('Sổ đang âm').waitFor()
  await page.getByText('Hộ mẫu 012').click()
  await button(page, 'Bỏ khoản này').click()
  await lineSays(page, 'Đã gửi hết')
})

/** Records a meeting, in the phone. */
async function meet (page, place) {
  await go(page, '/ghi/meeting')
  await page.getByLabel('Nơi tiếp xúc').fill(place)
  await page.getByLabel('Quốc hội').check()
  await button(page, 'Lưu vào máy').click()
  await until('the form to close', async () => !(await page.evaluate(() => location.hash)).includes('/ghi/'))
}

test('a session that ended stops sending and nothing else; five records arrive once after the next sign-in', async () => {
  const { page } = await phone()
  // Another program signed out with this phone's token: the server knows the session no more.
  await page.evaluate(async () => {
    const db = await new Promise(resolve => { indexedDB.databases().then(list => { const open = indexedDB.open(list.find(d => d.name.startsWith('sothon-u_')).name); open.onsuccess = () => { resolve(open.result) } }) })
    const session = await new Promise(resolve => { const get = db.transaction('meta').objectStore('meta').get('session'); get.onsuccess = () => { resolve(get.result) } })
    db.close()
    await fetch('/v1/sessions/current', { method: 'DELETE', headers: { Authorization: `Bearer ${session.access}` } })
  })
  for (let i = 1; i <= 5; i++) {
    await meet(page, `Nhà văn hóa ${i}`)
    await lineSays(page, `Cần đăng nhập lại để gửi · ${i} mục chưa gửi`)
  }
  assert.equal((await staff.ofKind(server.villages[0], 'meeting')).length, 0)
  await go(page, '/so/meeting')
  await page.getByText('Nhà văn hóa 5').waitFor()
  await go(page, '/gui')
  await page.getByText('Phiên đăng nhập đã hết. Dữ liệu vẫn còn trong máy.').waitFor()
  await page.getByLabel(/Mật khẩu/).fill(password)
  await button(page, 'Đăng nhập lại').click()
  await lineSays(page, 'Đã gửi hết')
  assert.deepEqual((await staff.ofKind(server.villages[0], 'meeting')).map(m => m.fields.place).sort(), [1, 2, 3, 4, 5].map(i => `Nhà văn hóa ${i}`))
})

test('a photo goes through the camera button into the record, small and without its place', async () => {
  const { page } = await phone()
  await go(page, '/ghi/activity')
  await page.getByLabel('Tên hoạt động').fill('Tuyên truyền mẫu')
  await page.locator('input[type=file][capture]').setInputFiles({ name: 'anh.jpg', mimeType: 'image/jpeg', buffer: await picture(page) })
  await page.getByRole('img', { name: 'Ảnh 1' }).waitFor()
  await page.locator('input[type=file][capture]').setInputFiles({ name: 'hong.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('không phải ảnh') })
  await page.getByText('Không đọc được ảnh này.').waitFor()
  const kept = await page.evaluate(async () => {
    const name = (await indexedDB.databases()).find(d => d.name.startsWith('sothon-u_')).name
    const db = await new Promise(resolve => { const open = indexedDB.open(name); open.onsuccess = () => { resolve(open.result) } })
    const rows = await new Promise(resolve => { const all = db.transaction('photos').objectStore('photos').getAll(); all.onsuccess = () => { resolve(all.result) } })
    db.close()
    return rows.map(r => ({ size: r.size, thumb: r.thumb.length, state: r.state }))
  })
  assert.equal(kept.length, 1)
  assert.ok(kept[0].size < 400_000 && kept[0].thumb <= 8192, JSON.stringify(kept))
})

test('a photo that is still being made small is in the record that is saved', async () => {
  const { page } = await phone()
  await page.evaluate(() => {
    const read = globalThis.createImageBitmap
    globalThis.createImageBitmap = async (...args) => { await new Promise(resolve => { setTimeout(resolve, 1500) }); return await read(...args) }
  })
  await go(page, '/ghi/activity')
  await page.locator('#f-type').click()
  await page.getByRole('dialog').getByText('Giám sát').click()
  await page.getByLabel('Tên hoạt động').fill('Lưu khi ảnh đang thu nhỏ')
  await page.locator('input[type=file][capture]').setInputFiles({ name: 'anh.jpg', mimeType: 'image/jpeg', buffer: await picture(page) })
  await button(page, 'Lưu vào máy').click()
  await page.getByText('Đã lưu vào máy').first().waitFor()
  await lineSays(page, 'Đã gửi hết')
  const [saved] = (await staff.ofKind(server.villages[0], 'activity')).filter(a => a.fields.name === 'Lưu khi ảnh đang thu nhỏ')
  assert.equal(saved?.fields.photos?.length, 1, JSON.stringify(saved))
})

test('signing out waits for what is unsent', async () => {
  const { page } = await phone()
  await page.context().setOffline(true)
  for (let i = 1; i <= 3; i++) await meet(page, `Nhà văn hóa, khi đăng xuất ${i}`)
  await lineSays(page, '3 mục chưa gửi')
  await go(page, '/may')
  await button(page, 'Đăng xuất').click()
  await page.getByText('Còn 3 mục chưa gửi. Hãy gửi hoặc lưu ra tệp rồi mới đăng xuất.').waitFor()
  await page.reload()
  await lineSays(page, '3 mục chưa gửi')
})

test('a PIN is asked for at the start; five wrong ones wait', async () => {
  const browser = await phone()
  let page = browser.page
  const press = async digits => { for (const digit of digits) await button(page, digit).click() }
  await go(page, '/may/pin')
  await press('135790')
  await page.getByText('Nhập lại mã PIN').first().waitFor()
  await press('135790')
  await page.getByText('Đã đặt mã PIN').waitFor()
  await page.reload()
  await page.getByText('Mã PIN của Nguyễn Văn Mẫu').first().waitFor()
  for (let i = 0; i < 5; i++) {
    await press('000000')
    await page.waitForTimeout(700) // a guess costs time on purpose
  }
  await page.getByText(/Chờ \d+ giây/).waitFor()
})

for (const size of ['Thường', 'Rất to']) {
  test(`no screen has a barrier, and none is wider than the phone: ${size}`, async () => {
    const { page } = await phone()
    const unit = server.villages[0]
    await go(page, '/may')
    await button(page, size).click()
    const found = []
    const paths = ['/', '/so/household', '/so/gift', '/so/fund', '/viec/returned', '/viec/drafts', `/muc/${unit}/${households[1]}`, '/trao', `/trao/${server.commune}/${campaign}`,
      ...['household', 'gift', 'house', 'reception', 'petition', 'meeting', 'activity', 'fund'].map(kind => `/ghi/${kind}`), '/gui', '/tep', '/tep/nhan', '/may', '/may/pin', '/may/mat-khau', '/huong-dan']
    for (const path of paths) {
      await go(page, path)
      await page.locator('main').waitFor()
      await page.waitForTimeout(250)
      for (const fault of await barriers(page)) found.push(`${path}: ${fault}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) found.push(`${path}: ${wide} pixels too wide`)
    }
    assert.deepEqual(found, [])
  })
}

for (const size of ['Thường', 'To', 'Rất to']) {
  test(`three households of a series are seen before anything is scrolled: ${size}`, async () => {
    const other = await staff.campaign(server.commune, { name: `Quà Tết mẫu, chữ ${size}` }) // nobody has got anything yet
    const { page } = await phone()
    await go(page, '/may')
    await button(page, size).click()
    await startSeries(page, other)
    const whole = await page.evaluate(() => {
      const foot = document.querySelector('footer').getBoundingClientRect().top
      return [...document.querySelectorAll('main .list li')].filter(li => li.getBoundingClientRect().bottom <= foot).length
    })
    await screenshot(page, `series-${size}`)
    assert.ok(whole >= 3, `${whole} are seen`)
  })

  test(`on its side a phone leaves the better part of its screen to what is written, and hides nothing: ${size}`, async () => {
    const { page } = await phone()
    await go(page, '/may')
    await button(page, size).click()
    await page.setViewportSize({ width: 740, height: 360 })
    const found = []
    for (const path of ['/', '/so/household', '/so/gift', `/muc/${server.villages[0]}/${households[1]}`, '/trao', '/ghi/household', '/ghi/gift', '/ghi/fund', '/gui', '/tep', '/may', '/may/pin', '/huong-dan']) {
      await go(page, path)
      await page.locator('main').waitFor()
      await page.waitForTimeout(250)
      const room = await page.evaluate(() => { scrollTo(0, 100); return document.querySelector('footer').getBoundingClientRect().top - Math.max(0, document.querySelector('header').getBoundingClientRect().bottom) })
      const scrolls = await page.evaluate(() => document.documentElement.scrollHeight >= innerHeight + 60)
      if (scrolls && room < 220) found.push(`${path}: ${room} of 360 pixels are left`)
      // What has the focus is never under the foot.
      const hidden = await page.evaluate(() => [...document.querySelectorAll('main button, main a, main input')].filter(e => e.offsetParent).flatMap(e => {
        e.focus()
        const { top, bottom } = e.getBoundingClientRect()
        return document.activeElement !== e || (bottom <= document.querySelector('footer').getBoundingClientRect().top + 1 && top >= -1) || bottom - top > 200 ? [] : [`${e.tagName} ${e.textContent.slice(0, 30)} at ${top}-${bottom}`]
      }))
      for (const at of hidden) found.push(`${path}: under the foot or above the window: ${at}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) found.push(`${path}: ${wide} pixels too wide`)
    }
    for (const fault of await axe(page)) found.push(fault)
    assert.deepEqual(found, [])
  })
}
