import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepApp } from '../../sw/register'

/** A browser in which nothing can be installed; every attempt finds the same registration. */
class Shut extends EventTarget {
  tries = 0
  readonly found = Object.assign(new EventTarget(), { active: {}, waiting: null, installing: null as EventTarget | null })
  ready = Promise.resolve(this.found)
  getRegistration = async (): Promise<unknown> => await Promise.resolve(this.found)
  register = async (): Promise<unknown> => {
    this.tries++
    const worker = this.found.installing = Object.assign(new EventTarget(), { state: 'installing' })
    setTimeout(() => { worker.state = 'redundant'; worker.dispatchEvent(new Event('statechange')) }, 1)
    return await Promise.resolve(this.found)
  }
}

let page: EventTarget
let shut: Shut
beforeEach(() => {
  vi.useFakeTimers()
  shut = new Shut()
  page = new EventTarget()
  vi.stubGlobal('navigator', { serviceWorker: shut })
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
})
afterEach(() => { vi.unstubAllGlobals(); vi.useRealTimers() })

const hour = 3_600_000

it('asks for the worker ever later, but every ten minutes, and never in a loop', async () => {
  keepApp(() => {})
  await vi.advanceTimersByTimeAsync(hour)
  const first = shut.tries
  await vi.advanceTimersByTimeAsync(40 * 24 * hour)
  expect(shut.tries - first).toBeGreaterThan(40 * 24 * 5)
  expect(shut.tries - first).toBeLessThanOrEqual(40 * 24 * 6)
})

it('asks at once, and once, each time there is a network', async () => {
  keepApp(() => {})
  await vi.advanceTimersByTimeAsync(hour)
  for (let i = 0; i < 40; i++) {
    const before = shut.tries
    page.dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(shut.tries - before).toBe(1)
  }
  const before = shut.tries
  await vi.advanceTimersByTimeAsync(15_000)
  expect(shut.tries - before).toBe(1)
})

it('listens to a registration once, however often it asks', async () => {
  const listen = vi.spyOn(shut.found, 'addEventListener')
  keepApp(() => {})
  await vi.advanceTimersByTimeAsync(hour)
  expect(shut.tries).toBeGreaterThan(5)
  expect(listen.mock.calls.filter(([type]) => type === 'updatefound')).toHaveLength(1)
})
