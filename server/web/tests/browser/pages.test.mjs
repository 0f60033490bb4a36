// Every page of the desk in each of its states: without data, while it waits, when it cannot be read, and on paper; what
// axe finds in them, and in which order a screen reader comes upon their parts.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, afterEach, before, test } from 'node:test'
import setup from '../build-server.mjs'
import { axe, closeAll, readingOrder, screenshot, until } from '../browser.mjs'
import { goToDesk, signInAtDesk } from '../desk.mjs'
import { Server } from '../server.mjs'
import { newId, Staff } from '../staff.mjs'

let server, one, two, home, campaign, province, outbox

before(async () => {
  setup()
  outbox = fs.mkdtempSync('/tmp/sothon-outbox-')
  server = await Server.start({ flags: ['-outbox', outbox] });
  [one, two] = server.villages
  province = server.unit('-code', '21', '-name', 'Tỉnh mẫu', '-valid-from', '2025-07-01', '-level', 'province')
  server.user('captren', 'Bùi Cấp Trên Mẫu', 'superior', province)
  server.user('lanhdao', 'Phạm Văn Mẫu', 'approver', server.commune)
  server.user('quantri', 'Đỗ Văn Mẫu', 'admin', server.commune)
  server.user('thon2', 'Hoàng Văn Mẫu', 'collector', two)
})
afterEach(async () => { await closeAll() })
after(async () => { await server?.stop(); fs.rmSync(outbox, { recursive: true, force: true }) })

/** What each role can open. */
const pages = {
  canbo: () => ['hom-nay', 'so?loai=gift', 'mau-thuan', 'nghi-trung', 'dot-qua', 'quy', 'bao-cao', 'so-lieu', 'ho', 'nhap-ho', 'khong-nhan', 'nhan-tep', 'loi-van', 'quan-tri'],
  lanhdao: () => ['hom-nay', 'so?loai=household', 'mau-thuan', 'dot-qua', 'quy', 'bao-cao', 'so-lieu', 'ho', 'loi-van'],
  quantri: () => ['quan-tri/don-vi', 'quan-tri/tai-khoan', 'quan-tri/may', 'quan-tri/noi-nhan', 'quan-tri/mau', 'quan-tri/lich', 'quan-tri/ngay-nghi', 'quan-tri/nhat-ky', 'quan-tri/so-goc'],
  kiemtoan: () => ['bao-cao', 'so-lieu', 'quan-tri/nhat-ky', 'quan-tri/so-goc'],
  captren: () => ['da-nhan'],
}
/** Pages that read nothing before somebody asks them to, and the one of the units, which are known before. */
const still = ['nhap-ho', 'nhan-tep', 'quan-tri/don-vi']
/** What a page reads; who is signed in and what the forms are is known before. */
const data = /\/v1\/(overview|records|conflicts|duplicates|campaigns|fund|reports|periods|figures|rejections|standing|notices|access-log|admin-log|devices|users|schedules|runs|holidays|deliveries|units\/[^/]+\/(recipients|letterhead|head|verify))/
const name = (state, who, path) => `page-${state}-${who}-${path.replace(/\W/g, '-')}`
const loaded = async page => {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await until('nothing to be waited for', async () => await page.locator('#main').getByText('Đang tải…').count() === 0)
}

async function look (page, state, who, path) {
  await screenshot(page, name(state, who, path))
  assert.deepEqual(await axe(page), [], `${state}: ${path} as ${who}`)
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, `${state}: ${path} as ${who} has one first heading`)
}

for (const who of ['canbo', 'lanhdao', 'kiemtoan', 'captren']) {
  test(`pages without data say so: ${who}`, async () => {
    const browser = await signInAtDesk(server, who)
    for (const path of pages[who]()) {
      await goToDesk(server, browser.page, path)
      await loaded(browser.page)
      await look(browser.page, 'empty', who, path)
    }
    assert.deepEqual(browser.errors, [])
  })
}

for (const who of ['canbo', 'quantri', 'kiemtoan', 'captren']) {
  test(`pages that wait, and pages that cannot be read: ${who}`, async () => {
    const browser = await signInAtDesk(server, who)
    const { page } = browser
    let held = []
    for (const path of pages[who]()) {
      await page.route(data, route => { held.push(route) })
      await goToDesk(server, page, path)
      await page.waitForTimeout(600)
      await look(page, 'waiting', who, path)
      await page.unroute(data)
      await page.route(data, async route => { await route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:sothon:problem:busy', title: 'Busy', status: 503, code: 'busy', message: 'Máy chủ bận.' }) }) })
      for (const route of held) await route.abort().catch(() => {})
      held = []
      await goToDesk(server, page, path)
      await page.waitForTimeout(600)
      if (!still.includes(path)) {
        await page.getByRole('alert').first().waitFor() // it says that it could not be read
        if (!path.endsWith('so-goc')) await page.getByRole('button', { name: 'Thử lại' }).first().waitFor() // there each ledger has its own
      }
      await look(page, 'failed', who, path)
      await page.unroute(data)
    }
    assert.deepEqual(browser.errors, [])
  })
}

test('what was read before stays while the line is cut, with its time, and comes back by itself', async () => {
  const browser = await signInAtDesk(server)
  const { page } = browser
  await goToDesk(server, page, 'quy')
  const held = page.locator('tfoot td').last()
  await until('the book', async () => (await page.locator('tfoot').innerText()).includes('0 khoản'))
  await page.route(/\/v1\/fund/, route => route.abort())
  const staff = await Staff.signIn(server)
  await staff.push(one, [{ record: newId(), kind: 'fund', action: 'edit', set: { date: '2026-01-10', direction: 'in', amountVnd: 5_000_000, purpose: 'Ủng hộ mẫu' } }])
  await page.getByRole('status').filter({ hasText: /^Số liệu lúc \d\d:\d\d, đang nối lại…/ }).waitFor()
  assert.ok((await page.locator('tfoot').innerText()).includes('0 khoản'), 'what was there stays')
  await look(page, 'stale', 'canbo', 'quy')
  await page.unroute(/\/v1\/fund/)
  await until('the new entry', async () => (await page.locator('tfoot').innerText()).includes('1 khoản'))
  assert.equal(await page.getByText(/đang nối lại…/).count(), 0)
  await held.waitFor()
  assert.deepEqual(browser.errors, [])
})

/** Fills the commune, so that every page has something to show. */
let filled
async function fill () {
  const staff = await Staff.signIn(server), head = await Staff.signIn(server, 'truongthon'), front = await Staff.signIn(server, 'mattran'), other = await Staff.signIn(server, 'thon2')
  const write = async (who, unit, kind, set, record = newId()) => { await who.push(unit, [{ record, kind, action: 'edit', base: 0, set }]); return record }
  home = await write(head, one, 'household', { headName: 'Hồ Văn Ba', code: 'H001', category: 'poor', phone: '0905123456', categoryFrom: '2026-01-01', categoryTo: '2026-12-20' })
  const copy = await write(other, two, 'household', { headName: 'Hồ Văn Ba', code: 'H201', category: 'poor', phone: '0905123456' })
  campaign = await staff.campaign(server.commune, { onePerHousehold: false, quotas: [{ unit: one, quantity: 3 }, { unit: two, quantity: 2 }] })
  const set = { campaign: { unit: server.commune, record: campaign }, date: '2026-01-05', quantity: 1, valueVnd: 300_000 }
  await write(head, one, 'gift', { ...set, household: home })
  await write(other, two, 'gift', { ...set, household: copy })
  const disputed = await write(head, one, 'gift', { household: home, date: '2026-02-05', quantity: 1, valueVnd: 100_000 })
  await write(front, one, 'gift', { quantity: 2 }, disputed)
  await write(head, one, 'petition', { receivedOn: '2026-01-05', class: 'proposal', content: 'Nội dung mẫu', status: 'received' })
  const leader = await Staff.signIn(server, 'lanhdao'), root = await Staff.signIn(server, 'quantri')
  await root.call('POST', `/v1/units/${server.commune}/recipients`, { name: 'Tỉnh mẫu', to: province, channel: 'folder', address: 'tinh-mau', validFrom: '2025-07-01' })
  const report = await staff.call('POST', '/v1/reports', { unit: server.commune, template: 'ubnd', type: 'annual', year: 2026 })
  await leader.call('POST', `/v1/reports/${report.id}/approve`, { version: report.version, name: 'Phạm Văn Mẫu', confirms: (report.warnings ?? []).map(w => w.code) })
  await leader.call('POST', `/v1/reports/${report.id}/deliver`)
  const above = await Staff.signIn(server, 'captren')
  await until('the report to be delivered', async () => (await above.call('GET', '/v1/reports')).items.length > 0, 100_000)
  return report.id
}

test('pages with data bar nobody, are read in their order, and print what they show and no more', async () => {
  const report = await (filled ??= fill())
  const more = { canbo: [`ho/${one}/${home}`, `dot-qua/${server.commune}/${campaign}`, `bao-cao/${report}`, `so?loai=household&muc=${one}/${home}`], kiemtoan: [`bao-cao/${report}`], lanhdao: [`bao-cao/${report}`] }
  const faults = [] // of all pages, told together
  for (const who of ['canbo', 'lanhdao', 'kiemtoan', 'quantri', 'captren']) {
    const browser = await signInAtDesk(server, who)
    const { page } = browser
    for (const path of [...pages[who](), ...more[who] ?? []]) {
      await goToDesk(server, page, path)
      await loaded(page)
      await page.waitForTimeout(700)
      for (const check of [() => look(page, 'full', who, path), () => inOrder(page, path), () => onPaper(page, who, path)]) {
        try { await check() } catch (e) { faults.push(e.message.split('\n').slice(0, 3).join(' ')) }
      }
      await page.emulateMedia({ media: 'screen' })
    }
    assert.deepEqual(browser.errors, [])
    await closeAll()
  }
  assert.deepEqual(faults, [])
})

/** What a screen reader comes upon: the way past the pages, the pages, the line about the person, then the page itself. */
async function inOrder (page, path) {
  const order = await readingOrder(page)
  const at = (role, text) => order.findIndex(n => n.role === role && (text === undefined || (text instanceof RegExp ? text.test(n.name) : n.name === text)))
  const frame = [at('link', 'Đến nội dung chính'), at('navigation', 'Sổ Thôn'), at('banner'), at('button', 'Đăng xuất'), at('main'), at('heading')]
  assert.ok(frame.every((place, i) => place >= 0 && (i === 0 || place > frame[i - 1])), `${path} is read in the order ${frame.join()}`)
  const heads = order.filter(n => n.role === 'heading')
  assert.equal(heads[0].level, 1, `${path} begins with its first heading`)
  for (const [i, h] of heads.entries()) assert.ok(i === 0 || h.level <= heads[i - 1].level + 1, `${path}: no level is left out before “${h.name}”`)
  for (const n of order) if (/^(link|button|checkbox|radio|combobox|textbox|searchbox|tab|spinbutton|img|image|table|Iframe)$/.test(n.role) && !['table'].includes(n.role)) assert.notEqual(n.name, '', `${path}: a ${n.role} has a name`)
  // What Tab reaches is what is read, in the same order.
  const tabbed = await page.evaluate(() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(e => e.tabIndex > 0).length)
  assert.equal(tabbed, 0, `${path} is reached by Tab in the order of the page`)
}

async function onPaper (page, who, path) {
  await page.evaluate(() => { dispatchEvent(new Event('beforeprint')) })
  await page.emulateMedia({ media: 'print' })
  for (const what of ['nav', 'header.top', '#main .btn', 'td.acts', '.splitter']) {
    for (const shown of await page.locator(what).all()) assert.equal(await shown.isVisible(), false, `${path}: ${what} is not for paper: ${(await shown.innerText().catch(() => '')).slice(0, 60)}`)
  }
  // A page that is wider than its paper is printed small.
  const screen = page.viewportSize(), lying = path.startsWith('so?') || path === 'quy'
  await page.setViewportSize({ width: lying ? 1032 : 703, height: 900 })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  await page.setViewportSize(screen)
  assert.ok(wide <= (lying ? 1032 : 703), `${path} as ${who} needs ${wide} px of paper`)
  // Each head stands over its own column.
  const crooked = await page.evaluate(() => [...document.querySelectorAll('#main table')].filter(t => t.checkVisibility()).flatMap(t => {
    const edges = row => [...row?.cells ?? []].filter(c => c.checkVisibility()).flatMap(c => [Math.round(c.getBoundingClientRect().left), ...Array(c.colSpan - 1).fill(-1)])
    const [heads, cells] = [edges(t.tHead?.rows[t.tHead.rows.length - 1]), edges([...t.tBodies[0]?.rows ?? []].find(r => [...r.cells].every(c => c.colSpan === 1)))]
    const whole = t.tHead?.rows.length === 1 && cells.length > 0
    return whole && (heads.length !== cells.length || heads.some((left, i) => left >= 0 && Math.abs(left - cells[i]) > 1)) ? [`${t.tHead.innerText.slice(0, 60)}: heads at ${heads}, cells at ${cells}`] : []
  }))
  assert.deepEqual(crooked, [], `${path} as ${who} on paper`)
  const text = await page.locator('body').innerText()
  assert.equal(text.match(/In lúc \d/g)?.length, 1, `${path} as ${who} has one foot`)
  const pdf = await page.pdf({ preferCSSPageSize: true, format: 'A4', path: new URL(`../out/screens/${name('paper', who, path)}.pdf`, import.meta.url).pathname })
  const [, width, height] = /MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/.exec(pdf.toString('latin1'))
  const [short, long] = [Number(width), Number(height)].sort((a, b) => a - b)
  assert.ok(Math.abs(short - 595) < 2 && Math.abs(long - 842) < 2, `${path} is on A4`)
}

test('a screen reader goes through Hôm nay, Mâu thuẫn and Báo cáo, and hears what a decision needs', async () => {
  await (filled ??= fill())
  const browser = await signInAtDesk(server)
  const { page } = browser
  const told = async () => (await readingOrder(page)).map(n => `${n.role} ${n.name}`.trim())
  const follows = (list, ...wanted) => {
    let at = -1
    for (const one of wanted) {
      const next = list.findIndex((line, i) => i > at && (one instanceof RegExp ? one.test(line) : line === one))
      assert.ok(next > at, `${one} after ${list[at] ?? 'the beginning'} in\n${list.join('\n')}`)
      at = next
    }
  }
  await goToDesk(server, page, 'hom-nay')
  await page.getByRole('heading', { name: 'Các thôn' }).waitFor()
  follows(await told(), 'heading Hôm nay', 'heading Cần xử lý', /^link Chờ duyệt/, /^link Mâu thuẫn 1/, 'heading Đơn đến hạn', 'heading Báo cáo', 'heading Các thôn', 'columnheader Thôn', 'columnheader Gửi lần cuối', /^link Thôn mẫu/)
  await page.keyboard.press('Alt+3')
  await page.getByRole('heading', { level: 1, name: 'Mâu thuẫn (1)' }).waitFor()
  await page.locator('.card').first().waitFor()
  follows(await told(), 'heading Mâu thuẫn (1)', /Số suất/, /Nguyễn Văn Mẫu|Trần Thị Mẫu/, /^button Chọn/)
  await page.keyboard.press('1')
  await page.locator('.card[aria-pressed="true"]').waitFor() // the chosen card says that it is
  await page.keyboard.press('Alt+7')
  await page.getByRole('heading', { level: 1, name: 'Báo cáo' }).waitFor()
  await loaded(page)
  follows(await told(), 'heading Báo cáo', /^button Lập báo cáo/, /^columnheader/, /^link /)
  assert.deepEqual(browser.errors, [])
})

test('what lies below a dialog or a locked screen does not act', async () => {
  await (filled ??= fill())
  const browser = await signInAtDesk(server)
  const { page } = browser
  await page.clock.install()
  await goToDesk(server, page, 'nghi-trung')
  await page.getByRole('heading', { level: 1, name: 'Nghi trùng (1)' }).waitFor()
  await page.getByText(/1 suất, 300\.000 đồng\. Gần nhất: 5\/1\/2026 Quà Tết mẫu/).first().waitFor() // what each has received
  let sent = 0
  page.on('request', r => { if (r.url().endsWith('/batches')) sent++ })
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Phím tắt' }).waitFor()
  for (const key of ['k', 'ArrowLeft', 'ArrowRight', 'Control+z', 'Alt+2']) await page.keyboard.press(key)
  assert.match(page.url(), /nghi-trung/)
  await page.keyboard.press('Escape')
  await page.clock.fastForward('21:00')
  await page.getByText('Màn hình đã khóa').waitFor()
  await page.getByRole('button', { name: 'Mở khóa' }).focus()
  for (const key of ['k', 'ArrowLeft', 'ArrowRight', 'Control+z', 'Alt+2']) await page.keyboard.press(key)
  await page.waitForTimeout(300)
  assert.equal(sent, 0, 'nothing was decided')
  assert.match(page.url(), /nghi-trung/)
})

test('at twice the size wide tables are scrolled, not the page', async () => {
  for (const [who, paths] of [['canbo', ['dot-qua']], ['quantri', pages.quantri()]]) {
    const browser = await signInAtDesk(server, who, { width: 683, height: 384 })
    for (const path of paths) {
      await goToDesk(server, browser.page, path)
      await loaded(browser.page)
      const { wide, width } = await browser.page.evaluate(() => ({ wide: document.documentElement.scrollWidth, width: innerWidth }))
      assert.ok(wide <= width, `${path} is ${wide} px wide, of ${width}`)
      await look(browser.page, 'zoom', who, path)
    }
    assert.deepEqual(browser.errors, [])
  }
})
