const queues = new Map<string, Promise<unknown>>()

/**
 * Runs one holder of a name at a time, over all tabs and the worker; others wait and are never skipped.
 * Where there are no Web Locks (no https, or Node), it does so within this process.
 */
export async function withLock<T> (name: string, run: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  if (locks) return await locks.request(name, run) as T
  const before = queues.get(name) ?? Promise.resolve()
  const mine = before.then(run, run)
  const settled = mine.catch(() => {})
  queues.set(name, settled)
  try {
    return await mine
  } finally {
    if (queues.get(name) === settled) queues.delete(name)
  }
}
