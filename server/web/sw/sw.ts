/// <reference lib="webworker" />
// The service worker: keeps the built app for use without a network, and sends when the network comes back.
//
// A browser loads what a first worker imports past its cache, though the page has it there. So the first one of a
// phone imports nothing, cannot send, and keeps only what the app opens with; one of the same files, by the address
// sw.js?send, keeps all of them, and takes its place as soon as it has them.
import { listPersons } from '../lib/registry'
import { syncEverybody } from '../lib/sync'

declare const self: ServiceWorkerGlobalScope
/** A file, its size in bytes as it is sent, and the beginning of its hash where its name holds none. */
type Kept = [path: string, bytes: number, hash?: string]
/** The files of this build: what the app opens with, and the rest. The build writes it. */
declare const __PRECACHE__: { first: Kept[], rest: Kept[] }
declare const __APP_VERSION__: string

interface SyncEvent extends ExtendableEvent { tag: string }

const scope = '/m/'
const family = 'sothon-app-'
const { first, rest } = __PRECACHE__, files = [...first, ...rest]
const sends = self.location.search === '?send' // the build imports what is sent with under the same condition
const partial = `${scope}partial` // stands in the cache of a worker that does not send
const cacheName = family + fingerprint()

/** One name for one set of files. */
function fingerprint (): string {
  let sum = 0
  for (const c of JSON.stringify(files)) sum = (Math.imul(sum, 31) + c.charCodeAt(0)) >>> 0
  return `${__APP_VERSION__}-${sum.toString(36)}`
}

self.addEventListener('install', event => { event.waitUntil(install()) })

/**
 * Each file is kept as it comes, so that a cut on a slow link costs little; what the last version had unchanged is not
 * loaded again, nor what the page has loaded already.
 */
async function install (): Promise<void> {
  const cache = await caches.open(cacheName)
  const older = await olderCaches()
  const ends = await Promise.allSettled((sends ? files : first).map(async file => { await keep(cache, older, file) }))
  const failed = ends.find(end => end.status === 'rejected')
  if (failed) throw failed.reason
  if (!sends) {
    await cache.put(partial, new Response())
    return
  }
  // A phone whose first part is of another build has no screens to lose either.
  const stood = await Promise.all([cache, ...older].map(async kept => await kept.delete(partial)))
  if (stood.includes(true)) await self.skipWaiting()
}

async function olderCaches (): Promise<Cache[]> {
  return await Promise.all((await caches.keys()).filter(name => name.startsWith(family) && name !== cacheName).map(async name => await caches.open(name)))
}

async function keep (cache: Cache, older: Cache[], [path, , hash]: Kept): Promise<void> {
  if (await cache.match(path)) return
  const label = hash ?? path
  const kept = await firstOf(older, path, label)
  // A name with a hash in it names the same bytes for ever.
  const response = kept ?? await fetch(path, { cache: hash === undefined ? 'default' : 'no-cache', credentials: 'omit' })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  await cache.put(path, await labelled(response, label))
}

async function firstOf (older: Cache[], path: string, hash: string): Promise<Response | undefined> {
  for (const cache of older) {
    const found = await cache.match(path)
    if (found?.headers.get('Sothon-Hash') === encodeURI(hash)) return found
  }
  return undefined
}

async function labelled (response: Response, hash: string): Promise<Response> {
  const headers = new Headers(response.headers)
  headers.set('Sothon-Hash', encodeURI(hash))
  return new Response(await response.arrayBuffer(), { status: 200, headers })
}

self.addEventListener('activate', event => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith(family) && name !== cacheName) await caches.delete(name)
    await self.clients.claim()
  })())
})

/** A new version takes over only when the person has tapped: a form that is being filled in is never reloaded. */
self.addEventListener('message', event => {
  const type = (event.data as { type?: string } | null)?.type
  if (type === 'take-over') event.waitUntil(self.skipWaiting())
  if (type === 'size') event.waitUntil(newBytes().then(bytes => { event.ports[0]?.postMessage(bytes) }))
})

/** How much of this version the one before does not have, in bytes as they are sent. */
async function newBytes (): Promise<number> {
  const older = await olderCaches()
  const sizes = await Promise.all(files.map(async ([path, bytes, hash]) => (await firstOf(older, path, hash ?? path) ? 0 : bytes)))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith(scope)) return
  event.respondWith(answer(event.request))
})

async function answer (request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  const kept = await cache.match(request.mode === 'navigate' ? `${scope}index.html` : request, { ignoreSearch: true })
  return kept ?? await fetch(request)
}

/** Background Sync. It throws where something is left, so that the browser comes again. */
self.addEventListener('sync', (event: Event) => {
  const sync = event as SyncEvent
  if (sync.tag === 'send') sync.waitUntil(sendAll())
})

async function sendAll (): Promise<void> {
  if (!sends) throw new Error('this worker cannot send: the browser is to come again')
  const persons = await listPersons()
  const ends = await syncEverybody(persons.map(p => p.user))
  if ([...ends.values()].some(end => end === 'offline' || end === 'busy')) throw new Error('not everything has been sent')
}
