// Tells every tab and the worker that something of a person has changed.

/** How far a sending has come. It is broadcast and never stored: a killed sender leaves none behind. */
export interface Progress {
  what: 'ops' | 'photos' | 'pull' | 'idle'
  unit?: string
  done: number
  total: number
  /** Photos: which one is under way, of how many. */
  i?: number
  n?: number
}

export type News = { user: string, changed: true } | { user: string, progress: Progress }

type Listener = (news: News) => void

const listeners = new Set<Listener>()
const channels = new Map<string, BroadcastChannel>()

function channel (prefix: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined
  let c = channels.get(prefix)
  if (!c) {
    c = new BroadcastChannel(prefix)
    c.onmessage = e => { for (const listen of listeners) listen(e.data as News) }
    ;(c as unknown as { unref?: () => void }).unref?.() // Node: an open channel keeps no process alive
    channels.set(prefix, c)
  }
  return c
}

export function tell (prefix: string, news: News): void {
  channel(prefix)?.postMessage(news)
  for (const listen of listeners) listen(news)
}

/** Calls back on each news of a person, or of anybody. Returns what ends it. */
export function listen (prefix: string, user: string | undefined, back: Listener): () => void {
  channel(prefix)
  const listener: Listener = news => { if (user === undefined || news.user === user) back(news) }
  listeners.add(listener)
  return () => { listeners.delete(listener) }
}
