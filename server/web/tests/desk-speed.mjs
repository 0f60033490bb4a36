// Prints how quick the desk is with a commune's 100,000 records beside one of 100, in one run: npm run bench:desk.
// The first argument is another number of records.
import setup from './build-server.mjs'
import { Browser, closeAll, until } from './browser.mjs'
import { Server, password } from './server.mjs'
import { newId, Staff } from './staff.mjs'

const many = Number(process.argv[2] ?? 100_000), few = 100, batch = 500
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

/** Presses a key and waits until another row is open and painted, in ms. */
async function press (page, code) {
  return await page.evaluate(async code => {
    const row = () => document.querySelector('tr[aria-selected="true"]')
    const old = row(), begin = performance.now()
    document.body.dispatchEvent(new KeyboardEvent('keydown', { code, key: code, bubbles: true }))
    for (;;) {
      await new Promise(resolve => requestAnimationFrame(resolve))
      if (row() && row() !== old) return performance.now() - begin
      if (performance.now() - begin > 5000) throw new Error(`no other row after ${code}`)
    }
  }, code)
}

/** What is measured, its unit and its budget. */
const budgets = {
  table: ['sign-in to the first table', 'ms', 1000],
  answer: ['filter: the answer', 'ms', 300],
  paint: ['filter: from the answer to the paint', 'ms', 100],
  move: ['to the next row', 'ms', 50],
  decide: ['decision to the next row', 'ms', 100],
  badge: ['a change elsewhere to the badge', 'ms', 2000],
  requests: ['requests at once', '', 7],
  heap: ['heap after 500 rows', 'MB', 150],
}

async function fill (server, records) {
  const people = await Promise.all(['truongthon', 'mattran'].map(name => Staff.signIn(server, name)))
  const staff = await Staff.signIn(server)
  const [first] = server.villages
  const heads = Math.ceil(records / 4)
  const households = Array.from({ length: heads }, (_, i) => ({ record: newId(), kind: 'household', action: 'edit', base: 0, set: { headName: `Hộ Mẫu ${i}`, code: `H${i}`, category: i % 3 ? 'poor' : 'nearPoor' } }))
  const gifts = Array.from({ length: records - heads }, (_, i) => ({
    record: newId(), kind: 'gift', action: 'edit', base: 0,
    set: { household: households[i % heads].record, date: `20${String(19 + i % 7)}-0${1 + i % 9}-${String(1 + i % 28).padStart(2, '0')}`, quantity: 1, valueVnd: 100_000 + 1000 * (i % 900) },
  }))
  const ops = [...households, ...gifts]
  for (let i = 0; i < ops.length; i += batch) await people[0].push(first, ops.slice(i, i + batch))
  const deadline = Date.now() + 120_000
  for (;;) { // until the lists have them
    const { totals } = await staff.call('GET', '/v1/records?kind=gift&totals=true&limit=1')
    if (totals.count === gifts.length) return { first, person: people[1] }
    if (Date.now() > deadline) throw new Error(`the lists have ${totals.count} of ${gifts.length}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function measure (records) {
  const server = await Server.start()
  const took = {}
  try {
    const { first, person } = await fill(server, records)
    const browser = await Browser.open({ width: 1366, height: 768, isMobile: false })
    const { page } = browser
    const now = async () => await page.evaluate(async () => await new Promise(resolve => requestAnimationFrame(() => { setTimeout(() => { resolve(performance.timeOrigin + performance.now()) }, 0) })))
    let open = 0, most = 0
    const ended = r => { if (r.url().includes('/v1/')) open-- }
    page.on('request', r => { if (r.url().includes('/v1/')) most = Math.max(most, ++open) })
    page.on('requestfinished', ended)
    page.on('requestfailed', ended)

    await page.goto(`${server.url}/desk/so?loai=gift`)
    await page.getByLabel('Tên đăng nhập').fill('canbo')
    await page.getByLabel('Mật khẩu').fill(password)
    let begin = Date.now()
    await page.getByRole('button', { name: 'Đăng nhập' }).click()
    await page.locator('tbody tr').first().waitFor()
    took.table = await now() - begin

    const answers = [], paints = []
    for (const [label, value] of [['Tình trạng', 'pending'], ['Tình trạng', ''], ['Thôn', first], ['Thôn', '']]) {
      const box = page.getByLabel(label, { exact: true }).first()
      if (await box.count() === 0) continue
      begin = Date.now()
      const answered = page.waitForResponse(r => r.url().includes('/v1/records?'))
      await box.selectOption(value)
      const response = await answered
      await response.finished()
      const { responseEnd } = response.request().timing()
      answers.push(responseEnd)
      const at = Date.now()
      paints.push(await now() - at)
    }
    took.answer = median(answers)
    took.paint = median(paints)

    await page.evaluate(() => { document.activeElement?.blur() })
    const moves = []
    for (let i = 0; i < 50; i++) moves.push(await press(page, 'ArrowDown'))
    took.move = median(moves)
    await page.getByRole('tab', { name: 'Nội dung' }).waitFor()
    const decisions = []
    for (let i = 0; i < 10; i++) decisions.push(await press(page, 'KeyD'))
    took.decide = median(decisions)

    await page.waitForTimeout(3000) // the decisions' own news have come
    const badge = async () => await page.getByRole('navigation', { name: 'Sổ Thôn' }).innerText()
    const was = await badge()
    begin = Date.now()
    await person.push(first, [{ record: newId(), kind: 'household', action: 'edit', base: 0, set: { headName: 'Hộ Mẫu Mới', code: 'HM', category: 'poor' } }])
    await until('the badge', async () => await badge() !== was, 20_000)
    took.badge = Date.now() - begin

    for (let i = 0; i < 450; i++) await press(page, i % 60 < 30 ? 'ArrowUp' : 'ArrowDown')
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('HeapProfiler.collectGarbage')
    await cdp.send('Performance.enable')
    const { metrics } = await cdp.send('Performance.getMetrics')
    took.heap = metrics.find(m => m.name === 'JSHeapUsedSize').value / 1e6
    took.requests = most
    if (browser.errors.length > 0) throw new Error(browser.errors.join('\n'))
  } finally {
    await closeAll()
    await server.stop()
  }
  return took
}

setup()
const [small, large] = [await measure(few), await measure(many)]
console.log(`${''.padEnd(38)}${String(few).padStart(12)}${String(many).padStart(12)}${'budget'.padStart(12)}`)
for (const [name, [what, unit, budget]] of Object.entries(budgets)) {
  const shown = n => `${n.toFixed(unit === 'MB' ? 1 : 0)} ${unit}`.padStart(12)
  console.log(`${what.padEnd(38)}${shown(small[name])}${shown(large[name])}${shown(budget)}${large[name] > budget ? '  ABOVE BUDGET' : ''}`)
}
