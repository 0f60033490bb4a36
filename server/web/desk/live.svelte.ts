// What the commune's work comes to, kept up to date by the server's events.
import type { components } from '../lib/contract.gen'
import { readEvents } from '../lib/events'
import { ApiError } from '../lib/problem'
import { desk } from './desk.svelte'
import { isOutdated } from './version'

export type Overview = components['schemas']['Overview']
export type ReportSummary = components['schemas']['ReportSummary']

const calm = 1_000 // between an event and the question, so that a village's evening is one question
const settled = 2_200 // the server's answers may be 2 seconds old: what changed is sure to be in one that is asked for then
const often = 300_000 // asked again without an event
const unheard = 30_000 // the same, while there is no stream
const retry = [1_000, 2_000, 5_000, 10_000, 30_000]

class Live {
  overview = $state.raw<Overview | undefined>()
  error = $state('')
  /** The reports that wait for a signature, of who may sign. */
  toSign = $state.raw<ReportSummary[]>([])
  /** Whether the server's events arrive. */
  connected = $state(false)
  /** The server has a newer desk. */
  outdated = $state(false)
  private lookedAt = Date.now()
  /** The last unit that the server said has changed. */
  changed = $state.raw<{ unit: string } | undefined>()
  private soon: ReturnType<typeof setTimeout> | undefined
  private sure: ReturnType<typeof setTimeout> | undefined
  private regular: ReturnType<typeof setTimeout> | undefined
  private signing: ReturnType<typeof setInterval> | undefined
  private running: AbortController | undefined

  /** Listens until stopped, or until the session ends. It does nothing for who has no overview. */
  start (): () => void {
    this.stop()
    if (!desk.may('getOverview')) return () => {}
    const running = this.running = new AbortController()
    void this.listen(running.signal)
    void this.ask()
    this.signing = setInterval(() => { void this.askToSign() }, unheard) // no event tells of what another server stored
    const again = (): void => { if (document.visibilityState === 'visible') void this.ask() }
    document.addEventListener('visibilitychange', again)
    running.signal.addEventListener('abort', () => { document.removeEventListener('visibilitychange', again) })
    return () => {
      this.stop()
      this.toSign = []
      this.overview = undefined
    }
  }

  private stop (): void {
    this.running?.abort()
    this.running = undefined
    for (const timer of [this.soon, this.sure, this.regular]) clearTimeout(timer)
    clearInterval(this.signing)
    this.soon = undefined
    this.connected = false
  }

  private async listen (signal: AbortSignal): Promise<void> {
    for (let failed = 0; !signal.aborted;) {
      try {
        await readEvents(desk.book!.api, '/v1/events', e => {
          if (e.event === 'report') void this.askToSign()
          if (e.event === 'unit') this.changed = { unit: String((e.data as { unit?: unknown }).unit ?? '') }
          const first = e.event === 'ready' && failed === 0 && !this.connected // it was asked for at the same time
          failed = 0
          this.connected = true
          void desk.heard(true)
          if (first) this.askSurely()
          else this.askSoon()
        }, signal)
      } catch (error) {
        if (this.connected) this.lookedAt = 0 // it may have been stopped for a new version
        this.connected = false
        if (signal.aborted || (error instanceof ApiError && error.status < 500 && error.status !== 429)) return
        await new Promise(resolve => setTimeout(resolve, retry[Math.min(failed++, retry.length - 1)]))
      }
    }
  }

  /** Asks again shortly, and once more when the answer is sure to show it: after an event, and after a decision of this desk. */
  askSoon (): void {
    this.soon ??= setTimeout(() => { this.soon = undefined; void this.ask() }, calm)
    this.askSurely()
  }

  /** Asks when the answer is sure to show all that has happened until now. */
  private askSurely (): void {
    clearTimeout(this.sure)
    this.sure = setTimeout(() => { void this.ask() }, calm + settled)
  }

  private async askToSign (): Promise<void> {
    const running = this.running
    if (!running || !desk.may('approveReport')) return
    try {
      const { items } = await desk.get<{ items: ReportSummary[] }>('/v1/reports', { state: 'submitted', limit: '100' })
      if (running === this.running) this.toSign = items
    } catch { /* what was known stays; the overview tells of a cut line */ }
  }

  /** Looks for a newer desk: rarely, and once the server is there again after it was away. */
  private async look (): Promise<void> {
    if (Date.now() - this.lookedAt >= often) await this.lookForNewer()
  }

  async lookForNewer (): Promise<void> {
    this.lookedAt = Date.now()
    if (!this.outdated && await isOutdated()) this.outdated = true
  }

  async ask (): Promise<void> {
    const running = this.running
    if (!running) return
    void this.askToSign()
    try {
      const overview = await desk.get<Overview>('/v1/overview')
      if (running !== this.running) return
      if (!this.overview || overview.asOf >= this.overview.asOf) this.overview = overview // answers may overtake one another
      this.error = ''
      void this.look()
    } catch (error) {
      if (running !== this.running) return
      this.error = desk.sentence(error)
    }
    clearTimeout(this.regular)
    this.regular = setTimeout(() => { void this.ask() }, this.connected ? often : unheard)
  }
}

export const live = new Live()
