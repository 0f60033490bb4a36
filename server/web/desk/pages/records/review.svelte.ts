// Which rows are ticked, what was decided on them here, and the decisions themselves.
import type { Write } from '../../../lib/rows'
import { desk } from '../../desk.svelte'
import { mostPages, readQueue } from '../../queue'
import type { Summary } from '../../values'
import { vi } from '../../vi'
import { vi as own } from '../records.vi'

export interface Picked { unit: string, record: string, kind: string, seq: number, state: string }
type Pair = { a: { unit: string, id: string }, b: { unit: string, id: string } }

export const key = (s: { unit: string, id: string }): string => `${s.unit}/${s.id}`
export const picked = (list: Summary[]): Picked[] => list.map(s => ({ unit: s.unit, record: s.id, kind: s.kind, seq: s.seq, state: s.state }))
const keyOf = (p: Picked): string => `${p.unit}/${p.record}`
/** What was removed or is a copy counts nowhere, so there is nothing to review. */
export const reviewable = (s: Summary): boolean => !['removed', 'duplicate'].includes(s.state)

export class Review {
  ticked = $state.raw<Set<string>>(new Set())
  /** What each row was decided to be, or the sentence of its refusal. */
  done = $state.raw<Map<string, string>>(new Map())
  /** Rows that were ticked for approval and left out, each with the reason. They stay ticked until somebody says so. */
  held = $state.raw<Map<string, string>>(new Map())
  /** What is to be returned, while the note is written. */
  returning = $state.raw<Picked[] | undefined>()
  /** The version of each record that was decided on. */
  private decidedOn = new Map<string, number>()

  /** `rows` are those on the page; `onward` goes to the next after a decision. */
  constructor (private readonly rows: () => Summary[], private readonly onward: () => void) {}

  chosen = $derived.by(() => this.rows().filter(s => this.ticked.has(key(s))))
  reviewables = $derived.by(() => this.rows().filter(reviewable))
  wholePage = $derived(this.reviewables.length > 0 && this.reviewables.every(s => this.ticked.has(key(s))))
  /** All that is ticked was left out before: approving it is another decision, by its own button. */
  allHeld = $derived(this.chosen.length > 0 && this.chosen.every(s => this.held.has(key(s))))
  returnedAmongChosen = $derived(this.chosen.filter(s => this.stateOf(s) === 'returned').length)

  /** What was decided here stands until the server has a later version of the record: it holds the decision, or a newer one. */
  stateOf (s: Summary): string {
    const now = this.done.get(key(s)) ?? ''
    return ['approved', 'returned'].includes(now) && (desk.sending.has(key(s)) || s.seq <= (this.decidedOn.get(key(s)) ?? 0)) ? now : s.state
  }
  isApproved (s: Summary): boolean { return this.stateOf(s) === 'approved' && !s.stale }
  /** Why the server refused the decision on a row. */
  refusal (s: Summary): string {
    const now = this.done.get(key(s)) ?? ''
    return ['approved', 'returned'].includes(now) ? '' : now
  }

  tick (s: Summary): void {
    if (!reviewable(s)) { desk.say(own.notReviewed); return }
    const next = new Set(this.ticked)
    if (!next.delete(key(s))) next.add(key(s))
    this.ticked = next
  }
  /** Ticks a row, where it can be and is not yet. */
  add (s: Summary | undefined): void { if (s && reviewable(s) && !this.ticked.has(key(s))) this.tick(s) }
  tickPage (): void {
    this.ticked = new Set(this.reviewables.map(key))
    desk.say(own.ticked(this.reviewables.length))
  }
  untick (): void { this.ticked = new Set() }

  /** Another list is shown. */
  leave (): void {
    this.done = new Map()
    this.held = new Map()
    this.untick()
  }
  /** The same list, read again: what was decided stays where it was, also when the filter leaves it out. */
  keepDecided (now: Summary[]): Summary[] {
    const there = new Set(now.map(key)), before = this.rows(), list = [...now]
    before.forEach((s, i) => {
      if (there.has(key(s)) || !this.done.has(key(s))) return
      const after = before.slice(0, i).reverse().map(key).find(k => list.some(o => key(o) === k))
      const state = this.done.get(key(s))!
      list.splice(after === undefined ? 0 : list.findIndex(o => key(o) === after) + 1, 0, { ...s, stale: false, state: ['approved', 'returned'].includes(state) ? state as Summary['state'] : s.state })
    })
    return list
  }

  async decide (state: 'approved' | 'returned', list: Picked[], note = '', besides = ''): Promise<void> {
    if (state === 'returned' && note === '') { this.returning = list; return }
    this.returning = undefined
    const write = (p: Picked): Write => ({ unit: p.unit, record: p.record, kind: p.kind, action: 'review', base: p.seq, state, ...(note ? { note } : {}) })
    const marked = (refused?: Map<string, string>): void => { this.done = new Map([...this.done, ...list.map(p => [keyOf(p), refused?.get(p.record) ?? state] as const)]) }
    for (const p of list) this.decidedOn.set(keyOf(p), p.seq)
    const refused = await desk.decide(list.map(write), () => { marked(); this.onward() })
    const good = list.filter(p => !refused.has(p.record))
    marked(refused)
    const settled = new Set(good.map(keyOf))
    this.ticked = new Set([...this.ticked].filter(k => !settled.has(k)))
    const back = async (): Promise<string> => {
      this.done = new Map([...this.done].filter(([k]) => !settled.has(k)))
      return await desk.revert(good.map(p => ({ unit: p.unit, record: p.record, kind: p.kind, action: 'review', base: p.seq, state: 'pending' })))
    }
    if (good.length === 0) desk.say([...refused.values()][0] ?? vi.kept)
    else if (state === 'approved') desk.decided(good.length === 1 ? vi.approved : vi.approvedN(good.length), back, besides)
    else desk.decided(good.length === 1 ? vi.returned : vi.returnedN(good.length), back)
  }

  /** Approves what is ticked, without what is doubtful. */
  async approveTicked (): Promise<void> {
    const open = this.chosen.filter(s => !this.isApproved(s))
    if (open.length < 2) { if (open.length > 0) await this.decide('approved', picked(open)); else desk.say(own.allApproved); return }
    const { doubts, known } = await doubtful(open)
    const good = open.filter(s => !doubts.has(key(s)))
    if (good.length > 0) await this.decide('approved', picked(good), '', own.leftOut(doubts.size) + (known ? '' : own.pairsUnknown))
    if (doubts.size === 0) return
    this.held = doubts
    this.ticked = new Set([...this.ticked, ...doubts.keys()])
    if (good.length === 0) desk.say(own.noneApproved(doubts.size))
  }
  approveHeld (): void {
    this.held = new Map()
    void this.decide('approved', picked(this.chosen))
  }
  returnTicked (): void { void this.decide('returned', picked(this.chosen)) }

  /** The keys' decisions: on what is ticked, else on the row that is open. */
  approve (open: Summary | undefined): void {
    if (this.chosen.length > 0) { if (this.allHeld) desk.say(own.noneApproved(this.chosen.length)); else void this.approveTicked() }
    else if (open && this.isApproved(open)) desk.say(own.allApproved)
    else if (open) void this.decide('approved', picked([open]))
  }
  giveBack (open: Summary | undefined): void { if (this.chosen.length > 0) this.returnTicked(); else if (open) void this.decide('returned', picked([open])) }
}

/** What nobody should approve among others unseen: records in conflict, and those that may be a copy. */
async function doubtful (list: Summary[]): Promise<{ doubts: Map<string, string>, known: boolean }> {
  const found = new Map<string, string>()
  let pairs: Set<string> | undefined
  try {
    const { items } = await readQueue<Pair>('/v1/duplicates', mostPages)
    pairs = new Set(items.flatMap(p => [key(p.a), key(p.b)]))
  } catch { /* without the network nobody knows */ }
  for (const s of list) {
    if (s.conflict) found.set(key(s), own.heldConflict)
    else if (pairs?.has(key(s))) found.set(key(s), own.heldDouble)
  }
  return { doubts: found, known: pairs !== undefined }
}
