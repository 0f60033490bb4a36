// Registers the service worker, and offers a new version without ever taking it by itself.

export interface Update {
  /** How much of it this phone did not have, in bytes as they are sent. */
  bytes: number
  /** Loads the new version. Call it on a tap, outside of forms. */
  apply: () => void
}

const script = '/m/sw.js', sending = '/m/sw.js?send'
/** Registrations and workers that are listened to already. */
const heard = new WeakSet<object>()
let policy: { createScriptURL: (url: string) => unknown } | undefined

/** The page's policy takes no script's address but a trusted one: these two. */
function trusted (url: typeof script | typeof sending): string {
  const types = (globalThis as { trustedTypes?: { createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => typeof policy } }).trustedTypes
  policy ??= types?.createPolicy('sothon-worker', { createScriptURL: url => url })
  return policy ? policy.createScriptURL(url) as string : url
}

/** Ends when what is being installed is, and throws where that fails: a file did not come. */
async function installed ({ installing }: ServiceWorkerRegistration): Promise<void> {
  if (installing) {
    await new Promise<void>((resolve, reject) => {
      installing.addEventListener('statechange', () => { if (installing.state === 'redundant') reject(new Error('not installed')); else resolve() })
    })
  }
}

/**
 * Registers the worker of /m/: on a new phone first one that only keeps the app, then one that sends too (sw.ts says
 * why). It throws where one could not be installed: call it again. Without https there is none, and the app needs the
 * network to open.
 */
export async function registerWorker (onUpdate: (update: Update | undefined) => void): Promise<ServiceWorkerRegistration | undefined> {
  const container = globalThis.navigator?.serviceWorker
  if (!container) return undefined
  const register = async (url: typeof script | typeof sending): Promise<ServiceWorkerRegistration> => await container.register(trusted(url), { scope: '/m/' })
  if (!(await container.getRegistration('/m/'))?.active) {
    await installed(await register(script))
    await container.ready
  }
  const registration = await register(sending)
  const offer = (worker: ServiceWorker): void => {
    if (!container.controller || worker !== registration.waiting) return // it takes nobody's place, or does so by itself
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data: bytes }: MessageEvent<number>) => {
      port1.close()
      if (worker !== registration.waiting) return
      onUpdate({
        bytes,
        apply: () => {
          container.addEventListener('controllerchange', () => { location.reload() }, { once: true })
          worker.postMessage({ type: 'take-over' })
        },
      })
    }
    worker.postMessage({ type: 'size' }, [port2])
  }
  const watch = (worker: ServiceWorker | null): void => {
    if (!worker || heard.has(worker)) return
    heard.add(worker)
    worker.addEventListener('statechange', () => {
      if (worker.state === 'installed') offer(worker)
      else if (worker.state === 'activating') onUpdate(undefined)
    })
  }
  if (registration.waiting) offer(registration.waiting)
  watch(registration.installing)
  if (!heard.has(registration)) registration.addEventListener('updatefound', () => { watch(registration.installing) })
  heard.add(registration)
  await installed(registration)
  return registration
}

const soon = 15_000, late = 600_000 // ms

/**
 * Registers the worker, again and again until it is. What came before a line broke is kept; the rest is asked for
 * again: later each time, and at once when there is a network.
 */
export function keepApp (onUpdate: (update: Update | undefined) => void, wait = soon): void {
  registerWorker(onUpdate).catch(() => {
    const again = (next: number): void => {
      clearTimeout(timer)
      removeEventListener('online', online)
      keepApp(onUpdate, next)
    }
    const online = (): void => { again(soon) }
    const timer = setTimeout(() => { again(Math.min(wait * 2, late)) }, wait)
    addEventListener('online', online)
  })
}

/** Asks the browser to send once there is a network, also when the app is shut by then. False where it cannot. */
export async function requestSend (): Promise<boolean> {
  try {
    const registration = await globalThis.navigator?.serviceWorker?.ready as (ServiceWorkerRegistration & { sync?: { register: (tag: string) => Promise<void> } }) | undefined
    if (!registration?.sync) return false
    await registration.sync.register('send')
    return true
  } catch {
    return false // forbidden, or no worker: the open app sends by itself
  }
}
