// Builds both apps and the service worker into dist/. The same sources give the same bytes.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const version = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version
const target = 'chrome90' // the last Chrome of some old phones; anything newer is left out of the output

/**
 * The phone's three files, by when they are needed: what the page imports at once, the screens, and what those use.
 * Few files compress better, and cost few requests on a slow link.
 */
function byTime () {
  let first
  const closure = (id, about) => {
    if (first.has(id)) return
    first.add(id)
    for (const next of about.getModuleInfo(id)?.importedIds ?? []) closure(next, about)
  }
  const name = (id, about) => {
    if (!first) {
      first = new Set()
      closure(path.join(root, 'phone/index.html'), about)
    }
    return first.has(id) || !id.startsWith(root) || id.includes('node_modules') ? 'first' : /\/phone\/screens\//.test(id) ? 'screens' : 'later'
  }
  return { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name, debugName: 'byTime' }] } }
}

/** Bundles one app: its own components, and what it imports of ui/ and lib/. */
async function app (name, base, outDir, output = {}) {
  await build({
    configFile: false,
    root: path.join(root, name),
    base,
    publicDir: path.join(root, name, 'public'),
    logLevel: 'warn',
    define: { __APP_VERSION__: JSON.stringify(version) },
    plugins: [svelte({ configFile: path.join(root, 'svelte.config.js') })],
    build: {
      outDir,
      emptyOutDir: true,
      target,
      cssTarget: target,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { output },
    },
  })
}

function files (dir) {
  return fs.readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(f => f.isFile())
    .map(f => path.relative(dir, path.join(f.parentPath, f.name)).split(path.sep).join('/'))
    .sort()
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** Bundles the worker with the list of what it keeps for use without a network. */
async function worker (dir, base) {
  // The names of assets hold their hashes already.
  const kept = files(dir).filter(f => f !== 'sw.js').map(f => (f.startsWith('assets/') ? [base + f] : [base + f, sha256(fs.readFileSync(path.join(dir, f))).slice(0, 16)]))
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    define: { __PRECACHE__: JSON.stringify(kept), __APP_VERSION__: JSON.stringify(version) },
    build: {
      outDir: dir,
      emptyOutDir: false,
      target,
      lib: { entry: path.join(root, 'sw/sw.ts'), formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
    },
  })
}

/** The pages' content security policy has no unsafe-inline; markup that needs it would silently break. */
function refuseInline (dir) {
  for (const f of files(dir)) {
    const text = /\.(html|js)$/.test(f) ? fs.readFileSync(path.join(dir, f), 'utf8') : ''
    const found = f.endsWith('.html')
      ? /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/.exec(text)
      : /<[a-z][a-z0-9]*\s[^<>]*\bstyle=(?!\$\{)/.exec(text)
    if (found) throw new Error(`${f}: inline script or style, which the policy blocks: ${text.slice(found.index, found.index + 80)}`)
  }
}

if (process.argv[2] === 'bench') {
  // The library alone, with the worker, for tests in a browser.
  const bench = path.join(root, 'tests/out/bench')
  await app('tests/browser/bench', '/m/', bench)
  await worker(bench, '/m/')
  process.exit()
}
const m = path.join(root, 'dist/m')
const desk = path.join(root, 'dist/desk')
await app('phone', '/m/', m, byTime())
await worker(m, '/m/')
await app('desk', '/desk/', desk)
for (const dir of [m, desk]) refuseInline(dir)
