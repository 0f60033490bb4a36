// A phone in a real Chromium: a profile of its own, the size of a small screen, and what tests ask of a page.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const screens = fileURLToPath(new URL('./out/screens', import.meta.url))
const maxWait = 60_000 // ms, for a machine that does other work too; a test that passes never waits so long

const open = new Set()

/** Closes what a failed test has left open. */
export async function closeAll () { for (const browser of open) await browser.close() }

export class Browser {
  /** A phone is 360×740; give { width, height, isMobile: false } for a desk. */
  static async open (options = {}) {
    const browser = new Browser()
    browser.options = options
    browser.dir = options.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'sothon-browser-'))
    await browser.start()
    open.add(browser)
    return browser
  }

  async start () {
    const { width = 360, height = 740, isMobile = true, ...rest } = this.options
    delete rest.dir
    this.context = await chromium.launchPersistentContext(this.dir, {
      executablePath, args: flags, ignoreDefaultArgs: ['--disable-back-forward-cache'], chromiumSandbox: false,
      viewport: { width, height }, isMobile, hasTouch: isMobile, deviceScaleFactor: isMobile ? 2 : 1, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', ...rest,
    })
    this.context.setDefaultTimeout(maxWait)
    this.errors = []
    this.context.on('weberror', e => this.errors.push(String(e.error())))
    this.context.on('console', m => { if (m.type() === 'error' && !/ERR_|Failed to load resource/.test(m.text())) this.errors.push(m.text()) })
    this.page = this.context.pages()[0] ?? await this.context.newPage()
  }

  /** Ends the browser as a dead battery does. What was not on the disk is gone. */
  async kill () {
    const gone = new Promise(resolve => this.context.once('close', resolve))
    // Every process of this browser has its profile's folder in its command line.
    for (const pid of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        if (fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.dir)) process.kill(Number(pid), 'SIGKILL')
      } catch { /* it has ended meanwhile */ }
    }
    await Promise.race([gone, new Promise(resolve => setTimeout(resolve, 3_000))])
    for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) fs.rmSync(path.join(this.dir, lock), { force: true })
  }

  async restart () {
    await this.context.close().catch(() => {})
    await this.start()
  }

  async close () {
    open.delete(this)
    await this.context.close().catch(() => {})
    fs.rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Keeps a picture of a page below tests/out/screens. */
export async function screenshot (page, name) {
  fs.mkdirSync(screens, { recursive: true })
  await page.screenshot({ path: path.join(screens, `${name}.png`), animations: 'disabled' })
}

/** What is wrong with a page for people who cannot see or point well; empty when nothing is. */
export async function axe (page) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  return violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)
}

/**
 * What a screen reader comes upon, in its order: the nodes of Chromium's own accessibility tree that have a role to
 * tell, with their names; of headings the level too.
 */
export async function readingOrder (page) {
  const client = await page.context().newCDPSession(page)
  const { nodes } = await client.send('Accessibility.getFullAXTree')
  await client.detach()
  const byId = new Map(nodes.map(n => [n.nodeId, n])), order = []
  const visit = node => {
    const role = node.role?.value ?? ''
    if (!node.ignored && !['none', 'generic', 'InlineTextBox', 'LineBreak', 'ListMarker'].includes(role)) {
      order.push({ role, name: node.name?.value ?? '', level: node.properties?.find(p => p.name === 'level')?.value.value })
    }
    for (const id of node.childIds ?? []) if (byId.has(id)) visit(byId.get(id))
  }
  visit(nodes[0])
  return order
}

/** Waits until a condition holds, or fails saying what it was. */
export async function until (what, holds, ms = maxWait) {
  const end = Date.now() + ms
  for (;;) {
    if (await holds()) return
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
