// The queues are read page by page, from the first: what was decided leaves them.
import { desk } from './desk.svelte'
import type { References } from './values'

interface Page<T> { items: T[], next?: string, refs?: References }

const size = 100
/** More than this at once helps nobody: the queue grows shorter with every decision. */
export const mostPages = 10

/** The first pages of a queue as one. `again` says that nobody asked to read it. */
export async function readQueue<T> (path: string, pages: number, again?: boolean): Promise<Page<T>> {
  const asked = { limit: String(size), again: again ? 'true' : '' }
  const all: Page<T> = await desk.get<Page<T>>(path, asked)
  for (let n = 1; n < Math.min(pages, mostPages) && all.next; n++) {
    const page: Page<T> = await desk.get<Page<T>>(path, { ...asked, cursor: all.next })
    all.items = [...all.items, ...page.items]
    all.refs = { ...all.refs, ...page.refs }
    if (page.next) all.next = page.next
    else delete all.next
  }
  return all
}
