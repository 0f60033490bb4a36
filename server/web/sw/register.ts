// Registers the service worker, and offers a new version without ever taking it by itself.

export interface Update {
  /** Loads the new version. Call it on a tap, outside of forms. */
  apply: () => void
}

const script = '/m/sw.js'

/** The page's policy takes no script's address but a trusted one: this one. */
function trusted (): string {
  const types = (globalThis as { trustedTypes?: { createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => unknown } } }).trustedTypes
  if (!types) return script
  return types.createPolicy('sothon-worker', { createScriptURL: () => script }).createScriptURL(script) as string
}

/** Registers the worker of /m/. Without https there is none, and the app needs the network to open. */
export async function registerWorker (onUpdate: (update: Update) => void): Promise<ServiceWorkerRegistration | undefined> {
  const container = globalThis.navigator?.serviceWorker
  if (!container) return undefined
  const registration = await container.register(trusted(), { scope: '/m/' })
  const offer = (worker: ServiceWorker | null): void => {
    if (!worker || !container.controller) return // the first version takes nobody's place
    onUpdate({
      apply: () => {
        container.addEventListener('controllerchange', () => { location.reload() }, { once: true })
        worker.postMessage({ type: 'take-over' })
      },
    })
  }
  if (registration.waiting) offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing
    worker?.addEventListener('statechange', () => { if (worker.state === 'installed') offer(worker) })
  })
  return registration
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
