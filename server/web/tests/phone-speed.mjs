// Prints how quick the phone is with the records of a large village, on this machine and on one six times slower, beside
// its budgets and the trial of the stack: npm run bench:phone. The first argument is another number of records.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import setup from './build-server.mjs'
import { Browser, closeAll, until } from './browser.mjs'
import { slowLink } from './front.mjs'
import { registerPhone } from './phone.mjs'
import { Server } from './server.mjs'
import { newId, Staff } from './staff.mjs'

const records = Number(process.argv[2] ?? 15_000), batch = 500, slower = 6
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const button = (page, name) => page.getByRole('button', { name, exact: true })
const go = async (page, path) => { await page.evaluate(path => { location.hash = path }, path) }

/** What is measured, its unit, its budget, and what the trial had. */
const budgets = {
  firstScreen: ['new phone, 120 kbit/s, 800 ms: first screen', 's', undefined, 5.1],
  offlineReady: ['new phone, 120 kbit/s, 800 ms: opens offline', 's', 13, 12.3],
  firstSync: ['first sync of all records', 's'],
  requests: ['requests where nothing is new', '', 1],
  home: ['start to the home screen, without a network', 'ms', undefined, 700],
  list: ['start to the list, without a network', 'ms', 1000],
  tap: ['tap to “Đã lưu” in a series', 'ms', 100],
  search: ['a key in the search, of the slower list', 'ms', 50],
  frames: ['frames above 50 ms, of 200 that scroll', '', 0],
  longest: ['the longest of them', 'ms', 50],
  photo: ['a photo of 12 megapixels', 'ms', 3000],
  heap: ['JavaScript heap, the largest of four screens', 'MB', 60],
}
const slow = ['home', 'list', 'tap', 'search', 'frames', 'longest', 'photo'] // what a slower processor changes

async function fill (server) {
  const head = await Staff.signIn(server, 'truongthon')
  const [village] = server.villages
  const heads = Math.ceil(records / 3)
  const households = Array.from({ length: heads }, (_, i) => ({ record: newId(), kind: 'household', action: 'edit', base: 0, set: { headName: `${['Nguyễn Văn', 'Hồ Thị', 'Đinh Văn', 'Lò Thị'][i % 4]} Mẫu ${i + 1}`, code: `H${i + 1}`, category: i % 3 ? 'poor' : 'nearPoor' } }))
  const gifts = Array.from({ length: records - heads }, (_, i) => ({
    record: newId(), kind: 'gift', action: 'edit', base: 0,
    set: { household: households[i % heads].record, date: `20${19 + i % 7}-0${1 + i % 9}-${String(1 + i % 28).padStart(2, '0')}`, quantity: 1, valueVnd: 100_000 + 1000 * (i % 900) },
  }))
  const ops = [...households, ...gifts]
  for (let i = 0; i < ops.length; i += batch) await head.push(village, ops.slice(i, i + batch))
  return await (await Staff.signIn(server)).campaign(server.commune)
}

/** A new phone over a slow link, until the app opens without a network. */
async function overSlowLink (server) {
  const link = await slowLink(server.port, { rttMs: 800, downKbps: 120, upKbps: 40 })
  const browser = await Browser.open()
  try {
    const { page } = browser
    page.setDefaultTimeout(60_000)
    const begun = Date.now()
    await page.goto(`${link.url}/m/`, { waitUntil: 'commit', timeout: 60_000 })
    await button(page, 'Dùng tên đăng nhập và mật khẩu').waitFor()
    const firstScreen = (Date.now() - begun) / 1000
    await page.evaluate(async () => { await navigator.serviceWorker.ready })
    return { firstScreen, offlineReady: (Date.now() - begun) / 1000 }
  } finally {
    await browser.close()
    await link.stop()
  }
}

/** Which workers the page has, and how far each has come. */
const workers = async page => await page.evaluate(async () => {
  const found = await navigator.serviceWorker.getRegistration('/m/')
  return Object.fromEntries(['installing', 'waiting', 'active'].filter(at => found?.[at]).map(at => [at, `${found[at].scriptURL} ${found[at].state}`]))
})

/** From the navigation of a new page until something is painted in it, in ms. */
async function startUp (browser, url, selector, rate) {
  const times = []
  for (let i = 0; i < 5; i++) {
    const page = await browser.context.newPage()
    const cdp = await browser.context.newCDPSession(page)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate })
    await page.addInitScript(selector => {
      const look = () => { if (document.querySelector(selector)) requestAnimationFrame(() => { setTimeout(() => { globalThis.painted = performance.now() }, 0) }); else requestAnimationFrame(look) }
      look()
    }, selector)
    await page.goto(url, { waitUntil: 'commit' })
    await page.waitForFunction(() => globalThis.painted !== undefined, undefined, { timeout: 60_000 })
    times.push(await page.evaluate(() => globalThis.painted))
    await page.close()
  }
  return median(times)
}

async function tap (page) {
  const times = []
  for (let i = 0; i < 11; i++) {
    times.push(await page.evaluate(async () => {
      const said = () => (document.body.innerText.match(/Đã lưu \d\d:\d\d/g) ?? []).length
      const before = said(), row = document.querySelector('button.tap[aria-pressed=false]'), begun = performance.now()
      row.click()
      while (row.getAttribute('aria-pressed') !== 'true') await new Promise(resolve => requestAnimationFrame(resolve))
      const took = performance.now() - begun
      if (said() <= before) throw new Error('the row does not say that it is saved')
      return took
    }))
    await page.waitForTimeout(700)
  }
  return median(times)
}

/** Letters as fingers type them, each until it is painted; the slowest counts. */
async function type (page, text) {
  return await page.evaluate(async text => {
    const box = document.querySelector('input[type=search]') ?? document.querySelector('main input')
    let worst = 0
    box.focus() // what is looked through is put together before the keyboard has come up
    await new Promise(resolve => setTimeout(resolve, 300))
    for (let n = 1; n <= text.length; n++) {
      box.value = text.slice(0, n)
      const begun = performance.now()
      box.dispatchEvent(new Event('input', { bubbles: true }))
      await new Promise(resolve => requestAnimationFrame(() => { setTimeout(resolve, 0) }))
      worst = Math.max(worst, performance.now() - begun)
      await new Promise(resolve => setTimeout(resolve, 120))
    }
    box.value = ''
    box.dispatchEvent(new Event('input', { bubbles: true }))
    return worst
  }, text)
}

async function scroll (page) {
  return await page.evaluate(async () => {
    const frames = []
    scrollTo(0, 0)
    await new Promise(resolve => setTimeout(resolve, 300))
    let last = await new Promise(resolve => requestAnimationFrame(resolve))
    for (let i = 0; i < 200; i++) {
      scrollBy(0, 150)
      const now = await new Promise(resolve => requestAnimationFrame(resolve))
      frames.push(now - last)
      last = now
    }
    return { frames: frames.filter(f => f > 50).length, longest: Math.max(...frames) }
  })
}

async function photo (page) {
  await go(page, '/ghi/activity')
  const box = page.locator('input[type=file][capture]')
  await box.waitFor({ state: 'attached' })
  const file = path.join(os.tmpdir(), `sothon-12mp-${process.pid}.jpg`)
  const before = await page.getByRole('img', { name: /^Ảnh \d/ }).count() // a picture that is there already is not added again
  fs.writeFileSync(file, Buffer.from(await page.evaluate(async seed => {
    const canvas = new OffscreenCanvas(4000, 3000), paint = canvas.getContext('2d')
    for (let i = 0; i < 3000; i++) { paint.fillStyle = `hsl(${i * 37 + seed * 90},70%,${30 + i % 50}%)`; paint.fillRect(i * 71 % 4000, i * 53 % 3000, 130, 90) }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer())
    let text = ''
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768))
    return btoa(text)
  }, before), 'base64'))
  await box.evaluate(input => { input.addEventListener('change', () => { globalThis.taken = performance.now() }, { capture: true, once: true }) })
  await box.setInputFiles(file)
  await page.getByRole('img', { name: `Ảnh ${before + 1}` }).waitFor({ timeout: 60_000 })
  fs.rmSync(file)
  return await page.evaluate(() => performance.now() - globalThis.taken)
}

async function heap (browser) {
  let most = 0
  const cdp = await browser.context.newCDPSession(browser.page)
  await cdp.send('Performance.enable')
  for (const path of ['/', '/so/household', '/so/gift', '/ghi/gift']) {
    await go(browser.page, path)
    await browser.page.waitForTimeout(2500)
    await cdp.send('HeapProfiler.collectGarbage')
    const { metrics } = await cdp.send('Performance.getMetrics')
    most = Math.max(most, metrics.find(m => m.name === 'JSHeapUsedSize').value / 1e6)
  }
  return most
}

/** What an exchange asks that finds nothing: by itself, as when the screen comes back. */
async function nothingNew (page) {
  let n = 0
  page.on('request', request => { if (new URL(request.url()).pathname.startsWith('/v1/')) n++ })
  await page.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')) })
  await page.waitForTimeout(3000)
  return n
}

async function measure () {
  const server = await Server.start()
  const took = {}, throttled = {}
  try {
    Object.assign(took, await overSlowLink(server))
    const campaign = await fill(server)
    const begun = Date.now()
    const browser = await registerPhone(server.url, 'truongthon')
    const { page } = browser
    page.setDefaultTimeout(120_000)
    await go(page, '/so/gift')
    await until('all records', async () => (await page.locator('main [role=status]').first().innerText().catch(() => '')).replace(/\D/g, '') === String(records - Math.ceil(records / 3)), 300_000)
    took.firstSync = (Date.now() - begun) / 1000
    await until('the worker that sends', async () => (await workers(page)).active?.endsWith('?send activated') ?? false, 60_000)
      .catch(async error => { throw new Error(`${error.message}; there are ${JSON.stringify(await workers(page))}`) })
    await page.waitForTimeout(2000)
    took.requests = await nothingNew(page)
    took.heap = await heap(browser)
    await browser.context.setOffline(true)
    const cdp = await browser.context.newCDPSession(page)
    for (const [into, rate] of [[took, 1], [throttled, slower]]) {
      into.home = await startUp(browser, `${server.url}/m/`, '.kinds', rate)
      into.list = await startUp(browser, `${server.url}/m/#/so/household`, 'main .list li', rate)
      await page.bringToFront() // a page behind another paints nothing
      await cdp.send('Emulation.setCPUThrottlingRate', { rate })
      await go(page, '/so/gift')
      await page.locator('main .list li').first().waitFor()
      into.search = await type(page, 'hồ thị mẫu 12')
      Object.assign(into, await scroll(page))
      await go(page, '/so/household')
      await page.locator('main .list li').first().waitFor()
      into.search = Math.max(into.search, await type(page, 'hồ thị mẫu 12'))
      await go(page, `/trao/${server.commune}/${campaign}`)
      await button(page, 'Bắt đầu').or(page.locator('button.tap').first()).first().waitFor({ timeout: 60_000 })
      if (await button(page, 'Bắt đầu').isVisible()) await button(page, 'Bắt đầu').click()
      await page.locator('button.tap').first().waitFor({ timeout: 60_000 })
      into.tap = await tap(page)
      into.photo = await photo(page)
    }
    if (browser.errors.length > 0) throw new Error(browser.errors.join('\n'))
  } finally {
    await closeAll()
    await server.stop()
  }
  return { took, throttled }
}

setup()
const { took, throttled } = await measure()
console.log(`${`${records} records`.padEnd(50)}${'here'.padStart(10)}${`${slower}× slower`.padStart(12)}${'budget'.padStart(10)}${'trial'.padStart(10)}`)
for (const [name, [what, unit, budget, trial]] of Object.entries(budgets)) {
  const shown = (n, width) => (n === undefined ? '' : `${n.toFixed(unit === 's' || unit === 'MB' ? 1 : 0)} ${unit}`).padStart(width)
  const worst = slow.includes(name) ? throttled[name] : took[name]
  console.log(`${what.padEnd(50)}${shown(took[name], 10)}${shown(slow.includes(name) ? throttled[name] : undefined, 12)}${shown(budget, 10)}${shown(trial, 10)}${budget !== undefined && worst > budget ? '  ABOVE BUDGET' : ''}`)
}
