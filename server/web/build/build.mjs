// Builds both apps and the service worker into dist/. The same sources give the same bytes.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build } from 'vite'
import { newerThanChrome90, parse, walk } from './syntax.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const version = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version
// The last Chrome of some old phones is 90. What later ones would lower for it are four rare faults of it, which
// refuseNewer keeps out of the output: with them lowered everywhere, every script is a twentieth larger.
const target = 'chrome98', cssTarget = 'chrome90'

/**
 * The phone's files, by when they are needed. The page and the service worker share three: base, which every screen
 * needs, book, which all but the first screen of a new phone need, and send. Of the page's own come what draws at all,
 * the first screen of a new phone, that of a phone in use, what signs in, and all others. A new phone on a slow link waits
 * for its first screen alone, and opens without a network before the others are there; few files compress better, and
 * cost few requests.
 */
const shared = ['base', 'book', 'send']
const times = ['start', 'inside'] // each is what phone/NAME.ts imports, and no earlier one has
const helpers = 'rolldown-runtime'
function byTime (page) {
  let first, worker, closures, people
  const closure = (about, ...ids) => {
    const found = new Set()
    const walk = id => {
      if (found.has(id)) return
      found.add(id)
      for (const next of about.getModuleInfo(id)?.importedIds ?? []) walk(next)
    }
    ids.forEach(walk)
    return found
  }
  const lib = name => path.join(root, 'lib', name)
  const name = (id, about) => {
    if (!first) {
      first = closure(about, page)
      worker = closure(about, entry, lib('exchange.ts'))
      people = closure(about, lib('people.ts'))
      closures = new Map(times.map(time => [time, closure(about, path.join(path.dirname(page), `${time}.ts`))]))
      for (const shares of worker) {
        if (/^export (let|var) /m.test(about.getModuleInfo(shares)?.code ?? '')) throw new Error(`${shares}: a shared export that changes would be copied once`)
      }
    }
    if (id === entry) return undefined
    if (worker.has(id) && !id.includes('preload-helper')) return first.has(id) || closures.get('start').has(id) ? 'base' : closures.get('inside').has(id) ? 'book' : 'send'
    if (first.has(id) || id.includes('node_modules') || !id.startsWith(root)) return 'first'
    return times.find(time => closures.get(time).has(id)) ?? (people.has(id) ? 'people' : 'later')
  }
  return { includeDependenciesRecursively: false, groups: [{ name, debugName: 'byTime' }] }
}
const entry = path.join(root, 'sw/sw.ts')

/**
 * Workers of Chrome 90 load no modules, but classic scripts; pages load both. So the two files that both use are
 * written as classic scripts that leave what they export in self.sothon, and what imports them takes it from there.
 */
function classic () {
  const global = name => `self.sothon_${name}`
  const nameOf = file => shared.find(name => path.basename(file).startsWith(`${name}-`))
  return {
    name: 'classic',
    enforce: 'post',
    augmentChunkHash: () => classic.toString(),
    generateBundle: {
      order: 'post',
      handler (_, bundle) {
        const runtime = Object.values(bundle).find(chunk => path.basename(chunk.fileName).startsWith(helpers))
        const scripts = shared.flatMap(name => Object.keys(bundle).filter(file => nameOf(file) === name)).map(file => `./${file}`)
        for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk' && chunk !== runtime) chunk.code = rewrite(chunk, bundle, runtime?.code, scripts)
        if (runtime) delete bundle[runtime.fileName]
      },
    },
  }
  /** Each that needs the bundler's few helpers gets them: they are smaller than one more request. */
  function inlined (code) {
    const at = code.lastIndexOf('export{')
    const exported = code.slice(at + 7, code.lastIndexOf('}')).split(',').map(one => one.split(' as ')).map(([ours, theirs = ours]) => `${theirs}:${ours}`)
    return `(()=>{${code.slice(0, at)}return{${exported}}})()`
  }
  function rewrite (chunk, bundle, runtime, scripts) {
    // The page's loader of styles goes round every import(), and a worker has neither styles nor a document.
    const preloads = node => node.specifiers.length === 1 && Object.values(bundle).some(other =>
      path.basename(other.fileName) === path.basename(node.source.value) && Object.keys(other.modules).some(id => id.includes('vite/preload-helper')))
    const own = nameOf(chunk.fileName), isWorker = chunk.fileName === 'sw.js'
    const names = specifiers => specifiers.map(s => {
      const [theirs, ours] = s.type === 'ImportSpecifier' ? [s.imported, s.local] : [s.exported, s.local]
      return theirs.name === ours.name ? ours.name : `${theirs.name}:${ours.name}`
    }).join(',')
    const edits = []
    walk(parse(chunk.code), node => {
      const source = node.source && (node.source.value ?? node.source.quasis?.[0].value.raw)
      const from = source && nameOf(source)
      if (node.type === 'ImportDeclaration' && path.basename(node.source.value).startsWith(helpers)) {
        edits.push([node, `const{${names(node.specifiers)}}=${inlined(runtime)};`])
      } else if (node.type === 'ImportDeclaration') {
        if (own && preloads(node)) { edits.push([node, `const ${node.specifiers[0].local.name}=load=>load();`]); return }
        if ((own || isWorker) && !from) throw new Error(`${chunk.fileName} imports ${node.source.value}, which only a page can`)
        if (!from) return
        const taken = node.specifiers.length > 0 ? `const{${names(node.specifiers)}}=${global(from)}${isWorker ? '??{}' : ''};` : ''
        edits.push([node, own || isWorker ? taken : `import"${node.source.value}";${taken}`])
      } else if (node.type === 'ImportExpression' && from) {
        edits.push([node, `(${global(from)}?Promise.resolve():import("${source}")).then(()=>${global(from)})`])
      } else if (own && /^Export.*Declaration$/.test(node.type)) {
        if (node.type !== 'ExportNamedDeclaration' || node.declaration || node.source) throw new Error(`${chunk.fileName}: an export of a form that is not known`)
        edits.push([node, `${global(own)}={${node.specifiers.map(s => `${s.exported.name}:${s.local.name}`).join(',')}};`])
      }
    })
    let code = chunk.code
    for (const [node, text] of edits.sort((a, b) => b[0].start - a[0].start)) code = code.slice(0, node.start) + text + code.slice(node.end)
    if (isWorker) code = `const take=self.trustedTypes?.createPolicy("sothon-worker",{createScriptURL:u=>u});if(self.location.search==="?send")importScripts(...${JSON.stringify(scripts)}.map(u=>take?take.createScriptURL(u):u));${code}`
    return own || isWorker ? `(()=>{${code.trim()}})();\n` : code
  }
}

/**
 * The page names the first screen of a new phone, so that it is fetched with what draws it and not after that; styles
 * come first, as nothing is shown before them.
 */
function startsEarly (base) {
  return {
    name: 'starts-early',
    transformIndexHtml: {
      order: 'post',
      handler (html, { bundle }) {
        const start = Object.keys(bundle).filter(file => path.basename(file).startsWith('start-'))
        const added = start.map(file => (file.endsWith('.css')
          ? `    <link rel="stylesheet" crossorigin href="${base}${file}">\n`
          : `    <link rel="modulepreload" crossorigin href="${base}${file}">\n`)).join('')
        const tags = /^ *<(?:link rel="(?:stylesheet|modulepreload)"|script).*\n/gm
        const all = (html.replace('  </head>', `${added}  </head>`).match(tags) ?? []).sort((a, b) => Number(b.includes('stylesheet')) - Number(a.includes('stylesheet')))
        return html.replace(tags, '').replace('  </head>', `${all.join('')}  </head>`)
      },
    },
  }
}

/** Bundles one app: its own components, and what it imports of ui/ and lib/. The phone's has the worker in it. */
async function app (name, base, outDir, withWorker = false) {
  const page = path.join(root, name, 'index.html')
  await build({
    configFile: false,
    root: path.join(root, name),
    base,
    publicDir: path.join(root, name, 'public'),
    logLevel: 'warn',
    define: { __APP_VERSION__: JSON.stringify(version) },
    plugins: [svelte({ configFile: path.join(root, 'svelte.config.js') }), ...withWorker ? [classic()] : [], ...fs.existsSync(path.join(root, name, 'start.ts')) ? [startsEarly(base)] : []],
    build: {
      outDir,
      emptyOutDir: true,
      target,
      cssTarget,
      assetsInlineLimit: 0,
      // What the worker takes too has no style and nothing before it, and a worker has no document to preload in.
      modulePreload: { polyfill: false, resolveDependencies: (file, needs) => (shared.some(s => path.basename(file).startsWith(`${s}-`)) ? [] : needs.filter(n => !n.includes(helpers))) },
      rolldownOptions: withWorker
        ? { input: { index: page, sw: entry }, output: { codeSplitting: byTime(page), entryFileNames: chunk => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash:6].js'), chunkFileNames: 'assets/[name]-[hash:6].js', assetFileNames: 'assets/[name]-[hash:6][extname]' } }
        : {},
    },
  })
  if (withWorker) listKept(outDir, base)
}

/** A file by Brotli; undefined where that is not worth it. */
function packed (file) {
  const content = fs.readFileSync(file)
  const small = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } })
  return content.length >= 512 && small.length < content.length ? small : undefined
}

/** Brotli beside each file, for browsers that speak it (over https); the server makes the gzip itself. */
function compress (dir) {
  for (const file of files(dir)) {
    const small = packed(path.join(dir, file))
    if (small) fs.writeFileSync(path.join(dir, `${file}.br`), small)
  }
}

function files (dir) {
  return fs.readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(f => f.isFile() && !f.name.endsWith('.br'))
    .map(f => path.relative(dir, path.join(f.parentPath, f.name)).split(path.sep).join('/'))
    .sort()
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** What the app does not open with: it follows once a new phone can be opened without a network. */
const isLater = file => /^assets\/later-/.test(file)

/** Tells the worker what it keeps for use without a network, and how large each file is as it is sent. */
function listKept (dir, base) {
  // The names of assets hold their hashes already.
  // Small ones first: on a slow link they do not stand behind the large ones.
  const names = files(dir).filter(f => f !== 'sw.js').sort((a, b) => Number(a.startsWith('assets/')) - Number(b.startsWith('assets/')))
  const kept = f => {
    const file = path.join(dir, f)
    return [base + f, packed(file)?.length ?? fs.statSync(file).size, ...f.startsWith('assets/') ? [] : [sha256(fs.readFileSync(file)).slice(0, 16)]]
  }
  const worker = path.join(dir, 'sw.js')
  const parts = fs.readFileSync(worker, 'utf8').split('__PRECACHE__')
  if (parts.length !== 2) throw new Error('the worker does not ask once for the list of what it keeps')
  fs.writeFileSync(worker, parts.join(JSON.stringify({ first: names.filter(f => !isLater(f)).map(kept), rest: names.filter(isLater).map(kept) })))
}

/** What the target lets through, and Chrome 90 reads wrongly or not at all. */
function refuseNewer (dir) {
  for (const f of files(dir).filter(f => f.endsWith('.js'))) {
    const found = newerThanChrome90(fs.readFileSync(path.join(dir, f), 'utf8'))
    if (found) throw new Error(`${f}: Chrome 90 does not read ${found}`)
  }
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
  await app('tests/browser/bench', '/m/', path.join(root, 'tests/out/bench'), true)
  process.exit()
}
const m = path.join(root, 'dist/m')
const desk = path.join(root, 'dist/desk')
await app('phone', '/m/', m, true)
await app('desk', '/desk/', desk)
for (const dir of [m, desk]) {
  refuseInline(dir)
  refuseNewer(dir)
}
compress(m)
