// Prints how large the apps are, gzipped as a server sends them, beside their budgets. It fails above a budget, and
// where the app is above one already, when it grows.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const kb = 1000
const budgets = { m: { first: 45 * kb, install: 70 * kb, chunk: Infinity }, desk: { first: 90 * kb, chunk: 25 * kb } }
// What follows the first install may not grow unnoticed. Of the 114 KB with all screens the runtime of the components is
// 15, the library 27, the texts 5 and the styles 6; two are what a new phone's first screen costs in a file of its own.
const most = { m: 116 * kb }
const trial = { first: 39 * kb, whole: 58 * kb } // the trial of this stack, before there was an app

const br = file => brotliCompressSync(fs.readFileSync(file)).length
const gz = file => gzipSync(fs.readFileSync(file), { level: 9 }).length

/** What the page names itself, and what those modules import at once; of the phone also what it opens with when it is in use. */
function firstLoad (dir, all, later = []) {
  const seen = new Set(['index.html'])
  const html = fs.readFileSync(path.join(dir, 'index.html'), 'utf8')
  const queue = [...html.matchAll(/(?:src|href)="\/[a-z]+\/(assets\/[^"]+\.(?:js|css))"/g)].map(m => m[1])
  queue.push(...all.filter(f => later.some(name => f.startsWith(`assets/${name}-`))))
  while (queue.length > 0) {
    const file = queue.pop()
    if (seen.has(file)) continue
    seen.add(file)
    if (!file.endsWith('.js')) continue
    const text = fs.readFileSync(path.join(dir, file), 'utf8')
    for (const m of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) queue.push(`assets/${m[1]}`)
  }
  return seen
}

/** What the worker keeps only once the app can be opened without a network. */
function followsIn (dir) {
  const rest = /"rest":(\[\[.*?\]\])/.exec(fs.existsSync(path.join(dir, 'sw.js')) ? fs.readFileSync(path.join(dir, 'sw.js'), 'utf8') : '')
  return new Set(rest ? JSON.parse(rest[1]).map(([file]) => file.replace(/^\/m\//, '')) : [])
}

let failed = false
for (const [app, budget] of Object.entries(budgets)) {
  const dir = path.join(dist, app)
  const all = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter(f => f.isFile() && !f.name.endsWith('.br')).map(f => path.relative(dir, path.join(f.parentPath, f.name))).sort()
  const news = firstLoad(dir, all), inUse = all.filter(f => /^assets\/inside-/.test(f))
  const first = new Set([...firstLoad(dir, all, ['inside'])].filter(f => inUse.length === 0 || !/^assets\/start-/.test(f)))
  const sizes = all.map(f => [f, gz(path.join(dir, f))])
  const sum = list => list.reduce((n, [, size]) => n + size, 0)
  const code = sizes.filter(([f]) => !/\.(png|webp|ico)$/.test(f)), follows = followsIn(dir)
  if (app === 'm' && follows.size === 0) throw new Error('the worker does not say what follows the first install')
  const report = [
    ['first screen', sum(sizes.filter(([f]) => first.has(f))), budget.first, undefined, app === 'm' ? trial.first : undefined],
    ...inUse.length > 0 ? [['first screen of a new phone', sum(sizes.filter(([f]) => news.has(f))), Infinity]] : [],
    ...follows.size > 0 ? [['first install, which opens without a network', sum(code.filter(([f]) => !follows.has(f))), budget.install, undefined, trial.whole]] : [],
    [follows.size > 0 ? 'whole install, with the screens that follow' : 'whole install', sum(code), Infinity, most[app]],
    ['pictures', sum(sizes) - sum(code), Infinity],
  ]
  if (app === 'm') console.log(`m     gzip   brotli`)
  for (const [f, size] of sizes) {
    console.log(`${app}  ${String(size).padStart(7)}  ${app === 'm' ? `${String(br(path.join(dir, f))).padStart(7)}  ` : ''}${first.has(f) ? '●' : ' '}${inUse.length > 0 ? (news.has(f) ? '○' : ' ') : ''} ${f}`)
    if (!first.has(f) && f.endsWith('.js') && size > budget.chunk) {
      console.log(`${app}  ${f} is above ${budget.chunk}`)
      failed = true
    }
  }
  for (const [what, size, limit, reached = limit, before] of report) {
    const grown = size > Math.min(limit, reached)
    failed ||= grown
    console.log(`${app}  ${what}: ${(size / kb).toFixed(1)} KB gzip${limit < Infinity ? ` of ${limit / kb}` : ''}${reached < limit ? `, not above ${reached / kb}` : ''}` +
      `${before ? `, trial ${before / kb}` : ''}${grown ? '  TOO LARGE' : ''}`)
  }
}
console.log('● first screen, ○ first screen of a new phone; budgets are in gzip')
process.exit(failed ? 1 : 0)
