// Values that one form hands to the next. They stay in memory: addresses end up in the history.
import type { Fields } from '../lib/contract'

let kept: { kind: string, set: Fields } | undefined

export function handOver (kind: string, set: Fields): void { kept = { kind, set } }

/** What was handed to a form of this kind. What was meant for another kind, whose form never opened, is dropped. */
export function takeOver (kind: string): Fields | undefined {
  const set = kept?.kind === kind ? kept.set : undefined
  kept = undefined
  return set
}
