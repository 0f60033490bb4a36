// A part of the desk that the server did not give: its files are gone since the server has newer ones, or the line is cut.
import { live } from './live.svelte'

class Missing {
  /** A part is not there. */
  part = $state(false)
  /** It may be that the line is cut: asked for again, the part may come. */
  retriable = $state(false)
  /** Moves on each time it is asked for again. */
  attempt = $state(0)

  constructor () { window.addEventListener('vite:preloadError', () => { void this.look() }) }

  private async look (): Promise<void> {
    this.part = true
    await live.lookForNewer()
    this.retriable = !live.outdated
  }

  forget (): void {
    this.part = false
    this.retriable = false
  }

  again (): void {
    this.forget()
    this.attempt++
  }
}

export const missing = new Missing()

/** A part that is missing leaves its place empty: `Missing` says so in words. */
export async function awaited<T> (part: Promise<T>): Promise<T> { return await part.catch(() => new Promise<never>(() => {})) }
